"""The account of a run: what it has spent on chat models for each purpose, in a file of the run.

The ledger knows it too, but lies where the answers are kept, which may be on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from envs.errors import UserError
from envs.files import read_json, write_json
from lfm.chat.ledger import Spent


def note(path: Path, spent: Iterable[Spent]) -> None:
    """Bring an account up to date; what was spent for other purposes stays in it.

    Args:
        path: the file, made when there is something to write.
        spent: for each purpose, everything so far.

    Raises:
        UserError: if the file is damaged or cannot be written.
    """
    if now := {each.purpose: each for each in spent}:
        before = {each.purpose: each for each in read_account(path)}
        write_json(path, [each._asdict() for each in (before | now).values()])


def together(spent: Sequence[Spent]) -> list[Spent]:
    """What was spent for each purpose; of several purposes, also the sum."""
    if len(spent) < 2:
        return list(spent)
    sums = [sum(values) for values in list(zip(*spent, strict=True))[1:]]
    return [*spent, Spent("together", *sums)]


def read_account(path: Path) -> list[Spent]:
    """What a run has spent for each purpose; nothing if there is no account.

    Raises:
        UserError: if the file is damaged.
    """
    try:
        return [Spent(**each) for each in read_json(path)] if path.exists() else []
    except TypeError as error:
        raise UserError(f"{path} is damaged; delete it: the chat cache has the ledger") from error
