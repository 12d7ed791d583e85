"""Text is cut into the same words and things, whatever the text."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from policies.words import UNKNOWN, Vocabulary, mentions, parse_action, split_words

ACTIONS = st.lists(
    st.sampled_from(["go", "to", "put", "in", "mug", "2", "17", "the", "Fridge", "!", "é"]),
    max_size=9,
).map(" ".join)


@pytest.mark.parametrize(
    ("action", "verb", "things"),
    [
        ("go to fridge 1", "go", [("fridge 1", 2)]),
        ("move mug 2 to shelf 10", "move", [("mug 2", 1), ("shelf 10", 2)]),
        ("put mug 2 in/on shelf 10", "put", [("mug 2", 1), ("shelf 10", 2)]),
        ("heat egg 1 with microwave 1", "heat", [("egg 1", 1), ("microwave 1", 2)]),
        ("use desklamp 1", "use", [("desklamp 1", 1)]),
        ("Inventory", "inventory", []),
        ("", "", []),
    ],
)
def test_actions_are_cut_into_their_slots(
    action: str, verb: str, things: list[tuple[str, int]]
) -> None:
    phrase = parse_action(action)
    assert phrase.verb == verb
    assert [(mention.thing, slot) for mention, slot in phrase.mentions] == things


def test_texts_name_things_with_and_without_numbers() -> None:
    seen = "On the Shelf 2, you see a mug 1, and a lamp. 7"
    things = [mention.thing for mention in mentions(seen)]
    assert {"shelf 2", "mug 1"} <= set(things)
    assert "the" not in things
    assert split_words(seen)[:4] == ("on", "the", "shelf", "2")


def test_a_number_belongs_to_one_thing_only() -> None:
    assert [mention.thing for mention in mentions("mug 1 2")] == ["mug 1"]
    assert mentions("3 4") == ()


@given(st.one_of(st.text(max_size=80), ACTIONS))
def test_any_text_can_be_cut(text: str) -> None:
    words = split_words(text)
    phrase = parse_action(text)
    assert tuple(word for word, _ in phrase.words) == words
    assert phrase.verb == (words[0] if words else "")
    assert [slot for _, slot in phrase.words] == sorted(slot for _, slot in phrase.words)
    for mention in mentions(text):
        assert mention.thing == " ".join(mention.words)
        assert set(mention.words) <= set(words)


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20))
def test_a_vocabulary_has_a_row_for_every_word_of_its_texts(texts: list[str], new: str) -> None:
    vocabulary = Vocabulary.of(texts)
    rows = [vocabulary[word] for text in texts for word in split_words(text)]
    assert all(UNKNOWN < row < len(vocabulary) for row in rows)
    assert all(UNKNOWN <= vocabulary[word] < len(vocabulary) for word in split_words(new))
    assert vocabulary.words == Vocabulary.of(reversed(texts)).words


def test_rare_words_can_be_left_out() -> None:
    vocabulary = Vocabulary.of(["mug mug pan"], minimum=2, numbers=3)
    assert vocabulary.words == ("0", "1", "2", "mug")
    assert vocabulary["pan"] == UNKNOWN
