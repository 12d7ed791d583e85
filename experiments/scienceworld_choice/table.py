"""Write the figures of the choice into their page; nothing in them is typed by hand.

    python -m experiments.scienceworld_choice.table [--runs DIR] [--readme]

``--runs`` is the folder of ``experiments.scienceworld_choice.run --out``; without it
``results.json`` beside this module is read again. The tables are printed; ``--readme`` also writes
them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.files import read_json
from experiments.facts import commits, listed, software
from experiments.markdown import section, table
from experiments.pages import table_command
from experiments.scienceworld_choice.run import FILE
from experiments.scienceworld_choice.watching import (
    AMBIGUOUS,
    EVERY,
    FREE,
    KINDS,
    NOTHING,
    OTHER_WORDS,
    SAME,
)

BEGIN = "<!-- figures: written by experiments.scienceworld_choice.table -->"
COUNTS = {
    "things": "things in reach",
    "space": "factored actions",
    "valid": "the simulator's valid actions",
    "scored": "options scored in stages",
    "best_scored": "options scored until the best action is certain",
}
MEANINGS = {
    SAME: "a factored action as it stands",
    OTHER_WORDS: "one factored action, in other words",
    AMBIGUOUS: "several factored actions: the simulator would ask which",
    FREE: "`inventory`, `look around`, `task`: what every observation says",
    NOTHING: "no factored action",
}
WAYS = {
    "staged": ("in stages", "things"),
    "flat": ("every factored action in one set", "things"),
    "valid": ("the simulator's list in one set", "valid"),
}
"""Name of each way to choose, and the list that it needs of the simulator."""

Results = Mapping[str, Any]


def page(results: Results) -> str:
    """All sections of the page's figures."""
    return "\n\n".join(
        (
            section("How many there are", _counts(results["tasks"])),
            section("Recall", _recall(results["tasks"])),
            section("What the valid list says", _valid(results["tasks"])),
            section("The choice in stages and the best action", _agreement(results["tasks"])),
            section("Speed", _speed(results)),
            section("By task", _by_task(results["tasks"])),
            section("How it was measured", _method(results)),
        )
    )


def _counts(rows: Sequence[Results]) -> str:
    states = _sum(rows, "states")
    lines = [
        (name, f"{_mean(rows, key):,.1f}", f"{max(row[key]['max'] for row in rows):,}")
        for key, name in COUNTS.items()
    ]
    return table(("a state has", "mean", "most"), lines, f"In {states} states of gold paths.")


def _recall(rows: Sequence[Results]) -> str:
    states, sentences = _sum(rows, "states"), _sum(rows, "sentences")
    lines = [
        ("actions of gold paths among the factored actions", *_of(rows, "done_in_space", states)),
        ("actions of gold paths in the valid list", *_of(rows, "done_in_valid", states)),
        ("sentences of the gold scripts in the valid list", *_of(rows, "literal", sentences)),
    ]
    note = (
        "Paths are what the scripts do in canonical actions (`experiments/scienceworld_gold`); "
        "numbers that answer a question of the parser are left out of all three."
    )
    return table(("", "found", "of", "%"), lines, note)


def _valid(rows: Sequence[Results]) -> str:
    counts = {name: sum(row["kinds"][name] for row in rows) for name in KINDS}
    total = sum(counts.values())
    lines = [
        (MEANINGS[name], f"{count:,}", f"{100 * count / total:.1f}")
        for name, count in counts.items()
    ]
    understood = [sentence for row in rows for sentence in row["understood"]]
    drains = sum("drain" in sentence.split() for sentence in understood)
    tried = (
        f"Of those that mean no factored action {_sum(rows, 'tried')} were said to the simulator: "
        f"it understood {len(understood)}, {drains} of them about a drain."
    )
    note = f"{total:,} sentences, those of every {EVERY}rd state. {tried}"
    return table(("a sentence of the valid list means", "sentences", "%"), lines, note)


def _agreement(rows: Sequence[Results]) -> str:
    states, lost = _sum(rows, "states"), sum(row["lost"]["sum"] for row in rows)
    other = states - _sum(rows, "same")
    lines = [
        ("the choice in stages is the best action", *_of(rows, "same", states)),
        ("the choice in stages is what the gold path does", *_of(rows, "chosen_done", states)),
        ("the best action is what the gold path does", *_of(rows, "best_done", states)),
    ]
    note = (
        "The best action is that with the highest sum of log-probabilities over the stages. Lost: "
        f"{lost / states:.3f} nats a state, {lost / max(other, 1):.2f} where the two differ, "
        f"{max(row['lost']['max'] for row in rows):.2f} at most."
    )
    return table(("", "states", "of", "%"), lines, note)


def _speed(results: Results) -> str:
    pace, lists = results["pace"], results["lists_ms"]
    staged = pace["staged"]
    ours = staged["alone_ms"] + lists["things"]
    lines = []
    for name, (title, asked) in WAYS.items():
        each = pace[name]
        whole = each["alone_ms"] + lists[asked]
        lines.append(
            (
                title,
                f"{each['alone_ms']:.1f}",
                f"**{each['alone_ms'] / staged['alone_ms']:.1f}**",
                f"{each['together_ms']:.1f}",
                f"**{each['together_ms'] / staged['together_ms']:.1f}**",
                f"{lists[asked]:.1f}",
                f"{whole:.1f}",
                f"**{whole / ours:.1f}**",
            )
        )
    note = (
        f"Processor time in ms a state, in {pace['states']} states with "
        f"{pace['flat']['options']:,.0f} factored and {pace['valid']['options']:,.0f} valid "
        "actions on average; times over those of the choice in stages in bold. The simulator's "
        "names of things, or its list, are Java and Python together, over all states."
    )
    many = f"{pace['together']} at once"
    head = ("choosing", "alone", "times", many, "times", "simulator", "with it, alone", "times")
    return table(head, lines, note)


def _by_task(rows: Sequence[Results]) -> str:
    lines = [
        (
            row["task_id"],
            str(row["states"]),
            str(row["done_in_space"]),
            str(row["done_in_valid"]),
            *(f"{row[key]['sum'] / row['states']:,.0f}" for key in ("space", "valid", "scored")),
            str(row["same"]),
            f"{row['lost']['max']:.2f}",
        )
        for row in rows
    ]
    head = ("variation", "states", "gold in space", "gold in list", "space", "list", "scored")
    note = "Counts of states; means of actions, and of options scored in stages; most nats lost."
    return table((*head, "best action", "lost"), lines, note)


def _method(results: Results) -> str:
    lines = [
        f"Policy: `policies.small` with {results['parameters']:,} parameters, "
        f"{results['updates']} updates on {results['demonstrations']} gold paths of training "
        f"variations, seed {results['seed']}.",
        f"Left out, as making one of their gold paths takes minutes: "
        f"{listed(results['left_out'])}.",
        *(f"{each}." for each in software([results])),
        f"Commit {commits([results])}, one thread.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _sum(rows: Sequence[Results], key: str) -> int:
    return sum(row[key] for row in rows)


def _mean(rows: Sequence[Results], key: str) -> float:
    return float(sum(row[key]["sum"] for row in rows)) / _sum(rows, "states")


def _of(rows: Sequence[Results], key: str, total: int) -> tuple[str, str, str]:
    found = _sum(rows, key)
    return f"{found:,}", f"{total:,}", f"{100 * found / total:.1f}"


main = table_command(
    __doc__, lambda folder: read_json(folder / FILE), page, BEGIN, Path(__file__).parent
)

if __name__ == "__main__":
    sys.exit(main())
