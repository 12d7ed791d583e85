"""Run the default job once for every seed, one after another, and measure time and memory.

    python -m experiments.alfworld_default.run --out DIR [--seeds 0 1 2 3 4] [setting=value ...]

Every run is ``python -m lfm.train env=alfworld seed=N run_dir=DIR/seedN`` with the settings given.
Finished runs are left alone, begun ones are gone on with. What each session took is written to
``DIR/seedN.json``, beside the run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.command import argument_parser, in_one_sentence
from experiments.runs import run_seed

SEEDS = (0, 1, 2, 3, 4)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run all seeds; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    given = sys.argv[1:] if arguments is None else arguments
    overrides = [text for text in given if "=" in text and not text.startswith("-")]
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args([text for text in given if text not in overrides])
    for seed in options.seeds:
        code = run_seed("alfworld", options.out, seed, overrides)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
