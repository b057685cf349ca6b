# errors.mk - the linker errors that a new kernel runs into, made on purpose.
# Each has a C file here, the flags that cause it, and what to add to cure it.

ERRORS := no-main start-twice stack-protector memcpy udivti3 pie

.PHONY: errors $(ERRORS:%=error-%)

errors: $(ERRORS:%=error-%) ## shows the errors that linkers greet a kernel with

# The host's start files are linked in, and they call main().
no-main_flags :=
no-main_cure := -nostdlib -Wl,--entry=kernel
start-twice_flags :=
start-twice_cure := -nostartfiles
# Some systems turn the stack protector on by default.
stack-protector_flags := -ffreestanding -nostdlib -fstack-protector-strong
stack-protector_cure := -fno-stack-protector
# A kernel has to bring its own memcpy().
memcpy_flags := -ffreestanding -nostdlib
memcpy_cure := ../../04-intrinsics/demos/plain/memory.c -I../../04-intrinsics
# -nostdlib leaves out the compiler's own library, libgcc, as well.
udivti3_flags := -ffreestanding -nostdlib
udivti3_cure := -lgcc
# Many systems link programs for any address (PIE) by default.
pie_flags := -ffreestanding -nostdlib -fno-pie
pie_cure := -no-pie

$(ERRORS:%=error-%): error-%:
	@sh errors/show.sh '$(call tool,linux-gcc) -O2 $(strip $($*_flags) $*.c)' \
		'$($*_cure)' $(BUILD)/errors/$*
