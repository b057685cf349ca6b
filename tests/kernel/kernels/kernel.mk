# kernel.mk - builds a kernel of the tests. Its Makefile sets
#
#   STANDS_ON     the chapter that it stands on, and perhaps its demo: 03-vga DEMO=panic
#   MORE_LAYERS   more folders with files of its own, if any
#
# and includes this file.

CHAPTERS := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))/../../../chapters
# The settings of this kernel, such as DEMO, are not the chapter's: Make 4.4 would pass
# them on.
LAYERS := . $(MORE_LAYERS) $(addprefix $(CHAPTERS)/,$(shell MAKEFLAGS= $(MAKE) -s \
	--no-print-directory DEMO= SANITIZE= -C $(CHAPTERS)/$(STANDS_ON) layers))
include $(CHAPTERS)/../common/kernel.mk
