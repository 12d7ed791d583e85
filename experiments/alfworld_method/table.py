"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.alfworld_method.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.alfworld_method.run --out DIR`` made, and says on stderr which
runs are not finished and therefore left out; without it ``results.json`` beside this module is read
again. The tables are printed; ``--readme`` also writes them between the marks of ``README.md``, and
``results.json``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from envs.files import read_json, write_json, write_text
from experiments.alfworld_method.page import page
from experiments.alfworld_method.record import gather
from experiments.command import in_one_sentence
from experiments.markdown import with_figures

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.alfworld_method.table -->"


@in_one_sentence
def main(arguments: Sequence[str] | None = None, here: Path = HERE) -> int:
    """Print the tables, and write the files if asked to.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, help="folder of the arms' runs and the trials")
    parser.add_argument("--readme", action="store_true", help="write the page and the JSON file")
    options = parser.parse_args(arguments)
    readme, results = here / "README.md", here / "results.json"
    record, unfinished = gather(options.runs) if options.runs else (read_json(results), [])
    for folder in unfinished:
        sys.stderr.write(f"left out, as it is not finished: {folder}\n")
    figures = page(record)
    if options.readme:
        text = with_figures(readme.read_text("utf-8"), figures, BEGIN)
        write_json(results, record)
        write_text(readme, text)
    sys.stdout.write(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
