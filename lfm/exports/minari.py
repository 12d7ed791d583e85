"""Sets of episodes as Minari datasets (https://minari.farama.org), with text spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymnasium.spaces import Text

from envs.errors import UserError
from envs.record import Trajectory
from lfm.exports.source import Source, about
from lfm.story import Story

if TYPE_CHECKING:
    from minari.data_collector import EpisodeBuffer

_UNKNOWN = float("nan")
"""What a number is where nobody said anything."""


def write_minari(source: Source, out: Path) -> int:
    """Write a folder with a dataset for every set; returns how many episodes they have together.

    Episodes without a step are left out: Minari has no place for them.

    Raises:
        UserError: if minari is not installed, or a file of the run is missing or damaged.
    """
    episodes = 0
    for stage, stories in source.sets():
        acted = [story for story in stories if story.trajectory.steps]
        if acted:
            _write_dataset(source, out, stage, acted)
        episodes += len(acted)
    return episodes


def dataset_id(env: str, stage: str) -> str:
    """A set's name as Minari takes it.

    Example:
        >>> dataset_id("alfworld", "evaluations/bc-valid_unseen")
        'alfworld/evaluations-bc-valid_unseen-v0'
    """
    return f"{env}/{re.sub(r'[^-_0-9A-Za-z]', '-', stage)}-v0"


def _write_dataset(source: Source, out: Path, stage: str, stories: list[Story]) -> None:
    try:
        from minari import __version__
        from minari.dataset.minari_storage import MinariStorage
    except ImportError as error:
        raise UserError(
            'format=minari needs the minari package; type: pip install "lfm[export]"'
        ) from error
    episodes = [story.trajectory for story in stories]
    name = dataset_id(episodes[0].env, stage)
    folder = (out / name / "data").resolve()  # Minari does not find its files by a relative path
    folder.mkdir(parents=True)
    storage = MinariStorage.new(
        folder,
        observation_space=_space(text for each in episodes for text in _observations(each)),
        action_space=_space(step.action for each in episodes for step in each.steps),
        data_format="parquet",
    )
    storage.update_metadata(
        {
            "dataset_id": name,
            "minari_version": __version__,
            "algorithm_name": episodes[0].policy,
            "description": f"{stage} of the LFM run {source.run.resolve().name}",
        }
    )
    storage.update_episodes(_buffer(source, at, story) for at, story in enumerate(stories))
    storage.update_episode_metadata(
        {**about(stage, each), "instruction": each.instruction} for each in episodes
    )


def _space(texts: Iterable[str]) -> Text:
    """All texts up to the length of the longest, in the characters that occur."""
    longest, characters = 1, set("a")
    for text in texts:
        longest = max(longest, len(text))
        characters.update(text)
    return Text(longest, min_length=0, charset="".join(sorted(characters)))


def _observations(episode: Trajectory) -> list[str]:
    return [episode.first_observation, *(step.observation for step in episode.steps)]


def _buffer(source: Source, number: int, story: Story) -> EpisodeBuffer:
    """An episode; its ``infos`` have one entry more than it has steps, the first before any."""
    from minari.data_collector import EpisodeBuffer

    episode, verdicts = story.trajectory, source.verdicts(story)
    scores = [0.0, *(step.score for step in episode.steps)]
    earned = [max(score, 0.0) for score in scores]
    ended = episode.success or scores[-1] < 0  # else nothing says whether it ended or was stopped
    before = [False] * (len(episode.steps) - 1)
    judged = [told.judgement for told in story.told]
    labels = [verdicts.get(told.number) for told in story.told]
    infos: dict[str, Any] = {
        "score": scores,
        "label": [_UNKNOWN, *(float(each.productive) if each else _UNKNOWN for each in labels)],
        "reason": ["", *(each.reason if each else "" for each in labels)],
        "p_productive": [_UNKNOWN, *(each.p_productive if each else _UNKNOWN for each in judged)],
        "kept": [_UNKNOWN, *(float(each.kept) if each else _UNKNOWN for each in judged)],
    }
    return EpisodeBuffer(
        id=number,
        options={"task_id": episode.task_id},
        observations=_observations(episode),
        actions=[step.action for step in episode.steps],
        rewards=[after - now for now, after in pairwise(earned)],
        terminations=[*before, ended],
        truncations=[*before, not ended],
        infos=infos,
    )
