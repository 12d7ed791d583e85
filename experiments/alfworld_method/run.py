"""Run the arms of the experiment, each with every seed, and the trials of policies.

    python -m experiments.alfworld_method.run --out DIR --data DATA [--arms lfm all] [--seeds 0 1]

``DATA`` holds ``json_2.1.1`` of ALFWorld. An arm's run with seed N is ``DIR/<arm>/seedN``, what it
took is beside it in ``seedN.json``. Finished runs are left alone, begun ones are gone on with, so
the command may be stopped and given again. Two of them, with other seeds, may work side by side in
one ``DIR``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.alfworld_default.run import SEEDS
from experiments.alfworld_method.arms import (
    ARMS,
    TRIALS,
    TRIED_POLICIES,
    Arm,
    Trial,
    arm,
    settings_of,
)
from experiments.command import argument_parser, in_one_sentence
from experiments.runs import evaluate, run_folder, run_seed
from experiments.sharing import take_over
from lfm.layout import policy


def trial_file(out: Path, trial: Trial, policy_name: str, seed: int) -> Path:
    """Where the result of a trial is."""
    return out / "trials" / f"{trial.name}-{policy_name}-seed{seed}.json"


def run_arm(out: Path, each: Arm, seed: int, data: str) -> int:
    """Run an arm with a seed, unless that is done; returns the exit code."""
    folder, base = run_folder(out / each.name, seed), run_folder(out / "lfm", seed)
    settings = [f"env.data={data}", *settings_of(each)]
    if each.shares:
        take_over(base, folder, ["env=alfworld", f"seed={seed}", *settings], each.shares)
    return run_seed("alfworld", out / each.name, seed, settings)


def expert_file(out: Path, seed: int) -> Path:
    """Where the result of the exploring expert is."""
    return out / "trials" / f"expert-seed{seed}.json"


def run_trials(out: Path, seed: int, data: str) -> int:
    """Evaluate the policies of the arm ``lfm`` as the trials say, and the exploring expert.

    Returns:
        The exit code.
    """
    policies = run_folder(out / "lfm", seed)
    planned = {
        trial_file(out, trial, name, seed): (str(policies / policy(name)), trial.settings)
        for trial in TRIALS
        for name in TRIED_POLICIES
    }
    planned[expert_file(out, seed)] = ("expert", ())
    common = ("env=alfworld", "env.split=valid_seen", f"env.data={data}")
    for file, (tried, settings) in planned.items():
        code = evaluate(tried, file, seed, [*common, *settings])
        if code:
            return code
    return 0


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--data", required=True, help="folder that holds json_2.1.1")
    parser.add_argument("--arms", nargs="+", choices=[*(a.name for a in ARMS), "trials"])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args(arguments)
    for name in options.arms or [*(each.name for each in ARMS), "trials"]:
        for seed in options.seeds:
            code = (
                run_trials(options.out, seed, options.data)
                if name == "trials"
                else run_arm(options.out, arm(name), seed, options.data)
            )
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
