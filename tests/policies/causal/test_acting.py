"""Acting: scores are those of one forward for each candidate, and nothing is read twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Trajectory
from experiments.chat_models import FAMILIES
from policies.base import Choice
from policies.causal.chat import ANSWER
from policies.causal.policy import CausalPolicy
from policies.causal.tree import ActionTree
from tests.policies import toys
from tests.policies.causal import worlds
from tests.policies.causal.worlds import ERRANDS, LENGTHS


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> CausalPolicy:
    return worlds.policy(worlds.chat_model(tmp_path_factory.mktemp("chat")))


def replay(
    policy: CausalPolicy, episodes: Sequence[Trajectory]
) -> tuple[list[list[np.ndarray]], int]:
    """The scores at each step as recorded episodes go by, and the tokens that were read."""
    session = policy.begin([toys.start(episode) for episode in episodes])
    found: list[list[np.ndarray]] = [[] for _ in episodes]
    for at in range(max(len(episode.steps) for episode in episodes)):
        rows = [row for row, episode in enumerate(episodes) if at < len(episode.steps)]
        steps = [episodes[row].steps[at] for row in rows]
        scores = session.scores(rows, [step.admissible for step in steps])
        for row, each in zip(rows, scores, strict=True):
            found[row].append(each)
        session.observe(rows, [step.action for step in steps], [step.observation for step in steps])
    return found, session.tokens


def slowly(policy: CausalPolicy, episode: Trajectory, at: int) -> list[float]:
    """The scores at a step, one forward for each candidate."""
    context = worlds.written(policy.tokenizer, episode, at)
    return [
        worlds.one_at_a_time(policy.model, context, policy.reader.reply(action))
        for action in episode.steps[at].admissible
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_those_of_one_forward_each(family: str, tmp_path: Path) -> None:
    """In every family, at every step, in company that ends earlier or later."""
    policy = worlds.policy(worlds.chat_model(tmp_path, family))
    found, _ = replay(policy, ERRANDS)
    assert [len(each) for each in found] == LENGTHS
    for episode, scores in zip(ERRANDS, found, strict=True):
        for at, each in enumerate(scores):
            assert each == pytest.approx(slowly(policy, episode, at), abs=2e-5)


def test_every_token_is_read_once(policy: CausalPolicy) -> None:
    """What is read: the conversation, and of the candidates what no candidate taken gave."""
    episode = ERRANDS[1]
    _, read = replay(policy, [episode])
    reader = policy.reader
    whole = len(worlds.written(policy.tokenizer, episode, len(episode.steps) - 1))
    trees = [
        ActionTree([reader.reply(action) for action in step.admissible]) for step in episode.steps
    ]
    known = [
        len(tree.walk(reader.reply(step.action)))
        for tree, step in zip(trees, episode.steps, strict=True)
    ]
    assert known == [len(reader.reply(step.action)) - 1 for step in episode.steps]
    assert read == whole + sum(len(tree.tokens) for tree in trees) - sum(known[:-1])


def test_an_action_that_was_not_offered_is_read_like_any_other(policy: CausalPolicy) -> None:
    episode = ERRANDS[1]
    said = [("go to the moon", step.observation, step.admissible) for step in episode.steps]
    other = toys.trajectory(1, episode.instruction, said, episode.first_observation)
    (found,), _ = replay(policy, [other])
    assert found[-1] == pytest.approx(slowly(policy, other, len(said) - 1), abs=2e-5)


def test_what_was_forgotten_is_read_anew(tmp_path: Path) -> None:
    """As while training: the first turn and the latest ones."""
    episode = ERRANDS[1]
    folder = worlds.chat_model(tmp_path)
    whole = worlds.policy(folder)
    opening = whole.reader.opening(episode.instruction, episode.first_observation)
    short = worlds.policy(folder, longest=len(opening) + 60 + ANSWER)
    found, read = replay(short, [episode, ERRANDS[4]])
    assert read > replay(whole, [episode, ERRANDS[4]])[1]
    dialogue = short.begin([toys.start(episode)])._episodes[0].dialogue
    for step, scores in zip(episode.steps, found[0], strict=True):
        context = dialogue.tokens().tolist()
        slow = [
            worlds.one_at_a_time(short.model, context, short.reader.reply(action))
            for action in step.admissible
        ]
        assert scores == pytest.approx(slow, abs=2e-5)
        dialogue.add(step.action, step.observation)


def test_choices_are_the_best_or_drawn_by_their_scores(policy: CausalPolicy) -> None:
    options = ERRANDS[0].steps[0].admissible
    starts = [toys.start(ERRANDS[0], seed) for seed in range(300)]
    (scores,) = policy.begin(starts[:1]).scores([0], [options])

    def choose(temperature: float, count: int) -> list[Choice]:
        acting = CausalPolicy(policy.model, policy.tokenizer, "toy", temperature)
        session = acting.begin(starts[:count])
        return session.choose(range(count), [options] * count)

    (best,) = choose(0.0, 1)
    assert best.action == options[int(scores.argmax())]
    heat = 0.05
    chances = np.exp(scores / heat - np.logaddexp.reduce(scores / heat))
    drawn = choose(heat, 300)
    for action, chance in zip(options, chances, strict=True):
        share = sum(choice.action == action for choice in drawn) / 300
        assert share == pytest.approx(chance, abs=0.1)
    for choice in drawn[:20]:
        chance = chances[options.index(choice.action)]
        assert choice.log_prob == pytest.approx(math.log(chance), abs=1e-3)


def test_factored_actions_are_refused(policy: CausalPolicy) -> None:
    many = FactoredActions(("go to OBJ",), ("a", "b"))
    with pytest.raises(UserError, match="choose policy=small"):
        policy.begin([toys.start(ERRANDS[0])]).choose([0], [many])


def test_a_tree_has_each_beginning_once() -> None:
    replies = [np.array(each) for each in ([5, 6, 7, 1], [5, 6, 1], [5, 8, 1], [1])]
    tree = ActionTree(replies)
    assert sorted(tree.tokens.tolist()) == [5, 6, 7, 8]
    at = {token: node for node, token in enumerate(tree.tokens.tolist())}
    assert tree.parents[[at[5], at[6], at[7], at[8]]].tolist() == [-1, at[5], at[6], at[5]]
    assert tree.depths[[at[5], at[6], at[7]]].tolist() == [0, 1, 2]
    assert tree.sees()[at[7]].tolist() == [token in (5, 6, 7) for token in tree.tokens.tolist()]
    weights = -np.arange(len(tree.edge_tokens), dtype=float)
    said = dict(zip(zip(tree.edge_parents, tree.edge_tokens, strict=True), weights, strict=True))
    expected = [
        np.mean([said[-1, 5], said[at[5], 6], said[at[6], 7], said[at[7], 1]]),
        np.mean([said[-1, 5], said[at[5], 6], said[at[6], 1]]),
        np.mean([said[-1, 5], said[at[5], 8], said[at[8], 1]]),
        said[-1, 1],
    ]
    assert tree.means(weights).tolist() == pytest.approx(expected)
    assert tree.walk(replies[0]) == [at[5], at[6], at[7]]
    assert tree.walk(np.array([5, 9, 1])) == [at[5]]
