"""Options for the tests: pytest --chapter 03-vga runs those of one chapter."""
import sys
from pathlib import Path

import pytest

import course

sys.dont_write_bytecode = True
# pytest makes its own folder in there, but not this one.
course.BUILDS.mkdir(parents=True, exist_ok=True)


def pytest_addoption(parser):
    parser.addoption("--chapter", choices=course.CHAPTERS,
                     help="run only the tests that boot this chapter's kernel, "
                     "as it is built by default")


def pytest_collection_modifyitems(config, items):
    """--chapter keeps the tests with that parameter `chapter`, and of them
    those that need no more than `make setup` installs. The longest tests begin
    first, so that no process has to wait for another's at the end."""
    items.sort(key=lambda item: item.path.name != "test_transcripts.py")
    chapter = config.getoption("--chapter")
    if not chapter:
        return
    kept = [item for item in items
            if getattr(item, "callspec", None)
            and item.callspec.params.get("chapter") == chapter
            and item.callspec.params.get("way", "cdrom") == "cdrom"
            and item.callspec.params.get("variant", "default") == "default"]
    config.hook.pytest_deselected(
        items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture
def empty_folder(tmp_path_factory):
    """A new folder, under build/ as everything that is generated."""
    return Path(tmp_path_factory.mktemp("folder"))
