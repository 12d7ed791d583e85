"""A finished run in Weights & Biases: the files of a real offline run, parsed back."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import wandb
from wandb.proto.wandb_internal_pb2 import Record

from lfm import layout
from lfm.config import LoggerConfig, WandbConfig, WandbMode
from lfm.exports import service
from lfm.loggers import NullLogger, WandbLogger, sends_models
from tests.lfm.conftest import MARKUP, build_run

OFFLINE = WandbConfig(name="wandb", project="lfm-test", mode=WandbMode.offline, models=True)
_BLOCK, _HEADER = 32768, 7
"""Of the log of records: LevelDB's, whose blocks begin with checksum, length and kind of a part."""


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose tables and files were handed over, with wandb's own files in it."""
    run = build_run(tmp_path_factory.mktemp("wandb") / "run")
    (run / layout.REPORT_FILE).write_text("<html>report</html>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "offline")
        patch.setenv("WANDB_DATA_DIR", str(run.with_name("staging")))
        patch.setenv("WANDB_CACHE_DIR", str(run.with_name("cache")))
        with _no_network(patch):
            logger = WandbLogger(run, {"seed": 1}, OFFLINE)
            logger.log("policies/bc", {"step": 1, "loss": 0.125})
            service.hand_over(run, logger, models=True)
            logger.close()
            wandb.teardown()  # its process closes the log of records when it ends
    return run


def test_tables_of_annotated_steps_are_kept(handed_over: Path) -> None:
    tables = {
        file.relative_to(media).as_posix().rsplit("_", 2)[0]: json.loads(file.read_text("utf-8"))
        for media in handed_over.glob("wandb/offline-run-*/files/media/table")
        for file in media.rglob("*.table.json")
    }
    assert set(tables) == {"steps/rollouts/round1", "steps/rollouts/adapt1", "results"}
    steps = tables["steps/rollouts/round1"]
    rows = [dict(zip(steps["columns"], row, strict=True)) for row in steps["data"]]
    assert len(rows) == 6 * 3
    assert rows[0]["action"] == "go to cabinet 1"
    assert rows[0]["labels"] == f"productive: reason of the critic 1 {MARKUP}"
    assert (rows[0]["critic"], rows[0]["critic_privileged"]) == ("simulator", True)
    assert (rows[1]["p_productive"], rows[1]["kept"]) == (0.45, False)
    assert (rows[-1]["critic"], rows[-1]["labels"]) == (None, "")
    results = tables["results"]
    assert results["columns"][:3] == ["method", "split", "episodes"]
    assert ["bc", "valid_seen", 4] in [row[:3] for row in results["data"]]


def test_metrics_and_artefacts_are_in_the_log_of_records(handed_over: Path) -> None:
    metrics, artefacts = {}, {}
    for data in _records(handed_over):
        record = Record.FromString(data)
        for item in record.history.item:
            metrics[item.key or "/".join(item.nested_key)] = item.value_json
        for made in (record.artifact, record.request.log_artifact.artifact):
            if made.name:
                artefacts[made.name] = (made.type, {each.path for each in made.manifest.contents})
    assert metrics["policies/bc/loss"] == "0.125"
    assert artefacts["run-report"] == (
        "report",
        {"config.yaml", "manifest.json", "results.json", "report.html"},
    )
    kind, files = artefacts["run-data"]
    assert kind == "dataset"
    assert {"rollouts/round1/trajectories.parquet", "feedback/round1/labels.parquet"} <= files
    kind, files = artefacts["run-feedback_model-round1"]
    assert (kind, files) == ("model", {"agreement.json"})


def test_long_tables_are_cut(
    sample_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ROWS", 5)
    counts = {}

    class Counter(NullLogger):
        def table(self, name, columns, rows):  # type: ignore[no-untyped-def]
            counts[name] = len(list(rows))

    service.hand_over(sample_run, Counter(), models=False)
    assert counts == {"steps/rollouts/round1": 5, "steps/rollouts/adapt1": 5, "results": 6}


def test_models_are_sent_where_it_is_asked_for() -> None:
    assert sends_models(OFFLINE)
    assert not sends_models(LoggerConfig(name="none"))


def _records(run: Path) -> Iterator[bytes]:
    """The records of an offline run."""
    (file,) = run.glob("wandb/offline-run-*/run-*.wandb")
    content = file.read_bytes()
    at, parts = _HEADER, b""
    while at + _HEADER <= len(content):
        left = _BLOCK - at % _BLOCK
        if left < _HEADER:  # too little for a header: padding
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        parts += content[at + _HEADER : at + _HEADER + length]
        at += _HEADER + length
        if kind in (1, 4):  # whole, or the last part
            yield parts
            parts = b""


@contextmanager
def _no_network(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """See that neither this process nor wandb's own asks for anything but this machine."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        wandb.teardown()  # a process that an earlier test has started knows no proxy
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
            patch.setenv(name, address)
        yield
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
