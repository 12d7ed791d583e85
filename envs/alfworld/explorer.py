"""An expert that knows only what it has read: the demonstrator.

It understands the task sentence, searches likely places first, remembers what it saw, and does
what the task asks. It looks at nothing but the game's text and the admissible commands, so an
agent could in principle do all that it does.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Sequence

from envs.alfworld.game import Goal
from envs.alfworld.instructions import kind_of, read_instruction
from envs.alfworld.planner import TREATMENTS
from envs.alfworld.room_statistics import guess_room, load_statistics
from envs.alfworld.texts import NOTHING_HAPPENS

UNUSUAL = 0.002
"""Chance given to places in which the official games never have the item."""

_THING = re.compile(r"\ba ([a-z]+ \d+)")
_VIEW = re.compile(r"(?:The ([a-z]+ \d+) is open\. In it|On the ([a-z]+ \d+)), you see ([^.]*)\.")
_PICK_UP = re.compile(r"You pick up the ([a-z]+ \d+) from the ([a-z]+ \d+)\.")
_PUT_DOWN = re.compile(r"You (?:move|put) the ([a-z]+ \d+) (?:to|in/on) the ([a-z]+ \d+)\.")
_TREATED = re.compile(r"You (?:heat|cool|clean) the ([a-z]+ \d+) using the [a-z]+ \d+\.")
_CARRYING = re.compile(r"You are carrying: a ([a-z]+ \d+)\.")
_MOVE = re.compile(r"(?:move|put) ([a-z]+ \d+) (?:to|in/on) ([a-z]+ \d+)")


def _number_of(name: str) -> int:
    number = name.rsplit(" ", 1)[-1]
    return int(number) if number.isdecimal() else 0


class ExploringExpert:
    """Plays one episode after another; call :meth:`reset`, then :meth:`act` and :meth:`observe`.

    Args:
        seed: decides between places that are about equally likely; the same seed and texts give
            the same actions.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.reset("", "", ())

    def reset(
        self,
        instruction: str,
        first_observation: str,
        admissible: Sequence[str],
        goal: Goal | None = None,
    ) -> None:
        """Start an episode.

        Args:
            instruction: the task sentence.
            first_observation: what is seen before the first action: the receptacles of the room.
            admissible: the admissible commands at the start.
            goal: what the sentence means, for sentences that are not one of the templates.
                Without it, such a sentence is not understood and the room is merely searched.
        """
        self._goal = goal or read_instruction(instruction)
        self._held: str | None = None
        self._treated: set[str] = set()
        self._contents: dict[str, list[str]] = {}
        self._target: str | None = None
        self._tried: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        room = first_observation.split("Your task is to:")[0]
        listed = [c.removeprefix("go to ") for c in admissible if c.startswith("go to ")]
        self._receptacles = list(dict.fromkeys(_THING.findall(room) + listed))
        self._likely = self._likelihoods(random.Random(f"explorer/{self._seed}/{instruction}"))

    def act(self, admissible: Sequence[str]) -> str:
        """The next action, one of the admissible ones (``look`` if there are none)."""
        usable = {command for command in admissible if self._failed[command] < 2}
        action = self._decide(usable) if self._goal else None
        return action or self._wander(admissible)

    def observe(self, action: str, observation: str) -> None:
        """Take in what an action, chosen here or elsewhere, brought about."""
        self._tried[action] += 1
        if observation.strip() == NOTHING_HAPPENS:
            self._failed[action] += 1
            return
        for opened, surface, things in _VIEW.findall(observation):
            self._contents[opened or surface] = _THING.findall(things)
        if taken := _PICK_UP.search(observation):
            self._held = taken[1]
            self._forget(taken[1])
        if placed := _PUT_DOWN.search(observation):
            self._held = None
            self._forget(placed[1])
            self._contents.setdefault(placed[2], []).append(placed[1])
        if treated := _TREATED.search(observation):
            self._treated.add(treated[1])
        if carrying := _CARRYING.search(observation):
            self._held = carrying[1]

    # -- what to do ----------------------------------------------------------------------------

    def _decide(self, usable: set[str]) -> str | None:
        goal = self._goal
        assert goal is not None
        if self._held is None:
            return self._fetch(goal, usable)
        if kind_of(self._held) != goal.item:
            return self._put_away(usable)
        if goal.kind == "look":
            return self._light(goal, usable)
        if goal.kind in TREATMENTS and self._held not in self._treated:
            return self._treat(goal, usable)
        return self._deliver(goal, usable)

    def _fetch(self, goal: Goal, usable: set[str]) -> str | None:
        """Take a wanted item that was seen, or go on searching."""
        for receptacle, things in list(self._contents.items()):
            for thing in list(things):
                if kind_of(thing) != goal.item or self._is_done(goal, thing, receptacle):
                    continue
                take = f"take {thing} from {receptacle}"
                if take in usable:
                    return take
                approach = self._approach(receptacle, usable)
                if approach:
                    return approach
                things.remove(thing)  # listed there, but it cannot be taken: an echo
        return self._search(goal.item, usable)

    def _is_done(self, goal: Goal, thing: str, receptacle: str) -> bool:
        """Whether the item is where it should stay."""
        if goal.kind == "two":
            return receptacle == self._target
        placed = kind_of(receptacle) == goal.target
        return placed and (goal.kind == "simple" or thing in self._treated)

    def _treat(self, goal: Goal, usable: set[str]) -> str | None:
        tools = [r for r in self._receptacles if kind_of(r) in TREATMENTS[goal.kind][1]]
        commands = [f"{goal.kind} {self._held} with {tool}" for tool in tools]
        ready = [command for command in commands if command in usable]
        if ready:
            return ready[0]
        return _first(usable, [f"go to {tool}" for tool in sorted(tools, key=_number_of)])

    def _light(self, goal: Goal, usable: set[str]) -> str | None:
        ready = sorted(c for c in usable if c.startswith(f"use {goal.target} "))
        if ready:
            return ready[0]
        for receptacle, things in self._contents.items():
            if any(kind_of(thing) == goal.target for thing in things):
                approach = self._approach(receptacle, usable)
                if approach:
                    return approach
        return self._search(goal.target, usable)

    def _deliver(self, goal: Goal, usable: set[str]) -> str | None:
        """Bring the held item to a target, for ``two`` always to the same one."""
        targets = [r for r in self._receptacles if kind_of(r) == goal.target]
        if goal.kind == "two" and self._target is not None:
            targets = [self._target]
        ready = [r for r in targets if self._put_command(r, usable)]
        if ready:
            self._target = ready[0]
            return self._put_command(ready[0], usable)
        targets.sort(key=lambda r: (f"examine {r}" not in usable, self._visits(r), _number_of(r)))
        for target in targets:
            approach = self._approach(target, usable)
            if approach:
                return approach
        return None

    def _put_away(self, usable: set[str]) -> str | None:
        """Get rid of something that is not wanted: here if possible, else where it fits."""
        ready = sorted(c for c in usable if _MOVE.fullmatch(c))
        if ready:
            return ready[0]
        fits = load_statistics().can_contain
        held = kind_of(self._held or "")
        options = [r for r in self._receptacles if held in fits.get(kind_of(r), ())]
        options.sort(key=lambda r: (self._visits(r), kind_of(r) in _openable()))
        here = [r for r in options if f"open {r}" in usable]
        return f"open {here[0]}" if here else _first(usable, [f"go to {r}" for r in options])

    # -- moving about --------------------------------------------------------------------------

    def _approach(self, receptacle: str, usable: set[str]) -> str | None:
        """The next step towards having the open receptacle before oneself; None once there."""
        return _first(usable, [f"{verb} {receptacle}" for verb in ("go to", "open")])

    def _search(self, kind: str, usable: set[str]) -> str | None:
        """Look into the most promising receptacle not yet seen, per action it costs."""
        best, action = 0.0, None
        for receptacle in self._receptacles:
            if receptacle in self._contents:
                continue
            step, cost = self._look_into(receptacle, usable)
            worth = self._worth(kind, receptacle) / cost
            if step and worth > best:
                best, action = worth, step
        return action

    def _look_into(self, receptacle: str, usable: set[str]) -> tuple[str | None, int]:
        """First step of seeing what a receptacle holds, and how many steps that takes."""
        if f"open {receptacle}" in usable:
            return f"open {receptacle}", 1
        if f"go to {receptacle}" in usable:
            return f"go to {receptacle}", 2 if kind_of(receptacle) in _openable() else 1
        if f"examine {receptacle}" in usable and not self._tried[f"examine {receptacle}"]:
            return f"examine {receptacle}", 1
        return None, 1

    def _worth(self, kind: str, receptacle: str) -> float:
        """Chance to find an item of the kind there; lower numbers first among equals."""
        chance = self._likely.get((kind, kind_of(receptacle)), UNUSUAL)
        return chance * (1.0 - 1e-4 * _number_of(receptacle))

    def _likelihoods(self, rng: random.Random) -> dict[tuple[str, str], float]:
        """(item kind, receptacle kind) -> chance per receptacle, for what the task names."""
        count = Counter(kind_of(receptacle) for receptacle in self._receptacles)
        room = load_statistics().rooms[guess_room(set(count))]
        wanted = {self._goal.item, self._goal.target} if self._goal else set()
        return {
            (item, kind): max(rate / count[kind], UNUSUAL) * math.exp(rng.gauss(0.0, 0.1))
            for item in sorted(wanted & room.items.keys())
            for kind, rate in room.items[item].places.items()
            if kind in count
        }

    def _wander(self, admissible: Sequence[str]) -> str:
        """Something systematic when there is no plan: the least tried way of seeing more."""
        useful = [c for c in admissible if c.startswith(("go to ", "open "))] or list(admissible)
        return min(useful, key=lambda command: self._tried[command], default="look")

    # -- small helpers -------------------------------------------------------------------------

    def _visits(self, receptacle: str) -> int:
        return self._tried[f"go to {receptacle}"]

    def _put_command(self, receptacle: str, usable: set[str]) -> str | None:
        options = (f"move {self._held} to {receptacle}", f"put {self._held} in/on {receptacle}")
        return _first(usable, options)

    def _forget(self, thing: str) -> None:
        for things in self._contents.values():
            if thing in things:
                things.remove(thing)


def _openable() -> frozenset[str]:
    return load_statistics().openable


def _first(usable: set[str], commands: Sequence[str]) -> str | None:
    """The first of the commands that is admissible now."""
    return next((command for command in commands if command in usable), None)
