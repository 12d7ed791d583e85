"""Run LFM, LFM with suggestions, and the planner as the teacher, each with every seed.

    python -m experiments.alfworld_suggestions.run --out DIR [--seeds 0 1 2]

On generated games. An arm's run with seed N is ``DIR/<arm>/seedN``, what it took is beside it in
``seedN.json``. Finished runs are left alone, begun ones are gone on with. All arms imitate episodes
of the same tries: what does not depend on the teacher is copied from the arm ``lfm``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from experiments.command import argument_parser, in_one_sentence
from experiments.runs import run_folder, run_seed
from experiments.sharing import take_over

DATA = "env.data=generated"
BASE = (
    "threads=1",
    "recipe.demonstrations=30",
    "recipe.rollout_tasks=100",
    "recipe.rounds=1",
    "recipe.adaptation.rounds=0",
    "recipe.eval_tasks=60",
    "policy.updates=200",
    "feedback_model.updates=200",
)
"""A tenth of the tries that are the default, and two fifths or less of the updates: a trial."""

_CLONED = (
    *("demonstrations", "policies/bc"),
    *("evaluations/bc-valid_seen", "evaluations/bc-valid_unseen"),
    "rollouts/round1",
)
_JUDGED = (*_CLONED, "feedback/round1", "feedback_model/round1", "judgements/round1")

ARMS: dict[str, tuple[str, ...]] = {
    "lfm": (),
    "suggestion": ("recipe.teacher=suggestion",),
    "planner": ("recipe=dagger", "recipe.teacher=planner"),
}
"""Name -> what it changes."""
SHARED = {"lfm": (), "suggestion": _JUDGED, "planner": _CLONED}
"""Name -> stages that are copied from the arm ``lfm``."""


def settings_of(arm: str) -> tuple[str, ...]:
    """All settings of an arm, but for environment, data, seed and folder."""
    return (*BASE, *ARMS[arm])


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is not there yet; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    options = parser.parse_args(arguments)
    for seed, arm in product(options.seeds, ARMS):
        folder, base = run_folder(options.out / arm, seed), run_folder(options.out / "lfm", seed)
        if SHARED[arm]:
            given = ("env=alfworld", f"seed={seed}", DATA, *settings_of(arm))
            take_over(base, folder, given, SHARED[arm])
        if code := run_seed("alfworld", options.out / arm, seed, (DATA, *settings_of(arm))):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
