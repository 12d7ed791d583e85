"""Reading an episode without the names of what is asked for: those go, all else stays."""

from __future__ import annotations

import numpy as np

from policies.batching import EncodedEpisode, encode, without_names
from policies.layout import Bags, Layout
from policies.words import UNKNOWN, Vocabulary
from tests.policies import toys

EPISODE = toys.trajectory(
    0,
    "put the clean mug in a cabinet",
    [
        ("go to cabinet 1", "On the cabinet 1, you see a mug 2, and a pan 1.", ["look"]),
        ("take mug 2 from cabinet 1", "You pick up the mug 2.", ["go to cabinet 1", "look"]),
    ],
)
VOCABULARY = Vocabulary.of(["put the clean mug in a cabinet pan go to take from you see pick up"])
LAYOUT = Layout(len(VOCABULARY))
READ = encode(VOCABULARY, EPISODE, toys.done(EPISODE))
HIDDEN = without_names(READ, LAYOUT)


def bags_of(episode: EncodedEpisode) -> list[Bags]:
    return [
        *(step.bags for step in episode.steps),
        *(decision.options for decision in episode.decisions),
    ]


def test_names_are_what_is_asked_for_and_met_as_a_numbered_thing() -> None:
    assert set(READ.names) == {VOCABULARY["mug"], VOCABULARY["cabinet"]}


def test_the_names_are_unknown_and_the_other_words_are_not() -> None:
    before = [VOCABULARY[word] for word in EPISODE.instruction.split()]
    assert READ.instruction.tolist() == before
    assert HIDDEN.instruction.tolist() == [
        UNKNOWN if index in READ.names else index for index in before
    ]


def test_only_rows_of_the_names_change() -> None:
    size = LAYOUT.size
    of_words = dict.fromkeys(range(LAYOUT.word, LAYOUT.last_verb), LAYOUT.word)
    of_words |= dict.fromkeys(range(LAYOUT.said, LAYOUT.compared), LAYOUT.said)
    for read, hidden in zip(bags_of(READ), bags_of(HIDDEN), strict=True):
        assert np.array_equal(read.lengths, hidden.lengths)
        for old, new in zip(read.indices.tolist(), hidden.indices.tolist(), strict=True):
            word = (old - of_words[old]) % size if old in of_words else UNKNOWN
            if word in READ.names:
                assert new == old - word + UNKNOWN
            else:
                assert new == old


def test_an_episode_without_numbered_things_stays_as_it_is() -> None:
    plain = toys.trajectory(1, "find the mug", [("look", "There is a mug.", ["look"])])
    read = encode(VOCABULARY, plain, ["look"])
    for before, after in zip(bags_of(read), bags_of(without_names(read, LAYOUT)), strict=True):
        assert np.array_equal(before.indices, after.indices)
