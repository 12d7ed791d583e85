"""Settings of ``python -m lfm.export``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING


class Format(str, Enum):
    """What a run is written as; docs/exports.md says what each holds and loses."""

    parquet = "parquet"
    chat = "chat"
    stepwise = "stepwise"
    preference = "preference"
    inspect = "inspect"
    minari = "minari"


class ExportedLabels(str, Enum):
    """Whose word says which steps were productive; the first three as in ``recipe.labels``."""

    critic = "critic"
    human = "human"
    both = "both"
    feedback_model = "feedback_model"


@dataclass
class ExportConfig:
    """``python -m lfm.export``: a run's episodes and what was said of them, for other tools."""

    run: str = MISSING
    """Folder of the run."""
    format: Format = MISSING
    """parquet: a folder for datasets.load_dataset, which is also a run that LFM reads; chat: JSON
    lines of conversations that say which turns were imitated; stepwise, preference: JSON lines for
    TRL; inspect: logs for Inspect's viewer; minari: Minari datasets."""
    out: str = MISSING
    """Where to: for chat, stepwise and preference a file, for the others a folder. It must not be
    there yet."""
    set: str | None = MISSING
    """Which episodes, e.g. round1 or bc-valid_unseen; null = all that the format has a use for."""
    labels: ExportedLabels = MISSING
    """Whose labels stepwise, preference and minari have. critic: the critic's; human: those that
    people gave in the report; both: the critic's, with people's in their place where there are
    some; feedback_model: what it calls productive."""
