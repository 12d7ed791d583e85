"""The commands that pages show: run for real, on so little that each takes a second or two.

A page's commands are given one after the other in one folder, so that one reads what another has
written. Its placeholders are filled, and settings are added that say how much, and where a model
is, but never what: see :data:`SIZES`. What cannot be run is in :data:`NOT_RUN`.
"""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from envs.store import read_index
from lfm.cli import run_command
from lfm.layout import TRAJECTORIES_FILE, rollouts
from tests.docs.blocks import Shown
from tests.end_to_end.commands import CONFIGS, command

NOT_RUN = {
    ". .venv/bin/activate": "belongs to the shell; tests/test_wheel.py has an environment",
    "RAY_AUTH_MODE=token": "several machines; tests/end_to_end/test_ray.py has one",
    "accelerate launch": "several GPUs; tests/end_to_end/test_flan_t5.py has two processes",
    "alfworld-download": "downloads the official games",
    "cd lfm": "tests are in the folder already",
    "export ALFWORLD_DATA=DIR": "the folder is named where the official games are played",
    "git clone": "downloads this repository",
    "hf download": "downloads a model",
    "mkdocs serve": "waits for a browser; tests/docs/test_site.py builds the site",
    "pip install": "tests/test_wheel.py installs what is built",
    "pre-commit install": "changes the repository that it is given in",
    "python -m envs.touchdown.annotate": (
        "reads pictures and other people's features; tests/envs/touchdown/test_annotate.py does"
    ),
    "python -m experiments.": "measures, some for hours; tests/experiments runs the parts",
    "python -m lfm.adapt policy=runs/official": (
        "plays the official valid_unseen, which is kept for the examination"
    ),
    "python -m lfm.doctor env=touchdown env.data=DIR env.scenario=map2seq": (
        "counts the official routes, which are not all at hand; "
        "tests/lfm/checks/test_tasks.py looks at other data"
    ),
    "python -m lfm.evaluate policy=RUN/policies/lfm2 policy.server=": (
        "needs the policy served; tests/end_to_end/test_served_model.py does that"
    ),
    "python -m lfm.evaluate policy=runs/official": (
        "plays the official valid_unseen, which is kept for the examination"
    ),
    "python -m lfm.export run=RUN format=preference": (
        "needs a feedback model that tells steps apart, which takes longer to train; "
        "tests/lfm/exports/test_rows.py"
    ),
    "python -m lfm.inspect run=DIR serve=true": (
        "waits for a browser; tests/lfm/test_judging_browser.py is one"
    ),
    "python -m lfm.push": "uploads; tests/end_to_end/test_flan_t5.py has a hub of its own",
    "python -m lfm.train --multirun hydra/launcher=submitit_slurm": "needs SLURM",
    "python -m lfm.train env=alfworld env.data=DIR": (
        "plays the official valid_unseen; tests/end_to_end/test_official.py plays valid_seen"
    ),
    (
        "python -m lfm.train env=alfworld feedback_model=causal "
        "feedback_model.path=models/qwen feedback_model.detailed=true"
    ): "writes long texts; tests/end_to_end/test_causal.py has shorter ones",
    "python -m lfm.train env=alfworld recipe.teacher=suggestion critic=openai": (
        "the model behind the tests' address makes no corrections; tests/lfm/test_suggestions.py"
    ),
    "python -m lfm.train env=alfworld rollout=ray": (
        "starts a cluster; tests/end_to_end/test_ray.py does that"
    ),
    "python -m lfm.train env=scienceworld": (
        "starts many Javas; tests/end_to_end/test_scienceworld.py does that"
    ),
    "python -m lfm.train env=touchdown env.data=DIR env.scenario": (
        "counts the official routes, which are not all at hand; "
        "tests/envs/touchdown/test_env_settings.py has files of that form"
    ),
    "python -m pytest": "runs these tests",
    "python3 -m venv": "tests/test_wheel.py makes an environment",
    "torchrun": "two processes; tests/end_to_end/test_flan_t5.py has them",
    "vllm serve": "needs a GPU, and is no part of LFM",
}
"""How a command begins that is not run -> why not."""

ON_OFFICIAL_GAMES = (
    "python -m lfm.train experiment=alfworld_official",
    "python -m lfm.train env=alfworld experiment=alfworld_official",
)
"""How commands begin that need the official games, and are run where these are."""

_MODEL = ("hidden_size=16", "layers=1", "heads=2", "updates=3", "batch_size=4")
_ADAPTATION = ("samples=1", "updates=3", "batch_size=4")
SIZES: dict[str, tuple[str, ...]] = {
    "train": (
        *("threads=1", "policy.longest=512", *(f"policy.{each}" for each in _MODEL)),
        *("policy.lessons=100", "policy.lesson_updates=3", "policy.answer_tokens=8"),
        *(f"feedback_model.{each}" for each in _MODEL),
        *("recipe.demonstrations=8", "recipe.rollout_tasks=3", "recipe.rollout_samples=1"),
        *("recipe.eval_tasks=1", "recipe.batch_envs=4", "recipe.divergence_texts=2"),
        *(f"recipe.adaptation.{each}" for each in _ADAPTATION),
    ),
    "adapt": (
        *("threads=1", "batch_envs=4", "env.games=2"),
        *(f"adaptation.{each}" for each in _ADAPTATION),
    ),
    "evaluate": ("threads=1", "expect=2", "env.games=2", "env.per_task=1"),
}
"""What is added to each command, as far as it has such settings: less of everything."""

SMALLER = {
    "alfworld": "env.max_steps=10",
    "touchdown": "env.max_steps=50",
    "scienceworld": "env.tasks=[find-plant]",
}
"""What is added of an environment: steps that are enough for its expert, or one of its tasks."""

ONCE = ("recipe.rounds=1", "recipe.adaptation.rounds=0")
"""What is added to runs that no other command of a page reads: those after its first."""

PREPARED = Path("runs/default/prepared")
"""The run that is there when a page begins; what else is, says tests/docs/conftest.py."""
MODEL = "ruler"
"""The name of the model behind the address of the tests."""
_ON_PAGES = "http://localhost:8000/v1"
"""Where pages say that it is."""


def why_not(shown: Shown) -> str | None:
    """Why a command is not run, if it is not."""
    return next((why for begin, why in NOT_RUN.items() if str(shown).startswith(begin)), None)


def needs_official_games(shown: Shown) -> bool:
    """Whether a command is run only where they are."""
    return str(shown).startswith(ON_OFFICIAL_GAMES)


def understood(name: str, arguments: Sequence[str]) -> Any:
    """The settings that a command of LFM would have, of several jobs the first's; runs nothing."""
    composed: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [name, *arguments])
        with pytest.raises(SystemExit) as end:
            run_command(composed.append, CONFIGS[name])
    assert end.value.code == 0
    return composed[0]


def give(shown: Shown, url: str, patch: pytest.MonkeyPatch) -> None:
    """Fill a command's placeholders, add sizes, and run it here; it has to succeed.

    Args:
        shown: the command.
        url: where there is a chat model.
        patch: takes back what is exported.
    """
    words = [_filled(word, url) for word in shown.words if not word.startswith("hydra")]
    if words[0] == "export":
        patch.setenv(*words[1].split("="))
        return
    assert words[:2] == ["python", "-m"], f"{shown.page}: {shown}: neither run nor in NOT_RUN"
    module, arguments = words[2], words[3:]
    name = module.removeprefix("lfm.")
    if name == module:
        code = _run_module(module, arguments)
    else:
        arguments += _added(name, arguments, url)
        code = command(name, *arguments)
    assert code == 0, f"{shown.page}: {shown}: {' '.join(arguments)}"


def _run_module(module: str, arguments: Sequence[str]) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        with pytest.raises(SystemExit) as end:
            runpy.run_module(module, run_name="__main__")
    return end.value.code


def _filled(word: str, url: str) -> str:
    """A word as somebody would type it; of a sweep over seeds, the first."""
    name, _, value = word.partition("=")
    run = _first_run()
    if value in ("ID", "TASK"):
        first = read_index(run / rollouts("round1") / TRAJECTORIES_FILE).to_pylist()[0]
        return f"{name}={first['trajectory_id' if value == 'ID' else 'task_id']}"
    for placeholder, stands_for in (
        ("^env.data=DIR$", "env.data=streets"),
        ("^env.data=DATA$", "env.data=official"),
        ("^env.routes=FILE$", "env.routes=streets/data/dev.json"),
        ("^env.train_routes=FILE$", "env.train_routes=streets/data/train.json"),
        ("^seed=0,1,2$", "seed=0"),
        ("^out=FILE", "out=file"),
        (_ON_PAGES, url),
        (r"runs/default/<time>|\bRUN\b|\bDIR\b", str(run)),
        (r"\bMODEL\b", MODEL),
    ):
        word = re.sub(placeholder, stands_for, word)
    return word


def _added(name: str, arguments: Sequence[str], url: str) -> list[str]:
    """Settings that say how much, and where models are, of those that the command has."""
    settings = understood(name, arguments)
    added = list(SIZES.get(name, ()))
    if added and settings.env.name in SMALLER:
        added.append(SMALLER[settings.env.name])
    for group in ("policy", "feedback_model"):
        if "t5" in str(_value(settings, f"{group}.path")):
            added.append(f"{group}.path=models/t5")
    if name == "train" and _value(settings, "policy.path") == str(_first_run()):
        added.append("policy.path=models/qwen")
    if _value(settings, "recipe.demonstrations") == 0:
        added.remove("recipe.demonstrations=8")
    unless_shown = [f"{group}.base_url={url}" for group in ("critic", "chat")]
    unless_shown += [f"{group}.cache=chat.sqlite" for group in ("critic", "chat")]
    if name == "train" and _first_run() != PREPARED:
        unless_shown += ONCE
    shown = {_name(word) for word in arguments}
    added += [setting for setting in unless_shown if _name(setting) not in shown]
    return [setting for setting in added if _value(settings, _name(setting)) is not None]


def _name(setting: str) -> str:
    return setting.partition("=")[0]


def _first_run() -> Path:
    """The first that a page has made, whose name is a time, or else the one that was there."""
    return min(PREPARED.parent.glob("*"), default=PREPARED)


def _value(settings: Any, name: str) -> Any:
    """What a setting is; None if there is no such setting."""
    for part in name.split("."):
        settings = getattr(settings, part, None)
    return settings
