"""Training shared among processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch

from tests.policies.causal import worlds

_TWO = """
import sys
from pathlib import Path
import torch
from tests.policies.causal import worlds
policy = worlds.policy(Path(sys.argv[1]), row_tokens=300)
policy.fit(worlds.as_done(worlds.ERRANDS), worlds.schedule(4))
if int(__import__("os").environ.get("RANK", 0)) == 0:
    torch.save(worlds.weights(policy), sys.argv[2])
"""


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "chat")
    script = tmp_path / "fit.py"
    script.write_text(_TWO)
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    paths = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    for name, before in (("one", []), ("two", [*launch, "--num_machines", "1"])):
        command = [sys.executable, *before, str(script), str(folder), str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=paths)
        assert done.returncode == 0, done.stderr[-3000:]
    one, two = (torch.load(tmp_path / name) for name in ("one", "two"))
    assert torch.allclose(one, two, atol=1e-5)
    assert not torch.equal(one, worlds.weights(worlds.policy(folder)))
