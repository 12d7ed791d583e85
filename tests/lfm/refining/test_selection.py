"""What chooses among texts, and by what."""

from __future__ import annotations

import math

import pytest

from lfm.refining.base import Asked, Candidates
from lfm.refining.selection import Instruct, Likelihood, Longest, Random, Similarity
from policies.writing.base import Conversation, Retry
from tests.lfm.refining.writers import Fake, episode

RETRY = Retry("r/1", "$feedback Again: $instruction", "Again: $instruction")
QUESTIONS = ["$feedback | $refinement", "$instruction $answer $refinement"]
ANSWERS = ["Yes No", "True False"]


def candidates(*texts: str, told: str | None = "lose b") -> Candidates:
    return Candidates(Asked(episode("t", "a b"), 1, told), "lose b", texts)


def test_instruct_is_the_mean_of_normalised_probabilities() -> None:
    chances = {"Yes": 0.3, "No": 0.1, "True": 0.02, "False": 0.06}
    judge = Fake(likely=lambda told, text: math.log(chances[text]))
    ((found,),) = Instruct(judge, QUESTIONS, ANSWERS).scores([candidates("a")])
    assert found == pytest.approx({"instruct1": 0.75, "instruct2": 0.25, "instruct": 0.5})


def test_instruct_shows_the_judge_what_it_asks_about() -> None:
    shown: list[str] = []

    def likely(told: Conversation, text: str) -> float:
        shown.append(told[0]["content"])
        return 0.0

    Instruct(Fake(likely=likely), QUESTIONS, ANSWERS).scores([candidates("x", "y")])
    assert set(shown) == {"lose b | x", "lose b | y", "Do it. a b x", "Do it. a b y"}


def test_instruct_bears_probabilities_that_are_next_to_nothing() -> None:
    judge = Fake(likely=lambda told, text: {"Yes": -2000.0, "No": -1.0}.get(text, -3000.0))
    ((found,),) = Instruct(judge, QUESTIONS, ANSWERS).scores([candidates("a")])
    assert found == pytest.approx({"instruct1": 0.0, "instruct2": 0.5, "instruct": 0.25})


def test_likelihood_is_under_what_the_refiner_was_told() -> None:
    told: list[str] = []

    def likely(conversation: Conversation, text: str) -> float:
        told.append(conversation[-1]["content"])
        return -1.5

    refiner = Fake(likely=likely)
    assert Likelihood(refiner, RETRY).scores([candidates("x")]) == [[{"likelihood": -1.5}]]
    Likelihood(refiner, RETRY).scores([candidates("x", told=None)])
    assert told == ["lose b Again: Do it.", "Again: Do it."]


def test_similarity_is_the_cosine_of_the_refiners_embeddings() -> None:
    ((same, half, none, empty),) = Similarity(Fake()).scores([candidates("bb", "b c", "c d", "")])
    assert [each["similarity"] for each in (same, half, none, empty)] == pytest.approx(
        [1.0, math.sqrt(0.5), 0.0, 0.0]
    )


def test_longest_counts_characters() -> None:
    assert Longest().scores([candidates("ab", "abc")]) == [[{"longest": 2.0}, {"longest": 3.0}]]


def test_random_follows_its_seed() -> None:
    asked = [candidates("a", "b", "c")]
    assert Random(1).scores(asked) == Random(1).scores(asked) != Random(2).scores(asked)
