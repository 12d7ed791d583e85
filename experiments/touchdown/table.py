"""Write the benchmark's figures into its page; nothing in them is typed by hand.

    python -m experiments.touchdown.table [--runs DIR] [--readme]

DIR has files of ``experiments.touchdown.benchmark --out``; without it ``results.json`` beside this
module is read again. The figures are printed; ``--readme`` also writes them between the marks of
``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.markdown import section, table
from experiments.pages import results_in, table_command

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.touchdown.table -->"


def page(record: Sequence[Mapping[str, Any]]) -> str:
    """All sections of the page's figures."""
    speed, costs = _speed(record), _costs(record)
    return "\n\n".join((section("Steps per second", speed), section("The rest", costs)))


def _speed(record: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (each["streets"], name, f"**{speed['from_nothing']:,.0f}**", f"{speed['again']:,.0f}")
        for each in record
        for name, speed in each["steps_per_second"].items()
    ]
    note = f"Of one processor core, over {record[0]['walks']:,} walks, resets included."
    return table(("streets", "actions, landmarks", "from nothing", "again"), rows, note)


def _costs(record: Sequence[Mapping[str, Any]]) -> str:
    rows = [(name, *(f"{each['ms'][name]:.3f}" for each in record)) for name in record[0]["ms"]]
    note = "Milliseconds of one processor core; metrics are all of a walk's, worked out once."
    return table(("", *(each["streets"] for each in record)), rows, note)


main = table_command(__doc__, results_in, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
