"""Touchdown and map2seq as a Gymnasium environment: follow an instruction through streets."""

from __future__ import annotations

import copy
import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils import EzPickle

from envs.arguments import check_choice, check_options, similar_names
from envs.base import Info, TextEnv
from envs.errors import UserError
from envs.touchdown.expert import actions_to, next_pano
from envs.touchdown.graph import StreetGraph
from envs.touchdown.hops import UNREACHABLE, Hops
from envs.touchdown.metrics import METRICS, LazyMetrics, Walk, targets
from envs.touchdown.moves import STOP, Moves, State
from envs.touchdown.routes import Route
from envs.touchdown.sights import Sights, Spot
from envs.touchdown.world import NEIGHBOR, OSM, TURNS, Source

ACTIONS = (TURNS, NEIGHBOR)
EXPLICIT, AUTO = "explicit", "auto"
STOPS = (EXPLICIT, AUTO)
RULES_VERSION = 2
"""To be raised when the same actions have other effects or are answered by another text."""

MAX_OBSERVATION = 16_384
"""Characters; with points of interest the longest has about a thousand."""

MAX_ACTION = 512
"""Characters."""

_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_REFUSED = "That is not possible here."
_STOPPED = "You stop."


@dataclass(slots=True)
class _Episode:
    """The episode being played."""

    route: Route
    sights: Sights
    spot: Spot
    visited: list[int]
    """Panoramas, each once for every stay."""
    observation: str
    steps: int = 0
    admissible: bool = True
    stopped: bool = False
    success: bool = False
    over: bool = False
    hops: Hops | None = None
    """From each panorama to the goal, once that was asked for."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of an episode."""

    episode: _Episode


class TouchdownEnv(TextEnv, EzPickle):
    """Walking through a city by an instruction such as people give to each other.

    An observation says how the street goes on, which streets meet, and what stands on each side,
    all relative to where the agent looks. It never has a panorama's id, a coordinate, a compass
    heading or the distance to the goal. The instruction is in ``info["instruction"]``.

    ``reset(options=...)`` takes ``task_id``; otherwise a task is drawn. With an explicit stop an
    episode is a success if the agent stops at the goal or next to it (task completion as Touchdown
    counts it); without, as in the LFM paper, as soon as it comes to the goal itself. When it is
    over ``info["metrics"]`` has the published metrics (:mod:`envs.touchdown.metrics`), worked out
    when first read.

    Args:
        split: which routes; the made-up city has ``train``, ``dev``, ``dev_unseen``, ``test`` and
            ``test_unseen``, official scenarios ``train``, ``dev`` and ``test``.
        max_steps: actions after which an unfinished episode is truncated.
        actions: ``turns`` (forward, left, right, turn_around: VELMA's) or ``neighbor`` (a direction
            for each panorama next to the agent's: the LFM paper's).
        stop: ``explicit`` or ``auto``, see above.
        landmarks: ``none``, ``osm`` (OpenStreetMap's places) or the path of a scores file.
        traffic: whether it is said where traffic flows (:mod:`envs.touchdown.traffic`).
        data: folder with a street graph; None for a made-up city.
        routes: file with routes to use in place of the split's.
        scenario: official scenario that the split is of, e.g. ``map2seq_unseen``; None for
            ``DATA/data/SPLIT.json``.
        world_seed: which made-up city.
        games: use only so many tasks, spread evenly; 0 for all.

    Raises:
        UserError: a value is none of these, or a file is missing or bad.
    """

    name: ClassVar[str] = "touchdown"
    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]
    capabilities = frozenset({"expert", "progress", "snapshot"})
    walks = True
    privileged_expert = True
    metrics = tuple(METRICS)

    def __init__(
        self,
        split: str = "train",
        max_steps: int = 55,
        actions: str = TURNS,
        stop: str = EXPLICIT,
        landmarks: str = OSM,
        traffic: bool = False,
        data: str | None = None,
        routes: str | None = None,
        scenario: str | None = None,
        world_seed: int = 0,
        games: int = 0,
    ):
        EzPickle.__init__(
            self,
            split,
            max_steps,
            actions,
            stop,
            landmarks,
            traffic,
            data,
            routes,
            scenario,
            world_seed,
            games,
        )
        check_choice("actions", actions, ACTIONS)
        check_choice("stop", stop, STOPS)
        if max_steps < 1:
            raise UserError(f"max_steps={max_steps}: an episode needs at least one step.")
        if games < 0:
            raise UserError(f"games={games}: say how many tasks to use, or 0 for all.")
        self.split, self.max_steps, self.actions, self.stop = split, max_steps, actions, stop
        source = Source(data, routes, scenario, landmarks, world_seed)
        self._world = source.world()
        found = source.read(split, self._world.graph)
        count = min(games, len(found)) or len(found)
        chosen = [found[number * len(found) // count] for number in range(count)]
        self._routes = {route.task_id: route for route in chosen}
        self.task_ids = tuple(self._routes)
        kind = f"{actions}-{stop}-{self._world.landmarks.name}{'-traffic' * traffic}"
        self.version = f"{RULES_VERSION}/{self._world.version}/{kind}"
        self.observation_space = spaces.Text(MAX_OBSERVATION, charset=_PRINTABLE + "\n")
        self.action_space = spaces.Text(MAX_ACTION, charset=_PRINTABLE)
        self._explicit = stop == EXPLICIT
        self._traffic = traffic
        self._episode: _Episode | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of streets, landmarks and routes."""
        digest = hashlib.sha256(self._world.fingerprint.encode())
        digest.update(repr(tuple(self._routes.values())).encode())
        return digest.hexdigest()[:16]

    @property
    def graph(self) -> StreetGraph:
        """The streets. Privileged."""
        return self._world.graph

    @property
    def moves(self) -> Moves:
        """Which actions there are in the episode that was begun last, and where they lead."""
        return self._begun().sights.moves

    @property
    def state(self) -> State:
        """Where the agent stands and looks, also when the episode is over. Privileged."""
        return self._begun().spot.state

    @property
    def visited(self) -> Sequence[int]:
        """Panoramas of the walk up to now, each once for every stay. Privileged."""
        return self._begun().visited

    def route(self, task_id: str) -> Route:
        """The route of a task. Privileged.

        Raises:
            UserError: there is no such task; the message names similar ones.
        """
        route = self._routes.get(task_id)
        if route is None:
            hint, count = similar_names(task_id, self.task_ids), len(self.task_ids)
            raise UserError(
                f"There is no task {task_id!r} among the {count} of {self.split}{hint}."
            )
        return route

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode; see the class for ``options``.

        Raises:
            UserError: an option is unknown, or names a task that does not exist.
        """
        super().reset(seed=seed)
        check_options(options or {})
        number = int(self.np_random.integers(len(self.task_ids)))
        route = self.route(str((options or {}).get("task_id", self.task_ids[number])))
        sights = self._world.sights(self.actions, self._explicit, self._traffic, route.instruction)
        spot = sights.spot(sights.moves.start(route))
        visited = [route.panos[0]] if spot.pano == route.panos[0] else [route.panos[0], spot.pano]
        self._episode = episode = _Episode(route, sights, spot, visited, spot.text)
        return spot.text, self._info(episode)

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Do something; the reward is 1 for the step that makes the episode a success.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._episode
        if episode is None or episode.over:
            raise ResetNeeded("there is no running episode: call reset()")
        episode.steps += 1
        spot = episode.sights.follow(episode.spot, action)
        if spot is not None:
            self._move(episode, spot)
        elif action == STOP and self._explicit:
            _stop(self._world.graph, episode)
        else:
            episode.admissible = False
            episode.observation = f"{_REFUSED}\n{episode.spot.text}"
        success = episode.success
        terminated = success or episode.stopped
        truncated = not terminated and episode.steps >= self.max_steps
        episode.over = terminated or truncated
        return episode.observation, float(success), terminated, truncated, self._info(episode)

    def expert_action(self) -> str:
        """What one who knows the route would do: follow it, or go to the goal if off it.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._begun()
        target = next_pano(self._world.graph, episode.route.panos, episode.visited)
        if target is None:
            return STOP
        return episode.sights.moves.gold(episode.spot.state, target)

    def distance_to_goal(self) -> int:
        """Actions to the goal itself on a shortest way, and the stop there; 0 after a success.

        :data:`~envs.touchdown.hops.UNREACHABLE` if no way leads there, or the agent has stopped
        elsewhere. Privileged.

        Raises:
            ResetNeeded: no episode has begun.
        """
        episode = self._begun()
        if episode.success:
            return 0
        if episode.stopped:
            return UNREACHABLE
        goal = episode.route.panos[-1]
        if episode.hops is None:
            episode.hops = self._world.graph.distances_to(goal)
        actions = actions_to(episode.sights.moves, episode.spot.state, goal, episode.hops)
        return min(actions + self._explicit, UNREACHABLE)

    def snapshot(self) -> Snapshot:
        """This moment of the episode, also when it is over."""
        return Snapshot(_copy(self._begun()))

    def restore(self, state: object) -> tuple[str, Info]:
        """Go back to a :class:`Snapshot` of this environment."""
        if not isinstance(state, Snapshot):
            raise TypeError(f"restore() takes what snapshot() gave, not {type(state).__name__}")
        self._episode = episode = _copy(state.episode)
        return episode.observation, self._info(episode)

    def forget(self) -> None:
        """Let go of what is remembered of places, which is made again when it is needed.

        All environments of a process share it; of all Manhattan it is some 50 MB.
        """
        self._world.forget()

    def _move(self, episode: _Episode, spot: Spot) -> None:
        if spot.pano != episode.spot.pano:
            episode.visited.append(spot.pano)
            if not self._explicit:
                episode.success = spot.pano == episode.route.panos[-1]
        episode.spot = spot
        episode.admissible = True
        episode.observation = spot.text

    def _begun(self) -> _Episode:
        if self._episode is None:
            raise ResetNeeded("call reset() first")
        return self._episode

    def _info(self, episode: _Episode) -> Info:
        route = episode.route
        info = {
            "task_id": route.task_id,
            "task_type": route.source,
            "instruction": route.instruction,
            "admissible_actions": episode.spot.admissible,
            "score": float(episode.success),
            "success": episode.success,
            "admissible": episode.admissible,
        }
        if episode.over:
            visited = tuple(episode.visited)
            walk = Walk(self._world.graph, route.panos, visited, episode.stopped)
            info["metrics"] = LazyMetrics(walk)
        return info


def _stop(graph: StreetGraph, episode: _Episode) -> None:
    """End the episode where it is: a success at the goal or next to it."""
    goal = episode.route.panos[-1]
    episode.stopped = episode.admissible = True
    episode.success = episode.spot.pano == goal or episode.spot.pano in targets(graph, goal)
    episode.observation = _STOPPED


def _copy(episode: _Episode) -> _Episode:
    """An episode that goes its own way from here; what it refers to does not change."""
    twin = copy.copy(episode)
    twin.visited = episode.visited.copy()
    return twin
