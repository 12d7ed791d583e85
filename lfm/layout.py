"""Names of the folders and files of a run directory, shared by all who write or read one.

A stage's name is its folder's path below the run directory, e.g. ``rollouts/round1``.
"""

from __future__ import annotations

from datetime import datetime
from itertools import chain, count
from pathlib import Path

from envs.files import naming_errors

RUNS_FOLDER = "runs"
"""Where runs go that are not told where to go, below the current folder."""

CONFIG_FILE = "config.yaml"
MANIFEST_FILE = "manifest.json"
METRICS_FILE = "metrics.jsonl"
RESULTS_FILE = "results.json"
SPENT_FILE = "spent.json"
REPORT_FILE = "report.html"
CORRECTIONS_FILE = "corrections.jsonl"
"""What people said of steps; lies over what the critic said, and is only ever added to."""
LOCK_FILE = ".lock"

DONE_FILE = "done.json"
"""In a stage's folder: the stage is finished; how long it took, counts, outputs."""
WORK_FOLDER = "work"
"""In a stage's folder: scratch that survives a kill and is removed when the stage is done."""

TRAJECTORIES_FILE = "trajectories.parquet"
LABELS_FILE = "labels.parquet"
WINDOWS_FILE = "windows.parquet"
JUDGEMENTS_FILE = "judgements.parquet"
ADVICE_FILE = "advice.parquet"
REFINEMENTS_FILE = "refinements.parquet"
DIVERGENCE_FILE = "divergence.json"
AGREEMENT_FILE = "agreement.json"
IDENTIFICATION_FILE = "identification.json"

DEMONSTRATIONS = "demonstrations"
"""Stage of the expert's episodes."""


BASE = "base"
"""Name of the policy that runs of a policy that writes begin with."""


def rollouts(name: str) -> str:
    """Stage of a policy's episodes on training or adaptation tasks, e.g. of ``"round1"``."""
    return f"rollouts/{name}"


def feedback(name: str) -> str:
    """Stage of the critic's labels of the roll-outs ``name``."""
    return f"feedback/{name}"


def feedback_model(name: str) -> str:
    """Stage that trains a feedback model, e.g. ``"round1"``; its agreement is beside it."""
    return f"feedback_model/{name}"


def judgements(name: str) -> str:
    """Stage that says which steps of the roll-outs ``name`` are kept."""
    return f"judgements/{name}"


def advice(name: str) -> str:
    """Stage of what an expert would have done in the states of the roll-outs ``name``."""
    return f"advice/{name}"


def correctness(name: str) -> str:
    """Stage of what the critic says, asked for that alone, of which answers are right."""
    return f"correctness/{name}"


def identification(name: str) -> str:
    """Stage that measures how well the wrong answers of the roll-outs ``name`` were found."""
    return f"identification/{name}"


def refinements(name: str) -> str:
    """Stage of what was written in place of answers of the roll-outs ``name``."""
    return f"refinements/{name}"


def reward_model(name: str) -> str:
    """Stage that trains a reward model on the refinements of all rounds of the recipe ``name``."""
    return f"reward_model/{name}"


def divergence(name: str) -> str:
    """Stage that measures how far the policy of the recipe ``name`` went from its start."""
    return f"divergence/{name}"


def policy(name: str) -> str:
    """Stage that trains a policy, e.g. ``"bc"``, ``"lfm1"``, ``"adapted1"``."""
    return f"policies/{name}"


def evaluation(method: str, split: str) -> str:
    """Stage of a method's evaluation episodes, e.g. of ``"bc"`` on ``"valid_unseen"``."""
    return f"evaluations/{method}-{split}"


def episode_sets(run_directory: Path) -> dict[str, Path]:
    """Every finished set of episodes: the stage that made it -> its Parquet file, oldest first."""
    files = [
        done.with_name(TRAJECTORIES_FILE)
        for done in run_directory.glob(f"**/{DONE_FILE}")
        if done.with_name(TRAJECTORIES_FILE).exists()
    ]
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file))
    return {file.parent.relative_to(run_directory).as_posix(): file for file in files}


def new_directory(experiment: str) -> Path:
    """A new run directory, named by experiment and local time; no other process gets the same."""
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    first = Path(RUNS_FOLDER) / experiment / name
    with naming_errors(first):
        first.parent.mkdir(parents=True, exist_ok=True)
    others = (first.with_name(f"{name}_{number}") for number in count(2))
    return next(path for path in chain([first], others) if _made(path))


def _made(folder: Path) -> bool:
    """Whether a folder was made, and not there before."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
