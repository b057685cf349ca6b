"""What the pages have the reader do, step by step, for the robot that reads them and for
common/steps."""
import json
import re

ACTION = ("kind", "file", "text", "after", "before", "instead", "from", "to", "at", "only")


def data(known):
    """Returns the steps of all pages whose steps type something, as JSON.
    known: {page: all that is known of it}."""
    chapters = []
    for path, of_page in known.items():
        steps = {}
        for action in of_page["steps"]:
            step = steps.setdefault(action["step"], {
                "number": action["step"], "title": action["title"], "actions": []})
            step["actions"].append({name: action[name] for name in ACTION if name in action})
        if any(action["kind"] != "run" for action in of_page["steps"]):
            chapters.append({"number": int(re.match(r"\d+", path.parent.name)[0]),
                             "name": path.parent.name, "steps": list(steps.values())})
    return json.dumps(chapters, indent=1, ensure_ascii=False) + "\n"
