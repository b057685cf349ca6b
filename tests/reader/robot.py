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
    """A reader with a copy of a part of the course."""

    def __init__(self, folder, project, is_there):
        """The reader's own files will be in the folder `project` of their home. is_there: does
        the copy have this file? All its folders of chapters are there."""
        self.folder = folder
        self.problems = []
        self.here = folder / "course"
        self.project = folder / "home" / project
        self.project.parent.mkdir()
        for name in map(Path, course.sources()):
            if name.parts[0] == "chapters":
                (self.here / "chapters" / name.parts[1]).mkdir(parents=True, exist_ok=True)
            if is_there(name):
                (self.here / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.here / name)

    def do(self, action):
        """Does an action of a step."""
        if action["kind"] == "run":
            if not action.get("only") or is_for_this_machine(action["only"]):
                self.run(action["text"])
            return
        file = action["file"]
        path = self.project / file
        files = {file: path.read_text()} if path.exists() else {}
        steps.do(files, action)
        if file in files:
            path.write_text(files[file])
        else:
            path.unlink()

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

    def read(self, actions):
        """Does what a page says; returns what is wrong with it."""
        self.problems = []
        try:
            for action in actions:
                self.do(action)
        except steps.StepError as error:
            self.problems.append(str(error))
        return self.problems

    def sources(self):
        """Returns the files that it has typed or taken."""
        return steps.sources(self.project)


def reader_of_a_chapter(folder, chapter):
    """Returns a Robot whose copy of the course has no chapters, only the build and the tools,
    with the kernel of the chapter before, as its pages have made it."""
    robot = Robot(folder, "kernel", lambda name: name.parts[0] in ("Makefile", "common"))
    if chapter > 1:
        course.run(*MAKE, robot.here, "start", f"CHAPTER={chapter - 1}", f"DIR={robot.project}")
    return robot
