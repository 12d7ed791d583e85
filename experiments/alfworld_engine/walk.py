"""Plays one game in both engines side by side and stops where they differ."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game, Turn
from envs.alfworld.reference import ReferenceEngine
from envs.alfworld.texts import NOTHING_HAPPENS

INVALID_SHARE = 0.08
"""Share of commands in a walk that are made up or altered, most of them inadmissible."""

VERB_WEIGHTS = {
    "go": 3.0,
    "open": 4.0,
    "close": 1.5,
    "take": 6.0,
    "move": 4.0,
    "put": 4.0,
    "clean": 6.0,
    "cool": 6.0,
    "heat": 6.0,
    "slice": 8.0,
    "use": 3.0,
    "examine": 1.5,
    "look": 1.0,
    "inventory": 0.3,
    "help": 0.1,
}
"""How often a walk picks each verb among those on offer; within a verb, uniformly."""

_OLDER_WORDING = (
    ("You arrive at {r.name}.", "You arrive at {lend.name}."),
    ("move {o} to {r}", "put {o} in/on {r}"),
    ("You move the {o.name} to the {r.name}.", "You put the {o.name} in/on the {r.name}."),
)
"""What ALFWorld 0.4 changed in the games' grammar besides adding ``help``: (now, before)."""


class DifferenceError(Exception):
    """The engines disagree; the message shows where and both answers."""


@dataclass
class Comparison:
    """What was compared in one game, or in many when added up.

    Attributes:
        steps: commands answered by both engines, resets included.
        verbs: commands that took effect, by verb.
        wins: walks and walkthroughs in which the goal held.
        difference: the first disagreement in words, if any.
    """

    steps: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    wins: int = 0
    difference: str | None = None

    def add(self, other: Comparison) -> None:
        """Take the counts of another comparison in; the first difference stays."""
        self.steps += other.steps
        self.verbs += other.verbs
        self.wins += other.wins
        self.difference = self.difference or other.difference


class Pair:
    """Both engines in the same game, always given the same commands."""

    def __init__(self, game: Game, file: Path, dialect: str):
        self._fast, self._reference = FastEngine(game, dialect=dialect), ReferenceEngine(file)
        self._task_id = game.task_id
        self.result = Comparison()

    def reset(self) -> Turn:
        """Start anew in both.

        Raises:
            DifferenceError: the first turns are not equal.
        """
        return self._compared("(reset)", self._fast.reset(), self._reference.reset())

    def step(self, command: str) -> Turn:
        """The same command in both.

        Raises:
            DifferenceError: the answers are not equal.
        """
        turn = self._compared(command, self._fast.step(command), self._reference.step(command))
        if turn.observation != NOTHING_HAPPENS:
            self.result.verbs[command.split()[0]] += 1
        return turn

    def close(self) -> None:
        """Give the reference engine's library back."""
        self._reference.close()

    def _compared(self, command: str, fast: Turn, reference: Turn) -> Turn:
        self.result.steps += 1
        for what, ours, theirs in zip(Turn._fields, fast, reference, strict=True):
            if ours != theirs:
                raise DifferenceError(
                    f"game {self._task_id}, step {self.result.steps}, after {command!r}: "
                    f"{what} differs\n  fast:      {ours!r}\n  reference: {theirs!r}"
                )
        return fast


def compare_game(
    game: Game, file: Path, steps: int, rng: random.Random, dialect: str = "move"
) -> Comparison:
    """A random walk and then the stored walkthrough in both engines, up to the first difference.

    Args:
        game: what the fast engine plays.
        file: the same game as ``game.tw-pddl``, for the reference.
        steps: length of the random walk; it goes on when the goal holds, as the engines do.
        rng: draws the walk.
        dialect: ``"put"`` for a file in the older wording (:func:`write_older`).
    """
    pair = Pair(game, file, dialect)
    try:
        turn, won = pair.reset(), False
        for _ in range(steps):
            turn = pair.step(pick_command(turn, rng))
            won = won or turn.won
        pair.reset()
        for command in game.walkthrough:
            turn = pair.step(in_dialect(command, dialect))
        pair.result.wins += won + turn.won
    except DifferenceError as error:
        pair.result.difference = str(error)
    finally:
        pair.close()
    return pair.result


def pick_command(turn: Turn, rng: random.Random) -> str:
    """A command for a random walk: mostly admissible, and more of what changes things."""
    if rng.random() < INVALID_SHARE:
        return _made_up(turn, rng)
    by_verb: dict[str, list[str]] = {}
    for command in turn.admissible:
        by_verb.setdefault(command.split()[0], []).append(command)
    verb = rng.choices(list(by_verb), [VERB_WEIGHTS[verb] for verb in by_verb])[0]
    return rng.choice(by_verb[verb])


def _made_up(turn: Turn, rng: random.Random) -> str:
    """An admissible command spoiled, or (stripped blanks) not quite spoiled."""
    words = rng.choice(turn.admissible).split()
    other = rng.choice(turn.admissible).split()
    return rng.choice(
        [
            "",
            "dance",
            " ".join(words).upper(),
            f"  {' '.join(words)} ",
            " ".join(words[:-1]),
            "  ".join(words),
            " ".join([*words[:-1], "99"]),
            " ".join([other[0], *words[1:]]),
            f"put {words[-2:]} in/on {other[-2:]}",
            f"examine {' '.join(words[1:3])}",
            f"take {' '.join(words[-2:])} from {' '.join(other[-2:])}",
        ]
    )


def in_dialect(command: str, dialect: str) -> str:
    """A command of the ``move`` dialect in the given one."""
    if dialect == "put" and command.startswith("move "):
        item, place = command.removeprefix("move ").split(" to ")
        return f"put {item} in/on {place}"
    return command


def write_older(file: Path, target: Path) -> None:
    """Write a game file with the wording that ALFWorld had before 0.4."""
    data = json.loads(file.read_text(encoding="utf-8"))
    grammar = data["grammar"]
    for now, before in _OLDER_WORDING:
        grammar = grammar.replace(now, before)
    data["grammar"] = grammar[: grammar.index("action help {")]
    domain = data["pddl_domain"]
    data["pddl_domain"] = domain[: domain.index("(:action help")] + ")"
    target.write_text(json.dumps(data), encoding="utf-8")
