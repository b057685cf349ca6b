# link_hints.awk - says what the linker's messages leave out: that another object has a symbol
# for itself, or what linker.ld lacks. Reads `nm -A OBJECT...`, after linking has failed.
# assembled: the objects that NASM has made; entry: the symbol that the kernel starts at;
# script: the linker script.

BEGIN { is_wanted[entry] = 1 }

{
    object = $1
    sub(/:[^:]*$/, "", object)
    kind = $(NF - 1)
    if (kind ~ /^[BbDdC]$/ && object ~ /\.o$/)
        variable = $NF
    if (kind == "U")
        is_wanted[$NF] = 1
    else if (kind ~ /[A-Z]/)
        is_there[$NF] = 1
    else
        keeper[$NF] = object
}

END {
    while ((getline line < script) > 0)
        text = text "\n" line
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
    has_headers = text ~ /FILEHDR +PHDRS|PHDRS +FILEHDR/
    first_section = match(text, /\n *\.[A-Za-z_][A-Za-z0-9_.]* *:/)
    if (has_headers && first_section && substr(text, 1, first_section) !~ /SIZEOF_HEADERS/)
        print script ": the line `. = 1M + SIZEOF_HEADERS;` must come before the first section. It makes room " \
            "for the headers."
    if (variable && text !~ /PHDRS/)
        print variable " is a variable, and " script " puts all sections into one segment: code that can be written " \
            "to. Step 6 of chapter 1 gives each its own, with PHDRS."
    if ("__ehdr_start" in is_wanted && !has_headers)
        print "The linker defines __ehdr_start if the first segment in linker.ld has FILEHDR PHDRS."
    for (name in is_wanted) {
        if (name in is_there || !(name in keeper)) continue
        source = keeper[name]
        sub(/.*\//, "", source)
        sub(/\.o$/, "", source)
        if (index(" " assembled " ", " " keeper[name] " "))
            printf "%s.asm hides %s from other files: add the line `global %s` to %s.asm.\n", \
                source, name, name, source
        else
            printf "%s.c hides %s from other files: remove the word static in %s.c.\n", \
                source, name, source
    }
}
