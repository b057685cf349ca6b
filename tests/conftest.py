"""Options for the tests: pytest --chapter 03-vga runs those of one chapter."""
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

import course
from copied import copy_to

# The modules whose tests take longest.
LONGEST = ["test_transcripts.py", "test_printed.py", "test_browser.py", "test_memory.py",
           "test_fortify.py"]

sys.dont_write_bytecode = True
# pytest makes its own folder in there, but not this one.
course.BUILDS.mkdir(parents=True, exist_ok=True)

# How many slow cases are left out.
SLOW = pytest.StashKey()


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # pytest-xdist's processes take over the environment
        course.compile_once()
    for marker in ("slow: a case that `make test` leaves out, and `make test-all` does not",
                   "needs_all: needs more than `make setup` installs",
                   "xdist_group: run by one process of pytest-xdist, if that is there"):
        config.addinivalue_line("markers", marker)


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true",
                     help="run the slow cases of each matrix, too")
    parser.addoption("--chapter", choices=course.CHAPTERS,
                     help="run only the tests that boot this chapter's kernel, "
                     "as it is built by default")


def pytest_collection_modifyitems(config, items):
    """--chapter keeps the tests with that parameter `chapter`, and of them
    those that need no more than `make setup` installs. The longest tests begin
    first, so that no process has to wait for another's at the end."""
    items.sort(key=lambda item: (*LONGEST, item.path.name).index(item.path.name))
    if not config.getoption("--all"):
        fast = [item for item in items if not item.get_closest_marker("slow")]
        config.stash[SLOW] = len(items) - len(fast)
        if hasattr(config, "workeroutput"):
            config.workeroutput["slow"] = config.stash[SLOW]
        keep(config, items, fast)
    chapter = config.getoption("--chapter")
    if not chapter:
        return
    keep(config, items, [
        item for item in items
        if getattr(item, "callspec", None)
        and item.callspec.params.get("chapter") == chapter
        and not item.get_closest_marker("needs_all")
        and item.callspec.params.get("way", "cdrom") == "cdrom"
        and item.callspec.params.get("variant", "default") == "default"])


def keep(config, items, kept):
    """Leaves out all tests but those that are kept."""
    out = [item for item in items if item not in kept]
    if out:
        config.hook.pytest_deselected(items=out)
    items[:] = kept


def pytest_sessionfinish():
    shutil.rmtree(course.PROJECTS, ignore_errors=True)


def pytest_terminal_summary(terminalreporter, config):
    """Says what has not been tested, and why; pytest itself says it of skipped tests."""
    reports = [report for kind in ("passed", "failed")
               for report in terminalreporter.stats.get(kind, [])]
    left_out = [text for report in reports for name, text in report.user_properties
                if name == "left out"]
    if left_out:
        terminalreporter.section("transcripts of other versions")
        terminalreporter.write_line("\n".join(left_out))
    for line in [text for report in reports for name, text in report.user_properties
                 if name == "built"]:
        terminalreporter.write_line(f"The robot reader builds {line}")
    if config.stash.get(SLOW, 0) and not config.getoption("--chapter"):
        terminalreporter.write_line(f"{config.stash[SLOW]} slow cases are left out: "
                                    "make test-all runs them, too")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Takes over what a process of pytest-xdist has counted: all count the same."""
    node.config.stash[SLOW] = getattr(node, "workeroutput", {}).get("slow", 0)


@pytest.fixture
def empty_folder(tmp_path_factory):
    """A new folder, under build/ as everything that is generated."""
    return Path(tmp_path_factory.mktemp("folder"))


@pytest.fixture
def plain_folder(empty_folder):
    """A new folder without a blank in its name, for programs that cannot handle one."""
    if " " not in str(empty_folder):
        yield empty_folder
    else:
        with tempfile.TemporaryDirectory(prefix="bare-metal-c-") as name:
            yield Path(name)


@pytest.fixture
def copy(empty_folder):
    """A Copy of the sources in a fresh folder."""
    return copy_to(empty_folder / "copy")
