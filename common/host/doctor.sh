#!/bin/sh
# doctor.sh - says for each tool whether it is there, and good enough, and which
# command installs what is missing. It fails if `make run` could not work.
#
# for_each_tool, of tools.sh, sets tool, set, minimum, package and purpose:
# shellcheck disable=SC2154

# shellcheck source=common/host/tools.sh
. "$(dirname "$0")/tools.sh"

needed= # a line for each: its set and its package
line='%-17s  %-10s  %-8s  %-7s  %s\n'

examine() {
    [ "$set" != - ] || return 0
    version=-
    state=ok
    if ! has_this_tool; then
        state=MISSING
    else
        version=$(this_version | cut -d. -f1-3)
        new_enough "$version" "$minimum" || state='TOO OLD'
    fi
    # shellcheck disable=SC2059  # the format is the variable above
    printf "$line" "$tool" "${version:--}" "$minimum" "$state" "$purpose"
    [ "$state" = ok ] || needed="$needed$set $package
"
}

# Prints the packages of a set that are needed, each once.
packages_of() {
    echo "$needed" | awk -v set="$1" '$1 == set && !seen[$0]++ { sub(/[^ ]* /, ""); print }'
}

# advise PURPOSE VERB SET: how to install what is missing of a set, if anything is.
advise() {
    packages=$(packages_of "$3")
    [ -n "$packages" ] || return 0
    echo "To $1, type: make $2"
    ! command=$(install_command "$packages") || echo "  (it runs: $command)"
}

# shellcheck disable=SC2059
printf "$line" tool version 'at least' '' 'what for'
for_each_tool examine
[ -n "$needed" ] || echo 'Everything is there.'
advise 'build and boot the kernels' setup run
advise 'build the cross compiler as well' setup-toolchain toolchain
advise 'test on clean systems as well' setup-hosts hosts
advise 'run all the tests as well' setup-all all
[ -z "$(packages_of run)" ]
