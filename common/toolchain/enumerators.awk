# enumerators.awk - says which names of an .asm file are an enum's, which NASM cannot see.
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
