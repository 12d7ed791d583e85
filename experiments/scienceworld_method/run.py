"""Run the arms of the experiment, each with every seed, and the trials of their policies.

    python -m experiments.scienceworld_method.run --out DIR [--arms none easy trials] [--seeds 0 1]

An arm's run with seed N is ``DIR/<arm>/seedN``, what it took is beside it in ``seedN.json``. The
trials evaluate the policies of both arms under other conditions, and actors that learn nothing;
``--arms fulldev`` plays every variation of dev with policies of the arm ``none``, which takes long.
What is finished is left alone, begun runs are gone on with, so the command may be stopped and given
again. Two of them, with other seeds, may work side by side in one ``DIR``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from envs.errors import UserError
from experiments.command import argument_parser, in_one_sentence
from experiments.runs import evaluate, is_finished, run_folder, run_seed
from experiments.scienceworld_method.arms import (
    ADAPTED,
    ARMS,
    BC,
    ENV,
    FULLDEV_TRIALS,
    LFM,
    SEEDS,
    TRIALS,
    Trial,
    arm,
)
from lfm.layout import CONFIG_FILE, policy

_TRIALS = {"trials": TRIALS, "fulldev": FULLDEV_TRIALS}
"""What ``--arms`` takes besides the arms."""
USUAL = (*(each.name for each in ARMS), "trials")
"""What is run without ``--arms``, in this order."""


def trial_file(out: Path, trial: Trial, seed: int) -> Path:
    """Where the result of a trial is."""
    return out / "trials" / f"{trial.name}-seed{seed}.json"


def policy_folder(run: Path, method: str) -> Path:
    """Where a run keeps the policy that its results name ``method``: that of the last round."""
    recipe = OmegaConf.load(run / CONFIG_FILE).recipe
    names = {BC: BC, LFM: f"{LFM}{recipe.rounds}", ADAPTED: f"{ADAPTED}{recipe.adaptation.rounds}"}
    return run / policy(names[method])


def run_trial(out: Path, trial: Trial, seed: int) -> int:
    """Make a trial, unless that is done; returns the exit code.

    Raises:
        UserError: if the arm's run with this seed is not finished.
    """
    file = trial_file(out, trial, seed)
    if not trial.has_seed(seed) or file.exists():
        return 0
    tried = trial.actor
    if trial.arm:
        folder = run_folder(out / trial.arm.name, seed)
        if not is_finished(folder):
            raise UserError(f"{file} needs the policies of {folder}, which is not finished; run it")
        tried = str(policy_folder(folder, trial.actor))
    return evaluate(tried, file, seed, [f"env={ENV}", *trial.condition.settings])


def run_one(out: Path, name: str, seed: int) -> int:
    """Run an arm with a seed, or some trials; returns the exit code of the last command."""
    if name not in _TRIALS:
        return run_seed(ENV, out / name, seed, arm(name).settings)
    codes = (run_trial(out, trial, seed) for trial in _TRIALS[name])
    return next((code for code in codes if code), 0)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument(
        "--arms", nargs="+", choices=[*(each.name for each in ARMS), *_TRIALS], default=USUAL
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args(arguments)
    codes = (run_one(options.out, name, seed) for name in options.arms for seed in options.seeds)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
