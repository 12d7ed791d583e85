"""Adaptation: the policy tries tasks nobody labelled and learns from the feedback model alone.

No demonstration, no critic, no reward of the environment plays a part, and nothing but the
policy's own kept steps is imitated. Source: the paper's one-round adaptation (arXiv 2402.07876,
"LFMA"); upstream trains anew on the demonstrations and the kept steps, here training goes on from
the policy's weights, so that neither demonstrations nor training tasks are needed.
"""

from __future__ import annotations

from pathlib import Path

from lfm import layout, stages
from lfm.config import AdaptationConfig
from lfm.feedback_model import SmallFeedbackModel
from lfm.recipes.setting import Setting
from lfm.rollout import Task
from lfm.selection import kept_steps
from lfm.store import read_judgements
from policies.small import SmallPolicy


def adapt(
    setting: Setting,
    config: AdaptationConfig,
    policy: Path,
    feedback_model: Path,
    name: str,
    split: str,
    most: int = 0,
) -> Path:
    """One round of adaptation to the tasks of a split.

    Args:
        setting: run and environment.
        config: how often to try, and how to train.
        policy: folder of the policy to adapt.
        feedback_model: folder of the model that judges.
        name: of this round, e.g. ``"adapted1"``.
        split: the tasks to adapt to.
        most: only so many of them, spread evenly; 0 = all.

    Returns:
        The folder of the adapted policy.
    """
    run, judge = setting.run, SmallFeedbackModel.load(feedback_model)
    tasks = setting.task_ids(split, most)
    tries = [Task(task_id, sample) for sample in range(config.samples) for task_id in tasks]
    explorer = SmallPolicy.load(policy, config.temperature)
    episodes = setting.play(layout.rollouts(name), explorer, split, tries)
    run.stage(
        layout.judgements(name),
        lambda stage: stages.judge(stage, judge, episodes, config.threshold),
    )
    judgements = read_judgements(run.path(layout.judgements(name)) / layout.JUDGEMENTS_FILE)
    examples = kept_steps(episodes, judgements)
    run.stage(
        layout.policy(name),
        lambda stage: stages.fine_tune_policy(
            stage, config, policy, examples, setting.seed, privileged=judge.privileged
        ),
    )
    return run.path(layout.policy(name))
