from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from envs.store import read_trajectories
from envs.touchdown.city.city import City
from envs.touchdown.city.files import write_city
from experiments.chat_models import Size, save_chat_model
from lfm.corrections import RANDOM, Correction, Overlay, digest
from lfm.layout import CORRECTIONS_FILE, LABELS_FILE, TRAJECTORIES_FILE, feedback, rollouts
from tests.docs.blocks import Shown
from tests.docs.shell import PREPARED, give
from tests.policies.t5s import save_t5

TEXTS = ["go to cabinet 1", "You see a mug 1."]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that pages say is there; tests begin in a copy of it."""
    folder = tmp_path_factory.mktemp("prepared")
    run = folder / PREPARED
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("ALFWORLD_DATA", raising=False)
        train = ("python", "-m", "lfm.train", "env=alfworld", f"run_dir={PREPARED}")
        give(Shown("README.md", train), "", patch)
    labels = pd.read_parquet(run / feedback("round1") / LABELS_FILE)
    labels[["trajectory_id", "step", "productive"]].to_csv(folder / "labels.csv", index=False)
    for copy in ("one", "two", "sweep/seed1"):
        shutil.copytree(run, folder / "runs" / copy)
    _correct(folder / "runs/one")
    shutil.copy(folder / "runs/one" / CORRECTIONS_FILE, folder / "corrections-Ada.jsonl")
    save_chat_model(folder / "models/qwen", "qwen3", Size(32, 1, 4, 2), TEXTS, 320)
    save_t5(folder / "models/t5", TEXTS)
    write_city(City(0), folder / "streets")
    return folder


def _correct(run: Path) -> None:
    """Ada, drawn at random and blind, finds the first step of every episode productive."""
    with closing(Overlay(run)) as overlay:
        for each in read_trajectories(run / rollouts("round1") / TRAJECTORIES_FILE):
            said = (each.trajectory_id, digest(each), 1, None, "productive", "so", True, RANDOM)
            overlay.append(Correction("Ada", "2026-01-02T03:04:05+00:00", *said))
