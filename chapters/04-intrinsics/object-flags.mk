# object-flags.mk - what the memory functions need to be compiled with.

# GCC can turn a loop that copies into a call to memcpy. In memory.c,
# that would be memcpy calling itself.
NO_PATTERNS := -fno-tree-loop-distribute-patterns
# GCC computes how often a loop will run before it starts: a dozen
# instructions and two registers, which is much for one or two rounds.
NO_COUNTS := -fno-tree-scev-cprop
CFLAGS_memory.o = $(if $(USES_CLANG),,$(NO_PATTERNS) $(NO_COUNTS))
# With -O2, each function starts a cache line, so that its speed does
# not depend on the code before it, and stays within one page, because
# QEMU is slow when code goes from page to page.
CFLAGS_memory.o += -falign-functions=1024

# memory_init.c measures which way is faster, unless this chooses one.
# PATHS=words moves words, PATHS=rep uses `rep`.
ifneq ($(PATHS),$(firstword $(filter $(PATHS),words rep)))
$(error PATHS=$(PATHS) is unknown: it is words or rep, or without \
	it, the kernel measures)
endif
REP_FROM_words := SIZE_MAX
REP_FROM_rep   := 0
CFLAGS_memory_init.o = $(if $(PATHS),-DREP_FROM=$(REP_FROM_$(PATHS)))
