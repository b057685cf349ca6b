"""Says how a boot went: what the kernel has shown, how it ended, and what is wrong."""
import functools
import re
import shlex
import sys

import crash
import grub
import pixels
import promises
import rows
import stack
import unseen
from qemu import CRASHED, EXITED, HALTED
from qemu_log import CR0_PE, EFER_LMA, EFER_LME
from screen import TEXT_SCREEN

# What isa-debug-exit makes of qemu_exit(true) and qemu_exit(false).
EXIT_SUCCESS, EXIT_FAILURE = 33, 35
# The attribute byte of what a kernel says when it gives up.
WHITE_ON_RED = 0x4F
# How QEMU draws the text screen: 80 x 25 cells of 9 x 16 pixels.
TEXT_MODE = (720, 400)
# As many addresses are explained.
NAMED = 4
# What halts after a failure, in a line about a place or about a caller.
GIVES_UP = re.compile(r"(?:^|in |by )(panic\w*|exception_handle)\b[.\w]* \(")
# How the course's own loader says that it cannot go on.
LOADER_REFUSES = re.compile(r"^loader: .*\Z", re.MULTILINE)
# What a kernel says of the loader's information if it reads that wrong.
NOT_AS_LEFT = re.compile("Multiboot2 (information (is not|has no)|tag does not)|loader gave no memory map|"
                         "memory map (does not|has entries|has no end)")
BY_EXCEPTION = "The kernel has given up: the CPU has reached exception_handle."


def seen(machine, kernel):
    """Returns the Screen as it can be seen, and in text mode, the address from which on the
    video card shows its memory; None for what there is not. UEFI firmware has no text mode,
    and if no text can be read from the pixels, there is no Screen."""
    if not machine.has_video_card():
        return None, None
    picture = machine.picture()
    if picture[:2] == TEXT_MODE:
        start = machine.start_of_screen() if machine.is_halted() else TEXT_SCREEN
        return machine.screen(start), start
    screen = pixels.read(picture, pixels.glyphs(kernel))
    if any(" " < chr(code) <= "~" for row in screen.cells for code, _ in row):
        return screen, None
    # With a BIOS, it may be a text mode of another size.
    return None if machine.is_uefi else machine.screen(), None


def shown(machine, outcome, screen):
    """Returns what the kernel has shown: its screen, or what came over COM1 if there is no
    screen to read."""
    if outcome == EXITED:
        return machine.serial().strip("\n")
    if screen is not None:
        return screen.colored() if sys.stdout.isatty() else screen.text()
    text = machine.serial().strip("\n")
    return (f"{text}\nThis text came over COM1." if text else "Nothing came over COM1.") + (
        " The screen has only pixels, no text mode, and no text can be read there"
        + (f": all of it is the color 0x{color}." if (color := pixels.only_color(
            machine.picture())) else ".")
        if machine.has_video_card() else
        " QEMU's PC has no screen, because it has no video card: is there -vga none in QEMUFLAGS?")


# ---- the verdict ----


def gave_up(machine, place, screen, callers):
    """Returns a line about what shows that the kernel has failed: the function where it
    has halted, or one that led there, or text in white on red; None if nothing does.
    callers: a function that returns lines about who called, which takes a while."""
    if re.match(r"refuse\b", place):
        return "The kernel has given up: the CPU has reached refuse."
    # Where halt_forever is inlined, the place has the function that gives up.
    if GIVES_UP.search(place) or ", in " not in place:
        names = [found[1] for line in (place, *callers()) if (found := GIVES_UP.search(line))]
        if "exception_handle" in names:
            return BY_EXCEPTION
        if names:
            return "The kernel has given up: it has called panic."
    # A kernel may use these colors for other text. A failure also goes to COM1.
    for row in screen.cells if screen and machine.serial() else ():
        red = "".join(chr(code) if attribute == WHITE_ON_RED else " " for code, attribute in row)
        if red.strip() and unseen.squeezed(red) in unseen.squeezed(machine.serial()):
            said = rows.quoted(" ".join(red.split()))
            return f"The kernel reports a failure: it shows text in white on red, {said}." \
                if re.search("FAIL|PANIC|failed", red) else \
                f"{said} is white on red, which the course's kernels keep for failures: so this counts as one. " \
                "Other text should have other colors."
    return None


def wrong_message(kernel, screen, serial):
    """Returns a line about a message of boot.asm's that lacks its end, or that refuse has not shown, as
    it should have shown one of them; none if all is well."""
    messages = kernel.texts("message_")
    if endless := [name for name, text in messages.items() if b"\0" not in text]:
        return [f"{endless[0]} has no byte of 0 at its end, and refuse goes on into what follows: the line wants "
                "a `, 0` after the text."]
    texts = [unseen.squeezed(text.partition(b"\0")[0].decode("cp437")) for text in messages.values()]
    if not texts or screen is None or any(text in unseen.squeezed(screen.text()) for text in texts):
        return []
    if any(text in unseen.squeezed(serial) for text in texts):
        return ["The message has come over COM1, and the screen does not show all of it: does refuse store each "
                "character, in AL, with the attribute 0x4F, in AH, and is that still there after send_to_com1?"]
    return ["refuse has shown none of the kernel's messages: does EBX hold the address of one, and is the text read "
            "through EBX?"]


def ran_again(kernel):
    """Returns a line about boot.asm's 32-bit code, if it is executed in 64-bit mode."""
    before = kernel.name(kernel.function(kernel.symbol("_start") - 1))
    return ("But the CPU is in 64-bit mode: boot.asm's code for 32-bit mode has run a second time. Has the end of a "
            "function no ret, " + (f"such as {before}, which lies right before _start, " if before else "")
            + "or does something call _start?")


def is_another_machine(options):
    """Have QEMU's flags changed its processor, its memory or its board, or is it another QEMU?"""
    return not re.search(r"x86_64[^/]*$", options.qemu) or any(
        re.fullmatch(r"--?(cpu|m|M|machine|readconfig)", flag) for flag in options.qemu_flags)


def refuted(led, text, options):
    """Returns a line if what the kernel says of this machine, or of its loader, cannot be
    true; none if it may be. led: lines about what led to the refusal; text: what the kernel
    has sent to COM1."""
    again = [line.partition("called by ")[2] for line in led if "called by kernel_main (" in line][1:]
    if again:
        return [f"But kernel_main has been called a second time, from {again[0]}: only boot.asm knows the address "
                "that it wants."]
    check = re.search(r"\brequire_(\w+)", "\n".join(led))
    if check and check[1] == "multiboot2":
        return ["But a Multiboot2 loader has started it, with the magic in EAX: was EAX changed before "
                "the check, is it compared with another number, or does require_multiboot2 lack its ret?"]
    is_usual = not is_another_machine(options)
    if "too little memory" in text and is_usual:
        return ["But QEMU's machine has 128 MiB: is the memory map read right?"]
    if "Multiboot2 information lies outside" in text:
        return ["But the loader has put it where memory is mapped, and its address in EBX: does EDI get "
                "that address, and still have it when kernel_main is called? And is it compared with "
                "the right limits?"]
    if NOT_AS_LEFT.search(text):
        return ["But the loader has left its information in order, with a memory map: does kernel_main get "
                "all bits of its address, and does the code go from tag to tag, and from entry to entry, "
                "as Multiboot2 says (3.6)?"]
    if check and is_usual and options.accel == "tcg":
        return ["But QEMU's processor has all that these kernels ask for: is the check itself "
                "right?"]
    return []


def failed_test(machine):
    """Returns a line about a test that has failed, by what the kernel has sent to COM1; none if
    it names none, and counts none."""
    lines = (" ".join(line.split()) for line in machine.serial().split("\n"))
    found = next((line for line in lines if re.match(r"FAILED\b", line)
                  or re.search(r"\b[1-9]\d* failed\b", line)), None)
    return [f'A test has failed: the kernel has said "{found}".'] if found else []


def named_places(machine, kernel):
    """Returns a line for each address in the code that the kernel has named over COM1."""
    addresses = dict.fromkeys(re.findall(r"in the code at 0x([0-9a-f]+)", machine.serial()))
    return [f"0x{address} is in {kernel.place(int(address, 16))}."
            for address in list(addresses)[:NAMED] if kernel.has_code_at(int(address, 16))]


def stack_of(machine, kernel, registers):
    return stack.Stack(kernel, machine, registers.get, 8 if registers["CS64"] else 4)


def has_returned(machine, kernel, registers):
    """Returns the name of a function that has returned to a loop in boot.asm, where the
    CPU has halted; None if none has."""
    label = kernel.label(pointer(registers, "IP") - 1)
    if label is None or stack_of(machine, kernel, registers).taken() != label:
        return None
    return kernel.name(kernel.target_of_call(label))


def has_started(kernel, registers, screen):
    """Can it be seen that a kernel has started which the CPU is not in now?"""
    limits = stack.bounds(kernel)
    return kernel.segment(registers.get("CR3", 0)) is not None or bool(
        limits and limits[0] <= pointer(registers, "SP") <= limits[1]) or bool(
        screen and screen.text().endswith("Welcome to GRUB!")
        and not unseen.is_untouched(screen))


def left_or_not(kernel, registers, screen):
    """Returns whether a kernel that the CPU is not in has started at all."""
    if not has_started(kernel, registers, screen):
        return "it has not started, or has left its code"
    if stack.bounds(kernel):
        return "it has left its code"
    return "it has left its code: has _start returned, or has the CPU run past its end?"


def oddities(kernel, registers, address):
    """Returns lines about the CPU's mode and the stack pointer, if they are wrong."""
    return list(filter(None, [
        crash.wrong_mode(kernel, address, not registers["CS64"], registers.get("EFER", 0)),
        stack.lost(kernel, pointer(registers, "SP"))]))


def pointer(registers, name):
    """Returns RIP or RSP; in 32-bit code, EIP or ESP."""
    return registers.get(f"R{name}", registers.get(f"E{name}"))


def halted(machine, kernel, screen, start, options):
    """Returns the exit status for a kernel whose CPU has halted, and lines about it."""
    registers = machine.registers()
    # The CPU has stopped after the instruction that halted it.
    address = pointer(registers, "IP") - 1
    if kernel.segment(address) is None:
        if LOADER_REFUSES.search(machine.serial()):
            return 1, ["The loader has not started the kernel: its last line says why."]
        return 1, [f"The CPU has halted at {address + 1:#x}, which is not in the kernel: "
                   + crash.sentence(left_or_not(kernel, registers, screen))]
    place = kernel.place(address)
    line = f"The CPU has halted in {place}."
    if screen is None and not machine.serial():
        line = f"The CPU has halted in {place}, so GRUB has started the kernel."
    if returned := has_returned(machine, kernel, registers):
        line = f"{returned} has returned. {line}"
    words = stack_of(machine, kernel, registers)
    callers = functools.cache(lambda: words.called_by(address))
    # What is drawn may have other colors than it should.
    cells = None if start else unseen.cells_of(machine, kernel)
    if why := gave_up(machine, place, cells or screen, callers):
        lines = crash.handled(kernel, machine) if why == BY_EXCEPTION else []
        led = callers() or words.led_from()
        failed = [] if "FAILED" in why else failed_test(machine)
        if "refuse" in why and registers["CS64"]:
            return 1, [why, ran_again(kernel), line, *led]
        if "refuse" in why and start:
            failed += wrong_message(kernel, screen, machine.serial())
        return 1, [*(lines or [why, *refuted(led, machine.serial(), options),
                               *named_places(machine, kernel), line, *led]), *failed]
    status, remarks = 0, []
    if start is None and machine.has_video_card():
        status, remarks = unseen.drawn_wrong(machine, kernel, screen, cells, not re.search(
            r"-(vga|device)\b", " ".join(options.qemu_flags)))
    if screen and not remarks:
        status, remarks = unseen.lines_about(machine, kernel, screen, start)
    if not status and screen and start and (about_cells := unseen.swapped(screen)
                                            or rows.unlike_shadow(machine, kernel, screen)):
        status, remarks = 1, [about_cells]
    elif not status:
        more = failed_test(machine) or promises.broken(kernel, machine, registers)
        status, remarks = int(bool(more)), [*remarks, *more]
    odd = oddities(kernel, registers, address)
    return 1 if odd else status, [*remarks, *odd, line]


def still_running(machine, kernel, screen, start, options):
    """Returns lines about a kernel that has not settled in time."""
    if machine.is_told_to_wait():
        return ["QEMU has not started the CPU: -S in QEMUFLAGS tells it to wait."]
    if grub.is_at_prompt(machine):
        return ["GRUB has not started the kernel, and shows its prompt. "
                f"{grub.reason(machine, kernel)}"]
    if again := crash.again_and_again(kernel, machine, machine.log()):
        return [again]
    registers = machine.registers()
    address = pointer(registers, "IP")
    seconds = f"{options.patience:g} seconds"
    if kernel.segment(address) is None:
        if "GRUB  version" in machine.screen().text():
            return [f"GRUB has shown its menu for {seconds}. With `set timeout=0`, grub.cfg "
                    "starts the first entry at once."]
        line = (f"After {seconds}, the CPU is at {address:#x}, which is not in the kernel: "
                + crash.sentence(left_or_not(kernel, registers, screen)))
        # GRUB has got as far as this, and then starts the kernel in 32-bit mode.
        if "Welcome to GRUB!" in machine.screen().text() and not registers["EFER"] & EFER_LMA \
                and stack.bounds(kernel):  # chapter 1 has neither a stack nor long mode
            line += (" It is in real mode: CR0.PE is off. Was CR0 overwritten, or were bits taken "
                     "away (&) where one should be added (|)?" if not registers["CR0"] & CR0_PE else
                     " It is in 32-bit mode, although EFER.LME is on: has CR0.PG been cleared "
                     "again?" if registers["EFER"] & EFER_LME else
                     " It is in 32-bit mode: if the kernel has started, it has not turned long "
                     "mode on, or has run 64-bit code before that.")
        if pointer(registers, "SP") < stack.PAGE_SIZE:
            line += f" The stack pointer is {pointer(registers, 'SP'):#x}, where no stack is."
        if machine.is_uefi:
            line += " UEFI firmware is slow to start: does PATIENCE=120 help?"
        if options.qemu_flags:
            line += f" QEMUFLAGS changes the machine ({shlex.join(options.qemu_flags)}): is it the " \
                "same without it?"
        return [line]
    if registers["HLT"]:
        line = (f"The kernel has not come to an end in {seconds}: it waits for an interrupt in "
                f"{kernel.place(address - 1)}.")
    else:
        line = (f"The kernel has not halted in {seconds}: is it in a loop? "
                f"The CPU is in {kernel.place(address)}.")
    if options.accel != "tcg":
        line += f" Or does ACCEL={options.accel} hang here? Try without it."
    remarks = unseen.lines_about(machine, kernel, screen, start)[1] if screen else []
    return [*remarks, *oddities(kernel, registers, address), line,
            *stack_of(machine, kernel, registers).called_by(address)]


def left(machine):
    """Returns the exit status for a kernel that has left QEMU, and a line about it."""
    status = machine.exit_status()
    if status == EXIT_SUCCESS:
        return 0, "The kernel has left QEMU: success."
    if status == EXIT_FAILURE:
        return 1, "The kernel has left QEMU: failure."
    if machine.is_switched_off():
        return 0, "The kernel has switched the machine off."
    if machine.has_left():
        return status, (f"The kernel has left QEMU with the value {status >> 1:#x} at port "
                        "0xf4, which is neither success (0x10) nor failure (0x11).")
    said = machine.last_words()
    return status, f"QEMU has ended with status {status}" + (f". It says: {said}" if said else ".")


def verdict(machine, kernel, outcome, screen, start, options):
    """Returns the exit status for how the boot went, and a few lines about it. screen and
    start are what seen() has returned."""
    if outcome == CRASHED:
        log = crash.kept_log(machine, options.log)
        return 1, crash.triple_fault(kernel, log, options.log, machine)
    if outcome == EXITED:
        return left(machine)
    if outcome == HALTED:
        status, lines = halted(machine, kernel, screen, start, options)
        return status, "\n".join(lines)
    return 1, "\n".join(still_running(machine, kernel, screen, start, options))
