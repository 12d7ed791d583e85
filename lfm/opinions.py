"""Labels of steps, wherever they are: a critic's, a feedback model's, people's, the simulator's."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from omegaconf import OmegaConf

from envs.errors import UserError
from envs.files import naming_errors
from envs.record import Trajectory
from envs.store import read_trajectories
from lfm import layout
from lfm.builders import make_simulator_critic
from lfm.comparison import Opinion
from lfm.corrections import Correction, fitting, labels_of, read_corrections, run_episodes
from lfm.corrections import study as given_for_study
from lfm.critic_config import SimulatorCriticConfig, WindowChoice
from lfm.critics.base import WindowFeedback
from lfm.critics.windows import make_windows
from lfm.env_config import EnvConfig
from lfm.schemas import GROUPS, env_name
from lfm.store import Judgement, read_feedback, read_judgements
from lfm.summary import read_agreements

COLUMNS = ("trajectory_id", "step", "productive")
"""Columns of a person's file; it may have others."""
MIDDLE = 0.5
"""Threshold of whoever judged without one of its own, such as the critic."""
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_opinion(path: Path, *, study: bool = False) -> Opinion:
    """The labels in a folder of a critic's feedback or of judgements, or in a person's file.

    A step that two windows cover has the label of the last.

    Args:
        path: the folder; or a CSV file, or the corrections of a run.
        study: of corrections, only those of :func:`lfm.corrections.study`.

    Raises:
        UserError: if there are none, or a file is damaged.
    """
    if path.suffix == ".csv":
        return _read_csv(path)
    if path.name == layout.CORRECTIONS_FILE:
        corrections = read_corrections(path)
        if not corrections:
            raise UserError(f"{path} has no verdicts; give some with python -m lfm.inspect")
        fit = fitting(corrections, run_episodes(path.parent))
        return persons_opinion(given_for_study(fit) if study else fit)
    if (path / layout.JUDGEMENTS_FILE).exists():
        return models_opinion(path.parent.parent, read_judgements(path / layout.JUDGEMENTS_FILE))
    return _labels(read_feedback(path))


def persons_opinion(corrections: Iterable[Correction]) -> Opinion:
    """The labels that people gave last."""
    return {place: each.productive for place, each in labels_of(corrections).items()}


def models_opinion(run_directory: Path, judgements: Iterable[Judgement]) -> Opinion:
    """The steps that a feedback model approves of, from its own threshold, and those it does not.

    Args:
        run_directory: the run, which knows the threshold.
        judgements: the model's.

    Raises:
        UserError: if a file of the run is damaged.
    """
    agreements = read_agreements(run_directory)
    thresholds = {name: facts["threshold"] for name, facts in agreements.items()}
    return {
        (each.trajectory_id, each.step): each.p_productive
        >= thresholds.get(each.feedback_model, MIDDLE)
        for each in judgements
    }


def simulator_opinion(feedback: Path) -> Opinion:
    """What the simulator says of the episodes that a critic of a run has read.

    Args:
        feedback: the folder of the critic's feedback in the run's directory.

    Raises:
        UserError: if the run is not there, or its episodes do not replay.
    """
    run, episodes = feedback.parent.parent, read_episodes(feedback)
    config = run / layout.CONFIG_FILE
    if not episodes or not config.exists():
        raise UserError(
            f"{feedback} is no feedback in a run's directory, so the simulator has no episodes to "
            "judge; give RUN/feedback/round1"
        )
    critic = SimulatorCriticConfig("simulator", 0, 0, WindowChoice.first, 0.0, 0.0)
    with closing(make_simulator_critic(critic, _env(config), episodes[0].split, 0)) as simulator:
        return _labels(simulator.critique(make_windows(episodes, 0)))


def read_episodes(feedback: Path) -> list[Trajectory]:
    """The episodes that the feedback in a run's folder is about; none if it is in no run."""
    stage = layout.rollouts(feedback.name)
    file = feedback.parent.parent / stage / layout.TRAJECTORIES_FILE
    return read_trajectories(file) if file.exists() else []


def check_same_episodes(first: Path, second: Path) -> None:
    """Refuse feedback on different episodes that happen to have the same names.

    Raises:
        UserError: if the runs that both are part of did not do the same.
    """
    one, other = (
        {each.trajectory_id: [step.action for step in each.steps] for each in read_episodes(path)}
        for path in (first, second)
    )
    for name in one.keys() & other.keys():
        if one[name] != other[name]:
            raise UserError(
                f"{first} and {second} are about different episodes: in {name} not the same was "
                "done; compare critics that have read the same roll-outs, as runs with the same "
                "seed and settings have in their first round"
            )


def _labels(feedback: list[WindowFeedback]) -> Opinion:
    return {
        (window.trajectory_id, label.step): label.productive
        for window in feedback
        for label in window.steps
    }


def _env(config: Path) -> EnvConfig:
    """The environment of a run."""
    stored = OmegaConf.load(config).env
    option = next(name for name in GROUPS["env"] if env_name(name) == stored.name)
    merged = OmegaConf.merge(OmegaConf.structured(GROUPS["env"][option]), stored)
    env = OmegaConf.to_object(merged)
    assert isinstance(env, EnvConfig)
    return env


def _read_csv(path: Path) -> Opinion:
    labels: dict[tuple[str, int], bool] = {}
    with naming_errors(path), path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not set(COLUMNS) <= set(rows.fieldnames or ()):
            raise UserError(f"{path} lacks a column: it needs {', '.join(COLUMNS)}")
        for row in rows:
            step, productive = row["step"] or "", (row["productive"] or "").strip().lower()
            if not step.strip().isdecimal() or productive not in _WORDS:
                raise UserError(
                    f"{path}, line {rows.line_num}: step must be a number and productive true or "
                    f"false, not {step!r} and {row['productive']!r}"
                )
            labels[row["trajectory_id"], int(step)] = _WORDS[productive]
    return labels
