"""The model card of a policy or a feedback model: what it is, what it learned from, how it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from envs.files import read_json, write_text
from lfm.done import DoneStage, read_done
from lfm.layout import AGREEMENT_FILE, CONFIG_FILE, DONE_FILE, MANIFEST_FILE, RESULTS_FILE

CARD = "README.md"
_TRAINING = re.compile(r"(demonstrations|rollouts|feedback|judgements|advice)\b")
"""Stages that make what a policy or a feedback model learns from."""
_KINDS = {
    "policies": ("policy", "acts in"),
    "feedback_model": ("feedback_model", "judges the steps of episodes in"),
}
"""By the first folder of a stage that trains a model: its group of settings, and what it does."""


def write_cards(run_directory: Path) -> None:
    """Write the card of every policy and feedback model of a run.

    Raises:
        UserError: if a file of the run is damaged or a card cannot be written.
    """
    for done in read_done(run_directory):
        if done.name.partition("/")[0] in _KINDS:
            write_text(run_directory / done.name / CARD, card(run_directory, done))


def run_of(model: Path) -> Path | None:
    """The run that a model's folder is part of; None if it is of none."""
    folder = model.resolve().parent.parent
    return folder if (folder / CONFIG_FILE).is_file() and (model / DONE_FILE).is_file() else None


def card(run_directory: Path, made: DoneStage) -> str:
    """The card of a model, as Markdown with the head that the Hugging Face hub reads.

    Args:
        run_directory: of the run that made it.
        made: the finished stage.
    """
    config: Any = OmegaConf.to_container(OmegaConf.load(run_directory / CONFIG_FILE))
    manifest = read_json(run_directory / MANIFEST_FILE)
    model = read_json(run_directory / made.name / "config.json")
    folder, _, name = made.name.partition("/")
    group, does = _KINDS[folder]
    start = config[group].get("path") or ""
    judges = group == "feedback_model"
    measured = _agreement(run_directory / made.name) if judges else _results(run_directory)
    lines = [
        *("---", "tags: [lfm, text-agent]"),
        *([f"base_model: {start}"] if _on_hub(start) else []),
        *("---", "", f"# {name}: a {group.replace('_', ' ')} for {config['env']['name']}", ""),
        *_origin(config, manifest, model, made.name, start, does),
        *("", "## Data", ""),
        *_data(run_directory, manifest, made),
        *("", "## Training", ""),
        *_training(config, model, "adaptation" if name.startswith("adapted") else group),
        *("", "## Results", ""),
        *measured,
        *("", "## Licence", ""),
        "None is given here: whoever publishes this chooses one that the model it began with, and "
        "the data above, allow.",
    ]
    return "\n".join(lines) + "\n"


def _on_hub(start: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+/[\w.-]+", start)) and not Path(start).exists()


def _origin(
    config: Mapping[str, Any],
    manifest: Mapping[str, Any],
    model: Mapping[str, Any],
    stage: str,
    start: str,
    does: str,
) -> Iterator[str]:
    """What it is and where it comes from."""
    kind = (model.get("architectures") or ["model"])[0]
    # A folder's own name is told, and not where it was on somebody's machine.
    began = start if _on_hub(start) else Path(start).name
    yield (
        f"A `{kind}` that {does} {config['env']['name']}, trained by "
        "[LFM](https://arxiv.org/abs/2402.07876)."
    )
    yield ""
    yield f"- began with: {began or 'random weights'}"
    yield f"- stage of the run: `{stage}`, seed {config['seed']}"
    yield f"- commit of the code: {manifest['commit'] or 'unknown'}"
    told = "yes" if model.get("privileged") else "no"
    yield f"- privileged information had a part in its learning: {told}"
    versions = ", ".join(f"{each} {number}" for each, number in manifest["packages"].items())
    yield f"- software: {versions}"


def _data(run_directory: Path, manifest: Mapping[str, Any], made: DoneStage) -> Iterator[str]:
    """The tasks, and every stage before this one whose files it could learn from."""
    for fact, value in manifest["facts"].items():
        yield f"- {fact}: {value}"
    for done in read_done(run_directory):
        if done.finished < made.finished and _TRAINING.match(done.name):
            counts = ", ".join(f"{key} {value}" for key, value in done.counts.items())
            yield f"- `{done.name}`: {counts}"
    yield "- " + ", ".join(f"{key} {value}" for key, value in made.counts.items())


def _training(config: Mapping[str, Any], model: Mapping[str, Any], group: str) -> Iterator[str]:
    settings = config.get(group) or config["recipe"][group]
    yield from (f"- {key}: {value}" for key, value in settings.items() if key != "path")
    if chosen := model.get("chosen"):
        yield (
            f"- these are the weights after update {chosen['updates']}, whose loss on the episodes "
            f"held out was the lowest: {chosen['held_out_loss']:.4f}"
        )


def _agreement(folder: Path) -> Iterator[str]:
    """How a feedback model agrees with the labels of tasks that were kept aside."""
    yield "Against the labels of tasks that it did not learn from:"
    yield ""
    for name, value in read_json(folder / AGREEMENT_FILE).items():
        if isinstance(value, float):
            yield f"- {name.replace('_', ' ')}: {value:.4f}"
        elif isinstance(value, int):
            yield f"- {name}: {value}"


def _results(run_directory: Path) -> Iterator[str]:
    """All rows of the run; a policy's are those of its method."""
    file = run_directory / RESULTS_FILE
    rows: Sequence[Mapping[str, Any]] = read_json(file) if file.exists() else []
    if not rows:
        yield "It has not been evaluated."
        return
    yield "Of all policies of the run; `lfm` and `adapted` are those after the last round."
    yield ""
    yield "| policy | split | episodes | success | 95 % interval | steps at most | goals |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        low, high = row["interval"]
        yield (
            f"| {row['method']} | {row['split']} | {row['episodes']} | {row['success_rate']:.3f} "
            f"| {low:.3f} to {high:.3f} | {row['max_steps']} | {row['goals']} |"
        )
