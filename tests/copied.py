"""A copy of the course's sources, for tests that change them."""
import shutil

import course
from course import ROOT


def copy_to(folder):
    for name in ("chapters", "common"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "Makefile", folder)
    return Copy(folder)


class Copy:
    """A copy of the course's sources."""

    def __init__(self, folder):
        self.folder = folder

    def make(self, chapter, *arguments, **options):
        return course.run("make", "--no-print-directory", "-C",
                          self.folder / "chapters" / chapter, *arguments,
                          **options)

    def build(self, chapter):
        return self.folder / "build" / chapter

    def files(self):
        return {str(path.relative_to(self.folder))
                for path in self.folder.rglob("*") if path.is_file()}
