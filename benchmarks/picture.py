"""The picture: a panel for each section, a bar for each way, on a logarithmic scale, for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from benchmarks.measure import Case
from benchmarks.ratios import short, time_ratio
from benchmarks.table import NAMES, SECTIONS

# Labels are at most 360 wide in this font.
WIDTH, LABELS, ROW, GAP = 920, 390, 22, 46
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .bar { fill: #8c959f; } .ours { fill: #0969da; } .line { stroke: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .bar { fill: #6e7681; } .ours { fill: #4493f8; } .line { stroke: #6e7681; }
  }"""


def svg(cases: list[Case]) -> str:
    """Return the picture of the first case of each section."""
    top, parts = 10, []
    for section, (title, base) in SECTIONS.items():
        case = next((case for case in cases if case.section == section), None)
        if case is not None:
            ratios = {
                way: time_ratio(case.series[way], case.series[base]).median
                for way in NAMES
                if way in case.series
            }
            parts += _panel(
                f"{title} ({case.title})", dict(sorted(ratios.items(), key=lambda item: item[1])), top
            )
            top += GAP + ROW * len(ratios)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" '
        f'aria-label="Ratios of load times">\n<style>{STYLE}\n</style>\n{body}\n</svg>\n'
    )


def _panel(title: str, ratios: dict[str, float], top: int) -> Iterator[str]:
    yield f'<text class="title" x="0" y="{top + 16}">{escape(title)}, logarithmic</text>'
    low, high = math.log(min(ratios.values())) - 0.5, math.log(max(ratios.values()))
    scale = (WIDTH - LABELS - 70) / (high - low)
    for number, (way, ratio) in enumerate(ratios.items()):
        y = top + 26 + ROW * number
        length = max(1.0, (math.log(ratio) - low) * scale)
        kind = "bar ours" if way.startswith("zenml_pin") else "bar"
        label = NAMES[way].replace("*", "").replace("`", "")
        yield f'<text x="{LABELS - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
        yield f'<rect class="{kind}" x="{LABELS}" y="{y + 2}" width="{length:.1f}" height="{ROW - 6}" rx="2"/>'
        yield f'<text x="{LABELS + length + 6:.1f}" y="{y + 13}">{short(ratio)}</text>'
