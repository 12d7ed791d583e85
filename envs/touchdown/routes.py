"""Routes and their instructions."""

from __future__ import annotations

from dataclasses import dataclass

TOUCHDOWN, MAP2SEQ, CITY = "touchdown", "map2seq", "city"
"""Where a route is from; see :attr:`Route.source`."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way through the streets, and what to tell someone who is to walk it.

    Attributes:
        task_id: stable name, e.g. ``"dev/4787"``; no part of it is a panorama's id.
        panos: numbers of the panoramas in the street graph, from start to goal; at least two.
        instruction: what to do, by a person or a generator.
        start_heading: where the agent looks at the start, in degrees clockwise from north; None
            where the data do not say it, and the way out closest to north is meant.
        source: ``touchdown``, ``map2seq`` or ``city``. By VELMA's rules the first panorama of a
            map2seq route is left before the agent is asked.
    """

    task_id: str
    panos: tuple[int, ...]
    instruction: str
    start_heading: float | None
    source: str
