"""Tokens that a causal policy reads to score all admissible actions, against one forward for each.

Run as ``python -m experiments.scoring.benchmark [--states N] [--steps M] [--seed K]``. Episodes of
the random policy on generated ALFWorld games go by side by side; at each of their states the policy
scores every admissible action. Then the same is done as transformers alone would: for each
candidate the whole conversation and the candidate are read anew, each in a row of its own. And once
more the episodes go by with the policy saying an action at each state, token by token
(``policy.acting=generate``): by another criterion, the likeliest token wherever actions part. The
model is a small Llama of random weights, made on the spot, in fp32. Tokens are counted without
padding. The last lines are ``agreement: X``, the share of states in which both ways of scoring find
the same action best, and ``ratio: X``, the tokens of the second way over those of the first.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import nn

from envs.alfworld.env import ALFWorldEnv
from envs.record import Trajectory
from experiments.chat_models import Size, save_chat_model
from experiments.command import argument_parser, in_one_sentence
from experiments.episodes import play
from policies.base import Choice, Start
from policies.causal.chat import Dialogue
from policies.causal.policy import CausalPolicy
from policies.causal.session import CausalSession
from policies.random import RandomPolicy
from policies.small import texts_of
from policies.tuning import Tuning

MODEL = Size(hidden=32, layers=2, heads=4, key_heads=2, context=8192)
WORDS = 1000
"""Most tokens of the vocabulary."""
TOGETHER = 20
"""Episodes that are scored side by side."""


Found = TypeVar("Found")
Ask = Callable[[CausalSession, Sequence[int], Sequence[Sequence[str]]], Sequence[Found]]


@dataclass(frozen=True)
class Way(Generic[Found]):
    """What a way of choosing found.

    Attributes:
        found: for each state.
        tokens: that the model read.
        seconds: of the processor.
    """

    found: list[Found]
    tokens: int
    seconds: float


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--states", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--steps", type=int, default=25, help="of each episode (default: 25)")
    parser.add_argument("--seed", type=int, default=0, help="of games and weights (default: 0)")
    arguments = parser.parse_args(argv)
    episodes = _episodes(-(-arguments.states // arguments.steps), arguments.steps, arguments.seed)
    with TemporaryDirectory() as folder:
        texts = texts_of(episodes)
        save_chat_model(Path(folder), "llama", MODEL, texts, WORDS, arguments.seed)
        scoring, generating = (
            CausalPolicy.new("causal", Path(folder), Tuning(precision="fp32", acting=acting))
            for acting in ("score", "generate")
        )
    _report(
        _acting(scoring, episodes, CausalSession.scores),
        _one_each(scoring, episodes),
        _acting(generating, episodes, CausalSession.choose),
        [step.admissible for episode in episodes for step in episode.steps],
    )
    return 0


def _episodes(count: int, steps: int, seed: int) -> list[Trajectory]:
    """Episodes of the random policy, as long as they last."""
    env = ALFWorldEnv(data="generated", split="train", max_steps=steps, world_seed=seed)
    tasks = env.task_ids[:count]
    return [play(env, RandomPolicy(), task, number) for number, task in enumerate(tasks)]


def _acting(policy: CausalPolicy, episodes: Sequence[Trajectory], ask: Ask[Found]) -> Way[Found]:
    """As the policy acts: what a conversation has is read once."""
    found: list[list[Found]] = [[] for _ in episodes]
    began, tokens = time.process_time(), 0
    for first in range(0, len(episodes), TOGETHER):
        part = episodes[first : first + TOGETHER]
        session = policy.begin(
            [Start(each.instruction, each.first_observation, each.seed) for each in part]
        )
        for at in range(max(len(each.steps) for each in part)):
            rows = [row for row, each in enumerate(part) if at < len(each.steps)]
            steps = [part[row].steps[at] for row in rows]
            answers = ask(session, rows, [step.admissible for step in steps])
            for row, each in zip(rows, answers, strict=True):
                found[first + row].append(each)
            session.observe(
                rows, [step.action for step in steps], [step.observation for step in steps]
            )
        tokens += session.tokens
    seconds = time.process_time() - began
    return Way([each for episode in found for each in episode], tokens, seconds)


def _one_each(policy: CausalPolicy, episodes: Sequence[Trajectory]) -> Way[np.ndarray]:
    """Everything anew for each candidate."""
    scores, tokens, began = [], 0, time.process_time()
    for episode in episodes:
        dialogue = Dialogue(policy.reader, episode.instruction, episode.first_observation)
        for step in episode.steps:
            replies = [policy.reader.reply(action) for action in step.admissible]
            context = dialogue.tokens()
            scores.append(_means(policy, context, replies))
            tokens += sum(len(context) + len(reply) for reply in replies)
            dialogue.add(step.action, step.observation)
    return Way(scores, tokens, time.process_time() - began)


@torch.inference_mode()
def _means(policy: CausalPolicy, context: np.ndarray, replies: Sequence[np.ndarray]) -> np.ndarray:
    """The mean log-probability of each reply's tokens, by transformers' own forward."""
    ignored = nn.CrossEntropyLoss().ignore_index
    rows = [torch.from_numpy(np.concatenate([context, reply])).long() for reply in replies]
    tokens = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    labels = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=ignored)
    labels[:, : len(context)] = ignored
    wanted = labels[:, len(context) :]
    kept = wanted.shape[1] + 1  # what is predicted from the context's last token on
    scores = policy.model(input_ids=tokens, logits_to_keep=kept).logits[:, :-1].double()
    losses = nn.functional.cross_entropy(scores.transpose(1, 2), wanted, reduction="none")
    means: np.ndarray = (-losses.sum(1) / (wanted != ignored).sum(1)).numpy()
    return means


def _report(
    ours: Way[np.ndarray],
    theirs: Way[np.ndarray],
    said: Way[Choice],
    admissible: Sequence[Sequence[str]],
) -> None:
    pairs = list(zip(ours.found, theirs.found, strict=True))
    same = [a.argmax() == b.argmax() for a, b in pairs]
    apart = max(float(np.abs(a - b).max()) for a, b in pairs)
    actions = np.mean([len(each) for each in ours.found])
    _say(f"states: {len(pairs)}, admissible actions in each: {actions:.1f}")
    for name, way in (("one forward each", theirs), ("shared", ours), ("generated", said)):
        _say_of(name, way.tokens / len(pairs), way.seconds / len(pairs))
    alike = [
        choice.action == options[int(scores.argmax())]
        for choice, options, scores in zip(said.found, admissible, ours.found, strict=True)
    ]
    _say(f"tokens of one forward each over generated: {theirs.tokens / said.tokens:.1f}")
    _say(f"the generated action has the best score: {np.mean(alike):.3f} of the states")
    _say(f"largest difference of a score: {apart:.1e}")
    _say(f"agreement: {np.mean(same)}")
    _say(f"ratio: {theirs.tokens / ours.tokens:.1f}")


def _say_of(name: str, tokens: float, seconds: float) -> None:
    _say(f"{name}: {tokens:.1f} tokens and {1000 * seconds:.1f} ms a state")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
