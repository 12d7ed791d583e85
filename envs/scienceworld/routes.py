"""What a gold script does, said in canonical actions and without what an agent has no use for.

A gold script answers the parser's questions with numbers, calls one thing by many names, looks
around between two actions and reads the thermometer after each moment of waiting. A route is the
same way to the goal in the sentences that an agent may say, checked by replay.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from envs.actions import FactoredActions
from envs.scienceworld.actions import frames, meanings, refused
from envs.scienceworld.shortening import DROPPABLE, STYLES, Move, shorten, straightened
from envs.scienceworld.sight import place_in
from envs.scienceworld.simulator import Simulator

RAW, FAILED = "raw", "failed"
"""Forms of a route besides the names of :data:`STYLES`: as the script said it; no success."""

_PATIENCE = 2
"""How often it may be waited where the script did not wait."""
_READING = "measures a temperature of"
_TERMINAL = re.compile(r" terminal \d+")


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the goal.

    Attributes:
        actions: what to do, ending at success; none if the script does not succeed. Canonical, but
            for numbers that answer a question about things that no name tells apart.
        form: what was left out, a name of :data:`~envs.scienceworld.shortening.STYLES`; or
            :data:`RAW` if only the script's own sentences lead to success, or :data:`FAILED` if
            nothing does.
        score: what the script itself reaches: 1 for success, -1 after a fatal mistake.
        raw: the script's own sentences, cut at success.
        moves: what the script does in so many moves that take time; a sentence and the number
            that answers a question about it are one.
        literal: how many of these moves are canonical as the script says them.
    """

    actions: tuple[str, ...]
    form: str
    score: float
    raw: tuple[str, ...]
    moves: int
    literal: int

    @property
    def success(self) -> bool:
        """Whether ``actions`` lead to the full score."""
        return self.form != FAILED

    @property
    def canonical(self) -> bool:
        """Whether ``actions`` are canonical ones that lead to the full score."""
        return self.form not in (RAW, FAILED)


def do(simulator: Simulator, action: str) -> int:
    """Do an action as the environment does; returns how many steps of the simulator it took.

    What does not answer a question cancels it first, and some actions are never done.
    """
    if refused(action):
        return 0
    asked = len(simulator.alternatives())
    cancels = asked > 0 and action not in map(str, range(asked))
    if cancels:
        simulator.step("")
    simulator.step(action)
    return 1 + cancels


def still_leading(
    simulator: Simulator, actions: Sequence[str], simplifications: tuple[str, ...]
) -> tuple[str, ...] | None:
    """These actions as far as success, without what is done already; None if they do not succeed.

    Args:
        simulator: in the state to begin at.
        actions: canonical ones, and numbers that answer a question.
        simplifications: those of the loaded task, expanded.
    """
    known = frames(simplifications)
    left: list[str] = []
    for action in actions:
        before, asked = _situation(simulator), len(simulator.alternatives())
        if action not in (tuple(map(str, range(asked))) or FactoredActions(known, before.names)):
            return None
        simulator.step(action)
        if left or not (DROPPABLE.match(action) and _situation(simulator).same_as(before)):
            left.append(action)
        if simulator.completed():
            return tuple(left) if simulator.score() == 1.0 else None
    return None


def refine(
    simulator: Simulator,
    start: Callable[[], object],
    sentences: Sequence[str],
    simplifications: tuple[str, ...],
) -> Route:
    """Make a route of what a script does.

    Args:
        simulator: to try things in.
        start: brings the simulator into the state that the script starts from.
        sentences: the script.
        simplifications: those of the loaded task, expanded.
    """
    start()
    known = frames(simplifications)
    moves = list(trace(simulator, sentences, known))
    score = simulator.score()
    raw = tuple(sentence for move in moves for sentence in move.said)
    timed = [move for move in moves if move.time]
    said = score, raw, len(timed), sum(move.said == (move.action,) for move in timed)
    if score != 1.0:
        return Route((), FAILED, *said)
    straight = straightened(timed, simulator.description())
    for style in STYLES:
        start()
        actions = _attempt(simulator, shorten(straight if style.idle else timed, style), known)
        if actions is not None:
            return Route(actions, style.name, *said)
    spoken = [replace(move, action=None) for move in timed]
    start()
    actions = _attempt(simulator, spoken, known)
    return Route(actions or (), RAW if actions else FAILED, *said)


def trace(simulator: Simulator, sentences: Sequence[str], known: tuple[str, ...]) -> Iterator[Move]:
    """Do what a script says until it ends or the score is full, and see what came of it.

    Args:
        simulator: in the state that the script starts from.
        sentences: the script.
        known: frames of canonical actions.
    """
    asked: tuple[str, dict[tuple[int, ...], str]] | None = None
    for sentence in sentences:
        readings = {} if asked else _readings(simulator, sentence, known)
        alternatives, before = simulator.alternatives(), _situation(simulator)
        reply, after = simulator.step(sentence), _situation(simulator)
        if asked and sentence.isdigit() and int(sentence) < len(alternatives):
            numbers = tuple(sorted(alternatives[int(sentence)]))
            meant, time = asked[1].get(numbers), after.time - before.time
            both = (asked[0], sentence)
            yield Move(both, meant, time, place=after.place, numbers=numbers)
        elif simulator.alternatives():
            asked = sentence, readings
            continue
        else:
            numbers, action = next(iter(readings.items()), ((), None))
            idle = after.same_as(before)
            told = _plain(reply) in f"{before.sight}\n{after.sight}"
            # Instead of an answer it was lost, whatever it was.
            time = 0 if asked else after.time - before.time
            said = (asked[0], sentence) if asked else (sentence,)
            reading = _READING in reply
            yield Move(said, action, time, idle, told, after.place, reading, numbers)
        asked = None
        if simulator.completed():
            return


class _Situation(NamedTuple):
    sight: str
    things: dict[int, str]
    time: int

    @property
    def place(self) -> str:
        return place_in(self.sight)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.things.values())

    def same_as(self, other: _Situation) -> bool:
        return (self.sight, self.things) == (other.sight, other.things)


def _situation(simulator: Simulator) -> _Situation:
    sight = f"{simulator.look()}\n{simulator.inventory()}"
    return _Situation(_plain(sight), simulator.things(), simulator.moves())


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _readings(
    simulator: Simulator, sentence: str, known: tuple[str, ...]
) -> dict[tuple[int, ...], str]:
    """What a sentence may mean, by the numbers of the objects in it, in ascending order."""
    things = simulator.things()
    numbers = {name: number for number, name in things.items()}
    actions = FactoredActions(known, tuple(numbers))
    found = (sentence,) if sentence in actions else _translations(simulator, sentence, things)
    return {
        tuple(sorted(numbers[name] for name in (actions.parts(action) or ())[1:])): action
        for action in found
    }


def _translations(simulator: Simulator, sentence: str, things: dict[int, str]) -> tuple[str, ...]:
    """What a sentence means; a terminal that is not in reach by itself is its owner."""
    aliases = simulator.aliases()
    places = [match.span() for match in _TERMINAL.finditer(sentence)]
    for count in range(len(places) + 1):
        for chosen in itertools.combinations(reversed(places), count):
            plain = sentence
            for begin, end in chosen:
                plain = plain[:begin] + plain[end:]
            if found := meanings(plain, things, aliases):
                return found
    return ()


def _attempt(
    simulator: Simulator, moves: Sequence[Move], known: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Do the moves; what led to success, or None.

    A thing may be called otherwise than it was in the script, because something else is not there;
    where it is not there yet, and where something has yet to happen at the end, time has to pass.
    """
    done: list[str] = []
    patience = _PATIENCE
    ahead = deque(moves)
    while ahead or patience:
        said, answer = _said(simulator, ahead[0], known) if ahead else (), "0"
        if said:
            answer = ahead.popleft().said[-1]
        elif patience:
            said, patience = ("wait",), patience - 1
        else:
            return None
        for action in said:
            simulator.step(action)
        done += said
        if simulator.alternatives():
            # No name tells these things apart; what the script chose, or any.
            done.append(answer if answer.isdigit() else "0")
            simulator.step(done[-1])
        if simulator.completed():
            return tuple(done) if simulator.score() == 1.0 else None
    return None


def _said(simulator: Simulator, move: Move, known: tuple[str, ...]) -> tuple[str, ...]:
    """The move in the names that things have here; nothing if there is no such thing."""
    if move.action is None:
        return move.said
    if move.action in FactoredActions(known, tuple(simulator.things().values())):
        return (move.action,)
    return tuple(_readings(simulator, move.said[0], known).values())[:1]
