EXTENDS :=
include ../../common/kernel.mk
