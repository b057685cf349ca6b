"""A robot that knows only the pages builds the kernels, and gets the chapters' sources."""
import copy
import json
import re
from pathlib import Path

import pytest

import course
from course import MAKE, ROOT
from robot import Robot, reader_of_a_chapter, steps

CHAPTERS = steps.chapters()
# The part of a kernel's lines that is typed, not taken.
LEAST_TYPED = 0.7


def of_chapter(number):
    """Returns the files of a chapter's complete kernel: {name: text}."""
    folder = ROOT / "chapters" / CHAPTERS[number]["name"]
    listed = course.run(*MAKE, folder, "files").stdout.splitlines()
    found = {}
    for line in listed[1:-1]:
        _, name, chapter = line.split()
        found[name] = (ROOT / "chapters" / chapter / name).read_text()
    return found


# A robot takes up to 2 minutes, so the fast one stands for all. That each step builds without a
# warning is tested for all chapters.
@pytest.mark.parametrize("number", course.cases([1], CHAPTERS))
def test_the_robot_builds_a_chapter_from_its_page(number, empty_folder, record_property):
    robot = reader_of_a_chapter(empty_folder, number)
    for step in CHAPTERS[number]["steps"]:
        problems = robot.read(step["actions"])
        assert not problems, f"step {step['number']}:\n" + "\n".join(problems)
    assert robot.sources() == of_chapter(number)
    record_property("built", f"{len(CHAPTERS)} of {len(list(ROOT.glob('chapters/*')))} chapters")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_step_ends_with_a_kernel_that_builds_without_a_warning(chapter, empty_folder):
    """In one folder, in which only what a step changes is built anew."""
    folder, before = empty_folder / "kernel", {}
    course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}")
    for number, step, title, files, _ in steps.states():
        if number != chapter:
            continue
        for name in before.keys() - files.keys():
            (folder / name).unlink()
        for name, text in files.items():
            if before.get(name) != text:
                (folder / name).write_text(text)
        before = files
        said = course.run("make", "-C", folder, "build/kernel.elf", "WERROR=1").stdout
        assert "warning" not in said, (number, step)
        assert re.fullmatch(rf"This is the kernel of chapter {number} after step .*\b{step}, "
                            rf"\"{re.escape(title)}\".*\.", steps.where(folder)[0])


@pytest.mark.parametrize("chapter, step", course.cases(
    [(1, 1), (4, 12)], [(chapter, step) for chapter, step, *_ in steps.states()]))
def test_a_kernel_is_written_as_it_is_after_a_step(chapter, step, empty_folder):
    folder = empty_folder / "kernel"
    course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}", f"CHAPTER={chapter}",
               f"STEP={step}")
    assert steps.sources(folder) == steps.after(chapter, step)
    assert re.fullmatch(rf"This is the kernel of chapter {chapter} after step .*\b{step}, .*\.\n",
                        course.run(*MAKE, folder, "where").stdout)


def test_most_lines_are_typed():
    for number, chapter in CHAPTERS.items():
        taken = {action["file"] for step in chapter["steps"] for action in step["actions"]
                 if action["kind"] == "take"}
        files = of_chapter(number)
        lines = {name: text.count("\n") for name, text in files.items()}
        typed = sum(count for name, count in lines.items() if name not in taken)
        assert typed >= LEAST_TYPED * sum(lines.values()), number


def test_a_line_that_a_page_drops_is_noticed(empty_folder):
    """The robot's own test: without one line of one listing, it does not get through."""
    chapter = copy.deepcopy(CHAPTERS[1])
    action = next(action for action in chapter["steps"][0]["actions"]
                  if action.get("file") == "linker.ld")
    action["text"] = action["text"].replace("    . = 1M;\n", "")
    robot = reader_of_a_chapter(empty_folder, 1)
    assert any(robot.read(step["actions"]) for step in chapter["steps"]) or \
        robot.sources() != of_chapter(1)


@pytest.mark.needs_all
def test_the_robot_builds_the_loader_from_its_page(empty_folder):
    """Its copy of the course lacks the files that the page has it type."""
    written = Path("chapters/02-boot/loader/steps")
    project = json.loads((course.book("html") / "projects.json").read_text())["~/loader"]
    robot = Robot(empty_folder, "loader", lambda name: name.parent != written)
    for part in ("steps", "then"):
        problems = robot.read(project[part])
        assert not problems, "\n".join(problems)
        if part == "steps":
            assert robot.sources() == {path.name: path.read_text()
                                       for path in (ROOT / written).iterdir()}


@pytest.mark.needs_all
def test_the_steps_are_those_of_the_pages():
    assert json.loads((course.book("html") / "steps.json").read_text()) == \
        json.loads(steps.STEPS.read_text()), "common/steps/steps.json is old: make steps"


@pytest.mark.parametrize("where, wanted", [
    ({}, "new\n"),
    ({"after": "two"}, "one\ntwo\nnew\nthree\n"),
    ({"before": "two"}, "one\nnew\ntwo\nthree\n"),
    ({"instead": "two"}, "one\nnew\nthree\n"),
    ({"from": "one", "to": "two"}, "new\nthree\n"),
    ({"at": "the end"}, "one\ntwo\nthree\nnew\n"),
    ({"after": "four"}, 'a.c has no line with "four"'),
    ({"after": "e"}, 'a.c has 2 lines with "e"'),
    ({"from": "three", "to": "two"}, 'a.c has no line with "two"'),
])
def test_code_goes_to_its_place(where, wanted):
    files = {"a.c": "one\ntwo\nthree\n"}
    try:
        steps.do(files, {"kind": "type", "file": "a.c", "text": "new\n", **where})
    except steps.StepError as error:
        files["a.c"] = str(error)
    assert files["a.c"] == wanted


def test_a_file_that_is_taken_or_removed():
    files = {"a.c": "one\ntwo\n"}
    steps.do(files, {"kind": "take", "file": "b.c", "text": "taken\n"})
    steps.do(files, {"kind": "remove", "file": "a.c", "from": "one", "to": "one"})
    assert files == {"a.c": "two\n", "b.c": "taken\n"}
    steps.do(files, {"kind": "remove", "file": "a.c"})
    assert files == {"b.c": "taken\n"}
    with pytest.raises(steps.StepError, match="there is no a.c to change"):
        steps.do(files, {"kind": "type", "file": "a.c", "text": "new\n", "after": "two"})


def test_where_says_what_differs(empty_folder):
    folder = empty_folder / "kernel"
    course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}")
    assert course.run(*MAKE, folder, "where").stdout == \
        "There is no kernel here yet: step 1 of chapter 1 begins it.\n"
    for name, text in steps.after(1, 4).items():
        (folder / name).write_text(text.replace("0x0A4B", "0x0A4C"))
    said = course.run(*MAKE, folder, "where").stdout
    assert said.startswith("This is the kernel of chapter 1 after step 4, "
                           "\"Names for the numbers\", but for this:\n")
    assert "\n-    SCREEN[1] = 0x0A4B;\n+    SCREEN[1] = 0x0A4C;\n" in said
    (folder / "kernel.c").write_text(re.sub(r"/\*.*?\*/", "", (folder / "kernel.c").read_text(),
                                            flags=re.DOTALL))
    assert course.run(*MAKE, folder, "where").stdout == said


@pytest.mark.parametrize("change, line", [
    (lambda files: files.update({"kernel.c": re.sub(r"/\*.*?\*/", "", files["kernel.c"],
                                                    flags=re.DOTALL)}),
     "kernel.c: only comments differ."),
    (lambda files: files.update({"kernel.c": files["kernel.c"].replace("    ", "\t")
                                 .replace(";\n", ";  \n")}), None),
    (lambda files: files.pop("linker.ld"), "linker.ld is missing."),
    (lambda files: files.update({"Cpu.h": files.pop("cpu.h")}), "Cpu.h should have the name cpu.h."),
    (lambda files: files.update({"linker.ld.txt": files.pop("linker.ld")}),
     "linker.ld.txt should have the name linker.ld."),
    (lambda files: files.update({"more.c": "int more;\n"}), "more.c is not in the book."),
    (lambda files: files.update({".#kernel.c": "int more;\n"}), None),
], ids=["comments", "blanks", "missing", "case", "txt", "more", "hidden"])
def test_where_names_what_is_the_matter(change, line, tmp_path):
    files = steps.after(1, None)
    change(files)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder.c").mkdir()
    first, *others = steps.where(tmp_path)
    assert re.match('This is the kernel of chapter 1 after step .*\\b8, "From a file to a disk"', first)
    assert others == ([line] if line else [])


@pytest.mark.parametrize("change, line", [
    ([("uart.h", "0x03", "0x02")], "In uart.h, 1 line differs from step 11 of chapter 3: make where shows it."),
    ([("vga.c", "TAB_WIDTH = 8", "TAB_WIDTH = 4"), ("vga.c", "row\\+\\+", "row--"), ("kprintf.c", "10", "11"),
      ("linker.ld", "1M", "2M")],
     r"In kprintf.c, linker.ld and vga.c, \d lines differ from step 11 of chapter 3: make where shows them."),
    # A missing line counts as well.
    ([("console.c", r"    framebuffer_init\(.*\n", "")],
     r"In console.c, 1 line differs from step 11 of chapter 3: make where shows it."),
    ([], None),
    ([("vga.c", "    ", "\t"), ("vga.c", "/\\*.*?\\*/", "")], None),
    ([("vga.c", ";", ";;")], None),
    ([("linker.ld", "$(?![^$])", "/* mine */\n")], None),
], ids=["a number", "several files", "a missing line", "none", "blanks and comments", "many", "a comment"])
def test_a_few_lines_that_differ_are_mentioned(change, line, tmp_path):
    files = steps.after(3, 11)
    for name, old, new in change:
        assert re.search(old, files[name])
        files[name] = re.sub(old, new, files[name])
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    said = steps.remark(tmp_path)
    assert re.fullmatch(line, said) if line else said is None
    # A file of the reader's own does not count; without one of the book's, nothing is said.
    (tmp_path / "more.c").touch()
    assert steps.remark(tmp_path) == said
    (tmp_path / "cpu.h").unlink()
    assert steps.remark(tmp_path) is None


@pytest.mark.parametrize("chapter", course.CHAPTERS)
def test_a_chapters_folders_are_at_its_end(chapter):
    """Without a remark: the folders of its layers, together, are the book's."""
    layers = [ROOT / "chapters" / name for name in course.run(*MAKE, ROOT / "chapters" / chapter, "layers").stdout.split()]
    assert steps.remark(*layers) is None
    assert re.fullmatch(rf"This is the kernel of chapter {int(chapter[:2])} after step [^:]*\.\n",
                        course.run(*MAKE, ROOT / "chapters" / chapter, "where").stdout)


def test_run_mentions_a_line_that_differs(empty_folder):
    folder = empty_folder / "kernel"
    course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}", "CHAPTER=1", "STEP=4")
    assert "make where" not in course.run(*MAKE, folder, "run").stdout
    source = folder / "kernel.c"
    source.write_text(source.read_text().replace("0x0A4B", "0x0AF4"))
    result = course.run(*MAKE, folder, "run", check=False)
    assert result.stdout.endswith("\nIn kernel.c, 1 line differs from step 4 of chapter 1: make where shows it.\n")


def test_where_knows_the_middle_of_a_step(tmp_path):
    ends = [state.files for state in steps.states()]
    middles = [state for state in steps.states(of_actions=True)
               if state[:2] == (2, 11) and state.following and state.files not in ends]
    assert len(middles) > 5
    for number, step, title, files, following in middles:
        folder = tmp_path / following / str(len(list(tmp_path.glob("*/*"))))
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        assert steps.where(folder) == [f'This is the kernel of chapter {number} in the middle of step {step}, '
                                       f'"{title}", whose next change is to {following}.']


@pytest.mark.parametrize("settings, line", [
    (["CHAPTER=1", "STEP=99"], "steps: chapter 1 has no step 99: STEP is one of 1 to 8"),
    (["CHAPTER=1", "STEP=x"], "steps: chapter 1 has no step x: STEP is one of 1 to 8"),
    (["CHAPTER=9"], "There is no chapter 9: choose one of "),
])
def test_a_step_that_is_not_there_is_one_line(settings, line, empty_folder):
    folder = empty_folder / "kernel"
    result = course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}", *settings,
                        check=False)
    assert result.returncode != 0 and line in result.stdout
    assert not folder.exists()


def test_a_chapter_that_is_not_in_steps_is_one_line(monkeypatch):
    monkeypatch.setattr(steps, "chapters", lambda: {1: CHAPTERS[1]})
    with pytest.raises(steps.StepError, match="chapter 4 is not in steps yet, only 1. Its whole "
                                              "kernel: make -C"):
        steps.after(4, None)


def test_where_goes_on_from_chapter_to_chapter(tmp_path, monkeypatch):
    """A step of the next chapter that leaves all as it was counts as that chapter's."""
    first = CHAPTERS[1]
    then = {"number": 2, "name": "then", "steps": [{"number": 1, "title": "Then", "actions": []}]}
    monkeypatch.setattr(steps, "chapters", lambda: {1: first, 2: then})
    for name, text in steps.after(1, None).items():
        (tmp_path / name).write_text(text)
    assert steps.where(tmp_path) == ['This is the kernel of chapter 2 after step 1, "Then".']


def test_a_folder_without_a_kernel_says_where_to_begin(empty_folder):
    folder = empty_folder / "kernel"
    assert course.run("make", "-s", "-C", ROOT, "start", f"DIR={folder}").stdout == \
        f"The build and the tools are in {folder}. The kernel is up to you.\n"
    assert not steps.sources(folder)
    result = course.run("make", "-C", folder, check=False)
    assert "There is no kernel here yet: step 1 of chapter 1 begins one." in result.stdout
