"""A PATH for one test, with what it wants to be there and nothing else."""
import os

import course
from course import ROOT

# What a Debian without any of the course's packages still has.
BARE = ["sh", "awk", "basename", "cat", "cksum", "cmp", "cp", "cut", "dirname", "echo",
        "env", "expr", "find", "grep", "head", "id", "ls", "make",
        "mkdir", "mv", "printf", "rm", "sed", "sort", "tail", "touch", "tr",
        "uname", "wc", "apt-get"]
BUILDS = ["gcc", "ld", "as", "objcopy", "objdump", "nasm", "grub-mkrescue",
          "grub-file", "xorriso"]


class Path:
    """A folder that is the whole PATH."""

    def __init__(self, folder, programs):
        self.folder = folder
        folder.mkdir(parents=True)
        for program in programs:
            self.link(program)

    def link(self, program, name=None):
        """Offers a program of this machine, perhaps by another name."""
        (self.folder / (name or program)).symlink_to(course.which(program))

    def script(self, name, text):
        """Offers a program of our own, perhaps instead of the machine's."""
        path = self.folder / name
        path.unlink(missing_ok=True)  # a link: never write through it
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, *command, **options):
        environment = {"PATH": str(self.folder), "HOME": os.environ["HOME"],
                       "TOOLCHAIN": str(self.folder / "toolchain")}
        environment.update(options.pop("env", {}))
        return course.run(*command, env=environment, check=False, **options)

    def find(self, tool, **env):
        result = self.run("sh", ROOT / "common/host/tools.sh", "find", tool, env=env)
        return result.stdout.strip()

    def make(self, *arguments, **options):
        return self.run("make", "--no-print-directory", *arguments, **options)
