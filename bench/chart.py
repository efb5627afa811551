"""Draws the JSON of ferrule_bench as an SVG bar chart: bench/chart.py JSON SVG.

One group of bars for each table, times on a logarithmic axis; a bar says its median and how far it is from the floor.
"""
import json
import math
import sys
from xml.sax.saxutils import escape

BAR, GAP, LEFT, WIDTH, RIGHT = 18, 4, 260, 480, 150
COLOURS = {"floor": "#8a8f98", "ferrule": "#2f6fde", "other": "#d9822b"}
# What is not ferrule's own.
OTHERS = ("agent", "plugin", "tool", "restore", "python3", "libnftables")


def colour(name):
    words = name.split(", ")
    if "floor" in words:
        return COLOURS["floor"]
    return COLOURS["other"] if words[-1].startswith(OTHERS) or words[0].startswith(OTHERS[:2] + OTHERS[4:]) or \
        name == "restore" else COLOURS["ferrule"]


def time_text(microseconds):
    if microseconds < 1000:
        return f"{microseconds:.0f} µs"
    if microseconds < 1e6:
        return f"{microseconds / 1000:.3g} ms"
    return f"{microseconds / 1e6:.3g} s"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        tables = json.load(file)
    medians = [row["median_us"] for table in tables for row in table["rows"] if row["median_us"] > 0]
    low = math.floor(math.log10(min(medians)))
    high = math.log10(max(medians))
    parts = []
    y = 10
    for table in tables:
        y += 22
        parts.append(f'<text x="8" y="{y - 6}" font-weight="bold">{escape(table["title"])}</text>')
        for row in table["rows"]:
            width = max(2, (math.log10(row["median_us"]) - low) / (high - low) * WIDTH)
            label = time_text(row["median_us"])
            if "over_floor" in row:
                label += f', {row["over_floor"]:.3g} × floor'
            parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(row["name"])}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour(row["name"])}"/>')
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{escape(label)}</text>')
            y += BAR + GAP
        y += 10
    total = LEFT + WIDTH + RIGHT
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{y + 10}" '
                   'font-family="sans-serif" font-size="12">\n'
                   f'<rect width="{total}" height="{y + 10}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


main()
