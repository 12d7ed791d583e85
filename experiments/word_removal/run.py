"""Clone 20,000 answers of word removal with every seed, and measure time and memory.

    python -m experiments.word_removal.run --out DIR [--seeds 0 1 2]

The run of seed N is ``DIR/clone/seedN``, what it took is beside it in ``seedN.json``. Finished runs
are left alone, begun ones are gone on with. Two of it, with other seeds, may work side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.command import argument_parser, in_one_sentence
from experiments.runs import run_seed

ENV = "word_removal"
ARM = "clone"
SEEDS = (0, 1, 2)
SETTINGS = (
    *("recipe=bc", "policy=writer", "recipe.demonstrations=20000"),
    *("policy.updates=4000", "threads=1"),
)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run all seeds; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args(arguments)
    codes = (run_seed(ENV, options.out / ARM, seed, SETTINGS) for seed in options.seeds)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
