# guards.awk - says which headers have the same include guard, so that a file that includes both
# gets only the first, which guard is the wrong way around, and which is that of another header. Reads the headers, after
# a file has failed to compile.

FNR == 1 { is_first = 1 }

is_first && /^[ \t]*#[ \t]*(ifndef|if[ \t]+!)/ {
    is_first = 0
    guard = $0
    sub(/^[ \t]*#[ \t]*(ifndef[ \t]+|if[ \t]+![ \t]*defined[ \t(]*)/, "", guard)
    sub(/[^A-Za-z_0-9].*/, "", guard)
    file = FILENAME
    sub(/.*\//, "", file)
    if (guard in owner)
        printf "%s and %s have the same include guard, %s: the one that comes second is left out.\n", \
            owner[guard], file, guard
    else
        owner[guard] = file
    of[file] = guard
}
is_first && /^[ \t]*#[ \t]*ifdef/ {
    is_first = 0
    guard = $2
    file = FILENAME
    sub(/.*\//, "", file)
    if ((getline line) > 0 && line ~ "^[ \t]*#[ \t]*define[ \t]+" guard "[ \t]*$")
        printf "%s begins with #ifdef %s, so all of it is left out: an include guard begins with #ifndef.\n", \
            file, guard
}
is_first && /^[ \t]*#[ \t]*include/ { is_first = 0 }

END {
    for (file in of)
        for (other in of) {
            name = toupper(other)
            gsub(/[^A-Z0-9]/, "_", name)
            if (file != other && of[file] == name && of[other] != name)
                printf "%s has the include guard %s: is it the text of %s?\n", file, name, other
        }
}
