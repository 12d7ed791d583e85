"""How the figures were measured: commands, data, conditions, and what was privileged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from experiments.alfworld_method.arms import BASE, TRIALS, arm
from experiments.alfworld_method.figures import Record
from experiments.facts import distinct, listed, made_with


def protocol(record: Record) -> str:
    """One list of facts."""
    arms = record["arms"]
    runs = [run for each in arms.values() for run in each["runs"]]
    rows = [row for run in runs for row in run["rows"]]
    settings = [each["settings"] for each in arms.values()]
    seeds = listed(sorted({run["seed"] for run in runs}))
    command = "python -m experiments.alfworld_method.run --out DIR --data DATA --seeds"
    lines = [
        f"Command: `{command} {seeds.replace(', ', ' ')}`. An arm is `python -m lfm.train "
        f"env=alfworld env.data=DATA {' '.join(BASE)}` with the settings that the last list "
        "names; the best configuration has its settings in place of these",
        "Environment: " + listed(sorted({f"{row['env']}, {row['env_version']}" for row in rows})),
        "Tasks: " + listed(_tasks(rows)) + ", each tried once, with the policy's best actions",
        f"Step limit: {distinct(rows, 'max_steps')}; dialect: "
        f"{listed({each['env']['dialect'] for each in settings})}; the admissible actions are "
        + listed({"given" if row["admissible_given"] else "not given" for row in rows}),
        "Goals: " + distinct(rows, "goals") + "; human ones only where a table says so",
        "Adaptation tries the very tasks that it is then evaluated on, without demonstrations; "
        "where its teacher is the feedback model, without critic and reward",
        "Privileged: the critic reads the simulator, on training games only but in the arm "
        f"“{arm('critic').title}”; the planner knows where everything is; the reward of the "
        "evaluated games is used in one arm. The exploring expert reads nothing but the game's "
        "text; it searches likely places first, by counts over the training games, and is told "
        "what a human goal means",
        f"Seeds: {seeds}; a run's seed decides demonstrated and explored tasks, weights and every "
        "draw. Stages that an arm shares with LFM are copied from the run with the same seed",
        "Within a run no evaluation decides anything. valid_seen is the development split: the "
        "settings of the best configuration were chosen with one run of it in sight, which had "
        "seed 0 and less to train on; the other arms have the defaults, chosen on generated games",
        "Data: " + "; ".join(f"{name} {value}" for name, value in record["facts"].items()),
        *made_with(runs),
    ]
    return "\n".join(f"- {line}" for line in lines) + f"\n\n{_settings(record)}"


def _tasks(rows: Iterable[Any]) -> list[str]:
    return sorted({f"{row['episodes']} of {row['split']}" for row in rows})


def _settings(record: Record) -> str:
    """What each arm and trial changes, with its seeds."""
    lines = []
    for name, each in record["arms"].items():
        changed = [text for text in each["overrides"][1:] if text not in BASE] or ["nothing"]
        seeds = listed(run["seed"] for run in each["runs"])
        lines.append(f"- {arm(name).title}: `{' '.join(changed)}`; seeds {seeds}")
    for trial in TRIALS:
        tried = record["trials"].get(trial.name)
        if tried:
            seeds = listed(sorted({row["seed"] for rows in tried.values() for row in rows}))
            lines.append(f"- Trial, {trial.title}: `{' '.join(trial.settings)}`; seeds {seeds}")
    return "Settings of the arms and trials:\n\n" + "\n".join(lines)
