from __future__ import annotations

import math

import pytest

from envs.touchdown.env import TouchdownEnv
from policies.base import Policy, Start
from policies.straight import RandomWalkPolicy, StraightPolicy, TrafficWalkPolicy

START = Start("Go home.", "A street.", 3)


def _choices(policy: Policy, *admissible: tuple[str, ...]) -> list[str]:
    session = policy.begin([START] * len(admissible))
    rows = list(range(len(admissible)))
    choices = session.choose(rows, admissible)
    session.observe(rows, [each.action for each in choices], ["A street."] * len(rows))
    return [choice.action for choice in choices]


def test_goes_straight_on_and_never_stops() -> None:
    admissible = (
        ("forward", "left", "right", "turn_around", "stop"),
        ("turn_around", "stop"),
        ("slightly to the left", "back", "stop"),
    )
    found = _choices(StraightPolicy(), *admissible)
    assert found == ["forward", "turn_around", "slightly to the left"]


def test_walks_at_random_but_not_back_unless_it_has_to() -> None:
    policy: Policy = RandomWalkPolicy()
    turns = ("forward", "left", "right", "turn_around", "stop")
    ways = ("straight ahead", "back to the left", "back, more to the right", "back towards a bank")
    session = policy.begin([START, START])
    drawn = [session.choose([0, 1], [turns, ways]) for _ in range(60)]
    assert {first.action for first, _ in drawn} == {"forward", "left", "right"}
    assert {second.action for _, second in drawn} == {"straight ahead", "back to the left"}
    assert drawn[0][0].log_prob == pytest.approx(-math.log(3))
    assert _choices(policy, ("turn_around", "stop")) == ["turn_around"]


def test_walks_with_the_traffic_where_it_is_told() -> None:
    session = TrafficWalkPolicy().begin([Start("Go.", "A street.\nTraffic flows back.", 3), START])
    ways = ("straight ahead", "back")
    found = session.choose([0, 1], [ways, ways])
    assert found[0].action == "back", "at the start it leads nowhere that one came from"
    ways = ("straight ahead", "to the left", "to the right, more to the left", "back")
    seen = "Traffic flows to the left, to the right and back."
    session.observe([0, 1], [each.action for each in found], [seen, "There is no traffic."])
    drawn = [session.choose([0, 1], [ways, ways]) for _ in range(60)]
    assert {one.action for one, _ in drawn} == {*ways[1:3]}
    assert {other.action for _, other in drawn} == {*ways[:3]}
    assert drawn[0][0].log_prob == pytest.approx(-math.log(2))
    session.observe([0], ["to the left"], ["Traffic flows back."])
    assert session.choose([0], [("straight ahead", "back")])[0].action == "straight ahead"


def test_the_seed_decides_the_walk() -> None:
    ways = ("forward", "left", "right")
    sessions = [RandomWalkPolicy().begin([START]) for _ in range(2)]
    first, again = ([each.choose([0], [ways]) for _ in range(20)] for each in sessions)
    assert first == again


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
def test_walks_on_in_a_city(actions: str) -> None:
    env = TouchdownEnv("dev", actions=actions, landmarks="none")
    for policy in (StraightPolicy(), RandomWalkPolicy(), TrafficWalkPolicy()):
        _, info = env.reset(options={"task_id": env.task_ids[0]})
        session = policy.begin([START])
        over = False
        while not over:
            [choice] = session.choose([0], [info["admissible_actions"]])
            *_, terminated, over, info = env.step(choice.action)
            assert info["admissible"]
            assert not terminated
        assert info["metrics"]["spd"] >= 0
