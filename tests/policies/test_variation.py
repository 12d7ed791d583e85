"""Variations of episodes: what the instruction leads through stays, all else may differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from envs.record import Trajectory
from policies.batching import encode
from policies.imitation import Schedule
from policies.small import LAST, SmallPolicy, imitation_loss
from policies.step_transformer import StepConfig
from policies.variation import Variations, mirrored
from policies.words import cut_words
from tests.policies import toys
from tests.policies.stopping import Killed, kill_at

STREET = "The street goes on."
MOVES = ["forward", "stop"]


def walk(seed: int, instruction: str, ahead: list[str], turn: str = "left") -> Trajectory:
    """Forward past what is ahead in turn, then a turn and a stop."""
    steps = [("forward", each, MOVES) for each in ahead]
    steps += [(turn, STREET, ["forward", "left", "right", "stop"]), ("stop", "You stop.", MOVES)]
    return toys.trajectory(seed, instruction, steps)


PLAIN = walk(0, "Go on and on and make a left", [STREET] * 8)
BANK = walk(
    1, "Left after the bank", [STREET, "The street goes on.\nOn your left: a bank, a cafe."]
)
PARK = walk(2, "Left behind the park", ["The street goes on.\nAhead: a kiosk.\nLeft: a park."])
EXAMPLES = [(episode, toys.done(episode)) for episode in (PLAIN, BANK, PARK)]
DRAWN = {
    episode.instruction: [Variations(EXAMPLES).draw(episode, done, seed) for seed in range(200)]
    for episode, done in EXAMPLES
}


def triples(episode: Trajectory) -> list[tuple[str, str, Sequence[str]]]:
    """(action, observation, admissible) of each step."""
    return [(step.action, step.observation, step.admissible) for step in episode.steps]


def seen_in(episode: Trajectory) -> str:
    return "\n".join([episode.first_observation, *(step.observation for step in episode.steps)])


def test_a_mirror_exchanges_left_and_right_everywhere() -> None:
    episode, targets = mirrored(*EXAMPLES[1])
    assert episode.instruction == "Right after the bank"
    assert "On your right: a bank, a cafe." in seen_in(episode)
    assert [step.action for step in episode.steps] == ["forward", "forward", "right", "stop"]
    assert list(targets) == ["forward", "forward", "right", "stop"]
    assert list(episode.steps[2].admissible) == ["forward", "right", "left", "stop"]
    assert mirrored(episode, targets) == EXAMPLES[1]


def test_the_same_seed_draws_the_same() -> None:
    variations = Variations(EXAMPLES)
    assert variations.draw(*EXAMPLES[0], 5) == variations.draw(*EXAMPLES[0], 5)


def test_what_is_spoken_of_stays_in_sight() -> None:
    for episode, _ in DRAWN[BANK.instruction]:
        bank = next(line for line in seen_in(episode).split("\n") if "bank" in line)
        side = "right" if any(step.action == "right" for step in episode.steps) else "left"
        assert bank.startswith(f"On your {side}: a bank")


def test_other_things_go_and_come() -> None:
    seen = [seen_in(episode) for episode, _ in DRAWN[BANK.instruction]]
    assert 0.1 < sum("cafe" not in each for each in seen) / len(seen) < 0.6
    assert any("kiosk" in each for each in seen)


def test_nothing_comes_that_is_spoken_of() -> None:
    for episode, _ in DRAWN[PARK.instruction]:
        assert sum("park" in line for line in seen_in(episode).split("\n")) == 1


def test_ways_where_nothing_happens_get_longer_and_shorter() -> None:
    lengths = {len(episode.steps) for episode, _ in DRAWN[PLAIN.instruction]}
    assert min(lengths) < len(PLAIN.steps) < max(lengths)
    for episode, targets in DRAWN[PLAIN.instruction]:
        assert [step.action for step in episode.steps] == list(targets)
        assert episode.steps[0].action == "forward"
        assert {episode.steps[-2].action, "stop"} in ({"left", "stop"}, {"right", "stop"})


def test_where_it_ends_has_leeway() -> None:
    """Nothing is learned of the step before the end, unless that was no going on."""
    ahead = toys.trajectory(3, "Go on", [("forward", STREET, MOVES)] * 9)
    turned = toys.trajectory(4, "Go on", [*triples(ahead), ("left", STREET, ["left"])])
    for walked, learned in ((ahead, {None}), (turned, {"left", "right"})):
        stopped = toys.trajectory(5, "Go on", [*triples(walked), ("stop", "You stop.", MOVES)])
        drawn = [
            Variations([(stopped, toys.done(stopped))]).draw(stopped, toys.done(stopped), seed)[1]
            for seed in range(20)
        ]
        assert {targets[-2] for targets in drawn} == learned
        assert {targets[-1] for targets in drawn} == {"stop"}
        assert not any(None in targets[:-2] for targets in drawn)


def test_an_episode_of_one_step_is_learned_from() -> None:
    at_once = toys.trajectory(3, "Stop", [("stop", "You stop.", MOVES)])
    _, targets = Variations(EXAMPLES).draw(at_once, ["stop"], 0)
    assert targets == ["stop"]


def test_what_does_not_show_where_to_end_has_no_leeway() -> None:
    cut = toys.trajectory(3, "Go on", [("forward", STREET, MOVES)] * 4)
    ended = [("forward", STREET, MOVES)] * 4 + [("stop", STREET, MOVES)]
    walked = toys.trajectory(4, "Go on", ended)
    tried = replace(walked, steps=tuple(replace(step, log_prob=-0.1) for step in walked.steps))
    for episode in (cut, tried):
        _, targets = Variations(EXAMPLES).draw(episode, toys.done(episode), 0)
        assert None not in targets


def test_steps_with_something_in_sight_are_not_left_out() -> None:
    for episode, _ in DRAWN[BANK.instruction]:
        assert len(episode.steps) == len(BANK.steps)


def test_at_least_one_target_is_left() -> None:
    targets = [None, None, "forward", *([None] * 7)]
    drawn = [Variations(EXAMPLES).draw(PLAIN, targets, seed) for seed in range(100)]
    assert all(any(wanted) for _, wanted in drawn)
    assert all(len(wanted) == len(episode.steps) for episode, wanted in drawn)


def test_words_of_the_instruction_are_left_out_now_and_then() -> None:
    words = set(cut_words(PLAIN.instruction)) | {"right"}
    counts = [len(cut_words(episode.instruction)) for episode, _ in DRAWN[PLAIN.instruction]]
    assert min(counts) < max(counts) == len(cut_words(PLAIN.instruction))
    assert all(set(cut_words(each.instruction)) <= words for each, _ in DRAWN[PLAIN.instruction])


def test_episodes_without_anything_listed_are_varied_too() -> None:
    variations = Variations(EXAMPLES[:1])
    assert {len(variations.draw(*EXAMPLES[0], seed)[0].steps) for seed in range(50)} - {10}


def tiny() -> SmallPolicy:
    config = StepConfig(hidden_size=16, bag_size=8, layers=1, heads=2, features=3, augment=True)
    return SmallPolicy.new("tiny", config, EXAMPLES * 6, 0)


def test_rare_words_have_no_row() -> None:
    policy = tiny()
    assert "bank" in policy.vocabulary.words
    rare = SmallPolicy.new("rare", policy.model.config, EXAMPLES, 0)
    assert "bank" not in rare.vocabulary.words


def test_the_decision_to_end_an_episode_counts_more() -> None:
    policy, (episode, actions) = tiny(), EXAMPLES[0]
    others = len(actions) - 1

    def loss(*targets: str | None) -> float:
        read = encode(policy.vocabulary, episode, targets, policy.model.config.features)
        return float(imitation_loss(policy.model, [read]))

    with torch.inference_mode():
        before = loss(*actions[:-1], None)
        end = loss(*[None] * others, actions[-1])
        whole = loss(*actions)
    assert whole == pytest.approx((others * before + LAST * end) / (others + LAST))


def test_a_resumed_training_draws_the_same_variations(tmp_path: Path) -> None:
    schedule = Schedule(100, 2, 1e-3, 0.0, 0)
    straight, killed, resumed = tiny(), tiny(), tiny()
    straight.fit(EXAMPLES, schedule)

    with pytest.raises(Killed):
        killed.fit(EXAMPLES, schedule, work=tmp_path, follow=kill_at(100))
    resumed.fit(EXAMPLES, schedule, work=tmp_path)
    ours, theirs = straight.model.state_dict(), resumed.model.state_dict()
    assert all(ours[name].equal(theirs[name]) for name in ours)
