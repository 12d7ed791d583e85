"""Which way traffic flows, as far as the panoramas say it.

The middle of a panorama's picture looks where the car with the camera drove
(:attr:`envs.touchdown.graph.Node.yaw`), and most of Manhattan's streets are one-way. Many of
Touchdown's instructions begin with it: "go with the flow of traffic". VELMA (Schumann et al., 2023)
finds it in pictures of cars and says it once, at the start; here the graph's own file tells it.
"""

from __future__ import annotations

from envs.touchdown.graph import StreetGraph
from envs.touchdown.moves import State, relative
from envs.touchdown.wording import TOWARDS, listed, sector

_ASIDE = 90
"""Degrees from which on a way is no longer one with the traffic."""


class Traffic:
    """Says at each place which of the ways out go with the traffic.

    A way does so if the car drove along it in the panorama that it leads to: that of a crossing is
    of one of its streets only. In a street with traffic both ways it is the way that the car took.

    Args:
        graph: the streets.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._graph = graph

    def along(self, heading: int, target: int) -> bool:
        """Whether a way with a heading, to a panorama, is with the traffic."""
        return abs(relative(self._graph.yaws[target], heading)) < _ASIDE

    def lines(self, state: State) -> list[str]:
        """``Traffic flows straight ahead and to the left.``, or nothing if no way goes with it."""
        turns = sorted(
            relative(state.heading, heading)
            for heading, target in self._graph.edges[state.pano]
            if self.along(heading, target)
        )
        ways = tuple(dict.fromkeys(TOWARDS[sector(turn)] for turn in turns))
        return [f"Traffic flows {listed(ways)}."] if ways else []
