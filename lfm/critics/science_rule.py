"""Which steps of a ScienceWorld episode were productive, and what for: by sub-goals and a way.

The score alone names few of them. So the critic knows a way to the goal, what the gold script does
from the start (:mod:`lfm.critics.science_way`), keeps account of what of it is still to be done,
and in hindsight looks for what the sub-goals owe to other deeds than the script's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from lfm.critics.science_replay import Moment, SubGoal, reached
from lfm.critics.science_way import (
    FAR,
    Deed,
    Way,
    door_leads_to,
    is_door,
    is_passive,
    read_action,
    refused,
    rooms_away,
    time_of,
)

_PREPARES = frozenset({"pick up", "move", "pour", "open", "connect", "dunk"})
"""What brings a thing to where it is used."""


class Kind(Enum):
    """What a step was, as far as the reasons differ."""

    REACHED = "reached a sub-goal"
    DEED = "did what the goal needs"
    TOWARDS = "went, or opened a door, towards the place where it goes on"
    WAITED = "let time pass that is needed"
    PREPARED = "did what a sub-goal needed later"
    FAILED = "ended the task for good"
    UNKNOWN = "not understood"
    AMBIGUOUS = "not clear what is meant"
    REFUSED = "not possible"
    AWAY = "went elsewhere"
    LOOKED = "looked at something, or waited"
    ASIDE = "did something that the task does not need"


_NOT_TAKEN = {
    "Ambiguous request": Kind.AMBIGUOUS,
    "No known action": Kind.UNKNOWN,
    "Unknown action": Kind.UNKNOWN,
}
PRODUCTIVE = frozenset({Kind.REACHED, Kind.DEED, Kind.TOWARDS, Kind.WAITED, Kind.PREPARED})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step was.

    Attributes:
        kind: see :class:`Kind`.
        goal: text of the sub-goal that it reached, or of the next of those in order; empty if none.
        here: where it was done.
        there: where that led, or what the door opened leads to; else ``here``.
        place: where the way goes on; empty if there is nothing more to do on it.
        next: the action that the way goes on with; empty if none.
    """

    kind: Kind
    goal: str = ""
    here: str = ""
    there: str = ""
    place: str = ""
    next: str = ""

    @property
    def productive(self) -> bool:
        """Whether the step brought the goal nearer."""
        return self.kind in PRODUCTIVE

    @property
    def thing(self) -> str:
        """What the way goes on with; empty if there is none."""
        return read_action(self.next)[1]


class Account:
    """What of a way is still to be done."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._open = [True] * len(way.deeds)
        self._waited = 0

    def next(self) -> Deed | None:
        """The first deed that is still to be done; None if there is none."""
        return next(
            (each for each, on in zip(self._way.deeds, self._open, strict=True) if on), None
        )

    def needs(self, goal: SubGoal) -> bool:
        """Whether the way reaches a sub-goal, or has to."""
        return goal.ordered or goal.key in self._way.reached

    def settle(self, goals: Sequence[SubGoal]) -> None:
        """What led to these sub-goals needs not be done any more."""
        for goal in goals:
            end = self._way.reached.get(goal.key, 0)
            for number in range(end):
                deed = self._way.deeds[number]
                if goal.ordered or (deed.goal and deed.goal.key == goal.key):
                    self._open[number] = False

    def do(self, action: str) -> bool:
        """Note that something was done; whether it was still to be done.

        Some of it may be done before its turn, but not what only takes time.
        """
        for number, deed in enumerate(self._way.deeds):
            if not self._open[number]:
                continue
            if deed.action == action:
                for done in range(number + 1):
                    if done == number or self._way.deeds[done].passive:
                        self._open[done] = False
                return True
            if is_passive(action) and not deed.passive:
                return False
        return False

    def wait(self, action: str, place: str) -> bool:
        """Note that time passed in some place; whether that was what was to be done there."""
        time = time_of(action)
        found = False
        for number, deed in enumerate(self._way.deeds):
            if not self._open[number]:
                continue
            if not (time and deed.place == place and is_passive(deed.action)):
                break
            found = True
            spent = min(time, time_of(deed.action) - self._waited)
            time, self._waited = time - spent, self._waited + spent
            if self._waited == time_of(deed.action):
                self._open[number], self._waited = False, 0
        return found


class Verdicts(NamedTuple):
    """What is to be said of an episode."""

    findings: list[Finding]
    """One for each step."""
    ahead: list[Deed | None]
    """What was to be done on the way, before the first step and after each."""


def judge(actions: Sequence[str], moments: Sequence[Moment], way: Way) -> Verdicts:
    """What each step was.

    Args:
        actions: of the episode.
        moments: before the first action and after each.
        way: what leads to the goal.
    """
    account = Account(way)
    found = []
    ahead = [account.next()]
    for action, before, after in zip(actions, moments, moments[1:], strict=False):
        found.append(_find(account, action, before, after))
        ahead.append(account.next())
    return Verdicts(_in_hindsight(found, actions), ahead)


def _find(account: Account, action: str, before: Moment, after: Moment) -> Finding:
    """What a step was, as far as can be told at once."""
    ahead = account.next()
    here, there = before.place, after.place
    if is_door(action):
        there = door_leads_to(action, here) or here
    flips = reached(before, after)
    kind = _kind(account, ahead, flips, action, (before, after, there))
    account.settle(flips)
    needed = [each for each in flips if account.needs(each)]
    return Finding(
        kind,
        needed[0].text if kind is Kind.REACHED else _next_goal(before),
        *(here, there, ahead.place if ahead else "", ahead.action if ahead else ""),
    )


def _kind(
    account: Account,
    ahead: Deed | None,
    flips: Sequence[SubGoal],
    action: str,
    around: tuple[Moment, Moment, str],
) -> Kind:
    before, after, there = around
    if after.score < 0:
        return Kind.FAILED
    for words, kind in _NOT_TAKEN.items():
        if after.reply.startswith(words):
            return kind
    if after.place != before.place or is_door(action, "open"):
        if refused(after.reply):
            return Kind.REFUSED
        return Kind.TOWARDS if _nearer(before.place, there, ahead) else Kind.AWAY
    did = not action.startswith("wait") and account.do(action)
    if any(account.needs(each) for each in flips):
        return Kind.REACHED
    if refused(after.reply) and not flips:
        return Kind.REFUSED
    if did:
        return Kind.DEED
    if is_passive(action):
        return Kind.WAITED if account.wait(action, before.place) else Kind.LOOKED
    return Kind.ASIDE


def _nearer(here: str, there: str, ahead: Deed | None) -> bool:
    if ahead is None:
        return False
    return rooms_away(there, ahead.place) < rooms_away(here, ahead.place) < FAR


def _next_goal(moment: Moment) -> str:
    return next((goal.text for goal in moment.goals if goal.ordered and not goal.reached), "")


def _in_hindsight(found: list[Finding], actions: Sequence[str]) -> list[Finding]:
    """Also count what a sub-goal that was reached owes to earlier steps."""
    wanted: set[str] = set()
    goal = place = ""
    for number in range(len(actions) - 1, -1, -1):
        finding, (verb, first, second) = found[number], read_action(actions[number])
        if finding.kind is Kind.REACHED:
            wanted, goal = {first, second}, finding.goal
        if finding.kind in (Kind.REACHED, Kind.DEED):
            place = finding.here
        if finding.kind is Kind.ASIDE and verb in _PREPARES and first and first in wanted:
            found[number] = replace(finding, kind=Kind.PREPARED, goal=goal)
            wanted |= {second}
            place = finding.here
        elif finding.kind is Kind.AWAY and _leads(finding, place):
            found[number] = replace(finding, kind=Kind.TOWARDS, goal=goal, place=place, next="")
    return found


def _leads(finding: Finding, place: str) -> bool:
    return rooms_away(finding.there, place) < rooms_away(finding.here, place) < FAR
