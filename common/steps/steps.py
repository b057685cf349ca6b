#!/usr/bin/env python3
"""Follows the steps of the book: what a reader has typed after each of them.

  steps.py write FOLDER --chapter N [--step N]   writes the kernel as it is after a step
  steps.py check FOLDER --chapter N [--step N]   only says whether there is such a step
  steps.py where FOLDER...                       says which step a kernel is at
  steps.py remark FOLDER...                      one line, if a little differs from that step

A kernel may have its files in several folders, the newest first.

steps.json has the steps of all chapters whose pages are in steps. Each is a list of
actions, in the page's order:

  type      file, text; where: after, before or instead, a line; from and to, two lines;
            at, the end; without one of these, the text is the whole file
  take      file, text: a file that is taken as it is
  remove    file; perhaps from and to, lines of it
  run       text: commands, and what they print
"""
import argparse
import collections
import difflib
import functools
import itertools
import json
import re
import sys
from pathlib import Path

STEPS = Path(__file__).resolve().parent / "steps.json"
# What a kernel is made of: these files of a folder belong to it.
SOURCES = ("*.c", "*.h", "*.asm", "*.ld", "*.mk")
# So many lines may differ by a slip. More are the reader's own.
A_FEW = 8


class StepError(Exception):
    """A step cannot be done: the message says why."""


def line_with(lines, text, file, start=0):
    """Returns the number, from 0, of the only line from start on that has a text."""
    found = [number for number, line in enumerate(lines) if number >= start and text in line]
    if len(found) != 1:
        raise StepError(f"{file} has {'no line' if not found else f'{len(found)} lines'} with "
                        f"\"{text}\"")
    return found[0]


def place(lines, action):
    """Returns which lines of a file an action replaces: the first, and the one after the
    last."""
    file = action["file"]
    if "after" in action:
        number = line_with(lines, action["after"], file) + 1
        return number, number
    if "before" in action:
        number = line_with(lines, action["before"], file)
        return number, number
    if "instead" in action:
        number = line_with(lines, action["instead"], file)
        return number, number + 1
    if "from" in action:
        first = line_with(lines, action["from"], file)
        return first, line_with(lines, action["to"], file, first) + 1
    if "at" in action:
        return len(lines), len(lines)
    return 0, len(lines)


def do(files, action):
    """Does an action: files is {name: text}, and changes."""
    if action["kind"] == "run":
        return
    file, is_new = action["file"], not any(
        name in action for name in ("after", "before", "instead", "from", "at"))
    if file not in files and (action["kind"] == "remove" or not is_new):
        raise StepError(f"there is no {file} to change")
    if action["kind"] == "remove" and is_new:
        del files[file]
        return
    lines = files.get(file, "").splitlines(keepends=True)
    first, end = place(lines, action)
    lines[first:end] = action.get("text", "").splitlines(keepends=True)
    files[file] = "".join(lines)


def chapters():
    """Returns the chapters in steps: {number: {"name": ..., "steps": [...]}}."""
    return {chapter["number"]: chapter for chapter in json.loads(STEPS.read_text())}


# What a reader has typed after a step: {name: text}. In the middle of one, also the file that its
# next change is to, which is None at its end.
State = collections.namedtuple("State", "chapter step title files following")


def states(of_actions=False):
    """Yields the State after each step of the book, in order. of_actions: also after each change in
    the middle of a step."""
    files = {}
    for number, chapter in sorted(chapters().items()):
        for step in chapter["steps"]:
            changes = [action for action in step["actions"] if action["kind"] != "run"]
            for action, following in itertools.zip_longest(changes, changes[1:]):
                do(files, action)
                if following and of_actions:
                    yield State(number, step["number"], step["title"], dict(files), following["file"])
            yield State(number, step["number"], step["title"], dict(files), None)


def after(chapter, step):
    """Returns the files after a step; step None is the chapter's last."""
    found = [state.files for state in states()
             if state.chapter == chapter and (step is None or str(step) == str(state.step))]
    if not found:
        known = {number: max(step["number"] for step in chapter["steps"])
                 for number, chapter in chapters().items()}
        raise StepError(
            f"chapter {chapter} is not in steps yet, only {', '.join(map(str, known))}. Its whole "
            "kernel: make -C chapters/... start" if chapter not in known else
            f"chapter {chapter} has no step {step}: STEP is one of 1 to {known[chapter]}")
    return found[-1]


def sources(*folders):
    """Returns the files of a kernel: {name: text}. Of two with one name, it is the first folder's."""
    return {path.name: path.read_text(errors="replace")
            for folder in reversed(folders) for pattern in SOURCES for path in folder.glob(pattern)
            if path.is_file() and not path.name.startswith(".")}


def plain(text):
    """Returns a text's lines without blanks at their ends, tabs, and empty lines."""
    return [line.rstrip() for line in text.expandtabs(4).splitlines() if line.strip()]


def changes(book, here):
    """Yields groups of what lies between two lists of lines: (tag, lines of the first, lines of the
    second), with a line before and after. Indentation does not count."""
    matcher = difflib.SequenceMatcher(
        None, *([line.lstrip() for line in lines] for lines in (book, here)))
    for group in matcher.get_grouped_opcodes(1):
        yield [(tag, book[first:end], here[here_first:here_end])
               for tag, first, end, here_first, here_end in group]


def changed(book, here):
    """Yields what changes() does, but only what is different."""
    return ((old, new) for group in changes(book, here) for tag, old, new in group if tag != "equal")


@functools.cache
def code(name, text):
    """Returns the lines of a file's text without comments and without empty lines."""
    comment = r";[^\n]*" if name.endswith(".asm") else r"/\*.*?\*/|//[^\n]*"
    return plain(re.sub(comment, "", text, flags=re.DOTALL))


@functools.cache
def bare(name, text):
    """Returns the lines of a file's code as they are compared."""
    return [line.lstrip() for line in code(name, text)]


@functools.cache
def differences(name, ours, theirs):
    """Returns how many lines of a file's code are not as in the book's, or are missing, and how many
    lines at all."""
    return tuple(sum(max(len(old), len(new)) for old, new in changed(lines_of(theirs), lines_of(ours)))
                 for lines_of in (functools.partial(code, name), plain))


@functools.cache
def is_own(name, ours, theirs):
    """Has a file so little in common with the book's that it is the reader's own?"""
    count, _ = differences(name, ours, theirs)
    return count > 1 and 3 * count > len(code(name, ours))


def other_files(ours, state):
    """Returns how many files of a kernel are not those of a State, and how many it lacks."""
    return (sum(name not in state.files or text != state.files[name]
                and bare(name, text) != bare(name, state.files[name]) for name, text in ours.items()),
            len(set(state.files) - set(ours)))


def distance(ours, state):
    """Returns how far the lines of a kernel are from those of a State: how many files are the reader's
    own, how many lines of code differ in the others, is it the middle of a step, and how many
    lines differ at all."""
    pairs = [(name, text, state.files.get(name, "")) for name, text in ours.items()]
    found = {pair: differences(*pair) for pair in pairs if pair[1] != pair[2]}
    own = [pair for pair in found if is_own(*pair)]
    return (len(own), sum(count for pair, (count, _) in found.items() if pair not in own),
            state.following is not None, *map(sum, zip(*found.values())))


def nearest(ours, known):
    """Returns the State that a kernel is nearest to. Of several that are as near, it is the last.
    To compare lines takes long: this is left for those that have the fewest other files."""
    others = [other_files(ours, state) for state in known]
    fewest = min(others)
    candidates = [state for state, found in zip(known, others) if found == fewest]
    return min(reversed(candidates), key=functools.partial(distance, ours))


def same_as(at, known):
    """Returns the States at the end of a step that are like one: a step may leave all as it was. In the
    middle of a step, there is only that one."""
    return [at] if at.following else [state for state in known if state.chapter == at.chapter
                                      and state.files == at.files and not state.following]


def remark(*folders):
    """Returns a line if a few lines of a kernel's code are not as in the book; None if all are.
    Files that the book does not have, or that are quite different there, do not count."""
    ours = sources(*folders)
    if not ours:
        return None
    known = list(states(of_actions=True))
    at = nearest(ours, known)
    pairs = [(name, ours[name], at.files[name]) for name in sorted(set(ours) & set(at.files))]
    counts = {pair[0]: differences(*pair)[0] for pair in pairs if not is_own(*pair)}
    names = [name for name, count in counts.items() if count]
    lines = sum(counts.values())
    if not set(at.files) <= set(ours) or not 0 < lines <= A_FEW:
        return None
    files = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    first, *others = (state.step for state in same_as(at, known))
    steps = f"steps {first} to {others[-1]}" if others else f"step {first}"
    return (f"In {files}, {lines} line{'s differ' if lines > 1 else ' differs'} from {steps} of "
            f"chapter {at.chapter}: make where shows {'them' if lines > 1 else 'it'}.")


def where(*folders):
    """Returns lines about the step that a kernel is at."""
    ours = sources(*folders)
    if not ours:
        return ["There is no kernel here yet: step 1 of chapter 1 begins it."]
    known = list(states(of_actions=True))
    at = nearest(ours, known)
    files = at.files
    same = [f'{state.step}, "{state.title}"' for state in same_as(at, known)]
    lines = [f"This is the kernel of chapter {at.chapter} " + (
        f'in the middle of step {at.step}, "{at.title}", whose next change is to {at.following}'
        if at.following else f"after step {' or '.join(same)}")]
    differences = []
    for name in sorted(set(files) - set(ours)):
        named = next((path.name for path in folders[0].iterdir() if path.name not in files
                      and path.name.lower() in (name.lower(), f"{name.lower()}.txt")), None)
        differences.append(f"{named} should have the name {name}." if named else
                           f"{name} is missing.")
    in_the_book = {name for state in known for name in state.files}
    differences += [f"{name} does not belong to this step." if name in in_the_book else
                    f"{name} is not in the book." for name in sorted(set(ours) - set(files))
                    if not any(line.startswith(f"{name} should") for line in differences)]
    differences += [f"{name}: only comments differ." for name in sorted(set(ours) & set(files))
                    if plain(ours[name]) != plain(files[name])
                    and code(name, ours[name]) == code(name, files[name])]
    # Comments, empty lines, blanks at the ends of lines, and tabs are no difference.
    for name in sorted(set(ours) & set(files)):
        groups = list(changes(code(name, files[name]), code(name, ours[name])))
        differences += [f"--- {name} in the book", f"+++ {name} here"] if groups else []
        for tag, old, new in itertools.chain(*groups):
            differences += [f" {line}" for line in new] if tag == "equal" else [
                *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    if not differences:
        return [f"{lines[0]}."]
    return [f"{lines[0]}, but for this:", *differences]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["write", "check", "where", "remark"])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--chapter", type=int)
    parser.add_argument("--step")
    options = parser.parse_args()
    try:
        if options.verb == "where":
            print("\n".join(where(*options.folder)))
            return 0
        if options.verb == "remark":
            if line := remark(*options.folder):
                print(line)
            return 0
        files = after(options.chapter, options.step)
        if options.verb == "write":
            for name, text in files.items():
                (options.folder[0] / name).write_text(text)
        return 0
    except StepError as error:
        print(f"steps: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
