# object-flags.mk - what memory.c needs to be compiled with.

# GCC can turn a loop that copies into a call of memcpy. In memory.c,
# that would be memcpy calling itself.
NO_PATTERNS := -fno-tree-loop-distribute-patterns
CFLAGS_memory.o = $(if $(USES_CLANG),,$(NO_PATTERNS))
# Each function starts a cache line, so that its speed does not depend
# on the code before it, and stays within one page, because QEMU is slow
# when code goes from page to page.
CFLAGS_memory.o += -falign-functions=1024
