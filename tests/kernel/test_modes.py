"""Machine code that means the same in 64-bit mode and in 32-bit mode, and that does not."""
import re

import pytest

import course
import elf
import modes
from course import build_folder


@pytest.mark.parametrize("flags", course.cases(["-O0", "-O2"], ["-O1", "-O3", "-Os"]))
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_chapter_1_means_the_same_in_both_modes(compiler, flags):
    """Two stores of 16 bits at fixed addresses, hlt, and a jump back to it."""
    course.make("chapters/01-freestanding", f"CC={compiler}", f"CFLAGS={flags} -g",
                build_folder(), "WERROR=1")
    kernel = elf.Kernel(course.own_build() / "kernel.elf")
    assert modes.first_difference(kernel, kernel.symbol("_start")) is None


# Intel's notation, in NASM's spelling; each is followed by `hlt`.
@pytest.mark.parametrize("code", [
    "mov word [abs 0xB8000], 0x0A4F", "mov eax, 0xB8000\n mov word [rax], 0x0A4F",
    "mov ecx, 5\n next: mov word [rcx * 2 + 0xB8000], 0x0A21\n loop next", "call sub\n",
    "jmp $ + 4\n dec rax\n", "cmp eax, 5\n je $ + 2\n", "lea eax, [rdi + rdi * 2 + 7]",
    "push -2", "jrcxz $ + 2", "call sub\n nop\n other: inc rax\n sub: ud2",
    "nop word [cs: rax + rax]", "times 9 nop", "mov al, [abs 0xB8000]",
])
def test_code_that_means_the_same_is_found(code, empty_folder):
    assert difference(code, empty_folder) is None


@pytest.mark.parametrize("code, in_32_bits", [
    ("mov rdx, rax", "dec eax; mov edx,eax"), ("add r8d, 1", "inc ecx; add eax,0x1"),
    ("mov word [rel $ + 100], 1", "mov WORD PTR ds:"), ("movsxd rax, ecx", "dec eax; arpl"),
    ("mov eax, [qword 0x1122334455]", "mov eax,ds:0x22334455; adc DWORD PTR"),
    ("mov rax, 0x1122334455667788", "dec eax; mov eax,0x55667788"),
    ("mov ax, [rsp + 8]", "mov ax,WORD PTR [esp+0x8]"), ("jmp [rax]", "jmp DWORD PTR [eax]"),
    ("mov byte [abs -0x48000000], 1", "eiz"), ("mov sil, 1", "inc eax; mov dh,0x1"),
    ("shlx rax, rdi, rdx", "shlx eax,edi,edx"), ("mov edi, sub\n hlt\n sub: inc rax", "dec eax"),
    ("call sub\n ret\n sub: push rax\n inc rax", "dec eax; inc eax"),
    ("mov ecx, 5\n next: lea rdx, [rdx + 2]\n loop next", "dec eax; lea edx,[edx+0x2]"),
])
def test_code_that_means_something_else_is_found(code, in_32_bits, empty_folder):
    assert in_32_bits in difference(code, empty_folder).in_32_bits


def difference(code, folder):
    """Returns the first difference of a program in Intel's notation."""
    (folder / "code.asm").write_text(
        f"bits 64\nglobal _start\n_start: {code}\n hlt\n"
        f"{'' if 'sub:' in code else 'sub: ret'}\n")
    course.run("nasm", "-f", "elf64", "code.asm", cwd=folder)
    course.run("ld", "-Ttext=0x100000", "-o", "code", "code.o", cwd=folder)
    kernel = elf.Kernel(folder / "code")
    return modes.first_difference(kernel, kernel.symbol("_start"))


def test_the_build_warns_of_code_for_another_mode(empty_folder):
    """In one line, and the kernel is built all the same. With WERROR=1 it is not."""
    target = course.project(empty_folder, "01-freestanding", "kernel.c", {
        "#include <cpu.h>\n": "#include <cpu.h>\n\nvolatile long rounds;\n",
        "    for (;;)\n": "    for (;; rounds++)\n"})
    result = course.run(*course.MAKE, target)
    warnings = [line for line in result.stdout.splitlines() if "warning" in line]
    assert len(warnings) == 1 and re.match(
        r"warning: _start \(kernel\.c:\d+\) is compiled for 64-bit mode, but GRUB starts the "
        r"kernel in 32-bit mode, where [0-9a-f ]+ does not mean ", warnings[0])
    assert (target / "build" / "kernel.iso").exists()
    result = course.run(*course.MAKE, target, "WERROR=1", check=False)
    assert result.returncode != 0 and "error: _start (kernel.c:" in result.stdout
