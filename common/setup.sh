#!/bin/sh
# setup.sh run|all - installs what is missing of packages.tsv, with this
# system's package manager. With everything there, it does nothing.

. "$(dirname "$0")/tools.sh"

set=$1
manager=$(package_manager)
if [ -z "$manager" ]; then
    echo "setup: no apt-get, dnf, pacman or brew here: install the tools that" \
        "'make doctor' names" >&2
    exit 1
fi

wanted=$(tools_here | awk -F '\t' -v set="$set" '$2 == "run" || set == "all" { print $1 }')
packages=
for tool in $wanted; do
    package=$(column "$tool" "$manager")
    if [ "$package" != - ] && ! good_enough "$tool"; then
        case " $packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
    fi
done
if [ -z "$packages" ]; then
    echo "setup: everything is there"
    exit 0
fi

sudo=
if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: there is no sudo here. As root, type:" \
            "$(install_command "$packages")" >&2
        exit 1
    fi
fi
echo "setup: installing$packages"
# $packages is a list of words, and $sudo may be none.
# shellcheck disable=SC2086
case $manager in
apt)
    $sudo apt-get update -q &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends $packages ;;
dnf) $sudo dnf install -y $packages ;;
pacman) $sudo pacman -Syu --needed --noconfirm $packages ;;
brew) brew install $packages ;;
esac || {
    echo "setup: $manager failed; its messages are above" >&2
    exit 1
}

for tool in $wanted; do
    good_enough "$tool" || echo "setup: still missing: $(missing "$tool")" >&2
done
