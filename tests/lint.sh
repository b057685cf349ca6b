#!/bin/sh
# lint.sh - looks for mistakes in the sources without running them. It prints what it
# finds, and fails if it finds anything.
# lint.sh format - lays out the C sources by the rules in .clang-format instead.
cd "$(dirname "$0")/.." || exit 1

# The sources of these languages. No name has a blank.
written_in() {
    find .ci chapters common docs tests -name "$1" -not -path '*/node_modules/*'
}
c_sources=$(written_in '*.[ch]')

failed=
check() {
    "$@" || failed=1
}

# tool NAME: the program of packages.tsv; without it, this ends.
tool() {
    sh common/host/tools.sh find "$1" || {
        echo "lint: $(sh common/host/tools.sh missing "$1")" >&2
        exit 1
    }
}
clang_format=$(tool clang-format) || exit 1

# Each version of clang-format has its own idea of a few lines, so only the verdict of
# Debian 12's counts.
format_version=14
here=$("$clang_format" --version | grep -Eo '[0-9]+' | head -n 1)
if [ "$1" = format ]; then
    [ "$here" = $format_version ] || echo "format: this is clang-format $here, and the" \
        "code is laid out by version $format_version: look at what it changes" >&2
    # shellcheck disable=SC2086  # lists of words, here and below
    exec "$clang_format" -i $c_sources
fi
clang_tidy=$(tool clang-tidy) && luacheck=$(tool luacheck) && python=$(tool pyflakes) &&
    tool shellcheck >/dev/null || exit 1

if [ "$here" = $format_version ]; then
    # shellcheck disable=SC2086
    check "$clang_format" --dry-run -Werror $c_sources
else
    echo "lint: the layout is not checked: this is clang-format $here, and the" \
        "code is laid out by version $format_version"
fi

# Each chapter's files, as its kernel sees the headers.
for chapter in chapters/*; do
    includes=$(make -s --no-print-directory -C "$chapter" layers | sed 's|^|-Ichapters/|')
    # shellcheck disable=SC2046,SC2086
    check "$clang_tidy" --quiet $(find "$chapter" -maxdepth 1 -name '*.c') \
        $(find "$chapter"/demos -name '*.c' 2>/dev/null) -- \
        --target=x86_64-unknown-none-elf -std=gnu11 -ffreestanding -mgeneral-regs-only \
        $includes 2>/dev/null
done

# shellcheck disable=SC2046
check shellcheck -x $(written_in '*.sh') .ci/run
# shellcheck disable=SC2046
check "$python" -B -m pyflakes $(written_in '*.py')
# shellcheck disable=SC2046
check "$luacheck" --quiet --no-color $(written_in '*.lua')
# JavaScript and CSS, by npm's package: biome.json says which rules.
if [ -x build/npm-dev/node_modules/.bin/biome ]; then
    check build/npm-dev/node_modules/.bin/biome lint --colors=off --log-level=error \
        --error-on-warnings docs/book
else
    echo "lint: JavaScript and CSS are not checked: type make build/npm-dev/node_modules" >&2
    failed=1
fi

[ -z "$failed" ] && echo "lint: nothing to complain about"
