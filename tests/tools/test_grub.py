"""GRUB is asked why it has not started a kernel, also on a machine that loses keys."""
import types

import pytest

import grub

KERNEL = types.SimpleNamespace(segments=[types.SimpleNamespace(start=0xBB800000, end=0xBB801000)])


class Prompt:
    """A machine at GRUB's prompt, which loses every third key that comes too fast."""

    def __init__(self, slowest_lost):
        self.slowest_lost = slowest_lost
        self.line, self.said, self.keys = "", [], 0

    def type(self, text, pace=0.02):
        for key in text:
            self.keys += 1
            if pace <= self.slowest_lost and self.keys % 3 == 0:
                continue
            if key == grub.CLEAR_LINE:
                self.line = ""
            elif key == "\n":
                self.enter()
            else:
                self.line += key

    def enter(self):
        self.said += [f"grub> {self.line}"]
        if self.line not in ("multiboot2 /boot/kernel.elf", "boot"):
            self.said += [f"error: can't find command `{self.line}'."]
        elif self.line == "boot":
            self.said += ["error: out of memory."]
        self.line = ""

    def screen(self):
        lines = [*self.said, f"grub> {self.line}"]
        return types.SimpleNamespace(text=lambda: "\n".join(lines), lines=lambda: lines)

    def firmware_lines(self):
        return []

    def serial(self):
        return ""


@pytest.mark.parametrize("slowest_lost", [0, 0.02, 0.1])
def test_grub_s_own_error_is_said_however_slow_the_machine(slowest_lost, monkeypatch):
    monkeypatch.setattr(grub, "ECHO_PATIENCE", 0)
    machine = Prompt(slowest_lost)
    assert grub.reason(machine, KERNEL) == \
        "It says: error: out of memory. linker.ld has put the kernel at 0xbb800000: is there " \
        "free memory?"
    assert not any("can't find" in line for line in machine.said)


class SlowWriter(Prompt):
    """A machine that writes two characters of its error at each look."""

    looks = 0

    def screen(self):
        if not any("out of memory" in line for line in self.said):
            return super().screen()
        self.looks += 1
        text = "\n".join([*self.said, "grub> "])
        start = text.index("error: out of memory")
        lines = text[:start + 6 + 2 * self.looks].splitlines()
        return types.SimpleNamespace(text=lambda: "\n".join(lines), lines=lambda: lines)


def test_grub_s_error_is_read_to_its_end(monkeypatch):
    monkeypatch.setattr(grub, "ECHO_PATIENCE", 0)
    assert grub.reason(SlowWriter(0), KERNEL).startswith("It says: error: out of memory. ")


def test_a_machine_that_takes_no_keys_gets_no_false_reason(monkeypatch):
    monkeypatch.setattr(grub, "ECHO_PATIENCE", 0)
    assert grub.reason(Prompt(1), KERNEL) == \
        "It does not take commands from here, perhaps because this machine is busy. Type at its " \
        "prompt: multiboot2 /boot/kernel.elf"
