"""The held-out area of a city: a polygon, and which points lie in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from envs.errors import UserError

Corner = tuple[float, float]
"""(lng, lat), in degrees."""


def read_polygon(file: Path) -> tuple[Corner, ...]:
    """The corners in a file such as Touchdown's ``bbox.txt``: ``name = [[lng,lat],...]``.

    What follows after the line with the corners is not read.

    Raises:
        UserError: if the file holds no such line.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {file}: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if "[" not in line:
            continue
        try:
            corners = tuple(
                (float(lng), float(lat)) for lng, lat in json.loads(line[line.index("[") :])
            )
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{file}, line {number}: no polygon ({error}); write [[lng,lat],[lng,lat],...]."
            ) from error
        if len(corners) >= 3:
            return corners
    raise UserError(f"{file} has no polygon; write its corners as [[lng,lat],[lng,lat],...].")


def inside(points: ArrayLike, corners: Sequence[Corner]) -> NDArray[np.bool_]:
    """Which points lie in the polygon: their ray to the east crosses it an odd number of times.

    Args:
        points: (N, 2), as (lng, lat).
        corners: of the polygon in order; the last is joined to the first.

    Returns:
        (N,).
    """
    x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
    odd = np.zeros(len(x), dtype=np.bool_)
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y1 != y2:
            crossing = x1 + (y - y1) * (x2 - x1) / (y2 - y1)
            odd ^= ((y1 > y) != (y2 > y)) & (x < crossing)
    return odd
