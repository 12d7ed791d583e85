from __future__ import annotations

from collections import Counter

import pytest

from envs.errors import UserError
from envs.scienceworld.simulator import Simulator
from envs.scienceworld.tasks import (
    SIMPLIFICATIONS,
    SPLITS,
    TASKS,
    expand_simplifications,
    parse_task_id,
    split_of,
    task_ids,
    task_kind,
)


def test_all_variations_are_there_once() -> None:
    counts = [len(task_ids(split)) for split in SPLITS]
    assert counts == [3592, 1796, 1819]
    everything = [task_id for split in SPLITS for task_id in task_ids(split)]
    assert len(set(everything)) == sum(counts) == sum(kind.variations for kind in TASKS) == 7207
    assert len(TASKS) == len({kind.name for kind in TASKS}) == 30


def test_names_and_splits_agree() -> None:
    for split in SPLITS:
        for task_id in task_ids(split):
            kind, number = parse_task_id(task_id)
            assert f"{kind.name}/{number}" == task_id
            assert split_of(task_id) == split


@pytest.mark.parametrize(("split", "count"), [("train", 290), ("dev", 259), ("test", 271)])
def test_ten_of_each_task(split: str, count: int) -> None:
    few = task_ids(split, per_task=10)
    assert len(few) == count
    chosen = Counter(task_id.split("/")[0] for task_id in few)
    assert chosen == {kind.name: min(10, len(kind.indices(split))) for kind in TASKS}
    assert few[0] == f"boil/{TASKS[0].indices(split)[0]}"


def test_order_is_the_papers_then_the_variations() -> None:
    chosen = task_ids("dev", per_task=3, tasks=["10-1", "boil", "4-3", "find-plant"])
    assert chosen == (
        *("boil/14", "boil/15", "boil/16"),
        *("find-plant/150", "find-plant/151", "find-plant/152"),
        *(f"mendelian-genetics-known-plant/{number}" for number in (60, 61, 62)),
    )
    assert [kind.paper_id for kind in TASKS] == sorted(
        (kind.paper_id for kind in TASKS), key=lambda number: tuple(map(int, number.split("-")))
    )


def test_simulator_has_the_same_tasks_and_splits() -> None:
    simulator = Simulator()
    try:
        simulator.load("boil", 0)
        server = simulator._server
        assert sorted(server.getTaskNames()) == sorted(kind.name for kind in TASKS)
        assert set(server.getPossibleSimplifications().split(", ")) == set(SIMPLIFICATIONS)
        for kind in TASKS:
            simulator.load(kind.name, 0)
            assert server.getTaskMaxVariations(kind.name) == kind.variations
            assert list(server.getVariationsTrain()) == list(kind.indices("train"))
            assert list(server.getVariationsDev()) == list(kind.indices("dev"))
            assert list(server.getVariationsTest()) == list(kind.indices("test"))
    finally:
        simulator.close()


def test_simulator_understands_the_expanded_simplifications() -> None:
    simulator = Simulator()
    try:
        for task in ("find-plant", "power-component"):
            for text in ("", "easy", "easy,openContainers"):
                names = expand_simplifications(text, task)
                simulator.load(task, 0, names)
                used = simulator._server.getSimplificationsUsed()
                assert set(filter(None, used.split(", "))) == set(names)
                assert not simulator.step("look around").startswith("ERROR")
                if text == "easy":  # what the simulator itself takes it for
                    simulator.load(task, 0, ("easy",))
                    assert simulator._server.getSimplificationsUsed() == used
    finally:
        simulator.close()


def test_papers_names_are_the_packages() -> None:
    from scienceworld.constants import ID2TASK

    assert {kind.paper_id: kind.name for kind in TASKS} == ID2TASK


@pytest.mark.parametrize(
    ("text", "task", "expanded"),
    [
        ("", "boil", ()),
        ("easy", "boil", SIMPLIFICATIONS[:4]),
        ("easy", "power-component", SIMPLIFICATIONS[:3]),
        ("easy", "power-component-renewable-vs-nonrenewable-energy", SIMPLIFICATIONS[:3]),
        ("easy", "test-conductivity", SIMPLIFICATIONS[:3]),
        ("easy", "3-4", SIMPLIFICATIONS[:3]),
        ("easy,openContainers", "boil", SIMPLIFICATIONS),
        ("openContainers,easy,openDoors", "boil", SIMPLIFICATIONS),
        ("openDoors,teleportAction,openDoors", "boil", ("teleportAction", "openDoors")),
        ("noElectricalAction", "boil", ("noElectricalAction",)),
    ],
)
def test_simplifications(text: str, task: str, expanded: tuple[str, ...]) -> None:
    assert expand_simplifications(text, task) == expanded


@pytest.mark.parametrize(
    ("text", "task", "message"),
    [
        ("opendoors", "boil", "no simplification 'opendoors'; similar ones: openDoors"),
        ("hard", "boil", "no simplification 'hard'; there are easy, teleportAction"),
        ("easy,", "boil", "no simplification ''"),
        ("easy, openContainers", "boil", "without spaces"),
        ("noElectricalAction", "test-conductivity", "test-conductivity cannot be solved"),
        ("easy,noElectricalAction", "power-component", "power-component cannot be solved"),
        ("easy", "cook", "no task 'cook'"),
    ],
)
def test_bad_simplifications(text: str, task: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        expand_simplifications(text, task)


@pytest.mark.parametrize(
    ("task_id", "message"),
    [
        ("boil/30", "'boil/0' to 'boil/29'"),
        ("boil/-1", "boil has 30"),
        ("boil/03", "boil has 30"),
        ("boil/", "boil has 30"),
        ("boil", "boil has 30"),
        ("boils/3", "no task 'boils/3' in ScienceWorld; similar ones: boil/0"),
        ("zzz/0", "no task 'zzz/0' in ScienceWorld\\."),
        ("1-1/3", "write 'boil/3'"),
        ("", "no task ''"),
    ],
)
def test_bad_names(task_id: str, message: str) -> None:
    for function in (parse_task_id, split_of):
        with pytest.raises(UserError, match=message):
            function(task_id)


def test_bad_choices() -> None:
    with pytest.raises(UserError, match="splits train, dev, test, not 'valid'"):
        task_ids("valid")
    with pytest.raises(UserError, match="not 'valid'"):
        TASKS[0].indices("valid")
    with pytest.raises(UserError, match="per_task=-1"):
        task_ids("dev", per_task=-1)
    with pytest.raises(UserError, match="'fnd-plant' among its 30; similar ones: find-plant"):
        task_ids("dev", tasks=["fnd-plant"])
    with pytest.raises(UserError, match=r"give a list, \[boil\]"):
        task_ids("dev", tasks="boil")


def test_task_by_name_or_number() -> None:
    assert task_kind("4-1") is task_kind("find-living-thing")
    assert task_kind("3-1").electrical
    assert not task_kind("4-1").electrical
