"""A kernel that ends well has kept its promises, and a refusal or a place is not believed
against what can be seen: `make run` says what is wrong."""
import re
import shlex

import pytest

import course
from course import MAKE, change, project


BROKEN = [
    # Elsewhere for good, as after the end of _start: at a loop that it has written there.
    ("01-freestanding", "kernel.c", {"    for (;;)\n        HALT();":
                                     "    *(volatile uint16_t *)0x200000 = 0xFEEB;\n"
                                     "    ((void (*)(void))0x200000)();\n"
                                     "    __builtin_unreachable();"},
     "it has left its code: has _start returned, or has the CPU run past its end?"),
    # Past the end of _start, or back from it, where nothing has called it.
    ("01-freestanding", "kernel.c", {"_Noreturn void": "void", "    for (;;)\n        HALT();": ""},
     "which is not in the kernel"),
    ("01-freestanding", "kernel.c", {"    for (;;)\n        HALT();": "    __builtin_unreachable();"},
     "which is not in the kernel"),
    ("02-boot", "kernel.c", {"LIGHT_GRAY_ON_BLACK << 8 | ' '": "LIGHT_GRAY_ON_BLACK | ' ' << 8"},
     "1988 cells, the first in row 0, column 12, have a character like 0x07"),
    # The first segment in the firmware's memory.
    ("01-freestanding", "linker.ld", {"1M + SIZEOF_HEADERS": "1M"},
     "linker.ld puts a segment of the kernel at 0xfff18, in the first MiB"),
    ("02-boot", "paging.c", {" | PTE_LARGE": ""}, "The page tables map 0x800000 to nothing."),
    ("01-freestanding", "linker.ld", {"*(.data .data.*) } :data": "*(.data .data.*) } :text",
                                      "*(COMMON) } :data": "*(COMMON) boots = .; . += 4; } :text"},
     "The variable boots is in the segment at 0x101000, which linker.ld does not make writable: should it be const, or"),
    ("01-freestanding", "linker.ld", {"1M + SIZEOF_HEADERS": "4K + SIZEOF_HEADERS"},
     "linker.ld puts a segment of the kernel at 0x1000, in the first MiB"),
    ("02-boot", "boot.asm", {"cmp     ecx, MAPPED_SIZE / LARGE_PAGE":
                             "cmp     ecx, MAPPED_SIZE / PAGE_SIZE"},
     "The page tables map 0x40000000, although nothing from there on should be mapped"),
    ("04-intrinsics", "exception_catch.asm", {".return:\n    pop     qword [recovery_stack]\n":
                                              ".return:\n"},
     "It jumped to 0x0, or returned there: was a null function pointer called"),
    ("02-boot", "boot.asm", {"    jne     .entry": "    je      .entry"},
     "Entry 1 of boot_pd is not present, and should map 0x200000 to itself"),
    ("02-boot", "boot.asm", {"    add     eax, LARGE_PAGE": "    add     eax, LARGE_PAGE * 2"},
     "Entry 1 of boot_pd leads to 0x400000, and should map 0x200000 to itself"),
    # Pushed by 32-bit code, and left there.
    ("02-boot", "boot.asm", {"    call    init_com1": "    push    eax\n    call    init_com1"},
     "the stack pointer 0x109ffc, which is not a multiple of 16"),
    ("04-intrinsics", "descriptor_tables.c", {"    idt[VECTOR_DOUBLE_FAULT].ist = IST_DOUBLE_FAULT;\n": ""},
     "The gate of the double fault, entry 8 of the IDT, names no stack of its own (IST)"),
    ("03-vga", "console.c", {"    serial_put_char(c);\n": ""}, "has serial_put_char: is that called, and are"),
    ("03-vga", "framebuffer.c", {"    uint8_t bits_per_pixel;\n    uint8_t kind;":
                                 "    uint8_t kind;\n    uint8_t bits_per_pixel;"},
     'It has said: "The screen stays empty: its pixels are of an unknown kind'),
    ("02-boot", "boot.asm", {"esp, stack_top": "esp, stack_top + 16"}, "above stack_top, which is 0x"),
    ("03-vga", "boot.asm", {"esp, stack_top": "esp, stack_top + 32"}, "above stack_top, which is 0x"),
    ("04-intrinsics", "boot.asm", {"esp, stack_top": "esp, stack_top + 32"}, "above stack_top, which is 0x"),
    ("03-vga", "addresses.h", {"0xB8000": "0xB0000"}, "Does vga_put_char write to 0xb8000?"),
    ("02-boot", "paging.c", {"    if (p_flags & PF_W)\n": "    if (p_flags & PF_X)\n"},
     "which is read-only, although linker.ld makes that segment of the kernel writable"),
    ("02-boot", "memory_map.c", {"    uint64_t length;": "    uint32_t length;"},
     "But QEMU's machine has 128 MiB: is the memory map read right?"),
    ("04-intrinsics", "descriptor_tables.c", {"stacks[i] + IST_SIZE": "stacks[0] + IST_SIZE"},
     "ist[0] and ist[1] of the TSS are the same stack, 0x"),
    ("03-vga", "boot.asm", {"    mov     edi, ebx": "    mov     ebx, edi"},
     "But the loader has put it where memory is mapped, and its address in EBX: does EDI get"),
    ("02-boot", "kernel.c", {"prepare_memory(info_address)": "prepare_memory((uint16_t)info_address)"},
     "the loader has left its information in order, with a memory map: does kernel_main get all bits"),
    ("02-boot", "memory_map.c", {"entry_size % 8 != 0": "entry_size % 8 == 0"},
     "the loader has left its information in order, with a memory map: does kernel_main get all bits"),
    ("02-boot", "multiboot2_info.c", {" + TAG_ALIGNMENT - 1) / TAG_ALIGNMENT;": ") / TAG_ALIGNMENT;"},
     "the loader has left its information in order, with a memory map: does kernel_main get all bits"),
    ("03-vga", "title.c", {"WHITE, BLUE": "WHITE, RED"},
     '"Bare-Metal C | chapter 3: text on the sc..." is white on red, which the course\'s kernels keep for failures'),
    ("03-vga", "memory_map.c", {"sum += memory_map": "sum = +memory_map"},
     "The kernel says that 126 MiB are available, and by the loader's map it is 127 MiB"),
    ("03-vga", "memory_map.c", {"    uint64_t start;\n    uint64_t length;":
                                "    uint64_t length;\n    uint64_t start;"},
     "But QEMU's machine has 128 MiB: is the memory map read right?"),
    ("03-vga", "kernel.c", {"region.length / 1024": "region.length / 1000"},
     'The kernel shows "0x0000000000000000 0x000000000009fbff 654 available" in its memory map'),
    ("02-boot", "boot.asm", {"boot_pml4:   resb": "resb 20\nboot_pml4:   resb"},
     "and the first table must begin at a multiple of 4096: is it aligned?"),
    ("02-boot", "boot.asm", {"boot_pml4], boot_pdpt +": "boot_pml4], boot_pd +"},
     "The first entry of boot_pml4 leads to "),
    ("02-boot", "boot.asm", {"0b10011011, 0b00100000": "0b10011011, 0b00010000"},
     "which has neither its L bit nor its D bit set"),
    ("02-boot", "boot.asm", {"0b10010011": "0b10010001"},
     "That entry is for data that can be read only. SS wants an entry for data that can be"),
    ("04-intrinsics", "descriptor_tables.c", {"GATE_INTERRUPT = 0x8E": "GATE_INTERRUPT = 0x89"},
     "Its gate in the IDT has the type 0x89, and that of an interrupt gate is 0x8e."),
    ("04-intrinsics", "descriptor_tables.c", {'"r"(SELECTOR(TSS))': '"r"(TSS)'},
     "TR names no TSS, so no gate can have a stack of its own (IST)"),
    # In the TSS, a stack's lowest address, which is the end of what lies below it.
    ("04-intrinsics", "descriptor_tables.c", {"stacks[i] + IST_SIZE": "stacks[i]"},
     ", where stacks begins, and a handler would write to what lies below."),
    ("02-boot", "uart.h", {"UART_8N1      0x03": "UART_8N1      0x1B"},
     "COM1 sends 115200 bits a second, each byte as 8 bits, parity E, 1 stop bit. QEMU shows"),
    ("02-boot", "uart.h", {"UART_115200   1": "UART_115200   200"},
     "COM1 sends 576 bits a second, each byte as 8 bits, parity N, 1 stop bit. QEMU shows"),
    ("04-intrinsics", "descriptor_tables.c", {"struct __attribute__((packed)) tss": "struct tss"},
     " as ist[0] of the TSS, which is not an address: is struct tss packed"),
    ("02-boot", "boot.asm", {"    call    init_com1\n": ""}, "Nothing has set COM1 up: is init_com1"),
    ("02-boot", "boot.asm", {"    cld ": "    std "}, "The direction flag, DF, is set"),
    ("02-boot", "paging.c", {"    pml4[0] = table_entry": "    table pml4;\n    pml4[0] = table_entry"},
     "which is in the stack: the page tables must not be local variables"),
    ("01-freestanding", "multiboot2.c", {'section(".multiboot2"), ': "", "static const struct": "static struct"},
     "A segment of the kernel lies at 0x0, and has nothing in it but the file's headers"),
    ("04-intrinsics", "descriptor_tables.c", {"struct __attribute__((packed)) table": "struct table"},
     "which is not an address: lgdt reads a limit of 2 bytes and, right after it, the address."),
    ("04-intrinsics", "descriptor_tables.c", {"(uint16_t)(code >> 16)": "(uint16_t)(code >> 32)"},
     "its gate in the IDT leads to 0x"),
    # Refusals that this machine and this loader refute.
    ("02-boot", "registers.h", {"0x20000000": "0x40000000"},
     "But QEMU's processor has all that these kernels ask for"),
    ("02-boot", "registers.h", {"0x00200000": "0x00020000"},
     "But QEMU's processor has all that these kernels ask for"),
]


# What is said of a kernel that is not quite the book's.
REMARK = r"In [^\n]*, \d lines differ from step \d+ of chapter \d: make where shows them\.\n"


def after_step(empty_folder, chapter, step, name=None, changes=None):
    """Returns the folder of a kernel as it is after a step, with changes to one of its files."""
    folder = empty_folder / "kernel"
    course.run("make", "-s", "-C", course.ROOT, "start", f"DIR={folder}", f"CHAPTER={chapter}",
               f"STEP={step}")
    if changes:
        change(folder / name, changes)
    return folder


# One in four stands for the others.
@pytest.mark.parametrize("chapter, name, changes, words", course.cases(
    BROKEN[::4], BROKEN))
def test_what_is_broken_is_said(chapter, name, changes, words, empty_folder):
    result = course.run(*MAKE, project(empty_folder, chapter, name, changes), "run",
                        "PATIENCE=8", check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout
    assert "long mode on" not in result.stdout


def test_a_byte_that_is_not_text_is_named(empty_folder):
    """As when boot.asm runs on from init_com1 with the last value for its FIFO in AL."""
    target = project(empty_folder, "02-boot", "boot.asm", {
        "    mov     dx, COM1 + UART_FIFO_CONTROL\n    out     dx, al\n    ret":
        "    mov     dx, COM1 + UART_FIFO_CONTROL\n    out     dx, al"})
    result = course.run(*MAKE, target, "run", check=False)
    assert "The byte 0x07 has come over COM1, before any text: it is not text." in result.stdout


def test_the_first_byte_that_is_another_is_named(empty_folder):
    """It is not where its segment begins."""
    target = project(empty_folder, "02-boot", "kernel.c", {
        "    halt_forever();": "    *(volatile char *)(0x101000 + 0x20) ^= 1;\n    halt_forever();"})
    change(target / "paging.c", {"    write_cr0(read_cr0() | CR0_WP);\n": ""})
    said = course.run(*MAKE, target, "run", check=False).stdout
    assert "The memory at 0x101020 does not have what the kernel's file puts there" in said, said


@pytest.mark.parametrize("step, check", course.cases(
    [(3, "require_long_mode")], [(7, "require_cpuid")]))
def test_a_check_that_goes_on_into_refuse_is_refuted(step, check, empty_folder):
    """Before there is a guard page, too: a `ret` is lost."""
    folder = after_step(empty_folder, 2, step)
    text, found, rest = (folder / "boot.asm").read_text().partition(f"{check}:\n")
    assert found
    (folder / "boot.asm").write_text(text + found + rest.replace("    ret\n", "    jmp     refuse\n", 1))
    said = course.run(*MAKE, folder, "run", check=False).stdout
    assert "But QEMU's processor has all that these kernels ask for: is the check itself right?" in said
    assert f"the stack leads back to {check}, called by " in said


# What boot.asm has left undone, in the kernel as it is after a step of chapter 2.
UNDONE = [
    (5, "registers.h", "CR4_PAE  0x00000020", "CR4_PAE  0x00000010",
     "The kernel has enter_long_mode, but long mode is not on. Not set: CR4.PAE, CR0.PG."),
    (3, "boot.asm", "    call    require_long_mode\n", "", "Nothing calls require_long_mode, which boot.asm has."),
    (5, "boot.asm", "eax, boot_pml4", "eax, [boot_pml4]", ", and boot_pml4 is at 0x"),
    (5, "boot.asm", "add     eax, LARGE_PAGE", "add     eax, PAGE_SIZE",
     "Entry 1 of boot_pd leads to 0x1000, and should map 0x200000 to itself: is map_first_gib right?"),
    (6, "boot.asm", "    mov     ss, ax\n", "", "SS is 0x18, which names no entry of the GDT for data."),
    (7, "boot.asm", "    call    kernel_main ", "    jmp     kernel_main ",
     "boot.asm jumps to kernel_main, and should call it"),
    (12, "boot.asm", "    call    kernel_main ", "    jmp     kernel_main ",
     "boot.asm jumps to kernel_main, and should call it"),
    (4, "boot.asm", "             resb STACK_SIZE\nstack_top:", "stack_top:   resb STACK_SIZE",
     "stack_top is the lowest address of the stack, or of nothing: a stack grows down"),
    (5, "boot.asm", "             resb STACK_SIZE\nstack_top:", "stack_top:   resb STACK_SIZE",
     "stack_top is the lowest address of the stack, or of nothing: a stack grows down"),
    (2, "boot.asm", "    mov     esp, stack_top\n", "", "is not in the kernel's stack, which ends at stack_top, 0x"),
    (9, "boot.asm", "    mov     esp, stack_top\n", "    mov     esp, stack_top - 8\n",
     ", which is not a multiple of 16, as the ABI wants it"),
    (9, "serial.c", "    if (c == '\\n')\n        send('\\r');\n", "",
     "The lines that came over COM1 end in '\\n' alone: a terminal"),
]


@pytest.mark.parametrize("step, name, old, new, words", course.cases(UNDONE[:2], UNDONE))
def test_what_boot_asm_has_left_undone_is_said(step, name, old, new, words, empty_folder):
    folder = after_step(empty_folder, 2, step, name, {old: new})
    result = course.run(*MAKE, folder, "run", check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout
    assert ("kernel_main was called" in result.stdout) == ("multiple of 16" in words)


@pytest.mark.slow
def test_a_guard_page_that_guards_something_else_is_named(empty_folder):
    target = project(empty_folder, "02-boot", "boot.asm", {
        "stack_guard: resb PAGE_SIZE\n": "", "boot_pml4:": "stack_guard: resb PAGE_SIZE\nboot_pml4:"})
    said = course.run(*MAKE, target, "run", check=False).stdout
    assert "stack_guard is not right below the stack: boot_pml4 lies between them" in said, said


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["QEMUFLAGS=--cpu qemu32", "QEMU=qemu-system-i386"])
def test_a_kernel_is_not_refuted_on_another_machine(setting):
    said = course.make("chapters/02-boot", "run", setting, course.build_folder(), check=False).stdout
    assert "this one has no long mode" in said and "But QEMU" not in said, said


@pytest.mark.slow
def test_a_return_with_the_loader_s_stack_segment_is_explained(empty_folder):
    target = project(empty_folder, "04-intrinsics", "boot.asm", {"    mov     ss, ax\n": ""})
    said = course.run(*MAKE, target, "run", check=False).stdout
    assert "That was in SS before, too: does start_64 load SS with" in said, said


@pytest.mark.slow
@pytest.mark.parametrize("step, name, old, new, words", [
    (8, "memory.c", '"a"(word)', '"b"(word)', 'A test has failed: the kernel has said "FAILED rep movsb'),
    (8, "selftest.c", "passed++", "passed--", 'passed, 18 failed".'),
    (10, "exception_entries.asm", "    mov     rdi, rsp", "    mov     rsi, rsp",
     "The first exception that QEMU has noted is a page fault (#PF), at demo_run"),
    (10, "descriptor_tables.c", "code >> 16", "code >> 8", "its gate in the IDT leads to 0x"),
])
def test_what_the_demo_of_a_step_hides_is_said(step, name, old, new, words, empty_folder):
    """Its own panic is what the book shows."""
    folder = after_step(empty_folder, 4, step, name, {old: new})
    said = course.run(*MAKE, folder, "run", check=False).stdout
    assert words in said, said


AFTER_A_STEP = [
    (3, 4, "vga.c", {"        screen[index] = cell(character);\n": ""}, "",
     'The kernel has sent "light red       pink    yellow  white" to COM1, but the screen'),
    (4, 11, "exception_entries.asm", {"    push    rbx\n    push    rcx\n": "    push    rcx\n    push    rbx\n"}, "",
     "The kernel shows RBX and RCX wrong: RBX was 0x"),
    (4, 10, "descriptor_tables.c", {"entries + vector * ENTRY_SIZE": "entries + ENTRY_SIZE"}, "",
     "entries 0 and 14 of the IDT lead to the same code."),
    (3, 4, "linker.ld", {"*(.data .data.*) } :data": "*(.data .data.*) } :text"}, "",
     "which is read-only: the variable attribute is in a segment that linker.ld does not make writable."),
    (4, 12, "exceptions.c", {"vector != VECTOR_PAGE_FAULT": "vector == VECTOR_PAGE_FAULT"}, "",
     "exceptions_catch was to catch this page fault (recovery_stack is not 0), and exception_handle has"),
    (4, 12, "exception_catch.asm", {"    push    qword [recovery_stack]  ; of an enclosing call, or 0\n": "",
                                    "    mov     [recovery_stack], rsp\n":
                                    "    mov     [recovery_stack], rsp\n    push    qword [recovery_stack]\n"}, "",
     "in the guard page below the stack. If it returned there, a loop may have run past the end"),
    (2, 6, "boot.asm", {"jmp     gdt.code:start_64": "jmp     gdt.code"}, "",
     "is in the middle of an instruction: a jump, a call or a return has led to a wrong address. A far jump"),
    (2, 11, "linker.ld", {"(COMMON) } :data": "(COMMON) } :text"}, "",
     "The stack is there, in the segment of the code: in linker.ld, the line of .bss must end in :data."),
    (2, 3, "boot.asm", {'long mode.", 0': 'long mode."'}, "QEMUFLAGS='-cpu qemu32'",
     "message_long_mode has no byte of 0 at its end, and refuse goes on into what follows"),
    (2, 3, "boot.asm", {"[ebx]": "[bx]"}, "QEMUFLAGS='-cpu qemu32'",
     "refuse has shown none of the kernel's messages: does EBX hold the address of one"),
    (2, 8, "boot.asm", {"    mov     al, UART_8N1\n": ""}, "", "each byte as 5 bits, parity N"),
    (2, 8, "kernel.c", {"serial_put_char(*text)": "serial_put_char(attribute)"}, "",
     "Nothing but ends of lines has come over COM1: what is serial_put_char called with?"),
    (2, 9, "kernel.c", {"find(info, 2)": "find(info, 1)"}, "", "Nothing but ends of lines has come over COM1"),
    (2, 8, "boot.asm", {'"addresses.inc"': '"addresses.h"'}, "",
     'NASM cannot read a C header: include "addresses.inc", which the build makes from it.'),
    (2, 12, "linker.ld", {"FILEHDR PHDRS FLAGS": "FILEHDR FLAGS"}, "", "The linker defines __ehdr_start if"),
    (1, 6, "linker.ld", {"reads them in memory. */": "reads them in memory."}, "",
     "the line `. = 1M + SIZEOF_HEADERS;` must come before the first section."),
    (3, 12, "framebuffer.c", {"(row * FONT_HEIGHT + y) * pitch": "row * FONT_HEIGHT + y * pitch"}, "FIRMWARE=uefi",
     '"B", in row 0, column 1 of the screen, is not drawn as font.c has it'),
    (2, 4, "boot.asm", {"    mov     ah, 0x4F": "    mov     ah, 0x44"}, "QEMUFLAGS='-cpu qemu32'",
     "The message has come over COM1, and the screen does not show all of it: does refuse store each"),
    (2, 8, "addresses.h", {"0x40000000": "0x4000000"}, "",
     "Entry 32 of boot_pd is not present, and should map 0x4000000 to itself: are map_first_gib and MAPPED_SIZE"),
    (3, 3, "vga.c", {"row + 1 < VGA_ROWS": "row + 1 < VGA_COLUMNS"}, "",
     "which would be column 0 of row 79: the screen has rows 0 to 24."),
    (4, 10, "exception_entries.asm", {"section .text": "section .data"}, "",
     "which is in a segment of the kernel that is not for code: is the handler in the section .text?"),
    (1, 1, "kernel.c", {"_Noreturn void _start(void);\n": "static volatile int count;\n_Noreturn void _start(void);\n",
                        "    SCREEN[1] = 0x0A4B;": "    count = 1;\n    SCREEN[1] = 0x0A4B;"}, "",
     "count is a variable, and ./linker.ld puts all sections into one segment: code that can be written"),
    (3, 12, None, None, "FIRMWARE=uefi QEMUFLAGS=-m\\ 4",
     "The machine has reset itself before any code of the kernel ran: the firmware or GRUB has crashed."),
]


@pytest.mark.parametrize("chapter, step, name, changes, settings, words", course.cases(
    AFTER_A_STEP[:2], AFTER_A_STEP))
def test_a_slip_in_the_middle_of_a_chapter_is_explained(chapter, step, name, changes, settings, words,
                                                        empty_folder):
    folder = after_step(empty_folder, chapter, step, name, changes)
    result = course.run(*MAKE, folder, "run", *shlex.split(settings), check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout


@pytest.mark.slow
def test_the_opposite_cause_of_a_page_fault_is_named(empty_folder):
    target = project(empty_folder, "04-intrinsics", "exception_report.c", {
        "if (!(error & PAGE_FAULT_PRESENT))": "if (error & PAGE_FAULT_PRESENT)"})
    said = course.run(*MAKE, target, "run", "DEMO=null", check=False).stdout
    assert 'The kernel says "which is read-only", and the error code, 0x2, says the opposite' in said, said


def test_a_line_that_is_longer_than_a_row_is_not_missed(empty_folder):
    target = project(empty_folder, "03-vga", "demo.c", {
        "void demo_run(void)\n{\n": "#include <kprintf.h>\n\nvoid demo_run(void)\n{\n"
        "    kprintf(\"  %s\\n  the end\\n\", \"" + "abcdefgh " * 8 + "abcdefgh\");\n"})
    assert re.search(rf"the end\nThe CPU has halted in [^\n]*\n{REMARK}\Z", course.run(*MAKE, target, "run").stdout)


def test_a_wrong_error_code_is_named(empty_folder):
    target = project(empty_folder, "04-intrinsics", "exception_entries.asm",
                     {"    push    0\n": "    push    vector\n"})
    change(target / "demo.c", {"void demo_run(void)\n{\n": "void demo_run(void)\n{\n    __builtin_trap();\n"})
    said = course.run(*MAKE, target, "run", check=False).stdout
    assert "The kernel shows the error code 0x6, but it is 0x0." in said, said


@pytest.mark.parametrize("changes, words", course.cases([
    ({"tag->red, vga_colors[i] >> 16": "tag->blue, vga_colors[i] >> 16",
      "tag->blue, vga_colors[i])": "tag->red, vga_colors[i])"}, "is 0xffffff on 0xaa0000, and should be 0xffffff on"),
], [({"    uint16_t reserved; ": "    // "}, "But QEMU's usual card has pixels that a kernel can use")]))
def test_pixels_are_compared_with_what_was_meant(changes, words, empty_folder):
    target = project(empty_folder, "03-vga", "framebuffer.c", changes)
    result = course.run(*MAKE, target, "run", "FIRMWARE=uefi", check=False)
    assert words in result.stdout and "white on red" not in result.stdout, result.stdout
    assert result.returncode != 0


def test_a_screen_of_pixels_that_gets_no_text_is_explained(empty_folder):
    target = project(empty_folder, "03-vga", "vga.c", {"    screen[index] = cell(character);\n": ""})
    said = course.run(*MAKE, target, "run", "FIRMWARE=uefi", check=False).stdout
    assert "its array of cells has none: does vga.c write to the cells of the framebuffer" in said


@pytest.mark.slow
@pytest.mark.parametrize("old, new, words", [
    ("rip, cs, rflags", "rip, rflags, cs", "The kernel shows CS and RFLAGS wrong: CS was 0x8, and not 0x6."),
    ("rdi, rsi", "rsi, rdi", "The kernel shows RSI and RDI wrong: RSI was 0x"),
])
def test_registers_in_another_order_are_named(old, new, words, empty_folder):
    target = project(empty_folder, "04-intrinsics", "exceptions.h", {old: new})
    said = course.run(*MAKE, target, "run", "DEMO=null", check=False).stdout
    assert words in said, said


@pytest.mark.slow
def test_another_exception_s_name_is_named(empty_folder):
    target = project(empty_folder, "04-intrinsics", "exception_names.c", {'"Breakpoint (#BP)",': '"Breakpoint (#BP)"'})
    said = course.run(*MAKE, target, "run", "DEMO=null", check=False).stdout
    assert "The kernel has given up because of a page fault (#PF)" in said
    assert 'The kernel says "Reserved exception", but vector 14 is #PF: is a name or a comma' in said, said


# The glyphs of letters, their colors, and what is a pixel of which.
@pytest.mark.needs_all
@pytest.mark.parametrize("changes, words", course.cases([
    ({"bits >> 63 ? text : background": "bits >> 63 ? background : text"},
     '"B", in row 0, column 1 of the screen, has the colors of its text and of its background exchanged.'),
], [
    ({"vga_colors[i] >> 16": "vga_colors[i] >> 24"}, ' is 0x00ffff on 0x0000aa, and should be 0xffffff on'),
    ({"tag->blue, vga_colors[i])": "tag->blue, vga_colors[i] >> 16)"}, "are vga_colors and the bits of"),
    ({"<< y % 8 * 8": "<< y % 8"}, " is not drawn as font.c has it: do its pixels go from the highest"),
    ({"pixels[BLACK]);": "pixels[BROWN]);"}, "Most of the screen's blank cells are 0xaa5500, and should be 0x000000: "),
]))
def test_letters_that_are_drawn_wrong_are_named(changes, words, empty_folder):
    target = project(empty_folder, "03-vga", "framebuffer.c", changes)
    result = course.run(*MAKE, target, "run", "FIRMWARE=uefi", check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout


def test_a_usual_speed_of_com1_is_left_alone(empty_folder):
    target = project(empty_folder, "02-boot", "uart.h", {"UART_115200   1": "UART_115200   12"})
    assert "COM1" not in course.run(*MAKE, target, "run").stdout


# What a kernel may do: the CPU sets the "accessed" bits, and paging may map a part elsewhere.
SOUND = {
    "a GDT that the CPU writes to": {"boot.asm": {"0b10011011": "0b10011010", "0b10010011": "0b10010010"}},
    "a part in the upper half": {
        "linker.ld": {"/* R+W: the variables */": "\n    high   PT_LOAD FLAGS(4);",
                      "    /* Notes": "    . = 0xFFFFFFFF80200000;\n"
                                  "    .high : AT(2M) { *(.high) } :high\n    /* Notes"},
        "kernel.c": {"void kernel_main": "const char high[] __attribute__((section(\".high\"), used)) = "
                                         "\"far up\";\nvoid kernel_main"}},
}


@pytest.mark.parametrize("what", course.cases(list(SOUND)[1:], SOUND))
def test_nothing_is_said_of_a_kernel_with(what, empty_folder):
    folder = after_step(empty_folder, 2, 8)
    for name, changes in SOUND[what].items():
        change(folder / name, changes)
    result = course.run(*MAKE, folder, "run")
    assert re.search(rf"\nHello World!\nThe CPU has halted in [^\n]*\n{REMARK}\Z", result.stdout), result.stdout


def test_a_pc_without_a_video_card_shows_no_screen():
    said = course.make("chapters/03-vga", "run", "QEMUFLAGS=-vga none", course.build_folder()).stdout
    assert "This text came over COM1. QEMU's PC has no screen, because it has no video card" in said


def test_a_refusal_that_may_be_true_is_left_alone():
    result = course.make("chapters/02-boot", "run", "QEMUFLAGS=-cpu qemu32",
                         course.build_folder(), check=False)
    assert "this one has no long mode" in result.stdout and "But QEMU's" not in result.stdout


def test_a_page_that_two_segments_share_is_said_once(empty_folder):
    """The one that is mapped last wins, and no bit is wrong."""
    target = project(empty_folder, "02-boot", "linker.ld", {"    . = ALIGN(4K);\n    .text": "    .text"})
    result = course.run(*MAKE, target, "run", check=False)
    assert "share the page at 0x100000: linker.ld must align" in result.stdout
    assert "PTE_NO_EXECUTE" not in result.stdout


@pytest.mark.parametrize("chapter", course.CHAPTERS)
@pytest.mark.parametrize("loader", course.cases(["grub"], ["own"]))
def test_the_chapters_keep_their_promises(chapter, loader):
    result = course.make(f"chapters/{chapter}", "run", f"LOADER={loader}", course.build_folder())
    assert re.search(r"\nThe CPU has halted in [^\n]*\n\Z", result.stdout), result.stdout
