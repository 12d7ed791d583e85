"""Reasons lose the names of one step and take those of another."""

from __future__ import annotations

import random
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from envs.actions import FactoredActions
from envs.record import Trajectory
from envs.touchdown.env import TouchdownEnv
from lfm.critics.touchdown import TouchdownCritic
from lfm.critics.windows import make_windows
from lfm.reasons import blank, common, fill, names_of, template
from tests.lfm.conftest import episode
from tests.lfm.critics.walks import walk

WORDS = st.lists(
    st.sampled_from("mug pan 1 2 12 shelf clean object task kind place to the with".split()),
    max_size=9,
).map(" ".join)


def test_a_reason_moves_to_another_step() -> None:
    said = "picked up the kettle 1, which the task asks for"
    blanked = blank(said, "put a kettle on the shelf", "take kettle 1 from stoveburner 2")
    assert blanked == "picked up the {object}, which the task asks for"
    other = fill(blanked, "put a mug on the shelf", "take mug 3 from desk 1")
    assert other == "picked up the mug 3, which the task asks for"


def test_places_kinds_and_other_words_of_the_task_are_names_too() -> None:
    task, action = "cool some egg", "move egg 1 to fridge 1"
    said = "the fridge 1 can cool an egg"
    assert blank(said, task, action) == "the {place} can {task 1} an {object kind}"
    names = names_of(task, action)
    assert (names["object"], names["place kind"]) == ("egg 1", "fridge")


def test_factored_actions_say_which_names_are_in_an_action() -> None:
    can = FactoredActions(("pick up OBJ", "move OBJ to OBJ"), ("metal pot", "door to hallway"))
    task, action = "boil water", "move metal pot to door to hallway"
    blanked = blank("moved the metal pot to the door to hallway", task, action, can)
    assert blanked == "moved the {object} to the {place}"
    assert fill(blanked, task, "pick up metal pot", can) is None
    assert fill("picked up the {object}", task, "pick up metal pot", can) == (
        "picked up the metal pot"
    )
    assert names_of(task, "sing", can)["task 2"] == "water"


def test_names_are_whole_words() -> None:
    assert blank("mug 12 and mugs", "x", "take mug 1") == "{object kind} 12 and mugs"


def test_a_step_that_lacks_a_name_cannot_give_the_reason() -> None:
    assert fill("went to {place}", "find a mug", "look") is None
    assert fill("looked around", "find a mug", "look") == "looked around"


def strayed(env: TouchdownEnv, task: int) -> Trajectory:
    """A walk by the expert who now and then does anything at all."""
    dice = random.Random(task)
    _, info = env.reset(options={"task_id": env.task_ids[task]})
    actions: list[str] = []
    over = False
    while not over:
        astray = dice.random() < 0.1
        action = dice.choice(info["admissible_actions"]) if astray else env.expert_action()
        actions.append(action)
        *_, terminated, truncated, info = env.step(action)
        over = terminated or truncated
    return walk(env, actions, task)


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
def test_reasons_for_moves_are_few_whatever_the_instruction_says(actions: str) -> None:
    env = TouchdownEnv("dev", actions=actions)
    walks = {each.trajectory_id: each for each in (strayed(env, task) for task in range(60))}
    feedback = TouchdownCritic(lambda: env).critique(make_windows(list(walks.values()), 100))
    told = [
        (label.reason, template(label.reason, walks[answer.trajectory_id], label.step))
        for answer in feedback
        for label in answer.steps
    ]
    assert len(told) > 1000
    assert all(said == reason for reason, said in told)
    assert len(set(told)) < 96, "no more than a feedback model learns to tell apart"


def test_reasons_for_other_steps_lose_their_names() -> None:
    mugs = replace(episode(1), instruction="put a mug in cabinet")
    assert template("went to the cabinet 2, where the mug may be", mugs, 2) == (
        "went to the {place}, where the {task 2} may be"
    )
    walked = replace(mugs, env="touchdown")
    assert template("turned into the {cabinet} 2", walked, 2) == "turned into the cabinet 2"


@given(WORDS, WORDS, WORDS)
def test_what_is_blanked_is_filled_as_it_was(reason: str, task: str, action: str) -> None:
    assert fill(blank(reason, task, action), task, action) == reason


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives(reason: str, task: str, action: str) -> None:
    clean = reason.replace("{", "").replace("}", "")
    assert fill(blank(reason, task, action), task, action) == clean


@pytest.mark.parametrize(("most", "kept"), [(0, []), (1, ["b"]), (9, ["b", "a", "c"])])
def test_the_commonest_come_first(most: int, kept: list[str]) -> None:
    assert common(["c", "b", "a", "b"], most) == kept
