from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from envs.alfworld.cache import split_folder
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import GOAL_KINDS, Game
from envs.alfworld.generate import generate_game
from envs.alfworld.pddl import parse_game
from envs.errors import UserError

pytest.importorskip("textworld", reason="writing games needs the alfworld and textworld packages")


@pytest.fixture(scope="module")
def data(small_game_file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(small_game_file.read_text("utf-8"))
    return loaded


def parse(data: dict[str, Any], traj_data: dict[str, Any] | None = None) -> Game:
    return parse_game(json.dumps(data), "some/task", traj_data)


def test_reads_back_what_was_written(small_game: Game, small_game_file: Path) -> None:
    traj_data = json.loads((small_game_file.parent / "traj_data.json").read_text("utf-8"))
    text = small_game_file.read_text("utf-8")
    assert parse_game(text, small_game.task_id, traj_data) == small_game


def test_reads_all_six_goals(tmp_path: Path) -> None:
    from envs.alfworld.official_format import write_game

    found = set()
    for index in range(60):
        game = generate_game("valid_seen", index, 0)
        if game.goal.kind not in found:
            text = write_game(game, tmp_path).read_text("utf-8")
            assert parse_game(text, game.task_id).goal == game.goal
            found.add(game.goal.kind)
    assert found == set(GOAL_KINDS)


def test_human_goals_lose_their_full_stop_and_blanks(data: dict[str, Any]) -> None:
    sentences = ["Put it away. ", "put it there", "  "]
    anns = [{"task_desc": sentence} for sentence in sentences]
    traj_data = {"turk_annotations": {"anns": anns}, "scene": {"floor_plan": "FloorPlan7"}}
    game = parse(data, traj_data)
    assert game.human_goals == ("Put it away", "put it there")
    assert game.scene == "FloorPlan7"


def test_without_traj_data_room_and_human_goals_are_empty(data: dict[str, Any]) -> None:
    game = parse(data)
    assert (game.scene, game.human_goals) == ("", ())


def facts(*lines: str) -> Callable[[dict[str, Any]], None]:
    def add(data: dict[str, Any]) -> None:
        data["pddl_problem"] = data["pddl_problem"].replace("(:init", f"(:init {' '.join(lines)}")

    return add


def test_names_count_down_in_the_order_of_ids_and_basins_have_their_own(
    data: dict[str, Any],
) -> None:
    changed = dict(data)
    facts(
        "(objectType Gadget_bar_02 CupType)",
        "(objectType Gadget_bar_01 CupType)",
        "(pickupable Gadget_bar_03)",  # nowhere and of no type, but it counts
        "(objectType Gadget_bar_04_bar_GadgetBasin CupType)",
    )(changed)
    names = [item.name for item in parse(changed).items if item.name.startswith("gadget")]
    assert names == ["gadget 3", "gadget 2", "gadgetbasin 1"]


def set_key(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.update({key: value})


def swap(key: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        assert old in data[key]
        data[key] = data[key].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data.pop("pddl_problem"), "no pddl_problem in the file"),
        (set_key("pddl_problem", 5), "not in ALFWorld's format"),
        (set_key("pddl_problem", "(define)"), r"no \(:init \.\.\.\) before a \(:goal"),
        (set_key("walkthrough", None), "not in ALFWorld's format"),
        (set_key("pddl_domain", "(define (domain alfred))"), "domain is not ALFWorld's"),
        (set_key("grammar", "{}"), "no sentence 'Your task is to"),
        (swap("grammar", "You open", "You unlock"), "grammar is not ALFWorld's"),
        (swap("grammar", "move {o} to {r}", "put {o} in/on {r}"), "alfworld-download -f"),
        (swap("pddl_problem", "exists", "forall"), "none of the six task types"),
        (swap("pddl_problem", "inReceptacle ?o", "isSliced ?o"), "none of the six task types"),
        (facts("(full Cup_bar_1)"), "says full, unknown to the rules"),
        (facts("(not (openable Cup_bar_1))"), "something other than plain facts"),
        (facts("(objectType Cup CupType)"), "has no '_bar_'"),
        (facts("(inReceptacle Cup_bar_1 Box_bar_1)"), "box_bar_1 needs exactly one type, has 0"),
        (facts("(receptacleType Box_bar_1 BoxType)"), "exactly one location, has 0"),
        (facts("(receptacleType Sink_bar_1 SinkType)"), "has a sink of SinkType"),
        (facts("(atLocation agent1 loc_bar_99)"), "location must be stated exactly once"),
    ],
)
def test_what_is_wrong_is_said(
    data: dict[str, Any], spoil: Callable[[dict[str, Any]], object], message: str
) -> None:
    spoilt = dict(data)
    spoil(spoilt)
    with pytest.raises(UserError, match=f"some/task.*{message}"):
        parse(spoilt)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"'])
def test_text_that_is_no_game_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="game some/task: "):
        parse_game(text, "some/task")


@pytest.mark.parametrize("traj_data", [{}, {"scene": 3, "turk_annotations": {"anns": [{}]}}])
def test_wrong_traj_data_is_refused(data: dict[str, Any], traj_data: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="not in ALFWorld's format"):
        parse(data, traj_data)


def test_official_game(official_data: str) -> None:
    task_id = "look_at_obj_in_light-AlarmClock-None-DeskLamp-323/trial_T20190909_044715_250790"
    folder = split_folder(Path(official_data), "valid_seen") / task_id
    text = (folder / "game.tw-pddl").read_text("utf-8")
    game = parse_game(text, task_id, json.loads((folder / "traj_data.json").read_text("utf-8")))
    assert game.instruction == "look at alarmclock under the desklamp"
    assert game.human_goals[0] == "look at the clock under the lamp"
    assert (game.goal.kind, game.goal.item, game.goal.target) == ("look", "alarmclock", "desklamp")
    assert (len(game.receptacles), len(game.items), game.scene) == (19, 37, "FloorPlan323")
    ghost = next(item for item in game.items if item.name == "keychain 1")
    assert [game.receptacles[r].name for r in ghost.receptacles] == ["dresser 1", "safe 1"]
    assert (
        FastEngine(game)
        .reset()
        .observation.endswith(
            "a sidetable 2, and a sidetable 1.\n\n"
            "Your task is to: look at alarmclock under the desklamp."
        )
    )
