#!/bin/sh
# setup.sh run|toolchain|hosts|all - installs what is missing of packages.tsv, with this
# system's package manager. With everything there, it does nothing.
#
# for_each_tool, of tools.sh, sets tool, set, minimum, package and purpose:
# shellcheck disable=SC2154

# shellcheck source=common/host/tools.sh
. "$(dirname "$0")/tools.sh"

wanted_set=$1
if [ "$manager" = none ]; then
    echo "setup: no apt-get, dnf, pacman or brew here: install the tools that" \
        "'make doctor' names" >&2
    exit 1
fi

# if_missing COMMAND: runs it if the tool is wanted, and not there or too old.
if_missing() {
    case $wanted_set,$set in
    *,-) return ;;
    all,*) ;;
    hosts,hosts) ;; # what it makes has tools of its own
    hosts,*) return ;;
    "$set",* | *,run) ;;
    *) return ;;
    esac
    if ! has_this_tool || ! new_enough "$(this_version)" "$minimum"; then
        "$1"
    fi
}

# What was asked for, and what only some verbs need.
packages=
optional=
add_package() {
    case $set,$package in
    *,-) ;;
    all,*) optional=$(with_word "$optional" "$package") ;;
    *) packages=$(with_word "$packages" "$package") ;;
    esac
}
for_each_tool if_missing add_package
if [ -z "$packages$optional" ]; then
    echo "setup: everything is there"
    exit 0
fi

sudo=
if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: there is no sudo here. As root, type:" \
            "$(install_command "$packages$optional" | sed 's/^sudo //')" >&2
        exit 1
    fi
fi

# Leaves out of the optional packages those that this system does not have: Ubuntu, for
# one, has no package of Chromium.
leave_out_absent() {
    offered=
    absent=
    for name in $optional; do
        if LC_ALL=C apt-cache policy "$name" | grep -q 'Candidate: [^(]'; then
            offered="$offered $name"
        else
            absent="$absent $name"
        fi
    done
    optional=$offered
    [ -z "$absent" ] ||
        echo "setup: left out, because this system has no such package:$absent"
}

echo "setup: installing$packages$optional"
# These are lists of words, and $sudo may be none.
# shellcheck disable=SC2086
case $manager in
apt)
    $sudo apt-get update -q && leave_out_absent &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends $packages $optional ;;
dnf) $sudo dnf install -y $packages $optional ;;
pacman) $sudo pacman -Syu --needed --noconfirm $packages $optional ;;
brew) brew install $packages $optional ;;
esac || {
    echo "setup: $manager has failed; its messages are above" >&2
    exit 1
}

still_missing() {
    echo "setup: not good enough yet: $tool ($purpose): see make doctor" >&2
}
for_each_tool if_missing still_missing
echo "setup: done"
