"""chart.py RESULTS: draws the list that scripts/bench writes, as SVG to the standard output.

Two parts, each with a bar for each row on a logarithmic scale: how many times as good as the best of the other frameworks,
and how near to what is there without any framework.
"""

import json
import math
import sys
from html import escape

WIDTH, LABELS, BARS, LINE = 990, 250, 380, 24
NAMES = {"caf": "CAF", "erlang": "Erlang/OTP", "asio": "plain Asio", "memcpy": "memcpy", "headers": "Asio and {fmt}"}
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .detail, .mark { fill: #59636e }
  .mark { font-size: 11px; text-anchor: middle }
  .label { text-anchor: end }
  .better { fill: #1a7f64 }
  .worse { fill: #bf6a02 }
  .grid { stroke: #818b98; stroke-opacity: .3 }
  .one { stroke: #59636e; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .detail, .mark { fill: #9198a1 }
    .better { fill: #3fb98f }
    .worse { fill: #e09b3d }
    .one { stroke: #9198a1 }
  }
"""


def short(value):
    for factor, letter in ((1e6, " M"), (1e3, " k")):
        if value >= 10 * factor or (factor == 1e6 and value >= factor):
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def part(top, title, explanation, rows):
    """The drawing, and its height. A row: the work, the ratio, and the figures that it is of."""
    least = min(1, *(ratio for _, ratio, _ in rows)) * 0.9
    most = max(1, *(ratio for _, ratio, _ in rows)) * 1.1
    scale = BARS / math.log(most / least)

    def x(ratio):
        return LABELS + scale * math.log(ratio / least)

    out = [
        f'<text class="title" x="0" y="{top + 15}">{escape(title)}</text>',
        f'<text class="detail" x="0" y="{top + 34}">{escape(explanation)}</text>',
    ]
    begin, end = top + 60, top + 62 + LINE * len(rows)
    for mark in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500):
        if least <= mark <= most:
            kind = "one" if mark == 1 else "grid"
            out.append(f'<line class="{kind}" x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{begin}" y2="{end}"/>')
            out.append(f'<text class="mark" x="{x(mark):.1f}" y="{begin - 5}">{mark:g} x</text>')
    for i, (work, ratio, figures) in enumerate(rows):
        y = begin + 2 + LINE * i
        left, right = sorted((x(1), x(ratio)))
        out.append(f'<text class="label" x="{LABELS - 10}" y="{y + 15}">{escape(work)}</text>')
        out.append(
            f'<rect class="{"better" if ratio >= 1 else "worse"}" x="{left:.1f}" y="{y + 3}" width="{max(right - left, 1):.1f}" '
            f'height="{LINE - 8}" rx="2"/>'
        )
        out.append(
            f'<text x="{right + 6:.1f}" y="{y + 15}">{ratio:.2g} x<tspan class="detail" dx="7">{escape(figures)}</tspan></text>'
        )
    return out, end + 26 - top


def chart(results):
    def rows(ratio, other, name):
        return [
            (r["work"], r[ratio], f'{short(r["snow"])} against {short(r[other])} {r["unit"]} of {NAMES[r[name]]}')
            for r in results
            if r[ratio]
        ]

    parts = [
        (
            "snow beside the best of CAF and Erlang/OTP",
            "How many times as good, on a logarithmic scale. Remote: between two processes of one machine.",
            rows("ratio", "best_peer", "peer"),
        ),
        (
            "snow beside what is there without a framework",
            "Plain Asio moves frames that are for nobody, memcpy bytes without a type. 1 x: what snow adds costs nothing.",
            rows("floor_ratio", "floor", "floor_is"),
        ),
    ]
    out, height = [], 0
    for title, explanation, those in parts:
        if those:
            drawn, taken = part(height, title, explanation, those)
            out += drawn
            height += taken
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -5 {WIDTH + 20} {height}" role="img" '
            'aria-label="snow beside CAF, Erlang/OTP and plain Asio">',
            f"<style>{STYLE}</style>",
            *out,
            "</svg>",
        ]
    )


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(chart(json.load(file)))
