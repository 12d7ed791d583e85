"""Charts as SVG text to put into a page, whose style sheet chooses the colours.

Matplotlib draws with placeholder colours that become the page's CSS variables, so that a chart
follows the reader's light or dark theme.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lfm.statistics import wilson

_INK, _FAINT, _PAPER = "#010101", "#020202", "#030303"
_SERIES = ("#040401", "#040402", "#040403", "#040404", "#040405", "#040406")
_VARIABLES = {
    _INK: "var(--ink)",
    _FAINT: "var(--faint)",
    _PAPER: "var(--paper)",
    **{colour: f"var(--series-{at})" for at, colour in enumerate(_SERIES, start=1)},
}
_STYLE: Any = {  # its keys are a type that differs between versions of Matplotlib
    "svg.fonttype": "none",
    "svg.hashsalt": "lfm",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "none",
}
_MARKERS = "osD^vP"
_SHORT = 60
"""Seconds of a stage below which minutes say little."""

Losses = Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]
"""Stage -> name of a loss in ``metrics.jsonl`` -> (step, loss) pairs."""
LOSSES = {"loss": "-", "held_out_loss": "--"}
"""The losses of a chart, and how their lines are drawn."""


def success_chart(results: Sequence[Mapping[str, Any]]) -> Markup:
    """Success rate of each method, in the order of the rows, a line with intervals per split.

    Args:
        results: rows of ``results.json``.
    """
    methods = list(dict.fromkeys(row["method"] for row in results))
    splits = list(dict.fromkeys(row["split"] for row in results))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(4.8, 3.3)
        for at, split in enumerate(splits):
            rows = [row for row in results if row["split"] == split]
            x = [methods.index(row["method"]) + (at - (len(splits) - 1) / 2) * 0.08 for row in rows]
            rates = [100 * row["success_rate"] for row in rows]
            errors = [
                [rate - 100 * row["interval"][0] for rate, row in zip(rates, rows, strict=True)],
                [100 * row["interval"][1] - rate for rate, row in zip(rates, rows, strict=True)],
            ]
            colour, marker = _SERIES[at % 6], _MARKERS[at % 6]
            axes.errorbar(x, rates, errors, color=colour, marker=marker, capsize=3, label=split)
        axes.set_xticks(range(len(methods)), methods)
        axes.set_xlim(-0.4, len(methods) - 0.6)
        axes.set_ylim(0, 100)
        axes.set_ylabel("tasks done, %")
        _legend_above(figure, len(splits))
        return _svg(figure, "Success rate of each method with 95 % intervals")


def calibration_chart(agreements: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Share of steps the critic called productive, over the probability the model gave them.

    Args:
        agreements: feedback model's name -> its :class:`lfm.agreement.Agreement` as a dictionary.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(3.9, 3.6)
        axes.plot([0, 100], [0, 100], color=_FAINT, linestyle="--", linewidth=1)
        for at, (name, facts) in enumerate(agreements.items()):
            means, shares, sizes = zip(*facts["bins"], strict=True)
            x, y = [100 * mean for mean in means], [100 * share for share in shares]
            colour = _SERIES[at % 6]
            axes.plot(x, y, color=colour, linewidth=1)
            areas = [12 + 120 * size / facts["steps"] for size in sizes]
            axes.scatter(x, y, areas, color=colour, marker=_MARKERS[at % 6], label=name, zorder=3)
        axes.set(xlim=(-2, 102), ylim=(-2, 102))
        axes.set_xlabel("feedback model: probability, %")
        axes.set_ylabel("critic: productive, %")
        _legend_above(figure, 3)
        return _svg(figure, "Calibration of the feedback model against held-out critic labels")


def precision_recall_chart(agreements: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Precision over recall as the threshold changes; a mark at the threshold in use.

    Args:
        agreements: feedback model's name -> its :class:`lfm.agreement.Agreement` as a dictionary.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(3.9, 3.6)
        for at, (name, facts) in enumerate(agreements.items()):
            _, precisions, recalls = zip(*facts["curve"], strict=True)
            colour, marker = _SERIES[at % 6], _MARKERS[at % 6]
            x, y = [100 * recall for recall in recalls], [100 * each for each in precisions]
            axes.plot(x, y, color=colour, linewidth=1.4)
            used = 100 * facts["recall"], 100 * facts["precision"]
            axes.scatter(*used, 45, color=colour, marker=marker, label=name, zorder=3)
        axes.set(xlim=(-2, 102), ylim=(-2, 102))
        axes.set_xlabel("recall, %")
        axes.set_ylabel("precision, %")
        _legend_above(figure, 3)
        return _svg(figure, "Precision and recall of the feedback model at every threshold")


def types_chart(results: Sequence[Mapping[str, Any]]) -> Markup:
    """Success rate of each method on each type of task of one split, with Wilson intervals.

    Args:
        results: rows of ``results.json`` of one split.
    """
    kinds = list(dict.fromkeys(kind for row in results for kind in row["by_task_type"]))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(5.0, 1.0 + len(kinds) * (0.2 + 0.11 * len(results)))
        for at, row in enumerate(results):
            found = {kind: wilson(*row["by_task_type"][kind]) for kind in row["by_task_type"]}
            places = [kinds.index(kind) + (at - (len(results) - 1) / 2) * 0.2 for kind in found]
            rates = [100 * each.value for each in found.values()]
            errors = [
                [100 * (each.value - each.low) for each in found.values()],
                [100 * (each.high - each.value) for each in found.values()],
            ]
            colour, marker = _SERIES[at % 6], _MARKERS[at % 6]
            axes.errorbar(
                rates, places, xerr=errors, color=colour, marker=marker, markersize=4.5,
                linestyle="none", linewidth=1.2, label=row["method"],
            )  # fmt: skip
        axes.set_yticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds])
        room = 0.3 + 0.1 * len(results)  # above and below the marks of a type, also of the only one
        axes.set_ylim(len(kinds) - 1 + room, -room)
        axes.set_xlim(-2, 102)
        axes.set_xlabel(f"tasks done, %, {results[0]['split']}")
        _legend_above(figure, 4)
        return _svg(figure, "Success rate by type of task")


def kept_chart(judged: Mapping[str, tuple[int, int]]) -> Markup:
    """Steps that were kept and dropped, as bars.

    Args:
        judged: stage -> steps kept, steps dropped.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(5.0, 0.9 + 0.3 * len(judged))
        kept, dropped = zip(*judged.values(), strict=True)
        places = range(len(judged))
        axes.barh(places, kept, color=_SERIES[2], height=0.6, label="kept, and imitated")
        axes.barh(places, dropped, left=kept, color=_FAINT, height=0.6, label="dropped")
        axes.set_yticks(places, list(judged))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("steps")
        _legend_above(figure, 2)
        return _svg(figure, "Steps kept and dropped")


def loss_chart(losses: Losses) -> Markup:
    """Losses over the steps that were logged, a colour per stage, held-out ones as broken lines."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(4.8, 3.6)
        for at, (stage, lines) in enumerate(losses.items()):
            colour, marker = _SERIES[at % 6], _MARKERS[at % 6]
            for name, points in lines.items():
                steps, values = zip(*points, strict=True)
                axes.plot(
                    steps, values, color=colour, marker=marker, markersize=3.5,
                    linestyle=LOSSES[name], label=stage + ", held out" * (name != "loss"),
                )  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlim(left=0)
        axes.set_xlabel("step of training")
        axes.set_ylabel("loss")
        _legend_above(figure, 2)
        return _svg(figure, "Loss of each stage in training")


def time_chart(seconds: Mapping[str, float]) -> Markup:
    """How long each stage took, as bars; in seconds where all are short.

    Args:
        seconds: stage -> seconds.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(5.4, 0.7 + 0.26 * len(seconds))
        unit, size = (
            ("minutes", 60) if max(seconds.values(), default=0) >= _SHORT else ("seconds", 1)
        )
        times = [value / size for value in seconds.values()]
        bars = axes.barh(range(len(seconds)), times, color=_SERIES[0], height=0.62)
        axes.bar_label(bars, [f"{value:.1f}" for value in times], padding=3)
        axes.set_yticks(range(len(seconds)), list(seconds))
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(unit)
        return _svg(figure, f"{unit.capitalize()} each stage took")


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    return figure, axes


def _legend_above(figure: Figure, columns: int) -> None:
    figure.legend(loc="outside upper left", ncols=columns, columnspacing=1.2, handlelength=1.6)


def _svg(figure: Figure, title: str) -> Markup:
    """The figure as an ``<svg>`` element with a title for those who do not see it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for placeholder, variable in _VARIABLES.items():
        text = text.replace(placeholder, variable)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # the same ids would recur in every chart
    view = re.search(r'viewBox="[^"]*"', text)
    body = text[text.index(">") + 1 :]
    wide = f"max-width: {figure.get_figwidth() * 97:.0f}px"
    # Matplotlib has escaped the texts it was given.
    return Markup(
        f'<svg role="img" aria-label="{title}" class="chart" style="{wide}" '
        f'{view[0] if view else ""} xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">{body}'
    )
