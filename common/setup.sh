#!/bin/sh
# setup.sh run|toolchain|hosts|all - installs what is missing of packages.tsv, with this
# system's package manager. With everything there, it does nothing.
#
# read_tool, of tools.sh, sets tool, set, minimum, package and purpose:
# shellcheck disable=SC2154

# shellcheck source=common/tools.sh
. "$(dirname "$0")/tools.sh"

wanted_set=$1
if ! manager=$(package_manager); then
    echo "setup: no apt-get, dnf, pacman or brew here: install the tools that" \
        "'make doctor' names" >&2
    exit 1
fi

# Calls $1 with the lines of the tools that are wanted and not good enough.
for_each_missing() {
    while read_tool; do
        case $wanted_set in
        all | "$set") ;;
        hosts) continue ;; # what it makes has tools of its own
        *) [ "$set" = run ] || continue ;;
        esac
        good_enough "$tool" "$minimum" || "$1"
    done <<EOF
$(tools_here)
EOF
}

packages=
optional=
add_package() {
    [ "$package" != - ] || return 0
    packages=$(with_word "$packages" "$package")
    [ "$set" != all ] || optional=$(with_word "$optional" "$package")
}
for_each_missing add_package
if [ -z "$packages" ]; then
    echo "setup: everything is there"
    exit 0
fi

sudo=
if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: there is no sudo here. As root, type:" \
            "$(install_command "$packages" | sed 's/^sudo //')" >&2
        exit 1
    fi
fi

# leave_out_absent: leaves out of the packages those that only some verbs need, and
# that this system does not have: Ubuntu, for one, has no package of Chromium.
leave_out_absent() {
    absent=
    for name in $optional; do
        LC_ALL=C apt-cache policy "$name" | grep -q 'Candidate: [^(]' || absent="$absent $name"
    done
    [ -n "$absent" ] || return 0
    echo "setup: left out, because this system has no such package:$absent"
    remaining=
    for name in $packages; do
        [ "$(with_word "$absent" "$name")" = "$absent" ] || remaining="$remaining $name"
    done
    packages=$remaining
}

echo "setup: installing$packages"
# $packages is a list of words, and $sudo may be none.
# shellcheck disable=SC2086
case $manager in
apt)
    $sudo apt-get update -q && leave_out_absent &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends $packages ;;
dnf) $sudo dnf install -y $packages ;;
pacman) $sudo pacman -Syu --needed --noconfirm $packages ;;
brew) brew install $packages ;;
esac || {
    echo "setup: $manager has failed; its messages are above" >&2
    exit 1
}

still_missing() {
    echo "setup: not good enough yet: $tool ($purpose): see make doctor" >&2
}
for_each_missing still_missing
echo "setup: done"
