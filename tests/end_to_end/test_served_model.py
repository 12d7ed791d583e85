"""A real server: a chat model made on the spot acts, advises and criticises over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.critic_faults.served import served
from experiments.critic_faults.tiny import make_tiny_chat_model
from lfm.done import read_done
from tests.end_to_end.commands import FEW, command, results, train


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    make_tiny_chat_model(folder / "babbler")
    with served(folder / "babbler", folder / "server.log") as url:
        yield url


def chat(url: str, group: str) -> tuple[str, ...]:
    return (
        *(f"{group}.base_url={url}", f"{group}.model=babbler", f"{group}.max_tokens=4"),
        *(f"{group}.cache=null", f"{group}.temperature=0"),
    )


def test_it_acts(url: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    words = (*FEW, "env.games=2", "env.max_steps=3", *chat(url, "chat"), f"out={out}")
    assert command("evaluate", "policy=chat", *words) == 0
    row = json.loads(out.read_text())
    assert (row["method"], row["episodes"], row["privileged"]) == ("babbler", 2, False)
    assert row["mean_steps"] == 3


def test_it_advises(url: str, tmp_path: Path) -> None:
    few = ("env.max_steps=4", "recipe.rollout_tasks=2", "recipe.eval_tasks=2")
    run = train(tmp_path / "run", "recipe=actpred", *few, *chat(url, "chat"))
    [advice] = [each.counts for each in read_done(run) if each.name == "advice/round1"]
    assert advice["episodes"] == 2
    assert [row["method"] for row in results(run)][-1] == "actpred"
