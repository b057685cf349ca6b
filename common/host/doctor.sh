#!/bin/sh
# doctor.sh - says for each tool whether it is there, and good enough, and which
# command installs what is missing. It fails if `make run` could not work.
#
# for_each_tool, of tools.sh, sets tool, set, minimum, package and purpose:
# shellcheck disable=SC2154

# shellcheck source=common/host/tools.sh
. "$(dirname "$0")/tools.sh"

needed_run=
needed_toolchain=
needed_hosts=
needed_all=
line='%-17s  %-10s  %-8s  %-7s  %s\n'

examine() {
    version=-
    state=ok
    if ! find_this_tool >/dev/null; then
        state=MISSING
    else
        version=$(this_version | cut -d. -f1-3)
        new_enough "$version" "$minimum" || state='TOO OLD'
    fi
    # shellcheck disable=SC2059  # the format is the variable above
    [ "$set" = - ] ||
        printf "$line" "$tool" "${version:--}" "$minimum" "$state" "$purpose"
    case $state,$set in
    ok,*) ;;
    *,run) needed_run=$(with_word "$needed_run" "$package") ;;
    *,toolchain) needed_toolchain=$(with_word "$needed_toolchain" "$package") ;;
    *,hosts) needed_hosts=$(with_word "$needed_hosts" "$package") ;;
    *,all) needed_all=$(with_word "$needed_all" "$package") ;;
    esac
}

# advise PURPOSE VERB PACKAGES: how to install what is missing, if anything is.
advise() {
    [ -n "$3" ] || return 0
    echo "To $1, type: make $2"
    ! command=$(install_command "$3") || echo "  (it runs: $command)"
}

# shellcheck disable=SC2059
printf "$line" tool version 'at least' '' 'what for'
for_each_tool examine
[ -z "$needed_run$needed_toolchain$needed_hosts$needed_all" ] && echo 'Everything is there.'
advise 'build and boot the kernels' setup "$needed_run"
advise 'build the cross compiler as well' setup-toolchain "$needed_toolchain"
advise 'test on clean systems as well' setup-hosts "$needed_hosts"
advise 'run all the tests as well' setup-all "$needed_all"
[ -z "$needed_run" ]
