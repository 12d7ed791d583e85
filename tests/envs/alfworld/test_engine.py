from __future__ import annotations

from dataclasses import replace

import pytest

from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game, Turn
from envs.errors import UserError
from tests.envs.alfworld.rooms import KITCHEN, with_goal

TRAVEL = tuple(sorted(f"go to {place.name}" for place in KITCHEN.receptacles))
ALWAYS = ("help", "inventory", "look")


def play(engine: FastEngine, *commands: str) -> Turn:
    """Send commands that must all be admissible; returns the last turn."""
    turn = None
    for command in commands:
        turn = engine.step(command)
        assert turn.observation != "Nothing happens.", command
    assert turn is not None
    return turn


def said(*commands: str, game: Game = KITCHEN) -> str:
    return play(FastEngine(game), *commands).observation


def offered(*commands: str, verb: str, game: Game = KITCHEN) -> tuple[str, ...]:
    admissible = play(FastEngine(game), *commands).admissible
    return tuple(command for command in admissible if command.split()[0] == verb)


def test_first_observation_lists_all_receptacles_and_the_task() -> None:
    turn = FastEngine(KITCHEN).reset()
    assert turn.observation == (
        "-= Welcome to TextWorld, ALFRED! =-\n\n"
        "You are in the middle of a room. Looking quickly around you, you see a cabinet 1, "
        "a countertop 1, a fridge 1, a microwave 1, a shelf 2, a shelf 1, a sidetable 1, and "
        "a sinkbasin 1.\n\nYour task is to: put a apple in cabinet."
    )
    assert turn.admissible == TRAVEL + ALWAYS
    assert not turn.won


def test_instruction_can_be_replaced() -> None:
    engine = FastEngine(KITCHEN, instruction="Store the apple")
    assert engine.reset().observation.endswith("\n\nYour task is to: Store the apple.")


def test_agent_that_starts_at_a_receptacle_faces_it() -> None:
    first = FastEngine(replace(KITCHEN, start=5)).reset().observation
    assert "You are facing the shelf 2, and shelf 1. Next to it, you see nothing." in first


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["go to cabinet 1"], "You arrive at cabinet 1. The cabinet 1 is closed."),
        (
            ["go to countertop 1"],
            "You arrive at countertop 1. On the countertop 1, you see a apple 2, a knife 1, "
            "a mug 1, and a statue 1.",
        ),
        (["go to shelf 1"], "You arrive at shelf 1. On the shelf 1, you see nothing."),
        (
            ["go to sidetable 1", "examine sidetable 1"],
            "On the sidetable 1, you see a desklamp 1, and a pencil 1.",
        ),
        (["go to cabinet 1", "examine cabinet 1"], "The cabinet 1 is closed."),
        (
            ["go to fridge 1", "open fridge 1"],
            "You open the fridge 1. The fridge 1 is open. In it, you see a apple 1.",
        ),
        (["go to fridge 1", "open fridge 1", "close fridge 1"], "You close the fridge 1."),
        (
            ["go to sidetable 1", "take pencil 1 from sidetable 1"],
            "You pick up the pencil 1 from the sidetable 1.",
        ),
        (
            ["go to sidetable 1", "take pencil 1 from sidetable 1", "move pencil 1 to sidetable 1"],
            "You move the pencil 1 to the sidetable 1.",
        ),
        (["go to sidetable 1", "use desklamp 1"], "You turn on the desklamp 1."),
        (["go to sidetable 1", "use desklamp 1", "use desklamp 1"], "You turn on the desklamp 1."),
        (["inventory"], "You are not carrying anything."),
        (
            ["go to sidetable 1", "take pencil 1 from sidetable 1", "inventory"],
            "You are carrying: a pencil 1.",
        ),
        (
            ["look"],
            "You are in the middle of a room. Looking quickly around you, you see nothing.",
        ),
        (
            ["go to sidetable 1", "look"],
            "You are facing the sidetable 1. Next to it, you see nothing.",
        ),
        (
            ["go to shelf 1", "look"],
            "You are facing the shelf 2, and shelf 1. Next to it, you see nothing.",
        ),
    ],
)
def test_sentences(commands: list[str], answer: str) -> None:
    assert said(*commands) == answer


def test_help_lists_thirteen_forms() -> None:
    lines = said("help").splitlines()
    assert lines[0] == "Available commands:"
    assert len(lines) == 14


@pytest.mark.parametrize(
    "command",
    ["", "dance", "LOOK", "go to  cabinet 1", "open cabinet 1", "take pencil 1 from sidetable 1"],
)
def test_inadmissible_command_changes_nothing(command: str) -> None:
    engine = FastEngine(KITCHEN)
    first, state = engine.reset(), engine.snapshot()
    turn = engine.step(command)
    assert turn == Turn("Nothing happens.", first.admissible, False)
    assert engine.snapshot() == state


def test_blanks_around_a_command_do_not_matter() -> None:
    assert said("  inventory ") == "You are not carrying anything."


def test_go_to_leaves_out_all_receptacles_of_the_place() -> None:
    assert offered("go to shelf 1", verb="go") == tuple(c for c in TRAVEL if "shelf" not in c)


def test_take_needs_empty_hands_an_open_place_and_something_pickupable() -> None:
    assert offered("go to countertop 1", verb="take") == (
        "take apple 2 from countertop 1",
        "take knife 1 from countertop 1",
        "take mug 1 from countertop 1",
    )
    assert offered("go to countertop 1", "take knife 1 from countertop 1", verb="take") == ()
    assert offered("go to fridge 1", verb="take") == ()
    assert offered("go to fridge 1", "open fridge 1", verb="take") == (
        "take apple 1 from fridge 1",
    )


def test_move_needs_an_open_place_that_may_hold_the_kind() -> None:
    fetch = ("go to sidetable 1", "take pencil 1 from sidetable 1")
    assert offered(*fetch, "go to shelf 1", verb="move") == (
        "move pencil 1 to shelf 1",
        "move pencil 1 to shelf 2",
    )
    assert offered(*fetch, "go to fridge 1", verb="move") == ()
    assert offered(*fetch, "go to fridge 1", "open fridge 1", verb="move") == (
        "move pencil 1 to fridge 1",
    )
    assert offered(*fetch, "go to cabinet 1", "open cabinet 1", verb="move") == ()


def test_examine_offers_places_here_and_the_held_item_only() -> None:
    assert offered("go to shelf 1", verb="examine") == ("examine shelf 1", "examine shelf 2")
    assert offered(
        "go to sidetable 1", "take pencil 1 from sidetable 1", "go to shelf 1", verb="examine"
    ) == ("examine pencil 1", "examine shelf 1", "examine shelf 2")


def test_lamp_can_be_used_with_full_hands_but_never_taken() -> None:
    assert offered("go to sidetable 1", "take pencil 1 from sidetable 1", verb="use") == (
        "use desklamp 1",
    )
    assert offered("go to sidetable 1", verb="take") == ("take pencil 1 from sidetable 1",)


TAKE_APPLE = ("go to countertop 1", "take apple 2 from countertop 1")
HEAT = ("go to microwave 1", "heat apple 2 with microwave 1")
COOL = ("go to fridge 1", "cool apple 2 with fridge 1")
CLEAN = ("go to sinkbasin 1", "clean apple 2 with sinkbasin 1")
SLICE = (
    "go to countertop 1",
    "take knife 1 from countertop 1",
    "slice apple 2 with knife 1",
    "move knife 1 to countertop 1",
    "take apple 2 from countertop 1",
)


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([*TAKE_APPLE, *HEAT], "You heat the apple 2 using the microwave 1."),
        ([*TAKE_APPLE, *COOL], "You cool the apple 2 using the fridge 1."),
        ([*TAKE_APPLE, *CLEAN], "You clean the apple 2 using the sinkbasin 1."),
        ([*SLICE[:3]], "You sliced the apple 2 with the knife 1."),
    ],
)
def test_tools_work_on_closed_receptacles_too(commands: list[str], answer: str) -> None:
    assert said(*commands) == answer


@pytest.mark.parametrize(
    ("commands", "phrase"),
    [
        ((), "cold "),
        (HEAT, "hot "),
        ((*HEAT, *COOL), "cold "),
        ((*COOL, *HEAT), "hot "),
        (CLEAN, "cool and clean "),
        ((*HEAT, *CLEAN), "hot and clean "),
    ],
)
def test_examine_tells_the_state_of_what_is_held(commands: tuple[str, ...], phrase: str) -> None:
    assert said(*TAKE_APPLE, *commands, "examine apple 2") == f"This is a {phrase}apple 2."


@pytest.mark.parametrize(
    ("start", "commands", "phrase"),
    [
        ((), (), "sliced "),
        ((), CLEAN, "clean sliced "),
        ((), HEAT, "hot sliced "),
        ((), COOL, "cool sliced "),
        ((), (*HEAT, *CLEAN), "hot and clean sliced "),
        ((), (*COOL, *CLEAN), "cool and clean sliced "),
        (("clean",), (), "clean sliced "),
    ],
)
def test_examine_tells_of_slices(
    start: tuple[str, ...], commands: tuple[str, ...], phrase: str
) -> None:
    apple = replace(KITCHEN.items[0], states=frozenset(start))
    game = replace(KITCHEN, items=(apple, *KITCHEN.items[1:]))
    answer = said(*SLICE, *commands, "examine apple 2", game=game)
    assert answer == f"This is a {phrase}apple 2."


def test_examine_clean_and_plain_items() -> None:
    clean = ("go to countertop 1", "take knife 1 from countertop 1", "go to sinkbasin 1")
    assert said(*clean, "examine knife 1") == "There's nothing special about knife 1."
    answer = said(*clean, "clean knife 1 with sinkbasin 1", "examine knife 1")
    assert answer == "This is a clean knife 1."


def test_container_never_shows_its_state() -> None:
    take = ("go to countertop 1", "take mug 1 from countertop 1")
    heat = ("go to microwave 1", "heat mug 1 with microwave 1", "examine mug 1")
    assert said(*take, *heat) == "This is a normal mug 1. In it, you see a pencil 1."


def test_knife_slices_what_lies_here_also_in_a_closed_place() -> None:
    take = ("go to countertop 1", "take knife 1 from countertop 1")
    assert offered(*take, verb="slice") == ("slice apple 2 with knife 1",)
    assert offered(*take, "go to fridge 1", verb="slice") == ("slice apple 1 with knife 1",)
    assert offered(*take, "go to shelf 1", verb="slice") == ()


def test_ghost_stays_where_it_was_not_taken_from() -> None:
    take = ("go to countertop 1", "take mug 1 from countertop 1")
    assert said(*take, "go to shelf 2").endswith("On the shelf 2, you see a mug 1.")
    back = said(*take, "go to shelf 2", "move mug 1 to shelf 2", "examine shelf 2")
    assert back == "On the shelf 2, you see a mug 1."
    assert offered(*take, "move mug 1 to countertop 1", "go to shelf 2", verb="take") == (
        "take mug 1 from shelf 2",
    )


def test_floor_lists_what_was_taken_here_and_put_down_here_elsewhere() -> None:
    shelves = ("go to shelf 1", "take mug 1 from shelf 2", "move mug 1 to shelf 1")
    assert said(*shelves, "look").endswith("Next to it, you see a mug 1.")
    assert said(*shelves[:2], "look").endswith("Next to it, you see nothing.")
    back = ("take mug 1 from shelf 1", "move mug 1 to shelf 2", "look")
    assert said(*shelves, *back).endswith("Next to it, you see a mug 1.")


PUT_COLD = ("go to cabinet 1", "open cabinet 1", "move apple 2 to cabinet 1")


@pytest.mark.parametrize(
    ("game", "commands"),
    [
        (KITCHEN, KITCHEN.walkthrough),
        (with_goal("cool", "apple", "cabinet"), (*TAKE_APPLE, *PUT_COLD)),
        (with_goal("heat", "apple", "cabinet"), (*TAKE_APPLE, *HEAT, *PUT_COLD)),
        (with_goal("clean", "apple", "cabinet"), (*TAKE_APPLE, *CLEAN, *PUT_COLD)),
        (
            with_goal("look", "pencil", "desklamp"),
            ("go to sidetable 1", "use desklamp 1", "take pencil 1 from sidetable 1"),
        ),
        (
            with_goal("look", "pencil", "desklamp"),
            ("go to sidetable 1", "take pencil 1 from sidetable 1", "use desklamp 1"),
        ),
        (
            with_goal("look", "mug", "desklamp"),
            (
                "go to sidetable 1",
                "use desklamp 1",
                "go to shelf 1",
                "take mug 1 from shelf 2",
                "go to sidetable 1",
            ),
        ),
        (
            with_goal("two", "apple", "fridge"),
            (*TAKE_APPLE, "go to fridge 1", "open fridge 1", "move apple 2 to fridge 1"),
        ),
    ],
)
def test_goal_holds_after_the_last_command_only(game: Game, commands: tuple[str, ...]) -> None:
    engine = FastEngine(game)
    assert [play(engine, command).won for command in commands] == [False] * (len(commands) - 1) + [
        True
    ]


def test_heating_undoes_a_cool_goal_and_taking_out_undoes_any() -> None:
    cool = with_goal("cool", "apple", "cabinet")
    assert not play(FastEngine(cool), *TAKE_APPLE, *HEAT, *PUT_COLD).won
    engine = FastEngine(cool)
    assert play(engine, *TAKE_APPLE, *PUT_COLD).won
    assert not play(engine, "take apple 2 from cabinet 1").won


def test_two_in_different_receptacles_do_not_count() -> None:
    engine = FastEngine(with_goal("two", "apple", "shelf"))
    turn = play(
        engine,
        *TAKE_APPLE,
        "go to shelf 1",
        "move apple 2 to shelf 1",
        "go to fridge 1",
        "open fridge 1",
        "take apple 1 from fridge 1",
        "go to shelf 1",
        "move apple 1 to shelf 2",
    )
    assert not turn.won
    assert play(engine, "take apple 1 from shelf 2", "move apple 1 to shelf 1").won


def test_ghost_can_win_from_afar() -> None:
    engine = FastEngine(with_goal("heat", "mug", "shelf"))
    take = ("go to countertop 1", "take mug 1 from countertop 1", "go to microwave 1")
    assert not play(engine, *take).won
    assert play(engine, "heat mug 1 with microwave 1").won


def test_older_dialect() -> None:
    engine = FastEngine(KITCHEN, dialect="put")
    assert engine.reset().admissible == (*TRAVEL, "inventory", "look")
    assert engine.step("help").observation == "Nothing happens."
    arrival = engine.step("go to sidetable 1").observation
    assert (
        arrival == "You arrive at loc 2. On the sidetable 1, you see a desklamp 1, and a pencil 1."
    )
    turn = play(engine, "take pencil 1 from sidetable 1", "go to fridge 1", "open fridge 1")
    verbs = list(dict.fromkeys(command.split()[0] for command in turn.admissible))
    assert verbs == ["close", "examine", "go", "inventory", "look", "put"]
    assert engine.step("move pencil 1 to fridge 1").observation == "Nothing happens."
    answer = engine.step("put pencil 1 in/on fridge 1").observation
    assert answer == "You put the pencil 1 in/on the fridge 1."


def test_unknown_dialect_is_refused() -> None:
    with pytest.raises(UserError, match="dialect must be one of move, put"):
        FastEngine(KITCHEN, dialect="place")
