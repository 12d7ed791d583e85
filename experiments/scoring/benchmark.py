"""Tokens that a causal policy reads to score all admissible actions, against one forward for each.

Run as ``python -m experiments.scoring.benchmark [--states N] [--steps M] [--seed K]
[--updates U]``. Episodes of the random policy on generated ALFWorld games go by side by side; at
each of their states the policy scores every admissible action. Then the same is done as
transformers alone would: for each candidate the whole conversation and the candidate are read anew,
each in a row of its own. Once more the episodes go by with the policy saying an action at each
state, token by token (``policy.acting=generate``): by another criterion, the likeliest token
wherever actions part. And once more with the policy behind an address (``policy.server``): it is
served by ``transformers serve`` on this machine, which holds no answer to the admissible actions.

The model is a small Llama in fp32, made on the spot and trained for a short while on other games,
by all that an expert does there who is led astray by chance. Tokens are counted without padding.
The last lines are ``agreement: X``, the share of states in which both ways of scoring find the same
action best, and ``ratio: X``, the tokens of the second way over those of the first.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
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
from experiments.critic_faults.served import served
from experiments.episodes import play
from experiments.served_critic.episodes import StrayingExpert
from lfm.chat.base import Sampling
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.chat.endpoint import Endpoint
from lfm.chat.openai import OpenAIEngine
from lfm.served_policy import ServedPolicy
from policies.base import Choice, Policy, Session, Start
from policies.causal.chat import ANSWER, Dialogue
from policies.causal.policy import CausalPolicy
from policies.causal.session import CausalSession
from policies.imitation import Schedule
from policies.random import RandomPolicy
from policies.small import texts_of
from policies.tuning import Tuning

MODEL = Size(hidden=32, layers=2, heads=4, key_heads=2, context=8192)
WORDS = 1000
"""Most tokens of the vocabulary."""
TOGETHER = 20
"""Episodes that are scored side by side."""
LESSONS = 100
"""Episodes that the model learns from."""


Found = TypeVar("Found")
Ask = Callable[[Sequence[int], Sequence[Sequence[str]]], Sequence[Found]]


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


@dataclass(frozen=True)
class Served:
    """What acting through a server found.

    Attributes:
        found: for each state.
        tokens: of questions and answers, as the server counted them.
        kept: tokens that a server would read which has kept all that it was told before.
    """

    found: list[Choice]
    tokens: int
    kept: int


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--states", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--steps", type=int, default=25, help="of each episode (default: 25)")
    parser.add_argument("--seed", type=int, default=0, help="of games and weights (default: 0)")
    parser.add_argument("--updates", type=int, default=300, help="of the weights (default: 300)")
    arguments = parser.parse_args(argv)
    seed, steps = arguments.seed, arguments.steps
    env = ALFWorldEnv(data="generated", split="train", max_steps=steps, world_seed=seed)
    count = -(-arguments.states // steps)
    episodes = _episodes(env, RandomPolicy(), env.task_ids[:count])
    lessons = _episodes(env, StrayingExpert(), env.task_ids[count : count + LESSONS])
    with TemporaryDirectory() as folder:
        model = Path(folder) / "small"
        save_chat_model(model, "llama", MODEL, texts_of(episodes), WORDS, seed)
        policy = CausalPolicy.new("causal", model, Tuning(precision="fp32"))
        _teach(policy, lessons, Schedule(arguments.updates, 4, 3e-3, 0.0, seed))
        policy.save(model)
        with served(model, Path(folder) / "server.log") as url:
            told = _served(policy, model, url, episodes)
    ours, theirs = _acting(policy, episodes, CausalSession.scores), _one_each(policy, episodes)
    policy.acting = "generate"
    said = _acting(policy, episodes, CausalSession.choose)
    _report(ours, theirs, said, told, episodes)
    return 0


def _episodes(env: ALFWorldEnv, policy: Policy, tasks: Sequence[str]) -> list[Trajectory]:
    """An episode of each task, as long as it lasts."""
    return [play(env, policy, task, number) for number, task in enumerate(tasks)]


def _teach(policy: CausalPolicy, lessons: Sequence[Trajectory], schedule: Schedule) -> None:
    """Imitate every action, and stop talking after it."""
    policy.fit([(each, [step.action for step in each.steps]) for each in lessons], schedule)
    policy.model.generation_config.eos_token_id = policy.tokenizer.eos_token_id


def _start(episode: Trajectory) -> Start:
    return Start(episode.instruction, episode.first_observation, episode.seed)


def _acting(
    policy: CausalPolicy,
    episodes: Sequence[Trajectory],
    ask: Callable[[CausalSession, Sequence[int], Sequence[Sequence[str]]], Sequence[Found]],
) -> Way[Found]:
    """As the policy acts: what a conversation has is read once."""
    found: list[Found] = []
    began, tokens = time.process_time(), 0
    for first in range(0, len(episodes), TOGETHER):
        part = episodes[first : first + TOGETHER]
        session = policy.begin([_start(each) for each in part])
        found += _at_each_state(session, part, partial(ask, session))
        tokens += session.tokens
    return Way(found, tokens, time.process_time() - began)


def _at_each_state(
    session: Session, episodes: Sequence[Trajectory], ask: Ask[Found]
) -> list[Found]:
    """What is found at each state of episodes that go by side by side."""
    found: list[list[Found]] = [[] for _ in episodes]
    for at in range(max(len(each.steps) for each in episodes)):
        rows = [row for row, each in enumerate(episodes) if at < len(each.steps)]
        steps = [episodes[row].steps[at] for row in rows]
        for row, each in zip(rows, ask(rows, [step.admissible for step in steps]), strict=True):
            found[row].append(each)
        session.observe(rows, [step.action for step in steps], [step.observation for step in steps])
    return [each for episode in found for each in episode]


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


def _served(policy: CausalPolicy, model: Path, url: str, episodes: Sequence[Trajectory]) -> Served:
    """As the policy's server acts, by the likeliest words."""
    endpoint = Endpoint(url, model.name, None, concurrency=2, timeout=600.0, tries=5)
    with closing(Desk(OpenAIEngine(endpoint), Database(None), "benchmark")) as desk:
        acting = ServedPolicy(model, desk, Sampling(ANSWER, 0.0))
        session = acting.begin([_start(each) for each in episodes])
        found = _at_each_state(session, episodes, session.choose)
        spent = desk.ledger.spent()
    written = spent.output_tokens
    return Served(found, spent.input_tokens + written, _told_once(policy, episodes) + written)


def _told_once(policy: CausalPolicy, episodes: Sequence[Trajectory]) -> int:
    """Tokens of the episodes' conversations when the last action is asked for."""
    tokens = 0
    for episode in episodes:
        dialogue = Dialogue(policy.reader, episode.instruction, episode.first_observation)
        for step in episode.steps[:-1]:
            dialogue.add(step.action, step.observation)
        tokens += len(dialogue.tokens())
    return tokens


def _report(
    ours: Way[np.ndarray],
    theirs: Way[np.ndarray],
    said: Way[Choice],
    told: Served,
    episodes: Sequence[Trajectory],
) -> None:
    pairs = list(zip(ours.found, theirs.found, strict=True))
    same = [a.argmax() == b.argmax() for a, b in pairs]
    apart = max(float(np.abs(a - b).max()) for a, b in pairs)
    actions = np.mean([len(each) for each in ours.found])
    _say(f"states: {len(pairs)}, admissible actions in each: {actions:.1f}")
    for name, way in (("one forward each", theirs), ("shared", ours), ("generated", said)):
        tokens, seconds = way.tokens / len(pairs), way.seconds / len(pairs)
        _say(f"{name}: {tokens:.1f} tokens and {1000 * seconds:.1f} ms a state")
    _say(f"served: {told.tokens / len(pairs):.1f} tokens a state")
    _say(f"served, were beginnings kept: {told.kept / len(pairs):.1f} tokens a state")
    _say(f"tokens of one forward each over generated: {theirs.tokens / said.tokens:.1f}")
    _say(f"tokens of one forward each over served: {theirs.tokens / told.tokens:.1f}")
    options = [step.admissible for episode in episodes for step in episode.steps]
    best = [each[int(scores.argmax())] for each, scores in zip(options, ours.found, strict=True)]
    generated, answers = ([choice.action for choice in way.found] for way in (said, told))
    for what, share in compared(options, best, generated, answers).items():
        _say(f"{what}: {share:.3f} of the states")
    _say(f"largest difference of a score: {apart:.1e}")
    _say(f"agreement: {np.mean(same)}")
    _say(f"ratio: {theirs.tokens / ours.tokens:.1f}")


def compared(
    options: Sequence[Sequence[str]],
    best: Sequence[str],
    generated: Sequence[str],
    served: Sequence[str],
) -> dict[str, float]:
    """How often ways that say an action choose as the scores do, and as each other.

    Args:
        options: the admissible actions of each state.
        best: the one of them with the best score.
        generated: the one that the policy said here.
        served: what its server said, admissible or not.

    Returns:
        Shares of the states, by what they are of.
    """
    allowed = [action in each for action, each in zip(served, options, strict=True)]
    return {
        "the generated action has the best score": _alike(generated, best),
        "the served action is admissible": float(np.mean(allowed)),
        "the served action is the generated one": _alike(served, generated),
        "the served action has the best score": _alike(served, best),
    }


def _alike(one: Sequence[str], other: Sequence[str]) -> float:
    return float(np.mean([a == b for a, b in zip(one, other, strict=True)]))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
