"""The contest as a picture: how many times the best hand-written form's time each contestant took."""

import io
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

from tests.benchmarks.contest import Outcome
from tests.benchmarks.figures import Bench

INK, FAINT = "#010101", "#020202"
"""Colours that stand for those of the reader's theme."""
THEMES = (
    "<style>:root{--ink:#24292f;--faint:#d0d7de}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--faint:#444c56}}</style>"
)
MARKS = {"ours": ("#1a9c6b", "o"), "djangoql": ("#c4662b", "s"), "django-filter": ("#7a6cc9", "^")}


def draw(bench: Bench, path: Path) -> None:
    """One row a segment; counts on the left, first pages on the right."""
    with mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "benchmarks",
            "font.family": "sans-serif",
            **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
            "axes.edgecolor": FAINT,
            "grid.color": FAINT,
        }
    ):
        names = list(bench.counts)
        figure, both = plt.subplots(1, 2, sharey=True, figsize=(11, 1.4 + 0.22 * len(names)))
        for axes, title, outcomes in zip(
            both, ("Count", "First page"), (bench.counts, bench.pages), strict=True
        ):
            _plot(axes, title, outcomes, names)
        both[0].set_yticks(range(len(names)), names)
        both[0].invert_yaxis()
        handles, labels = both[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=len(labels), frameon=False)
        figure.tight_layout(rect=(0, 0, 1, 0.97))
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
        plt.close(figure)
    path.write_text(_themed(drawn.getvalue()))


def _plot(axes: plt.Axes, title: str, outcomes: dict[str, Outcome], names: list[str]) -> None:
    axes.set_title(title)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("×{x:g}")
    axes.axvline(1, color=INK, linewidth=1)
    axes.grid(visible=True, axis="both", linewidth=0.5)
    axes.set_axisbelow(True)
    for name, (colour, mark) in MARKS.items():
        found = [(names.index(asked), one, us) for asked, one in outcomes.items() if (us := one.find(name))]
        ratios = [one.ratio(us) for _at, one, us in found]
        axes.scatter(ratios, [at for at, _one, _us in found], color=colour, marker=mark, s=22, label=name)
    axes.set_xlabel("times the best hand-written SQL")


def _themed(svg: str) -> str:
    svg = svg.replace(INK, "var(--ink)").replace(FAINT, "var(--faint)")
    head, tag, rest = svg.partition("<defs>")
    text = f"{head}{THEMES}{tag}{rest}"
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
