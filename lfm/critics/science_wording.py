"""Reasons in plain English for a step of a ScienceWorld episode.

They name what the action names, where things go on, and the sub-goal in the simulator's words.
There are few forms, so that a model can learn to give them (:mod:`lfm.reasons`).
"""

from __future__ import annotations

from lfm.critics.science_rule import Finding, Kind
from lfm.critics.science_way import Deed, is_door, read_action

_PAST = {
    "activate": "turned on",
    "close": "closed",
    "connect": "connected",
    "deactivate": "turned off",
    "disconnect": "disconnected",
    "dunk": "dunked",
    "eat": "ate",
    "flush": "flushed",
    "focus on": "focused on",
    "look at": "looked at",
    "look in": "looked into",
    "mix": "mixed",
    "move": "moved",
    "open": "opened",
    "pick up": "picked up",
    "pour": "poured",
    "put down": "put down",
    "read": "read",
    "use": "used",
}
_JOINED = {"connect": "to", "dunk": "into", "move": "to", "pour": "into", "use": "on"}
_JOURNEYS = frozenset({"go to", "teleport to"})
_IDLE = frozenset({"wait", "wait1", "look around", "look at", "look in"})


def say_why_productive(action: str, finding: Finding) -> str:
    """Why the step brought the goal nearer; for a mistaken critic, why one might think so."""
    verb, kind = read_action(action)[0], finding.kind
    did, goal = _say_what(action, finding), finding.goal or "finish the task"
    if kind is Kind.REACHED:
        return f"{did}, which reached a sub-goal: {goal}"
    if verb in _JOURNEYS and finding.there == finding.place and finding.thing:
        return f"{did}, where the {finding.thing} is needed"
    if verb in _JOURNEYS or is_door(action):
        return f"{did}, on the way to the {finding.place or 'next place'}"
    if verb in _IDLE:
        return f"{did}, and it takes time to reach: {goal}"
    return f"{did}, which helps to reach: {goal}"


def say_why_not(action: str, finding: Finding) -> str:
    """Why the step did not bring the goal nearer; for a mistaken critic, why one might think so."""
    verb, kind = read_action(action)[0], finding.kind
    did = _say_what(action, finding)
    if kind is Kind.FAILED and verb == "focus on":
        return f"{did}, the wrong thing, which ended the task"
    if kind is Kind.FAILED:
        return f"{did}, which ended the task"
    if kind is Kind.UNKNOWN:
        return "nothing changed: the simulator did not understand"
    if kind is Kind.AMBIGUOUS:
        return "nothing changed: it is not clear which thing was meant"
    if kind is Kind.REFUSED:
        return "nothing changed: that is not possible, or done already"
    if verb in _JOURNEYS and finding.place == finding.here and finding.thing:
        return f"{did}, away from the {finding.thing}, which is needed"
    if verb in _JOURNEYS and finding.there == finding.place:
        return f"{did}, where nothing has to be done now"
    if verb in _JOURNEYS or is_door(action):
        return f"{did}, which is not the way to the {finding.place or 'next place'}"
    if verb in _IDLE:
        return f"only {did}, and nothing had to wait"
    return f"{did}, which the task does not need now"


def say_next(ahead: Deed | None, place: str) -> str:
    """What should be done now, from the place where the agent is; empty if nothing is known."""
    if ahead is None:
        return ""
    journey = f"go to the {ahead.place} and " if ahead.place != place else ""
    return f"next, {journey}{ahead.action}"


def _say_what(action: str, finding: Finding) -> str:
    """The action in the past tense: ``moved the cup to the sink``."""
    verb, first, second = read_action(action)
    if verb == "go to":
        return f"went to the {finding.there or first}"
    if verb == "teleport to":
        return f"teleported to the {first}"
    if verb in ("wait", "wait1"):
        return "waited"
    if verb == "look around":
        return "looked around"
    if verb not in _PAST or not first:
        return f"said {action!r}"
    if second:
        return f"{_PAST[verb]} the {first} {_JOINED[verb]} the {second}"
    return f"{_PAST[verb]} the {first}"
