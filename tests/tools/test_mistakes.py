"""Each mistake of the chapters' folders mistakes/, in a fresh kernel, shows what its file says, and
the kernel without it does not.

All of them cost 10 minutes of one processor, the fast ones less than one.
"""
import functools
import re
import shutil

import pytest

import course
import mistakes
from transcripts import difference, readers_environment

FAST = ("02-boot/build-global", "02-boot/crash-no-pae", "02-boot/hidden-no-nx")
BY_NAME = {mistakes.name(path): path for path in mistakes.FILES}


@functools.cache
def started(chapter):
    """Returns the folder of a chapter's kernel, as `make start` writes it."""
    folder = course.PROJECTS / "mistakes" / chapter
    shutil.rmtree(folder, ignore_errors=True)
    course.make(f"chapters/{chapter}", "start", f"DIR={folder}")
    return folder


@functools.cache
def fresh(chapter):
    """Returns the same folder, and its kernel has been built."""
    folder = started(chapter)
    course.run(*course.MAKE, folder, env=readers_environment(folder))
    return folder


def printed(command, folder):
    """Returns the lines that a command prints."""
    return course.run("bash", "-c", command, cwd=folder, check=False,
                      env=readers_environment(folder)).stdout.rstrip().splitlines()


@functools.cache
def printed_without(chapter, command):
    """Returns what a command prints for the kernel without a mistake."""
    folder = fresh(chapter).with_name(f"{chapter}-again")
    if not folder.exists():
        shutil.copytree(fresh(chapter), folder)
    if command == "make":  # what is built anew
        shutil.rmtree(folder / "build")
    return printed(command, folder)


@pytest.mark.parametrize("name", course.cases(FAST, BY_NAME))
def test_a_mistake_shows_what_its_file_says(name, empty_folder):
    path = BY_NAME[name]
    mistake = mistakes.read(path)
    folder = empty_folder / "kernel"
    shutil.copytree(fresh(mistake.chapter), folder)
    mistakes.make(path, mistake, folder)
    lines = printed(mistake.command, folder)
    missing = difference(mistake.wanted, lines)
    assert missing is None, "\n".join([f"{name} does not show", *missing, "but", *lines])
    # A command may begin with the mistake, such as `rm linker.ld && make`.
    command = re.sub(r"^.* && ", "", mistake.command)
    assert difference(mistake.wanted, printed_without(mistake.chapter, command)) is not None, \
        f"{name}: the kernel without the mistake shows the same"
    shutil.rmtree(folder)


def test_the_lines_of_each_mistake_stand_in_its_kernel(empty_folder):
    for path in mistakes.FILES:
        mistake = mistakes.read(path)
        for file, _ in mistake.hunks:
            (empty_folder / file).parent.mkdir(exist_ok=True)
            shutil.copy(started(mistake.chapter) / file, empty_folder / file)
        mistakes.make(path, mistake, empty_folder)


def test_each_mistake_has_a_section_in_the_book():
    page = (course.ROOT / "docs/when-it-breaks.md").read_text()
    kinds = re.findall(r'"mistakes: (\w+)"', page)
    assert {path.stem.partition("-")[0] for path in mistakes.FILES} == set(kinds)
    titles = [path.read_text().splitlines()[0] for path in mistakes.FILES]
    assert len(set(titles)) == len(titles) and all(title.startswith("# ") for title in titles)


def test_a_mistake_that_does_not_apply_is_named_in_one_line(empty_folder):
    path = BY_NAME["02-boot/crash-no-pae"]
    mistake = mistakes.read(path)
    (empty_folder / "boot.asm").write_text("    or eax, CR4_PAE\n")
    with pytest.raises(AssertionError, match=r"^chapters/02-boot/mistakes/crash-no-pae.md no longer "
                       r"applies: boot.asm has no such lines: or      eax, CR4_PAE \.\.\."):
        mistakes.make(path, mistake, empty_folder)
