"""Run the arms of the experiment, each with every seed, and actors that learn nothing.

    python -m experiments.touchdown_method.run --out DIR [--data DIR] [--arms NAME ...] [--seeds 0]

``--data`` has the street graph in ``graph`` and the files of routes in ``routes``; without it there
is only the arm ``city``. An arm's run with seed N is ``DIR/<arm>/seedN``, what it took is beside it
in ``seedN.json``, and what actors reach that learn nothing is in ``DIR/<arm>/references``. What is
finished is left alone, begun runs are gone on with, so the command may be stopped and given again.
Two of them, with other seeds, may work side by side in one ``DIR``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.command import argument_parser, in_one_sentence
from experiments.runs import evaluate, run_seed
from experiments.touchdown_method.arms import ARMS, ENV, SEEDS, Arm, arm
from experiments.touchdown_method.mixture import write_mixture


def reference_file(out: Path, of: Arm, actor: str) -> Path:
    """Where the result of an actor that learns nothing is."""
    return out / of.name / "references" / f"{actor}.json"


def _codes(out: Path, of: Arm, data: Path | None, seeds: Sequence[int]) -> Iterator[int]:
    """The exit codes of all that belongs to an arm."""
    walking = [f"env={ENV}", *of.walking, *of.files(data)]
    for actor in of.references:
        yield evaluate(actor, reference_file(out, of, actor), SEEDS[0], walking)
    if data and of.walked and not of.learned and not of.training_routes(data, out).exists():
        write_mixture(data, of.training_routes(data, out))
    for seed in seeds:
        yield run_seed(ENV, out / of.name, seed, [*of.settings, *of.training_files(data, out)])


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; stops at the first command that fails.

    Returns:
        The exit code of the last command.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--data", type=Path, help="folder of the street graph and the routes")
    parser.add_argument("--arms", nargs="+", choices=[each.name for each in ARMS])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args(arguments)
    usual = [each.name for each in ARMS if options.data or not each.walked]
    chosen = [arm(name) for name in options.arms or usual]
    for each in chosen:
        if each.walked and options.data is None:
            parser.error(f"the arm {each.name} needs files: name their folder with --data")
    codes = (
        code for each in chosen for code in _codes(options.out, each, options.data, options.seeds)
    )
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
