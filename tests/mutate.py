"""Plants bugs of one token in a C file, to see whether a test notices them."""
import re

TOKEN = re.compile(r"""
    /\*.*?\*/ | "(?:\\.|[^"])*" | \#.*?$            # left alone
  | 0[xX][0-9a-fA-F]+[uUlL]* | \d+[uUlL]*
  | [A-Za-z_]\w*
  | <<=?|>>=?|<=|>=|==|!=|&&|\|\||\+\+|--|->|[-+*/|&^]=|[-+*/<>!^|&?:=;,(){}\[\].%~]
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

OTHER = {
    "<": ["<=", ">"], "<=": ["<", ">"], ">": [">=", "<"], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "+=": ["-="], "-=": ["+="],
    "<<": [">>"], ">>": ["<<"], "^": ["|", "&"], "|": ["&", "^"],
}
# Before a binary operator stands one of these; before a unary one does not.
OPERAND = re.compile(r"[\w)\]]$")


def others(token, before):
    """Returns what a token may be mistaken for."""
    if re.match(r"\d", token):
        number = re.match(r"0[xX][0-9a-fA-F]+|\d+", token)[0]
        value, suffix = int(number, 0), token[len(number):]
        return [f"{other}{suffix}" for other in (value + 1, value - 1)
                if other >= 0]
    if token in "+-" and not OPERAND.search(before):
        return []
    return OTHER.get(token, [])


def mutants(text):
    """Yields (line number, place, token, its replacement, the new text). The
    place is the line, and how many times the token stood in it before."""
    before = ""
    for match in TOKEN.finditer(text):
        token = match[0]
        if token.startswith(("/*", "#", '"')):
            continue
        start, end = match.span()
        number = text.count("\n", 0, start)
        line = text.splitlines()[number]
        column = start - text.rfind("\n", 0, start) - 1
        earlier = [other[0] for other in TOKEN.finditer(line[:column])]
        place = f"{line.strip()} [{earlier.count(token)}]"
        for other in others(token, before):
            yield (number + 1, place, token, other,
                   text[:start] + other + text[end:])
        before = token
