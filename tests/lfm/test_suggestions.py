"""A critic's suggestions: tried in their own states, and only those that hold are advised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import GeneratedGames
from envs.errors import UserError
from envs.record import Trajectory
from lfm.corrections import Place
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.rollout import Rollout, Task, play
from lfm.store import Advice, Judgement, Speaker
from lfm.suggestions import SuggestionAdvisor, suggested
from policies.random import RandomPolicy
from tests.lfm.composing import compose

GAMES = GeneratedGames("train", 0, games=6)
CRITIC = Speaker("simulator", True)


def make_env() -> ALFWorldEnv:
    return ALFWorldEnv("train", data="generated", max_steps=20)


@pytest.fixture(scope="module")
def wandering() -> list[Trajectory]:
    tasks = [Task(task_id) for task_id in GAMES.task_ids]
    envs = [make_env() for _ in tasks]
    return play(envs, tasks, Rollout("here", 0, len(tasks), "here"), RandomPolicy())


def judged(episode: Trajectory, kept: Sequence[bool]) -> list[Judgement]:
    return [
        Judgement(episode.trajectory_id, step, float(keep), "", keep, "m")
        for step, keep in enumerate(kept, start=1)
    ]


class Ear:
    """A judge that keeps what it is told to, and remembers what it was asked."""

    def __init__(self, keep: bool = True) -> None:
        self.heard: list[Trajectory] = []
        self._keep = keep

    def __call__(self, episodes: Sequence[Trajectory]) -> list[Judgement]:
        self.heard += episodes
        said = [
            judged(each, [not self._keep] * (len(each.steps) - 1) + [self._keep])
            for each in episodes
        ]
        return [judgement for of_one in said for judgement in of_one]


def everywhere(episode: Trajectory, text: str) -> dict[Place, str]:
    return {(episode.trajectory_id, step): text for step in range(1, len(episode.steps) + 1)}


def said(steps: Sequence[StepFeedback]) -> WindowFeedback:
    return WindowFeedback("w", "t", tuple(steps), "", "", 0, 0, "ok", "")


def test_only_what_is_not_kept_has_suggestions() -> None:
    labels = (
        StepFeedback(1, False, "", "open drawer 1"),
        StepFeedback(2, False, "", "open drawer 2"),
        StepFeedback(3, False, ""),
        StepFeedback(4, True, ""),
    )
    kept = [Judgement("t", step, 0.0, "", step == 1, "m") for step in range(1, 5)]
    assert suggested([said(labels)], kept) == {("t", 2): "open drawer 2"}


def test_the_simulator_critic_suggests_what_leads_nearer(wandering: list[Trajectory]) -> None:
    """And what is suggested comes true when it is tried, without an effect on what follows."""
    critic = SimulatorCritic(GAMES.game)
    feedback = critic.critique(make_windows(wandering))
    nothing_kept = [each for one in wandering for each in judged(one, [False] * len(one.steps))]
    wanted = suggested(feedback, nothing_kept)
    ear = Ear()
    advice = SuggestionAdvisor(make_env(), CRITIC, wanted, ear).advise(wandering)
    assert {(each.trajectory_id, each.step): each.action for each in advice} == wanted
    assert len(wanted) > 50
    by_id = {each.trajectory_id: each for each in wandering}
    for each in ear.heard:
        [answer] = critic.critique(make_windows([each]))
        assert answer.steps[-1].productive
        before = by_id[each.trajectory_id.partition("+")[0]].steps
        assert each.steps[:-1] == before[: len(each.steps) - 1]


def test_a_suggestion_has_to_hold(wandering: list[Trajectory]) -> None:
    wanted = everywhere(wandering[0], "look")
    tried = SuggestionAdvisor(make_env(), CRITIC, wanted, Ear(keep=False))
    assert tried.advise(wandering[:1]) == []


@pytest.mark.parametrize("text", ["take the moon from table 1", "try harder"])
def test_what_cannot_be_done_is_not_tried(wandering: list[Trajectory], text: str) -> None:
    ear = Ear()
    advisor = SuggestionAdvisor(make_env(), CRITIC, everywhere(wandering[0], text), ear)
    assert advisor.advise(wandering[:1]) == []
    assert ear.heard == []


def test_words_are_read_as_those_of_a_chat_model_that_acts(wandering: list[Trajectory]) -> None:
    """What was done anyway is no suggestion."""
    episode = wandering[0]
    advisor = SuggestionAdvisor(make_env(), CRITIC, everywhere(episode, '"Look."'), Ear())
    assert advisor.advise([episode]) == [
        Advice(episode.trajectory_id, at, "look")
        for at, step in enumerate(episode.steps, start=1)
        if "look" in step.admissible and step.action != "look"
    ]


def test_an_episode_of_another_game_is_not_replayed(wandering: list[Trajectory]) -> None:
    other = replace(wandering[0], task_id=wandering[1].task_id)
    with pytest.raises(UserError, match="does not replay"):
        SuggestionAdvisor(make_env(), CRITIC, everywhere(other, "look"), Ear()).advise([other])


@pytest.mark.parametrize(
    ("settings", "lacking"),
    [
        (("env=touchdown",), "with env.engine=fast"),
        (("env.engine=textworld",), "with env.engine=fast"),
        (("critic=openai", "critic.model=m"), "choose prompt=paper_action"),
    ],
)
def test_suggestions_need_a_critic_that_makes_them_and_a_place_to_try_them(
    settings: tuple[str, ...], lacking: str
) -> None:
    with pytest.raises(UserError, match=lacking):
        compose("config", ["env=alfworld", "recipe.teacher=suggestion", *settings])


@pytest.mark.parametrize(
    "settings",
    [
        ("critic=openai", "critic.model=m", "prompt=paper_action"),
        ("prompt=paper_reason",),  # the simulator critic suggests, whatever the prompt
    ],
)
def test_critics_that_suggest_are_taken(settings: tuple[str, ...]) -> None:
    compose("config", ["env=alfworld", "recipe.teacher=suggestion", *settings])
