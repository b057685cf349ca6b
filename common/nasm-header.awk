# nasm-header.awk - turns the #define lines of a C header into %assign lines for NASM,
# which stand for numbers: `section .bss align=NAME` takes no expression.
#
# A value may be a whole number, with or without a suffix, a name in capitals that stands
# for one, or an arithmetic expression of those. Whatever else a line has would mean
# something different to NASM, or nothing: that is an error, with the header's line.
# A #define without a value, such as an include guard, and a macro with parameters are for
# C alone.

function fail(why) {
    sub(/^(\.\.?\/)+/, "", FILENAME)
    printf "%s:%d: NASM reads this header, and %s: %s\n", FILENAME, FNR, why, line \
        > "/dev/stderr"
    failed = 1
    exit 1
}

# Returns a value as NASM reads it. An operand and an operator take turns.
function translated(left,    result, token, depth, operand_is_next) {
    operand_is_next = 1
    while (left != "") {
        if (match(left, /^[ \t]+/)) {
            token = " "
        } else if (match(left, /^(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)[uUlL]*/) ||
                   match(left, /^[A-Z_][A-Z_0-9]*/)) {
            token = substr(left, 1, RLENGTH)
            if (token ~ /^[0-9]/) sub(/[uUlL]+$/, "", token)
            if (!operand_is_next || substr(left, RLENGTH + 1) ~ /^[0-9A-Za-z_.]/)
                fail(ONLY)
            operand_is_next = 0
        } else if (match(left, /^(<<|>>|[-+*\/%&|^~()])/)) {
            token = substr(left, 1, RLENGTH)
            depth += (token == "(") - (token == ")")
            if (depth < 0 || (token ~ /[(~]/ && !operand_is_next) ||
                (token !~ /[-+~(]/ && operand_is_next)) fail(ONLY)
            if (token != ")") operand_is_next = 1
        } else {
            fail(ONLY)
        }
        result = result token
        left = substr(left, RLENGTH + 1)
    }
    if (operand_is_next || depth) fail(ONLY)
    return result
}

BEGIN { ONLY = "it accepts only whole numbers, names in capitals and arithmetic" }

# The ends of lines on Windows go, and comments, also those of several lines.
{
    sub(/\r$/, "")
    line = $0
    if (in_comment) {
        if (!sub(/^.*\*\//, "")) next
        in_comment = 0
    }
    while (match($0, /\/\*/)) {
        rest = substr($0, RSTART + 2)
        $0 = substr($0, 1, RSTART - 1)
        end = index(rest, "*/")
        if (!end) { in_comment = 1; break }
        $0 = $0 " " substr(rest, end + 2)
    }
    sub(/\/\/.*/, "")
}

/^[ \t]*#[ \t]*define[ \t]/ {
    sub(/^[ \t]*#[ \t]*define[ \t]+/, "")
    match($0, /^[A-Za-z_][A-Za-z_0-9]*/)
    name = substr($0, 1, RLENGTH)
    value = substr($0, RLENGTH + 1)
    if (value ~ /^\(/) next
    gsub(/^[ \t]+|[ \t]+$/, "", value)
    if (value == "") next
    if (value ~ /\\$/) fail("it accepts only values of one line")
    names[++count] = name
    values[name] = translated(value)
}

# C may use a name before its line; NASM may not. So a line waits for the names in it.
function is_ready(value) {
    gsub(/0[xX][0-9a-fA-F]+/, "0", value)
    while (match(value, /[A-Z_][A-Z_0-9]*/)) {
        if (substr(value, RSTART, RLENGTH) in values) return 0
        value = substr(value, RSTART + RLENGTH)
    }
    return 1
}

END {
    if (failed) exit 1
    do {
        printed = 0
        for (i = 1; i <= count; i++) {
            name = names[i]
            if (name in values && is_ready(values[name])) {
                print "%assign " name " " values[name]
                delete values[name]
                printed = 1
            }
        }
    } while (printed)
    for (name in values) {
        line = name
        fail("a value must not depend on itself")
    }
}
