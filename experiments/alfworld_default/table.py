"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.alfworld_default.table [--runs DIR] [--name default] [--readme]

``--runs`` gathers the run directories that ``experiments.alfworld_default.run`` made; without it
the JSON file beside this module is read again. The tables are printed; ``--readme`` also writes
them between the marks of the page, and the JSON file. ``--name default`` is ``README.md`` and
``results.json``, another name is ``NAME.md`` and ``NAME.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from envs.files import read_json, write_json, write_text
from experiments.alfworld_default.page import page
from experiments.alfworld_default.record import gather
from experiments.command import argument_parser, in_one_sentence
from experiments.markdown import END, with_figures

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.alfworld_default.table -->"


def files_of(name: str, here: Path = HERE) -> tuple[Path, Path]:
    """The page and the JSON file of a name."""
    if name == "default":
        return here / "README.md", here / "results.json"
    return here / f"{name}.md", here / f"{name}.json"


@in_one_sentence
def main(arguments: Sequence[str] | None = None, here: Path = HERE) -> int:
    """Print the tables, and write the files if asked to.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--runs", type=Path, help="folder of the runs seed0, seed1, ...")
    parser.add_argument("--name", default="default")
    parser.add_argument("--readme", action="store_true", help="write the page and the JSON file")
    options = parser.parse_args(arguments)
    readme, results = files_of(options.name, here)
    record = gather(options.runs) if options.runs else read_json(results)
    figures = page(record)
    if options.readme:
        old = readme.read_text("utf-8") if readme.exists() else f"# {options.name}\n\n"
        text = with_figures(old if BEGIN in old else f"{old}{BEGIN}\n{END}\n", figures, BEGIN)
        write_json(results, record)
        write_text(readme, text)
    sys.stdout.write(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
