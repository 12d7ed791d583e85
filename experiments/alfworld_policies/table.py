"""Write the figures of the comparison into its page; nothing in them is typed by hand.

    python -m experiments.alfworld_policies.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.alfworld_policies.run`` measured; without it the file
``results.json`` beside this module is read again. The tables are printed; ``--readme`` also
writes them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.markdown import mean_cell, section, table, tries_cell
from experiments.pages import results_in, table_command

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.alfworld_policies.table -->"
TRIAL_SEED = 7
"""Seed of the runs that chose the learning rates."""
NAMES = {
    "causal": "causal language model, constrained decoding",
    "causal_choice": "the same, loss over admissible actions",
    "two_level": "two-level model",
    "windowed": "windowed encoder-decoder",
}

Result = Mapping[str, Any]


def page(results: Sequence[Result]) -> str:
    """All sections of the page's figures."""
    reported = _by_architecture([each for each in results if each["seed"] != TRIAL_SEED])
    trials = [each for each in results if each["seed"] == TRIAL_SEED]
    parts = (
        section("Success", _success(reported)),
        section("Cost", _cost(reported)),
        section("Task types", _task_types(reported)),
        section("Learning rates", _trials(trials) if trials else ""),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _by_architecture(results: Sequence[Result]) -> dict[str, list[Result]]:
    found = {name: [each for each in results if each["architecture"] == name] for name in NAMES}
    return {name: rows for name, rows in found.items() if rows}


def _success(reported: Mapping[str, Sequence[Result]]) -> str:
    rows = [
        [
            NAMES[name],
            mean_cell([100 * each["row"]["success_rate"] for each in runs], ".1f"),
            ", ".join(f"{_tries(each)} (seed {each['seed']})" for each in runs),
            _mean(runs, lambda run: run["row"]["mean_steps"], ".1f"),
        ]
        for name, runs in reported.items()
    ]
    note = (
        "Per cent of the games of valid_seen, each tried once; the mean with a 95 % Student-t "
        "interval over the seeds, then the successes of each seed."
    )
    return table(["", "success", "successes", "steps per episode"], rows, note)


def _cost(reported: Mapping[str, Sequence[Result]]) -> str:
    rows = [
        [
            NAMES[name],
            f"{runs[0]['parameters'] / 1e6:.2f} M",
            f"{runs[0]['learning_rate']:g}",
            _mean(runs, lambda run: run["updates"], ",.0f"),
            _mean(runs, lambda run: run["episodes_seen"], ",.0f"),
            _mean(runs, lambda run: run["training_seconds"], ".0f"),
            _mean(runs, lambda run: run["acting_seconds_per_1000_steps"], ".2f"),
        ]
        for name, runs in reported.items()
    ]
    head = ["", "parameters", "learning rate", "updates", "episodes seen", "training", "acting"]
    note = (
        "Means over the seeds. Training: processor seconds. Acting: processor seconds of the "
        "policy for 1,000 steps. Episodes seen: how many episodes' worth of decisions training "
        f"went through, of {_demonstrations(reported)} different ones."
    )
    return table(head, rows, note)


def _demonstrations(reported: Mapping[str, Sequence[Result]]) -> str:
    counts = sorted({run["demonstrations"] for runs in reported.values() for run in runs})
    return " to ".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))


def _task_types(reported: Mapping[str, Sequence[Result]]) -> str:
    kinds = sorted({kind for runs in reported.values() for kind in runs[0]["row"]["by_task_type"]})
    rows = []
    for kind in kinds:
        counts = [[run["row"]["by_task_type"][kind] for run in runs] for runs in reported.values()]
        rows.append([kind, *map(tries_cell, counts)])
    note = "Per cent, all seeds together, with successes and tries."
    return table(["type", *(NAMES[name] for name in reported)], rows, note)


def _mean(runs: Sequence[Result], value: Callable[[Result], float], form: str) -> str:
    return f"{sum(map(value, runs)) / len(runs):{form}}"


def _tries(run: Result) -> str:
    return f"{run['row']['successes']} of {run['row']['episodes']}"


def _trials(trials: Sequence[Result]) -> str:
    order = list(NAMES)
    rows = [
        [
            NAMES[each["architecture"]],
            f"{each['learning_rate']:g}",
            f"{each['last_loss']:.3f}",
            _tries(each),
        ]
        for each in sorted(
            trials, key=lambda each: (order.index(each["architecture"]), each["learning_rate"])
        )
    ]
    note = (
        f"What was tried to choose them: seed {TRIAL_SEED}, which is not reported, "
        f"{trials[0]['budget_seconds']:.0f} processor seconds of training, some of the games. "
        "Losses of different architectures are of different things."
    )
    return table(["", "learning rate", "loss at the end", "successes"], rows, note)


main = table_command(__doc__, results_in, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
