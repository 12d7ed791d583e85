"""The limits of settings, each refused with a sentence that names the setting."""

from __future__ import annotations

from collections.abc import Iterable

from envs.errors import UserError

MAX_SEED = 2**32 - 1
"""The largest seed that NumPy's and PyTorch's generators both take."""

MAX_JUDGED_STEPS = 511
"""The longest episode a feedback model can read: its start takes one of 512 places."""

FORMATS = ("table", "json", "latex")
"""How a command can answer."""


def within(name: str, value: float, low: float, high: float = float("inf")) -> None:
    """Refuse a number outside ``low..high``, infinity and NaN."""
    if low <= value <= high and value != float("inf"):
        return
    allowed = f"at least {low}" if high == float("inf") else f"from {low} to {high}"
    raise UserError(f"{name}: {value} is out of range; it must be {allowed}.")


def above_zero(name: str, value: float) -> None:
    """Refuse zero, negative numbers, infinity and NaN."""
    if not 0 < value < float("inf"):
        raise UserError(f"{name}: {value} is out of range; it must be above 0.")


def one_of(name: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a word that is none of the choices."""
    choices = tuple(choices)
    if value not in choices:
        raise UserError(f"{name}: {value!r} is not known; choose one of {', '.join(choices)}.")


def folder_name(name: str, value: str) -> None:
    """Refuse what cannot be the name of a folder: nothing, or a path."""
    if not value or value in (".", "..") or set(value) & set("/\\"):
        raise UserError(
            f"{name}: {value!r} is not the name of a folder; give one such as valid_unseen, and "
            "where it is with env.data=DIR."
        )


def one_folder(run_dir: str | None, resume: str | None) -> None:
    """Refuse a new run directory together with one to go on with."""
    if run_dir is not None and resume is not None:
        raise UserError(
            "resume: it already names the run directory; leave out run_dir=... to go on with "
            "that run, or leave out resume=... to start a new one."
        )
