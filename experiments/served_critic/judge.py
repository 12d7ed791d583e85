"""Measure the model, in this process, on windows and states of a world it has not learned in.

    python -m experiments.served_critic.judge --out DIR

The same kinds of episodes as it learned from, in world 0. Its critiques are measured by the
simulator critic's, its deeds by the expert's; ``DIR/judged.json`` has the figures.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import make_source
from envs.files import write_json
from envs.record import Trajectory
from experiments.command import argument_parser, in_one_sentence
from experiments.served_critic.episodes import StrayingExpert, mixed_episodes
from experiments.served_critic.learn import MODEL, NOVICE, STEPS, WINDOW, make_prompt
from lfm.advisors import ExpertAdvisor
from lfm.builders import load_learned
from lfm.chat.base import ChatModel, Sampling
from lfm.chat_actor import ChatAdvisor
from lfm.chat_builder import make_chat
from lfm.chat_config import LocalChatConfig, Weights
from lfm.comparison import compare
from lfm.critics.base import WindowFeedback
from lfm.critics.chat import ChatCritic
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.statistics import wilson

_WORLD = 0
_SPLIT = "train"
_BATCH = 32


def _make_env() -> ALFWorldEnv:
    return ALFWorldEnv(_SPLIT, data="generated", world_seed=_WORLD, max_steps=STEPS)


def judge_critiques(model: ChatModel, episodes: Sequence[Trajectory]) -> dict[str, Any]:
    """How its critiques could be read, and how they agree with the simulator critic's."""
    windows = make_windows(episodes, WINDOW)
    critic = ChatCritic(model, make_prompt("structured"), "judged", Sampling(512, 0.0))
    simulator = SimulatorCritic(make_source("generated", _SPLIT, _WORLD, 0).game)
    ours, truth = critic.critique(windows), simulator.critique(windows)
    reasons = [_reasons(said) for said in (ours, truth)]
    alike = sum(reasons[1].get(step) == reason for step, reason in reasons[0].items())
    return {
        "windows": len(windows),
        "answers": dict(Counter(each.parse.partition(":")[0] for each in ours)),
        "unlabelled": len(reasons[1]) - len(reasons[0]),
        "same_reason": wilson(alike, len(reasons[0])),
        "output_tokens": sum(each.output_tokens for each in ours),
        "agreement": asdict(compare(_labels(ours), _labels(truth), 0)),
    }


def judge_deeds(model: ChatModel, episodes: Sequence[Trajectory]) -> dict[str, Any]:
    """How often it would do what the expert does, in all states of the episodes."""
    said = ChatAdvisor(model, Sampling(32, 0.0), "judged").advise(episodes)
    wise = set(ExpertAdvisor(_make_env()).advise(episodes))
    states = sum(len(each.steps) for each in episodes)
    alike = sum(each in wise for each in said)
    return {"states": states, "admissible": len(said), "as_the_expert": wilson(alike, states)}


def _labels(feedback: Sequence[WindowFeedback]) -> dict[tuple[str, int], bool]:
    return {(each.trajectory_id, s.step): s.productive for each in feedback for s in each.steps}


def _reasons(feedback: Sequence[WindowFeedback]) -> dict[tuple[str, int], str]:
    return {(each.trajectory_id, s.step): s.reason for each in feedback for s in each.steps}


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write."""
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--episodes", type=int, default=200, help="whose windows are read")
    parser.add_argument("--acted", type=int, default=40, help="in whose states it acts")
    options = parser.parse_args(arguments)
    policies = [StrayingExpert(), load_learned(options.out / NOVICE, temperature=1.0)]
    episodes = mixed_episodes(_make_env, policies, options.episodes, seed=1)
    few = episodes[:: max(1, len(episodes) // options.acted)]
    config = LocalChatConfig(
        str(options.out / MODEL), 512, 0.0, None, None, 0, 0, _BATCH, Weights.float32
    )
    with closing(make_chat(config, "judged")) as model:
        facts = {
            "episodes": len(episodes),
            "critiques": judge_critiques(model, episodes),
            "deeds": judge_deeds(model, few),
        }
    write_json(options.out / "judged.json", facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
