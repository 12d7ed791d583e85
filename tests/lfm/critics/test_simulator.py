from __future__ import annotations

import random
from dataclasses import replace

import pytest

from envs.alfworld import planner
from envs.alfworld.engine import FastEngine
from envs.alfworld.explorer import ExploringExpert
from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game, generated_task_index
from envs.errors import UserError
from envs.record import Step, Trajectory
from lfm.critics.base import Critic, StepFeedback
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows


def game_of(task_id: str) -> Game:
    return generate_game("train", generated_task_index("train", 0)[task_id], 0)


def record(game: Game, actions: list[str], dialect: str = "move") -> Trajectory:
    """The episode that comes of these actions."""
    engine = FastEngine(game, dialect=dialect)
    turn = engine.reset()
    first = turn.observation.split("\n\n")[1]
    steps = []
    for action in actions:
        before = turn
        turn = engine.step(action)
        steps.append(Step(action, turn.observation, before.admissible, float(turn.won)))
    return Trajectory(
        f"episode of {game.task_id}", "alfworld", "fast-1/generated-1-0", "train", game.task_id,
        game.task_type, game.instruction, first, tuple(steps), turn.won, "test", 0, False,
    )  # fmt: skip


def mixed_episode(index: int, dialect: str = "move") -> Trajectory:
    """An expert that acts at random in every third step, and sometimes nonsensically."""
    game = generate_game("train", index, 0)
    engine = FastEngine(game, dialect=dialect)
    turn = engine.reset()
    expert = ExploringExpert(index)
    expert.reset(game.instruction, turn.observation, turn.admissible)
    rng = random.Random(index)
    actions: list[str] = []
    while not turn.won and len(actions) < 50:
        actions.append(expert.act(turn.admissible))
        if rng.random() < 0.3:
            actions[-1] = rng.choice([*turn.admissible, "dance"])
        turn = engine.step(actions[-1])
        expert.observe(actions[-1], turn.observation)
    return record(game, actions, dialect)


def labels(critic: Critic, episode: Trajectory, length: int = 20) -> list[StepFeedback]:
    feedback = critic.critique(make_windows([episode], length))
    assert {answer.parse for answer in feedback} == {"ok"}
    return [step for answer in feedback for step in answer.steps]


def of_kind(kind: str, target: str = "") -> Game:
    games = (generate_game("train", index, 0) for index in range(1000))
    return next(g for g in games if g.goal.kind == kind and target in ("", g.goal.target))


def test_is_privileged_and_says_so() -> None:
    critic: Critic = SimulatorCritic(game_of)
    assert critic.privileged
    assert critic.name == "simulator"


@pytest.mark.parametrize("dialect", ["move", "put"])
def test_a_step_is_productive_if_and_only_if_the_planner_gets_nearer(dialect: str) -> None:
    critic = SimulatorCritic(game_of)
    for index in range(20):
        episode = mixed_episode(index, dialect)
        engine = FastEngine(game_of(episode.task_id), dialect=dialect)
        engine.reset()
        before = planner.distance(engine.game, engine.snapshot())
        found = labels(critic, episode)
        assert [label.step for label in found] == list(range(1, len(episode.steps) + 1))
        for step, label in zip(episode.steps, found, strict=True):
            engine.step(step.action)
            after = planner.distance(engine.game, engine.snapshot())
            assert label.productive == (after < before), (episode.task_id, step.action)
            before = after


@pytest.mark.parametrize("kind", ["simple", "look", "clean", "heat", "cool", "two"])
def test_every_step_of_a_shortest_plan_is_productive_with_a_fitting_reason(kind: str) -> None:
    game = of_kind(kind)
    episode = record(game, list(game.walkthrough))
    [feedback] = SimulatorCritic(game_of).critique(make_windows([episode], 50))
    assert all(step.productive for step in feedback.steps)
    assert feedback.summary == (
        f"{len(episode.steps)} of {len(episode.steps)} steps brought the task nearer, "
        "and it was done in the end."
    )
    assert feedback.suggestion == ""
    for step, label in zip(episode.steps, feedback.steps, strict=True):
        verb = step.action.split()[0]
        beginning = {"go": "went to", "open": "opened", "take": "picked up", "move": "placed"}
        beginning |= {"use": "turned on", "clean": "cleaned", "heat": "heated", "cool": "cooled"}
        assert label.reason.startswith(beginning[verb]), (step.action, label.reason)
        if verb == "take":
            assert label.reason.endswith("which the task asks for")


def test_reasons_name_what_a_person_would_name() -> None:
    game = of_kind("simple")
    source = next(c for c in game.walkthrough if c.startswith("take")).split(" from ")[1]
    away = next(
        r.name
        for r in game.receptacles
        if r.kind not in (game.goal.target, source.rsplit(" ", 1)[0])
        and all(game.receptacles[p].name != r.name for i in game.items for p in i.receptacles)
    )
    actions = [f"go to {away}", "dance", "look", "inventory", *game.walkthrough[:1]]
    reasons = [label.reason for label in labels(SimulatorCritic(game_of), record(game, actions))]
    assert reasons == [
        f"went to the {away}, where there is no {game.goal.item}",
        "nothing changed: the command was not understood",
        "only looked around: nothing changed",
        "only checked the hands: nothing changed",
        f"went to the {source}, where the {game.goal.item} is",
    ]


def test_says_of_unproductive_steps_alone_what_to_do_instead() -> None:
    game = of_kind("simple")
    actions = ["look", *game.walkthrough[:1], "inventory"]
    found = labels(SimulatorCritic(game_of), record(game, actions))
    assert [label.instead for label in found] == [game.walkthrough[0], "", game.walkthrough[1]]


def test_suggests_the_next_step_where_the_window_ends() -> None:
    game = of_kind("two")
    episode = record(game, list(game.walkthrough[:3]))
    first, second = SimulatorCritic(game_of).critique(make_windows([episode], 2))
    assert first.suggestion == f"next, {game.walkthrough[2]}"
    assert second.suggestion == f"next, {game.walkthrough[3]}"
    assert second.summary == (
        f"1 of 1 steps brought the task nearer; in the end it was still "
        f"{len(game.walkthrough) - 3} steps from done."
    )


def test_labels_do_not_depend_on_windows_order_or_company() -> None:
    episodes = [mixed_episode(index) for index in range(15)]
    critic = SimulatorCritic(game_of, miss_rate=0.3, false_alarm_rate=0.2, seed=4)
    alone = {episode.trajectory_id: labels(critic, episode, 50) for episode in episodes}
    windows = make_windows(episodes, 7)
    random.Random(0).shuffle(windows)
    together: dict[str, list[StepFeedback]] = {}
    for answer in critic.critique(windows):
        together.setdefault(answer.trajectory_id, []).extend(answer.steps)
    assert {k: sorted(v, key=lambda s: s.step) for k, v in together.items()} == alone


def test_errs_as_often_as_told_and_gives_reasons_that_fit_what_it_says() -> None:
    episodes = [mixed_episode(index) for index in range(120)]
    right = SimulatorCritic(game_of)
    wrong = SimulatorCritic(game_of, miss_rate=0.25, false_alarm_rate=0.1, seed=1)
    truth = [label for episode in episodes for label in labels(right, episode)]
    said = [label for episode in episodes for label in labels(wrong, episode)]
    assert said == [label for episode in episodes for label in labels(wrong, episode)]
    pairs = list(zip(truth, said, strict=True))
    misses = [not b.productive for a, b in pairs if a.productive]
    alarms = [b.productive for a, b in pairs if not a.productive]
    assert sum(misses) / len(misses) == pytest.approx(0.25, abs=0.05)
    assert sum(alarms) / len(alarms) == pytest.approx(0.1, abs=0.04)
    assert all((a.reason == b.reason) == (a.productive == b.productive) for a, b in pairs)
    other = SimulatorCritic(game_of, miss_rate=0.25, false_alarm_rate=0.1, seed=2)
    assert said != [label for episode in episodes for label in labels(other, episode)]


def test_an_always_wrong_critic_is_wrong_every_time() -> None:
    episode = mixed_episode(3)
    truth = labels(SimulatorCritic(game_of), episode)
    said = labels(SimulatorCritic(game_of, miss_rate=1.0, false_alarm_rate=1.0), episode)
    assert all(a.productive != b.productive for a, b in zip(truth, said, strict=True))
    assert all(label.reason for label in said)


def test_what_can_never_be_put_down_makes_the_task_impossible() -> None:
    for index in range(400):
        game = generate_game("train", index, 0)
        junk = next((i for i in game.items if i.kind in ("teddybear", "papertowelroll")), None)
        if junk and not game.receptacles[junk.receptacles[0]].openable:
            place = game.receptacles[junk.receptacles[0]].name
            break
    episode = record(game, [f"go to {place}", f"take {junk.name} from {place}"])
    [feedback] = SimulatorCritic(game_of).critique(make_windows([episode]))
    assert not feedback.steps[-1].productive
    assert (
        feedback.steps[-1].reason == f"picked up the {junk.name}, which the task does not ask for"
    )
    assert feedback.summary.endswith("it could not be done any more.")


def test_another_game_is_noticed() -> None:
    episode = record(generate_game("train", 0, 0), list(generate_game("train", 0, 0).walkthrough))
    critic = SimulatorCritic(lambda _: generate_game("train", 0, 1))
    with pytest.raises(UserError, match="does not replay: the first observation"):
        critic.critique(make_windows([episode]))
    steps = list(episode.steps)
    steps[1] = replace(steps[1], observation="You win a prize.")
    with pytest.raises(UserError, match=r"episode of .* does not replay: step 2 \('"):
        SimulatorCritic(game_of).critique(make_windows([replace(episode, steps=tuple(steps))]))


@pytest.mark.parametrize("rates", [{"miss_rate": -0.1}, {"false_alarm_rate": 1.5}])
def test_rates_are_between_zero_and_one(rates: dict[str, float]) -> None:
    with pytest.raises(UserError, match="between 0 and 1"):
        SimulatorCritic(game_of, **rates)
