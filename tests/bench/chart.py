"""Draws the benchmark's results as an SVG picture, for light and dark pages."""
import math
from xml.sax.saxutils import escape

PANEL_WIDTH, PANEL_HEIGHT = 330, 150
LEFT, TOP, GAP_X, GAP_Y = 46, 78, 40, 46
LOWEST, HIGHEST = 0.25, 32  # times our time; what is beyond is drawn at the edge
DASHES = ["2 3", "6 3", "", "9 3 2 3", "3 2"]

# The colors, on light and on dark paper. Plain rules: not every program that shows
# pictures knows CSS variables.
COLORS = {
    "text": ("fill", "#1b1f24", "#e6e9ed"),
    ".ours": ("stroke", "#1b1f24", "#e6e9ed"),
    ".grid": ("stroke", "#d5d9de", "#3a4048"),
    ".c0": ("stroke", "#6e7781", "#a5adb6"),
    ".c1": ("stroke", "#a24600", "#f0a35e"),
    ".c2": ("stroke", "#0a58b8", "#79b8ff"),
    ".c3": ("stroke", "#1a7f37", "#5fd07f"),
    ".c4": ("stroke", "#8250df", "#c8a5ff"),
}


def style():
    """Returns the rules of CSS for the picture."""
    def rules(theme):
        return "".join(f"  {name} {{ {colors[0]}: {colors[theme]} }}\n"
                       for name, colors in COLORS.items())

    return ("  .title { font-weight: 600 }\n"
            "  path, .ours { fill: none; stroke-width: 2 }\n"
            f"{rules(1)}  @media (prefers-color-scheme: dark) {{\n{rules(2)}  }}\n")


def size_name(size):
    for unit, name in ((1 << 20, " MiB"), (1 << 10, " KiB")):
        if size >= unit:
            return f"{size // unit}{name}"
    return str(size)


def panel(title, points, x, y, largest):
    """Returns the lines of one panel. points: {library: [(size, ratio), ...]}."""
    def across(size):
        return x + math.log2(size) / math.log2(largest) * PANEL_WIDTH

    def down(ratio):
        ratio = min(max(ratio, LOWEST), HIGHEST)
        return y + math.log2(HIGHEST / ratio) / math.log2(HIGHEST / LOWEST) \
            * PANEL_HEIGHT

    lines = [f'<text class="title" x="{x}" y="{y - 10}">{escape(title)}</text>']
    ratio = LOWEST
    while ratio <= HIGHEST:
        kind = "ours" if ratio == 1 else "grid"
        lines.append(f'<line class="{kind}" x1="{x}" x2="{x + PANEL_WIDTH}" '
                     f'y1="{down(ratio):.1f}" y2="{down(ratio):.1f}"/>')
        lines.append(f'<text x="{x - 6}" y="{down(ratio) + 4:.1f}" '
                     f'text-anchor="end">{ratio:g}×</text>')
        ratio *= 2
    size = 1
    while size <= largest:
        lines.append(f'<text x="{across(size):.1f}" y="{y + PANEL_HEIGHT + 16}" '
                     f'text-anchor="middle">{size_name(size)}</text>')
        size *= 64 if largest > 1 << 21 else 32
    for number, values in enumerate(points.values()):
        if not values:
            continue  # the C library is not in the kernel
        path = " L".join(f"{across(size):.1f} {down(ratio):.1f}"
                         for size, ratio in sorted(values))
        lines.append(f'<path d="M{path}" class="c{number}" '
                     f'stroke-dasharray="{DASHES[number]}"/>')
    return lines


def legend(libraries):
    lines, x = [], LEFT
    for number, library in enumerate(libraries):
        lines.append(f'<path d="M{x} 44 h28" class="c{number}" '
                     f'stroke-dasharray="{DASHES[number]}"/>')
        lines.append(f'<text x="{x + 34}" y="48">{escape(library)}</text>')
        x += 50 + 8 * len(library)
    return lines


def draw(places, functions):
    """Returns the picture. places: {title: {(function, how, size): {library:
    ticks}}}; of these, the aligned calls are drawn."""
    libraries = list(dict.fromkeys(
        library for cases in places.values() for ticks in cases.values()
        for library in ticks if library != "ours"))
    width = LEFT + 2 * PANEL_WIDTH + GAP_X + LEFT
    height = TOP + len(functions) * (PANEL_HEIGHT + GAP_Y)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="Arial, sans-serif" font-size="12" '
        f'role="img" aria-label="How many times our time other memory functions '
        f'take, by size">', f"<style>\n{style()}</style>",
        f'<text x="{LEFT}" y="22">How many times our time the others take, by '
        f'size in bytes; above 1×, ours are faster</text>', *legend(libraries)]
    for column, (place, cases) in enumerate(places.items()):
        largest = max(size for _, how, size in cases if how == "aligned")
        for row, function in enumerate(functions):
            points = {library: [] for library in libraries}
            for (name, how, size), ticks in cases.items():
                if (name, how) == (function, "aligned") and size > 0:
                    for library in ticks.keys() - {"ours"}:
                        points[library].append(
                            (size, ticks[library] / max(ticks["ours"], 1)))
            lines += panel(
                f"{function}, {place[0].lower()}{place[1:]}",
                points,
                LEFT + column * (PANEL_WIDTH + GAP_X + 10),
                TOP + row * (PANEL_HEIGHT + GAP_Y), largest)
    return "\n".join([*lines, "</svg>", ""])
