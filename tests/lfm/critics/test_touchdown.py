from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.record import Trajectory
from envs.touchdown.env import TouchdownEnv
from lfm.critics.base import Critic, StepFeedback
from lfm.critics.touchdown import TouchdownCritic
from lfm.critics.windows import make_windows
from tests.lfm.critics.walks import ROUTE, city_env, expert_walk, walk, write_city

F, L, R, A, STOP = "forward", "left", "right", "turn_around", "stop"
GOLD = [*[F] * 7, R, *[F] * 3, STOP]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(tmp_path_factory.mktemp("city") / "data", [ROUTE, ROUTE[:7]])


def labels(critic: Critic, episode: Trajectory, length: int = 100) -> list[StepFeedback]:
    feedback = critic.critique(make_windows([episode], length))
    assert {answer.parse for answer in feedback} <= {"ok"}
    return [label for answer in feedback for label in answer.steps]


def said(city: Path, actions: Sequence[str], formulation: str = "turns") -> list[str]:
    """What is said of each step, with a sign for the verdict."""
    env = city_env(city, formulation)
    found = labels(TouchdownCritic(lambda: env), walk(env, actions))
    return [f"{'+' if each.productive else '-'} {each.reason}" for each in found]


def test_is_privileged_and_says_so() -> None:
    critic: Critic = TouchdownCritic(TouchdownEnv)
    assert critic.privileged
    assert critic.name == "simulator"


@pytest.mark.parametrize("stop", ["explicit", "auto"])
@pytest.mark.parametrize("actions", ["turns", "neighbor"])
def test_every_step_of_the_expert_is_productive(actions: str, stop: str) -> None:
    env = TouchdownEnv("dev", actions=actions, stop=stop, games=25)
    episodes = [expert_walk(env, task) for task in range(len(env.task_ids))]
    for answer in TouchdownCritic(lambda: env).critique(make_windows(episodes, 100)):
        assert [step for step in answer.steps if not step.productive] == []
        count = len(answer.steps)
        assert answer.summary == (
            f"{count} of {count} steps brought the task nearer, and it was done in the end."
        )
        assert answer.suggestion == ""


def test_counts_intersections_as_people_do(city: Path) -> None:
    on = "+ walked on towards the next turn"
    assert said(city, GOLD) == [
        *[on] * 3,
        "+ walked straight on at the first intersection, as told",
        *[on] * 3,
        "+ turned right at the second intersection, as told",
        "+ walked into the street on the right, as told",
        "+ walked on towards the place to stop",
        "+ walked on to the place to stop",
        "+ stopped where the way ends",
    ]
    neighbor = [*["straight ahead"] * 7, "to the right", *["straight ahead"] * 2, STOP]
    assert said(city, neighbor, "neighbor")[7:9] == [
        "+ turned right at the second intersection, as told",
        "+ walked on towards the place to stop",
    ]


def test_says_what_should_have_been_done_at_an_intersection(city: Path) -> None:
    assert said(city, [*GOLD[:3], R, F])[3:] == [
        "- turned right at the first intersection, instead of the second",
        "- walked into the street on the right at the first intersection, instead of the second",
    ]
    assert said(city, [*GOLD[:3], L, F, F, A, F, F, L])[3:] == [
        "- turned left at the first intersection, where the way goes straight on",
        "- walked into the street on the left at the first intersection, "
        "where the way goes straight on",
        "- walked on along a wrong street",
        "+ turned around to come back from the wrong street",
        "+ walked on to come back from the wrong street",
        "+ walked on to come back from the wrong street",
        "+ turned left at the intersection, as told",
    ]
    assert said(city, [*GOLD[:3], L, R])[3:] == [
        "- turned left at the first intersection, where the way goes straight on",
        "+ turned right to face the way",
    ]
    assert said(city, [*GOLD[:7], F])[7:] == [
        "- walked straight on at the second intersection, instead of turning right"
    ]
    assert said(city, [*GOLD[:7], L, F])[7:] == [
        "- turned left at the second intersection, instead of right",
        "- walked into the street on the left at the second intersection, instead of turning right",
    ]


def test_says_how_far_from_its_end_the_way_was_left(city: Path) -> None:
    assert said(city, [*GOLD[:8], STOP])[8:] == ["- stopped three panoramas early"]
    assert said(city, [*GOLD[:10], STOP])[10:] == ["+ stopped next to where the way ends"]
    assert said(city, [*GOLD[:11], F, STOP])[11:] == [
        "- walked past the place to stop",
        "+ stopped next to where the way ends",
    ]
    assert said(city, [*GOLD[:11], F, F, A, F, STOP])[12:] == [
        "- walked straight on past the place to stop",
        "+ turned around to come back to the place to stop",
        "+ walked on to come back to the place to stop",
        "+ stopped next to where the way ends",
    ]
    assert said(city, [*GOLD[:11], F, F, STOP])[-1] == "- stopped two panoramas too late"
    assert said(city, [*GOLD[:11], A])[-1] == "- turned around instead of stopping"
    assert said(city, [*GOLD[:3], R, F, STOP])[-1] == "- stopped away from the way"


def test_what_changes_nothing_is_said_to(city: Path) -> None:
    assert said(city, ["dance", A, A, A, F])[0:] == [
        "- nothing changed: that is not possible here",
        "- turned around, away from the way",
        "+ turned around at the start, to face the way",
        "- turned around, away from the way",
        "- walked on in the wrong direction",
    ]


def test_a_shortcut_that_nobody_told_of_is_not_productive(tmp_path: Path) -> None:
    around = [*[f"r{row}c4" for row in range(1, 5)], *[f"r4c{column}" for column in (3, 2, 1, 0)]]
    around += [*[f"r{row}c0" for row in range(5, 9)], *[f"r8c{column}" for column in range(1, 7)]]
    city = write_city(tmp_path / "data", [around])
    found = said(city, [F, F, F, F])
    assert found[3] == "- walked straight on at the first intersection, instead of turning left"


def test_suggests_what_to_do_where_a_window_ends(city: Path) -> None:
    env = city_env(city)
    windows = make_windows([walk(env, GOLD[:8])], 7)
    first, second = TouchdownCritic(lambda: env).critique(windows)
    assert (first.suggestion, second.suggestion) == ("next, right", "next, forward")
    assert second.summary == (
        "1 of 1 steps brought the task nearer; in the end it was still 4 steps from done."
    )
    [lost] = TouchdownCritic(lambda: env).critique(make_windows([walk(env, [STOP])]))
    assert lost.summary.endswith("; in the end it could not be done any more.")
    assert lost.suggestion == ""


def test_labels_do_not_depend_on_windows_order_or_company(city: Path) -> None:
    env = city_env(city)
    episodes = [_wandering(env, seed) for seed in range(6)]
    critic = TouchdownCritic(lambda: env, miss_rate=0.3, false_alarm_rate=0.2, seed=4)
    alone = {each.trajectory_id: labels(critic, each) for each in episodes}
    windows = make_windows(episodes, 7)
    random.Random(0).shuffle(windows)
    together: dict[str, list[StepFeedback]] = {}
    for answer in critic.critique(windows):
        together.setdefault(answer.trajectory_id, []).extend(answer.steps)
    assert {k: sorted(v, key=lambda s: s.step) for k, v in together.items()} == alone


def test_errs_as_often_as_told_and_gives_reasons_that_fit_what_it_says(city: Path) -> None:
    env = city_env(city)
    episodes = [_wandering(env, seed) for seed in range(40)]
    right = TouchdownCritic(lambda: env)
    wrong = TouchdownCritic(lambda: env, miss_rate=0.25, false_alarm_rate=0.1, seed=1)
    truth = [label for episode in episodes for label in labels(right, episode)]
    errs = [label for episode in episodes for label in labels(wrong, episode)]
    pairs = list(zip(truth, errs, strict=True))
    misses = [not b.productive for a, b in pairs if a.productive]
    alarms = [b.productive for a, b in pairs if not a.productive]
    assert sum(misses) / len(misses) == pytest.approx(0.25, abs=0.05)
    assert sum(alarms) / len(alarms) == pytest.approx(0.1, abs=0.04)
    assert all((a.reason == b.reason) == (a.productive == b.productive) for a, b in pairs)
    assert all(b.reason for _, b in pairs)


def test_another_walk_than_the_recorded_one_is_noticed(city: Path) -> None:
    env = city_env(city)
    episode = walk(env, GOLD[:4])
    steps = [*episode.steps[:2], replace(episode.steps[2], observation="A wall."), episode.steps[3]]
    with pytest.raises(UserError, match=r"does not replay: step 3 \('forward'\)"):
        labels(TouchdownCritic(lambda: env), replace(episode, steps=tuple(steps)))
    with pytest.raises(UserError, match="does not replay: the instruction"):
        labels(TouchdownCritic(lambda: env), replace(episode, instruction="Go home."))
    longer = replace(walk(env, GOLD), steps=(*walk(env, GOLD).steps, episode.steps[0]))
    with pytest.raises(UserError, match="the episode being over"):
        labels(TouchdownCritic(lambda: env), longer)


def _wandering(env: TouchdownEnv, seed: int) -> Trajectory:
    """The expert, with a third of random and sometimes impossible actions."""
    rng = random.Random(seed)
    _, info = env.reset(options={"task_id": env.task_ids[0]})
    actions: list[str] = []
    over = False
    while not over:
        others = [each for each in info["admissible_actions"] if each != STOP]
        chance = rng.random() < 0.3
        actions.append(rng.choice([*others, "dance"]) if chance else env.expert_action())
        *_, terminated, truncated, info = env.step(actions[-1])
        over = terminated or truncated
    return replace(walk(env, actions), trajectory_id=f"wandering {seed}")
