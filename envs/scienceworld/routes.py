"""What a gold script does, said in canonical actions and without what an agent has no use for.

A gold script answers the parser's questions with numbers, calls one thing by many names, looks
around between two actions and reads the thermometer after each moment of waiting. A route is the
same way to the goal in the sentences that an agent may say, checked by replay.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from envs.actions import FactoredActions
from envs.scienceworld.actions import frames, meanings, refused
from envs.scienceworld.simulator import Simulator

RAW, FAILED = "raw", "failed"
"""Forms of a route besides the names of :data:`STYLES`: as the script said it; no success."""

_WAIT, _WAIT1 = "wait", "wait1"
_WAIT_TIME, _WAIT1_TIME = 11, 2
_FEW = 3
"""Looks and readings in a row that are still no waiting."""
_MOST_WATCHED = 3
"""Longest watching of a block on an inclined plane, in ``wait``."""
_WAITS, _LOOKS = {_WAIT, _WAIT1}, ("look at ", "look in ")
_DROPPABLE = re.compile(r"(?:activate|close|deactivate|go to|move|open|pick up|pour|put down) ")
_PLACE = re.compile(r"(?:room|location) is called the ([^.]+)\.")
_WAY = re.compile(r"(?:open (?:.* )?door\b|go to |teleport to )")
_READING = "measures a temperature of"
_TERMINAL = re.compile(r" terminal \d+")


class Route(NamedTuple):
    """A way to the goal.

    Attributes:
        actions: to be done one after the other; none of them if there is no success.
        form: name of the style it was shortened in, :data:`RAW` or :data:`FAILED`.
        score: what the script itself reaches, 1 for success, -1 after a fatal mistake.
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


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that a script does.

    Attributes:
        said: its sentence, and the number that answers the parser's question about it.
        action: the same as one canonical action; None if there is none.
        time: how far it moved the simulator's clock; 0 if it was not understood.
        idle: nothing in sight or in reach changed.
        told: the reply says only what is in sight anyway.
        place: where the agent is then.
        reading: the reply is what a thermometer says.
    """

    said: tuple[str, ...]
    action: str | None
    time: int
    idle: bool = False
    told: bool = False
    place: str = ""
    reading: bool = False


class Style(NamedTuple):
    """How much is left out of a script.

    Attributes:
        name: of the style.
        idle: whether actions that change nothing are left out.
        waits: how waiting is said: in the fewest actions, for exactly as long, or as it was.
    """

    name: str
    idle: bool
    waits: Callable[[int], list[str]] | None


def _coarse(time: int) -> list[str]:
    if time <= 2 * _WAIT1_TIME:
        return [_WAIT1] * -(-time // _WAIT1_TIME)
    return [_WAIT] * -(-time // _WAIT_TIME)


def _exact(time: int) -> list[str]:
    whole, rest = divmod(time, _WAIT_TIME)
    return [_WAIT] * whole + [_WAIT1] * -(-rest // _WAIT1_TIME)


STYLES = (
    Style("short", True, _coarse),
    Style("exact", True, _exact),
    Style("idle, short", False, _coarse),
    Style("idle, exact", False, _exact),
    Style("waits as they are", True, None),
    Style("canonical", False, None),
)
"""Tried in this order until one leads to success."""


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
        if left or not (_DROPPABLE.match(action) and _situation(simulator).same_as(before)):
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
            meant = asked[1].get(tuple(sorted(alternatives[int(sentence)])))
            time = after.time - before.time
            yield Move((asked[0], sentence), meant, time, place=after.place)
        elif simulator.alternatives():
            asked = sentence, readings
            continue
        else:
            action = next(iter(readings.values()), None)
            idle = after.same_as(before)
            told = _plain(reply) in f"{before.sight}\n{after.sight}"
            # Instead of an answer it was lost, whatever it was.
            time = 0 if asked else after.time - before.time
            said = (asked[0], sentence) if asked else (sentence,)
            yield Move(said, action, time, idle, told, after.place, _READING in reply)
        asked = None
        if simulator.completed():
            return


class _Situation(NamedTuple):
    sight: str
    things: dict[int, str]
    time: int

    @property
    def place(self) -> str:
        found = _PLACE.search(self.sight)
        return found[1] if found else ""

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


def straightened(moves: Sequence[Move], description: str) -> list[Move]:
    """Leave out loops on the way to a place that the task names: there is nothing to look for.

    Args:
        moves: all moves, from the start.
        description: what the task asks for.
    """
    found: list[Move] = []
    for travels, run in itertools.groupby(moves, _is_travel):
        way = list(run)
        named = way[-1].place in description.lower()
        found += _without_loops(way, found[-1].place if found else "") if travels and named else way
    return found


def _is_travel(move: Move) -> bool:
    return _WAY.match(move.action or "") is not None


def _without_loops(way: Sequence[Move], origin: str) -> list[Move]:
    """The legs of a way, each with the doors opened for it, without those that lead in a circle."""
    legs: list[tuple[str, list[Move]]] = [(origin, [])]
    doors: list[Move] = []
    for move in way:
        doors.append(move)
        if move.place == legs[-1][0]:
            continue
        known = [place for place, _ in legs]
        if move.place in known:
            del legs[known.index(move.place) + 1 :]
        else:
            legs.append((move.place, doors))
        doors = []
    return [move for _, leg in legs for move in leg] + doors


def shorten(moves: Sequence[Move], style: Style) -> list[Move]:
    """Leave out what an agent that sees the room after every action has no use for.

    Waiting stays waiting, and the last reading before the next decision stays. Two blocks that
    slide down two planes are watched for the same time, so that they can be compared.
    """
    left = [move for move in moves if move.time]
    if style.idle:
        left = [move for move in left if not (move.idle and _DROPPABLE.match(move.action or ""))]
    if style.waits is None:
        return left
    runs = [(passive, list(run)) for passive, run in itertools.groupby(left, _is_passive)]
    watched = [_time(run) for passive, run in runs if passive and _is_watching(run)]
    found: list[Move] = []
    for number, (passive, run) in enumerate(runs):
        if not passive:
            found += run
        elif _is_watching(run):
            count = min(_MOST_WATCHED, max(1, min(watched) // _WAIT_TIME))
            found += [_waiting(_WAIT)] * count
        else:
            found += _shorter(run, style.waits, number == len(runs) - 1)
    return found


def _is_passive(move: Move) -> bool:
    """Whether an agent does it to let time pass, or to see or measure something."""
    action = move.action or ""
    return action in _WAITS or move.reading or (move.told and action.startswith(_LOOKS))


def _is_watching(run: Sequence[Move]) -> bool:
    return len(run) > _FEW and all((move.action or "").startswith(_LOOKS) for move in run)


def _shorter(run: Sequence[Move], waits: Callable[[int], list[str]], last: bool) -> list[Move]:
    readings = [move for move in run if move.reading]
    waited = any(move.action in _WAITS for move in run)
    if len(run) <= _FEW and not (waited or last):
        return readings
    kept = [] if last else readings[-1:]
    return [*map(_waiting, waits(_time(run) - _time(kept))), *kept]


def _time(run: Sequence[Move]) -> int:
    return sum(move.time for move in run)


def _waiting(action: str) -> Move:
    return Move((action,), action, _WAIT1_TIME if action == _WAIT1 else _WAIT_TIME)


def _attempt(
    simulator: Simulator, moves: Sequence[Move], known: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Do the moves; what led to success, or None.

    A thing may be called otherwise than it was in the script, because something else is not there.
    """
    done: list[str] = []
    for move in moves:
        said = _said(simulator, move, known)
        if not said:
            return None
        for action in said:
            simulator.step(action)
        done += said
        if simulator.alternatives():
            # No name tells these things apart; what the script chose, or any.
            answer = move.said[1] if len(move.said) > 1 else "0"
            simulator.step(answer)
            done.append(answer)
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
