"""Sets of episodes as Minari's own package reads them."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.store import read_trajectories
from lfm import layout
from tests.lfm.exports.exporting import export


def test_without_minari_it_says_what_to_type(
    sample_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "minari", None)
    with pytest.raises(UserError, match=r"pip install \"lfm\[export\]\""):
        export(sample_run, "minari", tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_minari_reads_what_is_written(
    sample_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minari = pytest.importorskip("minari", reason="whether Minari reads it only Minari can say")
    assert export(sample_run, "minari", tmp_path / "data") == 1 + 6 + 4 + 6 * 4
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "data"))
    assert len(minari.list_local_datasets()) == len(layout.episode_sets(sample_run))
    dataset = minari.load_dataset("alfworld/rollouts-round1-v0")
    assert (dataset.total_episodes, dataset.total_steps) == (6, 18)
    stage = sample_run / layout.rollouts("round1")
    metadata = list(dataset.storage.get_episode_metadata(range(6)))
    written = read_trajectories(stage / layout.TRAJECTORIES_FILE)
    for episode, ours, facts in zip(dataset, written, metadata, strict=True):
        observations = [ours.first_observation, *(step.observation for step in ours.steps)]
        assert episode.observations == observations
        assert episode.actions == [step.action for step in ours.steps]
        assert all(map(dataset.observation_space.contains, observations))
        assert all(map(dataset.action_space.contains, episode.actions))
        assert episode.rewards.sum() == ours.success
        assert list(episode.terminations) == [False, False, ours.success]
        assert list(episode.truncations) == [False, False, not ours.success]
        assert facts["trajectory_id"] == ours.trajectory_id
        assert facts["policy_privileged"] is False
    first, last = dataset[0].infos, dataset[5].infos
    assert list(first["label"][1:]) == [1.0, 0.0, 0.0]
    assert math.isnan(first["label"][0])
    assert list(first["kept"][1:]) == [1.0, 0.0, 0.0]
    assert first["reason"][2].startswith("reason of the critic 2")
    assert all(map(math.isnan, last["label"]))
