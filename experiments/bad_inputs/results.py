"""Bad input to what reads, compares and hands on results, and to what plays elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.bad_inputs.case import BadInput, nothing
from experiments.bad_inputs.runs import run_with
from lfm.schemas import GROUPS

_ENVS = ", ".join(sorted(GROUPS["env"]))
_ONE_GAME = "policy=random env.games=1 env.max_steps=1"


def _case(
    area: str, what: str, command: str, answer: str, prepare: Callable[[Path], None] = nothing
) -> BadInput:
    name, *words = command.split()
    return BadInput(area, what, name, tuple(words), answer, prepare)


def _row(**changes: Any) -> dict[str, Any]:
    """An evaluation of one task, as far as comparing reads it."""
    facts = ("env", "env_version", "data", "split", "episodes", "max_steps", "goals", "seed")
    task = {"task_type": "look", "success": True, "steps": 3, "scores": {}}
    return {
        **dict.fromkeys(facts, "same"),
        "version": 2,
        "admissible_given": True,
        "env_settings": {},
        "software": {"packages": {}},
        "tasks": {"task-0": task},
        **changes,
    }


def _evaluations(folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps(_row(max_steps=50)), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps(_row(max_steps=80)), encoding="utf-8")


def _board(folder: Path) -> None:
    row = json.dumps(_row())
    (folder / "board.jsonl").write_text(f"{row}\n{row[:60]}\n", encoding="utf-8")


def _page(folder: Path) -> None:
    (folder / "page.html").write_text("<!DOCTYPE html>\n", encoding="utf-8")


def _run_and_page(folder: Path) -> None:
    run_with()(folder)
    _page(folder)


def _begun(folder: Path) -> None:
    """An evaluation with another seed."""
    subprocess.run(
        [sys.executable, "-m", "lfm.evaluate", *_ONE_GAME.split(), "seed=7", "out=result.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        capture_output=True,
    )


RESULTS: tuple[BadInput, ...] = (
    _case(
        "comparing",
        "comparing one evaluation",
        "compare a={dir}/a.json",
        "b: must be given, as b=...; What may be better: another such file.",
    ),
    _case(
        "comparing",
        "evaluation that is not there",
        "compare a={dir}/a.json b={dir}/b.json",
        "cannot read {dir}/a.json: No such file or directory; check the path",
    ),
    _case(
        "comparing",
        "page of a web site as an evaluation",
        "compare a={dir}/page.html b={dir}/page.html",
        "{dir}/page.html is damaged (not JSON: Expecting value: line 1 column 1 (char 0)); restore "
        "it, or delete it and make it again",
        _page,
    ),
    _case(
        "comparing",
        "evaluations that were not made alike",
        "compare a={dir}/a.json b={dir}/b.json",
        "a and b are not comparable: max_steps 50 and 80. Evaluate both in the same way, or give "
        "force=true to compare them all the same on the tasks that both have",
        _evaluations,
    ),
    _case(
        "comparing",
        "unknown kind of output",
        "compare a=a.json b=b.json format=html",
        "format: 'html' is not known; choose one of table, json, latex.",
    ),
    _case(
        "comparing",
        "leaderboard that is not there",
        "leaderboard file={dir}/board.jsonl",
        "cannot read {dir}/board.jsonl: No such file or directory; check the path",
    ),
    _case(
        "comparing",
        "leaderboard with half a line",
        "leaderboard file={dir}/board.jsonl",
        "{dir}/board.jsonl, line 2, is no row of a leaderboard of version 2; mend it, or take it "
        "out",
        _board,
    ),
    _case(
        "comparing",
        "result for a leaderboard that is something else",
        f"evaluate {_ONE_GAME} leaderboard={{dir}}/page.html",
        "{dir}/page.html, line 1, is no row of a leaderboard of version 2; mend it, or take it out",
        _page,
    ),
    _case(
        "comparing",
        "another number of tasks than expected",
        f"evaluate {_ONE_GAME} expect=134",
        "expect: valid_unseen has 1 tasks with these settings and not 134; restore the data, or "
        "see what env.games, env.per_task and the like leave out",
    ),
    _case(
        "comparing",
        "going on with an evaluation by another seed",
        f"evaluate {_ONE_GAME} out={{dir}}/result.json",
        "{dir}/result.run was begun with another config: seed was 7 and is 0. Give the same "
        "values, or start a new run in another out",
        _begun,
    ),
    _case(
        "handing on",
        "export without a format",
        "export run={dir} out={dir}/rows.jsonl",
        "format: must be given, as format=...; parquet: a folder for datasets.load_dataset, which "
        "is also a run that LFM reads; chat: JSON lines of conversations that say which turns were "
        "imitated; stepwise, preference: JSON lines for TRL; inspect: logs for Inspect's viewer; "
        "minari: Minari datasets.",
    ),
    _case(
        "handing on",
        "unknown format",
        "export run={dir} out={dir}/rows.jsonl format=csv",
        "format: 'csv' is not one of parquet, chat, stepwise, preference, inspect, minari.",
    ),
    _case(
        "handing on",
        "exporting a folder that is no run",
        "export run={dir} out={dir}/data format=parquet",
        "run: {dir} is no run (it has no config.yaml)",
    ),
    _case(
        "handing on",
        "export to where something is",
        "export run={dir}/run out={dir}/page.html format=stepwise",
        "out: {dir}/page.html is there already; choose another name, or delete it first",
        _run_and_page,
    ),
    _case(
        "handing on",
        "exporting episodes that are not there",
        "export run={dir}/run out={dir}/rows.jsonl format=chat set=round9",
        "set: {dir}/run has no episodes called 'round9'; it has: demonstrations, bc-valid_seen, "
        "bc-valid_unseen",
        run_with(),
    ),
    _case(
        "handing on",
        "exporting people's labels where nobody gave any",
        "export run={dir}/run out={dir}/rows.jsonl format=stepwise labels=human",
        "format: stepwise needs a labelled step, and there is none in any set of {dir}/run; try "
        "another set= or labels=",
        run_with(),
    ),
    _case(
        "people",
        "serving the page of many runs",
        "inspect runs={dir} serve=true",
        "serve: it is about one run; give that as run=DIR, without runs=.",
    ),
    _case(
        "people",
        "judging blind without a page",
        "inspect run={dir} blind=true",
        "blind: it is of the page that serve=true serves; give both.",
    ),
    _case(
        "people",
        "port that no machine has",
        "inspect run={dir} serve=true port=70000",
        "port: 70000 is out of range; it must be from 0 to 65535.",
    ),
    _case(
        "people",
        "verdicts from a file of something else",
        "inspect run={dir}/run corrections={dir}/page.html",
        "{dir}/page.html does not hold corrections of version 1 (its first line must be "
        '{"schema": "corrections", "version": 1})',
        _run_and_page,
    ),
    _case(
        "people",
        "nobody who judges",
        "inspect run={dir}/run serve=true port=0 who=",
        "who: say who judges, as who=NAME, in 1 to 80 characters",
        run_with(),
    ),
    _case(
        "people",
        "labels of something unknown",
        "train recipe.labels=robot",
        "recipe.labels: 'robot' is not one of critic, human, both.",
    ),
    _case(
        "people",
        "people's labels where no feedback model learns",
        "train recipe.teacher=critic recipe.labels=human",
        "recipe.labels: human is for a feedback model to learn from, and recipe.teacher=critic "
        "trains none; leave it out, or choose recipe.teacher=feedback_model.",
    ),
    _case(
        "elsewhere",
        "unknown place to play",
        "evaluate policy=random rollout=slurm",
        "rollout: there is no 'slurm'; choose one of local, ray.",
    ),
    _case(
        "elsewhere",
        "cores of tasks that are played here",
        "evaluate policy=random rollout.cpus=2",
        "rollout.cpus: with the rollout=... that was chosen there is no such setting.",
    ),
    _case(
        "elsewhere",
        "address of a web site for a cluster",
        "evaluate policy=random rollout=ray rollout.address=http://head:6379",
        "rollout.address: 'http://head:6379' is not the address of a cluster; write HOST:PORT, as "
        "`ray start --head` says it.",
    ),
    _case(
        "elsewhere",
        "chat model asked by a cluster",
        "evaluate policy=chat chat.model=m chat.base_url=http://localhost:8000/v1 rollout=ray",
        "rollout=ray: policy=chat is asked by one process, which keeps its answers and its budget; "
        "leave out rollout=ray.",
    ),
    _case(
        "elsewhere",
        "doctor for an unknown environment",
        "doctor env=alfword",
        f"env: there is no 'alfword'; choose one of {_ENVS}.",
    ),
    _case(
        "elsewhere",
        "doctor for an unknown critic",
        "doctor critic=robot",
        f"critic: there is no 'robot'; choose one of {', '.join(sorted(GROUPS['critic']))}.",
    ),
)
