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
    "<<": [">>"], ">>": ["<<"], "^": ["|", "&"], "|": ["&", "^", "+"],
}
# A binary operator comes after one of these; a unary one does not.
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


FUNCTION = re.compile(r"^\w[^;{}]*?\b(\w+)\([^;{}]*\)\s*{", re.MULTILINE)
# How many tokens on each side say where a token is.
CONTEXT = 4


def function_at(text, place):
    """Returns the name of the function around a place; "-" outside of all."""
    name = "-"
    for match in FUNCTION.finditer(text):
        if match.start() <= place < text.index("\n}", match.start()):
            name = match[1]
    return name


def mutants(text):
    """Yields (function, place, what the token is changed to, the new text). The place is
    the tokens around this one, which stands in brackets: how lines are broken does not
    matter."""
    matches = [match for match in TOKEN.finditer(text)
               if not match[0].startswith(("/*", "#"))]
    words = [match[0] for match in matches]
    for at, match in enumerate(matches):
        if match[0].startswith('"'):
            continue
        place = " ".join([*words[max(0, at - CONTEXT):at], f"[{match[0]}]",
                          *words[at + 1:at + 1 + CONTEXT]])
        for other in others(match[0], words[at - 1] if at else ""):
            yield (function_at(text, match.start()), place, other,
                   text[:match.start()] + other + text[match.end():])
