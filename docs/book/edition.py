"""What the book says of itself: its title, who made it, which edition it is, and where its
repository is."""
import datetime
import os
import re
import time
import urllib.parse

from pages import PAGES, ROOT
from programs import output

TITLE = "Bare-Metal C"
SUBTITLE = "A 64-bit kernel in four chapters"
AUTHORS = "the Bare-Metal C contributors"
EDITION = "Second edition"
LANGUAGE = "en-US"
RIGHTS = "The prose and the pictures: CC BY 4.0. The code: MIT."
DESCRIPTION = ("Write a 64-bit kernel for the PC, from the first letter on the screen to a "
               "console that explains its own crashes. In C, typed step by step.")


def public(address):
    """Returns an address without the user's name and password, if it is one of https that
    others can reach too; or nothing."""
    try:
        parts = urllib.parse.urlsplit(address.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host or host.endswith((".local", ".internal")) \
            or re.fullmatch(r"[\d.]+", host):
        return ""
    return f"https://{host}{port}{parts.path.rstrip('/')}"


def repository():
    """Returns the address that a reader can clone: REPOSITORY of the environment, or Git's
    origin, if that is public; or nothing."""
    return os.environ.get("REPOSITORY", "").rstrip("/") or public(
        output(["git", "-C", ROOT, "remote", "get-url", "origin"]))


def date():
    """Returns the day of the book: SOURCE_DATE_EPOCH of the environment, the last commit's,
    or that of the page that was changed last."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") \
        or output(["git", "-C", ROOT, "log", "-1", "--format=%ct"]).strip() \
        or max(path.stat().st_mtime for path in PAGES)
    return datetime.date(*time.gmtime(float(seconds))[:3])


def facts():
    """Returns what the templates need to know of the book. SITE of the environment is the
    address where it is published, which pictures for previews must have."""
    day, address = date(), repository()
    site = os.environ.get("SITE", "").rstrip("/")
    return {"book": TITLE, "subtitle": SUBTITLE, "authors": AUTHORS, "edition": EDITION,
            "lang": LANGUAGE, "rights": RIGHTS, "summary": DESCRIPTION,
            "date": day.isoformat(), "day": f"{day:%B} {day.day}, {day.year}",
            "repository": address, "name": address.removesuffix(".git").rpartition("/")[2],
            "site": f"{site}/" if site else ""}
