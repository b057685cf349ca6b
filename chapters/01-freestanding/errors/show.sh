#!/bin/sh
# show.sh COMMAND CURE PROGRAM - runs a compiler command that must fail, and shows
# the errors; then runs it again with the cure added, which must succeed.

command=$1 cure=$2
mkdir -p "$(dirname "$3")" && cd "$(dirname "$3")" && program=$PWD/$(basename "$3") &&
    cd "$OLDPWD" && cd "$(dirname "$0")" || exit 1

# The commands are lists of words.
# shellcheck disable=SC2086
{
    echo "$ $command"
    if LC_ALL=C $command -o "$program" 2>&1; then
        echo "The linker has no objection here: look at the flags above." >&2
        exit 1
    fi
    echo "The cure:"
    echo "$ $command $cure"
    LC_ALL=C $command $cure -o "$program" 2>&1 && echo
}
