"""Rows as JSON lines, and what they have in common: a state of an episode as text or turns."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from envs.files import naming_errors
from envs.record import Trajectory


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write rows as JSON lines in UTF-8; returns how many there were.

    Raises:
        UserError: if the file cannot be written.
    """
    count = 0
    with naming_errors(path), path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def turns(episode: Trajectory, steps: int) -> list[tuple[str, str]]:
    """What the agent had seen and done before step ``steps`` (from 0): (role, text).

    The user's turns say what is to be done and what is seen, the assistant's are the actions, as
    ``policy=causal`` is told (:mod:`policies.causal.chat`).
    """
    told = [("user", opening(episode))]
    for step in episode.steps[:steps]:
        told += [("assistant", step.action.strip()), ("user", step.observation.strip())]
    return told


def opening(episode: Trajectory) -> str:
    """What is to be done, and what is seen first, if anything."""
    told = (episode.instruction.strip(), episode.first_observation.strip())
    return "\n\n".join(filter(None, told))
