"""Generating an action: as transformers generates under the same constraint, with what was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Trajectory
from policies.base import Choice
from policies.causal.chat import ANSWER
from policies.causal.descent import Descent
from policies.causal.policy import CausalPolicy
from tests.policies import toys
from tests.policies.causal import worlds
from tests.policies.causal.worlds import ERRANDS

SEEDS = 300


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def policy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> CausalPolicy:
    """One that has learned enough not to say the same everywhere."""
    folder = worlds.chat_model(tmp_path_factory.mktemp("chat"), request.param)
    policy = worlds.policy(folder, acting="generate")
    policy.fit(worlds.as_done(ERRANDS), worlds.schedule(20, rate=1e-2))
    return policy


def replay(
    policy: CausalPolicy, episodes: Sequence[Trajectory], own: bool
) -> tuple[list[list[Choice]], int]:
    """What is chosen at each step, and the tokens that were read.

    Episodes go on by their ``own`` choices, or by what was done when they were recorded.
    """
    session = policy.begin([toys.start(episode) for episode in episodes])
    found: list[list[Choice]] = [[] for _ in episodes]
    for at in range(max(len(episode.steps) for episode in episodes)):
        rows = [row for row, episode in enumerate(episodes) if at < len(episode.steps)]
        steps = [episodes[row].steps[at] for row in rows]
        choices = session.choose(rows, [step.admissible for step in steps])
        for row, choice in zip(rows, choices, strict=True):
            found[row].append(choice)
        done = [choice.action for choice in choices] if own else [step.action for step in steps]
        session.observe(rows, done, [step.observation for step in steps])
    return found, session.tokens


def by_transformers(
    policy: CausalPolicy, context: Sequence[int], actions: Sequence[str]
) -> tuple[str, float]:
    """The action that transformers' own ``generate`` says, and its log-probability."""
    replies = [policy.reader.reply(action).tolist() for action in actions]

    def allowed(_: int, tokens: torch.Tensor) -> list[int]:
        said = tokens[len(context) :].tolist()
        ways = [reply for reply in replies if reply[: len(said)] == said]
        return sorted({reply[len(said)] for reply in ways if len(reply) > len(said)})

    given = torch.tensor([list(context)])
    end = replies[0][-1]
    found = policy.model.generate(
        given,
        attention_mask=torch.ones_like(given),
        prefix_allowed_tokens_fn=allowed,
        do_sample=False,
        max_new_tokens=ANSWER,
        eos_token_id=end,
        pad_token_id=end,
        return_dict_in_generate=True,
        output_scores=True,
    )
    said = found.sequences[0, len(context) :].tolist()
    scores = policy.model.compute_transition_scores(
        found.sequences, found.scores, normalize_logits=True
    )
    return actions[replies.index(said)], float(scores.double().sum())


def with_actions(episode: Trajectory, actions: Sequence[str]) -> Trajectory:
    """The episode with other actions taken in its states."""
    steps = [
        (action, step.observation, step.admissible)
        for action, step in zip(actions, episode.steps, strict=True)
    ]
    return toys.trajectory(1, episode.instruction, steps, episode.first_observation)


@pytest.mark.parametrize("own", [True, False])
def test_it_says_what_transformers_generates(policy: CausalPolicy, own: bool) -> None:
    """In company, and also where something else was done than what it said."""
    found, _ = replay(policy, ERRANDS, own)
    several = set()
    for episode, choices in zip(ERRANDS, found, strict=True):
        if own:
            episode = with_actions(episode, [choice.action for choice in choices])
        for at, (step, choice) in enumerate(zip(episode.steps, choices, strict=True)):
            context = worlds.written(policy.tokenizer, episode, at)
            action, log_prob = by_transformers(policy, context, step.admissible)
            assert choice.action == action
            assert choice.log_prob == pytest.approx(log_prob, abs=1e-4)
            several.add(action)
    assert len(several) > 3


def test_every_token_is_read_once(policy: CausalPolicy) -> None:
    """The conversation up to the last decision, whatever was not said aside."""
    episode = ERRANDS[1]
    ((*choices,),), read = replay(policy, [episode], own=True)
    own = with_actions(episode, [choice.action for choice in choices])
    last = len(own.steps) - 1
    before = len(worlds.written(policy.tokenizer, own, last))
    reply = policy.reader.reply(choices[-1].action)
    assert before <= read < before + len(reply)


def test_what_need_not_be_decided_is_not_read(policy: CausalPolicy) -> None:
    """One admissible action is certain; what was not read then is read when it is needed."""
    episode = ERRANDS[1]
    session = policy.begin([toys.start(episode)])
    first = episode.steps[0]
    assert session.choose([0], [[first.action]]) == [Choice(first.action, 0.0)]
    assert session.tokens == 0
    session.observe([0], [first.action], [first.observation])
    (choice,) = session.choose([0], [episode.steps[1].admissible])
    context = worlds.written(policy.tokenizer, episode, 1)
    action, log_prob = by_transformers(policy, context, episode.steps[1].admissible)
    assert choice.action == action
    assert choice.log_prob == pytest.approx(log_prob, abs=1e-4)


def test_what_was_forgotten_is_read_anew(policy: CausalPolicy, tmp_path: Path) -> None:
    episode = ERRANDS[1]
    opening = policy.reader.opening(episode.instruction, episode.first_observation)
    policy.save(tmp_path)
    short = worlds.policy(tmp_path, acting="generate", longest=len(opening) + 60 + ANSWER)
    found, _ = replay(short, [episode], own=False)
    dialogue = short.begin([toys.start(episode)])._episodes[0].dialogue
    forgotten = False
    for step, choice in zip(episode.steps, found[0], strict=True):
        context = dialogue.tokens().tolist()
        assert choice.action == by_transformers(short, context, step.admissible)[0]
        forgotten |= dialogue.add(step.action, step.observation)
    assert forgotten


def chances(policy: CausalPolicy, options: Sequence[str], heat: float) -> np.ndarray:
    """The probability of each action under the constraint, from one forward for each."""
    replies = [policy.reader.reply(action).tolist() for action in options]
    context = worlds.written(policy.tokenizer, ERRANDS[0], 0)
    logs = []
    for reply in replies:
        with torch.inference_mode():
            scores = policy.model(torch.tensor([context + reply])).logits[0].double() / heat
        parts = []
        for at, token in enumerate(reply):
            allowed = sorted({each[at] for each in replies if each[:at] == reply[:at]})
            among = torch.log_softmax(scores[len(context) + at - 1, allowed], dim=-1)
            parts.append(float(among[allowed.index(token)]))
        logs.append(sum(parts))
    return np.exp(logs)


def test_actions_are_drawn_by_the_chances_of_their_tokens(policy: CausalPolicy) -> None:
    options, heat = ERRANDS[0].steps[0].admissible, 2.0
    expected = chances(policy, options, heat)
    assert expected.sum() == pytest.approx(1.0)
    drawing = CausalPolicy(policy.model, policy.tokenizer, "toy", heat)
    starts = [toys.start(ERRANDS[0], seed) for seed in range(SEEDS)]
    drawn = drawing.begin(starts).choose(range(SEEDS), [options] * SEEDS)
    for action, chance in zip(options, expected, strict=True):
        said = [choice for choice in drawn if choice.action == action]
        assert len(said) / SEEDS == pytest.approx(chance, abs=0.1)
        for choice in said:
            assert choice.log_prob == pytest.approx(np.log(chance), abs=1e-3)
    alone = [drawing.begin([start]).choose([0], [options])[0].action for start in starts[:10]]
    assert alone == [choice.action for choice in drawn[:10]]


def test_the_policy_in_a_folder_goes_on_generating(policy: CausalPolicy, tmp_path: Path) -> None:
    policy.save(tmp_path)
    loaded = CausalPolicy.load(tmp_path)
    assert loaded.acting == "generate"
    assert worlds.policy(worlds.chat_model(tmp_path / "plain")).acting == "score"
    assert replay(loaded, ERRANDS, own=True) == replay(policy, ERRANDS, own=True)


def test_factored_actions_are_refused(policy: CausalPolicy) -> None:
    many = FactoredActions(("go to OBJ",), ("a", "b"))
    with pytest.raises(UserError, match="choose policy=small"):
        policy.begin([toys.start(ERRANDS[0])]).choose([0], [many])


def test_a_reply_that_begins_another_ends_the_descent() -> None:
    """As where the text of an action has the token that ends a turn."""
    replies = [np.array([5, 1, 6, 1]), np.array([5, 1]), np.array([7, 1])]
    way = Descent(replies, 0.0, np.random.default_rng(0))
    assert way.options == [5, 7]
    way.decide(np.log([0.9, 0.1]))
    assert (way.said, way.options, way.taken) == ([5, 1], [], 1)
    assert way.log_prob == pytest.approx(np.log(0.9))
