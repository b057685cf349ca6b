#!/usr/bin/env python3
"""hosts.py [--check] [--keep] HOST... - types the README's commands on fresh machines.

A host is one of these:

  RELEASE       a release of Debian, such as bookworm, trixie or testing: a clean root,
                made by debootstrap, with Git and Make and nothing else
  RELEASE-used  the same after somebody has worked on it: two GCCs, one of them with
                Ubuntu's defaults, clang, lld, a German locale, another time zone, and
                a user who is not root and keeps the course in a folder with a blank
  container     what the Containerfile makes, line by line

Each host gets a clone of this checkout. When a command has ended, one line says how it
went; its whole output is in build/hosts/HOST.log. The last line counts the tests of all
hosts; a command without tests counts as one. --check only says whether clean roots can
be made here. --keep leaves them where they are.

Downloads and the cross compiler are kept outside the checkout, in CACHE. A root takes
over this machine's network settings: the resolver's, apt's, npm's, and those in the
environment.
"""
import argparse
import collections
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"),
             "bare-metal-c")
LOGS = ROOT / "build" / "hosts"
CONTAINERFILE = ROOT / "Containerfile"
# Where the cross compiler is built, and the slow tests run: the one system that has
# packages of the compiler's sources.
WITH_TOOLCHAIN = "bookworm"
# Why a test may be skipped. For any other reason, it counts as failed.
EXPECTED_SKIPS = re.compile("make toolchain has not built the cross compiler|"
                            "only Debian 12 has packages of the compiler's sources")

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": "/root", "TERM": "xterm", "npm_config_cache": "/var/cache/npm"}
# What the environment says of the network; and its names for a file of certificates.
NETWORK = re.compile(r"(https?|ftp|no|all)_proxy|npm_config_\w+", re.IGNORECASE)
CERTIFICATES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
                "NODE_EXTRA_CA_CERTS", "npm_config_cafile")
BUNDLE = "/etc/ssl/machine-certificates.crt"

# What a used machine has besides a GCC older than its release's own.
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


class HostError(Exception):
    """A root cannot be made."""


def output(*command):
    """Returns what a command prints; nothing if it fails."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True,
                              stderr=subprocess.DEVNULL,
                              env=dict(os.environ, LC_ALL="C")).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def obstacle():
    """Returns why no clean root can be made on this machine, or None."""
    for tool in ("debootstrap", "unshare", "chroot", "git"):
        if not shutil.which(tool):
            return f"there is no {tool}: type make setup-hosts"
    if os.geteuid() != 0:
        return "only root can make them"
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"],
        stderr=subprocess.PIPE, text=True, check=False)
    if tried.returncode != 0:
        return f"nothing can be mounted: {tried.stderr.strip()}"
    return None


# ---- this machine's settings for the network ----

def mirror():
    """Returns the address from which this machine has Debian's packages, as a list; an
    empty one leaves it to debootstrap."""
    for line in output("apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)",
                       "Created-By: Packages").splitlines():
        origin, label, site = line.split(" ", 2)
        if (origin, label) == ("Debian", "Debian"):
            return [site]
    return []


def certificates():
    """Returns this machine's file of certificates, or None."""
    for path in (os.environ.get("SSL_CERT_FILE", ""), "/etc/ssl/certs/ca-certificates.crt"):
        if os.path.isfile(path):
            return path
    return None


def network():
    """Returns the part of the environment that a download may need."""
    found = {name: value for name, value in os.environ.items() if NETWORK.fullmatch(name)}
    for name, value in re.findall(r'^(registry|cafile|proxy|https-proxy|noproxy) = "(.*)"$',
                                  output("npm", "config", "list"), re.MULTILINE):
        found[f"npm_config_{name.replace('-', '_')}"] = value
    found.update((name, BUNDLE) for name in CERTIFICATES
                 if name in found or name in os.environ)
    return found


def settle(root):
    """Gives a new root this machine's settings."""
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    apt = [line for line in output("apt-config", "dump").splitlines()
           if line.startswith("Acquire::")]
    (root / "etc/apt/apt.conf.d/00machine").write_text("\n".join(apt) + "\n")
    if certificates():
        (root / "etc/ssl").mkdir(exist_ok=True)
        shutil.copy(certificates(), root / BUNDLE[1:])


# ---- a root ----

class Host:
    """A clean root of a release, with the course in it; use it in a `with` statement.
    All that is said is written to its log."""

    def __init__(self, name, release, keep=False):
        self.name = name
        self._keep = keep
        self.course = "/root/course"
        self._base = CACHE / "hosts" / f"{release}.tar"
        self._release = release
        self._process = None
        (CACHE / "hosts").mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=CACHE / "hosts"))
        self.root.chmod(0o755)
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log_path = LOGS / f"{name}.log"
        self.log = open(self.log_path, "w", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process and self._process.poll() is None:
            self._process.kill()  # and with it all that runs in the root
            self._process.wait()
        self.log.close()
        if self._keep:
            print(f"{self.name}: the root is {self.root}", flush=True)
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def make(self):
        """Unpacks the release, and gives it this machine's settings."""
        if not self._base.exists():
            self._bootstrap()
        self._here("tar", "-C", self.root, "-xf", self._base)
        settle(self.root)

    def _bootstrap(self):
        """Keeps a root of the release for the next time."""
        with tempfile.TemporaryDirectory(dir=CACHE / "hosts") as folder:
            self._here("debootstrap", "--variant=minbase", self._release, f"{folder}/root",
                       *mirror())
            for package in Path(folder).glob("root/var/cache/apt/archives/*.deb"):
                package.unlink()
            unfinished = self._base.with_suffix(".new")
            self._here("tar", "-C", f"{folder}/root", "--numeric-owner", "-cf", unfinished,
                       ".")
            unfinished.replace(self._base)

    def _here(self, *command):
        """Runs a command of this machine."""
        if subprocess.run(command, stdout=self.log, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False).returncode != 0:
            raise HostError(f"{command[0]} has failed: see {self.log_path}")

    def clone(self):
        """Clones this checkout into the root."""
        self._here("git", "clone", "-q", "--no-hardlinks", ROOT,
                   f"{self.root}{self.course}")

    def prepare(self, command, **environment):
        """Runs a command in the root that has to succeed."""
        if self.run(["sh", "-c", command], **environment) != 0:
            raise HostError(f"this has failed: {command}: see {self.log_path}")

    def run(self, words, **environment):
        """Runs a program in the root; returns its status. It sees no other processes
        than its own, which end with it, and has mounts of its own."""
        binds = {CACHE / "hosts/packages": "/var/cache/apt/archives",
                 CACHE / "hosts/npm": "/var/cache/npm", CACHE: "/var/cache/bare-metal-c"}
        script = ["set -e"]
        for source, target in binds.items():
            source.mkdir(parents=True, exist_ok=True)
            script += [f"mkdir -p '{self.root}{target}'",
                       f"mount --bind '{source}' '{self.root}{target}'"]
        (CACHE / "hosts/npm").chmod(0o777)
        script += [f"mount -t proc proc '{self.root}/proc'",
                   f"mount --rbind /dev '{self.root}/dev'",
                   f"mount --rbind /sys '{self.root}/sys'",
                   f"exec chroot '{self.root}' \"$@\""]
        variables = {**ENVIRONMENT, **network(), **environment}
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--pid", "--fork",
             "--kill-child", "sh", "-c", "\n".join(script), "sh", "env", "-i",
             *(f"{name}={value}" for name, value in variables.items()), *words],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        return self._process.wait()

    def type(self, command):
        """Types a command in the course's folder; returns its status."""
        return self.run(["sh", "-c", f'cd "{self.course}" && {command}'])

    def commands(self):
        """Returns what is typed there."""
        return ["make setup run", "make setup-all test"]


class FreshHost(Host):
    """A release, and Git and Make."""

    def make(self):
        super().make()
        self.prepare("apt-get update -q && "
                     "apt-get install -q -y --no-install-recommends git make")
        self.clone()


class ToolchainHost(FreshHost):
    """A fresh release on which everything is tested, the cross compiler, too."""

    def commands(self):
        # The compiler needs libraries that `make setup` does not install.
        kept = "TOOLCHAIN=/var/cache/bare-metal-c/toolchain"
        return ["make setup run", f"{kept} make setup-toolchain toolchain",
                f"{kept} make setup-all test-all"]


class UsedHost(Host):
    """A release on which somebody has worked."""

    def make(self):
        super().make()
        packages = ["git", "make", OLDER_GCC[self._release], *USED_PACKAGES]
        self.prepare("apt-get update -q && apt-get install -q -y --no-install-recommends "
                     + " ".join(packages), DEBIAN_FRONTEND="noninteractive")
        gcc = self.root / "usr/local/bin/gcc"
        gcc.write_text(UBUNTU_GCC)
        gcc.chmod(0o755)
        self.prepare(f"echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen && locale-gen && "
                     f"useradd --create-home --shell /bin/bash {USER} && "
                     f"echo '{USER} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{USER}")
        self.course = f"/home/{USER}/my course"
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

    def __init__(self, name, release, keep=False):
        super().__init__(name, release, keep)
        self._environment = {}

    def make(self):
        super().make()
        (self.root / "etc/machine-id").write_text("")
        for instruction, rest in instructions():
            if instruction == "ENV":
                self._environment.update([rest.split("=", 1)])
            elif instruction == "RUN":
                self.prepare(rest, **self._environment)
            elif instruction == "COPY":
                source, target = rest.split()
                shutil.copytree(ROOT / source, f"{self.root}{target}")
            elif instruction == "WORKDIR":
                self.course = rest
            elif instruction == "CMD":
                self.prepare(f"command -v {json.loads(rest)[0]}")
            elif instruction != "FROM":
                raise HostError(f"Containerfile: {instruction} is unknown here")
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
    """Returns the Host of a name; raises HostError if there is none of that name."""
    release, _, kind = name.partition("-")
    if name == "container":
        image = dict(instructions())["FROM"]
        return Container(name, re.search(r"debian:(\w+)", image)[1], keep)
    if kind == "used" and release in OLDER_GCC:
        return UsedHost(name, release, keep)
    if kind:
        raise HostError("a host is a release of Debian, such as trixie, one of "
                        + ", ".join(f"{release}-used" for release in OLDER_GCC)
                        + ", or container")
    return (ToolchainHost if name == WITH_TOOLCHAIN else FreshHost)(name, release, keep)


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


def try_command(machine, command):
    """Types a command on a host, prints how it went, and returns the Result."""
    start = time.monotonic()
    before = machine.log_path.stat().st_size
    machine.log.write(f"\n$ {command}\n")
    machine.log.flush()
    status = machine.type(command)
    with open(machine.log_path, encoding="utf-8", errors="replace") as file:
        file.seek(before)
        said = file.read()
    tests = counted(said)
    result, complaints = Result(int(status == 0), int(status != 0), 0), []
    if tests:
        surprises = [line for line in re.findall(r"^SKIPPED .*$", said, re.MULTILINE)
                     if not EXPECTED_SKIPS.search(line)]
        complaints = surprises + re.findall(r"^(?:FAILED|ERROR) .*$", said, re.MULTILINE)
        result = tests._replace(failed=max(tests.failed + len(surprises), status != 0))
    counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped, "
    print(f"{machine.name}: {command}: {'ok' if status == 0 else f'status {status}'}, "
          f"{counts if tests else ''}{time.monotonic() - start:.0f} s", flush=True)
    if result.failed:
        print("\n".join(complaints or said.splitlines()[-30:]))
        print(f"{machine.name}: all that was said is in {machine.log_path}", flush=True)
    return result


def try_host(name, keep):
    """Makes a host and types its commands there; returns the sum of their Results."""
    results = []
    try:
        with host(name, keep) as machine:
            machine.make()
            for command in machine.commands():
                results.append(try_command(machine, command))
    except HostError as error:
        print(f"{name}: {error}", flush=True)
        results.append(Result(0, 1, 0))
    return Result(*map(sum, zip(*results)))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("hosts", nargs="*", metavar="HOST")
    options = parser.parse_args()
    problem = obstacle()
    if problem:
        print(f"hosts: no clean roots can be made here: {problem}", file=sys.stderr)
        return 1
    if options.check:
        return 0
    if output("git", "-C", str(ROOT), "status", "--porcelain"):
        print("hosts: what is not committed is left out", flush=True)
    total = Result(*map(sum, zip(*(try_host(name, options.keep)
                                   for name in options.hosts))))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
