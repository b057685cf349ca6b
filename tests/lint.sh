#!/bin/sh
# lint.sh - looks for mistakes in the sources without running them. It prints
# what it finds, and fails if it finds anything.
cd "$(dirname "$0")/.." || exit 1

failed=
check() {
    "$@" || failed=1
}

for tool in clang-format clang-tidy shellcheck pyflakes; do
    if ! sh common/host/tools.sh find $tool >/dev/null; then
        echo "lint: $(sh common/host/tools.sh missing $tool)" >&2
        exit 1
    fi
done

# The layout of the C code: `make format` mends it. Each version of clang-format has
# its own idea of a few lines, so only the verdict of Debian 12's counts.
format_version=14
here=$(clang-format --version | grep -Eo '[0-9]+' | head -n 1)
if [ "$here" = $format_version ]; then
    check clang-format --dry-run -Werror chapters/*/*.[ch] chapters/*/*/*.c \
        tests/host/*.c tests/kernels/*/*.c tests/bench/*.[ch] tests/bench/*/*.c
else
    echo "lint: the layout is not checked: this is clang-format $here, and the" \
        "code is laid out by version $format_version"
fi

# The sources, as the last chapter's kernel sees the headers.
for chapter in chapters/*; do :; done
includes=$(make -s --no-print-directory -C "$chapter" layers | sed 's|^|-Ichapters/|')
# shellcheck disable=SC2086  # a list of words
check clang-tidy --quiet chapters/*/*.c -- --target=x86_64-unknown-none-elf \
    -std=gnu11 -ffreestanding -mgeneral-regs-only $includes 2>/dev/null

check shellcheck -x common/*.sh common/*/*.sh chapters/*/*/*.sh tests/*.sh .ci/run
check "$(sh common/host/tools.sh find pyflakes)" -B -m pyflakes common/*/*.py chapters/*/*/*.py \
    docs/*.py docs/*/*.py tests/*.py tests/*/*.py

[ -z "$failed" ] && echo "lint: nothing to complain about"
