"""Intervals against published values."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from envs.record import Step, Trajectory
from lfm.statistics import (
    ResultRow,
    mean_interval,
    paired_difference,
    result_row,
    task_success,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "episodes", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_in_newcombe_1998_table_1(
    successes: int, episodes: int, low: float, high: float
) -> None:
    found = wilson(successes, episodes)
    assert found.value == successes / episodes
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    found = wilson(*counts)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("successes", "episodes"), [(0, 0), (2, 1), (-1, 3)])
def test_no_rate_without_episodes(successes: int, episodes: int) -> None:
    with pytest.raises(ValueError, match="no success rate"):
        wilson(successes, episodes)


def test_paired_t_interval_as_in_student_1908() -> None:
    """The extra hours of sleep of ten patients; R's manual gives 0.7001142 to 2.4598858."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = mean_interval([b - a for a, b in zip(first, second, strict=True)])
    assert found.value == pytest.approx(1.58)
    assert found.low == pytest.approx(0.7001142, abs=1e-6)
    assert found.high == pytest.approx(2.4598858, abs=1e-6)


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.5, 0.5, 3)
    with pytest.raises(ValueError, match="two values"):
        mean_interval([0.5])


def test_paired_difference_is_near_the_normal_one_for_many_tasks() -> None:
    before = {str(at): float(at % 10 < 4) for at in range(400)}
    after = {str(at): float(at % 10 < 6) for at in range(400)}
    found = paired_difference(before, after)
    half = 1.96 * math.sqrt(0.2 * 0.8 / 400)
    assert found.value == pytest.approx(0.2)
    assert found.low == pytest.approx(0.2 - half, abs=0.005)
    assert found.high == pytest.approx(0.2 + half, abs=0.005)
    assert paired_difference(before, after) == found
    assert found.n == 400


def test_paired_difference_needs_the_same_tasks() -> None:
    with pytest.raises(ValueError, match="same tasks"):
        paired_difference({"a": 1.0, "b": 0.0}, {"a": 1.0, "c": 0.0})


def trajectory(
    task: str, success: bool, split: str = "valid_seen", privileged: bool = False
) -> Trajectory:
    steps = (Step("go", "room", ("go",), float(success)),)
    name = f"{task}-{success}"
    return Trajectory(
        name, "toy", "1", split, task, "fetch", "go", "room", steps, success, "p", 1, privileged
    )


def test_a_row_has_what_the_table_needs() -> None:
    row = result_row(
        "bc",
        [trajectory("a", True), trajectory("b", False)],
        episodes=2,
        max_steps=50,
        goals="template",
        seed=7,
    )
    assert row == {
        "method": "bc",
        "env": "toy",
        "env_version": "1",
        "split": "valid_seen",
        "episodes": 2,
        "successes": 1,
        "success_rate": 0.5,
        "interval": list(wilson(1, 2)[1:3]),
        "privileged": False,
        "by_task_type": {"fetch": [1, 2]},
        "mean_steps": 1.0,
        "inadmissible": 0.0,
        "max_steps": 50,
        "goals": "template",
        "admissible_given": True,
        "seed": 7,
        "env_settings": {},
    }


def test_a_privileged_actor_marks_the_row() -> None:
    episodes = [trajectory("a", True, privileged=True)]
    row = result_row("expert", episodes, episodes=1, max_steps=5, goals="template", seed=0)
    assert row["privileged"]


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        ([trajectory("a", True)], 2),
        ([trajectory("a", True), trajectory("b", True, split="train")], 2),
        ([], 0),
    ],
)
def test_no_row_with_a_shrunken_or_mixed_denominator(
    episodes: list[Trajectory], expected: int
) -> None:
    with pytest.raises(ValueError, match="bc: "):
        result_row("bc", episodes, episodes=expected, max_steps=5, goals="template", seed=0)


def graded(task: str, *scores: float) -> Trajectory:
    steps = tuple(Step("go", "room", ("go",), score) for score in scores)
    kind, won = task.partition("/")[0], scores[-1] == 1
    return Trajectory(task, "toy", "1", "dev", task, kind, "go", "room", steps, won, "p", 1, False)


def test_graded_scores_say_how_far_episodes_came() -> None:
    episodes = [
        graded("boil/0", 0.2, 0.6, -1.0),  # failed for good
        graded("boil/1", 0.5, 1.0),
        graded("boil/2", 0.5, 0.4),
        graded("melt/0", 0.1),
    ]
    row = result_row(
        "bc", episodes, episodes=4, max_steps=5, goals="template", seed=0, graded=True,
        env_settings={"simplifications": "easy"},
    )  # fmt: skip
    assert row["env_settings"] == {"simplifications": "easy"}
    scores = row["scores"]
    assert scores["failed"] == 1
    assert scores["mean"].keys() == {"final_score", "last_score", "best_score"}
    assert scores["mean"]["final_score"]["mean"] == pytest.approx((0 + 1 + 0.4 + 0.1) / 4)
    assert scores["mean"]["last_score"]["mean"] == pytest.approx((0.6 + 1 + 0.4 + 0.1) / 4)
    assert scores["mean"]["best_score"]["mean"] == pytest.approx((0.6 + 1 + 0.5 + 0.1) / 4)
    interval = mean_interval([0, 1, 0.4, 0.1])
    assert interval.low < 0 < 1 < interval.high + 0.2
    assert scores["mean"]["final_score"]["interval"] == [0, min(1, interval.high)]
    assert scores["task_types"]["boil"]["success"] == pytest.approx(1 / 3)
    assert scores["macro"]["success"]["mean"] == pytest.approx((1 / 3 + 0) / 2)
    assert scores["macro"]["final_score"]["mean"] == pytest.approx((1.4 / 3 + 0.1) / 2)


def test_one_episode_has_no_interval() -> None:
    row = result_row(
        "bc",
        [graded("boil/0", 0.3)],
        episodes=1,
        max_steps=5,
        goals="template",
        seed=0,
        graded=True,
    )
    assert row["scores"]["mean"]["final_score"] == {"mean": 0.3, "interval": None}
    assert row["scores"]["macro"]["success"] == {"mean": 0.0, "interval": None}


def test_metrics_of_an_environment_are_means_over_episodes() -> None:
    episodes = [trajectory("a", True), trajectory("b", False)]
    measured = [{"spd": 0.0, "kpa": 1.0}, {"spd": 40.0, "kpa": 0.5}]

    def row(metrics: list[dict[str, float]]) -> ResultRow:
        return result_row(
            "bc", episodes, episodes=2, max_steps=5, goals="human", seed=0, metrics=metrics
        )

    found = row(measured)["metrics"]
    assert found["kpa"]["mean"] == 0.75
    interval = mean_interval([0.0, 40.0])
    assert found["spd"] == {"mean": 20.0, "interval": [interval.low, interval.high]}
    assert "metrics" not in row([])
    assert row(measured)["metrics_by_task_type"] == {"fetch": {"spd": 20.0, "kpa": 0.75}}
    with pytest.raises(ValueError, match="bc: "):
        row(measured[:1])


def test_a_metric_of_some_task_types_is_the_mean_of_theirs() -> None:
    episodes = [trajectory("a", True), trajectory("b", False)]
    metrics = [{"match": 1.0}, {"match": 0.0, "error": 3.0}]
    row = result_row(
        "bc", episodes, episodes=2, max_steps=5, goals="human", seed=0, metrics=metrics
    )
    assert row["metrics"]["match"]["mean"] == 0.5
    assert row["metrics"]["error"] == {"mean": 3.0, "interval": None}


def test_success_by_task() -> None:
    episodes = [trajectory("b", True), trajectory("a", False), trajectory("b", False)]
    assert task_success(episodes) == {"a": 0.0, "b": 0.5}
