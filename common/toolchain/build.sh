#!/bin/sh
# build.sh FOLDER - builds the cross compiler x86_64-elf-gcc, its assembler and
# its linker, and puts them into FOLDER (an absolute path).
#
# They are built in FOLDER.build, which is removed at the end. Interrupt this
# script when you like: the next run goes on where the last one stopped. If the
# compiler is already in FOLDER, the script only checks it.
#
# The compiler is for no operating system, and has its library, libgcc, in the
# variant that a kernel needs: see libgcc-variants.patch.
#
# MISSING names the needed tools that are not there; PYTHON is a Python 3.

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$folder.build
installed=$work/installed
log=

stop() {
    echo "toolchain: $*" >&2
    exit 1
}

case $folder in
*[[:space:]]*) stop "GCC cannot be built in $folder, whose name has a blank:" \
    "choose another folder with TOOLCHAIN=/absolute/path" ;;
/*) ;;
*) stop "TOOLCHAIN=$folder is not an absolute path" ;;
esac

# What the compiler is made from: another recipe makes another compiler.
recipe=$(cat "$here/recipe.sh" "$here/sources.tsv" "$here/libgcc-variants.patch" |
    cksum)

# ---- the compiler that is there ----

# check FOLDER: does the compiler in it do what it was built for?
check() {
    gcc=$1/bin/x86_64-elf-gcc
    flags='-ffreestanding -mno-red-zone -mgeneral-regs-only -nostdlib'
    [ "$("$gcc" -dumpmachine)" = x86_64-elf ] ||
        stop "$gcc is not a compiler for x86_64-elf"
    # shellcheck disable=SC2086  # a list of words
    libgcc=$("$gcc" $flags -print-libgcc-file-name)
    case $libgcc in
    */no-red-zone/general-regs-only/libgcc.a) ;;
    *) stop "$gcc has no libgcc for kernels: it takes $libgcc" ;;
    esac
    program=$(mktemp) || exit 1
    # shellcheck disable=SC2086
    echo 'typedef unsigned __int128 number;
        number _start(number a, number b) { return a % b; }' |
        "$gcc" $flags -x c - -x none "$libgcc" -o "$program" ||
        stop "$gcc cannot build a program"
    used=$("${PYTHON:-python3}" -B "$here/machine_code.py" \
        --objdump "$1/bin/x86_64-elf-objdump" "$program" "$libgcc")
    is_clean=$?
    rm -f "$program"
    [ $is_clean = 0 ] ||
        stop "the compiler makes code that no kernel can run: $used"
}

if [ -e "$folder" ]; then
    if [ "$(cat "$folder/recipe" 2>/dev/null)" = "$recipe" ]; then
        (check "$folder") ||
            stop "remove $folder, and build it anew with make toolchain"
        echo "toolchain: $folder/bin/x86_64-elf-gcc is there, and works"
        exit 0
    elif [ -e "$folder/recipe" ]; then
        echo "toolchain: the recipe has changed: building the compiler anew"
    else
        stop "$folder holds something else: choose another folder with" \
            "TOOLCHAIN=/absolute/path"
    fi
fi

# ---- what is needed ----

[ -z "$MISSING" ] ||
    stop "missing: $MISSING. Install them with: make setup-toolchain"

if [ -e "$work/running" ] && kill -0 "$(cat "$work/running")" 2>/dev/null; then
    stop "process $(cat "$work/running") is building in $work already"
fi
mkdir -p "$work/log" || exit 1
if [ "$(cat "$work/recipe" 2>/dev/null)" != "$recipe" ]; then
    rm -rf "${work:?}"/*
    mkdir -p "$work/log"
    echo "$recipe" > "$work/recipe"
fi
free=$(($(df -Pk "$work" | awk 'END { print $4 }') / 1024))
[ "$free" -gt 700 ] || [ -e "$work/done.gcc-unpack" ] ||
    stop "$work has $free MB of space left, and 700 MB are needed"

# Prints a process and all that it has started, the oldest first.
family() {
    ps -e -o pid= -o ppid= | awk -v family="$1" '
        { parent[$1] = $2; order[++n] = $1 }
        END {
            in_it[family] = 1
            do {
                grown = 0
                for (i = 1; i <= n; i++)
                    if (!in_it[order[i]] && in_it[parent[order[i]]])
                        in_it[order[i]] = grown = 1
            } while (grown)
            print family
            for (i = 1; i <= n; i++)
                if (in_it[order[i]] && order[i] != family) print order[i]
        }'
}

child=
interrupted() {
    if [ -n "$child" ]; then
        # shellcheck disable=SC2046  # a list of words
        kill $(family "$child") 2>/dev/null
        wait "$child" 2>/dev/null
    fi
    echo
    echo "toolchain: interrupted: make toolchain goes on from here"
    exit 130
}
trap interrupted INT TERM HUP
trap 'rm -f "$work/running"' EXIT
echo $$ > "$work/running"

# shellcheck source=common/toolchain/recipe.sh
. "$here/recipe.sh"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# ---- one step after another ----

steps=10
number=0

# tell STATE: one line about the current step; in a terminal, over the last one.
tell() {
    elapsed=$(($(date +%s) - began))
    end='\n'
    if [ -t 1 ]; then
        printf '\r'
        [ "$1" = 'done' ] || end=
    fi
    printf "[%2d/%d] %-20s %4s, %d min %02d s$end" $number $steps "$text" "$1" \
        $((elapsed / 60)) $((elapsed % 60))
}

# How far a step has come, from what it has printed, in percent.
percent() {
    percent=$(($(wc -c < "$log") / (kilobytes * 10)))
    [ $percent -lt 100 ] || percent=99
    echo "$percent %"
}

# step NAME KILOBYTES TEXT COMMAND...: runs a command once and for all: the next
# run of this script skips it. KILOBYTES is how much it prints, about.
step() {
    name=$1 kilobytes=$2 text=$3
    shift 3
    number=$((number + 1))
    log=$work/log/$name.log
    [ ! -e "$work/done.$name" ] || return
    began=$(date +%s)
    "$@" >> "$log" 2>&1 < /dev/null &
    child=$!
    told=$began
    while kill -0 $child 2>/dev/null; do
        if [ -t 1 ] || [ $(($(date +%s) - told)) -ge 60 ]; then
            told=$(date +%s)
            tell "$(percent)"
        fi
        sleep 1
    done
    if ! wait $child; then
        child=
        [ ! -t 1 ] || echo
        tail -n 20 "$log" >&2
        stop "\"$text\" has failed: these are the last lines of $log"
    fi
    child=
    tell 'done'
    touch "$work/done.$name"
}

echo "toolchain: building x86_64-elf-gcc in $work with $jobs processors;" \
    "with two, it takes about 10 minutes"
step binutils-unpack 1 'unpack binutils' unpack binutils \
    gas/testsuite ld/testsuite gold gprof gprofng '*.po' 'ChangeLog*'
step binutils-configure 4 'configure binutils' \
    in_folder "$work/binutils-build" configure_binutils
step binutils-compile 140 'compile binutils' \
    make -C "$work/binutils-build" -j "$jobs"
step binutils-install 30 'install binutils' \
    make -C "$work/binutils-build" install-strip
step gcc-unpack 1 'unpack GCC' unpack_gcc
step gcc-configure 6 'configure GCC' \
    in_folder "$work/gcc-build" configure_gcc
step gcc-compile 710 'compile GCC' \
    make -C "$work/gcc-build" -j "$jobs" all-gcc
step libgcc-compile 360 'compile libgcc' \
    make -C "$work/gcc-build" -j "$jobs" all-target-libgcc
step gcc-install 20 'install GCC' \
    in_folder "$work/gcc-build" install_gcc
step check 1 'check the compiler' check "$installed"

# All or nothing: an unfinished compiler never has the name of a finished one.
cp "$work/recipe" "$installed/recipe"
rm -rf "$folder"
mv "$installed" "$folder" && rm -rf "$work" || exit 1
echo "toolchain: $folder/bin/x86_64-elf-gcc is ready"

