"""What is run: arms that learn, and actors that learn nothing under the same conditions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ENV = "touchdown"
SEEDS = (0, 1, 2)

METHODS = {"bc": "BC", "lfm": "LFM", "adapted": "adapted"}
"""Name of a method in ``results.json`` of a run -> in the tables."""
REFERENCES = {
    "straight": "straight on",
    "random_walk": "random, not back",
    "traffic_walk": "random, with traffic, not back",
    "random": "random actions",
    "expert": "expert",
}
"""Actors that learn nothing -> in the tables."""
TRAFFIC = "env.traffic=true"
"""Setting of an arm where it is said which way traffic flows; elsewhere one of them knows less."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A job that is run with every seed.

    Attributes:
        name: of its folder and on the command line.
        title: in tables.
        learning: settings of learning.
        walking: settings of the environment, which the references have too.
        learned: file of the routes that are learned from; none in the made-up city; empty too
            where :mod:`experiments.touchdown_method.mixture` writes one.
        walked: file of the routes that are evaluated on.
    """

    name: str
    title: str
    learning: tuple[str, ...] = ()
    walking: tuple[str, ...] = ()
    learned: str = ""
    walked: str = ""

    @property
    def settings(self) -> tuple[str, ...]:
        """All but the places of files."""
        return ("threads=1", *self.learning, *self.walking)

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the actors that learn nothing."""
        return tuple(each for each in REFERENCES if each != "traffic_walk" or self.traffic)

    @property
    def traffic(self) -> bool:
        """Whether it is said which way traffic flows."""
        return TRAFFIC in self.walking

    def files(self, data: Path | None) -> tuple[str, ...]:
        """The places of files as settings, with ``data`` holding ``graph`` and ``routes``."""
        if not self.walked or data is None:
            return ()
        return (f"env.data={data}", f"env.routes={data / 'routes' / self.walked}")

    def training_routes(self, data: Path, out: Path) -> Path:
        """The file of the routes that are learned from, ``out`` having those that are written."""
        return data / "routes" / self.learned if self.learned else out / self.name / MIXTURE

    def training_files(self, data: Path | None, out: Path) -> tuple[str, ...]:
        """The same of a run, which learns from other routes."""
        found = self.files(data)
        if not (data and found):
            return ()
        return (*found, f"env.train_routes={self.training_routes(data, out)}")


SEEN_AREA = "map2seq_seen_area.json"
"""The routes of map2seq that are learned from."""
MIXTURE = "train_routes.json"
"""Name of a written file of routes."""
ARMS = (
    Arm("city", "made-up city"),
    Arm(
        "map2seq",
        "map2seq, unseen dev",
        learning=("experiment=touchdown_map2seq",),
        learned=SEEN_AREA,
        walked="map2seq_unseen_dev.json",
    ),
    Arm(
        "lenient",
        "Touchdown, part of unseen dev, the LFM paper's protocol",
        learning=("experiment=touchdown_lenient",),
        walking=("env.actions=neighbor", "env.stop=auto", "env.landmarks=none", TRAFFIC),
        walked="touchdown_unseen_dev_part.json",
    ),
)
"""In the order in which they are run."""


def arm(name: str) -> Arm:
    """The arm of that name.

    Raises:
        KeyError: if there is none.
    """
    return {each.name: each for each in ARMS}[name]
