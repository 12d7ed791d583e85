"""What every source of landmarks is: phrases with bearings at a panorama."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, Protocol

_LOOKALIKES = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
"""Curly quotes and long dashes, and what stands for them on a keyboard."""


class Landmark(NamedTuple):
    """Something that can be seen from a panorama.

    Attributes:
        phrase: what it is called in an observation, e.g. ``"a bus stop"``.
        bearing: where it is, in degrees clockwise from north, from 0 to less than 360.
    """

    phrase: str
    bearing: float


class Landmarks(Protocol):
    """A source of landmarks over the panoramas of one street graph.

    What is visible may depend on the place, the heading and the instruction, never on the route,
    on the goal, or on what was done before: an agent could know it, and a text can be cached.
    """

    @property
    def name(self) -> str:
        """A short name for results, e.g. ``"osm"``."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that what is visible depends on."""

    def visible(self, pano: int, heading: float) -> Sequence[Landmark]:
        """What can be seen from a panorama, the most telling first.

        Args:
            pano: index of the panorama in the street graph.
            heading: where the agent looks, in degrees clockwise from north.

        Returns:
            Landmarks all around, also behind; what to do with them is the caller's choice.
        """

    def for_instruction(self, instruction: str) -> Landmarks:
        """The source to ask in an episode with this instruction.

        Most sources show the same whatever was asked and return themselves, so that texts made
        for one episode are good for all. One that looks for the things that the instruction
        names returns another source.
        """


def plain(text: str) -> str:
    """The text in printable ASCII on one line: ``"Café "`` becomes ``"Cafe"``.

    People write names with and without accents; what an observation and an instruction call by
    one name should be spelled alike. Accents are dropped, curly quotes and dashes made straight,
    other characters left out, and white space becomes single spaces.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    parts = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES))
    kept = (c for c in parts if c.isspace() or (c.isascii() and c.isprintable()))
    return " ".join("".join(kept).split())
