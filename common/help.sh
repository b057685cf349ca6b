#!/bin/sh
# help.sh MAKEFILE - lists the verbs of a Makefile: its lines `verb: ... ## text`.
echo 'usage: make VERB'
sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' "$1" |
    while IFS='	' read -r verb text; do
        printf '  %-10s  %s\n' "$verb" "$text"
    done
