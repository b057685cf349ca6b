EXTENDS :=
# Chapter 4's kernel tests itself, and has the functions that two sanitizers call.
SELFTEST   := $(if $(wildcard demos/exit/demo.c),exit)
SANITIZERS := $(strip $(if $(wildcard ubsan.c),undefined) $(if $(wildcard stack_protector.c),stack))
include ../../common/kernel.mk
