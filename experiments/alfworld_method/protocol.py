"""How the figures were measured: commands, data, conditions, and what was privileged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from experiments.alfworld_method.arms import BASE, TRIALS, arm
from experiments.alfworld_method.figures import Record


def protocol(record: Record) -> str:
    """One list of facts."""
    arms = record["arms"]
    runs = [run for each in arms.values() for run in each["runs"]]
    rows = [row for run in runs for row in run["rows"]]
    settings = [each["settings"] for each in arms.values()]
    seeds = _listed(sorted({run["seed"] for run in runs}))
    command = "python -m experiments.alfworld_method.run --out DIR --data DATA --seeds"
    lines = [
        f"Command: `{command} {seeds.replace(', ', ' ')}`. An arm is `python -m lfm.train "
        f"env=alfworld env.data=DATA {' '.join(BASE)}` with the settings that the last list "
        "names; the best configuration has its settings in place of these",
        "Environment: " + _listed(sorted({f"{row['env']}, {row['env_version']}" for row in rows})),
        "Tasks: " + _listed(_tasks(rows)) + ", each tried once, with the policy's best actions",
        f"Step limit: {_listed(_values(rows, 'max_steps'))}; dialect: "
        f"{_listed({each['env']['dialect'] for each in settings})}; the admissible actions are "
        + _listed({"given" if row["admissible_given"] else "not given" for row in rows}),
        "Goals: " + _listed(_values(rows, "goals")) + "; human ones only where a table says so",
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
        "Software: " + "; ".join(_software(runs)),
        "Commit: " + _listed(dict.fromkeys(str(run["software"]["commit"]) for run in runs)),
    ]
    return "\n".join(f"- {line}" for line in lines) + f"\n\n{_settings(record)}"


def _tasks(rows: Iterable[Any]) -> list[str]:
    return sorted({f"{row['episodes']} of {row['split']}" for row in rows})


def _values(rows: Iterable[Any], name: str) -> list[str]:
    return [str(value) for value in sorted({row[name] for row in rows})]


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _software(runs: Iterable[Any]) -> list[str]:
    """Versions of what the runs were made with, each once."""
    found = []
    for run in runs:
        software = run["software"]
        packages = software["packages"]
        found.append(
            f"Python {software['python']}, PyTorch {packages['torch']}, NumPy {packages['numpy']}, "
            f"{software['platform']}, {software['cpu_count']} cores"
        )
    return list(dict.fromkeys(found))


def _settings(record: Record) -> str:
    """What each arm and trial changes, with its seeds."""
    lines = []
    for name, each in record["arms"].items():
        changed = [text for text in each["overrides"][1:] if text not in BASE] or ["nothing"]
        seeds = _listed(run["seed"] for run in each["runs"])
        lines.append(f"- {arm(name).title}: `{' '.join(changed)}`; seeds {seeds}")
    for trial in TRIALS:
        tried = record["trials"].get(trial.name)
        if tried:
            seeds = _listed(sorted({row["seed"] for rows in tried.values() for row in rows}))
            lines.append(f"- Trial, {trial.title}: `{' '.join(trial.settings)}`; seeds {seeds}")
    return "Settings of the arms and trials:\n\n" + "\n".join(lines)
