"""Count what the generator draws from, on the official training games.

    python -m experiments.alfworld_rooms.measure --data DIR --out FILE

Writes the table ``envs/alfworld/room_statistics.json`` (counts and rates, no game content). Last
line: whether it equals the one that the package ships.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from envs.alfworld.cache import load_split
from envs.alfworld.game import GOAL_KINDS, Game
from envs.alfworld.room_statistics import ROOMS, guess_room

FLAGS = (
    "pickupable",
    "container",
    "cleanable",
    "heatable",
    "coolable",
    "toggleable",
    "sliceable",
)
RARE_ITEM = 0.02
"""Items in a smaller share of a room type's games are left out."""
RARE_PLACE = 0.004
RARE_ECHO = 0.03
ECHOING = ("pan", "pot", "mug")
"""Items listed in two receptacles often enough to matter, in the official kitchens."""
SOURCE = (
    "Counted on the 3,553 games of the official ALFWorld train split (json_2.1.1); counts and "
    "rates only. See experiments/alfworld_rooms/measure.py."
)
_TYPE = re.compile(r"\((?:object|receptacle)Type \S+ (\w+)Type\)")


def measure(data: Path, games: Sequence[Game]) -> dict[str, Any]:
    """The whole table."""
    contain: defaultdict[str, set[str]] = defaultdict(set)
    flags: defaultdict[str, set[str]] = defaultdict(set)
    for game in games:
        for receptacle, kind in game.can_contain:
            contain[receptacle].add(kind)
        for item in game.items:
            for flag in item.flags:
                flags[flag].add(item.kind)
    return {
        "source": SOURCE,
        "spelling": _spelling(data, games),
        "flags": {flag: sorted(flags[flag]) for flag in FLAGS},
        "openable": sorted({r.kind for game in games for r in game.receptacles if r.openable}),
        "can_contain": {kind: sorted(contain[kind]) for kind in sorted(contain)},
        "rooms": {room: _measure_room(_games_in(room, games)) for room in ROOMS},
    }


def _spelling(data: Path, games: Iterable[Game]) -> dict[str, str]:
    """Kind -> official spelling, which only the original files have."""
    found: dict[str, str] = {}
    for game in games:
        file = data / "json_2.1.1" / "train" / game.task_id / "game.tw-pddl"
        for name in _TYPE.findall(file.read_text("utf-8")):
            found[name.lower()] = name
    return dict(sorted(found.items()))


def _games_in(room: str, games: Iterable[Game]) -> list[Game]:
    return [g for g in games if guess_room({place.kind for place in g.receptacles}) == room]


def _measure_room(games: Sequence[Game]) -> dict[str, Any]:
    layouts = {game.scene: game for game in games}
    return {
        "receptacles": _receptacle_counts(layouts.values()),
        "shares": _shared_spots(layouts.values()),
        "items": _item_statistics(games),
        "tasks": _tasks(games),
    }


def _receptacle_counts(layouts: Iterable[Game]) -> dict[str, list[int]]:
    """Kind -> number of layouts with 0, 1, 2, ... of it."""
    counts = [Counter(place.kind for place in game.receptacles) for game in layouts]
    kinds = sorted(set().union(*counts))
    histograms = {kind: Counter(count[kind] for count in counts) for kind in kinds}
    return {kind: [h[n] for n in range(max(h) + 1)] for kind, h in histograms.items()}


def _shared_spots(layouts: Iterable[Game]) -> dict[str, dict[str, float]]:
    """Kind -> other kind -> share of its receptacles that stand at the other's spot."""
    pairs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for game in layouts:
        spots: defaultdict[int, list[str]] = defaultdict(list)
        for place in game.receptacles:
            spots[place.location].append(place.kind)
            total[place.kind] += 1
        for kinds in map(sorted, spots.values()):
            for kind in kinds[1:]:
                pairs[kind][kinds[0]] += 1
    return {
        kind: {other: round(n / total[kind], 3) for other, n in others.items()}
        for kind, others in pairs.items()
    }


def _item_statistics(games: Sequence[Game]) -> dict[str, Any]:
    """How many there are, where they lie, and where they are listed besides."""
    per_game: defaultdict[str, Counter[int]] = defaultdict(Counter)
    placed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    possible: defaultdict[str, Counter[str]] = defaultdict(Counter)
    echoes: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for game in games:
        present = {place.kind for place in game.receptacles}
        lying = [item for item in game.items if item.receptacles]
        for kind, count in Counter(item.kind for item in lying).items():
            per_game[kind][count] += 1
        for item in lying:
            kinds = [game.receptacles[place].kind for place in item.receptacles]
            placed[item.kind][kinds[0]] += 1
            possible[item.kind].update(present)
            if len(kinds) > 1:
                echoes[item.kind][kinds[0], kinds[1]] += 1
    table: dict[str, Any] = {}
    for kind in sorted(per_game):
        absent = len(games) - per_game[kind].total()
        if len(games) - absent < RARE_ITEM * len(games):
            continue
        counts = [absent, *(per_game[kind][n] for n in range(1, max(per_game[kind]) + 1))]
        rates = {place: n / possible[kind][place] for place, n in sorted(placed[kind].items())}
        places = {place: round(rate, 3) for place, rate in rates.items() if rate >= RARE_PLACE}
        table[kind] = {"counts": counts, "places": places}
        also = _echo_rates(echoes[kind], placed[kind]) if kind in ECHOING else {}
        if also:
            table[kind]["also_in"] = also
    return table


def _echo_rates(
    echoes: Counter[tuple[str, str]], placed: Counter[str]
) -> dict[str, dict[str, float]]:
    rates: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (first, second), count in echoes.items():
        if count / placed[first] > RARE_ECHO:
            rates[first][second] = round(count / placed[first], 3)
    return dict(rates)


def _tasks(games: Iterable[Game]) -> dict[str, Any]:
    counts = Counter((game.goal.kind, game.goal.item, game.goal.target) for game in games)
    table: dict[str, Any] = {}
    for (kind, item, target), count in sorted(
        counts.items(), key=lambda entry: (GOAL_KINDS.index(entry[0][0]), entry[0])
    ):
        table.setdefault(kind, {}).setdefault(item, {})[target] = count
    return table


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds json_2.1.1")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args()
    table = measure(options.data, load_split(str(options.data), "train"))
    options.out.write_text(json.dumps(table, separators=(",", ":")), encoding="utf-8")
    shipped = resources.files("envs.alfworld").joinpath("room_statistics.json").read_text("utf-8")
    same = json.loads(shipped) == table
    sys.stdout.write(f"{'equal to' if same else 'differs from'} the shipped table\n")


if __name__ == "__main__":
    main()
