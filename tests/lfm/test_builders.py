"""From settings to policies."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfm.builders import load_learned, new_policy
from policies.causal.policy import CausalPolicy
from tests.lfm.composing import compose
from tests.policies.causal import worlds


@pytest.mark.parametrize("acting", ["score", "generate"])
def test_a_chat_model_acts_as_is_set_and_keeps_it(acting: str, tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "model")
    settings = ["policy=causal", f"policy.path={folder}", f"policy.acting={acting}"]
    config = compose("config", settings)
    new_policy(config.policy, "toy", [], seed=0).save(tmp_path / "saved")
    loaded = load_learned(tmp_path / "saved")
    assert isinstance(loaded, CausalPolicy)
    assert loaded.acting == acting
