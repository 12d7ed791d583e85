"""``experiment=smoke`` makes small what can be made small, and leaves pretrained models alone."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from tests.lfm.composing import compose

CONF = Path(str(resources.files("conf")))


@pytest.mark.parametrize(
    "settings",
    [
        [],
        ["policy=windowed"],
        ["policy=causal", "policy.path=a"],
        ["policy=flan_t5_large"],
        ["feedback_model=causal", "feedback_model.path=a"],
        ["feedback_model=flan_t5_large"],
    ],
)
@pytest.mark.parametrize("experiment", ["smoke", "scienceworld_smoke"])
def test_smoke_goes_with_every_model(experiment: str, settings: list[str]) -> None:
    config = compose("config", [f"experiment={experiment}", *settings])
    for model in (config.policy, config.feedback_model):
        assert model.updates == 5
        assert getattr(model, "hidden_size", 32) == 32


def test_smoke_goes_with_a_writer() -> None:
    config = compose("config", ["experiment=smoke", "policy=writer", "env=hidden_rule"])
    assert config.policy.updates == 5
    assert config.policy.hidden_size == 32  # type: ignore[attr-defined]


def test_what_a_user_says_wins() -> None:
    config = compose("config", ["experiment=smoke", "policy.hidden_size=8"])
    assert config.policy.hidden_size == 8  # type: ignore[attr-defined]


def test_every_file_of_sizes_is_asked_for() -> None:
    """Such a file is optional to Hydra, which would not miss one whose name is wrong."""
    for file in CONF.glob("**/*_sizes/*.yaml"):
        assert (CONF / "experiment" / file.name).exists()
        model = file.parent.with_name(file.parent.name.removesuffix("_sizes") + ".yaml")
        assert f"  - optional {file.parent.name}@_here_: " in model.read_text("utf-8")
