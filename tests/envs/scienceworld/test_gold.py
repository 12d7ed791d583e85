from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.scienceworld import gold
from envs.scienceworld.actions import frames
from envs.scienceworld.gold import GoldPath, cached, gold_path, make, prepare
from envs.scienceworld.routes import trace
from envs.scienceworld.shortening import STYLES, Move, shorten, straightened
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator

SHORT, TAPS, EXACT = STYLES[:3]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    simulator = Simulator(heap_mb=GOLD_HEAP_MB)
    yield simulator
    simulator.close()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LFM_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    ("task_id", "simplifications", "longest"),
    [
        ("find-living-thing/0", (), 9),
        ("find-plant/1", ("teleportAction", "openDoors"), 8),
        ("measure-melting-point-known-substance/2", (), 14),  # polls a thermometer
        ("inclined-plane-determine-angle/0", (), 14),  # watches a block for 40 steps
        ("test-conductivity/1", (), 18),  # terminals that are not in reach, and a detour
    ],
)
def test_canonical_path_reaches_the_full_score(
    simulator: Simulator, task_id: str, simplifications: tuple[str, ...], longest: int
) -> None:
    path = make(simulator, task_id, simplifications)
    assert path.success
    assert path.canonical
    assert path.score == 1.0
    assert len(path.actions) <= longest
    assert len(path.actions) < len(path.raw)
    assert 0 < path.literal <= path.moves <= len(path.raw)
    task, _, variation = task_id.partition("/")
    simulator.load(task, int(variation), simplifications)
    for action in path.actions:
        assert not simulator.completed()
        things = tuple(simulator.things().values())
        assert action in FactoredActions(frames(simplifications), things)
        simulator.step(action)
    assert simulator.score() == 1.0


def test_a_question_and_its_answer_are_one_action(simulator: Simulator) -> None:
    simulator.load("find-living-thing", 0)
    script = ("look around", "open door", "1", "close door", "go to kitchen", "examine orange")
    moves = list(trace(simulator, script, frames(())))
    assert [move.said for move in moves] == [
        ("look around",),
        ("open door", "1"),
        ("close door", "go to kitchen"),  # no answer: lost
        ("examine orange",),
    ]
    assert moves[1].action is not None
    assert moves[1].action.startswith("open door to ")
    assert [move.time > 0 for move in moves] == [False, True, False, True]
    assert moves[3].action == "look at orange"
    assert moves[3].told


def test_things_that_no_name_tells_apart_keep_the_number(simulator: Simulator) -> None:
    simulator.load("grow-plant", 1)
    script = (
        *("open door to hallway", "go to hallway", "open door to greenhouse", "go to greenhouse"),
        *("pick up seed jar", "go to hallway", "open door to kitchen", "go to kitchen"),
        *("pick up seed jar", "move apple seed in seed jar to cupboard", "2"),
    )
    move = list(trace(simulator, script, frames(())))[-1]
    assert move.said == script[-2:]
    assert move.action is not None
    assert move.action.startswith("move ")
    assert move.action.endswith(" to cupboard")


def _moves(*actions: str) -> list[Move]:
    times = {"wait": 11, "wait1": 2}
    return [
        Move(
            (each,),
            each,
            times.get(each, 1),
            told=each.startswith("look "),
            reading=each.startswith("use "),
            numbers=tuple(
                sorted(map(hash, each.partition(" ")[2].removeprefix("up ").split(" to ")))
            ),
        )
        for each in actions
    ]


def test_waiting_is_kept_as_waiting() -> None:
    poll = ("look at pot", "use thermometer on pot") * 9
    moves = _moves("move pot to stove", *poll, "focus on red box")
    said = [move.action for move in shorten(moves, SHORT)]
    assert said == [
        "move pot to stove",
        "wait",
        "wait",
        "use thermometer on pot",
        "focus on red box",
    ]
    exact = [move.action for move in shorten(moves, EXACT)]
    assert exact == [*said[:1], "wait", "wait1", "wait1", "wait1", *said[3:]]
    assert sum(move.time for move in shorten(moves, EXACT)) == sum(m.time for m in moves)
    # a reading that informs the next decision is no waiting; a look at what is in sight is nothing
    moves = _moves("pick up pot", "look at pot", "use thermometer on pot", "focus on red box")
    assert [move.action for move in shorten(moves, SHORT)] == [
        *("pick up pot", "use thermometer on pot", "focus on red box")
    ]


def test_blocks_are_watched_for_the_same_time() -> None:
    slow, fast = ("look at plane a",) * 70, ("look at plane b",) * 25
    moves = _moves("move block to plane a", *slow, "move block to plane b", *fast, "focus on x")
    assert [move.action for move in shorten(moves, SHORT)] == [
        *("move block to plane a", "wait", "wait"),
        *("move block to plane b", "wait", "wait", "focus on x"),
    ]


def test_refused_actions_are_left_out() -> None:
    moves = [Move(("a",), "open fridge", 1), Move(("b",), "open fridge", 1, idle=True)]
    moves += [Move(("c",), "focus on fridge", 1, idle=True), Move(("look around",), None, 0)]
    assert [move.said[0] for move in shorten(moves, SHORT)] == ["a", "c"]
    assert [move.said[0] for move in shorten(moves, STYLES[-1])] == ["a", "b", "c"]


def test_taps_are_left_on() -> None:
    moves = _moves(
        *("move jug to sink", "activate sink", "pour jug into pot", "deactivate sink"),
        *("activate sink", "move jug to sink", "pour jug into pot", "pick up jug"),
        *("move jug to sink", "deactivate sink"),
    )
    first = ["move jug to sink", "activate sink", "pour jug into pot"]
    second = ["pour jug into pot", "pick up jug", "move jug to sink"]
    assert [move.action for move in shorten(moves, SHORT)] == first + second
    assert [move.action for move in shorten(moves, TAPS)] == [
        *(*first, "deactivate sink", "activate sink", *second, "deactivate sink")
    ]


def test_loops_are_left_out_on_the_way_to_a_place_that_is_named() -> None:
    way = [
        ("open door", "studio"),
        ("go to hallway", "hallway"),
        ("open bedroom door", "hallway"),
        ("go to bedroom", "bedroom"),
        ("go to hallway", "hallway"),
        ("open door to kitchen", "hallway"),
        ("go to kitchen", "kitchen"),
        ("pick up pot", "kitchen"),
    ]
    moves = [Move((action,), action, 1, place=place) for action, place in way]
    said = [move.action for move in straightened(moves, "Find the pot in the Kitchen.")]
    assert said == [action for action, _ in (*way[:2], *way[5:])]
    assert straightened(moves, "Find the pot.") == moves


def _never() -> Simulator:
    pytest.fail("no simulator is needed")


def test_cache(simulator: Simulator, tmp_path: Path) -> None:
    task_id = "lifespan-longest-lived/0"
    assert cached(task_id, ()) is None
    first = gold_path(task_id, (), lambda: simulator)
    assert gold_path(task_id, (), _never) == first == cached(task_id, ())
    assert cached(task_id, ("openDoors",)) is None
    (file,) = tmp_path.rglob("*.json")
    whole = file.read_text()
    for damaged in ("", whole[:-20], "[]", "{}", whole.replace("lived/0", "lived/1")):
        file.write_text(damaged)
        assert cached(task_id, ()) is None
    assert gold_path(task_id, (), lambda: simulator) == first
    assert file.read_text() == whole


def test_cache_that_cannot_be_written(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LFM_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="set LFM_CACHE"):
        assert gold_path("lifespan-longest-lived/0", (), lambda: simulator).success


def test_prepare_makes_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def fake(_: Simulator, task_id: str, simplifications: tuple[str, ...]) -> GoldPath:
        if task_id == "melt/3":
            raise UserError("no more memory")
        made.append(task_id)
        return GoldPath(("wait",), "short", 1.0, ("wait",), 1, 1, task_id, simplifications)

    monkeypatch.setattr(gold, "make", fake)
    tasks = [(f"boil/{number}", ()) for number in range(6)]
    prepare(tasks[:2])
    seen: list[int] = []
    prepare(tasks + tasks, workers=3, advance=seen.append)
    assert sorted(made) == sorted(task_id for task_id, _ in tasks)
    assert seen == [2, 1, 1, 1, 1]
    with pytest.raises(UserError, match="no more memory"):
        prepare([("melt/3", ()), *((f"melt/{number}", ()) for number in range(4, 9))])
    assert "melt/8" not in made


def test_prepare_leaves_no_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    simulators: list[Simulator] = []

    class Watched(Simulator):
        def __init__(self, java: str, heap_mb: int) -> None:
            super().__init__(java, heap_mb)
            simulators.append(self)

    monkeypatch.setattr(gold, "Simulator", Watched)
    prepare([("lifespan-longest-lived/1", ())])
    path = cached("lifespan-longest-lived/1", ())
    assert path is not None
    assert path.success
    assert [each._machine for each in simulators] == [None]


def test_unknown_variation() -> None:
    with pytest.raises(UserError, match="boil"):
        prepare([("boil/30", ())])
