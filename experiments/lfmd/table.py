"""Write the figures of the comparison into its page; nothing in them is typed by hand.

    python -m experiments.lfmd.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.lfmd.run`` measured; without it the file ``results.json``
beside this module is read again. The tables are printed; ``--readme`` also writes them between the
marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.lfmd.run import FORMS
from experiments.lfmd.words import KINDS
from experiments.markdown import mean_cell, section, table
from experiments.pages import results_in, table_command
from experiments.paired import differences

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.lfmd.table -->"
MEASURES = {
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "calibration_error": "calibration error",
}
PLAIN, DETAILED, LABELS = FORMS

Result = Mapping[str, Any]
Seeds = dict[int, Result]


def page(results: Sequence[Result]) -> str:
    """All sections of the page's figures."""
    forms: dict[str, Seeds] = {form: {} for form in FORMS}
    for result in results:
        forms[result["form"]][result["seed"]] = result
    parts = (
        section("Labels", f"{_agreement(forms)}\n\n{_differences(forms)}"),
        section("Words", _words(forms)),
        section("Cost", _cost(forms)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _agreement(forms: Mapping[str, Seeds]) -> str:
    rows = [
        [
            form,
            *(
                mean_cell([100 * value for value in _by_seed(runs, measure).values()], ".1f")
                for measure in MEASURES
            ),
            ", ".join(str(seed) for seed in sorted(runs)),
        ]
        for form, runs in forms.items()
        if runs
    ]
    steps = sorted({run["agreement"]["steps"] for runs in forms.values() for run in runs.values()})
    note = (
        "Against the critic's labels of held-out tasks, in per cent: the mean with a 95 % "
        f"Student-t interval over the seeds. {steps[0]:,} to {steps[-1]:,} steps a seed."
    )
    return table(["learned", *MEASURES.values(), "seeds"], rows, note)


def _differences(forms: Mapping[str, Seeds]) -> str:
    rows = []
    for one, other in ((DETAILED, PLAIN), (PLAIN, LABELS)):
        values = [
            differences(_by_seed(forms[one], measure), _by_seed(forms[other], measure))
            for measure in MEASURES
        ]
        if values[0]:
            cells = [mean_cell([100 * each for each in column], "+.2f") for column in values]
            rows.append([f"{one} - {other}", *cells])
    note = "Differences in points, paired by seed, with a 95 % Student-t interval."
    return table(["", *MEASURES.values()], rows, note)


def _words(forms: Mapping[str, Seeds]) -> str:
    rows = []
    for form in (PLAIN, DETAILED):
        for kind in KINDS if form == DETAILED else KINDS[:1]:
            found = [run["words"][kind] for run in forms[form].values()]
            if found:
                cells = [
                    mean_cell([100 * each[share] for each in found], ".1f")
                    for share in ("same", "template", "commonest")
                ]
                rows.append([form, kind, *cells, f"{sum(each['places'] for each in found):,}"])
    note = (
        "How often the model says on held-out tasks what the critic says, in per cent of the "
        "places: word for word; the same but for names and counts; and what saying always the "
        "commonest words, without their names and counts, would reach."
    )
    head = ["learned", "text", "word for word", "but for names", "always the commonest", "places"]
    return table(head, rows, note)


def _cost(forms: Mapping[str, Seeds]) -> str:
    rows = [
        [form, f"{sum(run['cpu_seconds'] for run in runs.values()) / len(runs):.0f}"]
        for form, runs in forms.items()
        if runs
    ]
    note = "Processor seconds of training, calibrating and comparing; the mean over the seeds."
    return table(["learned", "seconds"], rows, note)


def _by_seed(runs: Seeds, measure: str) -> dict[int, float]:
    return {seed: run["agreement"][measure] for seed, run in runs.items()}


main: Callable[..., int] = table_command(__doc__, results_in, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
