#!/usr/bin/env python3
"""hosts.py [--check] [--keep] HOST[:FOLDER,...] ... - types the README's commands on fresh
machines, and then runs the tests there, or only those in some folders.

A host is one of these:

  RELEASE       a release of Debian, such as bookworm, trixie or testing: a clean root,
                made by debootstrap, with Git and Make and nothing else
  RELEASE-used  a release that already has two GCCs, one of them with Ubuntu's
                defaults, clang, lld, a German locale, another time zone, and a user
                who is not root and keeps the course in a folder with a blank
  container     what the Containerfile makes, line by line

Each host gets a clone of this checkout. When a command has ended, one line says how it
went; its whole output is in build/hosts/HOST.log. The last line counts the tests of all
hosts; a command without tests counts as one. --check only says whether clean roots can
be made here. --keep leaves them where they are.

root.py makes the roots. The cross compiler is kept where it keeps its downloads.
"""
import argparse
import collections
import contextlib
import json
import multiprocessing
import re
import resource
import shutil
import signal
import sys
import time

from root import CACHE, CHECKOUT, Root, RootError, obstacle, output

CONTAINERFILE = CHECKOUT / "Containerfile"
# Where the cross compiler is built, and the slow tests run: the one system that has
# packages of the compiler's sources.
WITH_TOOLCHAIN = "bookworm"
ENDS_IN_TESTS = re.compile(r" test(-all)?( PYTESTFLAGS=.*)?$")
# Why a test may be skipped. For any other reason, it counts as failed.
EXPECTED_SKIPS = re.compile("make toolchain has not built the cross compiler|"
                            "only Debian 12 has packages of the compiler's sources")

# What a used machine has: an older GCC than its release's own, and these packages.
OLDER_GCC = {"bookworm": "gcc-11", "trixie": "gcc-13", "testing": "gcc-14"}
USED_PACKAGES = ["clang", "gcc", "lld", "locales", "sudo", "tzdata", "wget"]
USER = "student"
# Ubuntu's GCC has these flags by default (its manual page gcc(1), "NOTE: In Ubuntu").
UBUNTU_GCC = """#!/bin/sh
fortify=
for flag; do case $flag in -O0) fortify= ;; -O*) fortify=-D_FORTIFY_SOURCE=3 ;; esac; done
exec /usr/bin/gcc $fortify -fstack-protector-strong -fstack-clash-protection \\
    -fcf-protection -Wformat -Wformat-security -Wl,-z,relro,-z,now "$@"
"""

Result = collections.namedtuple("Result", "passed failed skipped")


# ---- the hosts ----

class Host(Root):
    """A clean release with Git, Make and a clone of this checkout."""

    course = "/root/course"
    tested = ()  # the folders whose tests are run: all of them

    def make(self):
        super().make()
        self.install("git", "make")
        self.clone()

    def clone(self):
        """Clones this checkout into the root."""
        self.here("git", "clone", "-q", "--no-hardlinks", CHECKOUT,
                  f"{self.root}{self.course}")

    def type(self, command):
        """Types a command in the course's folder; returns its status."""
        return self.run(["sh", "-c", f'cd "{self.course}" && {command}'])

    def commands(self):
        """Returns what is typed there."""
        folders = f" PYTESTFLAGS='{' '.join(self.tested)}'" if self.tested else ""
        return ["make setup run", "make setup-all", f"make test{folders}"]


class ToolchainHost(Host):
    """A clean release on which every test runs, including the cross compiler's."""

    binds = {**Root.binds, CACHE: "/var/cache/bare-metal-c"}

    def commands(self):
        # The compiler needs libraries that `make setup` does not install.
        kept = "TOOLCHAIN=/var/cache/bare-metal-c/toolchain"
        return ["make setup run", f"{kept} make setup-toolchain toolchain",
                "make setup-all", f"{kept} make test-all"]


class UsedHost(Host):
    """A release that already has other tools, another language, and a user."""

    course = f"/home/{USER}/my course"

    def make(self):
        Root.make(self)
        self.install("git", "make", OLDER_GCC[self.release], *USED_PACKAGES)
        gcc = self.root / "usr/local/bin/gcc"
        gcc.write_text(UBUNTU_GCC)
        gcc.chmod(0o755)
        self.prepare(f"echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen && locale-gen && "
                     f"useradd --create-home --shell /bin/bash {USER} && "
                     f"echo '{USER} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{USER}")
        self.clone()
        self.prepare(f"chown -R {USER}: /home/{USER}")

    def type(self, command):
        return self.run(
            ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "sh", "-c",
             f'umask 077 && cd "{self.course}" && {command}'],
            HOME=f"/home/{USER}", LANG="de_DE.UTF-8", TZ="Asia/Kolkata")


class Container(Host):
    """What the Containerfile makes. We follow its instructions ourselves, because not
    every machine has Podman or Docker."""

    def make(self):
        Root.make(self)
        self._environment = {}
        for instruction, rest in instructions():
            if instruction == "ENV":
                self._environment.update([rest.split("=", 1)])
            elif instruction == "RUN":
                self.prepare(rest, **self._environment)
            elif instruction == "COPY":
                source, target = rest.split()
                shutil.copytree(CHECKOUT / source, f"{self.root}{target}")
            elif instruction == "WORKDIR":
                self.course = rest
            elif instruction == "CMD":
                self.prepare(f"command -v {json.loads(rest)[0]}")
            elif instruction != "FROM":
                raise RootError(f"Containerfile: {instruction} is unknown here")
        self.clone()
        self.prepare(f"git config --global --add safe.directory {self.course}")

    def type(self, command):
        """In a terminal, as `podman run -it` gives one."""
        return self.run(["script", "-qec", f'cd "{self.course}" && {command}', "/dev/null"],
                        **self._environment)

    def commands(self):
        return ["make run"]


def instructions():
    """Returns (instruction, the rest of its line) of the Containerfile's lines."""
    lines = CONTAINERFILE.read_text().replace("\\\n", " ").splitlines()
    return [line.split(" ", 1) for line in lines if line and line[0] != "#"]


def host(name, keep):
    """Returns the Host of a name; raises RootError if there is none of that name."""
    release, _, kind = name.partition("-")
    if name == "container":
        image = dict(instructions())["FROM"]
        return Container(name, re.search(r"debian:(\w+)", image)[1], keep)
    if kind == "used" and release in OLDER_GCC:
        return UsedHost(name, release, keep)
    if kind:
        raise RootError("a host is a release of Debian, such as trixie, one of "
                        + ", ".join(f"{release}-used" for release in OLDER_GCC)
                        + ", or container")
    return (ToolchainHost if name == WITH_TOOLCHAIN else Host)(name, release, keep)


# ---- how it goes ----

def counted(text):
    """Returns the Result in pytest's last line, or None if there is none."""
    lines = re.findall(r"^=*\s*((?:\d+ \w+,? )+)in [\d.]+s", text, re.MULTILINE)
    if not lines:
        return None
    counts = collections.Counter(
        {kind: int(number) for number, kind in re.findall(r"(\d+) (\w+)", lines[-1])})
    return Result(counts["passed"], counts["failed"] + counts["errors"] + counts["error"],
                  counts["skipped"])


def cpu_time():
    """Returns the seconds of processors' time that the processes started here have taken."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def try_command(machine, command):
    """Types a command on a host, prints how it went, and returns the Result."""
    start, used = time.monotonic(), cpu_time()
    before = machine.log_path.stat().st_size
    machine.log.write(f"\n$ {command}\n")
    machine.log.flush()
    status = machine.type(command)
    with open(machine.log_path, encoding="utf-8", errors="replace") as file:
        file.seek(before)
        said = file.read()
    tests = counted(said)
    result, complaints = Result(int(status == 0), int(status != 0), 0), []
    if not tests and ENDS_IN_TESTS.search(command):
        complaints = ["the tests have not run to their end", *said.splitlines()[-30:]]
        result = Result(0, 1, 0)
    if tests:
        surprises = [line for line in re.findall(r"^SKIPPED .*$", said, re.MULTILINE)
                     if not EXPECTED_SKIPS.search(line)]
        # The summary names a test that fails; why it does stands in its traceback.
        complaints = surprises + re.findall(r"^(?:_{3,} .* _{3,}|E  .*)$", said,
                                            re.MULTILINE)[-100:]
        complaints += re.findall(r"^(?:FAILED|ERROR) .*$", said, re.MULTILINE)
        result = tests._replace(failed=max(tests.failed + len(surprises), status != 0))
    counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped, "
    print(f"{machine.name}: {command}: {'ok' if status == 0 else f'status {status}'}, "
          f"{counts if tests else ''}{time.monotonic() - start:.0f} s "
          f"(processors: {cpu_time() - used:.0f} s)", flush=True)
    if result.failed:
        print("\n".join(complaints or said.splitlines()[-30:]))
        print(f"{machine.name}: all that was said is in {machine.log_path}", flush=True)
    return result


def try_host(wanted, keep, prepared, tests, results):
    """Makes a host, types its commands there, and puts the sum of their Results into a queue.

    wanted: HOST[:FOLDER,...]. prepared: an Event, set when only tests are left to be run.
    tests: a Lock, held while they run."""
    found = []
    name, _, folders = wanted.partition(":")
    try:
        with host(name, keep) as machine:
            machine.tested = folders.split(",") if folders else ()
            machine.make()
            for command in machine.commands():
                if not ENDS_IN_TESTS.search(command):
                    found.append(try_command(machine, command))
                    continue
                prepared.set()
                with tests:
                    found.append(try_command(machine, command))
    except RootError as error:
        print(f"{name}: {error}", flush=True)
        found.append(Result(0, 1, 0))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        prepared.set()
    results.put(Result(*map(sum, zip(*found))))


def try_hosts(names, keep):
    """Tries hosts, and returns the sum of their Results. A host is prepared while others
    are tested: most of that keeps one processor busy. Tests never run beside tests."""
    tests, results, started = multiprocessing.Lock(), multiprocessing.Queue(), []
    try:
        for name in names:
            prepared = multiprocessing.Event()
            started.append(multiprocessing.Process(
                target=try_host, args=(name, keep, prepared, tests, results)))
            started[-1].start()
            while started[-1].is_alive() and not prepared.wait(1):
                pass
        for process in started:
            process.join()
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join()
    lost = sum(process.exitcode != 0 for process in started)
    return Result(*map(sum, zip(Result(0, lost, 0),
                                *(results.get() for _ in range(len(started) - lost)))))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("hosts", nargs="*", metavar="HOST")
    options = parser.parse_args()
    if not options.check and not options.hosts:
        parser.error("name a host, such as trixie")
    problem = obstacle()
    if problem:
        print(f"hosts: no clean roots can be made here: {problem}", file=sys.stderr)
        return 1
    if options.check:
        return 0
    if output("git", "-C", CHECKOUT, "status", "--porcelain"):
        print("hosts: what is not committed is left out", flush=True)
    total = try_hosts(options.hosts, options.keep)
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
