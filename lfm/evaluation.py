"""An evaluation: the row of a policy on a split, with all that makes it comparable.

The file that ``python -m lfm.evaluate out=FILE`` writes; ``docs/formats.md`` describes it. Without
its tasks it is a row of a leaderboard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from envs.errors import UserError
from envs.files import read_json
from envs.record import Trajectory
from envs.scienceworld.metrics import METRICS
from lfm.chat.ledger import Spent
from lfm.done import outputs
from lfm.output import Sheet
from lfm.statistics import ResultRow, wilson
from lfm.summary import SCORES, estimate, money, rate

VERSION = 2
"""Version of the format."""
READ = (1, VERSION)
"""Versions that are read. The tasks of the first lack the environment's own metrics."""
_PROTOCOL = ("env", "env_version", "data", "split", "episodes", "max_steps", "goals")
_WEIGHTS = ".safetensors"


class Outcome(TypedDict):
    """How one task went."""

    task_type: str
    success: bool
    steps: int
    scores: dict[str, float]
    """Metric -> value: where scores are graded, those of :class:`lfm.statistics.Scores`; and the
    environment's own, where it has any."""


class Evaluation(ResultRow, total=False):
    """What an evaluation has besides a row of ``results.json``."""

    version: int
    """Of this format."""
    evaluated: str
    """When the last episode was over, in UTC."""
    policy: dict[str, Any]
    """``path``, as it was given; ``weights``, a hash of them, or null if there are none; for
    ``policy=chat`` how answers were drawn, and for ``policy.server`` also the name there;
    ``acting``, if the settings said how to act."""
    data: str
    """Version and fingerprint of the tasks."""
    software: dict[str, Any]
    """Versions of Python and packages, and the commit of a checkout."""
    spent: dict[str, Any] | None
    """Where a chat model was asked: :class:`lfm.chat.ledger.Spent`. Not in a leaderboard."""
    tasks: dict[str, Outcome]
    """Task id -> how it went. Not in a leaderboard."""


def weights_hash(folder: Path) -> str | None:
    """A hash of the weights in a policy's folder; None where there are none."""
    files = outputs(folder).items() if folder.is_dir() else ()
    weights = [(name, facts["sha256"]) for name, facts in files if name.endswith(_WEIGHTS)]
    return hashlib.sha256(repr(weights).encode()).hexdigest()[:16] if weights else None


def outcomes(
    episodes: Sequence[Trajectory], metrics: Sequence[Mapping[str, float]], *, graded: bool
) -> dict[str, Outcome]:
    """How each task went, of episodes that played each once.

    Args:
        episodes: one of each task.
        metrics: the environment's own of each; empty if it has none.
        graded: whether scores say how much of a task was done.
    """
    return {
        each.task_id: Outcome(
            task_type=each.task_type,
            success=each.success,
            steps=len(each.steps),
            scores={**(_scores(each) if graded else {}), **measured},
        )
        for each, measured in zip(episodes, metrics or [{}] * len(episodes), strict=True)
    }


def _scores(episode: Trajectory) -> dict[str, float]:
    reached = [step.score for step in episode.steps]
    return {name: metric(reached) for name, metric in METRICS.items() if name != "success"}


def read_evaluation(path: Path) -> Evaluation:
    """The evaluation in a file.

    Raises:
        UserError: if the file is missing, damaged, or none of this version.
    """
    found = read_json(path)
    if not isinstance(found, dict) or "tasks" not in found or found.get("version") not in READ:
        raise UserError(
            f"{path} holds no evaluation of version {VERSION}; make one with "
            f"python -m lfm.evaluate ... out={path}"
        )
    return cast(Evaluation, found)


def protocol(row: Mapping[str, Any]) -> dict[str, Any]:
    """What two evaluations must share to be comparable.

    Human goals are drawn with the seed, so there it is a part of the protocol.
    """
    shared = {name: row[name] for name in _PROTOCOL}
    shared["admissible_given"] = row["admissible_given"]
    shared["sentences_of_seed"] = row["seed"] if row["goals"] == "human" else None
    shared.update(row["env_settings"])
    shared["lfm"] = row["software"]["packages"].get("lfm", "checkout")
    return shared


def protocol_line(row: Mapping[str, Any]) -> str:
    """The protocol in a line."""
    shared = protocol(row)
    settings = "; ".join(f"{name} {value}" for name, value in row["env_settings"].items())
    shown = "shown" if shared["admissible_given"] else "not shown"
    version, _, fingerprint = shared["data"].rpartition(" ")
    return (
        f"{shared['env']} {shared['split']}: {shared['episodes']} tasks, at most "
        f"{shared['max_steps']} steps, {shared['goals']} goals, admissible actions {shown}; "
        f"{version} {fingerprint[:12]}; {settings + '; ' if settings else ''}lfm {shared['lfm']}"
    )


def sheets(evaluation: Evaluation) -> list[Sheet]:
    """An evaluation for people and papers."""
    return [_overview(evaluation), _by_task_type(evaluation)]


def _overview(evaluation: Evaluation) -> Sheet:
    rows = [("success (95 % interval)", rate(evaluation))]
    if scores := cast("dict[str, Any] | None", evaluation.get("scores")):
        rows += [(about, estimate(scores[part][metric])) for about, part, metric in SCORES]
        rows.append(("failed for good", f"{scores['failed']} of {evaluation['episodes']}"))
    for name, found in evaluation.get("metrics", {}).items():
        rows.append((name.replace("_", " "), estimate(found)))
    rows += [
        ("steps", f"{evaluation['mean_steps']:.1f} of at most {evaluation['max_steps']}"),
        ("inadmissible actions", f"{evaluation['inadmissible']:.1%} of steps"),
        ("seed", str(evaluation["seed"])),
    ]
    if told := evaluation.get("spent"):
        spent = Spent(**told)
        rows.append(("calls of the chat model", f"{spent.paid:,} and {spent.kept:,} kept answers"))
        rows.append(("tokens read, written", f"{spent.input_tokens:,}, {spent.output_tokens:,}"))
        rows.append(("money", money(spent.cost)))
    title = f"{evaluation['method']} on {evaluation['env']}, {evaluation['split']}"
    notes = [protocol_line(evaluation)]
    if evaluation["privileged"]:
        notes.append("* used privileged information (simulator state or an expert's plan)")
    return Sheet(title, ("", evaluation["method"]), rows, notes)


def _by_task_type(evaluation: Evaluation) -> Sheet:
    rows = []
    for kind, (successes, tasks) in evaluation["by_task_type"].items():
        found = wilson(successes, tasks)
        steps = [
            each["steps"] for each in evaluation["tasks"].values() if each["task_type"] == kind
        ]
        rows.append(
            (
                kind,
                f"{successes} of {tasks}",
                f"{found.value:.1%}",
                f"{found.low:.1%} to {found.high:.1%}",
                f"{sum(steps) / tasks:.1f}",
            )
        )
    return Sheet("By type of task", ("type", "done", "success", "95 % interval", "steps"), rows)
