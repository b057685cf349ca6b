"""Each transcript on a page is what its commands print.

A page's blocks of the language `console` are replayed in order, in a copy of the
course with a HOME of its own. docs/README.md explains how they are written.
"""
import re
import shutil

import pytest

import course
from course import PAGES, ROOT, page_name
from transcripts import LEFT_OUT, difference, is_for_this_machine, replay, steps


# Each takes a minute.
SLOW = ("when-it-breaks", "from-here", "setting-up")


@pytest.mark.parametrize("page", course.cases([page for page in PAGES if page.stem not in SLOW],
                                              PAGES), ids=page_name)
def test_transcripts_are_what_the_commands_print(page, empty_folder, record_property):
    text = page.read_text()
    if re.search(r"^<!-- (type|take): ", text, re.MULTILINE):
        return  # tests/reader does what this page says
    tried = [step for step in steps(text) if not LEFT_OUT.search(step[1])]
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
    (["gcc 1...     ok"], ["gcc 12.2  ok"], True),
    (["gcc 1...     ok"], ["gcc 12.2"], False),
    (["gcc     ..."], ["gcc 12.2"], False),
    (["..."], [], True),
])
def test_a_transcript_that_differs_is_noticed(wanted, printed, same):
    assert (difference(wanted, printed) is None) == same
