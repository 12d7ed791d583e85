"""Episodes as indices: inside the table whatever the text, the same while acting and after."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import torch
from hypothesis import given, settings

from envs.record import Trajectory
from policies.batching import encode
from policies.episode import EpisodeEncoder
from policies.layout import Bags, Layout, join
from policies.small import SmallPolicy
from policies.words import Vocabulary
from tests.policies import toys

VOCABULARY = Vocabulary("clean go in look mug mugs open pan put the to with".split())
LAYOUT = Layout(len(VOCABULARY))
PHRASES = st.lists(
    st.sampled_from([*VOCABULARY.words, "zorp", "1", "2", "61", "?", "Ä", "\u0130"]), max_size=8
).map(" ".join)
TEXTS = st.one_of(st.text(max_size=60), PHRASES)
EPISODES = st.lists(st.tuples(TEXTS, TEXTS, st.lists(TEXTS, min_size=1, max_size=4)), max_size=5)


def check(bags: Bags, rows: int, of_one: int, words: int) -> None:
    """So many rows of so many bags, with members in the table or in the instruction."""
    assert len(bags.lengths) == rows * of_one
    assert bags.lengths.sum() == len(bags.indices)
    assert (bags.indices < LAYOUT.rows).all()
    assert (bags.indices >= -words).all()


def same(one: Bags, other: Bags) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def first_of(encoder: EpisodeEncoder, action: str) -> list[list[int]]:
    """The bags of one action, as lists."""
    bags = encoder.choices([action])
    cuts = np.cumsum(bags.lengths)[:-1]
    return [part.tolist() for part in np.split(bags.indices, cuts)]


@given(TEXTS, TEXTS, EPISODES)
def test_any_text_stays_inside_the_table(
    instruction: str, first: str, steps: list[tuple[str, str, list[str]]]
) -> None:
    encoder = EpisodeEncoder(VOCABULARY, instruction, first)
    words = len(encoder.instruction)
    assert words > 0
    assert ((encoder.instruction > 0) & (encoder.instruction < len(VOCABULARY))).all()
    check(encoder.first_step.bags, 1, LAYOUT.step_bags, words)
    for action, observation, options in steps:
        check(encoder.choices(options), len(options), LAYOUT.action_bags, words)
        check(encoder.step(action, observation).bags, 1, LAYOUT.step_bags, words)


@given(TEXTS.filter(bool), TEXTS, EPISODES, st.data())
def test_acting_and_training_see_the_same(
    instruction: str, first: str, steps: list[tuple[str, str, list[str]]], data: st.DataObject
) -> None:
    """Asking for choices on the way leaves no trace, and decisions are as they were."""
    played = [(data.draw(st.sampled_from(can)), seen, can) for _, seen, can in steps]
    episode = toys.trajectory(0, instruction, played, first) if played else None
    if episode is None:
        return
    chosen = data.draw(st.lists(st.booleans(), min_size=len(played), max_size=len(played)))
    targets = [
        action if choose else None for (action, *_), choose in zip(played, chosen, strict=True)
    ]
    whole = encode(VOCABULARY, episode, targets)
    acting = EpisodeEncoder(VOCABULARY, instruction, first)
    assert same(acting.first_step.bags, whole.steps[0].bags)
    decisions = iter(whole.decisions)
    for at, (action, seen, can) in enumerate(played):
        options = acting.choices(can)
        if chosen[at]:
            decision = next(decisions)
            assert (decision.state, decision.count) == (at, len(can))
            assert can[decision.taken] == action
            assert same(decision.options, options)
        assert same(acting.step(action, seen).bags, whole.steps[at + 1].bags)
    assert next(decisions, None) is None


def test_an_action_is_bound_to_the_words_that_ask_for_it() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "put the mugs in the zorp", "")
    asked, other = first_of(encoder, "open mug 1"), first_of(encoder, "open pan 1")
    assert -1 - 2 in asked[1]
    assert not any(member < 0 for bag in other for member in bag)
    assert -1 - 5 in first_of(encoder, "go to zorp 2")[2]


def test_a_thing_carries_what_was_done_to_it_and_seen_beside_it() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "put a clean mug in pan", "")
    fresh = first_of(encoder, "open mug 1")
    encoder.step("clean mug 1 with pan 2", "You clean the mug 1.")
    after, twin = first_of(encoder, "open mug 1"), first_of(encoder, "open mug 2")
    assert after != fresh
    last = LAYOUT.last_verb + LAYOUT.size + VOCABULARY["clean"]
    assert last in after[1]
    assert last not in twin[1]
    assert after[3], "the instruction's word clean was in sight with the mug"
    assert fresh[3] == twin[3] == []


def test_a_repeated_action_is_known_as_tried() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "look", "")
    tried = []
    for _ in range(5):
        rows = first_of(encoder, "look")[0]
        tried += [row - LAYOUT.tried for row in rows if row >= LAYOUT.tried]
        encoder.step("look", "Nothing happens.")
    assert tried == [0, 1, 2, 3, 3]


def test_no_two_kinds_of_row_share_a_place() -> None:
    places = (
        LAYOUT.word,
        LAYOUT.seen_word,
        LAYOUT.last_verb,
        LAYOUT.acted_age,
        LAYOUT.seen_age,
        LAYOUT.tried,
        LAYOUT.rows,
    )
    assert list(places) == sorted(set(places))


def test_joining_keeps_rows_in_order() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "look", "")
    parts = [encoder.choices(["look"]), encoder.choices(["go to mug 1", "look"])]
    assert same(join(parts), encoder.choices(["look", "go to mug 1", "look"]))
    assert len(join([]).lengths) == 0


def scores(policy: SmallPolicy, episode: Trajectory) -> torch.Tensor:
    session = policy.begin([toys.start(episode)])
    choices = session.choose([0], [episode.steps[0].admissible])
    return torch.tensor([choice.log_prob for choice in choices])


@settings(max_examples=25)
@given(instruction=st.one_of(st.just("?!"), TEXTS.filter(bool), st.just("find the mug " * 40)))
def test_any_instruction_can_be_acted_on(instruction: str) -> None:
    """Also one without a word, and one longer than the model reads."""
    options = ["look", "go to mug 1"]
    episode = toys.trajectory(0, instruction, [("look", "A mug 1.", options)])
    assert torch.isfinite(scores(toys.tiny_policy([episode]), episode)).all()
