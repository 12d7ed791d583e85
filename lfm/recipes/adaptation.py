"""Adaptation: the policy tries tasks nobody labelled and learns from its own tries.

With the feedback model as the teacher no demonstration, no critic and no reward of the environment
plays a part, and nothing but the policy's own kept steps is imitated. Source: the paper's
adaptation (arXiv 2402.07876, "LFMA"); upstream trains anew on the demonstrations and the kept
steps, here training goes on from the policy's weights, so that neither demonstrations nor training
tasks are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from envs.record import Trajectory
from lfm import layout, stages
from lfm.builders import load_learned
from lfm.model_config import AdaptationConfig
from lfm.recipes.setting import Setting
from lfm.rollout import Task
from policies.learned import Examples

ADAPTED = "adapted"
"""Name of the policy after the last round, in tables; after an earlier one its number follows."""

Teach = Callable[[str, list[Trajectory]], Examples]
"""From the name of a round and its episodes to what to imitate."""


def adapt(
    setting: Setting,
    config: AdaptationConfig,
    policy: Path,
    teach: Teach,
    split: str,
    most: int = 0,
    *,
    privileged: bool,
) -> Iterator[tuple[str, Path]]:
    """Adapt to the tasks of a split, round after round.

    Args:
        setting: run and environment.
        config: how often to try, and how to train.
        policy: folder of the policy to adapt.
        teach: says what to imitate of the tries.
        split: the tasks to adapt to.
        most: only so many of them, spread evenly; 0 = all.
        privileged: whether what ``teach`` says goes back to information an agent could not have.

    Yields:
        After each round, the name for tables and the folder of the policy so far.
    """
    run, tasks = setting.run, setting.task_ids(split, most)
    for number in range(1, config.rounds + 1):
        name = f"{ADAPTED}{number}"
        explorer = load_learned(policy, config.temperature)
        tries = [Task(task_id, sample) for sample in range(config.samples) for task_id in tasks]
        episodes = setting.play(layout.rollouts(name), explorer, split, tries)
        fine_tune = partial(
            stages.fine_tune_policy,
            config=config,
            start=policy,
            examples=teach(name, episodes),
            seed=setting.seed,
            privileged=privileged,
        )
        run.stage(layout.policy(name), fine_tune)
        policy = run.path(layout.policy(name))
        yield ADAPTED if number == config.rounds else name, policy
