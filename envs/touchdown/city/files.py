"""A made-up city as files, laid out and written as the real ones are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from envs.files import write_text
from envs.touchdown.city.city import City
from envs.touchdown.city.splits import SPLITS


def write_city(city: City, folder: Path) -> tuple[Path, ...]:
    """Write streets, places and the routes of all splits.

    Args:
        city: what to write.
        folder: gets ``graph`` with ``nodes.txt``, ``links.txt``, ``unseen_area.txt``, ``pois.txt``
            and ``pano_pois.txt``, and ``data`` with a JSON-lines file for each split.

    Returns:
        The files.

    Raises:
        UserError: if a file cannot be written.
    """
    texts = {
        "graph/nodes.txt": _lines(
            (id_, yaw, f"{lat:.6f}", f"{lng:.6f}") for id_, yaw, lat, lng in city.nodes
        ),
        "graph/links.txt": _lines(city.links),
        "graph/unseen_area.txt": f"unseen_area = {json.dumps(city.streets.unseen_area)}\n",
        "graph/pois.txt": _lines((*poi[:3], json.dumps(poi.tags)) for poi in city.pois),
        "graph/pano_pois.txt": _lines(city.sightings),
    }
    for split in SPLITS:
        rows = (json.dumps(row) for row in city.rows(split))
        texts[f"data/{split}.json"] = "".join(f"{row}\n" for row in rows)
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(folder / name for name in texts)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)
