"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.alfworld_suggestions.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.alfworld_suggestions.run --out DIR`` made; without it
``results.json`` beside this module is read again. The tables are printed; ``--readme`` also writes
them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.alfworld_suggestions.run import ARMS, BASE, DATA, settings_of
from experiments.facts import distinct, made_with
from experiments.markdown import mean_cell, section, table
from experiments.pages import table_command
from experiments.paired import Rates, difference_cell, differences
from experiments.records import finished_arms

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.alfworld_suggestions.table -->"
SPLITS = ("valid_seen", "valid_unseen")
TITLES = {
    "bc": "BC",
    "lfm": "LFM",
    "suggestion": "LFM with suggestions",
    "planner": "DAgger, planner",
}
_METHODS = {"lfm": "lfm", "suggestion": "lfm", "planner": "dagger"}

Arms = Mapping[str, Mapping[str, Any]]


def gather(out: Path) -> Arms:
    """The records of the finished runs in a folder: arm -> what its runs showed."""
    return finished_arms(out, {arm: settings_of(arm) for arm in ARMS})


def page(arms: Arms) -> str:
    """All sections of the page's figures."""
    parts = (
        section("Success", f"{_success(arms)}\n\n{_differences(arms)}"),
        section("What was imitated", _imitated(arms)),
        section("How it was measured", _protocol(arms)),
    )
    return "\n\n".join(parts) + "\n"


def _rates(arms: Arms, title: str, split: str) -> Rates:
    """Success in per cent by seed, of the policy with that name in the tables."""
    arm, method = ("lfm", "bc") if title == "bc" else (title, _METHODS[title])
    return {
        row["seed"]: 100 * row["success_rate"]
        for run in arms[arm]["runs"]
        for row in run["rows"]
        if (row["method"], row["split"]) == (method, split)
    }


def _success(arms: Arms) -> str:
    rows = [
        [
            TITLES[name],
            *(mean_cell(list(_rates(arms, name, split).values()), ".1f") for split in SPLITS),
        ]
        for name in TITLES
        if name == "bc" or name in arms
    ]
    tasks = arms["lfm"]["runs"][0]["rows"][0]["episodes"]
    note = (
        f"Success in per cent of {tasks} tasks of each split: the mean over the seeds with a 95 % "
        "Student-t interval. All but BC are privileged: what they learned from goes back to the "
        "simulator, on training games."
    )
    return table(["policy", *SPLITS], rows, note)


def _differences(arms: Arms) -> str:
    rows = [
        [
            f"{TITLES[one]} - {TITLES[other]}",
            *(
                difference_cell(differences(_rates(arms, one, split), _rates(arms, other, split)))
                for split in SPLITS
            ),
        ]
        for one, other in (("suggestion", "lfm"), ("planner", "suggestion"))
        if {one, other} <= arms.keys()
    ]
    return table(["", *SPLITS], rows, "Differences in points, paired by seed.")


def _imitated(arms: Arms) -> str:
    rows = []
    for arm, record in arms.items():
        stages = [run["stages"] for run in record["runs"]]
        kept = [each.get("judgements/round1", {}).get("kept", 0) for each in stages]
        advice = [each.get("advice/round1", {}) for each in stages]
        suggested = [each["suggested"] for each in advice if "suggested" in each]
        columns = [kept, suggested, [each.get("advised", 0) for each in advice]]
        rows.append([TITLES[arm], *(_mean(column) for column in columns)])
    tried = [run["stages"]["rollouts/round1"]["steps"] for run in arms["lfm"]["runs"]]
    note = (
        f"Steps of the policy's own {_mean(tried)} in the round, in the mean over the seeds: kept "
        "as they were done; with a suggestion of the critic's; imitated otherwise than done."
    )
    return table(["policy", "kept", "suggested", "relabelled"], rows, note)


def _mean(values: list[int]) -> str:
    return f"{sum(values) / len(values):,.0f}" if values else "-"


def _protocol(arms: Arms) -> str:
    runs = [run for record in arms.values() for run in record["runs"]]
    arm_lines = [f"{TITLES[arm]}: `{' '.join(ARMS[arm]) or 'nothing'}`" for arm in arms]
    lines = [
        f"Settings of all: `env=alfworld {DATA} {' '.join(BASE)}`; changed in an arm: "
        + "; ".join(arm_lines),
        f"Seeds: {distinct(runs, 'seed')}; arms with the same seed share "
        "demonstrations, clone and tries, and LFM with suggestions LFM's judgements too",
        *made_with(runs),
    ]
    return "\n".join(f"- {line}" for line in lines)


main = table_command(__doc__, gather, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
