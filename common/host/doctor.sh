#!/bin/sh
# doctor.sh - says for each tool whether it is there, and good enough, and which
# command installs what is missing. It fails if `make run` could not work.
#
# read_tool, of tools.sh, sets tool, set, minimum, package and purpose:
# shellcheck disable=SC2154

# shellcheck source=common/host/tools.sh
. "$(dirname "$0")/tools.sh"

needed_run=
needed_toolchain=
needed_hosts=
needed_all=
line='%-17s  %-10s  %-8s  %-7s  %s\n'
# shellcheck disable=SC2059  # the format is the variable above
printf "$line" tool version 'at least' '' 'what for'
while read_tool; do
    state=ok
    if ! find_tool "$tool" >/dev/null; then
        version=-
        state=MISSING
    else
        version=$(tool_version "$tool" | cut -d. -f1-3)
        new_enough "$version" "$minimum" || state='TOO OLD'
    fi
    # shellcheck disable=SC2059
    printf "$line" "$tool" "${version:--}" "$minimum" "$state" "$purpose"
    [ "$state" = ok ] ||
        eval "needed_$set=\$(with_word \"\$needed_$set\" \"\$package\")"
done <<EOF
$(tools_here)
EOF

# advise PURPOSE VERB PACKAGES: how to install what is missing, if anything is.
advise() {
    [ -n "$3" ] || return 0
    echo "To $1, type: make $2"
    ! command=$(install_command "$3") || echo "  (it runs: $command)"
}

[ -z "$needed_run$needed_toolchain$needed_hosts$needed_all" ] && echo 'Everything is there.'
advise 'build and boot the kernels' setup "$needed_run"
advise 'build the cross compiler as well' setup-toolchain "$needed_toolchain"
advise 'test on clean systems as well' setup-hosts "$needed_hosts"
advise 'run all the tests as well' setup-all "$needed_all"
[ -z "$needed_run" ]
