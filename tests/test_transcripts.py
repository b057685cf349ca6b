"""Each transcript on a page is what its commands print.

A page's blocks of the language `console` are replayed in order, in a copy of the
course with a HOME of its own. docs/README.md tells how they are written.
"""
import os
import re
import shutil
import signal
import subprocess

import pytest

import course
from course import PAGES, ROOT, page_name

# What comes before a fence: the line's number, the language, the block.
BLOCK = re.compile(r"^<!-- do: (?P<do>.*?) -->$|"
                   r"^(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$",
                   re.DOTALL | re.MULTILINE)
# Replayed nowhere: these change the machine, or take minutes.
LEFT_OUT = re.compile(r"\bmake (\S+ )*(setup|toolchain|bench|test)")
# What make says of folders, when it is started with -C.
MAKE_TALKS = re.compile(r"^make(\[\d+\])?: (Entering|Leaving) directory .*\n",
                        re.MULTILINE)


def steps(text):
    """Returns (line, command, wanted lines or None) of each command of a page. A
    command of a `do:` comment wants nothing, and must succeed."""
    found = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["do"]:
            found.append((line, match["do"], None))
        elif match["language"] == "console":
            lines = re.sub(r"\\\n> ?", "", match["text"]).splitlines()
            assert lines[0].startswith("$ "), \
                f"line {line}: a transcript begins with `$ `"
            if all(text.startswith("$ ") for text in lines):
                found += [(line, text[2:], None) for text in lines]
            else:
                found.append((line, lines[0][2:], lines[1:]))
    return found


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
    """Runs a command as a reader does; returns its status and what it prints."""
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
            output = process.communicate(timeout=course.PATIENCE)[0]
            pytest.fail(f"{command} does not end; it has printed:\n{output}")
        return process.returncode, MAKE_TALKS.sub("", output)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_transcripts_are_what_the_commands_print(page, empty_folder):
    tried = [step for step in steps(page.read_text())
             if not LEFT_OUT.search(step[1])]
    if not tried:
        return
    (empty_folder / "home").mkdir()
    for name in course.sources():
        (empty_folder / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, empty_folder / "course" / name)
    problems = []
    for line, command, wanted in tried:
        status, output = replay(command, empty_folder)
        where = f"{page_name(page)}:{line}: $ {command}\n"
        if wanted is None:
            if status != 0:
                problems.append(f"{where}failed with status {status}:\n{output}")
        else:
            missing = difference(wanted, output.rstrip().splitlines())
            if missing is not None:
                problems.append(where + "does not print\n" + "\n".join(missing)
                                + "\nbut\n" + output)
    assert not problems, "\n".join(problems)


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
