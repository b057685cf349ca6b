"""Runs the programs that the book is made with."""
import subprocess


def output(command):
    """Returns what a command prints; nothing if it fails, or if there is none."""
    try:
        return subprocess.run(command, text=True, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def call(command, text=None, cwd=None):
    """Runs a command, with text as its input; returns what it says if it fails."""
    result = subprocess.run(command, cwd=cwd, text=True, input=text or "", check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode == 0:
        return ""
    return result.stdout or f"{command[0]} ended with {result.returncode}\n"
