"""The transcripts of the pages: what a reader types, and what is then printed.

docs/README.md explains how they are written.
"""
import os
import re
import signal
import subprocess

import course

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


def commands(text):
    """Returns (command, wanted lines or None) of each command of a block."""
    lines = re.sub(r"\\\n> ?", "", text).splitlines()
    assert lines[0].startswith("$ "), f"a transcript begins with `$ `: {lines[0]}"
    if all(line.startswith("$ ") for line in lines):
        return [(line[2:], None) for line in lines]
    return [(lines[0][2:], lines[1:])]


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
            found += [(line, command, wanted, only)
                      for command, wanted in commands(match["text"])]
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
    """Returns the regular expression for lines in which `...` is any text. Blanks after it
    only bring what follows to its column."""
    return re.compile("\n".join(
        re.sub(r"\.\*(\\ ){2,}", r".*\\ +", ".*".join(map(re.escape, line.rstrip().split("..."))))
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


def readers_environment(folder):
    """Returns the environment of a reader at a machine of their own, whose home is in a folder.
    The compiler is the distribution's: the one of `make toolchain` speaks without ‘quotes’."""
    environment = course.clean_environment(
        HOME=str(folder / "home"), TERM="dumb", TOOLCHAIN=str(folder / "no-toolchain"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CROSS_COMPILE", "CC", "CFLAGS"):
        environment.pop(name, None)
    return environment


def replay(command, folder, where="course"):
    """Runs a command as a reader does, in a folder; returns its status, None if it does not
    end, and what it prints."""
    with subprocess.Popen(["bash", "-c", command], cwd=folder / where, text=True,
                          env=readers_environment(folder), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, errors="replace") as process:
        try:
            output = process.communicate(timeout=course.PATIENCE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            return None, process.communicate(timeout=course.PATIENCE)[0]
        return process.returncode, MAKE_TALKS.sub("", output)
