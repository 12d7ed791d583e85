"""Training shared among processes."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.policies import processes
from tests.policies.causal import worlds


def learned(folder: Path) -> torch.Tensor:
    """The weights of a policy after a few updates."""
    policy = worlds.policy(folder, row_tokens=300)
    policy.fit(worlds.as_done(worlds.ERRANDS), worlds.schedule(4))
    return worlds.weights(policy)


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "chat")
    one = learned(folder)
    for each in processes.in_two(__name__, folder, tmp_path):
        assert torch.allclose(one, each, atol=1e-5)
    assert not torch.equal(one, worlds.weights(worlds.policy(folder)))
