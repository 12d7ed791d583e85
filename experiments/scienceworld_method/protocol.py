"""How the figures were measured: commands, tasks, conditions, and what was privileged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiments.facts import distinct, listed, made_with
from experiments.scienceworld_method.arms import ENV, TRIALS, arm
from experiments.scienceworld_method.figures import Record


def protocol(record: Record) -> str:
    """One list of facts."""
    arms = record["arms"]
    runs = [run for each in arms.values() for run in each["runs"]]
    rows = [row for run in runs for row in run["rows"]]
    trials = [row for each in record["trials"].values() for row in each]
    seeds = listed(sorted({run["seed"] for run in runs}))
    command = "python -m experiments.scienceworld_method.run --out DIR --seeds"
    lines = [
        f"Command: `{command} {seeds.replace(', ', ' ')}`. An arm is `python -m lfm.train "
        f"env={ENV} seed=N` with its settings; a trial is `python -m lfm.evaluate`",
        *(
            f"Arm {name}: `{' '.join(arm(name).settings)}`; seeds "
            + listed(run["seed"] for run in each["runs"])
            for name, each in arms.items()
        ),
        *_trials(record["trials"]),
        f"Environment: {distinct([*rows, *trials], 'env_version')}; a Java process for each "
        "episode in play",
        f"Tasks: {_tasks(rows)}, each tried once, with the policy's best actions",
        f"Step limit in learning: {distinct(rows, 'max_steps')}; every action counts as a step",
        "Actions: the policy is given the sentence frames and the names of the things in reach, "
        "and fills one with the others; it is not given the simulator's own list of valid actions. "
        "It sees the reply, the room and the inventory after every action",
        f"Demonstrations: {_demonstrations(arms)} episodes of the gold script on train, of which "
        "those that succeed within the step limit are imitated",
        "Adaptation tries the very tasks that it is then evaluated on, without demonstrations, "
        "critic or reward",
        "Privileged: the gold script knows where everything is and what the outcome will be, so "
        "everything that imitates it is marked. The critic reads the simulator and plans with the "
        "gold script; it labels tries on train only",
        "References: the gold script plays its path, from which idle looks are left out; random "
        "actions draw the frame first, then what fills it",
        "Within a run no evaluation decides anything. dev is the development split; test plays no "
        "part",
        f"Seeds: {seeds}; a run's seed decides demonstrated and explored tasks, weights and every "
        "draw",
        "Data: " + "; ".join(_data(arms)),
        *made_with(runs),
    ]
    return "\n".join(f"- {line}" for line in lines)


def _trials(trials: Mapping[str, Sequence[Any]]) -> list[str]:
    """What policies were tried under, with the seeds."""
    usual = {trial.name for trial in TRIALS}
    kinds = {
        "Trials": [rows for name, rows in trials.items() if name in usual],
        "Trials with all of dev": [rows for name, rows in trials.items() if name not in usual],
    }
    return [
        f"{what}: {len(found)}; seeds "
        + listed(sorted({row["seed"] for rows in found for row in rows}))
        for what, found in kinds.items()
        if found
    ]


def _tasks(rows: Iterable[Any]) -> str:
    found = []
    for row in rows:
        first = row["env_settings"]["per_task"]
        which = f"the first {first} variations" if first else "all variations"
        kinds = len(row["by_task_type"])
        found.append(f"{row['episodes']} of {row['split']} ({which} of each of {kinds} tasks)")
    return listed(sorted(set(found)))


def _demonstrations(arms: Mapping[str, Any]) -> str:
    return listed(sorted({each["settings"]["recipe"]["demonstrations"] for each in arms.values()}))


def _data(arms: Mapping[str, Any]) -> list[str]:
    facts = [f"{name} {value}" for each in arms.values() for name, value in each["facts"].items()]
    return list(dict.fromkeys(facts))
