from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from envs.errors import UserError
from envs.record import Step, Trajectory
from envs.scienceworld.env import ScienceWorldEnv
from lfm.critics.base import Critic, StepFeedback
from lfm.critics.science_replay import Moment, SubGoal, read_progress
from lfm.critics.science_rule import Kind, judge
from lfm.critics.science_way import Way
from lfm.critics.scienceworld import ScienceWorldCritic
from lfm.critics.windows import make_windows

FIND = "find-animal/2"
THERMOMETER = "use-thermometer/0"
GOLD = [
    *("open door to outside", "go to outside", "focus on blue jay", "pick up blue jay"),
    *("go to kitchen", "move blue jay to blue box"),
]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The ways to the goals that the tests make stay out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LFM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def env() -> Iterator[ScienceWorldEnv]:
    env = ScienceWorldEnv(max_steps=60)
    yield env
    env.close()


@pytest.fixture(scope="module")
def critic(own_cache: None) -> Iterator[ScienceWorldCritic]:
    critic = ScienceWorldCritic()
    yield critic
    critic.close()


def record(env: ScienceWorldEnv, actions: list[str], task_id: str = FIND) -> Trajectory:
    """The episode that comes of these actions."""
    first, info = env.reset(options={"task_id": task_id})
    steps = []
    for action in actions:
        admissible = tuple(info["admissible_actions"][:2])
        observation, _, _, _, info = env.step(action)
        steps.append(Step(action, observation, admissible, info["score"]))
    return Trajectory(
        f"{task_id}: {'; '.join(actions)}", env.name, env.version, "train", task_id,
        info["task_type"], info["instruction"], first, tuple(steps), info["success"], "test", 0,
        False,
    )  # fmt: skip


def labels(critic: Critic, episode: Trajectory, length: int = 50) -> list[StepFeedback]:
    return [s for window in critic.critique(make_windows([episode], length)) for s in window.steps]


def with_noise(
    critic: ScienceWorldCritic, misses: float, alarms: float, seed: int = 0
) -> ScienceWorldCritic:
    """A critic that errs, on the simulators of the one that does not."""
    noisy = ScienceWorldCritic("", "bundled", misses, alarms, seed)
    noisy._ways, noisy._reruns = critic._ways, critic._reruns
    return noisy


def test_is_privileged_and_says_so(critic: ScienceWorldCritic) -> None:
    same: Critic = critic
    assert same.privileged
    assert same.name == "simulator"


def test_the_gold_path_is_productive_and_the_reasons_name_things_and_sub_goals(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    episode = record(env, GOLD)
    assert episode.success
    [feedback] = critic.critique(make_windows([episode]))
    assert [step.reason for step in feedback.steps] == [
        "opened the door to outside, on the way to the outside",
        "went to the outside, where the blue jay is needed",
        "focused on the blue jay, which reached a sub-goal: focus on an animal",
        "picked up the blue jay, which reached a sub-goal: pick up object",
        "went to the kitchen, where the blue jay is needed",
        "moved the blue jay to the blue box, which reached a sub-goal: "
        "move living thing to answer box",
    ]
    assert all(step.productive for step in feedback.steps)
    assert feedback.summary == ("6 of 6 steps brought the task nearer, and it was done in the end.")
    assert feedback.suggestion == ""


def test_a_detour_is_unproductive_and_coming_back_is_not(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    actions = [*GOLD[:2], "open door to greenhouse", "go to greenhouse", "go to outside"]
    found = labels(critic, record(env, actions))
    assert [step.productive for step in found] == [True, True, False, False, True]
    assert found[2].reason == ("opened the door to greenhouse, which is not the way to the outside")
    assert found[3].reason == "went to the greenhouse, away from the blue jay, which is needed"


def test_a_wrong_focus_ends_the_task_and_says_so(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    episode = record(env, ["frobnicate", "open cupboard", "close cupboard", "focus on cupboard"])
    assert episode.steps[-1].score == -1.0
    [feedback] = critic.critique(make_windows([episode]))
    assert not any(step.productive for step in feedback.steps)
    assert [step.reason for step in feedback.steps] == [
        "nothing changed: the simulator did not understand",
        "opened the cupboard, which the task does not need now",
        "closed the cupboard, which the task does not need now",
        "focused on the cupboard, the wrong thing, which ended the task",
    ]
    assert feedback.summary == (
        "0 of 4 steps brought the task nearer; in the end it could not be done any more."
    )
    assert feedback.suggestion == ""


def test_doing_again_what_was_done_is_unproductive(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    actions = [GOLD[0], GOLD[0], *GOLD[1:4], GOLD[2], "look at blue jay", "wait"]
    found = labels(critic, record(env, actions))
    assert [step.productive for step in found] == [True, False, True, True, True, *[False] * 3]
    assert found[1].reason == "nothing changed: that is not possible, or done already"
    assert found[-1].reason == "only waited, and nothing had to wait"


def test_another_way_than_the_scripts_is_productive_where_it_reaches_sub_goals(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    actions = [*GOLD[:2], "focus on dove", "pick up dove", "go to kitchen", "move dove to blue box"]
    episode = record(env, [action.replace("dove", "dove egg") for action in actions])
    assert episode.success
    assert all(step.productive for step in labels(critic, episode))


def test_windows_end_with_what_is_to_be_done_next(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    actions = ["open door to kitchen", "go to kitchen", "pick up thermometer"]
    episode = record(env, [*actions, "open cupboard", "focus on thermometer"], THERMOMETER)
    windows = critic.critique(make_windows([episode], 2))
    assert [window.suggestion for window in windows] == [
        "next, pick up thermometer",
        "next, focus on thermometer",
        "next, go to the living room and pick up unknown substance b",
    ]
    assert windows[0].summary == (
        "2 of 2 steps brought the task nearer; in the end 0 of its 3 main sub-goals were reached."
    )
    assert windows[1].steps[0].reason == (
        "picked up the thermometer, which reached a sub-goal: have thermometer in inventory"
    )


def test_labels_do_not_depend_on_windows_order_or_company(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    episodes = [record(env, GOLD), record(env, ["wait", *GOLD[:3]]), record(env, ["wait1", "wait"])]
    noisy = with_noise(critic, 0.5, 0.5, seed=3)
    alone = [step for episode in episodes for step in labels(noisy, episode)]
    windows = make_windows(episodes, 2)
    answers = noisy.critique(windows[::-1])
    assert [answer.window_id for answer in answers] == [w.window_id for w in windows[::-1]]
    assert [step for answer in answers[::-1] for step in answer.steps] == alone


def test_errs_as_told_and_gives_reasons_that_fit_what_it_says(
    env: ScienceWorldEnv, critic: ScienceWorldCritic
) -> None:
    episode = record(env, [*["wait1", "open cupboard"] * 12, *GOLD])
    truth = labels(critic, episode)
    opposite = labels(with_noise(critic, 1.0, 1.0), episode)
    assert all(a.productive != b.productive for a, b in zip(truth, opposite, strict=True))
    assert all(a.reason != b.reason and b.reason for a, b in zip(truth, opposite, strict=True))
    missing = labels(with_noise(critic, 1.0, 0.0), episode)
    assert not any(step.productive for step in missing)
    alarms = labels(with_noise(critic, 0.0, 0.3), episode)
    assert 2 <= sum(step.productive for step in alarms) - len(GOLD) <= 14
    assert alarms != labels(with_noise(critic, 0.0, 0.3, seed=1), episode)


def test_another_record_is_noticed(env: ScienceWorldEnv, critic: ScienceWorldCritic) -> None:
    episode = record(env, GOLD[:3])
    steps = list(episode.steps)
    steps[1] = replace(steps[1], observation="You win a prize.")
    with pytest.raises(UserError, match=r"does not replay: step 2 \('go to outside'\)"):
        critic.critique(make_windows([replace(episode, steps=tuple(steps))]))
    with pytest.raises(UserError, match="does not replay: the first observation"):
        critic.critique(make_windows([replace(episode, first_observation="A desert.")]))
    easy = replace(episode, env_version=f"{episode.env_version.partition('/')[0]}/easy")
    with pytest.raises(UserError, match=r"was recorded with .*/easy, and this is .*/none"):
        critic.critique(make_windows([easy]))
    over = record(env, GOLD)
    longer = replace(over, steps=(*over.steps, over.steps[0]))
    with pytest.raises(UserError, match="the episode being over"):
        critic.critique(make_windows([longer]))


@pytest.mark.parametrize("rates", [{"miss_rate": -0.1}, {"false_alarm_rate": 1.5}])
def test_rates_are_between_zero_and_one(rates: dict[str, float]) -> None:
    with pytest.raises(UserError, match="between 0 and 1"):
        ScienceWorldCritic(**rates)  # type: ignore[arg-type]


def test_reads_sub_goals_as_the_simulator_prints_them() -> None:
    text = (
        "Completed keys: move1\n----\nSequential Subgoals:\n----\n"
        "0\ttrue\t                  GoalFind\tfocus on substance\n"
        "1\tfalse\t       GoalIsStateOfMatter\t\n"
        "----\nUnordered and Optional Subgoals:\n----\n"
        "0\tfalse\t      GoalMoveToNewLocation\tMove to a new location\n----\n"
    )
    assert [(goal.key, goal.text, goal.reached) for goal in read_progress(text)] == [
        ((True, 0), "focus on substance", True),
        ((True, 1), "is state of matter", False),
        ((False, 0), "move to a new location", False),
    ]


def test_without_a_way_hindsight_tells_what_led_to_a_sub_goal() -> None:
    def moment(place: str, reached: bool = False, reply: str = "Done.") -> Moment:
        goal = SubGoal(0, True, "focus on an animal", reached)
        return Moment(reply, place, 0.5 * reached, (goal,))

    actions = ["go to hallway", "go to kitchen", "go to outside", "pick up egg", "focus on egg"]
    places = ["kitchen", "hallway", "kitchen", "outside", "outside"]
    moments = [*map(moment, places), moment("outside", reached=True)]
    findings, ahead = judge(actions, moments, Way((), {}))
    assert [finding.kind for finding in findings] == [
        *(Kind.AWAY, Kind.TOWARDS, Kind.TOWARDS, Kind.PREPARED, Kind.REACHED)
    ]
    assert {finding.goal for finding in findings} == {"focus on an animal"}
    assert ahead == [None] * 6
