"""The demos that show how this kernel goes on: each does what its page says."""
import re
import time

import pytest

import course
import elf
import pixels
import qemu

CHAPTER = "chapters/04-intrinsics"
BOTH = course.cases(["default"], ["clang"])


def screen_of(demo, variant="default", flags=()):
    with course.boot_until_halted(course.build(CHAPTER, variant, demo), flags=flags) as machine:
        return machine.screen().text()


@pytest.mark.parametrize("variant", BOTH)
def test_the_timer_ticks(variant):
    said = screen_of("timer", variant)
    assert "\n  100 ticks: 1 s\n  200 ticks: 2 s\n  300 ticks: 3 s" in said


@pytest.mark.parametrize("variant", BOTH)
def test_the_heap_gives_and_takes(variant):
    sizes = [re.findall(r"\[(\d+)( free)?\]", line)
             for line in screen_of("heap", variant).splitlines() if "[" in line]
    header = 32
    # All bytes are in a block, or are a block's header.
    assert len(sizes) == 5 and all(
        sum(int(size) + header for size, _ in line) == 0x10000 for line in sizes)
    assert [[size for size, free in line if not free] for line in sizes] == [
        [], ["1008", "2000", "3008"], ["1008", "3008"], ["1008", "512", "3008"], []]
    assert len(sizes[-1]) == 1  # what was free side by side has become one


@pytest.mark.parametrize("variant", BOTH)
def test_user_mode_may_not_clear_the_interrupt_flag(variant):
    kernel = course.build(CHAPTER, variant, "user")
    with course.boot_until_halted(kernel) as machine:
        text = machine.screen().text()
    start = kernel.symbols()["user_program"]
    assert "General protection fault (#GP)" in text
    assert f"RIP 0x{start + 5:016x}" in text and "CS  0x0000000000000033" in text
    assert "RAX 0x000000000000002a" in text  # the program had run until there


def test_run_does_not_take_a_user_s_stack_for_a_mistake():
    said = course.run(*course.MAKE, course.ROOT / CHAPTER, "run", "DEMO=user", check=False).stdout
    assert "The instruction, cli, is not allowed in ring 3." in said
    assert "stack pointer" not in said


@pytest.mark.parametrize("cpus", course.cases([1, 4], [2, 8]))
def test_all_other_cpus_wake(cpus):
    said = screen_of("cpus", flags=["-smp", str(cpus)])
    assert f"\n  {cpus - 1} more CPUs are awake." in said


def check_the_typewriter(way, text):
    """text: a function that returns what a machine's screen shows."""
    with course.build(CHAPTER, demo="keyboard").boot(way) as machine:
        course.wait_until(lambda: "Esc ends it" in text(machine))
        typed = [("shift-h", "\n  H"), ("i", "Hi"), ("comma", "Hi,"), ("2", "Hi,2"), ("ret", "Hi,2"),
                 ("shift-1", "Hi,2\n!")]
        for key, shown in typed:  # the next one when this has been seen: keys get lost
            machine.monitor(f"sendkey {key} 20")
            course.wait_until(lambda shown=shown: shown in text(machine))
            time.sleep(0.1)  # until the key is up again
        machine.monitor("sendkey esc")
        assert machine.wait(course.PATIENCE) == qemu.HALTED


def test_the_typewriter_shows_what_is_typed():
    check_the_typewriter("own", lambda machine: machine.screen().text())


@pytest.mark.slow
@pytest.mark.needs_all
def test_the_typewriter_draws_what_is_typed():
    font = pixels.glyphs(elf.Kernel(course.build(CHAPTER, demo="keyboard").elf))
    check_the_typewriter("uefi", lambda machine: pixels.read(machine.picture(), font).text())
