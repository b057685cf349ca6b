# orphans.awk LINKER-SCRIPT - - finds sections that the linker would place where it likes,
# because the linker script has no word for them. Reads `objdump -h OBJECT...`.

NR == FNR {
    while (match($0, /\.[A-Za-z_][A-Za-z0-9_.]*/)) {
        is_named[substr($0, RSTART, RLENGTH)] = 1
        $0 = substr($0, RSTART + RLENGTH)
    }
    next
}

# Returns whether the script has this section, or one with a wildcard, such as .text.*
function is_placed(section,    name) {
    for (name in is_named)
        if (section == name || (name ~ /\.$/ && index(section, name) == 1)) return 1
    return 0
}

/file format/ {
    object = $1
    sub(/.*\//, "", object)
    sub(/\.o:$/, "", object)
}

# An object has sections .data and .bss also when nothing is in them.
$1 ~ /^[0-9]+$/ {
    section = $2
    is_empty = $3 ~ /^0+$/
}

/ALLOC/ && !is_empty && !is_placed(section) {
    printf "%s.o has a section %s, which linker.ld does not place: %sadd it to linker.ld.\n", \
        object, section, section ~ /^\.(text|rodata|data|bss)/ ? "" : "use .text for code, " \
        ".rodata for constants, .data or .bss for variables, or "
    failed = 1
}

END { exit failed }
