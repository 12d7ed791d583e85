"""Causal language models over words: what they learn, and that the cache changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from experiments.alfworld_policies import causal, run
from experiments.alfworld_policies.causal_model import Speller
from policies.base import Start
from tests.policies import toys

ERRANDS = [toys.errand(number, toys.TRAIN_NAMES, steps=1 + number % 3) for number in range(8)]


@pytest.mark.parametrize("make", [causal.causal, causal.causal_choice])
def test_losses_fall(make: Any) -> None:
    contender = make(ERRANDS, 0)
    trained = run._train(contender, 0, 3e-3, 40, 60.0)
    assert sum(trained.losses[-5:]) < 0.7 * sum(trained.losses[:5])


def test_reading_bit_by_bit_is_reading_at_once() -> None:
    """Episodes of unlike length side by side, one of which ends earlier."""
    policy = causal.causal_choice(ERRANDS, 0).policy()
    starts = [Start(each.instruction, each.first_observation, 0) for each in ERRANDS[:2]]
    options = ERRANDS[0].steps[0].admissible
    session = policy.begin(starts)
    session.choose([0, 1], [options, options])
    session.observe([0, 1], ["look", "look"], ["A hall.", "You see a very long corridor 1."])
    first = session.choose([1], [options])[0]
    alone = policy.begin(starts[1:])
    done = alone.choose([0], [options])[0].action
    alone.observe([0], [done], ["You see a very long corridor 1."])
    again = alone.choose([0], [options])[0]
    assert again.action == first.action
    assert again.log_prob == pytest.approx(first.log_prob, abs=1e-5)


def test_spelling_gives_every_action_its_share() -> None:
    """The probability of an action is the product over the forks on its way."""
    contender = causal.causal(ERRANDS, 0)
    start = Start(ERRANDS[0].instruction, ERRANDS[0].first_observation, 0)
    options = ["go to balek 1", "go to balek 2", "look"]
    choice = contender.policy().begin([start]).choose([0], [options])[0]
    assert choice.action in options
    speller = contender.policy().speller
    with torch.inference_mode():
        words = speller.start(start.instruction, start.first_observation)
        model = contender.model
        scores = model.next_words(model.states(torch.tensor([words]))[0, -1])
        go, look = (speller.text(each)[0] for each in ("go", "look"))
        expected = torch.log_softmax(scores[[go, look]], 0)
        if choice.action != "look":
            words += speller.text("go to balek")
            scores = model.next_words(model.states(torch.tensor([words]))[0, -1])
            numbers = torch.log_softmax(scores[list(speller.text("1 2"))], 0)
            assert choice.log_prob == pytest.approx(float(expected[0] + numbers.max()), abs=1e-4)
        else:
            assert choice.log_prob == pytest.approx(float(expected[1]), abs=1e-4)


def test_renumbering_is_consistent_and_keeps_kinds() -> None:
    episode = toys.trajectory(
        0,
        "find the mug",
        [("go to mug 2", "You see mug 1 and cup 7.", ["go to mug 1", "go to mug 2"])],
        "There are mug 1, mug 2 and cup 7.",
    )
    contender = causal.causal_choice([episode], 0)
    speller: Speller = contender.policy().speller
    item = contender.items[0]
    torch.manual_seed(0)
    seen = set()
    for _ in range(20):
        drawn = causal._drawn_numbers(item.things)
        options = item.options.renumbered(drawn)
        first, second = (tuple(row.tolist()) for row in options)
        assert {first, second} == {speller.action(each) for each in episode.steps[0].admissible}
        words = item.words.renumbered(drawn).tolist()
        at = int(item.acts[0])
        assert tuple(words[at + 1 :]) == second  # the action taken is still the one it was
        assert speller.vocabulary["7"] in words
        seen.add(first)
    assert len(seen) == 2
