"""Which steps are imitated: one rule for each teacher, and in none of them a loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from envs.record import Step, Trajectory
from envs.touchdown.env import TouchdownEnv
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.critics.touchdown import TouchdownCritic
from lfm.critics.windows import make_windows
from lfm.feedback_model import FeedbackModel, Verdict
from lfm.selection import (
    as_many_at_random,
    best_tries,
    by_critic,
    by_feedback_model,
    by_reward,
    everything,
    kept_steps,
    to_adapt,
)
from lfm.store import Judgement
from tests.lfm.conftest import episode
from tests.lfm.critics.walks import expert_walk


class Approving:
    """Finds a step the more productive the longer its action's last word."""

    name = "approving"

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        return [
            [Verdict(len(step.action.split()[-1]) / 10, "said so") for step in each.steps]
            for each in trajectories
        ]


MODEL = cast(FeedbackModel, Approving())


def doing(*actions: str, name: str = "one", success: bool = False) -> Trajectory:
    steps = tuple(Step(action, "", actions, float(success)) for action in actions)
    return replace(episode(0), trajectory_id=name, steps=steps, success=success)


def window(name: str, **said: bool) -> WindowFeedback:
    """What a critic said of an episode: ``at3=True`` calls its third step productive."""
    steps = (StepFeedback(int(at[2:]), good, f"reason {at}") for at, good in said.items())
    return WindowFeedback(f"{name}/w", name, tuple(steps), "", "", 0, 0, "ok", "")


def approving(*trajectories: Trajectory) -> list[Judgement]:
    return by_feedback_model(MODEL, trajectories, 0.5)


def by_the_critic(*trajectories: Trajectory) -> list[Judgement]:
    """By a critic that finds what :data:`MODEL` does."""
    said = [
        window(
            each.trajectory_id,
            **{
                f"at{at}": len(step.action.split()[-1]) >= 5
                for at, step in enumerate(each.steps, start=1)
            },
        )
        for each in trajectories
    ]
    return by_critic("strict", said, trajectories)


Rule = Callable[..., list[Judgement]]
WITHOUT_LOOPS = pytest.mark.parametrize("rule", [approving, by_the_critic])


@WITHOUT_LOOPS
@pytest.mark.parametrize(
    ("actions", "kept"),
    [
        (("take lantern", "take cup", "take kettle"), [True, False, True]),
        (("take kettle", "put kettle") * 3, [True, True, True, True, False, False]),
        (("take cup", "take cup", "take cup"), [False, False, False]),
        (("waiting", "waiting", "waiting"), [True, True, True]),
    ],
)
def test_what_is_done_to_a_thing_is_kept_twice_at_most(
    rule: Rule, actions: tuple[str, ...], kept: list[bool]
) -> None:
    trajectory = doing(*actions)
    judgements = rule(trajectory)
    targets = [action if keep else None for action, keep in zip(actions, kept, strict=True)]
    assert kept_steps([trajectory], judgements) == [(trajectory, targets)]
    assert [judgement.p_productive >= 0.5 for judgement in judgements] == [
        len(action.split()[-1]) >= 5 for action in actions
    ]


@WITHOUT_LOOPS
@pytest.mark.parametrize(
    ("env", "times"), [("alfworld", 2), ("scienceworld", 2), ("no such one", 2), ("touchdown", 4)]
)
def test_going_the_same_way_again_is_no_loop(rule: Rule, env: str, times: int) -> None:
    walk = replace(doing(*["straight onwards"] * 4), env=env)
    assert sum(judgement.kept for judgement in rule(walk)) == times


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
def test_all_of_a_walk_without_a_wrong_step_is_kept(actions: str) -> None:
    env = TouchdownEnv("dev", actions=actions, games=5)
    walks = [expert_walk(env, task) for task in range(5)]
    feedback = TouchdownCritic(lambda: env).critique(make_windows(walks, 100))
    assert all(judgement.kept for judgement in by_critic("strict", feedback, walks))


@WITHOUT_LOOPS
def test_another_episode_may_do_it_again(rule: Rule) -> None:
    judgements = rule(doing("take kettle"), doing("take kettle", name="other"))
    assert [judgement.kept for judgement in judgements] == [True, True]


def test_a_step_nobody_judged_is_an_error() -> None:
    with pytest.raises(KeyError):
        kept_steps([doing("take kettle")], [])


def test_what_the_critic_did_not_read_is_not_kept() -> None:
    """Neither steps outside its windows, nor whole episodes, nor what it could not parse."""
    read = doing("take a", "take b", "take c", "take d")
    unread, garbled = doing("take e", name="unread"), doing("take f", name="garbled")
    feedback = [
        window("garbled"),
        window("one", at3=False),
        window("one", at2=True),
    ]
    judgements = by_critic("strict", feedback, [read, unread, garbled])
    assert [(each.trajectory_id, each.step, each.kept) for each in judgements] == [
        ("one", 1, False),
        ("one", 2, True),
        ("one", 3, False),
        ("one", 4, False),
        ("unread", 1, False),
        ("garbled", 1, False),
    ]
    assert [each.reason for each in judgements] == ["", "reason at2", "reason at3", "", "", ""]
    assert [each.p_productive for each in judgements] == [0, 1, 0, 0, 0, 0]
    assert {each.feedback_model for each in judgements} == {"strict"}


@pytest.mark.parametrize(
    ("rule", "name", "of_failures"), [(by_reward, "reward", False), (everything, "all", True)]
)
def test_rules_that_need_no_feedback_keep_whole_episodes(
    rule: Callable[[Sequence[Trajectory]], list[Judgement]], name: str, of_failures: bool
) -> None:
    """Loops and all: these are the controls that people will think of first."""
    won = doing("look", "look", "look", name="won", success=True)
    lost = doing("look", "look", name="lost")
    judgements = rule([lost, won])
    assert [(each.trajectory_id, each.step) for each in judgements] == [
        ("lost", 1),
        ("lost", 2),
        ("won", 1),
        ("won", 2),
        ("won", 3),
    ]
    assert [each.kept for each in judgements] == [of_failures] * 2 + [True] * 3
    assert [each.p_productive for each in judgements] == [float(each.kept) for each in judgements]
    assert {(each.feedback_model, each.reason) for each in judgements} == {(name, "")}


def test_chance_keeps_exactly_as_many_and_follows_the_seed() -> None:
    episodes = [doing("take kettle", *["take cup"] * 9, name=str(number)) for number in range(30)]
    judgements = approving(*episodes)
    for seed in range(20):
        drawn = as_many_at_random(judgements, seed)
        assert sum(each.kept for each in drawn) == 30
        assert drawn == as_many_at_random(judgements, seed)
        assert [replace(each, kept=False) for each in drawn] == [
            replace(each, kept=False) for each in judgements
        ]
    assert as_many_at_random(judgements, 0) != as_many_at_random(judgements, 1)


def test_chance_does_not_care_what_was_approved() -> None:
    """The kept steps fall on approved ones about as often as on any others."""
    episodes = [doing("take kettle", *["take cup"] * 9, name=str(number)) for number in range(100)]
    judgements = approving(*episodes)
    hits = [
        sum(each.kept for each in as_many_at_random(judgements, seed) if each.step == 1)
        for seed in range(50)
    ]
    assert sum(hits) / len(hits) == pytest.approx(10, abs=2)


def walk(*actions: str, name: str, env: str = "touchdown") -> Trajectory:
    """One that the agent may stop."""
    begun = doing(*actions, name=name)
    steps = tuple(replace(step, admissible=(*step.admissible, "stop")) for step in begun.steps)
    return replace(begun, env=env, steps=steps)


def test_to_adapt_a_walker_imitates_whole_the_tries_with_the_best_weakest_step() -> None:
    """A try is as good as its worst step, which the model finds the better the longer its word."""
    words = ["go", "on", "down", "ahead", "forward", "straight"]
    tries = [
        replace(walk("downstream", word, "downstream", name=f"{task}/{word}"), task_id=task)
        for task in ("near", "far")
        for word in words
    ]
    judged = to_adapt(MODEL, tries, 0.9)
    assert [(each.trajectory_id, each.step) for each in judged if each.kept] == [
        (f"{task}/{word}", step)
        for task in ("near", "far")
        for word in ("forward", "straight")
        for step in (1, 2, 3)
    ]
    assert [replace(each, kept=True) for each in judged] == [
        replace(each, kept=True) for each in by_feedback_model(MODEL, tries, 0.9)
    ]


def test_of_tries_with_like_steps_those_are_imitated_that_the_policy_finds_likelier() -> None:
    tries = [
        replace(each, steps=tuple(replace(step, log_prob=log_prob) for step in each.steps))
        for log_prob in (-2.0, -0.5, -1.0)
        for each in (walk("downstream", "stop", name=str(log_prob)),)
    ]
    assert {each.trajectory_id for each in to_adapt(MODEL, tries, 0.9) if each.kept} == {"-0.5"}


def test_of_few_tries_at_a_walk_one_is_kept() -> None:
    pair = [walk(word, "stop", name=word) for word in ("on", "ahead")]
    assert {each.trajectory_id for each in to_adapt(MODEL, pair, 0.9) if each.kept} == {"ahead"}


def test_of_walks_that_end_by_themselves_single_steps_are_kept() -> None:
    tries = [replace(doing("go", "forward", name=str(at)), env="touchdown") for at in range(6)]
    assert to_adapt(MODEL, tries, 0.5) == approving(*tries)
    assert [each.kept for each in approving(*tries)] == [False, True] * 6


def test_what_is_no_walk_is_kept_as_before() -> None:
    doings = [walk("take kettle", "stop", name=str(at), env="alfworld") for at in range(5)]
    assert to_adapt(MODEL, doings, 0.5) == approving(*doings)
    mixed = [*doings, walk("stop", name="walk")]
    judged = best_tries(mixed, approving(*mixed))
    assert judged[:-1] == approving(*doings)
    assert judged[-1].kept
    assert best_tries([], []) == []
