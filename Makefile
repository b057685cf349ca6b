# The whole course: `make help` lists the verbs. Each chapter has its own
# Makefile, with verbs of its own: `make -C chapters/03-vga help`.

COMMON := common
include common/tools.mk

CHAPTERS := $(sort $(notdir $(wildcard chapters/*)))
## CHAPTER=03-vga  the chapter that run boots, instead of the last one
CHAPTER ?= $(lastword $(CHAPTERS))
# Its number will do.
named := $(firstword $(filter $(CHAPTER) $(CHAPTER)-% 0$(CHAPTER)-%,$(CHAPTERS)))
ifeq ($(named),)
$(error There is no chapter $(CHAPTER): choose one of $(CHAPTERS))
endif
chosen = $(filter command environment,$(firstword $(origin CHAPTER)))
number = $(patsubst 0%,%,$(firstword $(subst -, ,$(named))))

# One verb after another: `make -j setup run` installs before it builds.
.NOTPARALLEL:
.DEFAULT_GOAL := all
.PHONY: all run start steps boot setup setup-toolchain setup-hosts setup-all doctor toolchain \
	test test-all hosts hosts-check bench book html pdf epub lint format \
	photographs covers figures compile_commands.json clean help $(CHAPTERS)

all: $(CHAPTERS) ## builds every chapter's kernel

$(CHAPTERS):
	@$(MAKE) --no-print-directory -C chapters/$@

run: ## builds and boots the last kernel, or that of CHAPTER=03-vga
	@$(MAKE) --no-print-directory -C chapters/$(named) run

## DIR=~/kernel     the folder for start
## STEP=4           starts it with the kernel as it is after this step of CHAPTER=1
start: ## makes a folder in which you type a kernel, step by step
	@PROJECT=common/steps/project.mk PYTHON='$(PYTHON)' \
		AFTER_STEP='$(if $(STEP)$(chosen),--chapter $(if $(chosen),$(number),1) $(STEP:%=--step %))' \
		START_IN='$(subst ','\'',$(DIR))' START_FROM='$(CURDIR)' \
		sh common/start.sh '$(if $(chosen),$(named),$(firstword $(CHAPTERS)))$(STEP:%=-step-%)'

BUILD ?= build
## DISK=FILE        the disk that boot boots: an image, or what NASM makes one of
## PATIENCE=10      gives it this many seconds to halt
boot: ## boots a disk of your own, and says where the CPU halts
	$(if $(DISK),,$(error boot: DISK= is missing, such as DISK=~/loader/disk.asm))
	@mkdir -p '$(BUILD)'; disk='$(subst ','\'',$(patsubst ~/%,$(HOME)/%,$(DISK)))'; \
	if [ -f "$$disk" ] && [ "$${disk%.asm}" != "$$disk" ]; then \
		'$(NASM)' -f bin -i "$$(dirname "$$disk")/" -o '$(BUILD)/boot.img' \
			-l '$(BUILD)/boot.lst' "$$disk" || exit 1; \
		disk='$(BUILD)/boot.img'; \
	fi; \
	$(OWN_LOCALE) $(PYTHON) -B common/pc/run.py boot "$$disk" --qemu '$(QEMU)' \
		--log '$(BUILD)/qemu.log' --patience='$(or $(PATIENCE),10)' \
		--qemu-flags='$(subst ','\'',$(QEMUFLAGS))'

setup: ## installs what builds, boots and tests the kernels
	@sh common/host/setup.sh run

setup-toolchain: ## installs what builds the cross compiler, too
	@sh common/host/setup.sh toolchain

setup-hosts: ## installs what makes clean systems to test on
	@sh common/host/setup.sh hosts

setup-all: ## installs what every verb here needs
	@sh common/host/setup.sh all

doctor: ## says which tools are there, and good enough
	@sh common/host/doctor.sh

toolchain: TOOLCHAIN := $(or $(TOOLCHAIN),$(CURDIR)/toolchain)
toolchain: ## builds a cross compiler, x86_64-elf-gcc, which is then used
	@MISSING='$(shell $(TOOLS) lacking toolchain)' PYTHON='$(shell $(TOOLS) find python3)' \
		sh common/toolchain/build.sh '$(TOOLCHAIN)'
	@found=$$(CC= CROSS_COMPILE= TOOLCHAIN='$(TOOLCHAIN)' sh common/host/tools.sh find gcc); \
		[ "$$found" = '$(TOOLCHAIN)/bin/x86_64-elf-gcc' ] || \
		echo "toolchain: the build uses $$found all the same: it comes first"

test: ## tests everything, but for the slow cases
	@$(PYTEST) $(PYTESTFLAGS)

test-all: ## tests everything, and says what took longest
	@$(PYTEST) --all --durations=20 $(PYTESTFLAGS)

# The systems on which `hosts` types the README's commands: releases of Debian, one that
# has been used for something else, and the container. All tests run on the first one. The
# two of trixie share those of the fast ones that depend on a release's compiler, emulator,
# Make, shell, or book tools.
test_files = $(subst $() ,$(comma),$(foreach name,$2,tests/$1/test_$(name).py))
ON_TRIXIE := $(call test_files,book,book printed transcripts),tests/reader
ON_USED   := $(call test_files,kernel,boot elf exceptions fortify),$(call \
	test_files,tools,build crash display run start tools)
RELEASE ?= bookworm trixie:$(ON_TRIXIE) trixie-used:$(ON_USED) container
hosts: ## tests on clean systems, as root; RELEASE=trixie on one of them
	@$(call tool,python3) -B tests/tools/hosts.py $(HOSTFLAGS) $(RELEASE)

hosts-check: ## says whether clean systems can be made here
	@$(call tool,python3) -B tests/tools/hosts.py --check

# npm's packages: the book's fonts; and, with those, what checks its pages.
NPM     := build/npm
NPM_DEV := build/npm-dev
$(NPM)/node_modules: NPM_FLAGS := --omit=dev
$(NPM)/node_modules $(NPM_DEV)/node_modules: docs/book/package.json docs/book/package-lock.json
	$(if $(call tool,npm),)
	@mkdir -p $(@D) && cp $^ $(@D)
	@cd $(@D) && npm ci $(NPM_FLAGS) --prefer-offline --ignore-scripts --no-audit --no-fund \
		--loglevel=error
	@touch $@

steps: html ## writes down what the pages have their readers type, in common/steps
	@cp build/book/steps.json common/steps/steps.json

## REPOSITORY=URL   the address of the repository that the book names, instead of Git's origin
## SITE=URL         the address where the book will be published, for previews of links
book: ## makes the book in build/book: its pages, the PDF and the EPUB
html: ## makes the book's pages for a browser
pdf: ## makes the book's PDF
epub: ## makes the book's EPUB
book html pdf epub:
	$(foreach needed,npm pandoc $(if $(filter book pdf,$@),weasyprint),$(if $(call tool,$(needed)),))
	@CTAGS='$(call tool,ctags)' $(call tool,python3) -B docs/book/build.py \
		build/book $(NPM) \
		$(call tool,lunr.js) $(MAKE) $(if $(filter book,$@),html pdf epub,$@)

bench: ## times the memory functions and counts pixels, in minutes; LARGEST=65536
	@$(call tool,pytest) -B tests/bench/scroll.py
	@$(call tool,pytest) -B tests/bench/bench.py $(LARGEST)

lint: $(NPM_DEV)/node_modules ## looks for mistakes in the sources without running them
	@sh tests/lint.sh

format: ## lays out the C sources by the rules in .clang-format
	@sh tests/lint.sh format

photographs: ## takes the pictures of the pages' screens anew
	@$(call tool,python3) -B docs/book/photograph.py . $(MAKE)

covers: $(NPM)/node_modules ## draws the cover of the EPUB, and the picture for links, anew
	@$(call tool,python3) -B docs/book/covers.py $(NPM) $(call tool,chromium)

figures: ## gives the figures of the pages their style
	@$(call tool,python3) -B docs/book/figures.py

# For each chapter and each demo, as their kernels are built.
compile_commands.json: ## writes how each file is compiled, for editors, in build/
	@mkdir -p build
	@{ echo '['; { $(foreach folder,$(wildcard chapters/* chapters/*/demos/*),\
		$(MAKE) -s --no-print-directory -C $(firstword $(subst /demos, ,$(folder))) \
		compile-commands DEMO=$(if $(findstring /demos/,$(folder)),$(notdir $(folder))) &&) \
		:; } | sed -n 's/^[[,] //p' | sed '$$!s/$$/,/'; echo ']'; } > build/$@
	@echo "build/$@ is written"

clean: ## removes everything that was built, but for the cross compiler
	rm -rf build

# A verb that there is not. (`%` would take the names of files, too.)
.DEFAULT:
	$(error There is no verb $@ here: make help lists the verbs\
		$(if $(filter where files disasm debug iso image,$@),. Where your kernel is$(comma) there is: make -C ~/kernel $@))

help: ## lists these
	@sh common/help.sh Makefile
	@echo 'In a chapter (make -C chapters/03-vga VERB):'
	@sh common/help.sh common/kernel.mk | tail -n +2
