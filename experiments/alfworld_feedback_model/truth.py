"""What the steps of an episode were: of which kind, and nearer to the goal or not. Privileged."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from envs.alfworld.game import Game
from envs.alfworld.games import GameSource
from envs.alfworld.instructions import kind_of
from envs.alfworld.planner import TREATMENTS
from envs.alfworld.texts import NOTHING_HAPPENS
from envs.record import Trajectory
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.critics.wording import read_command
from lfm.limits import MAX_JUDGED_STEPS
from lfm.selection import TIMES

DECISIVE = "go to, decisive"
JOURNEY = "go to, other"
OTHER = "other"
KINDS = (
    *(DECISIVE, JOURNEY, "open", "close", "take", "move"),
    *("clean", "heat", "cool", "use", "examine", OTHER),
)
"""Kinds of step: verbs, journeys in two kinds, and what is rare or was not understood."""

_APPLIANCES = frozenset(kind for _, tools, _ in TREATMENTS.values() for kind in tools)


class Fact(NamedTuple):
    """The truth about a step.

    Attributes:
        kind: one of :data:`KINDS`.
        productive: it brought the goal nearer, by the planner.
        repeated: the episode has had this action so often before that it would not be kept.
    """

    kind: str
    productive: bool
    repeated: bool


class Truth:
    """Knows the truth about episodes on the tasks of a split.

    Args:
        source: the games that the episodes were played with.
    """

    def __init__(self, source: GameSource) -> None:
        self._source = source
        self._critic = SimulatorCritic(source.game)  # which never errs

    def of(self, episode: Trajectory) -> list[Fact]:
        """A fact for each step of an episode.

        Raises:
            UserError: if the episode does not replay with these games.
        """
        windows = self._critic.critique(make_windows([episode], MAX_JUDGED_STEPS))
        nearer = [step.productive for window in windows for step in window.steps]
        of_kind = kinds(self._source.game(episode.task_id), episode)
        return [Fact(*step) for step in zip(of_kind, nearer, repeated(episode), strict=True)]


def repeated(episode: Trajectory) -> list[bool]:
    """Whether each step's action had been done :data:`lfm.selection.TIMES` times before."""
    done: Counter[str] = Counter()
    found = []
    for step in episode.steps:
        found.append(done[step.action] >= TIMES)
        done[step.action] += 1
    return found


def kinds(game: Game, episode: Trajectory) -> list[str]:
    """The kind of each step.

    A journey is decisive if what the task is about is in hand, and the place is one where things
    can be treated (also the wrong one), where the task wants the thing, or where its lamp is.
    """
    places = _decisive_places(game)
    found = []
    held = ""
    for step in episode.steps:
        verb, first, _ = read_command(step.action)
        if step.observation == NOTHING_HAPPENS:
            verb = ""
        if verb == "go to":
            found.append(DECISIVE if held == game.goal.item and first in places else JOURNEY)
        else:
            found.append(verb if verb in KINDS else OTHER)
        if verb in ("take", "move"):
            held = kind_of(first) if verb == "take" else ""
    return found


def _decisive_places(game: Game) -> set[str]:
    """Names of the places to which a journey with the thing in hand is decisive."""
    if game.goal.kind == "look":
        lamps = [item for item in game.items if item.kind == game.goal.target]
        last = {game.receptacles[place].name for lamp in lamps for place in lamp.receptacles}
    else:
        last = {place.name for place in game.receptacles if place.kind == game.goal.target}
    return last | {place.name for place in game.receptacles if place.kind in _APPLIANCES}
