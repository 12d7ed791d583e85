"""The splits of the made-up city.

Apart from the city, because every command knows their names and few make one.
"""

from __future__ import annotations

from collections.abc import Mapping

SPLITS: Mapping[str, int] = {
    "train": 1500,
    "dev": 200,
    "dev_unseen": 200,
    "test": 200,
    "test_unseen": 200,
}
"""Routes of each split. Those of ``*_unseen`` are in the district that is held out."""
