#!/bin/sh
# tools.sh - knows each tool that the course needs: where it may be, and which
# package has it (packages.tsv).
#
#   tools.sh find TOOL      prints the program, or fails silently
#   tools.sh missing TOOL   prints one line: what is missing, and what to do
#
# doctor.sh and setup.sh read this file for its functions.
# CROSS_COMPILE and CC name a compiler of your own, TOOLCHAIN a folder that
# holds an x86_64-elf toolchain built by this project.

common=$(dirname "$0")
packages=$common/packages.tsv
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

# The folder of GRUB's modules for a platform, such as i386-pc.
find_grub_modules() {
    mkrescue=$(command -v "$(find_tool grub-mkrescue)") || return 1
    prefix=$(dirname "$mkrescue")/..
    first_file "/usr/lib/grub/$1" "/usr/share/grub2/$1" \
        "$prefix/lib/grub/$1" "$prefix/lib/x86_64-elf/grub/$1"
}

# A Python that has a module: Debian's, if the one in PATH has not.
find_python_with() {
    for python in python3 /usr/bin/python3; do
        if "$python" -c "import $1" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

# Prints the program, file or folder that a tool of packages.tsv is, or fails.
find_tool() {
    case $1 in
    gcc) find_gcc ;;
    ld) compiler=$(find_gcc) && first_program "${compiler%gcc}ld" ;;
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
    bochs-term)
        first_file /usr/lib/*/bochs/plugins/libbx_term_gui.so \
            /usr/lib/bochs/plugins/libbx_term_gui.so ;;
    pytest) find_python_with pytest ;;
    pytest-xdist) python=$(find_tool pytest) && "$python" -c 'import xdist' 2>/dev/null &&
        echo "$python" ;;
    pyflakes) find_python_with pyflakes ;;
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
    grub-i386-pc | grub-x86_64-efi | ovmf | qemu-window | bochs-term) ;;
    bochs) bochs --help 2>&1 ;;
    *) "$(find_tool "$1")" --version ;;
    esac 2>/dev/null | grep -Eo '[0-9]+(\.[0-9]+)+' | head -n 1
}

# Is the tool there, and not older than packages.tsv asks for?
good_enough() {
    find_tool "$1" >/dev/null || return 1
    minimum=$(column "$1" minimum)
    [ "$minimum" != - ] || return 0
    printf '%s %s\n' "$(tool_version "$1")" "$minimum" | awk '{
        split($1, have, "."); split($2, need, ".")
        for (i = 1; i <= 2; i++)
            if (have[i] + 0 != need[i] + 0) exit have[i] + 0 < need[i] + 0 }'
}

# The package manager of this system, by its column in packages.tsv.
package_manager() {
    for manager in apt dnf pacman brew; do
        case $manager in apt) program=apt-get ;; *) program=$manager ;; esac
        if command -v "$program" >/dev/null 2>&1; then
            echo "$manager"
            return
        fi
    done
    return 1
}

# Prints the lines of packages.tsv that are for this machine.
tools_here() {
    case $(uname -m) in x86_64 | amd64) host=x86_64 ;; *) host=other ;; esac
    awk -F '\t' -v host="$host" '
        /^#/ || $1 == "tool" { next }
        $4 == "any" || $4 == host' "$packages"
}

# column TOOL NAME: one field of a tool's line, by the name of its column.
column() {
    number=$(awk -F '\t' -v name="$2" '
        $1 == "tool" { for (i = 1; i <= NF; i++) if ($i == name) print i }
        ' "$packages")
    tools_here |
        awk -F '\t' -v tool="$1" -v n="$number" '$1 == tool { print $n }'
}

# Prints the command that installs the given packages here.
install_command() {
    sudo=
    [ "$(id -u)" = 0 ] || sudo='sudo '
    case $(package_manager) in
    apt) echo "${sudo}apt-get install --no-install-recommends $*" ;;
    dnf) echo "${sudo}dnf install $*" ;;
    pacman) echo "${sudo}pacman -S --needed $*" ;;
    brew) echo "brew install $*" ;;
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

missing() {
    if [ "$1" = gcc ] && explain_given_compiler; then
        return
    fi
    manager=$(package_manager)
    package=$(column "$1" "${manager:-purpose}")
    purpose=$(column "$1" purpose)
    if [ -z "$manager" ]; then
        echo "$1 is missing (it $purpose): install it with your package manager"
    elif [ "$package" = - ]; then
        echo "$1 is missing (it $purpose): $manager has no package of it"
    else
        echo "$1 is missing (it $purpose). Install it: $(install_command "$package")"
    fi
}

# Run, and not read by another script.
if [ "${0##*/}" = tools.sh ]; then
    case $1 in
    find) find_tool "$2" ;;
    missing) missing "$2" ;;
    *) echo "usage: tools.sh find|missing TOOL" >&2; exit 2 ;;
    esac
fi
