"""Draws the benchmark's results as an SVG picture, for light and dark pages."""
import math
from xml.sax.saxutils import escape

PANEL_WIDTH, PANEL_HEIGHT = 330, 150
LEFT, GAP_X, GAP_Y = 46, 50, 46
WIDTH = LEFT + 2 * PANEL_WIDTH + GAP_X + 40
LEGEND_TOP, LEGEND_LINE = 44, 20
LOWEST, HIGHEST = 0.25, 32  # times our time; what is beyond is drawn at the edge

# The colors, on light and on dark paper. Plain rules: not every program that shows
# pictures knows CSS variables.
COLORS = {
    "text": ("fill", "#1b1f24", "#e6e9ed"),
    ".ours": ("stroke", "#1b1f24", "#e6e9ed"),
    ".grid": ("stroke", "#d5d9de", "#3a4048"),
}
# Of the lines: however many there are, no two look the same, not even in gray.
LINES = [("#6e7781", "#a5adb6"), ("#a24600", "#f0a35e"), ("#0a58b8", "#79b8ff"),
         ("#1a7f37", "#5fd07f"), ("#8250df", "#c8a5ff"), ("#b3125f", "#ff9ac2"),
         ("#00707a", "#56d4dd")]
DASHES = ["2 3", "6 3", "", "9 3 2 3", "3 2"]


def style(lines):
    """Returns the rules of CSS for a picture with this many lines."""
    colors = COLORS | {f".c{number}": ("stroke", *LINES[number % len(LINES)])
                       for number in range(lines)}

    def rules(theme):
        return "".join(f"  {name} {{ {of_both[0]}: {of_both[theme]} }}\n"
                       for name, of_both in colors.items())

    return ("  .title { font-weight: 600 }\n"
            "  path, .ours { fill: none; stroke-width: 2 }\n"
            f"{rules(1)}  @media (prefers-color-scheme: dark) {{\n{rules(2)}  }}\n")


def path(number, points):
    return (f'<path d="M{points}" class="c{number}" '
            f'stroke-dasharray="{DASHES[number % len(DASHES)]}"/>')


def size_name(size):
    for unit, name in ((1 << 20, " MiB"), (1 << 10, " KiB")):
        if size >= unit:
            return f"{size // unit}{name}"
    return str(size)


def panel(title, lines_of, x, y):
    """Returns the elements of one panel. lines_of: [[(size, ratio), ...], ...]."""
    largest = max(size for line in lines_of for size, _ in line)

    def across(size):
        return x + math.log2(size) / math.log2(largest) * PANEL_WIDTH

    def down(ratio):
        ratio = min(max(ratio, LOWEST), HIGHEST)
        return y + math.log2(HIGHEST / ratio) / math.log2(HIGHEST / LOWEST) \
            * PANEL_HEIGHT

    parts = [f'<text class="title" x="{x}" y="{y - 10}">{escape(title)}</text>']
    ratio = LOWEST
    while ratio <= HIGHEST:
        kind = "ours" if ratio == 1 else "grid"
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x + PANEL_WIDTH}" '
                     f'y1="{down(ratio):.1f}" y2="{down(ratio):.1f}"/>')
        parts.append(f'<text x="{x - 6}" y="{down(ratio) + 4:.1f}" '
                     f'text-anchor="end">{ratio:g}×</text>')
        ratio *= 2
    size = 1
    while size <= largest:
        parts.append(f'<text x="{across(size):.1f}" y="{y + PANEL_HEIGHT + 16}" '
                     f'text-anchor="middle">{size_name(size)}</text>')
        size *= 64 if largest > 1 << 21 else 32
    for number, line in enumerate(lines_of):
        if line:  # the C library is not in the kernel
            parts.append(path(number, " L".join(
                f"{across(size):.1f} {down(ratio):.1f}" for size, ratio in sorted(line))))
    return parts


def legend(names):
    """Returns the elements of the legend, and where the picture goes on below it."""
    parts, x, y = [], LEFT, LEGEND_TOP
    for number, name in enumerate(names):
        width = 50 + 8 * len(name)
        if x + width > WIDTH:
            x, y = LEFT, y + LEGEND_LINE
        parts.append(path(number, f"{x} {y} h28"))
        parts.append(f'<text x="{x + 34}" y="{y + 4}">{escape(name)}</text>')
        x += width
    return parts, y + 34


def draw(places, names):
    """Returns the picture. places: {title: {function: {name: [(size, ratio), ...]}}};
    names: those of all lines."""
    parts, top = legend(names)
    rows = max(map(len, places.values()))
    height = top + rows * (PANEL_HEIGHT + GAP_Y)
    for column, (place, functions) in enumerate(places.items()):
        for line, (function, points) in enumerate(functions.items()):
            parts += panel(f"{function}, {place[0].lower()}{place[1:]}",
                           [points.get(name, []) for name in names],
                           LEFT + column * (PANEL_WIDTH + GAP_X),
                           top + line * (PANEL_HEIGHT + GAP_Y))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Arial, sans-serif" font-size="12" '
        f'role="img" aria-label="How many times our time other memory functions '
        f'take, by size">', f"<style>\n{style(len(names))}</style>",
        f'<text x="{LEFT}" y="22">How many times our time the others take, by '
        f'size in bytes; above 1×, ours are faster</text>', *parts, "</svg>", ""])
