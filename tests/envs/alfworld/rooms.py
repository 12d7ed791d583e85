"""A small kitchen written by hand, in which every rule of play can be tried."""

from __future__ import annotations

from dataclasses import replace

from envs.alfworld.game import Game, Goal, Item, Receptacle

FOOD = frozenset({"pickupable", "cleanable", "heatable", "coolable", "sliceable"})
NOTHING: frozenset[str] = frozenset()


def thing(name: str, flags: frozenset[str], *places: int, spots: tuple[int, ...]) -> Item:
    return Item(name, name.split()[0], flags, NOTHING, places, spots)


RECEPTACLES = (
    Receptacle("cabinet 1", "cabinet", 1, openable=True),
    Receptacle("countertop 1", "countertop", 2, openable=False),
    Receptacle("fridge 1", "fridge", 3, openable=True),
    Receptacle("microwave 1", "microwave", 4, openable=True),
    Receptacle("shelf 2", "shelf", 5, openable=False),
    Receptacle("shelf 1", "shelf", 5, openable=False),
    Receptacle("sidetable 1", "sidetable", 6, openable=False),
    Receptacle("sinkbasin 1", "sinkbasin", 7, openable=False),
)
ITEMS = (
    replace(thing("apple 2", FOOD, 1, spots=(2,)), states=frozenset({"cool"})),
    thing("apple 1", FOOD, 2, spots=(3,)),
    thing("desklamp 1", frozenset({"toggleable"}), 6, spots=(6,)),
    thing("knife 1", frozenset({"pickupable", "cleanable"}), 1, spots=(2,)),
    replace(thing("mug 1", FOOD - {"sliceable"} | {"container"}, 1, 4, spots=(2, 5)), nested=(5,)),
    thing("pencil 1", frozenset({"pickupable"}), 6, spots=(6,)),
    thing("statue 1", NOTHING, 1, spots=(2,)),
)
KITCHEN = Game(
    task_id="pick_and_place_simple-Apple-None-Cabinet-1/trial_by_hand",
    scene="FloorPlan1",
    instruction="put a apple in cabinet",
    human_goals=("Store the apple",),
    goal=Goal("simple", "apple", "cabinet"),
    start=0,
    receptacles=RECEPTACLES,
    items=ITEMS,
    can_contain=frozenset(
        (place.kind, item.kind)
        for place in RECEPTACLES
        for item in ITEMS
        if "pickupable" in item.flags and (place.kind, item.kind) != ("cabinet", "pencil")
    ),
    walkthrough=(
        "go to countertop 1",
        "take apple 2 from countertop 1",
        "go to cabinet 1",
        "open cabinet 1",
        "move apple 2 to cabinet 1",
    ),
)


def with_goal(kind: str, item: str, target: str) -> Game:
    """The kitchen with another goal."""
    return replace(KITCHEN, goal=Goal(kind, item, target))
