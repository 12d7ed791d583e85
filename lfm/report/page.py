"""From the files of a run to ``report.html``."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from envs.files import read_json, write_text
from envs.store import read_trajectories
from lfm import layout
from lfm.chat.account import read_account, together
from lfm.corrections import Correction, fitting, read_corrections
from lfm.done import read_done
from lfm.loggers import MetricsFile
from lfm.manifest import now
from lfm.progress import duration
from lfm.report import charts
from lfm.report.episodes import embed, pack
from lfm.report.people import people
from lfm.statistics import Interval, paired_difference, task_success
from lfm.story import clean
from lfm.summary import money, read_agreements

_SCRIPTS = (
    "dom",
    "data",
    "verdicts",
    "filter",
    "list",
    "judge",
    "anew",
    "story",
    "map",
    "compare",
    "main",
)
"""Files of the page's script, in the order in which the page reads them as one."""


class Served(NamedTuple):
    """A page that sends a person's verdicts to the server that it came from.

    Attributes:
        who: the person.
        blind: what was said of a step stays hidden until they have judged it.
    """

    who: str
    blind: bool


def write_report(run_directory: Path) -> Path:
    """Write ``report.html`` of a run, from what is in its directory by now.

    Returns:
        The file.

    Raises:
        UserError: if a file of the run is missing or damaged, or the report cannot be written.
    """
    path = run_directory / layout.REPORT_FILE
    write_text(path, render(run_directory))
    return path


def render(run_directory: Path, served: Served | None = None) -> str:
    """The report of a run, from what is in its directory by now.

    Args:
        run_directory: the run.
        served: by whom; None if it is a file.

    Raises:
        UserError: if a file of the run is missing or damaged.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        clean=clean,
        duration=duration,
        percent=_percent,
        points=_points,
        number="{:,}".format,
        money=money,
        when=_when,
    )
    template = environment.from_string(_resource("report.html.jinja"))
    script = "\n".join(_resource(f"{name}.js") for name in _SCRIPTS)
    return template.render(
        served=served,
        style=Markup(_resource("style.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode(),
        **_facts(run_directory),
    )


def _facts(run_directory: Path) -> dict[str, Any]:
    """Everything that the template shows."""
    manifest = read_json(run_directory / layout.MANIFEST_FILE)
    results_file = run_directory / layout.RESULTS_FILE
    results = read_json(results_file) if results_file.exists() else []
    stages = read_done(run_directory)
    agreements = read_agreements(run_directory)
    losses = _losses(run_directory)
    judged = {
        stage.name: (stage.counts["kept"], stage.counts["judged"] - stage.counts["kept"])
        for stage in stages
        if "judged" in stage.counts
    }
    thresholds = {name: facts["threshold"] for name, facts in agreements.items()}
    embedded = embed(run_directory, thresholds)
    said = read_corrections(run_directory / layout.CORRECTIONS_FILE)
    corrections = fitting(said, embedded.known)
    return {
        "name": run_directory.resolve().name,
        "manifest": manifest,
        "written": now(),
        "facts": json.dumps(manifest["facts"], indent=2, ensure_ascii=False),
        "config": (run_directory / layout.CONFIG_FILE).read_text(encoding="utf-8"),
        "results": results,
        "task_types": sorted({kind for row in results for kind in row["by_task_type"]}),
        "metrics": list(dict.fromkeys(name for row in results for name in row.get("metrics", ()))),
        "differences": _differences(run_directory, results),
        "stages": stages,
        "seconds": sum(stage.seconds for stage in stages),
        "agreements": agreements,
        "spent": together(read_account(run_directory / layout.SPENT_FILE)),
        "asked": [stage for stage in stages if "output_tokens" in stage.counts],
        "success_chart": charts.success_chart(results) if results else "",
        "types_charts": [charts.types_chart(rows) for rows in _by_split(results).values()],
        "calibration_chart": charts.calibration_chart(agreements) if agreements else "",
        "curve_chart": charts.precision_recall_chart(agreements) if agreements else "",
        "kept_chart": charts.kept_chart(judged) if judged else "",
        "loss_chart": charts.loss_chart(losses) if losses else "",
        "time_chart": charts.time_chart({stage.name: stage.seconds for stage in stages}),
        "embedded": embedded,
        "corrections": pack(corrections_json(corrections)),
        "people": people(run_directory, corrections),
        "outdated": len(said) - len(corrections),
    }


def corrections_json(corrections: Iterable[Correction]) -> list[dict[str, Any]]:
    """People's words for the page, which shows their texts."""
    return [
        {name: clean(value) if isinstance(value, str) else value for name, value in each.items()}
        for each in map(asdict, corrections)
    ]


def _differences(
    run_directory: Path, results: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str, Interval]]:
    """(split, first method, other method, difference over the same tasks) for every other one."""
    found = []
    for split, rows in _by_split(results).items():
        methods = [row["method"] for row in rows]
        success = {
            method: task_success(read_trajectories(file))
            for method in methods
            if (file := _evaluation_file(run_directory, method, split)).exists()
        }
        first = success.get(methods[0], {})
        for other in methods[1:]:
            # Of a single task there is no interval.
            if len(first) > 1 and success.get(other, {}).keys() == first.keys():
                difference = paired_difference(first, success[other])
                found.append((split, methods[0], other, difference))
    return found


def _evaluation_file(run_directory: Path, method: str, split: str) -> Path:
    return run_directory / layout.evaluation(method, split) / layout.TRAJECTORIES_FILE


def _losses(run_directory: Path) -> charts.Losses:
    losses: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for record in MetricsFile(run_directory / layout.METRICS_FILE).records:
        for name in charts.LOSSES:
            if record.get(name) is not None and record.get("step") is not None:
                lines = losses.setdefault(record["stage"], {})
                lines.setdefault(name, []).append((record["step"], record[name]))
    return losses


def _by_split(results: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    by_split: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in results:
        by_split[row["split"]].append(row)
    return by_split


def _when(time: str) -> str:
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _resource(name: str) -> str:
    return (resources.files("lfm.report") / name).read_text(encoding="utf-8")
