"""A reader that knows only what the pages show: it types each step, and runs each command."""
import os
import shutil
import sys
from pathlib import Path

import course
from course import MAKE, ROOT
from transcripts import commands, difference, is_for_this_machine, replay

sys.path.insert(0, str(ROOT / "common" / "steps"))
import steps  # noqa: E402  (needs the path above)


class Robot:
    """A reader with a copy of the course that has no chapters, only the build and the
    tools, and with the kernel of the chapter before, as its pages have made it."""

    def __init__(self, folder, chapter):
        self.folder = folder
        self.problems = []
        (folder / "home").mkdir()
        for name in map(Path, course.sources()):
            if name.parts[0] == "chapters":
                (folder / "course" / "chapters" / name.parts[1]).mkdir(parents=True, exist_ok=True)
            elif name.parts[0] in ("Makefile", "common"):
                (folder / "course" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / "course" / name)
        self.here = folder / "course"
        self.kernel = folder / "home" / "kernel"
        if chapter > 1:
            course.run(*MAKE, self.here, "start", f"CHAPTER={chapter - 1}", f"DIR={self.kernel}")

    def do(self, action):
        """Does an action of a step."""
        if action["kind"] == "run":
            if not action.get("only") or is_for_this_machine(action["only"]):
                self.run(action["text"])
            return
        file = action["file"]
        files = {file: (self.kernel / file).read_text()} if (self.kernel / file).exists() else {}
        steps.do(files, action)
        if file in files:
            (self.kernel / file).write_text(files[file])
        else:
            (self.kernel / file).unlink()

    def run(self, text):
        """Runs the commands of a transcript, and compares what they print."""
        for command, wanted in commands(text):
            if command.startswith("cd "):
                self.here = self.folder / "home" / os.path.relpath(command[3:], "~")
                continue
            status, output = replay(command, self.folder, self.here)
            if wanted is None and status != 0:
                self.problems.append(f"$ {command}\nfailed with status {status}:\n{output}")
            elif wanted is not None:
                missing = difference(wanted, output.rstrip().splitlines())
                if missing is not None:
                    self.problems.append(f"$ {command}\ndoes not print\n" + "\n".join(missing)
                                         + f"\nbut\n{output}")

    def read(self, step):
        """Does a step; returns what is wrong with it, and what is not as the step leaves it."""
        self.problems = []
        try:
            for action in step["actions"]:
                self.do(action)
        except steps.StepError as error:
            self.problems.append(str(error))
        return self.problems

    def sources(self):
        """Returns the files that it has typed or taken."""
        return steps.sources(self.kernel)
