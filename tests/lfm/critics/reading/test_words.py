from __future__ import annotations

import pytest

from lfm.critics.reading.words import aloud, named_steps, refuses, storable, verdict


def numbers(text: str) -> list[int] | None:
    named = named_steps(text)
    return None if named is None else [step for steps in named.steps for step in steps]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Step 3: took it", [3]),
        ("Steps 3-7: took it", [3, 4, 5, 6, 7]),
        ("Steps 3 \u2013 5: took it", [3, 4, 5]),
        ("steps 3 to 5", [3, 4, 5]),
        ("Steps 3, 5-6 and step 9: took it", [3, 5, 6, 9]),
        ("Steps 1, 2, and 4 were good", [1, 2, 4]),
        ("Step number 4 - took it", [4]),
        ("step #4 took it", [4]),
        ("Action 4: took it", [4]),
        ("12: took it", [12]),
        ("Step 3 - 5 mugs were there", [3]),
        ("Step 3, 5 and 7: all good", [3, 5, 7]),
        ("Steps 7-3: took it", None),
        ("took mug 1 from desk 2: good", None),
        ("Step one: took it", None),
        ("Step 12345678901: took it", None),
        ("", None),
    ],
)
def test_step_numbers(text: str, steps: list[int] | None) -> None:
    assert numbers(text) == steps


def test_a_range_of_any_length_costs_nothing() -> None:
    named = named_steps("Steps 1-999999999: all of them")
    assert named is not None
    assert named.steps == (range(1, 1_000_000_000),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes", True),
        ("yes it did", True),
        ("**No**, it did not", False),
        ("Answer: no.", False),
        ("Not helpful: it had been there", False),
        ("unproductive because it had been there", False),
        ("productive - found the mug", True),
        ("No other mug was there", None),
        ("Productive steps are rare", None),
        ("Nothing", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_verdicts(text: str, said: bool | None) -> None:
    assert verdict(text) is said


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I\u2019m unable to judge this.", True),
        ("As an AI, I have no opinion.", True),
        ("Sorry, I cannot say.", True),
        ("The player is sorry.", False),
        ("I can see that step 3 was helpful.", False),
    ],
)
def test_refusals(text: str, refused: bool) -> None:
    assert refuses(text) is refused


def test_thoughts_are_no_answer() -> None:
    assert aloud("<think>Step 3: yes</think>\nStep 3: no") == ("\nStep 3: no", True)
    assert aloud("<think>Step 3: yes") == ("", False)
    assert aloud("Step 3: yes") == ("Step 3: yes", True)


def test_half_a_surrogate_pair_can_be_stored() -> None:
    assert storable("a\ud800b").encode() == b"a\\ud800b"
    assert storable("a\U0001f600\u00e9") == "a\U0001f600\u00e9"
