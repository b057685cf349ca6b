# nasm_hints.awk - says what NASM's messages leave out: which names of an .asm file are an
# enum's, which NASM cannot see, and which lines have characters that look like others.
# Reads C headers, and then the .asm file, after it has failed to assemble.

FNR == 1 { in_enum = 0 }
{ sub(/\r$/, "") }

FILENAME ~ /\.h$/ {
    sub(/\/\*.*/, "")
    if (/(^|[^A-Za-z_0-9])enum([^A-Za-z_0-9]|$)/) in_enum = 1
    text = $0
    while (in_enum && match(text, /[A-Z][A-Z_0-9]*/)) {
        header[substr(text, RSTART, RLENGTH)] = FILENAME
        text = substr(text, RSTART + RLENGTH)
    }
    if (/}/) in_enum = 0
    next
}

{
    sub(/;.*/, "")
    if (!is_told && /[^ -~\t]/) {
        printf "%s:%d: this line has a character that only looks like a blank, a quotation mark " \
            "or a dash, as text from a web page may: type the line again.\n", FILENAME, FNR
        is_told = 1
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
