#!/bin/sh
# tools.sh - knows each tool that the course needs: where it may be, and which
# package has it (packages.tsv).
#
#   tools.sh find TOOL      prints the program, or fails silently
#   tools.sh missing TOOL   prints one line: what is missing, and what to do
#   tools.sh lacking SET    prints the tools of a set that are missing
#   tools.sh version TOOL   prints its version, such as 12.2.0
#   tools.sh prefix         prints the compiler's prefix, such as x86_64-elf-
#
# doctor.sh and setup.sh read this file for its functions.
# CROSS_COMPILE and CC name a compiler of your own, TOOLCHAIN a folder that
# holds an x86_64-elf toolchain built by this project.

common=$(dirname "$0")/..
package_list=$common/host/packages.tsv
TOOLCHAIN=${TOOLCHAIN:-$common/../toolchain}

# Prints the first of the given programs that there is.
first_program() {
    for program; do
        if command -v "$program" >/dev/null 2>&1; then
            echo "$program"
            return
        fi
    done
    return 1
}

# with_word LIST WORD: prints a list of words with one more, unless it has it.
with_word() {
    case " $1 " in
    *" $2 "*) echo "$1" ;;
    *) echo "$1 $2" ;;
    esac
}

# Prints the first of the given files that there is.
first_file() {
    for file; do
        if [ -e "$file" ]; then
            echo "$file"
            return
        fi
    done
    return 1
}

# Does this compiler make ELF files for x86-64? clang does for every target.
targets_x86_64() {
    case $(basename "$1") in *clang*) command -v "$1" >/dev/null; return ;; esac
    case $("$1" -dumpmachine 2>/dev/null) in
    x86_64-*linux* | x86_64-*elf* | x86_64-*bsd*) ;;
    *) return 1 ;;
    esac
}

find_gcc() {
    if [ -n "$CROSS_COMPILE" ]; then
        set -- "${CROSS_COMPILE}gcc"
    elif [ -n "$CC" ]; then
        set -- "$CC"
    else
        set -- x86_64-elf-gcc "$TOOLCHAIN/bin/x86_64-elf-gcc" \
            x86_64-linux-gnu-gcc gcc
    fi
    for compiler; do
        if targets_x86_64 "$compiler"; then
            echo "$compiler"
            return
        fi
    done
    return 1
}

# What the names of the compiler's companions start with: x86_64-elf- where it
# is x86_64-elf-gcc, nothing where it is gcc-12, cc or clang.
compiler_prefix() {
    compiler=$(find_gcc) || return 1
    case ${compiler##*/} in *gcc*) echo "${compiler%gcc*}" ;; *) echo ;; esac
}

# The folder of GRUB's modules for a platform, such as i386-pc.
find_grub_modules() {
    mkrescue=$(command -v "$(find_tool grub-mkrescue)") || return 1
    prefix=$(dirname "$mkrescue")/..
    first_file "/usr/lib/grub/$1" "/usr/share/grub2/$1" \
        "$prefix/lib/grub/$1" "$prefix/lib/x86_64-elf/grub/$1"
}

# has_module PYTHON MODULE: is the module there? (To import it would take longer.)
has_module() {
    "$1" -c "import sys, importlib.util as util
sys.exit(not util.find_spec('$2'))" 2>/dev/null
}

# A Python that has a module. The system's comes first: it is the one that a
# package adds modules to.
find_python_with() {
    for python in /usr/bin/python3 python3; do
        if has_module "$python" "$1"; then
            echo "$python"
            return
        fi
    done
    return 1
}

# The Python of the tests, if it has another module, too.
find_module() {
    python=$(find_tool pytest) && has_module "$python" "$1" &&
        echo "$python"
}

# first_that_says PATTERN OPTION PROGRAM...: prints the first of the programs that
# answers to an option with a text of this pattern.
first_that_says() {
    pattern=$1 option=$2
    shift 2
    for program; do
        # shellcheck disable=SC2254  # it is a pattern
        case $("$program" "$option" 2>/dev/null) in $pattern)
            echo "$program"
            return ;;
        esac
    done
    return 1
}

# A clang that has this linker.
find_clang_with() {
    clang=$(first_program clang) &&
        command -v "$("$clang" -print-prog-name="$1")" >/dev/null &&
        echo "$clang"
}

# A header of the host's C compiler.
find_header() {
    first_file "/usr/include/$1" /usr/include/*-linux-gnu*/"$1" \
        "/opt/homebrew/include/$1" "/usr/local/include/$1"
}

# Only Debian 12 has packages of the very sources in toolchain/sources.tsv.
is_debian_12() {
    grep -qs '^VERSION_CODENAME=bookworm' "${OS_RELEASE:-/etc/os-release}"
}

# What the cross compiler is built from: a package's file, or a download.
find_source() {
    if is_debian_12; then
        first_file "$(awk -F '\t' -v name="$1" '$1 == name { print $3 }' \
            "$common/toolchain/sources.tsv")"
    else
        first_program curl wget
    fi
}

# Prints the program, file or folder that a tool of packages.tsv is, or fails.
find_tool() {
    case $1 in
    gcc) find_gcc ;;
    cross-gcc) first_program "$TOOLCHAIN/bin/x86_64-elf-gcc" ;;
    linux-gcc) first_that_says 'x86_64-*linux*' -dumpmachine gcc x86_64-linux-gnu-gcc ;;
    windows-gcc) first_program x86_64-w64-mingw32-gcc ;;
    windows-clang) find_clang_with lld-link ;;
    macos-clang) find_clang_with ld64.lld ;;
    ld) prefix=$(compiler_prefix) && first_program "${prefix}ld" ;;
    grub-mkrescue)
        first_program grub-mkrescue grub2-mkrescue x86_64-elf-grub-mkrescue ;;
    grub-i386-pc | grub-x86_64-efi) find_grub_modules "${1#grub-}" ;;
    qemu) first_program qemu-system-x86_64 ;;
    qemu-window)
        qemu=$(find_tool qemu) &&
            "$qemu" -display help 2>/dev/null | grep -Ex 'gtk|sdl|cocoa' |
            head -n 1 | grep . ;;
    gdb) first_program x86_64-elf-gdb gdb gdb-multiarch ;;
    ovmf)
        first_file /usr/share/OVMF/OVMF_CODE.fd \
            /usr/share/OVMF/OVMF_CODE_4M.fd \
            /usr/share/edk2/ovmf/OVMF_CODE.fd \
            /usr/share/edk2/x64/OVMF_CODE.4m.fd \
            /opt/homebrew/share/qemu/edk2-x86_64-code.fd \
            /usr/local/share/qemu/edk2-x86_64-code.fd ;;
    bochs-bios) first_file /usr/share/bochs/BIOS-bochs-latest ;;
    bochs-vgabios) first_file /usr/share/bochs/VGABIOS-lgpl-latest ;;
    libc-headers) find_header stdio.h ;;
    gmp | mpfr | mpc) find_header "$1.h" ;;
    libclang-rt)
        resources=$(clang -print-resource-dir 2>/dev/null) &&
            first_file "$resources"/lib/*/libclang_rt.fuzzer*.a ;;
    musl)
        first_file /usr/lib/*-linux-musl/libc.a /usr/x86_64-linux-musl/lib*/libc.a \
            /usr/lib/musl/lib/libc.a ;;
    newlib-source) first_file /usr/src/newlib/newlib-*.tar.xz ;;
    binutils-source | gcc-source) find_source "${1%-source}" ;;
    bochs-term)
        first_file /usr/lib/*/bochs/plugins/libbx_term_gui.so \
            /usr/lib/bochs/plugins/libbx_term_gui.so ;;
    pytest) find_python_with pytest ;;
    pytest-xdist) find_module xdist ;;
    pil) find_module PIL ;;
    selenium) find_module selenium ;;
    pyflakes) find_python_with pyflakes ;;
    ctags) # others have the name, and know neither C's parameters nor Make's variables
        first_that_says 'Universal Ctags*' --version ctags ctags-universal \
            universal-ctags ;;
    lunr.js) first_file /usr/share/javascript/lunr/lunr.min.js ;;
    *) first_program "$1" ;;
    esac
}

# Prints the version of a tool, such as 12.2.0; nothing if it has none.
tool_version() {
    case $1 in
    nasm) nasm -v ;;
    pytest | pytest-xdist)
        module=pytest
        [ "$1" = pytest ] || module=xdist
        "$(find_tool "$1")" -c "import $module; print($module.__version__)" ;;
    grub-i386-pc | grub-x86_64-efi | ovmf | qemu-window | libc-headers | \
        bochs-bios | bochs-vgabios | bochs-term | Xvfb | pil | gmp | mpfr | mpc | \
        binutils-source | gcc-source | libclang-rt | musl | newlib-source | \
        lunr.js | selenium | fonttools) ;;
    bochs) bochs --help 2>&1 ;;
    dot) dot -V 2>&1 ;;
    *) "$(find_tool "$1")" --version ;;
    esac 2>/dev/null | grep -Eo '[0-9]+(\.[0-9]+)+' | head -n 1
}

# new_enough VERSION MINIMUM: compares the first two numbers of each; `-` asks
# for none.
new_enough() {
    [ "$2" = - ] || echo "$1 $2" | awk '{
        split($1, have, "."); split($2, need, ".")
        for (i = 1; i <= 2; i++)
            if (have[i] + 0 != need[i] + 0) exit have[i] + 0 < need[i] + 0 }'
}

# good_enough TOOL MINIMUM: is it there, and not too old?
good_enough() {
    find_tool "$1" >/dev/null && new_enough "$(tool_version "$1")" "$2"
}

# The package manager of this system, by its column in packages.tsv.
package_manager() {
    manager=$(first_program apt-get dnf pacman brew) && echo "${manager%-get}"
}

# Prints the lines of packages.tsv that are for this machine.
tools_here() {
    case $(uname -m) in x86_64 | amd64) host=x86_64 ;; *) host=other ;; esac
    if is_debian_12; then release=debian-12; else release=not-debian-12; fi
    awk -F '\t' -v host="$host" -v release="$release" \
        '!/^#/ && ($4 == "any" || $4 == host || $4 == release)' "$package_list"
}

# Reads the next of these lines from the standard input, into the variables
# tool, set, minimum, package (its name here, or -) and purpose.
# shellcheck disable=SC2034  # some are for other scripts
read_tool() {
    IFS='	' read -r tool set minimum _ apt dnf pacman brew purpose || return 1
    manager=$(package_manager) || manager=no_manager
    case $manager in
    apt) package=$apt ;;
    dnf) package=$dnf ;;
    pacman) package=$pacman ;;
    brew) package=$brew ;;
    *) package=- ;;
    esac
}

# Prints the command that installs the given packages here.
# shellcheck disable=SC2048,SC2086  # a list in one word becomes words
install_command() {
    sudo=
    [ "$(id -u)" = 0 ] || sudo='sudo '
    case $(package_manager) in
    apt) echo "${sudo}apt-get install --no-install-recommends" $* ;;
    dnf) echo "${sudo}dnf install" $* ;;
    pacman) echo "${sudo}pacman -S --needed" $* ;;
    brew) echo "brew install" $* ;;
    *) return 1 ;;
    esac
}

# What is wrong with the compiler that the user named, if one was named.
explain_given_compiler() {
    compiler=$CC
    [ -z "$CROSS_COMPILE" ] || compiler=${CROSS_COMPILE}gcc
    [ -n "$compiler" ] || return 1
    if ! command -v "$compiler" >/dev/null 2>&1; then
        echo "there is no program $compiler: check CROSS_COMPILE= or CC="
    else
        echo "$compiler makes programs for $("$compiler" -dumpmachine)," \
            "not for x86-64 ELF: choose another CROSS_COMPILE= or CC="
    fi
}

# Prints one line about a tool that is missing.
missing() {
    if [ "$1" = gcc ] && explain_given_compiler; then
        return
    fi
    if [ "$1" = cross-gcc ]; then
        echo "the cross compiler is not there: build it with make toolchain" \
            "in the course's folder"
        return
    fi
    while read_tool; do
        [ "$tool" != "$1" ] || break
    done <<EOF
$(tools_here)
EOF
    if [ "$package" = - ]; then
        echo "$1 is missing ($purpose). Install it with your package manager"
    else
        case $set in run) verb=setup ;; *) verb=setup-$set ;; esac
        echo "$1 is missing ($purpose). Install all tools with make $verb in" \
            "the course's folder, or this one with:" \
            "$(install_command "$package")"
    fi
}

# Prints the tools of a set of packages.tsv that are missing.
lacking() {
    while read_tool; do
        [ "$set" != "$1" ] || find_tool "$tool" >/dev/null || echo "$tool"
    done <<EOF
$(tools_here)
EOF
}

# Run, and not read by another script.
if [ "${0##*/}" = tools.sh ]; then
    case $1 in
    find) find_tool "$2" ;;
    missing) missing "$2" ;;
    lacking) lacking "$2" ;;
    version) tool_version "$2" ;;
    prefix) compiler_prefix ;;
    *) echo "usage: tools.sh find|missing|version TOOL, lacking SET, or prefix" >&2; exit 2 ;;
    esac
fi
