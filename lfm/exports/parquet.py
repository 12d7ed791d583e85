"""A run as a folder that ``datasets.load_dataset`` reads, and that is still a run.

The tables are the run's own, under their own names, so that nothing is lost and every command that
reads a run reads the folder. Beside them are a card and one table more, which has a row for every
step with all that was said of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import OmegaConf

from envs.files import write_text
from envs.tables import versioned, write_rows
from lfm import layout
from lfm.exports.card import CARD, Table, card
from lfm.exports.source import Source, about
from lfm.story import Story, ToldStep

STEPS = versioned(
    "annotated steps",
    3,
    pa.schema(
        [
            *((name, pa.string()) for name in ("set", "trajectory_id", "env", "env_version")),
            *((name, pa.string()) for name in ("split", "task_id", "task_type", "policy")),
            ("policy_privileged", pa.bool_()),
            ("seed", pa.int64()),
            ("success", pa.bool_()),
            ("instruction", pa.string()),
            ("step", pa.int32()),
            ("seen", pa.string()),
            ("action", pa.string()),
            ("observation", pa.string()),
            ("score", pa.float64()),
            ("log_prob", pa.float64()),
            ("labels", pa.list_(pa.struct([("productive", pa.bool_()), ("reason", pa.string())]))),
            ("critic", pa.string()),
            ("critic_privileged", pa.bool_()),
            ("p_productive", pa.float64()),
            ("kept", pa.bool_()),
            ("reason", pa.string()),
            ("feedback_model", pa.string()),
            ("feedback_model_privileged", pa.bool_()),
            ("advice", pa.string()),
            ("advisor", pa.string()),
            ("advisor_privileged", pa.bool_()),
            ("imitated", pa.string()),
            ("person", pa.string()),
            ("person_note", pa.string()),
        ]
    ),
)
"""Columns of the table of all steps; ``step`` counts from 1."""

_PRIVATE = ("run_dir", "resume", "logger", "base_url", "cache", "api_key_env")
"""Settings that are of a machine and not of the data."""


def write_parquet(source: Source, out: Path) -> int:
    """Write the folder; returns how many episodes it has.

    Raises:
        UserError: if a file of the run is missing or damaged, or one cannot be written.
    """
    config = OmegaConf.to_container(OmegaConf.load(source.run / layout.CONFIG_FILE))
    write_text(out / layout.CONFIG_FILE, OmegaConf.to_yaml(_public(config)))
    tables, episodes = list[Table](), 0
    agreements = source.run.glob(f"{layout.feedback_model('*')}/{layout.AGREEMENT_FILE}")
    facts = [file.relative_to(source.run).as_posix() for file in agreements]
    for name in (layout.MANIFEST_FILE, layout.RESULTS_FILE, layout.CORRECTIONS_FILE, *facts):
        _copy(source.run, out, name)
    for stage, stories in source.sets():
        own = list(tables_of(source.run, stage))
        told = Table("steps", stage, f"steps/{stage}.parquet")
        for file in (Path(table.path) for table in own):
            _copy(source.run, out, str(file))
            _copy(source.run, out, str(file.with_name(layout.DONE_FILE)))
        write_rows(out / told.path, STEPS, step_rows(source, stage, stories))
        tables += [told, *own]
        episodes += len(stories)
    # datasets refuses a table without rows, such as the labels of a critic that nobody could read.
    filled = [table for table in tables if pq.read_metadata(out / table.path).num_rows]
    write_text(out / CARD, card(source, filled))
    return episodes


def step_rows(source: Source, stage: str, stories: list[Story]) -> Iterator[dict[str, Any]]:
    """The steps of a set, as rows of :data:`STEPS`."""
    for story in stories:
        same = {
            **about(stage, story.trajectory),
            **source.speakers(stage, story),
            "instruction": story.trajectory.instruction,
        }
        for told in story.told:
            yield {**same, **_step(story, told)}


def _step(story: Story, told: ToldStep) -> dict[str, Any]:
    judged = told.judgement
    return {
        "step": told.number,
        "seen": story.trajectory.observation_before(told.number - 1),
        "action": told.step.action,
        "observation": told.step.observation,
        "score": told.step.score,
        "log_prob": told.step.log_prob,
        "labels": [
            {"productive": label.productive, "reason": label.reason} for label in told.labels
        ],
        "p_productive": judged.p_productive if judged else None,
        "kept": judged.kept if judged else None,
        "reason": judged.reason if judged else None,
        "advice": told.advice,
        "imitated": told.rewritten.imitated if told.rewritten else None,
        "person": told.person.new if told.person else None,
        "person_note": told.person.note if told.person else None,
    }


def tables_of(run: Path, stage: str) -> Iterator[Table]:
    """The run's own tables of a set: the episodes and what was said of them."""
    name = stage.rpartition("/")[2]
    for kind, folder, file in (
        ("episodes", stage, layout.TRAJECTORIES_FILE),
        ("labels", layout.feedback(name), layout.LABELS_FILE),
        ("windows", layout.feedback(name), layout.WINDOWS_FILE),
        ("judgements", layout.judgements(name), layout.JUDGEMENTS_FILE),
        ("advice", layout.advice(name), layout.ADVICE_FILE),
        ("correctness", layout.correctness(name), layout.LABELS_FILE),
        ("correctness_windows", layout.correctness(name), layout.WINDOWS_FILE),
        ("refinements", layout.refinements(name), layout.REFINEMENTS_FILE),
    ):
        if (run / folder / layout.DONE_FILE).exists():
            yield Table(kind, stage, f"{folder}/{file}")


def _copy(run: Path, out: Path, name: str) -> None:
    """Copy a file of the run, if it is there."""
    if (run / name).exists():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run / name, out / name)


def _public(setting: Any) -> Any:
    """Settings without what is of a machine; of a folder's path only its own name is left."""
    if isinstance(setting, dict):
        return {key: _public(value) for key, value in setting.items() if key not in _PRIVATE}
    path = isinstance(setting, str) and Path(setting).is_absolute()
    return Path(setting).name if path else setting
