"""What the pages have the reader do, step by step, for the robot that reads them and for
common/steps."""
import json
import re

ACTION = ("kind", "file", "text", "after", "before", "instead", "from", "to", "at", "only")


def _action(noted):
    """Returns an action without what is known of its step."""
    return {name: noted[name] for name in ACTION if name in noted}


def _written(data):
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def chapters(known):
    """Returns the steps of all pages that add to the kernel, as JSON.
    known: {page: all that is known of it}."""
    found = []
    for path, of_page in known.items():
        of_kernel = [noted for noted in of_page["steps"] if "folder" not in noted]
        steps = {}
        for noted in of_kernel:
            step = steps.setdefault(noted["step"], {
                "number": noted["step"], "title": noted["title"], "actions": []})
            step["actions"].append(_action(noted))
        if any(noted["kind"] != "run" for noted in of_kernel):
            found.append({"number": int(re.match(r"\d+", path.parent.name)[0]),
                          "name": path.parent.name, "steps": list(steps.values())})
    return _written(found)


def projects(known):
    """Returns what the reader does on each page whose files are in another folder than the
    kernel's, as JSON: {folder: {"steps": actions, "then": actions after the last step}}."""
    found = {}
    for of_page in known.values():
        for noted in of_page["steps"]:
            if "folder" in noted:
                project = found.setdefault(noted["folder"], {"steps": [], "then": []})
                project["steps" if "step" in noted else "then"].append(_action(noted))
    return _written(found)
