EXTENDS :=
# Chapter 4's kernel tests itself.
SELFTEST   := $(if $(wildcard demos/exit/demo.c),exit)
include ../../common/kernel.mk
