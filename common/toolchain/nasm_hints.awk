# nasm_hints.awk - says what NASM's messages leave out: which names of an .asm file are an
# enum's, which NASM cannot see, and which lines have characters that look like others.
# Reads C headers, and then the .asm file, after it has failed to assemble.

FNR == 1 { in_enum = in_comment = 0 }
{ sub(/\r$/, "") }

# Returns a line of C without its comments.
function without_comments(text) {
    if (in_comment && !sub(/^.*\*\//, "", text)) return ""
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
    in_comment = sub(/\/\*.*/, "", text)
    return text
}

FILENAME ~ /\.h$/ {
    text = without_comments($0)
    # Where an enum is defined, and not one that is the type of a parameter.
    if (sub(/^(.*[^A-Za-z_0-9])?enum[A-Za-z_0-9 ]*[{]/, "", text)) in_enum = 1
    if (!in_enum) next
    in_enum = !sub(/}.*/, "", text)
    while (match(text, /[A-Z][A-Z_0-9]*/)) {
        header[substr(text, RSTART, RLENGTH)] = FILENAME
        text = substr(text, RSTART + RLENGTH)
    }
    next
}

{
    sub(/;.*/, "")
    if (!is_told && /[^ -~\t]/) {
        printf "%s:%d: this line has a character that only looks like a blank, a quotation mark " \
            "or a dash, as text from a web page may: type the line again.\n", FILENAME, FNR
        is_told = 1
    }
    if (match($0, /^[ \t]*%include +"[^"]*\.h"/)) {
        name = substr($0, RSTART, RLENGTH - 3)
        sub(/.*"/, "", name)
        printf "%s:%d: NASM cannot read a C header: include \"%s.inc\", which the build makes from it.\n", \
            FILENAME, FNR, name
    }
    text = $0
    while (match(text, /[A-Za-z_.$][A-Za-z_0-9.$]*/)) {
        name = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (!(name in header)) continue
        file = header[name]
        sub(/.*\//, "", file)
        printf "%s is in an enum of %s, and NASM sees only its #define lines.\n", name, file
        delete header[name]
    }
}
