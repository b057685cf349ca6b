# undefined.awk - says why the linker has not found a symbol, if another object has it for
# itself. Reads `nm -A OBJECT...`; assembled: the objects that NASM has made; entry: the
# symbol that the kernel starts at.

BEGIN { is_wanted[entry] = 1 }

{
    object = $1
    sub(/:[^:]*$/, "", object)
    kind = $(NF - 1)
    if (kind == "U")
        is_wanted[$NF] = 1
    else if (kind ~ /[A-Z]/)
        is_there[$NF] = 1
    else
        keeper[$NF] = object
}

END {
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
