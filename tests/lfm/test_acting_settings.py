"""Settings of who acts, and where."""

from __future__ import annotations

import pytest

from envs.errors import UserError
from lfm.model_config import Acting
from tests.lfm.composing import compose


def test_a_chat_model_that_acts_needs_a_name() -> None:
    """And only then: every other policy is evaluated without one."""
    assert compose("evaluate", ["policy.path=expert"]).chat.model == ""
    for command, chosen in (("evaluate", "policy.path=chat"), ("config", "recipe=actpred")):
        with pytest.raises(UserError, match=r"chat\.model: it is empty"):
            compose(command, [chosen])
        assert compose(command, [chosen, "chat.model=m"]).chat.model == "m"


def test_only_a_causal_policy_that_is_here_can_be_told_how_to_choose() -> None:
    assert compose("evaluate", ["policy.path=a"]).policy.acting is None
    told = "policy.acting=generate"
    assert compose("evaluate", ["policy.path=a", told]).policy.acting is Acting.generate
    for asked in (
        ["policy.path=chat", "chat.model=m"],
        ["policy.path=a", "policy.server=http://h/v1"],
    ):
        with pytest.raises(UserError, match=r"^policy\.acting: with policy"):
            compose("evaluate", [*asked, told])


def test_a_chat_model_plays_in_one_process() -> None:
    """Its answers and its budget are kept by one."""
    chosen = ["policy.path=chat", "chat.model=a", "rollout=ray"]
    with pytest.raises(UserError, match="rollout=ray: policy=chat is asked by one process"):
        compose("evaluate", chosen)


@pytest.mark.parametrize("setting", ["cpus=0", "gpus=-1", "address=auto", "address='ray://a:1'"])
def test_a_cluster_has_an_address_and_its_tasks_need_something(setting: str) -> None:
    with pytest.raises(UserError, match=rf"^rollout\.{setting.partition('=')[0]}: "):
        compose("config", ["rollout=ray", f"rollout.{setting}"])
