# tools.mk - finds each tool when it is first needed, or stops with one
# line that says how to get it. host/tools.sh knows where to look.

ifneq ($(filter 0.% 1.% 2.% 3.% 4.0% 4.1%,$(MAKE_VERSION)),)
$(error This is GNU Make $(MAKE_VERSION), and the course needs 4.2 or later. \
	On macOS, type: brew install make, and then gmake instead of make)
endif

comma := ,
empty :=
lparen := (
rparen := )

# What nothing here uses is most likely misspelled. Make itself would not say a word.
from_user := $(if $(filter 0,$(MAKELEVEL)),$(foreach name,$(.VARIABLES),\
	$(if $(findstring command line,$(origin $(name))),$(name))))
for_others := CFLAGS_% SHELL PATH TMPDIR DISPLAY WAYLAND_DISPLAY
makefiles := $(sort $(MAKEFILE_LIST) $(wildcard *.mk */*.mk $(COMMON)/*.mk))
# A blank after a name is that of a function, such as $(dir ...).
is_used = $(shell grep -qE '[$$].$1[^A-Za-z0-9_ ]|(origin |,|^)$1([^A-Za-z0-9_]|$$)' $(makefiles) \
	&& echo yes)
unknown := $(firstword $(foreach name,$(filter-out $(for_others),$(from_user)),\
	$(if $(call is_used,$(name)),,$(name))))
ifneq ($(unknown),)
in_capitals := $(shell echo $(unknown) | tr a-z A-Z)
$(if $(call is_used,$(in_capitals)),$(error \
	Settings are written in capitals: $(in_capitals)=$($(unknown))))
$(error There is no setting $(unknown): make help lists the settings)
endif

own_flags := $(firstword $(filter KERNEL_CFLAGS LDFLAGS,$(from_user)))
ifneq ($(own_flags),)
$(error $(own_flags) holds the flags without which the kernel does not work. Flags for the \
	compiler go into CFLAGS; for others, edit common/flags.mk)
endif

# All programs speak English while a kernel is built, so that the book's index of messages
# has what they say, and those that read it understand it. What talks to the user's own
# terminal, in run.py, gets the user's locale back.
set_by_user = $(filter environment%,$(origin $1))
OWN_LOCALE ?= env $(foreach name,LC_ALL LANGUAGE,$(if $(call set_by_user,$(name)),,-u $(name))) \
	$(foreach name,LC_ALL LANGUAGE,$(if $(call set_by_user,$(name)),$(name)='$($(name))'))
export OWN_LOCALE := $(OWN_LOCALE)
export LC_ALL := C.UTF-8
export LANGUAGE :=

# A compiler of your own: make CROSS_COMPILE=x86_64-elf- or make CC=clang. The
# one that `make toolchain` has built is in the folder TOOLCHAIN.
GIVEN_CC := $(if $(filter default,$(origin CC)),,$(CC))
TOOLS := CROSS_COMPILE='$(CROSS_COMPILE)' CC='$(GIVEN_CC)' \
	TOOLCHAIN='$(TOOLCHAIN)' sh '$(COMMON)/host/tools.sh'

# What most verbs need is found by one call, when the first of them is needed.
OFTEN_NEEDED := gcc ld nasm grub-mkrescue grub-file grub-i386-pc xorriso python3 qemu gdb
FOUND = $(eval FOUND := $(shell $(TOOLS) found $(OFTEN_NEEDED)))$(FOUND)
# $(call found,NAME): one of these, or nothing. $(call tool,NAME): any, or an error.
found = $(patsubst $1=%,%,$(filter $1=%,$(FOUND)))
tool = $(or $(call found,$1),$(shell $(TOOLS) find $1),\
	$(error $(shell $(TOOLS) missing $1)))
# $(call once,VARIABLE,NAME): the same, remembered in the variable.
once = $(eval override $1 := $(call tool,$2))$($1)

# A compiler of your own may be several words, such as ccache gcc.
override CC = $(eval override CC := $(if $(call tool,gcc),$(or \
	$(if $(CROSS_COMPILE),,$(GIVEN_CC)),$(call tool,gcc))))$(CC)
USES_CLANG = $(findstring clang,$(notdir $(CC)))
# The compiler's companions share its prefix: x86_64-elf-gcc, x86_64-elf-ld.
PREFIX = $(if $(USES_CLANG),,$(patsubst %ld,%,$(call tool,ld)))

ifeq ($(origin LD),default)
LD = $(if $(USES_CLANG),$(call once,LD,ld.lld),$(call once,LD,ld))
endif
OBJCOPY ?= $(PREFIX)objcopy
OBJDUMP ?= $(PREFIX)objdump
NM ?= $(PREFIX)nm
ADDR2LINE ?= $(PREFIX)addr2line
NASM ?= $(call once,NASM,nasm)
PYTHON ?= $(call once,PYTHON,python3)
QEMU ?= $(call once,QEMU,qemu)
GDB ?= $(call once,GDB,gdb)
GRUB_MKRESCUE ?= $(call once,GRUB_MKRESCUE,grub-mkrescue)
GRUB_FILE ?= $(call once,GRUB_FILE,grub-file)
# The tests' options are in pyproject.toml. With pytest-xdist, there is one more process
# than there are processors, because a test often waits for a machine to boot.
PYTEST ?= cd $(COMMON)/.. && $(call once,PYTHON_FOR_TESTS,pytest) -B -m pytest \
	$(if $(shell $(TOOLS) find pytest-xdist),--dist loadgroup \
	-n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1))
