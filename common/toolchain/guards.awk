# guards.awk - says which headers have the same include guard: a file that includes both gets
# only the first. Reads the headers, after a file has failed to compile.

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
}
is_first && /^[ \t]*#[ \t]*include/ { is_first = 0 }
