"""Reasons in plain English for a step of an ALFWorld episode, as a person would give them.

They name what the action and the task name, so that a reader (and the feedback model, which fills
such names into the reasons it has learned) can tell what is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from envs.alfworld.game import Goal
from envs.alfworld.instructions import kind_of

_COMMAND = re.compile(
    r"(go to|open|close|take|move|put|clean|heat|cool|use|slice|examine|look|inventory|help)"
    r"(?: (.+?))?(?: (?:from|to|in/on|with) (.+))?"
)
_PAST = {"clean": "cleaned", "heat": "heated", "cool": "cooled"}


@dataclass(frozen=True, slots=True)
class Move:
    """One step, with what the wording depends on.

    Attributes:
        verb: first words of the command; ``""`` if the game did not understand it.
        first: the thing it names first, e.g. ``"mug 1"`` or ``"cabinet 3"``; "" if none.
        second: the receptacle or tool it names second; "" if none.
        goal: what the task asks for.
        purpose: verb of the next thing to do where the agent now is (``take``, ``move``,
            ``clean``, ``heat``, ``cool``, ``use``), if the step made it possible; else "".
        object: the thing that the purpose is about; "" if there is no purpose.
        needed: verb of the next thing that had to be done before the step; "" if there was none.
        has_wanted: the receptacle named first holds an item of the wanted kind.
        won: the task is done after the step.
        ready: the item named needs no treatment (any more).
        change: distance to the goal after the step minus before.
    """

    verb: str
    first: str
    second: str
    goal: Goal
    purpose: str = ""
    object: str = ""
    needed: str = ""
    has_wanted: bool = False
    won: bool = False
    ready: bool = True
    change: int = 0


def read_command(command: str) -> tuple[str, str, str]:
    """Verb, first and second name of a command; empty strings for what is not there."""
    match = _COMMAND.fullmatch(command.strip())
    if match is None:
        return "", "", ""
    verb = "move" if match[1] == "put" else match[1]
    return verb, match[2] or "", match[3] or ""


def say_why_productive(move: Move) -> str:
    """Why the step brought the task nearer; for a mistaken critic, why one might think so."""
    verb, first, goal = move.verb, move.first, move.goal
    if verb == "go to":
        return f"went to the {first}, {_use_of_place(move)}"
    if verb == "open":
        return f"opened the {first}, {_use_of_place(move)}"
    if verb == "take":
        if kind_of(first) == goal.item:
            return f"picked up the {first}, which the task asks for"
        return f"picked up the {first}, which may be needed"
    if verb == "move":
        if kind_of(first) == goal.item and kind_of(move.second) == goal.target:
            return f"placed the {first} in the {move.second}, where the task wants it"
        return f"set down the {first} to have free hands for what is needed"
    if verb in _PAST:
        return f"{_PAST[verb]} the {first}, as the task asks"
    if verb == "use":
        return f"turned on the {first}, as the task asks"
    return "checked the situation, which may help to find the next step"


def _use_of_place(move: Move) -> str:
    """What the place is good for: ``where the mug 1 is``."""
    goal = move.goal
    if move.purpose == "take":
        return f"where the {kind_of(move.object)} is"
    if move.purpose == "move" and kind_of(move.object) == goal.item:
        return f"where the {goal.item} belongs"
    if move.purpose == "move":
        return f"where the {kind_of(move.object)} can be left"
    if move.purpose in _PAST:
        return f"where the {goal.item} can be {_PAST[move.purpose]}"
    if goal.kind == "look" and (move.purpose == "use" or move.won):
        return f"where the {goal.target} is"
    return f"where the {goal.item} may be"


def say_why_not(move: Move) -> str:
    """Why the step did not bring the task nearer."""
    verb, first, goal = move.verb, move.first, move.goal
    if not verb:
        return "nothing changed: the command was not understood"
    if verb in ("look", "inventory", "help", "examine"):
        return f"only {_looked(move)}: nothing changed"
    if verb == "go to":
        return f"went to the {first}, {_no_use_of_place(move)}"
    if verb == "open":
        return f"opened the {first}, {_no_use_of_place(move)}"
    if verb == "close":
        return f"closed the {first}, which brings the task no nearer"
    if verb == "take":
        return _say_why_not_take(move)
    if verb == "move":
        return _say_why_not_put(move)
    if verb in _PAST:
        return f"{_PAST[verb]} the {first}, which the task does not ask for"
    if verb == "use" and goal.kind == "look":
        return f"turned on the {first} without getting any nearer"
    if verb == "use":
        return f"turned on the {first}, which the task does not ask for"
    return f"sliced the {first}, which the task does not ask for"


def _no_use_of_place(move: Move) -> str:
    """What speaks against being there: ``where there is no mug``."""
    goal = move.goal
    if move.needed == "take" and not move.has_wanted:
        return f"where there is no {goal.item}"
    if move.needed in _PAST:
        return f"although the {goal.item} has to be {_PAST[move.needed]} first"
    if move.needed == "move" and kind_of(move.first) != goal.target:
        return f"which is not where the {goal.item} belongs"
    if move.needed == "use":
        return f"where there is no {goal.target} to turn on"
    if move.change > 0:
        return "away from where the task goes on"
    return "where nothing has to be done now"


def _looked(move: Move) -> str:
    if move.verb == "examine":
        return f"looked at the {move.first}"
    return {"look": "looked around", "inventory": "checked the hands"}.get(
        move.verb, "asked for help"
    )


def _say_why_not_take(move: Move) -> str:
    if kind_of(move.first) != move.goal.item:
        return f"picked up the {move.first}, which the task does not ask for"
    if move.goal.kind == "two" and kind_of(move.second) == move.goal.target:
        return f"took the {move.first} away from the {move.second}, where it belongs"
    return f"picked up the {move.first}, but another {move.goal.item} is nearer to hand"


def _say_why_not_put(move: Move) -> str:
    goal = move.goal
    if kind_of(move.first) != goal.item:
        return f"set down the {move.first}, which brings the task no nearer"
    if not move.ready:
        return f"set down the {move.first} before it was {_PAST[goal.kind]}"
    if goal.kind == "look":
        return f"set down the {move.first}, which has to be held under the {goal.target}"
    if kind_of(move.second) == goal.target:
        return f"placed the {move.first} in the {move.second}, away from the other one"
    return f"placed the {move.first} in the {move.second}, where it does not belong"
