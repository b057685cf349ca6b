"""The mistakes of the chapters' folders mistakes/: what a student gets wrong, and is told then.

docs/README.md explains how they are written.
"""
import re
from dataclasses import dataclass

import transcripts
from course import ROOT

FILES = sorted(ROOT.glob("chapters/*/mistakes/*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def name(path):
    """chapters/02-boot/mistakes/crash-no-pae.md -> 02-boot/crash-no-pae"""
    return f"{path.parent.parent.name}/{path.stem}"


@dataclass
class Mistake:
    """A mistake, as its file has it."""
    chapter: str
    command: str   # what the student types
    wanted: list   # the lines that are printed then, as in a transcript
    hunks: list    # what is changed: (file, lines)


def read(path):
    """Returns the Mistake of a file."""
    blocks = dict(BLOCK.findall(path.read_text()))
    assert "console" in blocks, f"{path}: there is no block of the language console"
    (command, wanted), = transcripts.commands(blocks["console"])
    hunks = []
    for line in blocks.get("diff", "").splitlines():
        if line.startswith("@@ "):
            hunks.append((line[3:].strip(), []))
        else:
            assert hunks and line[:1] in ("", " ", "+", "-"), \
                f"{path}: the first line of a change is `@@ FILE`, and all others begin with a " \
                f"blank, + or -: {line}"
            hunks[-1][1].append(line or " ")
    return Mistake(path.parent.parent.name, command, wanted, hunks)


def make(path, mistake, folder):
    """Makes a mistake in a kernel. Its lines, with those that go, must stand in the file one
    after another, and once: where does not matter."""
    for file, lines in mistake.hunks:
        text = f"\n{(folder / file).read_text()}"
        old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] in kinds)
                    for kinds in (" -", " +"))
        count = text.count(f"\n{old}")
        assert count == 1, f"{path.relative_to(ROOT)} no longer applies: {file} has " \
            f"{'no' if count == 0 else count} such lines: {old.splitlines()[0].strip()} ..."
        (folder / file).write_text(text.replace(f"\n{old}", f"\n{new}")[1:])
