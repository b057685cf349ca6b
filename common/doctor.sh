#!/bin/sh
# doctor.sh - says for each tool whether it is there, and good enough, and which
# command installs what is missing. It fails if `make run` could not work.

. "$(dirname "$0")/tools.sh"

manager=$(package_manager)
packages_run=
packages_all=
printf '%-16s %-12s %-8s %s\n' tool version needed 'what for'
for tool in $(tools_here | cut -f 1); do
    minimum=$(column "$tool" minimum)
    set=$(column "$tool" set)
    if ! find_tool "$tool" >/dev/null; then
        state=missing
    else
        state=$(tool_version "$tool")
        state=${state:-there}
    fi
    mark=' '
    if ! good_enough "$tool"; then
        mark='!'
        package=$(column "$tool" "${manager:-purpose}")
        eval "packages_$set=\"\$packages_$set \$package\""
    fi
    printf '%-16s %-12s %-8s %s %s\n' "$tool" "$state" "$minimum" "$mark" \
        "$(column "$tool" purpose)"
done

[ -z "$packages_run$packages_all" ] && echo 'Everything is there.' && exit 0
echo 'Lines with ! are missing or too old.'
if [ -n "$packages_run" ]; then
    echo "To build and boot the kernels, type: make setup"
    [ -z "$manager" ] || echo "  (that is: $(install_command "$packages_run"))"
fi
if [ -n "$packages_all" ]; then
    echo "For all the tests, too, type: make setup-all"
    [ -z "$manager" ] || echo "  (that is: $(install_command "$packages_all"))"
fi
[ -z "$packages_run" ]
