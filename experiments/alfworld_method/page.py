"""The figures of the record as Markdown: what is compared with what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from experiments.alfworld_method.arms import arm
from experiments.alfworld_method.best import best
from experiments.alfworld_method.figures import (
    BC,
    LEARNED,
    MARKED,
    ONCE,
    STAGES,
    Record,
    Stages,
    kept_cell,
    rate_cell,
    rates,
    runs_of,
    seeds_cell,
    stages_of_arm,
    stages_of_trial,
)
from experiments.alfworld_method.goals import goals
from experiments.alfworld_method.protocol import protocol
from experiments.markdown import mean_cell, section, table
from experiments.paired import difference_cell, differences, verdict

COMPARED = ("lfm", "all", "random", "reward", "critic", "expert", "planner")
"""The method and its controls, all at 1 % of the demonstrations."""
TRAINING_GAMES = 3553
"""Games of ALFWorld's train split, the demonstrations of all of which are 100 %."""

MEANS = "Success in per cent of the tasks: mean over the seeds with a 95 % Student-t interval."
DIFFERENCES = "Differences in points, paired by seed."


def page(record: Record) -> str:
    """All sections. Those that no finished run speaks of are left out."""
    parts = (
        section("Aimed at, and reached or not", goals(record)),
        section("The method and its controls", _arms(record)),
        section("The method against each control", _against_controls(record)),
        section("Demonstrations", _demonstrations(record)),
        section("A critic that errs", _critic_errors(record)),
        section("Temperature", _temperature(record)),
        section("Human goals", _human_goals(record)),
        section("Step limits", _step_limits(record)),
        section("Best configuration", best(record)),
        section("How it was measured", protocol(record)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _arms(record: Record) -> str:
    rows = []
    for name in COMPARED:
        runs, stages = runs_of(record, name), stages_of_arm(record, name)
        if runs:
            kept = [kept_cell(runs, each) for each in ("round1", "adapted1")]
            shown = [rate_cell(stages, stage) for stage in STAGES]
            each = arm(name)
            rows.append([each.title, each.uses, seeds_cell(stages), *shown, *kept])
    head = (
        *("arm", "learns from, besides the demonstrations", "seeds"),
        *STAGES.values(),
        *("kept in the round, %", "kept in the first adaptation, %"),
    )
    note = (
        f"{MEANS} {MARKED} `kept`: of the steps tried, those that are imitated; mean over the "
        "seeds. A dash: the arm has no such thing; those with an expert imitate its answer to "
        "every step, and do not adapt."
    )
    return table(head, rows, note) if rows else ""


def _against_controls(record: Record) -> str:
    ours = stages_of_arm(record, "lfm")
    rows = []
    if ours:
        cloned = rates(ours, BC)
        own = [differences(rates(ours, stage), cloned) for stage in (LEARNED, ONCE)]
        rows.append(_control("cloning alone (BC)", own))
    for name in COMPARED[1:]:
        theirs = stages_of_arm(record, name)
        values = [
            differences(rates(ours, stage), rates(theirs, stage)) for stage in (LEARNED, ONCE)
        ]
        if any(values):
            rows.append(_control(arm(name).title, values))
    head = ("control", "after the round", ONCE, "in words")
    note = (
        f"LFM minus the control. {DIFFERENCES} An arm and LFM with the same seed have the same "
        "demonstrations and the same cloned policy. *Above* and *below*: the 95 % interval "
        "excludes zero. No correction is made for the number of comparisons."
    )
    return table(head, rows, note) if rows else ""


def _control(title: str, values: Sequence[Sequence[float]]) -> list[str]:
    """A row of the table against controls; ``values`` after the round and adapted once."""
    said = [
        f"{when}: {verdict('LFM', each)}"
        for when, each in zip(("after the round", ONCE), values, strict=True)
        if each
    ]
    return [title, *map(difference_cell, values), "; ".join(said)]


def _demonstrations(record: Record) -> str:
    entries = []
    for name in ("lfm", "demos10", "demos100"):
        if runs_of(record, name):
            count = record["arms"][name]["settings"]["recipe"]["demonstrations"]
            share = f"{count:,} ({100 * count / TRAINING_GAMES:.0f} %)"
            entries.append((share, stages_of_arm(record, name)))
    return _progress("demonstrations", entries)


def _critic_errors(record: Record) -> str:
    names = ("lfm", "noise10", "noise20", "noise30")
    entries, f1 = [], []
    for name in names:
        if runs_of(record, name):
            critic = record["arms"][name]["settings"]["critic"]
            missed, alarmed = critic["miss_rate"], critic["false_alarm_rate"]
            assert missed == alarmed
            entries.append((f"{100 * missed:.0f} %", stages_of_arm(record, name)))
            f1.append(_f1_cell(record, name))
    note = (
        "The critic calls so many of the productive steps unproductive, and as many of the others "
        "productive. `F1`: the feedback model against the labels of held-out tasks, which are as "
        "wrong as those that it learned from; so it cannot come near 1 where the critic errs."
    )
    return _progress("critic errs", entries, note, ("F1", f1))


def _f1_cell(record: Record, name: str) -> str:
    found = [list(run["agreement"].values())[-1]["f1"] for run in runs_of(record, name)]
    return mean_cell(found, ".3f")


def _temperature(record: Record) -> str:
    entries = [
        (f"{record['arms'][name]['settings']['recipe']['temperature']:g}", stages)
        for name in ("cold", "lfm", "hot")
        if (stages := stages_of_arm(record, name))
    ]
    note = (
        "Of the policy's tries, in the round and in adaptation; evaluation takes the best action."
    )
    return _progress("temperature", entries, note)


def _human_goals(record: Record) -> str:
    """Without an arm of human goals there is nothing to compare."""
    entries = [
        (f"{whose}, {share} %", stages_of_arm(record, name))
        for whose, share, name in (
            ("template", 1, "lfm"),
            ("human", 1, "human"),
            ("template", 10, "demos10"),
            ("human", 10, "human10"),
        )
    ]
    trial = stages_of_trial(record, "human")
    entries.append(("template in training, human in evaluation, 1 %", trial))
    note = (
        "The same goals in training and evaluation, but for the last row: there, policies of the "
        "arm of templates are given what people wrote. The share is of the demonstrations."
    )
    others = [stages for title, stages in entries if "human" in title]
    return _progress("goals", entries, note) if any(others) else ""


def _step_limits(record: Record) -> str:
    short, long = stages_of_arm(record, "lfm"), stages_of_trial(record, "steps80")
    if not short or not long:
        return ""
    rows = [
        [str(_limit(each)), *(rate_cell(each, stage) for stage in STAGES)] for each in (short, long)
    ]
    gained = [differences(rates(long, stage), rates(short, stage)) for stage in STAGES]
    rows.append(["difference", *map(difference_cell, gained)])
    note = (
        f"{MEANS} The same policies of the arm LFM, trained and adapted with the lower limit and "
        f"evaluated with both. {DIFFERENCES} {MARKED}"
    )
    return table(("steps at most", *STAGES.values()), rows, note)


def _limit(stages: Stages) -> int:
    (limit,) = {row["max_steps"] for rows in stages.values() for row in rows.values()}
    return int(limit)


def _progress(
    head: str,
    entries: Iterable[tuple[str, Stages]],
    note: str = "",
    extra: tuple[str, Sequence[str]] | None = None,
) -> str:
    """A table of cloning, learning and adapting, one row an entry that has figures."""
    shown = [(title, stages) for title, stages in entries if stages]
    pairs = ((LEARNED, BC), (ONCE, BC), (ONCE, LEARNED))
    rows = []
    for at, (title, stages) in enumerate(shown):
        means = [rate_cell(stages, stage) for stage in (BC, LEARNED, ONCE)]
        gains = [differences(rates(stages, one), rates(stages, other)) for one, other in pairs]
        more = [extra[1][at]] if extra else []
        rows.append([title, seeds_cell(stages), *means, *map(difference_cell, gains), *more])
    titles = {**STAGES, LEARNED: "LFM"}
    columns = (
        *(titles[stage] for stage in (BC, LEARNED, ONCE)),
        *(f"{titles[one]} - {titles[other]}" for one, other in pairs),
        *([extra[0]] if extra else []),
    )
    text = f"{MEANS} {DIFFERENCES} {MARKED} {note}"
    return table((head, "seeds", *columns), rows, text) if len(shown) > 1 else ""
