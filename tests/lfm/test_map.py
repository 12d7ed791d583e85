"""Maps of walks in the report."""

from __future__ import annotations

import itertools
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envs.store import write_trajectories
from envs.touchdown.env import TouchdownEnv
from lfm import layout
from lfm.critics.base import WindowFeedback
from lfm.critics.touchdown import TouchdownCritic
from lfm.critics.windows import make_windows
from lfm.report import write_report
from lfm.report.map import draw_map
from lfm.run import Run, Stage
from lfm.store import Judgement, Speaker, write_feedback
from lfm.story import Story
from tests.lfm.conftest import MARKUP
from tests.lfm.critics.walks import ROUTE, city_env, expert_walk, walk, write_city
from tests.lfm.reports import stories
from tests.lfm.test_report import Page

ACTIONS = ["forward", "forward", "turn_around", "turn_around", "forward"]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return write_city(tmp_path / "city")


def _feedback(env: TouchdownEnv) -> WindowFeedback:
    """The critic's words on a short walk, and something that is no word."""
    [feedback] = TouchdownCritic(lambda: env).critique(make_windows([walk(env, ACTIONS)]))
    first, *others = feedback.steps
    return replace(feedback, steps=(replace(first, reason=f"{first.reason} {MARKUP}"), *others))


def _story(env: TouchdownEnv, *windows: WindowFeedback, **said: Any) -> Story:
    critic = Speaker("simulator", privileged=True)
    return Story(walk(env, ACTIONS), windows, said.get("judgements", {}), {}, critic, {}, {})


def _points(line: str) -> list[tuple[float, float]]:
    pairs = (each.split() for each in line.removeprefix("M").split("L"))
    return [(float(x), float(y)) for x, y in pairs]


def test_the_route_and_the_walk_are_where_they_are_in_the_city(city: Path) -> None:
    drawn = draw_map(env := city_env(city), _story(env))
    route, gone = _points(drawn["route"]), _points(drawn["walk"])
    north, east = route[:8], route[7:]
    assert len({x for x, _ in north}) == len({y for _, y in east}) == 1
    assert [y for _, y in north] == sorted((y for _, y in north), reverse=True)
    assert [x for x, _ in east] == sorted(x for x, _ in east)
    assert gone == [*route[:3], route[2], route[2], route[3]]
    width, height = drawn["width"], drawn["height"]
    assert (drawn["start"], drawn["goal"]) == (list(route[0]), list(route[-1]))
    assert all(0 < x < width and 0 < y < height for x, y in route)
    assert max(width, height) == 480


def test_a_degree_of_longitude_is_shorter_than_one_of_latitude(city: Path) -> None:
    route = _points(draw_map(env := city_env(city), _story(env))["route"])
    up, right = route[0][1] - route[1][1], route[8][0] - route[7][0]
    assert right / up == pytest.approx(0.766, abs=0.02)  # cos 40 degrees


def test_every_step_has_its_mark_and_its_colour(city: Path) -> None:
    env = city_env(city)
    marks = draw_map(env, _story(env, _feedback(env)))["marks"]
    assert [mark["verdict"] for mark in marks] == ["good", "good", "bad", "good", "good"]
    assert all(mark["numbered"] for mark in marks)
    places = {tuple(mark["place"]) for mark in marks}
    assert len(places) == 5, "steps in one place stand side by side"


def test_numbers_of_a_long_walk_do_not_cover_each_other() -> None:
    env = TouchdownEnv("dev", landmarks="none")
    gone = expert_walk(env)
    marks = draw_map(env, Story(gone, (), {}, {}, None, {}, {}))["marks"]
    assert len(marks) == len(gone.steps) > 20
    assert marks[0]["numbered"]
    assert marks[-1]["numbered"]
    places = [mark["place"] for mark in marks if mark["numbered"]]
    assert all(math.dist(*pair) > 20 for pair in itertools.combinations(places, 2))
    assert len(places) < len(marks)


def test_who_turns_around_and_around_does_not_leave_the_map(city: Path) -> None:
    env = city_env(city)
    drawn = draw_map(env, Story(walk(env, ["turn_around"] * 40), (), {}, {}, None, {}, {}))
    places = [mark["place"] for mark in drawn["marks"]]
    assert len(places) == 40
    assert all(10 < x < drawn["width"] - 10 and 10 < y < drawn["height"] - 10 for x, y in places)


def test_a_straight_walk_is_no_strip(city: Path) -> None:
    write_city(north := city.parent / "north", [ROUTE[:7]])
    drawn = draw_map(env := city_env(north), _story(env))
    assert drawn["width"] == pytest.approx(0.55 * drawn["height"], abs=1)
    assert all(x == pytest.approx(drawn["width"] / 2, abs=1) for x, _ in _points(drawn["route"]))


def test_a_feedback_model_speaks_where_no_critic_does(city: Path) -> None:
    env = city_env(city)
    said = {1: Judgement("walk of 0", 1, 0.25, "that way", False, "m")}
    marks = draw_map(env, _story(env, judgements=said))["marks"]
    assert [mark["verdict"] for mark in marks] == ["bad", *["unread"] * 4]


def _run(directory: Path, city: Path) -> Path:
    """A run with one episode that a critic has read."""
    env = city_env(city)
    settings = {
        "name": "touchdown", "split": "dev", "max_steps": 60, "games": 0, "actions": "turns",
        "stop": "explicit", "landmarks": "none", "traffic": False, "data": str(city),
        "routes": None, "train_routes": None, "scenario": None, "world_seed": 0,
    }  # fmt: skip

    def play(stage: Stage) -> dict[str, Any]:
        write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, [walk(env, ACTIONS)])
        return {}

    def read(stage: Stage) -> dict[str, Any]:
        write_feedback(stage.folder, [_feedback(env)], "simulator", privileged=True)
        return {}

    with Run(directory, {"seed": 3, "env": settings}) as run:
        run.stage(layout.rollouts("round1"), play)
        run.stage(layout.feedback("round1"), read)
    return directory


def test_the_report_has_it_with_the_instruction(tmp_path: Path, city: Path) -> None:
    page = Page(write_report(_run(tmp_path / "run", city)).read_text(encoding="utf-8"))
    [story] = stories(page.data["chunk-0"])
    env = city_env(city)
    assert story["map"] == draw_map(env, _story(env, _feedback(env)))
    [instruction] = page.data["index"]["names"]["instruction"]
    assert "stop after <b>three</b> houses" in instruction
    assert "b" not in page.elements


def test_a_city_that_is_gone_is_named_in_the_report(tmp_path: Path, city: Path) -> None:
    run = _run(tmp_path / "run", city)
    shutil.rmtree(city)
    text = Page(write_report(run).read_text(encoding="utf-8")).text
    assert "There are no maps:" in text
    assert str(city) in text


def test_a_run_older_than_a_setting_has_a_report_without_maps(tmp_path: Path, city: Path) -> None:
    run = _run(tmp_path / "run", city)
    config = run / layout.CONFIG_FILE
    text = config.read_text("utf-8")
    assert "  traffic: false\n" in text
    config.write_text(text.replace("  traffic: false\n", ""), "utf-8")
    shown = Page(write_report(run).read_text(encoding="utf-8")).text
    assert "There are no maps:" in shown
    assert "has no env.traffic" in shown
