"""Write the figures of the served critic as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.served_critic.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.served_critic.run`` left; without it the JSON file beside
this module is read again. ``--readme`` writes both files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

from envs.errors import UserError
from envs.files import read_json
from experiments.markdown import section, table, with_interval
from experiments.pages import table_command
from experiments.runs import is_finished
from experiments.served_critic.learn import MODEL
from experiments.served_critic.run import MEASURED
from lfm.chat.database import Database
from lfm.chat.ledger import Ledger
from lfm.chat.prices import Prices
from lfm.critics.reading.base import How
from lfm.done import read_done
from lfm.layout import RESULTS_FILE
from lfm.statistics import Interval, wilson

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.served_critic.table -->"
_ARMS = {
    "simulator": "simulator critic",
    "served": "served critic",
    "tokens_lfm": "language feedback",
    "tokens_actpred": "ActPred",
}
_MEASURES = ("precision", "recall", "f1", "kappa", "agreement", "overlap")
_READ = get_args(How)
"""How reading an answer can go."""
Record = dict[str, Any]


def gather(out: Path) -> Record:
    """What was learned and what the finished runs showed.

    Raises:
        UserError: if no model has been made there.
    """
    learned = out / "learned.json"
    if not learned.exists():
        raise UserError(f"there is no {learned}; check --runs")
    runs = [
        _run(out, arm, folder)
        for arm in _ARMS
        for folder in sorted((out / arm).glob("seed*/"))
        if is_finished(folder)
    ]
    acted = [row for file in sorted((out / "chat").glob("*.json")) for row in _rows(file)]
    judged = out / "judged.json"
    return {
        "learned": read_json(learned),
        "judged": read_json(judged) if judged.exists() else None,
        "runs": runs,
        "acted": acted,
    }


def _rows(file: Path) -> list[Any]:
    found = read_json(file)
    return found if isinstance(found, list) else [found]


def _run(out: Path, arm: str, folder: Path) -> Record:
    """A finished run: its results, what its stages counted, and what it asked for."""
    rows = read_json(folder / RESULTS_FILE)
    measured = folder.with_name(f"{folder.name}-{MEASURED}")
    answers = out / f"answers-{folder.name}-{arm.rpartition('_')[2]}.sqlite"
    return {
        "arm": arm,
        "seed": rows[0]["seed"],
        "rows": rows,
        "stages": {each.name: each.counts for each in read_done(folder)},
        "agreement": read_json(measured) if measured.exists() else None,
        "spent": _spent(answers, folder) if answers.exists() else None,
    }


def _spent(file: Path, folder: Path) -> dict[str, Any]:
    """Calls and tokens of a run, from the ledger."""
    with closing(Database(file)) as database:
        return Ledger(database, str(folder.resolve()), MODEL, Prices()).spent()._asdict()


def page(record: Record) -> str:
    """The figures, as Markdown."""
    runs = record["runs"]
    parts = [
        section("The model", _learned(record["learned"])),
        section("On windows of a world it has not learned in", _judged(record["judged"])),
        section("In the runs", _read(runs)),
        section("The policies", _policies(runs, record["acted"])),
        section("Equal tokens", _equal(runs)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _learned(facts: Mapping[str, Any]) -> str:
    names = ("parameters", "lessons", "tokens", "learned_tokens", "updates", "batch")
    rows = [[name.replace("_", " "), f"{facts[name]:,}"] for name in names]
    rows.append(["processor seconds", f"{facts['cpu_seconds']:,}"])
    rows.append(["loss of the last updates", f"{facts['losses'][-1]:.4f}"])
    return table(["what", ""], rows, "What the model is, and what it learned from.")


def _judged(facts: Mapping[str, Any] | None) -> str:
    """Its critiques measured by the simulator critic's, its deeds by the expert's."""
    if facts is None:
        return ""
    said, acted = facts["critiques"], facts["deeds"]
    counts = ", ".join(f"{count:,} {how}" for how, count in sorted(said["answers"].items()))
    rows = [
        [f"windows, of {facts['episodes']} episodes", f"{said['windows']:,}"],
        ["answers", counts],
        ["steps with a label from both", f"{said['agreement']['steps']:,}"],
        ["steps it left out", f"{said['unlabelled']:,}"],
        ["called productive by it", f"{said['agreement']['productive_first']:,}"],
        [
            "called productive by the simulator critic",
            f"{said['agreement']['productive_second']:,}",
        ],
        *([name, _estimate(said["agreement"][name])] for name in _MEASURES),
        ["reason the same, word for word", _estimate(said["same_reason"])],
        ["tokens written", f"{said['output_tokens']:,}"],
        ["states in which it was asked to act", f"{acted['states']:,}"],
        ["admissible actions", f"{acted['admissible']:,}"],
        ["the expert's action", _estimate(acted["as_the_expert"])],
    ]
    note = (
        "Half of the episodes are the novice's, half the straying expert's. Intervals are 95 %: "
        "bootstrapped over episodes, and Wilson's for reasons and actions."
    )
    return table(["what", ""], rows, note)


def _estimate(found: Sequence[float]) -> str:
    value, low, high, number = found
    return with_interval(Interval(value, low, high, int(number)), ".3f")


def _read(runs: Sequence[Record]) -> str:
    """How its answers could be read, and how they agree with the simulator critic."""
    counted, agreed = [], []
    for run in runs:
        counts = run["stages"].get("feedback/round1", {})
        if run["arm"] == "served":
            read = [f"{counts.get(word, 0):,}" for word in _READ]
            labels = [f"{counts['windows']:,}", *read, f"{counts['steps']:,}"]
            counted.append([str(run["seed"]), *labels, f"{counts['output_tokens']:,}"])
        if run["agreement"]:
            facts = run["agreement"]
            measures = [_estimate(facts[name]) for name in _MEASURES]
            agreed.append([str(run["seed"]), f"{facts['steps']:,}", *measures])
    if not counted:
        return ""
    note = "Its answers about windows of roll-outs in a world that it had not seen."
    head = ["seed", "windows", *_READ, "steps labelled", "tokens written"]
    first = table(head, counted, note)
    note = "Its labels measured by the simulator critic's, with 95 % intervals over episodes."
    return f"{first}\n\n{table(['seed', 'steps', *_MEASURES], agreed, note)}" if agreed else first


def _success(row: Mapping[str, Any]) -> str:
    rate = wilson(row["successes"], row["episodes"])
    done = f"{row['successes']} of {row['episodes']}"
    return f"{100 * rate.value:.1f} ({100 * rate.low:.1f} to {100 * rate.high:.1f}; {done})"


def _policies(runs: Sequence[Record], acted: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [_ARMS[run["arm"]], str(run["seed"]), row["method"], row["split"], _success(row)]
        for run in runs
        if run["arm"] in ("simulator", "served")
        for row in run["rows"]
    ]
    rows += [["the model itself", str(r["seed"]), "chat", r["split"], _success(r)] for r in acted]
    note = "Success in per cent with 95 % Wilson intervals. Same tasks, same demonstrations."
    head = ["teacher", "seed", "method", "split", "success"]
    return table(head, rows, note) if rows else ""


def _equal(runs: Sequence[Record]) -> str:
    rows = []
    for run in (each for each in runs if each["arm"].startswith("tokens_")):
        spent, stages = run["spent"], run["stages"]
        said = stages.get("feedback/round1", {}).get("steps", 0)
        said = said or stages.get("advice/round1", {}).get("advised", 0)
        used = [f"{spent[name]:,}" for name in ("answered", "input_tokens", "output_tokens")]
        for row in run["rows"]:
            named = [_ARMS[run["arm"]], str(run["seed"]), row["method"], row["split"]]
            rows.append([*named, _success(row), *used, f"{said:,}"])
    note = "Each teacher may have the model write so many tokens and no more."
    head = ["teacher", "seed", "method", "split", "success"]
    used = ["calls", "tokens read", "tokens written", "states told about"]
    return table([*head, *used], rows, note) if rows else ""


main = table_command(__doc__, gather, page, BEGIN, HERE)


if __name__ == "__main__":
    sys.exit(main())
