"""The figures of the judged runs as Markdown. See the module ``judge`` for the record."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scipy import stats

from envs.errors import UserError
from experiments.alfworld_feedback_model.judge import ALL, HELD_OUT, THE_CRITIC
from experiments.alfworld_feedback_model.truth import DECISIVE, KINDS
from experiments.markdown import section, table, with_interval
from lfm.statistics import mean_interval

METHODS = {"bc": "BC", "lfm": "LFM"}
"""Names in the tables; other methods go by their own."""
MEASURES = ("precision", "recall", "f1", "calibration_error")
HEADS = ("precision", "recall", "F1", "calibration error")

Run = Mapping[str, Any]
Arms = dict[tuple[float, float], list[Run]]
"""(miss rate, false alarm rate) of the critic -> its runs, one a seed."""


def page(record: Mapping[str, Any]) -> str:
    """All sections, for each job on its own.

    Raises:
        UserError: if runs are not comparable.
    """
    parts = []
    for title, arms in jobs(record["runs"]).items():
        parts += [
            section(f"{title}: agreement", _agreements(arms)),
            section(f"{title}: kinds of steps", _kinds(arms)),
            section(f"{title}: from its errors to the policy's", _imitation(arms)),
            section(f"{title}: agreement and success", _success(arms)),
            section(f"{title}: how it was measured", _facts(arms)),
        ]
    return "\n\n".join(part for part in parts if part) + "\n"


def jobs(runs: Sequence[Run]) -> dict[str, Arms]:
    """The runs by their job, and by how often the critic errs.

    Raises:
        UserError: if runs of one job differ in more than seed, critic's errors and rounds of
            adaptation, or if two of them differ in nothing.
    """
    found: dict[str, Arms] = {}
    firsts: dict[str, Run] = {}
    for run in runs:
        title = _title(run)
        first = firsts.setdefault(title, run)
        if _shared(run) != _shared(first):
            raise UserError(
                f"{title}: the runs of seed {first['seed']} and {run['seed']} differ in settings "
                "other than the critic's error rates; runs of different jobs cannot be in one table"
            )
        critic = run["settings"]["critic"]
        rates = critic["miss_rate"], critic["false_alarm_rate"]
        arm = found.setdefault(title, {}).setdefault(rates, [])
        if run["seed"] in [other["seed"] for other in arm]:
            raise UserError(f"{title}: two runs of the same job have the seed {run['seed']}")
        arm.append(run)
    return {
        title: {
            rates: sorted(arms[rates], key=lambda run: int(run["seed"])) for rates in sorted(arms)
        }
        for title, arms in found.items()
    }


def _title(run: Run) -> str:
    env, recipe = run["settings"]["env"], run["settings"]["recipe"]
    games = run["facts"][f"{env['split']}_data"].split()[0].partition("/")[2]
    return (
        f"{env['split']} of {games}, {env['goals']} goals, "
        f"demonstrations: {recipe['demonstrations']}"
    )


def _shared(run: Run) -> str:
    """What all runs of a job have in common."""
    settings = copy.deepcopy({**run["settings"], "experiment": ""})
    del settings["critic"]["miss_rate"], settings["critic"]["false_alarm_rate"]
    del settings["recipe"]["adaptation"]["rounds"]
    return json.dumps([settings, run["facts"]], sort_keys=True)


def _critic(rates: tuple[float, float]) -> str:
    missed, alarmed = (f"{100 * rate:g} %" for rate in rates)
    return missed if missed == alarmed else f"misses {missed}, false alarms {alarmed}"


def _agreements(arms: Arms) -> str:
    rows = []
    for rates, runs in arms.items():
        for key in _compared(runs):
            found = [_kinds_of(run, key)[ALL] for run in runs]
            model, episodes, reference, threshold = key
            rows.append(
                [
                    *(_critic(rates), model, episodes, reference, f"{threshold:g}"),
                    *(_mean((facts[name] for facts in found), ".3f") for name in MEASURES[:-1]),
                    # The critic gives no probabilities that could be calibrated.
                    "-"
                    if model == THE_CRITIC
                    else _mean((f["calibration_error"] for f in found), ".3f"),
                    _range([facts["steps"] for facts in found]),
                ]
            )
    head = ("critic errs", "judge", "episodes", "against", "from", *HEADS, "steps a run")
    note = (
        "`from`: the probability from which a step counts as judged productive. Means over the "
        "seeds with a 95 % Student-t interval."
    )
    return table(head, rows, note)


def _kinds(arms: Arms) -> str:
    """Of the critic that errs least in full, of all of them F1 alone."""
    rates, runs = next(iter(arms.items()))
    parts = []
    for key in _by_the_last_model(runs):
        model, episodes, _, threshold = key
        about = f"{model} against the planner on {episodes}, from {threshold:g}"
        rows = []
        for kind in KINDS:
            found = [_kinds_of(run, key)[kind] for run in runs if kind in _kinds_of(run, key)]
            if found:
                steps, positives = (sum(f[name] for f in found) for name in ("steps", "positives"))
                shares = [_mean((facts[name] for facts in found), ".3f") for name in MEASURES]
                rows.append([kind, f"{steps:,}", f"{100 * positives / steps:.1f}", *shares])
        head = ["kind", "steps, all runs", "productive, %", *HEADS]
        parts.append(table(head, rows, f"{about}. Critic's error rate: {_critic(rates)}."))
        if len(arms) > 1:
            rows = [
                [kind, *(_mean(_f1s(group, key, kind), ".3f") for group in arms.values())]
                for kind in KINDS
            ]
            head = ["kind", *map(_critic, arms)]
            parts.append(table(head, rows, "F1 of the same, by the critic's error rate."))
    return "\n\n".join(parts)


def _imitation(arms: Arms) -> str:
    rates, runs = next(iter(arms.items()))
    parts = []
    for name, (before, after) in _stages(runs).items():
        head = ("kept wrongly", "left out wrongly", f"{before}, before", f"{after}, after")
        rows = [
            [kind, *_wrong(runs, name, kind), f"{_kept(runs, name, kind):,}"]
            for kind in (ALL, *KINDS)
            if _kept(runs, name, kind)
        ]
        note = (
            f"Steps kept in {name}, and those that the policy takes before and after imitating "
            f"them, in per cent. Critic's error rate: {_critic(rates)}."
        )
        parts.append(table(("kind", *head, "steps kept, all runs"), rows, note))
        others = {each: group for each, group in arms.items() if name in _stages(group)}
        if len(others) > 1:
            rows = [
                [_critic(each), kind, *_wrong(group, name, kind)]
                for each, group in others.items()
                for kind in (ALL, DECISIVE)
            ]
            note = f"The same of {name}, by the critic's error rate."
            parts.append(table(("critic errs", "kind", *head), rows, note))
    return "\n\n".join(parts)


def _success(arms: Arms) -> str:
    every = [run for runs in arms.values() for run in runs]
    methods = [name for name in every[0]["success"] if all(name in run["success"] for run in every)]
    pairs = [(name, methods[0]) for name in methods[1:]]
    rows = []
    for rates, runs in arms.items():
        agreed = [_mean((f1(run, of) for run in runs), ".3f") for of in ("critic", "planner")]
        rows.append(
            [
                *(_critic(rates), str(len(runs)), *agreed),
                _mean((kept_wrong(run) for run in runs), ".1f"),
                *(_mean((_rate(run, name) for run in runs), ".1f") for name in methods),
                *(
                    _mean((_rate(run, one) - _rate(run, other) for run in runs), "+.1f")
                    for one, other in pairs
                ),
            ]
        )
    head = (
        *("critic errs", "runs", "F1, critic", "F1, planner", "kept wrongly, %"),
        *map(_name, methods),
        *(f"{_name(one)} - {_name(other)}" for one, other in pairs),
    )
    note = (
        "The last feedback model's F1 on held-out training tasks, the share of steps kept in the "
        "rounds that brought the goal no nearer, and success in per cent of the tasks; differences "
        "in points, paired by seed. Every policy but BC learned from a critic that reads the "
        "simulator (privileged)."
    )
    return f"{table(head, rows, note)}\n\n{_correlations(arms, methods[1:])}"


def _correlations(arms: Arms, methods: Sequence[str]) -> str:
    """Rank correlations over all runs; nothing if there are too few or they do not differ."""
    runs = [run for group in arms.values() for run in group]
    measures: dict[str, Callable[[Run], float]] = {
        "F1 against the planner": lambda run: f1(run, "planner"),
        "share of steps kept wrongly": kept_wrong,
    }
    lines = []
    for name, measure in measures.items():
        for method in methods:
            one, other = [measure(run) for run in runs], [_rate(run, method) for run in runs]
            if len(runs) > 2 and len(set(one)) > 1 and len(set(other)) > 1:
                found = stats.spearmanr(one, other)
                said = f"{found.statistic:+.2f} (p = {found.pvalue:.2g})"
                lines.append(f"- {name}, success of {_name(method)}: {said}")
    note = f"Rank correlations (Spearman) over all {len(runs)} runs:"
    return "\n".join([note, "", *lines]) if lines else ""


def _facts(arms: Arms) -> str:
    runs = [run for group in arms.values() for run in group]
    settings, seeds = runs[0]["settings"], sorted({run["seed"] for run in runs})
    env, recipe = settings["env"], settings["recipe"]
    lines = [
        f"Runs: {len(runs)}; seeds: {', '.join(map(str, seeds))}",
        f"Demonstrations: {recipe['demonstrations']}; rounds: {recipe['rounds']}, training tasks "
        f"in each: {recipe['rollout_tasks']}; episodes a task in each round of adaptation: "
        f"{recipe['adaptation']['samples']}",
        f"Updates: policy {settings['policy']['updates']}, feedback model "
        f"{settings['feedback_model']['updates']}, adaptation {recipe['adaptation']['updates']}",
        f"Goals: {env['goals']}; dialect: {env['dialect']}; step limit: {env['max_steps']}; the "
        "admissible actions are given",
        "Privileged: the critic reads the simulator, on training tasks only; the planner's truth "
        "is used on this page alone",
        "Data: " + "; ".join(f"{name} {value}" for name, value in runs[0]["facts"].items()),
        "Commit: " + ", ".join(dict.fromkeys(str(run["commit"]) for run in runs)),
    ]
    return "\n".join(f"- {line}" for line in lines)


Key = tuple[str, str, str, float]
"""Judge, episodes, what it is compared with, threshold."""


def _key(entry: Mapping[str, Any]) -> Key:
    return entry["model"], entry["episodes"], entry["reference"], entry["threshold"]


def _compared(runs: Sequence[Run]) -> list[Key]:
    """The comparisons that all runs have."""
    keys = [_key(entry) for entry in runs[0]["agreement"]]
    return [key for key in keys if all(_kinds_of(run, key) for run in runs)]


def _kinds_of(run: Run, key: Key) -> Mapping[str, Any]:
    """Kind of step -> agreement; nothing if the run has no such comparison."""
    found = (entry["kinds"] for entry in run["agreement"] if _key(entry) == key)
    kinds: Mapping[str, Any] = next(found, {})
    return kinds


def _by_the_last_model(runs: Sequence[Run]) -> list[Key]:
    """Comparisons of the last feedback model with the planner, at the thresholds in use."""
    last = f"round{runs[0]['settings']['recipe']['rounds']}"
    keys = [key for key in _compared(runs) if (key[0], key[2]) == (last, "planner")]
    return list({key[1]: key for key in reversed(keys)}.values())[::-1]


def f1(run: Run, reference: str) -> float:
    """F1 of the run's last feedback model on all steps of held-out training tasks."""
    last = f"round{run['settings']['recipe']['rounds']}"
    threshold = run["settings"]["feedback_model"]["threshold"]
    return float(_kinds_of(run, (last, HELD_OUT, reference, threshold))[ALL]["f1"])


def kept_wrong(run: Run) -> float:
    """Per cent of the steps kept in the rounds that brought the goal no nearer."""
    wrong, steps = run["imitation"][0]["kept"][ALL]
    return 100 * float(wrong) / float(steps)


def _rate(run: Run, method: str) -> float:
    successes, episodes = run["success"][method]
    return 100 * float(successes) / float(episodes)


def _f1s(runs: Sequence[Run], key: Key, kind: str) -> list[float | None]:
    found = [_kinds_of(run, key) for run in runs]
    return [kinds[kind]["f1"] for kinds in found if kind in kinds]


def _name(method: str) -> str:
    return METHODS.get(method, method)


def _stages(runs: Sequence[Run]) -> dict[str, tuple[str, str]]:
    """Stages of imitation that all runs have -> names of the policies before and after."""
    return {
        stage["stage"]: (_name(stage["before"][0]), _name(stage["after"][0]))
        for stage in runs[0]["imitation"]
        if all(_stage(run, stage["stage"]) for run in runs)
    }


def _stage(run: Run, name: str) -> Mapping[str, Any]:
    found = (stage for stage in run["imitation"] if stage["stage"] == name)
    stage: Mapping[str, Any] = next(found, {})
    return stage


def _kept(runs: Sequence[Run], name: str, kind: str) -> int:
    return sum(_stage(run, name)["kept"].get(kind, (0, 0))[1] for run in runs)


def _wrong(runs: Sequence[Run], name: str, kind: str) -> list[str]:
    """Shares of errors: steps kept, steps left out, steps taken before, steps taken after."""
    stages = [_stage(run, name) for run in runs]
    sides = (
        *([stage[choice] for stage in stages] for choice in ("kept", "left_out")),
        *([stage[side][1] for stage in stages] for side in ("before", "after")),
    )
    return [
        _mean((100 * one[kind][0] / one[kind][1] for one in side if kind in one), ".1f")
        for side in sides
    ]


def _mean(values: Iterable[float | None], form: str) -> str:
    """Mean and interval of the runs where there is a value."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    if len(known) == 1:
        return f"{known[0]:{form}}"
    return with_interval(mean_interval(known), form)


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
