"""Makes the PDF and the EPUB from the pages' parts."""
import json
import shutil
import subprocess

from pages import HERE, PANDOC, ROOT

META = ["-M", "title=Bare-Metal C", "-M", "subtitle=A 64-bit kernel in four chapters",
        "-M", "lang=en-GB",
        "-M", "rights=The prose and the pictures: CC BY 4.0. The code: MIT."]


def merged(parts):
    """Returns the document that is made of all parts, as Pandoc's JSON."""
    documents = [json.loads(part.read_text()) for part in parts]
    whole = documents[0]
    whole["meta"] = {}
    whole["blocks"] = [block for document in documents for block in document["blocks"]]
    return json.dumps(whole)


def call(command, text=None, cwd=ROOT):
    """Runs a command; returns what it says if it fails."""
    done = subprocess.run(command, cwd=cwd, text=True, input=text,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.stdout if done.returncode != 0 else ""


def convert(parts, arguments):
    """Makes one document of all parts; returns what went wrong."""
    # Listings have their colours already; other code does without.
    return call([*PANDOC, "--from", "json", *META, "--toc", "--toc-depth=2",
                 "--no-highlight", *arguments], merged(parts))


def weasyprint(page, target):
    """Makes the PDF of a page; returns what went wrong."""
    command = [shutil.which("weasyprint")]
    with open(command[0], "rb") as program:
        first = program.readline().decode(errors="replace")
    interpreter = first[2:].split() if first.startswith("#!") else []
    # It is a Python program. Python's garbage collector frees next to nothing here,
    # and takes a sixth of the time.
    if interpreter and "python" in interpreter[-1]:
        command = [*interpreter, "-c", "import gc, runpy, sys; gc.disable();"
                   " sys.argv = sys.argv[1:];"
                   " runpy.run_path(sys.argv[0], run_name='__main__')", *command]
    return call([*command, page, target], cwd=page.parent)


def make_pdf(parts, target):
    """Makes the PDF; returns what went wrong."""
    page = parts[0].with_name("book.html")
    return convert(parts, ["--to", "html5", "--template", HERE / "print.html",
                           "-L", HERE / "footnotes.lua", "-o", page]) \
        or weasyprint(page, target)


def make_epub(parts, target):
    """Makes the EPUB; returns what went wrong."""
    folder = parts[0].parent
    return convert(parts, ["--to", "epub3", "--epub-chapter-level=1",
                           "--css", folder / "epub.css", "--resource-path", folder,
                           "-o", target])
