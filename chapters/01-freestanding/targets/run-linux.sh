#!/bin/sh
# run-linux.sh PROGRAM - runs a program for Linux, and says what becomes of it.

if [ "$(uname -s) $(uname -m)" != 'Linux x86_64' ]; then
    echo "$1 runs on Linux on x86-64 only, and this is" \
        "$(uname -s) on $(uname -m)" >&2
    exit 1
fi
[ -x "$1" ] || exit 1 # its compiler is missing: make has said so
echo "$ $1"
"$1"
status=$?
# If a signal ends a process, the shell's status is 128 + the signal's number.
if [ $status -gt 128 ]; then
    echo "Linux has ended it with signal $((status - 128))," \
        "SIG$(kill -l $((status - 128))): the exit status is $status."
else
    echo "It has ended by itself, with the exit status $status." >&2
    exit 1
fi
