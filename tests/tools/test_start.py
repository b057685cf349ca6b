"""A project of one's own, by `make start`, and the editor that it is opened in."""
import json
import os
import shutil

import pytest

import course
from course import ROOT, one_line


def test_start_makes_a_project_that_stands_alone(copy, empty_folder):
    target = empty_folder / "my kernel"
    copy.make("04-intrinsics", "start", f"DIR={target}")
    shutil.rmtree(copy.folder)
    assert {path.name for path in target.glob("*.[ch]")} >= \
        {"kernel.c", "multiboot2.c", "vga.c", "memory.c", "memory.h"}
    output = course.run("make", "--no-print-directory", "-C", target,
                        "test").stdout
    assert "10 passed, 0 failed" in output
    output = course.run("make", "-C", target, "files").stdout
    assert "vga.c" in output


def test_editors_are_told_how_each_file_is_compiled(copy):
    copy.make("04-intrinsics")
    listed = json.loads(copy.make("04-intrinsics", "-s", "compile-commands",
                                  "DEMO=smash").stdout)
    [demo] = listed
    assert demo["file"].endswith("/04-intrinsics/demos/smash/demo.c")
    listed = json.loads(copy.make("04-intrinsics", "-s", "compile-commands").stdout)
    assert {os.path.basename(entry["file"]) for entry in listed} == {
        path.name for path in (copy.folder / "chapters/04-intrinsics").glob("*.c")}
    for entry in [demo, *listed]:
        course.run("sh", "-c", f"{entry['command']} -fsyntax-only",
                   cwd=entry["directory"])


@pytest.mark.needs_all
def test_clangd_finds_all_that_a_file_includes(empty_folder):
    """In the course, and in a copy; and it would notice."""
    target = empty_folder / "mine"
    course.make("chapters/04-intrinsics", "start", f"DIR={target}")
    for path in (ROOT / "chapters/01-freestanding/kernel.c",
                 ROOT / "chapters/03-vga/demos/panic/demo.c",
                 ROOT / "chapters/04-intrinsics/kernel.c", ROOT / "chapters/03-vga/vga.h",
                 target / "memory.c", target / "demos/overflow/demo.c"):
        course.run(course.tool("clangd"), f"--check={path}", cwd=path.parent)
    for name in ("launch.json", "tasks.json"):
        json.loads((target / ".vscode" / name).read_text())
    (target / "demos/overflow/demo.c").write_text("#include <nothing.h>\n")
    assert course.run(course.tool("clangd"), f"--check={target}/demos/overflow/demo.c",
                      cwd=target, check=False).returncode != 0


def test_a_project_has_the_demos_and_builds_each_variant_for_itself(copy, empty_folder):
    target = empty_folder / "mine"
    copy.make("04-intrinsics", "start", f"DIR={target}")
    for settings, build in (((), "build"), (("SANITIZE=undefined",), "build-undefined"),
                            (("DEMO=smash", "SANITIZE=stack"), "build-smash-stack"),
                            (("SANITIZE=undefined,stack",), "build-stack-undefined")):
        course.run("make", "-C", target, *settings)
        assert (target / build / "kernel.iso").exists()


def test_start_overwrites_nothing(copy, empty_folder):
    target = empty_folder / "mine"
    target.mkdir()
    (target / "kernel.c").write_text("mine")
    one_line(copy.make("02-boot", "start", f"DIR={target}", check=False),
             "exists already: choose another folder with DIR=")
    assert (target / "kernel.c").read_text() == "mine"
    assert list(target.iterdir()) == [target / "kernel.c"]


def test_a_read_only_course_says_how_to_go_on(copy, empty_folder):
    """Root may write everywhere: there, a file in the folder's place has to do."""
    if os.geteuid() == 0:
        for name in ("build", "work"):
            (copy.folder / name).touch()
    copy.folder.chmod(0o555)
    try:
        one_line(copy.make("02-boot", check=False), "The folder ../../build/02-boot cannot "
                 "be made", "make start DIR=~/kernel")
        one_line(copy.make("02-boot", "start", check=False),
                 "work/02-boot cannot be made: choose another folder with DIR=")
        copy.make("02-boot", "start", f"DIR={empty_folder}/mine")
    finally:
        copy.folder.chmod(0o755)
    assert "Hello World!" in course.run("make", "-C", empty_folder / "mine", "run").stdout


def test_start_without_a_folder_goes_to_work(copy):
    copy.make("01-freestanding", "start")
    assert (copy.folder / "work/01-freestanding/kernel.c").exists()
