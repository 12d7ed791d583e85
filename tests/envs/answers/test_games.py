"""The seven games: what is right, checked another way, and what is said of what is not."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from envs.answers.choices import GAMES
from envs.answers.games import hilo, lists, nash, optimization, roots, spelling, taboo
from envs.answers.games.env import GamesEnv
from envs.answers.games.words import WORDS
from envs.answers.question import Level, LineQuestion
from envs.errors import UserError

TASKS = [GamesEnv("test").question(each) for each in GamesEnv("test").task_ids]


def _of(game: str) -> list[Any]:
    return [each for each in TASKS if each.task_type == game]


def _hint(question: LineQuestion, answer: str) -> str:
    return question.feedback(f"Answer: {answer}", Level.hint).text


def test_there_are_a_hundred_of_each() -> None:
    assert [len(_of(game)) for game in GAMES] == [100] * 7


def test_every_word_of_a_spelling_solution_counts_and_no_other() -> None:
    for puzzle in _of("spelling")[:20]:
        solution = puzzle.solution.split(", ")
        fits = re.compile(f"[{puzzle.letters}]*{puzzle.letters[0]}[{puzzle.letters}]*")
        assert solution == [word for word in WORDS if fits.fullmatch(word)]
        assert any(len(set(word)) == 7 for word in solution) or len(solution) >= 5


def test_the_score_of_spelling_is_the_share_of_points() -> None:
    words = ("lane", "lean", "learn", "clean", "cleaner", "garments")
    puzzle = spelling.Spelling(
        "a", "spelling", "", "clean, cleaner, lane, lean, learn", "nacelrx", frozenset(words)
    )
    whole = 1 + 1 + 5 + 5 + 7  # no word here has all seven letters
    assert puzzle.verify("Answer: lane, LEARN learn, zebra").score == pytest.approx(6 / whole)
    assert puzzle.verify("Answer: clean, cleaner, lane, lean, learn").success
    text = _hint(puzzle, "nab, learn, learn, care, ran, lanes, nala")
    assert text.startswith("Your words have 26% of the points that there are. ")
    for fault in ("'nab' has b", "'care' lacks n", "'ran' is too short", "'lanes' has s",
                  "'nala' is not in the list of words", "'learn' is repeated"):  # fmt: skip
        assert fault in text
    assert text.endswith("There are more words, some beginning with cl and la.")


def test_words_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("garment\nmargent\nragmen\nmagnet\nmarge\nrage\nGermany\nit's\nman\n")
    env = GamesEnv("test", tasks=("spelling",), words=str(file))
    said = {word for each in env.task_ids for word in env.question(each).solution.split(", ")}
    assert said <= {"garment", "margent", "ragmen", "magnet", "marge", "rage"}
    assert env.version != GamesEnv("test").version
    file.write_text("few\n")
    with pytest.raises(UserError, match=r"^words: no puzzle can be made of these words"):
        GamesEnv("test", tasks=("spelling",), words=str(file))
    with pytest.raises(UserError, match=r"^words: cannot read "):
        GamesEnv("test", tasks=("spelling",), words=str(tmp_path / "no"))


def test_taboo() -> None:
    card = taboo.Taboo("a", "taboo", "", "", "bicycle", ("pedals", "rides", "road"))
    assert card.verify("Answer: It has wheels, a chain and a handle.").score == 1.0
    assert card.verify("Answer: It has wheels.").score == 0.5
    assert _hint(card, "It has wheels.").endswith("It fits several things equally well.")
    assert _hint(card, "It swims in the sea and has teeth").endswith("the guesser think of: shark.")
    broken = "It has wheels, a chain, pedals and roads; some say bicycles"
    assert card.verify(f"Answer: {broken}").score == 0.0
    assert _hint(card, broken).endswith("It must not say bicycles, pedals, roads.")


def test_the_weighted_median_is_the_smallest_best_place() -> None:
    for task in _of("optimization"):
        best = int(task.solution)
        least = min(task.value(x) for x in range(-10, 11))
        assert task.value(best) == least
        assert all(task.value(x) > least for x in range(-10, best))


def test_what_is_said_of_a_place() -> None:
    flat = optimization.Optimization("a", "optimization", "", "0", ((1, 0), (1, 4)))
    assert _hint(flat, "2").endswith("a smaller x is as good.")
    assert _hint(flat, "-3").endswith("At -3 the sum still gets smaller to the right.")
    assert _hint(flat, "5").endswith("At 5 the sum still gets smaller to the left.")
    wide = optimization.Optimization("a", "optimization", "", "-10", ((1, -10),))
    assert [wide.verify(f"Answer: {x}").success for x in ("-9.8", "-9.7", "10")] == [
        True, False, False,
    ]  # fmt: skip


def test_hilo_is_a_game_of_several_turns() -> None:
    env = GamesEnv("test", tasks=("hilo",))
    task_id = next(each for each in env.task_ids if env.question(each).solution == "66")
    env.reset(options={"task_id": task_id})
    assert env.step("Answer: 50")[:4] == ("The number is higher than 50.", 0.0, False, False)
    assert env.step("Answer: 75")[0] == "The number is lower than 75."
    assert env.step("fifty")[0].startswith("No answer could be read")
    assert env.expert_action() == "Answer: 62", "the middle of what is left"
    seen, reward, terminated, _, info = env.step("Answer: 66")
    assert (seen, reward, terminated) == ("Your answer has been taken.", 1.0, True)
    assert info["metrics"] == {"match": 0.75, "score": 1.0, "hilo_error": 0.0}


def test_hilo_ends_after_seven_guesses() -> None:
    env = GamesEnv("test", tasks=("hilo",))
    env.reset(options={"task_id": env.task_ids[0]})
    number = int(env.question(env.task_ids[0]).solution)
    ends = [env.step(f"Answer: {guess}") for guess in (0, *[number - 3] * 5, 999)]
    assert [each[2] for each in ends] == [False] * 6 + [True]
    assert ends[-1][-1]["metrics"] == {"match": 1.0, "score": 0.0, "hilo_error": 3.0}


def test_the_error_of_hilo_is_all_there_is_where_no_guess_was_read() -> None:
    game = hilo.HiLo("a", "hilo", "", "66")
    assert game.measured([None, None]) == {"hilo_error": 99.0}


def test_bisection_finds_every_number_in_seven_guesses() -> None:
    for number in range(1, 101):
        game = hilo.HiLo("a", "hilo", "", str(number))
        guesses: list[str | None] = []
        while str(number) not in guesses:
            guesses.append(game.expert(guesses))
        assert len(guesses) <= 7


def test_equilibria_by_looking_at_every_deviation() -> None:
    games = _of("nash")
    for game in games:
        found = set()
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            mine = [game.payoffs[other][column][0] for other in (0, 1)]
            yours = [game.payoffs[row][other][1] for other in (0, 1)]
            if mine[row] == max(mine) and yours[column] == max(yours):
                found.add(f"({row + 1}, {column + 1})")
        right = {cell for cell in ("(1, 1)", "(1, 2)", "(2, 1)", "(2, 2)", "None")
                 if game.verify(f"Answer: {cell}").success}  # fmt: skip
        assert right == (found or {"None"})
    assert 30 < sum(game.solution == "none" for game in games) < 70


def test_what_is_said_of_a_cell() -> None:
    dilemma = nash.Nash("a", "nash", "", "(2, 2)", (((3, 3), (0, 5)), ((5, 0), (1, 1))))
    assert _hint(dilemma, "(1, 1)").endswith("the row player gains by changing to row 2.")
    assert _hint(dilemma, "2,1").endswith("the column player gains by changing to column 2.")
    assert _hint(dilemma, "none").endswith("There is one.")
    assert dilemma.extract("Answer: (3, 1)") is None


def test_list_functions() -> None:
    assert len(lists.PRIMITIVES) >= 30
    values = [3, 1, 3, 2]
    known = {
        "keep the first occurrence of each number": [3, 1, 2],
        "keep the last {k} numbers": [3, 2],
        "remove the last {k} numbers": [3, 1],
        "count how often {k} is in the list": [1],
        "move the last number to the front": [2, 3, 1, 3],
        "replace each number by the sum of it and all before it": [3, 4, 7, 9],
        "add to each number its position, counted from 1": [4, 3, 6, 6],
    }
    for name, result in known.items():
        assert lists.PRIMITIVES[name](values, 2) == result, name
    assert values == [3, 1, 3, 2], "they leave what they are given as it was"
    task = lists.Lists("a", "lists", "", "[4, 0, 12]", "do it")
    assert task.verify("Answer: [4,0,12]").success
    assert _hint(task, "[4, 1, 12]").endswith("wrong from number 2 on. The rule was: do it.")
    assert "It is too short." in _hint(task, "[4, 0]")
    assert "It is too long." in _hint(task, "[4, 0, 12, 1]")
    assert task.extract("Answer: [4, x]") is None


def test_every_integer_root_is_a_root_and_nothing_else() -> None:
    for task in _of("roots"):
        found = [x for x in range(-10, 11) if task.verify(f"Answer: {x}").success]
        values = [sum(c * x**p for p, c in enumerate(task.coefficients)) for x in range(-10, 11)]
        assert found == [x for x, value in zip(range(-10, 11), values, strict=True) if value == 0]
        assert int(task.solution) in found
        assert len(found) <= len(task.coefficients) - 1


def test_what_is_said_of_a_root() -> None:
    task = roots.Roots("a", "roots", "", "2", roots.expanded([2], 3))
    assert _hint(task, "0.5") == (
        "Your answer is not correct. At 0.5 the polynomial is -4.5, not 0. It changes its sign "
        "between 1 and 3."
    )
    square = roots.Roots("a", "roots", "", "2", roots.expanded([2, 2], 1))
    assert _hint(square, "0").endswith("the polynomial is 4, not 0.")
    assert task.value(Fraction(3)) == 3


def test_tasks_can_be_chosen() -> None:
    env = GamesEnv("train", tasks=["roots", "hilo"])
    assert {env.task_type(each) for each in env.task_ids} == {"hilo", "roots"}
    with pytest.raises(UserError, match=r"tasks: 'chess' is not known; choose among spelling"):
        GamesEnv("train", tasks=["chess"])
    with pytest.raises(UserError, match=r"split='dev' is not known"):
        GamesEnv("dev")


def test_another_seed_makes_other_tasks() -> None:
    one, two = (GamesEnv("test", tasks=("lists",), world_seed=seed) for seed in (0, 1))
    same = sum(one.question(a).text == two.question(a).text for a in one.task_ids)
    assert same < 5
