"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.alfworld_method.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.alfworld_method.run --out DIR`` made, and says on stderr which
runs are not finished and therefore left out; without it ``results.json`` beside this module is read
again. The tables are printed; ``--readme`` also writes them between the marks of ``README.md``, and
``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.alfworld_method.page import page
from experiments.alfworld_method.record import gather
from experiments.command import argument_parser, in_one_sentence
from experiments.pages import obtain, write_figures

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.alfworld_method.table -->"


@in_one_sentence
def main(arguments: Sequence[str] | None = None, here: Path = HERE) -> int:
    """Print the tables, and write the files if asked to.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--runs", type=Path, help="folder of the arms' runs and the trials")
    parser.add_argument("--readme", action="store_true", help="write the page and the JSON file")
    options = parser.parse_args(arguments)
    record = obtain(options.runs, here, gather)
    figures = page(record)
    if options.readme:
        write_figures(record, figures, BEGIN, here)
    sys.stdout.write(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
