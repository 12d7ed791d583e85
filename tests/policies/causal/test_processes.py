"""Training shared among processes."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.policies import processes
from tests.policies.causal import worlds

_TWO = """
import os, sys
from pathlib import Path
import torch
from tests.policies.causal import test_processes
torch.save(test_processes.learned(Path(sys.argv[1])), sys.argv[2] + os.environ["RANK"])
"""


def learned(folder: Path) -> torch.Tensor:
    """The weights of a policy after a few updates."""
    policy = worlds.policy(folder, row_tokens=300)
    policy.fit(worlds.as_done(worlds.ERRANDS), worlds.schedule(4))
    return worlds.weights(policy)


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "chat")
    script = tmp_path / "fit.py"
    script.write_text(_TWO)
    processes.run(2, str(script), str(folder), str(tmp_path / "two"))
    one, *two = learned(folder), *(torch.load(tmp_path / name) for name in ("two0", "two1"))
    assert all(torch.allclose(one, each, atol=1e-5) for each in two)
    assert not torch.equal(one, worlds.weights(worlds.policy(folder)))
