"""Many actions said in few words: sentence frames and the things that can fill their gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

GAP = "OBJ"
"""What stands in a frame where a thing is to be named."""


def fill(frame: str, *things: str) -> str:
    """The frame with its gaps filled, from the left.

    As many gaps as there are things are filled: ``fill("pour OBJ in OBJ", "cup")`` is
    ``"pour cup in OBJ"``.
    """
    words = frame.split(GAP)
    filled = words[0]
    for number, word in enumerate(words[1:]):
        filled += (things[number] if number < len(things) else GAP) + word
    return filled


@dataclass(frozen=True, slots=True)
class FactoredActions(Sequence[str]):
    """All sentences that come of filling every gap of every frame with every thing.

    A room with 40 things and 20 frames has thousands of sentences; this is a sequence of them all
    that holds only the frames and the things. They are in the order of the frames, then of the
    first thing, then of the second. Which of them make sense the simulator alone knows.

    Attributes:
        frames: e.g. ``("wait1", "open OBJ", "pour OBJ in OBJ")``; at most two gaps each.
        things: e.g. ``("cup", "door to kitchen")``.
    """

    frames: tuple[str, ...]
    things: tuple[str, ...]

    def parts(self, action: str) -> tuple[str, ...] | None:
        """The frame of an action and the things in its gaps; None if it is none of these."""
        for frame in self.frames:
            for things in splits(frame, action):
                if all(thing in self.things for thing in things):
                    return frame, *things
        return None

    def __len__(self) -> int:
        return sum(self._count(frame) for frame in self.frames)

    def __contains__(self, action: object) -> bool:
        return isinstance(action, str) and self.parts(action) is not None

    def __iter__(self) -> Iterator[str]:
        for frame in self.frames:
            for number in range(self._count(frame)):
                yield self._fill(frame, number)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        at = index + len(self) if index < 0 else index
        for frame in self.frames:
            if 0 <= at < self._count(frame):
                return self._fill(frame, at)
            at -= self._count(frame)
        raise IndexError(f"there are {len(self)} actions, and none at {index}")

    def _count(self, frame: str) -> int:
        return int(len(self.things) ** frame.count(GAP))

    def _fill(self, frame: str, number: int) -> str:
        if frame.count(GAP) < 2:
            return fill(frame, *self.things[number : number + 1])
        first, second = divmod(number, len(self.things))
        return fill(frame, self.things[first], self.things[second])


@lru_cache(maxsize=4096)
def _literals(frame: str) -> tuple[str, ...]:
    return tuple(frame.split(GAP))


def splits(frame: str, action: str) -> list[tuple[str, ...]]:
    """Every way to fill the frame's gaps that gives the action, whatever things there are.

    There may be several, as a thing's own name may hold the word between two gaps: "door to
    kitchen".
    """
    before, *rest = _literals(frame)
    if not rest:
        return [()] if action == frame else []
    between, after = rest[0], rest[-1]
    if not (action.startswith(before) and action.endswith(after)):
        return []
    inside = action[len(before) : len(action) - len(after)]
    if len(rest) == 1:
        return [(inside,)] if inside else []
    ways: list[tuple[str, ...]] = []
    at = inside.find(between, 1)
    while 0 < at < len(inside) - len(between):
        ways.append((inside[:at], inside[at + len(between) :]))
        at = inside.find(between, at + 1)
    return ways
