# targets.mk - compiles the chapter's kernel.c for five targets. A target is a
# machine, its ABI, and the operating system that a program may expect there.

TARGETS := none linux windows macos cortex-m4
PROGRAMS = $(BUILD)/targets

.PHONY: targets $(TARGETS:%=target-%) run-linux run-cortex-m4 libgcc

targets: $(TARGETS:%=target-%) ## builds kernel.c for five targets

# Optimize, and add nothing, neither a C library nor start files: the program is
# only what is in the C file. Another CPU has its own cpu.h in a folder here.
FREESTANDING = -O2 -ffreestanding -nostdlib $(addprefix -I,$(wildcard targets/$*) .) \
	kernel.c

# The kernel: flags.mk has the reasons for these flags.
none_tool := gcc
none_flags := -U__unix__ -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fcf-protection=none -static -Wl,-n,--build-id=none -T linker.ld multiboot2.c
none_file := none.elf

# -static: no dynamic linker has to start it.
NO_SCREEN := -include targets/no-screen.h
linux_tool := linux-gcc
linux_flags := $(NO_SCREEN) -static
linux_file := linux

# Names the program's first function, and makes it a console program.
windows_tool := windows-gcc
windows_else := windows-clang
windows_flags = $(NO_SCREEN) $(if $(findstring clang,$(tool_found)),\
	--target=x86_64-pc-windows-msvc -fuse-ld=lld \
	-Wl$(comma)-entry:_start$(comma)-subsystem:console,\
	-Wl$(comma)--entry=_start$(comma)--subsystem=console)
windows_file := windows.exe

# The symbol of a C function has one more underscore there. LLVM's linker warns
# that it does not know -static: the file still asks for macOS's dynamic linker,
# but for no library.
macos_tool := macos-clang
macos_flags := $(NO_SCREEN) --target=x86_64-apple-macos11 -fuse-ld=lld -static -Wl,-e,__start
macos_file := macos

# thumbv7em-none-eabihf: a Cortex-M4F, no operating system, the embedded ABI
# with floating point in the FPU's registers.
cortex-m4_tool := arm-none-eabi-gcc
cortex-m4_flags := $(NO_SCREEN) -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard \
	-T targets/cortex-m4/linker.ld
cortex-m4_file := cortex-m4.elf

# A target whose compiler is missing is named, and the others are built.
$(TARGETS:%=target-%): target-%:
	$(eval tool_found := $(or $(shell $(TOOLS) find $($*_tool)),$(if \
		$($*_else),$(shell $(TOOLS) find $($*_else)))))
	$(eval command := $(tool_found) $(FREESTANDING) $(strip $($*_flags)) \
		-o $(PROGRAMS)/$($*_file))
	@mkdir -p $(PROGRAMS)
	$(if $(tool_found),@echo '$*: $(command)' && $(command),\
		$(info $*: not built. $(shell $(TOOLS) missing $($*_tool))))

run-linux: target-linux ## runs the program for Linux, and says what becomes of it
	@sh targets/run-linux.sh $(PROGRAMS)/$(linux_file)

run-cortex-m4: target-cortex-m4 ## boots the program for the Cortex-M4 in QEMU
	$(call tool,qemu-system-arm) -machine mps2-an386 -display none \
		-semihosting -kernel $(PROGRAMS)/$(cortex-m4_file)

# Chapter 3's kernel, because it can print. Its demo computes a 128-bit
# remainder, which takes a function in libgcc.
remainder = $(MAKE) --no-print-directory -C ../03-vga boot-test DEMO=remainder \
	LIBGCC_UNCHECKED=1 CC='$(call tool,$1)' BUILD='$(BUILD)/$1' 2>&1 | \
	grep -v '^make' | tail -n 4

libgcc: ## boots a kernel with the libgcc of two compilers: one crashes
	@echo 'With the libgcc of $(call tool,linux-gcc):' && $(call remainder,linux-gcc)
	@echo 'With the libgcc of $(call tool,cross-gcc):' && $(call remainder,cross-gcc)
