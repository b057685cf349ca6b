#!/bin/sh
# help.sh MAKEFILE... - lists the verbs of Makefiles: their lines `verb: ... ## text`.
echo 'usage: make VERB'
sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1	\2/p' "$@" |
    while IFS='	' read -r verb text; do
        printf '  %-15s  %s\n' "$verb" "$text"
    done
