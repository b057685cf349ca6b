"""Writes the sections of the book for its full-text search, in the browser."""
import json

from pages import page_name


def script(known):
    """Returns the script that holds all sections. known: {page: all that is known of
    it}. The browser indexes them when the reader searches."""
    found = []
    for path, of_page in known.items():
        name = f"{page_name(path)}.html"
        title = of_page["sections"][0]["title"]
        for section in of_page["sections"]:
            found.append({
                "id": f"{name}#{section['id']}" if section["id"] else name,
                "title": section["title"], "text": section["text"], "page": title})
    return "window.SECTIONS = " + json.dumps(found) + ";\n"
