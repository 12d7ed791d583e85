"""The card of an exported data set: what it is, who judged, whose data it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from omegaconf import OmegaConf

from envs.files import read_json
from envs.store import read_trajectories
from lfm import layout
from lfm.exports.source import Source

CARD = "README.md"

_SOURCES = {
    "alfworld": (
        "[ALFWorld](https://github.com/alfworld/alfworld) (MIT), whose tasks go back to "
        "[ALFRED](https://github.com/askforalfred/alfred) (MIT). The rooms and texts of generated "
        "games are made by LFM in ALFWorld's format."
    ),
    "scienceworld": "[ScienceWorld](https://github.com/allenai/ScienceWorld) (Apache-2.0).",
    "touchdown": (
        "Of the official routes: [Touchdown](https://github.com/lil-lab/touchdown) (CC BY 4.0); of "
        "map2seq's: [map2seq_vln](https://github.com/raphael-sch/map2seq_vln) (Apache-2.0); places "
        "along the streets: OpenStreetMap contributors (ODbL), where `env.landmarks` shows any. "
        "The generated city is made by LFM."
    ),
}
"""Environment -> where its texts come from, and under which licence."""


class Table(NamedTuple):
    """A file of the data set.

    Attributes:
        config: what ``load_dataset`` calls the kind of table.
        stage: the set of episodes that it is about.
        path: the file, below the folder.
    """

    config: str
    stage: str
    path: str


def card(source: Source, tables: Sequence[Table]) -> str:
    """The card as Markdown, with the head by which ``datasets`` finds the tables.

    Args:
        source: the run.
        tables: the files, those of one kind in the order of the sets.
    """
    config: Any = OmegaConf.to_container(OmegaConf.load(source.run / layout.CONFIG_FILE))
    env = config["env"]["name"]
    lines = [
        "---",
        yaml.safe_dump(_head(source.run, tables), sort_keys=False).rstrip(),
        *("---", "", f"# Episodes in {env}, with feedback on every step", ""),
        "Written by LFM (`python -m lfm.export format=parquet`). All texts are data: what an "
        "environment, a policy or a model said.",
        *("", "## Sets of episodes", ""),
        *_sets(source),
        *("", "## Who judged", ""),
        "Privileged means: with information that an agent could not have.",
        "",
        *_judges(source),
        *("", "## Where it comes from", ""),
        *_origin(source.run, env),
        *("", "## Licence", ""),
        f"Source of the texts: {_SOURCES.get(env, 'not known')}",
        "",
        "What a language model wrote, as a critic or a policy, is under the terms of its maker. No "
        "licence of the whole is given here: whoever publishes this chooses one that these allow.",
    ]
    return "\n".join(lines) + "\n"


def split_name(stage: str) -> str:
    """A set's name as ``datasets`` takes it.

    Example:
        >>> split_name("evaluations/bc-valid_unseen")
        'evaluations.bc_valid_unseen'
    """
    return ".".join(re.sub(r"\W", "_", part) for part in stage.split("/"))


def _head(run: Path, tables: Sequence[Table]) -> dict[str, Any]:
    """What ``datasets`` and the Hugging Face hub read."""
    configs: dict[str, list[dict[str, str]]] = {}
    for table in tables:
        files = configs.setdefault(table.config, [])
        files.append({"split": split_name(table.stage), "path": table.path})
    return {
        "license": "other",
        "license_name": "see-the-card",
        "tags": ["lfm", "text-agent", "step-feedback"],
        "configs": [
            {"config_name": name, "data_files": files, **({"default": True} if not at else {})}
            for at, (name, files) in enumerate(configs.items())
        ],
    }


def _sets(source: Source) -> Iterator[str]:
    yield "| split | episodes | successes | steps | tasks of | policy |"
    yield "|---|---|---|---|---|---|"
    for stage in source.stages:
        episodes = read_trajectories(source.run / stage / layout.TRAJECTORIES_FILE)
        splits = ", ".join(sorted({each.split for each in episodes}))
        policies = ", ".join(
            sorted({each.policy + " (privileged)" * each.privileged for each in episodes})
        )
        steps = sum(len(each.steps) for each in episodes)
        successes = sum(each.success for each in episodes)
        yield (
            f"| `{split_name(stage)}` | {len(episodes)} | {successes} | {steps} | {splits} "
            f"| {policies} |"
        )


def _judges(source: Source) -> Iterator[str]:
    for name, privileged in source.privileged.items():
        learned = (source.run / layout.feedback(name)).exists()
        kind = "feedback model" if learned else "critic"
        yield f"- {name}, a {kind}: {'privileged' if privileged else 'not privileged'}"
    for stage in source.stages:
        if advisor := source.advisors.get(stage):
            word = "privileged" if advisor.privileged else "not privileged"
            yield f"- {advisor.name}, who advised on `{split_name(stage)}`: {word}"


def _origin(run: Path, env: str) -> Iterator[str]:
    """Which data and which software."""
    yield f"- environment: {env}"
    if not (run / layout.MANIFEST_FILE).exists():
        return
    manifest = read_json(run / layout.MANIFEST_FILE)
    yield from (f"- {fact}: {value}" for fact, value in manifest["facts"].items())
    yield f"- commit of the code: {manifest['commit'] or 'unknown'}"
    versions = ", ".join(f"{name} {number}" for name, number in manifest["packages"].items())
    yield f"- software: {versions}, Python {manifest['python']}"
