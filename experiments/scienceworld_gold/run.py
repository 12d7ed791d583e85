"""Make gold paths of ScienceWorld, and write down what became of each.

    python -m experiments.scienceworld_gold.run --out DIR [--split train] [--per-task 4]
        [--simplifications easy] [--tasks boil ...] [--without mendelian-genetics-known-plant ...]
        [--workers 1]

The paths are kept in the cache, so that what is there already is not made again. The file
``DIR/SPLIT-SIMPLIFICATIONS.json`` gets the figures of all of them; it is written at the end, and
then has the rows of an earlier run with other tasks too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from envs.files import read_json, write_json
from envs.scienceworld.gold import GoldPath, cached, prepare
from envs.scienceworld.simulator import Simulator
from envs.scienceworld.tasks import TASKS, expand_simplifications, task_ids
from experiments.command import argument_parser, in_one_sentence
from lfm.progress import track


def row(path: GoldPath) -> dict[str, Any]:
    """The figures of one path."""
    return {
        "task_id": path.task_id,
        "form": path.form,
        "script_score": path.score,
        "script_length": len(path.raw),
        "script_moves": path.moves,
        "script_literal": path.literal,
        "length": len(path.actions),
        "digits": sum(action.isdigit() for action in path.actions),
    }


def chosen(
    split: str, per_task: int, simplifications: str, tasks: Sequence[str], without: Sequence[str]
) -> list[tuple[str, tuple[str, ...]]]:
    """The variations to make, each with its expanded simplifications."""
    names = [kind.name for kind in TASKS if kind.name in (tasks or [each.name for each in TASKS])]
    wanted = [name for name in names if name not in without]
    return [
        (task_id, expand_simplifications(simplifications, task_id.partition("/")[0]))
        for task_id in task_ids(split, per_task, wanted)
    ]


def measure(
    out: Path, split: str, simplifications: str, wanted: Sequence[Any], workers: int
) -> None:
    """Make the paths and write their figures."""
    file = out / f"{split}-{simplifications.replace(',', '-') or 'none'}.json"
    rows = {each["task_id"]: each for each in (read_json(file)["paths"] if file.exists() else [])}

    with track(f"gold paths {file.stem}", len(wanted)) as advance:
        prepare(wanted, workers=workers, advance=advance)
    rows |= {path.task_id: row(path) for each in wanted if (path := cached(*each))}
    order = {task_id: place for place, task_id in enumerate(task_ids(split))}
    about = {"split": split, "simplifications": simplifications, "version": Simulator.version()}
    paths = sorted(rows.values(), key=lambda each: order[each["task_id"]])
    write_json(file, {**about, "paths": paths})


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures")
    parser.add_argument("--split", default="train")
    parser.add_argument("--per-task", type=int, default=4, help="first variations; 0 = all")
    parser.add_argument("--simplifications", default="")
    parser.add_argument("--tasks", nargs="+", default=(), help="only these")
    parser.add_argument("--without", nargs="+", default=(), help="not these")
    parser.add_argument("--workers", type=int, default=1, help="Java processes, 500 MB each")
    options = parser.parse_args(arguments)
    wanted = chosen(
        options.split, options.per_task, options.simplifications, options.tasks, options.without
    )
    measure(options.out, options.split, options.simplifications, wanted, options.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
