"""Metrics in the run directory and with Weights & Biases."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest
import wandb

from envs.errors import UserError
from lfm.config import LoggerConfig, WandbConfig, WandbMode
from lfm.loggers import MetricsFile, NullLogger, WandbLogger, make_logger
from lfm.run import Run, Stage

WANDB = WandbConfig(name="wandb", project="lfm-test", mode=WandbMode.offline)


def test_records_are_json_lines_that_any_reader_takes(tmp_path: Path) -> None:
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    assert metrics.append("bc", {"step": 1, "loss": float("inf"), "note": "a"})
    assert not metrics.append("bc", {"step": 1, "loss": 0.5, "note": "b"})
    assert metrics.append("bc", {"step": 1, "accuracy": 0.5})
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["bc", "bc"]
    assert lines[0]["loss"] is None
    assert lines == MetricsFile(tmp_path / "metrics.jsonl").records


def test_a_torn_last_line_is_cut_and_a_damaged_one_named(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsFile(path).append("bc", {"step": 1})
    with path.open("a") as file:
        file.write('{"time": "2')
    assert len(MetricsFile(path).records) == 1
    assert path.read_text().count("\n") == 1
    path.write_text("[]\n" + path.read_text())
    with pytest.raises(UserError, match=r"metrics\.jsonl, line 1, is damaged"):
        MetricsFile(path)


def test_without_a_logger_nothing_follows(tmp_path: Path) -> None:
    logger = make_logger(LoggerConfig(name="none"), tmp_path, {})
    assert isinstance(logger, NullLogger)
    logger.log("bc", {"loss": 1.0})
    logger.close()


def test_wandb_offline_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    _forbid_network(monkeypatch)

    def work(stage: Stage) -> dict[str, int]:
        stage.log(step=1, loss=0.125)
        return {}

    for resume in (False, True):
        with Run(tmp_path / "run", {"seed": 1}, resume=resume) as run:
            run.logger = make_logger(WANDB, run.directory, run.config)
            assert isinstance(run.logger, WandbLogger)
            run.stage("policies/bc", work)
    wandb.teardown()  # which waits until all is written
    records = list((tmp_path / "run" / "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(records) == 2
    identity = (tmp_path / "run" / "wandb" / "run_id").read_text()
    assert all(file.name == f"run-{identity}.wandb" for file in records)
    assert any(b"policies/bc/loss" in file.read_bytes() for file in records)


def test_without_wandb_it_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UserError, match="pip install wandb"):
        make_logger(WANDB, tmp_path, {})


def test_wandb_without_a_key_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    online = WandbConfig(name="wandb", project="lfm-test", mode=WandbMode.online)
    with pytest.raises(UserError, match="wandb login"):
        make_logger(online, tmp_path, {})


def _forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections of this process to anywhere but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"wandb offline asked for {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
