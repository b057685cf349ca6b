"""Runs the programs that the book is made with."""
import subprocess


def call(command, text=None, cwd=None):
    """Runs a command, with text as its input; returns what it says if it fails."""
    result = subprocess.run(command, cwd=cwd, text=True, input=text or "", check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode == 0:
        return ""
    return result.stdout or f"{command[0]} ended with {result.returncode}\n"
