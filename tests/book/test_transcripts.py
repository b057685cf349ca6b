"""Each transcript on a page is what its commands print.

A page's blocks of the language `console` are replayed in order, in a copy of the
course with a HOME of its own. docs/README.md explains how they are written.
"""
import os
import re
import shutil
import signal
import subprocess

import pytest

import course
from course import PAGES, ROOT, page_name

# A comment for the tests, or a fence: its language and its text.
BLOCK = re.compile(r"^<!-- do: (?P<do>.*?) -->$|^<!-- only: (?P<only>.*?) -->$|"
                   r"^(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$",
                   re.DOTALL | re.MULTILINE)
# "Try it" and notes: quotations, whose lines begin with `> `.
QUOTATION = re.compile(r"^> \[!.*\n(?:>.*\n)*", re.MULTILINE)
# Replayed nowhere: these change the machine, or take minutes.
LEFT_OUT = re.compile(r"\bmake (\S+ )*(setup|toolchain|bench|test)")
# What make says of folders, when it is started with -C.
MAKE_TALKS = re.compile(r"^make(\[\d+\])?: (Entering|Leaving) directory .*\n",
                        re.MULTILINE)


def steps(text):
    """Returns (line, command, wanted lines or None, versions or None) of each command
    of a page. A command of a `do:` comment wants nothing, and must succeed. versions is
    what the `only:` comment above a block says."""
    found, only = [], None
    text = QUOTATION.sub(lambda match: re.sub("^> ?", "", match[0], flags=re.MULTILINE), text)
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["do"]:
            found.append((line, match["do"], None, only))
        elif match["only"]:
            only = match["only"]
            continue
        elif match["language"] == "console":
            lines = re.sub(r"\\\n> ?", "", match["text"]).splitlines()
            assert lines[0].startswith("$ "), \
                f"line {line}: a transcript begins with `$ `"
            if all(text.startswith("$ ") for text in lines):
                found += [(line, text[2:], None, only) for text in lines]
            else:
                found.append((line, lines[0][2:], lines[1:], only))
        only = None
    return found


def is_for_this_machine(only):
    """Does "gcc 12-13" name the version that is here? "gcc 14-" and "gcc 12" are the
    other forms. A version is as exact as the text: 12 also stands for 12.2."""
    tool, first, dash, last = re.fullmatch(r"(\S+) ([\d.]*)(-?)([\d.]*)", only).groups()
    here = course.version(tool)
    least, most = (tuple(map(int, text.split("."))) if text else None
                   for text in (first, last if dash else first))
    return (not least or least <= here[:len(least)]) and \
        (not most or here[:len(most)] <= most)


def pattern(lines):
    """Returns the regular expression for lines in which `...` is any text."""
    return re.compile("\n".join(
        ".*".join(re.escape(part) for part in line.rstrip().split("..."))
        for line in lines) + r"\Z")


def difference(wanted, printed):
    """Returns the first part of a transcript that was not printed, or None. A line
    `...` stands for any lines."""
    printed = [line.rstrip() for line in printed]
    parts, at = [[]], 0
    for line in wanted:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        here = pattern(part)
        starts = [start for start in range(at, len(printed) - len(part) + 1)
                  if here.match("\n".join(printed[start:start + len(part)]))
                  and (not first or start == 0)
                  and (not last or start + len(part) == len(printed))]
        if part and not starts or (not part and first and last and printed):
            return part
        at = starts[-1 if last else 0] + len(part) if part else at
    return None


def replay(command, folder):
    """Runs a command as a reader does; returns its status, None if it does not end, and
    what it prints."""
    environment = course.clean_environment(
        HOME=str(folder / "home"), TERM="dumb", LC_ALL="C.UTF-8",
        TOOLCHAIN=str(folder / "no-toolchain"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CROSS_COMPILE", "CC", "CFLAGS"):
        environment.pop(name, None)
    with subprocess.Popen(["bash", "-c", command], cwd=folder / "course", text=True,
                          env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, errors="replace") as process:
        try:
            output = process.communicate(timeout=course.PATIENCE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            return None, process.communicate(timeout=course.PATIENCE)[0]
        return process.returncode, MAKE_TALKS.sub("", output)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_transcripts_are_what_the_commands_print(page, empty_folder, record_property):
    tried = [step for step in steps(page.read_text())
             if not LEFT_OUT.search(step[1])]
    if not tried:
        return
    (empty_folder / "home").mkdir()
    for name in course.sources():
        (empty_folder / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, empty_folder / "course" / name)
    problems = []
    for line, command, wanted, only in tried:
        if only and not is_for_this_machine(only):
            record_property("left out", f"{page_name(page)}:{line}: stands for {only}")
            continue
        status, output = replay(command, empty_folder)
        where = f"{page_name(page)}:{line}: $ {command}\n"
        if status is None:
            problems.append(f"{where}does not end; it has printed:\n{output}")
        elif wanted is None:
            if status != 0:
                problems.append(f"{where}failed with status {status}:\n{output}")
        else:
            missing = difference(wanted, output.rstrip().splitlines())
            if missing is not None:
                problems.append(where + "does not print\n" + "\n".join(missing)
                                + "\nbut\n" + output)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("only, here, stands", [
    ("gcc 12-13", (12, 2, 0), True), ("gcc 12-13", (13, 3), True),
    ("gcc 12-13", (14, 2, 0), False), ("gcc 12-13", (9, 1), False),
    ("gcc 14-", (14, 0), True), ("gcc 14-", (13, 9), False),
    ("nasm -2.16", (2, 16, 3), True), ("nasm -2.16", (3, 1), False),
    ("gcc 12", (12, 2), True), ("gcc 12", (13, 1), False), ("gcc 12", (11, 4), False),
])
def test_a_transcript_may_stand_for_some_versions(only, here, stands, monkeypatch):
    monkeypatch.setattr(course, "version", {only.split()[0]: here}.get)
    assert is_for_this_machine(only) == stands


@pytest.mark.parametrize("wanted, printed, same", [
    (["a", "b"], ["a", "b"], True),
    (["a", "b"], ["a", "c"], False),
    (["a"], ["a", "b"], False),
    (["b"], ["a", "b"], False),
    (["a", "..."], ["a", "b"], True),
    (["...", "b"], ["a", "b"], True),
    (["...", "b"], ["b", "a"], False),
    (["...", "b", "...", "a", "..."], ["b", "a"], True),
    (["...", "a", "...", "b", "..."], ["b", "a"], False),
    (["at ... of 4"], ["at 3 of 4"], True),
    (["at ... of 4"], ["at 3 of 5"], False),
    (["..."], [], True),
])
def test_a_transcript_that_differs_is_noticed(wanted, printed, same):
    assert (difference(wanted, printed) is None) == same
