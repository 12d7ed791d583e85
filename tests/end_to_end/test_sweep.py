"""Several jobs of one command, started by a launcher of Hydra's in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policies.processes import ROOT

pytestmark = pytest.mark.timeout(600)  # on a busy machine


def test_each_job_leaves_its_results_and_one_that_fails_is_told_of(tmp_path: Path) -> None:
    """In the sentence that it would have failed with here."""
    few = ("env=alfworld", "env.games=2", "env.max_steps=2", "threads=1")
    jobs = ("policy=nowhere,random", "out=${policy.path}.json", "hydra/launcher=submitit_local")
    done = subprocess.run(
        [sys.executable, "-m", "lfm.evaluate", "--multirun", *few, *jobs],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("no policy in nowhere: ")
    assert "Traceback" not in done.stderr
    row = json.loads((tmp_path / "random.json").read_text())
    assert (row["method"], row["episodes"]) == ("random", 2)
    assert {file.name for file in tmp_path.iterdir()} == {"random.json", "random.run", "runs"}
