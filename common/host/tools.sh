#!/bin/sh
# tools.sh - finds the tools of packages.tsv, and says how to get them.
#
#   tools.sh find TOOL      prints the program or file, or fails silently
#   tools.sh found TOOL...  prints TOOL=PROGRAM for each of these that is there
#   tools.sh missing TOOL   prints one line: what is missing, and what to do
#   tools.sh lacking SET    prints the tools of a set that are missing
#   tools.sh version TOOL   prints its version, such as 12.2.0
#
# doctor.sh and setup.sh read this file for its functions.
# CROSS_COMPILE and CC name a compiler of your own, TOOLCHAIN a folder that
# holds an x86_64-elf toolchain built by this project.

common=$(dirname "$0")/..
package_list=$common/host/packages.tsv
TOOLCHAIN=${TOOLCHAIN:-$common/../toolchain}

# ---- the list ----

# Only Debian 12 has packages of exactly the sources in toolchain/sources.tsv.
this_system=not-debian-12
! grep -qs '^VERSION_CODENAME=bookworm' "${OS_RELEASE:-/etc/os-release}" ||
    this_system=debian-12
case $(uname -m) in
x86_64 | amd64) this_processor=x86_64 ;;
*) this_processor=other ;;
esac

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

# The package manager of this system, by its column in packages.tsv.
manager=$(first_program apt-get dnf pacman brew) || manager=none
manager=${manager%-get}

# Calls "$@" for each line of packages.tsv that is for this machine, with what it says
# in the variables tool, set, minimum, how, version_option, package (its name here, or
# -) and purpose. Returns 1 as soon as the call does not succeed.
for_each_tool() {
    # shellcheck disable=SC2034  # some are for other scripts
    while IFS='	' read -r tool set minimum host how version_option \
        apt dnf pacman brew purpose <&3; do
        case $host in
        any | "$this_processor" | "$this_system") ;;
        *) continue ;;
        esac
        case $manager in
        apt) package=$apt ;;
        dnf) package=$dnf ;;
        pacman) package=$pacman ;;
        brew) package=$brew ;;
        *) package=- ;;
        esac
        "$@" || return 1
    done 3< "$package_list"
}

is_other_than() {
    [ "$tool" != "$1" ]
}

# look_up TOOL: fills the variables of for_each_tool from the tool's line.
look_up() {
    ! for_each_tool is_other_than "$1"
}

# with_word LIST WORD: prints a list of words with one more, unless it has it.
with_word() {
    case " $1 " in
    *" $2 "*) echo "$1" ;;
    *) echo "$1 $2" ;;
    esac
}

# ---- how a tool is found: find_KIND prints it, or fails ----
#
# IFS splits a list at its commas; that is why each of these runs in a subshell.

# One of several programs, the best first.
find_program() {
    IFS=,
    # shellcheck disable=SC2086  # a list becomes words
    first_program $1
}

# One of several files; a name may be a pattern.
find_file() {
    IFS=,
    for file in $1; do
        if [ -e "$file" ]; then
            echo "$file"
            return
        fi
    done
    return 1
}

# A header of the host's C compiler.
find_header() {
    find_file "/usr/include/$1,/usr/include/*-linux-gnu*/$1,/opt/homebrew/include/$1,/usr/local/include/$1"
}

# has_module PYTHON MODULE: is the module there? (To import it would take longer.)
has_module() {
    "$1" -c "import sys, importlib.util as util
sys.exit(not util.find_spec('$2'))" 2>/dev/null
}

# The tests' Python, which has pytest, if it also has this module. The system's comes
# first, because it is the one that packages add modules to.
find_python() {
    for python in /usr/bin/python3 python3; do
        if has_module "$python" pytest; then
            has_module "$python" "$1" && echo "$python"
            return
        fi
    done
    return 1
}

# OPTION:PATTERN:PROGRAM,...: the first program whose answer to the option matches the
# pattern. Others have its name, but will not do.
find_says() {
    option=${1%%:*}
    programs=${1##*:}
    pattern=${1#*:}
    pattern=${pattern%:*}
    IFS=,
    for program in $programs; do
        # shellcheck disable=SC2254  # it is a pattern
        case $("$program" "$option" 2>/dev/null) in $pattern)
            echo "$program"
            return ;;
        esac
    done
    return 1
}

# Prints the program of a command such as `ccache gcc`, if there is one of this name.
program_of() {
    command -v "$1" >/dev/null 2>&1 && echo "$1" && return
    case $1 in *' '*) program_of "${1#* }" ;; *) return 1 ;; esac
}

# Does this compiler make ELF files for x86-64? clang does for every target.
targets_x86_64() {
    program=$(program_of "$1") || return 1
    case ${program##*/} in *clang*) return ;; esac
    case $("$program" -dumpmachine 2>/dev/null) in
    x86_64-*linux* | x86_64-*elf* | x86_64-*bsd*) ;;
    *) return 1 ;;
    esac
}

# The kernels' compiler: the user's, or the first that is good for it.
find_compiler() {
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

# The compiler's companion: x86_64-elf-ld of x86_64-elf-gcc, ld of gcc-12, cc or clang.
find_companion() {
    compiler=$(program_of "$(find_compiler)") || return 1
    case ${compiler##*/} in
    *gcc*) first_program "${compiler%gcc*}$1" ;;
    *) first_program "$1" ;;
    esac
}

# A program of the toolchain that this project has built.
find_toolchain() {
    first_program "$TOOLCHAIN/bin/$1"
}

# What that toolchain is built from: a package's file. Elsewhere, it is a download.
find_source() {
    find_file "$(awk -F '\t' -v name="$1" '$1 == name { print $3 }' \
        "$common/toolchain/sources.tsv")"
}

# A clang that has this linker.
find_clang_with() {
    clang=$(first_program clang) &&
        command -v "$("$clang" -print-prog-name="$1")" >/dev/null &&
        echo "$clang"
}

# A file in clang's own folder.
find_clang_file() {
    folder=$(clang -print-resource-dir 2>/dev/null) && find_file "$folder/$1"
}

# The folder of GRUB's modules for a platform, which has a list of them.
find_grub() {
    modules=$1/moddep.lst
    mkrescue=$(command -v "$(find_tool grub-mkrescue)") || return 1
    prefix=$(dirname "$mkrescue")/..
    list=$(find_file "/usr/lib/grub/$modules,/usr/share/grub2/$modules,$prefix/lib/grub/$modules,$prefix/lib/x86_64-elf/grub/$modules") &&
        dirname "$list"
}

# A kind of window that QEMU can open.
find_window() {
    qemu=$(find_tool qemu) &&
        "$qemu" -display help 2>/dev/null | grep -Ex "$(echo "$1" | tr , '|')" |
        head -n 1 | grep .
}

# Prints the program, file or folder that a tool is, or fails.
find_tool() {
    if look_up "$1"; then
        (find_this_tool)
    else
        echo "tools.sh: packages.tsv has no tool $1" >&2
        return 2
    fi
}

# The same for the tool whose line has been read; in a subshell only, because of IFS.
find_this_tool() {
    "find_${how%%:*}" "${how#*:}"
}

has_this_tool() (
    find_this_tool >/dev/null
)

# ---- versions ----

# Prints the version of the tool whose line has been read; nothing if it has none.
this_version() {
    case $version_option in
    -) return ;;
    module) "$(find_this_tool)" -c "import ${how#*:} as m; print(m.__version__)" ;;
    *) "$(find_this_tool)" "$version_option" 2>&1 ;;
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

# ---- what to do about a tool that is missing ----

# Prints the command that installs the given packages here.
# shellcheck disable=SC2048,SC2086  # a list in one word becomes words
install_command() {
    sudo=
    [ "$(id -u)" = 0 ] || sudo='sudo '
    case $manager in
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
    if ! program=$(program_of "$compiler"); then
        echo "there is no program $compiler: check CROSS_COMPILE= or CC="
    else
        echo "$compiler makes programs for $("$program" -dumpmachine)," \
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
    look_up "$1"
    if [ "$package" = - ]; then
        echo "$1 is missing ($purpose). Install it with your package manager"
    else
        case $set in run) verb=setup ;; *) verb=setup-$set ;; esac
        echo "$1 is missing ($purpose). Install all tools with make $verb in" \
            "the course's folder, or this one with:" \
            "$(install_command "$package")"
    fi
}

say_if_lacking() {
    [ "$set" != "$1" ] || has_this_tool || echo "$tool"
}

# Prints TOOL=PROGRAM if the tool is in the list `wanted`, where each word has a blank on
# both sides, and takes it out of there. Fails when the list is empty: that was the last one.
say_if_wanted() {
    case $wanted in *" $tool "*)
        ! program=$(find_this_tool) || echo "$tool=$program"
        wanted="${wanted%% "$tool" *} ${wanted#* "$tool" }" ;;
    esac
    [ "$wanted" != ' ' ]
}

# Run, and not read by another script.
if [ "${0##*/}" = tools.sh ]; then
    case $1 in
    find) find_tool "$2" ;;
    found)
        shift
        wanted=" $* "
        for_each_tool say_if_wanted || : ;;
    missing) missing "$2" ;;
    lacking) for_each_tool say_if_lacking "$2" ;;
    version) look_up "$2" && this_version ;;
    *) echo "usage: tools.sh find|missing|version TOOL, found TOOL..., or lacking SET" >&2; exit 2 ;;
    esac
fi
