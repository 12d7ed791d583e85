"""Choosing among factored actions: in stages, as one distribution, alone as in company."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Step, Trajectory
from policies.base import Choice
from policies.batching import encode
from policies.imitation import Schedule
from policies.random import RandomPolicy
from policies.small import SmallPolicy, imitation_loss, texts_of
from policies.step_transformer import StepConfig
from policies.windowed import WindowedPolicy, WindowedShape
from policies.words import Vocabulary
from tests.policies import toys
from tests.policies.kitchens import kitchen

KITCHENS = [kitchen(number, toys.TRAIN_NAMES, 1 + number % 3) for number in range(9)]
LENGTHS = [len(each.steps) for each in KITCHENS]


@pytest.fixture(scope="module")
def policy() -> SmallPolicy:
    return SmallPolicy(toys.tiny_policy(KITCHENS).model, "toy", temperature=1.0)


def replay(
    policy: SmallPolicy | RandomPolicy, episodes: Sequence[Trajectory]
) -> list[list[Choice]]:
    """What is chosen at each step as the recorded episodes go by, each until it is over."""
    session = policy.begin([toys.start(episode) for episode in episodes])
    chosen: list[list[Choice]] = [[] for _ in episodes]
    for at in range(max(len(episode.steps) for episode in episodes)):
        rows = [row for row, episode in enumerate(episodes) if at < len(episode.steps)]
        steps = [episodes[row].steps[at] for row in rows]
        choices = session.choose(rows, [step.admissible for step in steps])
        for row, choice in zip(rows, choices, strict=True):
            chosen[row].append(choice)
        session.observe(rows, [step.action for step in steps], [step.observation for step in steps])
    return chosen


def with_steps(episode: Trajectory, steps: Sequence[Step]) -> Trajectory:
    told = [(step.action, step.observation, step.admissible) for step in steps]
    bare = toys.trajectory(episode.seed, episode.instruction, told, episode.first_observation)
    assert all(step.admissible for step in bare.steps)
    return Trajectory(
        **{field: getattr(bare, field) for field in bare.__slots__ if field != "steps"},
        steps=tuple(steps),
    )


def log_prob(policy: SmallPolicy, episode: Trajectory, at: int, action: str) -> float:
    """Of an action at step ``at``, as training reads it."""
    read = encode(policy.vocabulary, episode, [None] * at + [action])
    with torch.inference_mode():
        return -float(imitation_loss(policy.model, [read])) * len(read.decisions)


def test_the_policy_learns_what_to_do_with_what() -> None:
    """Every room of training, and rooms with names that it has never seen."""
    rooms = [kitchen(number, toys.TRAIN_NAMES) for number in range(150)]
    examples = [(room, toys.done(room)) for room in rooms]
    learner = toys.tiny_policy(rooms)
    learner.fit(examples, Schedule(300, 16, 5e-3, 0.01, 0))
    new = [kitchen(1000 + number, toys.NEW_NAMES) for number in range(100)]
    assert not set(toys.NEW_NAMES) & set(learner.vocabulary.words)
    for told, share in ((rooms, 1.0), (new, 0.9)):
        done = replay(learner, told)
        right = [
            choices[0].action == room.steps[0].action
            for room, choices in zip(told, done, strict=True)
        ]
        assert sum(right) >= share * len(right)


def test_the_probabilities_of_all_actions_sum_to_one(policy: SmallPolicy) -> None:
    """And the probability of the action that was drawn is among them, as said."""
    room = KITCHENS[2]
    (choices,) = replay(policy, [room])
    for at in (0, 2):
        said = {action: log_prob(policy, room, at, action) for action in room.steps[at].admissible}
        assert len(said) == 2 + 4 + 2 * 16
        assert sum(map(math.exp, said.values())) == pytest.approx(1.0, abs=1e-4)
        assert choices[at].log_prob == pytest.approx(said[choices[at].action], abs=1e-4)


def test_company_changes_nothing(policy: SmallPolicy) -> None:
    """Episodes of other lengths, with other things, and with listed actions beside them."""
    listed = toys.errand(1, toys.TRAIN_NAMES, 2)
    fewer = KITCHENS[5].steps[0].admissible
    assert isinstance(fewer, FactoredActions)
    few = FactoredActions(("wait1", "open OBJ"), fewer.things[:1])
    small = with_steps(KITCHENS[5], [Step("wait1", "You wait.", few, 0.0), *KITCHENS[5].steps[:2]])
    episodes = [*KITCHENS, listed, small]
    together = replay(policy, episodes)
    assert {len(each) for each in together} == {1, 2, 3}
    for episode, choices in zip(episodes, together, strict=True):
        (alone,) = replay(policy, [episode])
        assert [each.action for each in alone] == [each.action for each in choices]
        logs = [each.log_prob for each in alone]
        assert logs == pytest.approx([each.log_prob for each in choices], abs=1e-4)


def test_the_best_option_of_each_stage_is_taken_without_temperature(policy: SmallPolicy) -> None:
    """The likeliest frame, all its fillings taken together; then the likeliest thing; ..."""
    greedy = SmallPolicy(policy.model, "toy")
    for room, (choice, *_) in zip(KITCHENS[:4], replay(greedy, KITCHENS[:4]), strict=True):
        actions = room.steps[0].admissible
        assert isinstance(actions, FactoredActions)
        parts = {action: actions.parts(action) or () for action in actions}
        said = {action: math.exp(log_prob(policy, room, 0, action)) for action in actions}
        best: tuple[str, ...] = ()
        while best not in parts.values():
            shares: dict[tuple[str, ...], float] = {}
            for action, each in parts.items():
                if each[: len(best)] == best:
                    start = each[: len(best) + 1]
                    shares[start] = shares.get(start, 0.0) + said[action]
            best = max(shares, key=lambda start: shares[start])
        assert parts[choice.action] == best
        assert choice.log_prob == pytest.approx(math.log(said[choice.action]), abs=1e-4)


def test_without_things_only_frames_without_gaps_are_chosen(policy: SmallPolicy) -> None:
    bare = FactoredActions(("wait1", "open OBJ", "look around"), ())
    for drawing in (policy, RandomPolicy()):
        session = drawing.begin([toys.start(KITCHENS[0], seed) for seed in range(20)])
        choices = session.choose(range(20), [bare] * 20)
        assert {choice.action for choice in choices} == {"wait1", "look around"}


def test_a_saved_policy_chooses_the_same(policy: SmallPolicy, tmp_path: Path) -> None:
    policy.save(tmp_path / "mine")
    loaded = SmallPolicy.load(tmp_path / "mine", 1.0)
    assert loaded.model.config.features == 2
    assert replay(loaded, KITCHENS) == replay(policy, KITCHENS)


def test_a_policy_from_before_lines_were_read_still_acts(tmp_path: Path) -> None:
    """Its folder does not name its features; it chooses, also among factored actions."""
    episodes = [toys.errand(number, toys.TRAIN_NAMES, 3) for number in range(3)]
    config = StepConfig(hidden_size=32, bag_size=16, layers=2, heads=2, features=1)
    old = SmallPolicy.new("old", config, [(episode, ()) for episode in episodes], 0)
    old.save(tmp_path / "old")
    facts = json.loads((tmp_path / "old" / "config.json").read_text())
    del facts["features"]
    (tmp_path / "old" / "config.json").write_text(json.dumps(facts))
    loaded = SmallPolicy.load(tmp_path / "old")
    assert loaded.model.config.features == 1
    assert replay(loaded, [*episodes, *KITCHENS]) == replay(old, [*episodes, *KITCHENS])
    loaded.fit([(episodes[0], toys.done(episodes[0]))], Schedule(2, 2, 1e-3, 0.0, 0))


def test_a_target_is_as_many_decisions_as_it_has_parts() -> None:
    episode = with_steps(
        KITCHENS[0],
        [
            Step(action, "", FactoredActions(("wait1", "pour OBJ in OBJ"), ("cup", "jug")), 0.0)
            for action in ("wait1", "pour jug in cup", "pour water in jug", "fly")
        ],
    )
    policy = toys.tiny_policy([episode])
    read = encode(policy.vocabulary, episode, toys.done(episode))
    assert [(each.state, each.count, each.taken) for each in read.decisions] == [
        (0, 2, 0),
        *[(1, 2, 1), (1, 2, 1), (1, 2, 0)],
        *[(2, 2, 1), (2, 3, 2), (2, 2, 1)],
    ]


def test_an_action_that_no_frame_can_say_is_not_imitated() -> None:
    episode = with_steps(KITCHENS[0], [Step("fly", "", KITCHENS[0].steps[0].admissible, 0.0)])
    with pytest.raises(UserError, match="nothing to imitate"):
        toys.tiny_policy([episode]).fit([(episode, ["fly"])], Schedule(1, 1, 1e-3, 0.0, 0))


def test_a_gap_is_no_word() -> None:
    words = Vocabulary.of(texts_of(KITCHENS)).words
    assert {"pour", "into", "door", "old", "full"} <= set(words)
    assert "obj" not in words


def test_chance_draws_the_frame_first() -> None:
    actions = FactoredActions(("wait1", "open OBJ", "pour OBJ in OBJ"), ("cup", "jug"))
    session = RandomPolicy().begin([toys.start(KITCHENS[0], seed) for seed in range(600)])
    drawn = session.choose(range(600), [actions] * 600)
    expected = {1: 1 / 3, 2: 1 / 6, 4: 1 / 12}
    for action in actions:
        share = expected[{"w": 1, "o": 2, "p": 4}[action[0]]]
        said = [choice.log_prob for choice in drawn if choice.action == action]
        assert said == pytest.approx([math.log(share)] * len(said))
        assert sum(choice.action == action for choice in drawn) / 600 == pytest.approx(
            share, abs=0.06
        )


def test_the_windowed_policy_says_that_it_cannot() -> None:
    room = KITCHENS[0]
    shape = WindowedShape(hidden_size=16, layers=1, heads=2, dropout=0.0)
    windowed = WindowedPolicy.new("toy", shape, [(room, ())], 0)
    with pytest.raises(UserError, match=r"38 \(5 frames with 4 things\)"):
        windowed.begin([toys.start(room)]).choose([0], [room.steps[0].admissible])
    with pytest.raises(UserError, match="policy=small"):
        windowed.fit([(room, toys.done(room))], Schedule(1, 1, 1e-3, 0.0, 0))
