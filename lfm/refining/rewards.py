"""A reward model learned from refinements, and as what chooses among them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

from envs.record import Trajectory
from lfm import progress
from lfm.model_config import TrainingConfig
from lfm.refinements import Refinement
from lfm.refining.base import Asked, Candidates, Scores
from lfm.run import Stage
from lfm.stages import Counts, follower, schedule_of
from policies.writing.base import Record
from policies.writing.reward import RewardModel

HELD_OUT = 0.1
"""Part of the answers whose pairs only test the reward model."""


class Rewarded:
    """What a reward model says of a text as the first answer to its task.

    Args:
        model: the reward model.
    """

    name = "reward_model"
    least = -math.inf

    def __init__(self, model: RewardModel) -> None:
        self.privileged = model.privileged
        self._model = model

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Rewards."""
        told = [each.asked.before for each in candidates for _ in each.texts]
        found = iter(self._model.rewards(told, [t for each in candidates for t in each.texts]))
        return [[{self.name: next(found)} for _ in each.texts] for each in candidates]


def pairs_of(
    episodes: Sequence[Trajectory], refinements: Sequence[Refinement]
) -> list[list[Record]]:
    """For each answer that was refined: what was chosen is better than it, and than the others."""
    by_id = {each.trajectory_id: each for each in episodes}
    texts: dict[tuple[str, int], list[Refinement]] = {}
    for each in refinements:
        texts.setdefault((each.trajectory_id, each.step), []).append(each)
    found = []
    for (name, step), rows in texts.items():
        asked = Asked(by_id[name], step, None)
        for best in (row.text for row in rows if row.selected):
            worse = dict.fromkeys([asked.answer, *(row.text for row in rows)])
            pairs = [Record(asked.before, best, text) for text in worse if text != best]
            found += [pairs] if pairs else []
    return found


def train_reward_model(
    stage: Stage,
    config: TrainingConfig,
    start: Path,
    pairs: Sequence[list[Record]],
    seed: int,
    *,
    privileged: bool,
) -> Counts:
    """Learn which texts are better; writes the model.

    Args:
        stage: the stage.
        config: how it is trained.
        start: folder of the writer with whose weights it begins.
        pairs: for each answer, what is better than what; a part of the answers is held out.
        seed: of what is drawn.
        privileged: whether the choice of what is better knew what an agent could not.
    """
    shuffled = random.Random(seed).sample(list(pairs), len(pairs))
    cut = math.ceil(HELD_OUT * len(pairs))
    parts = shuffled[:cut], shuffled[cut:]
    held_out, learned = ([pair for each in part for pair in each] for part in parts)
    model = RewardModel.begin(stage.folder.name, start, seed, privileged=privileged)
    with progress.track(f"{stage.name}: training", config.updates) as advance:
        model.fit(
            learned, schedule_of(config, seed), work=stage.work, follow=follower(stage, advance)
        )
    model.save(stage.folder)
    accuracy = model.accuracy(held_out)
    stage.log(accuracy=accuracy)
    return {"pairs": len(learned), "held_out_pairs": len(held_out), "accuracy": accuracy}
