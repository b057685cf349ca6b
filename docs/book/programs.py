"""Runs the programs that the book is made with."""
import subprocess

RUNNING = set()


def call(command, text=None, cwd=None):
    """Runs a command, with text as its input; returns what it says if it fails."""
    with subprocess.Popen(command, cwd=cwd, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        RUNNING.add(process)
        said, _ = process.communicate(text)
        RUNNING.remove(process)
    if process.returncode == 0:
        return ""
    return said or f"{command[0]} ended with {process.returncode}\n"


def stop():
    """Ends what call() runs in other threads."""
    for process in [*RUNNING]:
        process.terminate()
