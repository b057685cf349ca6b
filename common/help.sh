#!/bin/sh
# help.sh MAKEFILE... - lists the verbs of Makefiles, their lines `verb: ... ## text`, and
# the settings, their lines `## SETTING=value  text`.
echo 'usage: make VERB [SETTING=value ...]'
sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1	\2/p' "$@" |
    while IFS='	' read -r verb text; do
        printf '  %-15s  %s\n' "$verb" "$text"
    done
sed -n 's/^## \([A-Z]*=.*\)/  \1/p' "$@" | sed '1i\
settings:'
