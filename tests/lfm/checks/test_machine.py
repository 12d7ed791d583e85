from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from lfm.checks.machine import DISK, MEMORY, accelerator, disk, memory, memory_size, nvidia_gpus


def test_memory_is_the_containers(tmp_path: Path) -> None:
    limit, none = tmp_path / "memory.max", tmp_path / "none"
    limit.write_text("1500000000\n")
    none.write_text("max\n")
    whole = memory_size(())
    assert whole > 1e9
    assert memory_size((str(none), str(tmp_path / "nowhere"))) == whole
    assert memory_size((str(none), str(limit))) == min(whole, 1.5e9)


def test_too_little_memory_or_disk_is_fatal(tmp_path: Path) -> None:
    assert memory(MEMORY).status == "ok"
    assert memory(MEMORY / 2).fatal
    assert disk(tmp_path, DISK).status == "ok"
    assert disk(tmp_path, DISK / 2).fatal


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_fatal(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert disk(tmp_path, DISK).fatal


def test_a_gpu_that_pytorch_cannot_use_is_wrong_but_not_fatal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert accelerator(False, []).status == "missing"
    monkeypatch.setattr(torch, "__version__", "2.13.0+cpu")
    monkeypatch.setattr(torch.version, "cuda", None)
    found = accelerator(False, ["Card 1"])
    assert (found.status, found.fatal) == ("wrong", False)
    assert "torch==2.13.0 " in found.fix
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert "driver for CUDA 13.0" in accelerator(False, ["Card 1"]).fix


def test_gpus_are_those_the_driver_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert nvidia_gpus() == []
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho Card 1\necho Card 2\n")
    program.chmod(0o700)
    assert nvidia_gpus() == ["Card 1", "Card 2"]
    program.write_text("#!/bin/sh\necho no driver\nexit 9\n")
    assert nvidia_gpus() == []
