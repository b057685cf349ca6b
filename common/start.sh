#!/bin/sh
# start.sh NAME FILE... - copies the files of a complete kernel, and what
# builds it, into a new folder: a project of your own, which needs nothing else.
# It never overwrites what is already there.
#
# START_IN is the folder; if empty, work/NAME. A relative one starts at START_FROM,
# the folder where the user typed it. LOADER is the folder of the loader, if there is
# one, and LOADER_HEADERS what it shares with the kernel. PROJECT is the Makefile to
# begin with, if not this folder's. AFTER_STEP has the arguments for steps.py, if the
# kernel is to be written as it is after a step of the book.

common=$(dirname "$0")
name=$1
directory=$START_IN
shift

# shellcheck disable=SC2086  # a list of words
[ -z "$AFTER_STEP" ] || "$PYTHON" -B "$common/steps/steps.py" check . $AFTER_STEP || exit 1

case $directory in
'') directory=$(cd "$common/.." && pwd)/work/$name ;;
'~'/*) directory=$HOME/${directory#'~'/} ;;
/*) ;;
*) directory=$START_FROM/$directory ;;
esac

if [ -e "$directory" ]; then
    echo "start: $directory exists already: choose another folder with DIR=" >&2
    exit 1
fi
if ! mkdir -p "$directory" 2> /dev/null; then
    echo "start: $directory cannot be made: choose another folder with DIR=" >&2
    exit 1
fi
directory=$(cd "$directory" && pwd)
# Half a project is of no use. It is all new.
trap 'rm -rf "$directory"' EXIT

# The Makefile is the chapter's, with all files in one layer.
layer='# All files lie side by side in this folder.\
LAYERS := .'
# shellcheck disable=SC2086  # LOADER_HEADERS is a list
{ [ $# -eq 0 ] || cp "$@" "$directory/"; } &&
    { [ ! -d demos ] || cp -R demos "$directory/"; } &&
    { [ -z "$LOADER" ] || { mkdir "$directory/loader" &&
        cp "$LOADER"/*.asm "$LOADER"/*.h "$LOADER"/*.mk $LOADER_HEADERS "$directory/loader/"; }; } &&
    cp -R "$common" "$directory/" &&
    find "$directory/common" -name __pycache__ -prune -exec rm -r {} + &&
    mkdir "$directory/.vscode" && cp "$common"/editors/*.json "$directory/.vscode/" &&
    cp "$common/editors/clangd" "$directory/.clangd" &&
    printf '/build*/\n' > "$directory/.gitignore" &&
    cat > "$directory/Makefile" <<END || exit 1
# Where the course has its cross compiler, if \`make toolchain\` has built one.
TOOLCHAIN ?= ${TOOLCHAIN:-$(cd "$common/.." && pwd)/toolchain}
END
sed -e "s|^EXTENDS :=.*|$layer|" -e 's|../../common|common|' -e '/^-include/d' \
    "${PROJECT:-Makefile}" >> "$directory/Makefile" || exit 1

if [ -n "$AFTER_STEP" ]; then
    # shellcheck disable=SC2086
    "$PYTHON" -B "$common/steps/steps.py" write "$directory" $AFTER_STEP || exit 1
elif [ $# -eq 0 ]; then
    trap - EXIT
    echo "The build and the tools are in $directory. The kernel is up to you."
    exit
fi
trap - EXIT
printf 'The kernel of %s is now in %s\nBoot it: make -C "%s" run\n' "$name" "$directory" \
    "$(printf %s "$directory" | sed 's/[\\"`$]/\\&/g')"
