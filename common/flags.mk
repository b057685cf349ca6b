# flags.mk - every flag of the compiler, the assembler and the linker,
# with its reason. To add your own for one run: make CFLAGS=-O0

# How hard the compiler tries, and debug information for GDB. Yours to
# change.
CFLAGS ?= -O2 -g

# With -g: in DWARF 5, addr2line of binutils 2.40 takes the functions of a header for
# those of the file that includes it.
DEBUG_CFLAGS := -gdwarf-4

# The language.
KERNEL_CFLAGS := -std=gnu11
# There is no C library: only headers such as <stdint.h>, and no main().
KERNEL_CFLAGS += -ffreestanding
# Undefine the macros that name Linux or Unix.
KERNEL_CFLAGS += -U__linux__ -U__linux -Ulinux -U__gnu_linux__
KERNEL_CFLAGS += -U__unix__ -U__unix -Uunix
# An interrupt pushes onto the stack of the code that it interrupts. So
# no function may keep data below its stack pointer (the "red zone",
# System V ABI 3.2.2), where it would be overwritten.
KERNEL_CFLAGS += -mno-red-zone
# SSE and AVX instructions fault until a kernel turns them on, and their
# registers, like x87's, must be saved on each task switch. Use none.
KERNEL_CFLAGS += -mgeneral-regs-only
# The kernel runs at the address it is linked for: no relocation at run
# time.
KERNEL_CFLAGS += -fno-pie
# Needs a secret value at %fs:40, which an operating system would put
# there.
KERNEL_CFLAGS += -fno-stack-protector
# Marks jump targets for a CPU feature (CET) that this kernel does not
# turn on.
KERNEL_CFLAGS += -fcf-protection=none
# Tables that say how to unwind the stack: no code here reads them.
KERNEL_CFLAGS += -fno-asynchronous-unwind-tables -fno-unwind-tables
# No frame pointers: chapter 1's _start must not push %rbp, because the
# instructions that do so mean something else in 32-bit mode.
KERNEL_CFLAGS += -fomit-frame-pointer
# Checked versions of library functions, which some systems turn on.
KERNEL_CFLAGS += -U_FORTIFY_SOURCE
# Warnings that find mistakes. WERROR=1 makes each of them an error.
KERNEL_CFLAGS += -Wall -Wextra -Wshadow -Wundef -Wvla
KERNEL_CFLAGS += -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
KERNEL_CFLAGS += -Wformat-nonliteral
KERNEL_CFLAGS += $(if $(WERROR),-Werror)
# Messages name a file by its chapter, and nothing in the result depends
# on the folder that it was built in.
KERNEL_CFLAGS += -fmacro-prefix-map=../= -fmacro-prefix-map=./=
KERNEL_CFLAGS += '-fdebug-prefix-map=$(subst ','\'',$(CURDIR))=.'

# The kernel's stack has 16 KiB: warn of a function that takes a
# quarter.
KERNEL_CFLAGS += -Wframe-larger-than=4096

# A function with a large frame touches each page of it, from the top.
# So a stack that overflows hits the guard page below it, and never jumps
# over.
GCC_CFLAGS := -fstack-clash-protection

# SANITIZE=undefined: code that calls the kernel when it finds undefined
# behavior, such as an overflow or an index out of bounds.
SANITIZE_undefined := -fsanitize=undefined
# SANITIZE=stack: code that calls the kernel when an array on the stack
# has overflowed. The secret value is a variable of the kernel.
SANITIZE_stack := -fstack-protector-strong -mstack-protector-guard=global

# clang: which machine to compile for, with no operating system on it.
CLANG_CFLAGS := --target=x86_64-unknown-none-elf
# The same as for GCC. For a machine without an operating system, only
# the compiler proper takes this flag, not clang's command line.
CLANG_CFLAGS += -Xclang -fstack-clash-protection

# 64-bit ELF objects, as the compiler's.
NASMFLAGS := -f elf64
# Debug information for GDB.
NASMFLAGS += -g -F dwarf
# Nothing in the result depends on the time. (Only the debug information
# depends on the place: NASM writes the folder's name there.)
NASMFLAGS += --reproducible
# A number that does not fit is a mistake.
NASMFLAGS += -w+error=number-overflow

# No library but the one named, and no start files: the kernel is all
# there is.
LDFLAGS := -nostdlib
# Fixed addresses, no dynamic linker.
LDFLAGS += -static
# Segments are not padded to a page in the file: it stays small, and its
# header stays within the first 32 KiB, where the loader looks for it.
LDFLAGS += -n
# No segment asks for an executable stack.
LDFLAGS += -z noexecstack
# The linker would place a build number before everything else.
LDFLAGS += --build-id=none
# A warning is a mistake in the linker script.
LDFLAGS += --fatal-warnings
