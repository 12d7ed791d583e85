"""Advice on the policy's own states: right, admissible, and only on what was recorded here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from envs.alfworld import planner
from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import GeneratedGames
from envs.base import TextEnv
from envs.errors import UserError
from envs.record import Trajectory
from lfm.advisors import Advisor, ExpertAdvisor, PlannerAdvisor
from lfm.rollout import Rollout, Task, play
from lfm.store import Advice
from policies.base import Policy
from policies.expert import ExpertPolicy
from policies.random import RandomPolicy

GAMES = GeneratedGames("train", 0, games=6)
BOTH_DIALECTS = pytest.mark.parametrize("dialect", ["move", "put"])


def make_env(dialect: str = "move", split: str = "train", max_steps: int = 40) -> ALFWorldEnv:
    return ALFWorldEnv(split, data="generated", dialect=dialect, max_steps=max_steps)


def played(policy: Policy, dialect: str = "move") -> list[Trajectory]:
    """An episode on each of the games, one of each kind of task."""
    tasks = [Task(task_id) for task_id in GAMES.task_ids]
    envs = [make_env(dialect) for _ in tasks]
    return play(envs, tasks, Rollout("here", 0, len(tasks), "here"), policy)


def recorded(task_id: str, actions: Sequence[str]) -> Trajectory:
    """The episode that comes of these actions."""
    env = make_env(max_steps=len(actions))
    left = iter(actions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(env, "expert_action", lambda: next(left))
        return play([env], [Task(task_id)], Rollout("here", 0, 1, "here"), ExpertPolicy())[0]


@pytest.fixture(scope="module")
def wandering() -> list[Trajectory]:
    return played(RandomPolicy())


def expert() -> Advisor:
    return ExpertAdvisor(make_env())


def know_all() -> Advisor:
    return PlannerAdvisor(GAMES.game)


ADVISORS = pytest.mark.parametrize("advisor", [expert, know_all])
Make = Callable[[], Advisor]


def advice_on(advisor: Advisor, episodes: Sequence[Trajectory]) -> list[list[Advice]]:
    return [advisor.advise([episode]) for episode in episodes]


@BOTH_DIALECTS
def test_the_expert_advises_what_it_does_itself(dialect: str) -> None:
    episodes = played(ExpertPolicy(), dialect)
    assert len({episode.task_type for episode in episodes}) == 6
    assert sum(episode.success for episode in episodes) >= 3
    advisor = ExpertAdvisor(make_env(dialect))
    for episode, advice in zip(episodes, advice_on(advisor, episodes), strict=True):
        assert advice == [
            Advice(episode.trajectory_id, number, step.action)
            for number, step in enumerate(episode.steps, start=1)
        ]


@ADVISORS
def test_advice_goes_by_what_has_happened_until_then(
    advisor: Make, wandering: list[Trajectory]
) -> None:
    """An episode cut short gets the same advice, up to where it is cut."""
    for episode, advice in zip(wandering, advice_on(advisor(), wandering), strict=True):
        short = replace(episode, steps=episode.steps[:7], success=False)
        assert advisor().advise([short]) == [each for each in advice if each.step <= 7]


@ADVISORS
def test_advice_differs_from_what_chance_did(advisor: Make, wandering: list[Trajectory]) -> None:
    said = [each for advice in advice_on(advisor(), wandering) for each in advice]
    did = {
        (episode.trajectory_id, number): step.action
        for episode in wandering
        for number, step in enumerate(episode.steps, start=1)
    }
    agreeing = sum(did[each.trajectory_id, each.step] == each.action for each in said)
    assert agreeing < len(said) / 2


@BOTH_DIALECTS
def test_the_expert_can_be_followed_from_any_state(dialect: str) -> None:
    episodes = played(RandomPolicy(), dialect)
    for episode, advice in zip(
        episodes, advice_on(ExpertAdvisor(make_env(dialect)), episodes), strict=True
    ):
        assert [each.step for each in advice] == list(range(1, len(episode.steps) + 1))
        for each, step in zip(advice, episode.steps, strict=True):
            assert each.action in step.admissible


@BOTH_DIALECTS
def test_the_planner_advises_only_what_leads_nearer(dialect: str) -> None:
    """And says nothing only where nothing can help any more."""
    env = make_env(dialect)
    checked = 0
    for episode in played(RandomPolicy(), dialect):
        said = {each.step: each.action for each in PlannerAdvisor(GAMES.game).advise([episode])}
        env.reset(options={"task_id": episode.task_id})
        for number, step in enumerate(episode.steps, start=1):
            before, moment = env.distance_to_goal(), env.snapshot()
            assert (number in said) == (before < planner.UNREACHABLE)
            if number in said:
                assert said[number] in step.admissible
                env.step(said[number])
                assert env.distance_to_goal() == before - 1
                env.restore(moment)
                checked += 1
            env.step(step.action)
    assert checked > 100


def test_the_planner_is_silent_where_all_is_lost() -> None:
    """Hands that hold what fits nowhere can take nothing else."""
    games = GeneratedGames("train", 0)
    game, item = next(
        (game, item)
        for game in map(games.game, games.task_ids)
        for item in game.items
        if item.kind in ("teddybear", "papertowelroll")
        and item.receptacles
        and not game.receptacles[item.receptacles[0]].openable
    )
    place = game.receptacles[item.receptacles[0]].name
    episode = recorded(game.task_id, [f"go to {place}", f"take {item.name} from {place}", "look"])
    assert [each.step for each in PlannerAdvisor(games.game).advise([episode])] == [1, 2]


@ADVISORS
def test_what_does_not_replay_is_refused(advisor: Make, wandering: list[Trajectory]) -> None:
    episode = wandering[0]
    steps = list(episode.steps)
    steps[1] = replace(steps[1], observation="You win a prize.")
    for changed, where in (
        (replace(episode, steps=tuple(steps)), r"step 2 \('"),
        (replace(episode, first_observation="You are in a prison."), "the first observation"),
    ):
        with pytest.raises(UserError, match=f"episode here-.* does not replay: {where}.*Replay it"):
            advisor().advise([changed])


def test_the_expert_has_to_be_told_what_the_policy_was(wandering: list[Trajectory]) -> None:
    changed = replace(wandering[0], instruction="please tidy up")
    with pytest.raises(UserError, match=r"does not replay: the instruction gives .*Replay it"):
        expert().advise([changed])


def test_other_games_are_noticed(wandering: list[Trajectory]) -> None:
    with pytest.raises(UserError, match="There is no task"):
        ExpertAdvisor(make_env(split="valid_seen")).advise([wandering[0]])
    with pytest.raises(UserError, match="does not replay: the first observation"):
        PlannerAdvisor(lambda _: GAMES.game(GAMES.task_ids[-1])).advise([wandering[0]])


def test_an_environment_without_an_expert_is_said() -> None:
    class Silent:
        capabilities = frozenset({"progress"})

    with pytest.raises(UserError, match=r"recipe\.teacher=expert.*declare no expert"):
        ExpertAdvisor(cast(TextEnv, Silent()))


def test_who_may_know_what_is_said() -> None:
    assert {(each.name, each.privileged) for each in (expert(), know_all())} == {
        ("expert", False),
        ("planner", True),
    }
