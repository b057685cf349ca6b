# kernel.mk - builds a kernel from the files of its chapter and of the chapters
# that it stands on, and runs it. A chapter's Makefile sets
#
#   EXTENDS      the chapters that it stands on, the newest first
#   SELFTEST     the demo that tests the kernel and leaves QEMU with the result, if any
#
# and includes this file. A chapter's object-flags.mk sets CFLAGS_x.o, compiler
# flags for one object, also in each kernel that stands on the chapter.
#
# What is expected of a kernel: it begins at _start; it prints to the text screen at
# 0xB8000, to COM1, or to both, and white on red if it gives up; port 0xF4 takes it out
# of QEMU; and a symbol stack_guard is the unmapped page below its stack, which ends at
# stack_top. Only the text is a must: a kernel that shows none has failed.
# If it panics because of an exception, COM1 gets "vector 14, error code 0x2", and then
# "RIP 0x101000"; an address in other text is "in the code at 0x101000": `run` adds the
# function, file and line. exception_handle is what handles exceptions, if it has that.
# Where there are only pixels, framebuffer_draw draws the text: in the middle, with the
# glyphs at symbol font (pc/pixels.py).
#
# A demo is a folder, demos/NAME: with DEMO=NAME, it is one more layer on top.
#
# A kernel outside of chapters/ sets LAYERS, all folders that its files come from.
# BUILD is where everything that is built goes; MORE_OBJECTS are linked as well.

COMMON := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(COMMON)/flags.mk
include $(COMMON)/tools.mk

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
# `make -j clean all` cleans before it builds.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

TESTS := $(COMMON)/../tests

# ---- what the user may set ----
#
## DEMO=panic       adds a demo of the chapter to the kernel
## SANITIZE=stack   adds checks to it: undefined, stack, or undefined,stack
## PATHS=words      in chapter 4, chooses how memory is moved: words or rep
## CFLAGS='-O0 -g'  compiles it with these flags
## CC=clang         with this compiler; CROSS_COMPILE=x86_64-elf- sets its companions too
## WERROR=1         treats each warning as an error
## V=1              shows the whole commands of the build
## FIRMWARE=uefi    boots with UEFI instead of a BIOS
## LOADER=own       boots with the loader of chapter 2 instead of GRUB
## CMDLINE='...'    is the command line that the loader hands to the kernel
## PATIENCE=10      gives the kernel this many seconds to halt, instead of 60
## QEMUFLAGS='...'  adds flags for QEMU
## ACCEL=kvm        lets this processor run the kernel, but then no crash is explained
## DIR=~/kernel     the folder for start

# ---- which files make the kernel ----

NAME := $(lastword $(notdir $(CURDIR)))
# The folders of the chapters, the newest first: of two files with one name,
# the first counts.
LAYERS ?= $(addprefix ../,$(NAME) $(EXTENDS))
DEMOS  := $(patsubst demos/%/demo.c,%,$(sort $(wildcard demos/*/demo.c)))
override LAYERS := $(DEMO:%=$(firstword $(LAYERS))/demos/%) $(LAYERS)
# SANITIZE= may name several, in any order, with blanks or commas.
override SANITIZE := $(sort $(subst $(comma), ,$(SANITIZE)))
# Each demo, and each set of sanitizers, is built in a folder of its own.
VARIANT := $(DEMO:%=-%)$(subst $(empty) ,,$(SANITIZE:%=-%))
BUILD ?= $(if $(filter .,$(LAYERS)),build$(VARIANT),../../build/$(NAME)$(VARIANT))
# A comment after it would leave blanks at its end.
override BUILD := $(strip $(BUILD))
ifeq ($(BUILD),)
$(error BUILD is empty: it names the folder for all that is built, as in BUILD := build)
endif

in_layers = $(wildcard $(addsuffix /$1,$(LAYERS)))
newest    = $(firstword $(call in_layers,$1))
names     = $(sort $(notdir $(call in_layers,$1)))

C_NAMES   := $(call names,*.c)
ASM_NAMES := $(call names,*.asm)
HEADERS   := $(foreach name,$(call names,*.h),$(call newest,$(name)))
FILES     := $(foreach name,$(call names,*.ld) $(ASM_NAMES) $(C_NAMES),$(call newest,$(name))) \
	$(HEADERS) $(call in_layers,object-flags.mk)
LINKER_SCRIPT := $(call newest,linker.ld)

C_OBJECTS   := $(C_NAMES:%.c=$(BUILD)/%.o)
ASM_OBJECTS := $(ASM_NAMES:%.asm=$(BUILD)/%.o)
OBJECTS     := $(sort $(ASM_OBJECTS) $(C_OBJECTS))

include $(call in_layers,object-flags.mk)

# ---- a student's slips, each with one line ----

VERBS := all iso image run debug debug-server files layers compile-commands disasm macros compare \
	start test boot-test where clean help
no_verb = There is no verb $1 here: make help lists the verbs$(and $(MAKEOVERRIDES),. If $1 belongs to a \
	value$(comma) put quotation marks around all of that: NAME='... $1')
ifneq ($(findstring ++,$(notdir $(GIVEN_CC))),)
$(error CC=$(GIVEN_CC) is a compiler for C++, and the kernel is in C: try \
	CC='$(subst c++,cc,$(subst g++,gcc,$(subst clang++,clang,$(GIVEN_CC))))')
endif
no_objects := $(filter -S -E -M -MM -fsyntax-only -flto%,$(CFLAGS))
ifneq ($(no_objects),)
$(error CFLAGS has $(no_objects), and with that, the compiler makes no objects that can be linked. \
	For the machine code, type make disasm)
endif
without_source := $(strip $(foreach name,$(filter-out $(OBJECTS:$(BUILD)/%=CFLAGS_%),\
	$(filter CFLAGS_%,$(.VARIABLES))),$(if $(call set_by_user,$(name)),,$(name))))
ifneq ($(without_source),)
$(warning $(without_source) is set, but no source makes $(without_source:CFLAGS_%=%))
endif

ifneq ($(DEMO),$(firstword $(filter $(DEMO),$(DEMOS))))
$(if $(and $(filter 1,$(words $(DEMO))),$(wildcard demos/$(DEMO)/.)),\
	$(error demos/$(DEMO) has no demo.c))
$(error DEMO=$(DEMO) is unknown here. \
	$(if $(DEMOS),This chapter knows: $(DEMOS),There are no demos here. \
	Chapters 3 and 4 have some: copy the folder demos from there))
endif
# Such as in SANITIZE=stack undefined: else the kernel would run without that.
stray := $(firstword $(filter undefined stack $(filter-out $(VERBS),$(DEMOS)),$(MAKECMDGOALS)))
ifneq ($(stray),)
$(error $(call no_verb,$(stray)))
endif
# Not before DEMO has been looked at, which may be a part of it.
ifneq ($(word 2,$(BUILD)),)
$(error BUILD is "$(BUILD)": it is the name of one folder, without blanks)
endif
ifneq ($(filter . .. / ~ $(HOME),$(BUILD:%/=%))$(wildcard $(foreach kind,*.c *.h *.asm *.mk Makefile,$(BUILD)/$(kind))),)
$(error BUILD=$(BUILD) is a folder with files of its own, which make clean would remove: choose a new one)
endif
missing_layers := $(strip $(foreach layer,$(LAYERS),\
	$(if $(wildcard $(layer)/.),,$(layer))))
same_names := $(filter $(C_OBJECTS),$(ASM_OBJECTS))
ifneq ($(missing_layers),)
$(error $(if $(EXTENDS),EXTENDS names a chapter,LAYERS names a folder) that does not exist: \
	$(missing_layers))
endif
ifneq ($(same_names),)
$(error A .c and a .asm file have the same name, and so the same object: \
	$(notdir $(same_names)). Rename one of them)
endif
not_sources := $(filter-out %.c %.h %.asm %.ld,$(foreach \
	kind,c h asm ld,$(call in_layers,*.$(kind))))
ifneq ($(not_sources),)
$(error A file has a space in its name, and Make takes a space for the end of a name: \
	"$(notdir $(firstword $(not_sources))) ...". Rename it)
endif
in_names := $(strip $(foreach letter,$(lparen) $(rparen) ' " ` $$ & ; % * ? [ ] :,\
	$(if $(findstring $(letter),$(FILES) $(C_NAMES) $(ASM_NAMES)),$(letter))))
ifneq ($(in_names),)
$(error A file has $(in_names) in its name, which means something else to Make or to the \
	shell. Rename it)
endif
ifeq ($(strip $(FILES)$(filter where help,$(MAKECMDGOALS))),)
$(error There is no kernel $(if $(filter-out .,$(LAYERS)),in $(strip $(LAYERS)) (LAYERS in the \
	Makefile),here yet): step 1 of chapter 1 begins one)
endif
ifeq ($(LINKER_SCRIPT)$(filter where help,$(MAKECMDGOALS)),)
$(error There is no linker.ld, which says where the kernel lies: write it, as in step 1 \
	of chapter 1, or copy it back from chapters/01-freestanding)
endif
ifneq ($(filter start,$(MAKECMDGOALS)),)
ifneq ($(filter-out start,$(MAKECMDGOALS)),)
$(error start takes the new folder as DIR=: make start \
	DIR=$(firstword $(filter-out start,$(MAKECMDGOALS))))
endif
endif
# What would be left out without a word: other languages; in a project, also folders.
not_built := $(notdir $(foreach kind,S s nasm C ASM cpp cc cxx c.txt h.txt asm.txt,$(call in_layers,*.$(kind)))) \
	$(if $(filter .,$(LAYERS)),$(filter-out demos/% common/% loader/% build%,\
		$(wildcard */*.c */*.asm */*.S */*/*.c */*/*.asm)))
ifneq ($(strip $(not_built)),)
$(warning Left out of the kernel: $(strip $(not_built)). Only .c and .asm files are built, \
	and only those directly in the kernel's folder)
endif
not_read := $(filter-out object-flags.mk $(notdir $(MAKEFILE_LIST)),$(notdir $(call in_layers,*.mk)))
ifneq ($(not_read),)
$(warning $(not_read) is not read: flags for single objects belong in object-flags.mk)
endif
# Those for which the kernel has the functions.
SANITIZERS := $(strip $(if $(call newest,ubsan.c),undefined) \
	$(if $(call newest,stack_protector.c),stack))
not_sanitizers := $(filter-out $(SANITIZERS),$(SANITIZE))
ifneq ($(not_sanitizers),)
$(error SANITIZE=$(not_sanitizers) is unknown here. \
	$(if $(SANITIZERS),This chapter knows: $(SANITIZERS),Sanitizers come in chapter 4))
endif

# Such as after `sudo make`.
ifneq ($(filter-out files help layers macros start,$(or $(MAKECMDGOALS),all)),)
not_writable := $(if $(wildcard $(BUILD)/.),$(shell for file in $(BUILD) $(BUILD)/*; do \
	[ -w "$$file" ] || [ ! -e "$$file" ] || { echo "$$file"; break; }; done))
ifneq ($(not_writable),)
$(error $(not_writable) belongs to another user, perhaps because of sudo make. Remove it \
	with sudo rm -r $(BUILD) and build without sudo from now on)
endif
endif

# ---- the verbs ----

.PHONY: $(VERBS) FORCE

ISO      := $(BUILD)/kernel.iso
UEFI_ISO := $(BUILD)/kernel-uefi.iso

all: $(ISO) ## builds the kernel and an ISO that boots it
	@echo "$(ISO) is ready: make run boots it"

# ---- from sources to objects ----

quiet = $(if $(V),,@echo '  $1' &&) # V=1 shows the whole commands
all_cflags = $(KERNEL_CFLAGS) $(foreach name,$(SANITIZE),$(SANITIZE_$(name))) \
	$(if $(USES_CLANG),$(CLANG_CFLAGS),$(GCC_CFLAGS)) $(CFLAGS) \
	$(if $(filter -g -g%,$(CFLAGS)),$(DEBUG_CFLAGS))
cflags = $(all_cflags) $(CFLAGS_$(@F))

# Everything that decides how the files are built. A change of a flag, of the
# compiler or of the list of files rebuilds all of them.
settings = $(CC) $(all_cflags) \
	$(foreach object,$(notdir $(C_OBJECTS)),$(CFLAGS_$(object):%=$(object):%)) \
	$(NASMFLAGS) $(LD) $(LDFLAGS) $(LIBGCC_UNCHECKED) $(FILES)
differ = $(subst x$1,,x$2)$(subst x$2,,x$1)
$(BUILD)/settings: FORCE | $(BUILD)
	$(if $(call differ,$(settings),$(file <$@)),$(file >$@,$(settings)))

# What the sources were at the last build, and which have changed since the kernel was linked. They
# are compiled even if they are older than their objects: `mv` brings a file back with its old date.
known = $(if $(wildcard $(BUILD)/$1),$(file <$(BUILD)/$1))
known_sums := $(strip $(call known,sums))
sums_differ := $(if $(call differ,$(known_sums),$(if $(known_sums),$(shell cksum $(FILES)))),yes)
changed := $(sort $(call known,changed) $(if $(sums_differ),\
	$(shell cksum $(FILES) | grep -vxFf $(BUILD)/sums | cut -d ' ' -f 3)))
.PHONY: $(changed)
$(BUILD)/sums: FORCE | $(BUILD)
	$(if $(known_sums),$(if $(sums_differ),@echo $(changed) > $(@D)/changed; cksum $(FILES) > $@),\
		@cksum $(FILES) > $@)
$(OBJECTS): | $(BUILD)/sums

$(BUILD):
	@mkdir -p $@ 2> /dev/null || { echo "The folder $@ cannot be made: is the \
	course read-only here? Work in a copy: make start DIR=~/kernel" \
	$(if $(filter %/build,$(@D)),"(If sudo make has made $(@D), remove it: sudo rm -r $(@D))") \
	>&2; exit 1; }

# What has been warned of is built again each time: a warning stays until it is mended.
$(patsubst %.warnings,%,$(wildcard $(BUILD)/*.warnings)): FORCE
color = $(if $(MAKE_TERMERR),$(if $(filter-out dumb,$(TERM)),-fdiagnostics-color=always))
WARNINGS = $@.warnings
# $(call compile,COMMAND,AFTER_AN_ERROR,AFTER_A_WARNING) runs a command, and keeps the warnings.
compile = said=$$($1 2>&1) || { printf '%s\n' "$$said" >&2; $2; $(say_remark); exit 1; }; \
	if [ "$$said" ]; then printf '%s\n' "$$said" | tee $(WARNINGS) >&2; $3; \
	elif [ -e $(WARNINGS) ]; then rm $(WARNINGS); fi
# One line, if a few lines of the kernel are not as in the book.
remark = $(if $(DEMO),,$(PYTHON) -B $(COMMON)/steps/steps.py remark $(LAYERS))
say_remark = $(if $(call found,python3),$(or $(remark),:) >&2,:)
look_at_guards = awk -f $(COMMON)/toolchain/guards.awk $(HEADERS) /dev/null >&2

.SECONDEXPANSION:

$(C_OBJECTS): $(BUILD)/%.o: $$(call newest,$$*.c) $(BUILD)/settings
	$(call quiet,CC    $<)$(call compile,$(CC) $(cflags) $(addprefix -I,$(LAYERS)) \
		-MMD -MP -c $(color) -o $@ $<,$(look_at_guards),\
		! grep -q implicit-function $(WARNINGS) || $(look_at_guards))

$(ASM_OBJECTS): $(BUILD)/%.o: $$(call newest,$$*.asm) $(BUILD)/settings
	$(call quiet,NASM  $<)$(call compile,$(NASM) $(NASMFLAGS) -I$(BUILD)/ -o $@ $<,\
		awk -f $(COMMON)/toolchain/nasm_hints.awk $(HEADERS) $< >&2,:)

# NASM reads the numbers of a C header as %assign lines, unless the file is there as it is.
$(BUILD)/%.inc: $$(call newest,$$*.h) $$(call newest,$$*.inc) $(COMMON)/nasm-header.awk | $(BUILD)/sums
	$(if $(filter-out %.awk,$^),,$(error $(shell grep -n '%include *["'\'']$*\.inc' \
		$(foreach name,$(ASM_NAMES),$(call newest,$(name))) /dev/null | \
		sed -E 's/^(\.\.?\/)+//; q'): there is no header $*.h))
	@$(if $(filter %.inc,$^),cp $(filter %.inc,$^),awk -f $(COMMON)/nasm-header.awk $< >) $@

# NASM's own -MD names no included file (2.16): look for them here.
included = $(shell sed -n 's/^[ 	]*%include *["'\'']\(.*\.inc\)["'\''].*/\1/p' $(call newest,$1))
$(foreach name,$(ASM_NAMES),$(eval $(BUILD)/$(name:.asm=.o): \
	$(addprefix $(BUILD)/,$(call included,$(name)))))

-include $(C_OBJECTS:.o=.d)
# The .d files name the sources of the last build. One that has been moved or
# deleted since is not an error.
%.c: ;

# ---- from objects to a kernel ----

# The compiler's own library, for what the CPU has no instruction for. GCC may
# have a variant of it for the kernel's flags. LIBGCC_UNCHECKED=1 takes it as it
# is, to show why a kernel should not.
LIBGCC = $(if $(USES_CLANG),,$(shell $(CC) $(KERNEL_CFLAGS) -print-libgcc-file-name))
why_no_header = $(if $(call found,python3),$(PYTHON) -B $(COMMON)/toolchain/multiboot2.py $@,\
	echo is multiboot2.c there?)
check_libgcc = $(if $(call found,python3),$(PYTHON),python3) -B \
	$(COMMON)/toolchain/libgcc_check.py --objdump '$(OBJDUMP)' \
	$(@D)/kernel.map '$(LIBGCC)'

fail = { cat $(WARNINGS) >&2; exit 1; }
$(BUILD)/kernel.elf: $(OBJECTS) $(MORE_OBJECTS) $(LINKER_SCRIPT) $(BUILD)/settings
	$(call quiet,LD    $@)$(LD) $(LDFLAGS) -T $(LINKER_SCRIPT) -o $@ \
		-Map=$(@D)/kernel.map $(OBJECTS) $(MORE_OBJECTS) $(LIBGCC) || { \
		$(NM) -A $(OBJECTS) | awk -v assembled='$(ASM_OBJECTS)' -v entry=_start \
		-v script='$(LINKER_SCRIPT)' -f $(COMMON)/toolchain/link_hints.awk >&2; \
		$(say_remark); exit 1; }
	@$(OBJDUMP) -h $(OBJECTS) $(MORE_OBJECTS) | \
		awk -f $(COMMON)/toolchain/orphans.awk $(LINKER_SCRIPT) - >&2
	@: > $(WARNINGS)
	@! grep -q 'libgcc\.a(' $(@D)/kernel.map $(if $(LIBGCC_UNCHECKED),|| :,|| \
		$(check_libgcc))
	$(if $(and $(C_OBJECTS),$(call found,python3)),@! $(NM) $(C_OBJECTS) | grep -q ' [TW] _start$$' || \
		$(PYTHON) -B $(COMMON)/pc/modes.py --addr2line '$(ADDR2LINE)' \
		$(if $(WERROR),--werror) $@ 2>> $(WARNINGS) || $(fail))
	@$(GRUB_FILE) --is-x86-multiboot2 $@ || { \
	[ $$? -gt 1 ] || echo "$@ has no Multiboot2 header that GRUB can find: $$($(why_no_header))" \
	>&2; rm -f $@; $(fail); }
	$(if $(call found,python3),@wrong=$$($(why_no_header)) || \
		echo "warning: the Multiboot2 header of $@ is wrong: $$wrong" >> $(WARNINGS))
	@if [ -s $(WARNINGS) ]; then cat $(WARNINGS) >&2; else rm $(WARNINGS); fi; rm -f $(@D)/changed

# What the loader hands to the kernel.
$(BUILD)/command_line: export CMDLINE := $(CMDLINE)
$(BUILD)/command_line: FORCE | $(BUILD)
	$(if $(call differ,$(CMDLINE),$(file <$@)),@printf %s "$$CMDLINE" > $@,\
		$(if $(wildcard $@),,@: > $@))

include $(COMMON)/image.mk

# The loader of chapter 2, if there is one.
LOADER_MAKEFILE := $(firstword $(wildcard $(addsuffix /loader/loader.mk,$(LAYERS)) \
	$(if $(filter .,$(LAYERS)),,../*/loader/loader.mk)))
ifneq ($(LOADER_MAKEFILE),)
include $(LOADER_MAKEFILE)
endif

# ---- what to do with it ----

# FIRMWARE=uefi boots with UEFI instead of a BIOS. ACCEL=kvm lets the host's CPU
# run the kernel: faster, but then a crash cannot be explained, and in a virtual
# machine it may hang. QEMUFLAGS adds your own flags; PATIENCE is how many
# seconds the kernel may take to halt.
FIRMWARE ?= bios
ifeq ($(filter $(FIRMWARE),bios uefi),)
$(error FIRMWARE=$(FIRMWARE) is unknown: it is bios or uefi)
endif
LOADER ?= grub
ifneq ($(LOADER),$(firstword $(filter grub own,$(LOADER))))
$(error LOADER=$(LOADER) is unknown: it is grub or own)
endif
ifeq ($(LOADER),own)
ifeq ($(FIRMWARE),uefi)
$(error LOADER=own starts with a BIOS only: leave FIRMWARE=uefi out)
endif
ifeq ($(LOADER_MAKEFILE),)
$(error The folder loader is missing here: copy it from chapters/02-boot)
endif
endif
BOOT_ISO   := $(if $(filter uefi,$(FIRMWARE)),$(UEFI_ISO),$(ISO))
BOOT_IMAGE := $(if $(filter own,$(LOADER)),$(DISK_IMAGE),$(BOOT_ISO))
run_py = $(OWN_LOCALE) $(PYTHON) -B $(COMMON)/pc/run.py --qemu '$(QEMU)' \
	--addr2line '$(ADDR2LINE)' --log '$(BUILD)/qemu.log' \
	$(if $(PATIENCE),--patience='$(PATIENCE)') $(ACCEL:%=--accel %) \
	$(if $(filter uefi,$(FIRMWARE)),--uefi '$(call tool,ovmf)') \
	--qemu-flags='$(subst ','\'',$(QEMUFLAGS))' \
	--remark '$(remark)'

iso: $(BOOT_ISO) ## prints the name of the ISO, and builds it first
	@echo $(abspath $<)

from_environment = $(foreach name,FIRMWARE LOADER ACCEL QEMUFLAGS CMDLINE PATIENCE DEMO SANITIZE PATHS CFLAGS,\
	$(if $(and $(call set_by_user,$(name)),$(strip $($(name)))),\
	$(info $(name)=$($(name)) is set in the environment)))

run: $(BOOT_IMAGE) ## boots the kernel; FIRMWARE=uefi boots it with UEFI
	$(from_environment)@$(run_py) run $< $(BUILD)/kernel.elf

debug: $(BOOT_IMAGE) ## boots the kernel under GDB, stopped at _start
	@$(run_py) debug $< $(BUILD)/kernel.elf --gdb '$(GDB)' --gdb-flags $(GDBFLAGS)

debug-server: $(BOOT_IMAGE) ## boots the kernel, and waits for an editor's debugger
	@$(run_py) debug-server $< $(BUILD)/kernel.elf

files: ## lists the files of the kernel, and where each comes from
	@printf '%5s  %-18s %s\n' lines file chapter
	@wc -l $(FILES) | awk '$$2 != "total" { file = folder = $$2; sub(/.*\//, "", file); \
		sub(/\/[^\/]*$$/, "", folder); sub(/^(\.\.?\/)+/, "", folder); \
		printf "%5d  %-18s %s\n", $$1, file, folder; sum += $$1 } \
		END { printf "%5d  in all\n", sum }'

layers: ## lists the folders that the files come from, the newest first
	@printf '%s\n' $(LAYERS:../%=%)

disasm: $(BUILD)/kernel.elf ## shows the kernel's machine code
	@$(OBJDUMP) --disassemble --disassembler-options=intel $<

macros: ## lists what the compiler defines about the machine it compiles for
	@$(CC) $(cflags) -dM -E -x c /dev/null | sort

# The same kernel by this project's compiler and by the host's GCC.
CROSS_GCC = $(call tool,cross-gcc)
compare: ## builds with x86_64-elf-gcc and with the host's GCC, and compares
	@$(MAKE) --no-print-directory CC='$(CROSS_GCC)' BUILD='$(BUILD)/cross' \
		$(BUILD)/cross/kernel.elf
	@$(MAKE) --no-print-directory CC='$(call tool,linux-gcc)' \
		BUILD='$(BUILD)/host' $(BUILD)/host/kernel.elf
	@$(PYTHON) -B $(COMMON)/toolchain/compare.py '$(PREFIX)' \
		$(BUILD)/cross/kernel.elf $(BUILD)/host/kernel.elf

# In the environment, a folder's name may have any character.
start: export START_FROM = $(PWD)
start: export START_IN = $(DIR)
start: ## copies the whole kernel into a project of your own, in DIR=
	@LOADER='$(LOADER_FOLDER)' LOADER_HEADERS='$(foreach name,$(LOADER_HEADERS),$(call \
		loader_header,$(name)))' sh $(COMMON)/start.sh $(NAME) $(FILES)

where: ## says after which step of the book this kernel is, and what differs
	@$(PYTHON) -B $(COMMON)/steps/steps.py where $(LAYERS)

test: ## boots the kernel without a screen, and checks how it goes
	@$(MAKE) --no-print-directory boot-test $(SELFTEST:%=DEMO=%)
	$(if $(wildcard $(TESTS)/conftest.py),@$(PYTEST) --chapter $(NAME))

boot-test: $(BOOT_IMAGE)
	@$(run_py) test $< $(BUILD)/kernel.elf $(if $(filter $(SELFTEST),$(DEMO)),--must-exit)

clean: ## removes what was built
	rm -rf $(BUILD) $(BUILD)-*

# Each file of the top layer, as a JSON compilation database has it.
own_names = $(notdir $(wildcard $(C_NAMES:%=$(firstword $(LAYERS))/%)))
in_json = $(subst ",\",$(subst \,\\,$1))
how_compiled = {"directory": "$(call in_json,$(CURDIR))", "file": "$1", "command": \
	"$(call in_json,$(CC) $(all_cflags) $(CFLAGS_$(patsubst %.c,%.o,$(notdir $1))) \
	$(addprefix -I,$(LAYERS)) -c $1)"}
compile-commands: ## prints how each file is compiled, for editors
	$(foreach name,$(own_names),$(info \
		$(if $(filter $(firstword $(own_names)),$(name)),[,$(comma)) \
		$(call how_compiled,$(firstword $(LAYERS))/$(name))))$(info ])@:

# A verb that there is not, or a file, such as a header that is gone.
%.d %.mk: ;
.DEFAULT:
	$(error $(if $(filter $@,$(MAKECMDGOALS)),$(call no_verb,$@),There is no file $@$(comma) and nothing to \
		make it from))

help: ## lists these
	@sh $(COMMON)/help.sh $(filter %.mk,$(MAKEFILE_LIST))
