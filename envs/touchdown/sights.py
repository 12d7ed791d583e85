"""What an agent finds at a place: text and admissible actions, made when first needed and kept."""

from __future__ import annotations

from envs.touchdown.landmarks.base import Landmarks
from envs.touchdown.moves import STOP, Moves, State
from envs.touchdown.traffic import Traffic


class Spot:
    """A state as an agent finds it.

    Attributes:
        state: where it stands and looks.
        pano: number of the panorama.
        text: what is seen.
        admissible: what can be done.
        ways: movement -> the spot that it leads to, or its state until someone has been there.
    """

    __slots__ = ("admissible", "pano", "state", "text", "ways")

    def __init__(
        self,
        state: State,
        moves: Moves,
        landmarks: Landmarks,
        stops: bool,
        traffic: Traffic | None,
    ) -> None:
        self.state = state
        self.pano = state.pano
        lines = moves.lines(state, landmarks.visible(state.pano, state.heading))
        if traffic is not None:
            lines += traffic.lines(state)
        self.text = "\n".join(lines)
        self.ways: dict[str, State | Spot] = {**moves.options(state)}
        self.admissible = (*self.ways, STOP) if stops else tuple(self.ways)


class Sights:
    """All spots of a city, as far as anyone has been there.

    Args:
        moves: which actions there are.
        landmarks: what can be seen.
        stops: whether :data:`~envs.touchdown.moves.STOP` is an action.
        traffic: what says where it flows; None if that is not said.
    """

    def __init__(
        self, moves: Moves, landmarks: Landmarks, stops: bool, traffic: Traffic | None = None
    ) -> None:
        self.moves = moves
        self._landmarks = landmarks
        self._stops = stops
        self._traffic = traffic
        self._spots: dict[State, Spot] = {}

    def spot(self, state: State) -> Spot:
        """The state as an agent finds it."""
        found = self._spots.get(state)
        if found is None:
            found = Spot(state, self.moves, self._landmarks, self._stops, self._traffic)
            self._spots[state] = found
        return found

    def follow(self, spot: Spot, action: str) -> Spot | None:
        """Where an action leads; None if it is no movement that is possible there."""
        way = spot.ways.get(action)
        if isinstance(way, State):
            way = spot.ways[action] = self.spot(way)
        return way
