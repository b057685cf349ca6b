"""A clean root of Debian: a system in a folder, made by debootstrap.

Downloads are kept outside the checkout, in CACHE. A root takes over this machine's
network settings: the resolver's, apt's, npm's, and those in the environment.
"""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"),
             "bare-metal-c")
LOGS = CHECKOUT / "build" / "hosts"

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": "/root", "TERM": "xterm"}
# What the environment says of the network; and its names for a file of certificates.
NETWORK = re.compile(r"(https?|ftp|no|all)_proxy|npm_config_\w+", re.IGNORECASE)
CERTIFICATES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
                "NODE_EXTRA_CA_CERTS", "npm_config_cafile")
BUNDLE = "/etc/ssl/machine-certificates.crt"


class RootError(Exception):
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
    # It need not survive a power failure: without waiting for the disk, 600 packages are
    # there in a fraction of the time.
    (root / "etc/dpkg/dpkg.cfg.d/00machine").write_text("force-unsafe-io\n")
    if certificates():
        (root / "etc/ssl").mkdir(exist_ok=True)
        shutil.copy(certificates(), root / BUNDLE[1:])


# ---- a root ----

class Root:
    """A clean root of a release of Debian; use it in a `with` statement. All output
    is written to a log.

    name      what the root and its log, LOGS/NAME.log, are called
    release   such as trixie
    keep      the root is not removed at the end
    """

    # Folders of this machine that are seen in the root: {here: there}.
    binds = {CACHE / "hosts/packages": "/var/cache/apt/archives"}

    def __init__(self, name, release, keep=False):
        self.name = name
        self._keep = keep
        self._base = CACHE / "hosts" / f"{release}.tar"
        self.release = release
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
        self.here("tar", "-C", self.root, "-xf", self._base)
        settle(self.root)

    def _bootstrap(self):
        """Keeps a root of the release for the next time."""
        with tempfile.TemporaryDirectory(dir=CACHE / "hosts") as folder:
            self.here("debootstrap", "--variant=minbase", self.release, f"{folder}/root",
                       *mirror())
            for package in Path(folder).glob("root/var/cache/apt/archives/*.deb"):
                package.unlink()
            unfinished = self._base.with_suffix(".new")
            self.here("tar", "-C", f"{folder}/root", "--numeric-owner", "-cf", unfinished,
                       ".")
            unfinished.replace(self._base)

    def _failure(self, command):
        """Returns the RootError of a command, with the last line that it has said."""
        last = self.log_path.read_text(errors="replace").rstrip().rpartition("\n")[2]
        return RootError(f"{command} has failed: {last} (all of it: {self.log_path})")

    def here(self, *command):
        """Runs a command of this machine that has to succeed."""
        if subprocess.run(command, stdout=self.log, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False).returncode != 0:
            raise self._failure(command[0])

    def prepare(self, command, **environment):
        """Runs a command in the root that has to succeed."""
        if self.run(["sh", "-c", command], **environment) != 0:
            raise self._failure(command)

    def install(self, *packages):
        """Installs packages in the root, after a look at what there is."""
        self.prepare("apt-get update -q && apt-get install -q -y --no-install-recommends "
                     + " ".join(packages), DEBIAN_FRONTEND="noninteractive")

    def run(self, words, **environment):
        """Runs a program in the root; returns its status. It sees no other processes
        than its own, which end with it, and has mounts of its own."""
        script = ["set -e"]
        for source, target in self.binds.items():
            source.mkdir(parents=True, exist_ok=True)
            script += [f"mkdir -p '{self.root}{target}'",
                       f"mount --bind '{source}' '{self.root}{target}'"]
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
