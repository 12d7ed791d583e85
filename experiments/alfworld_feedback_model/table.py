"""Write the figures of the judged runs into the page; nothing in them is typed by hand.

    python -m experiments.alfworld_feedback_model.table --results FILE.json [--readme FILE.md]

``FILE.json`` is what ``experiments.alfworld_feedback_model.judge`` wrote. The figures go between
the marks of the page beside this module, or of the one that ``--readme`` names.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from envs.files import read_json, write_text
from experiments.alfworld_feedback_model.page import page
from experiments.command import argument_parser, in_one_sentence
from experiments.markdown import with_figures

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- figures: written by experiments.alfworld_feedback_model.table -->"


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figures into the page.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--results", type=Path, required=True, help="JSON file of the judge")
    parser.add_argument("--readme", type=Path, default=README)
    options = parser.parse_args(arguments)
    figures = page(read_json(options.results))
    text = with_figures(options.readme.read_text("utf-8"), figures, BEGIN)
    write_text(options.readme, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
