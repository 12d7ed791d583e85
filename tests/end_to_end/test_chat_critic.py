"""``critic=openai``: a run with a language model as its critic, from estimate to results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from envs.store import read_trajectories
from lfm import layout
from lfm.chat.account import read_account
from lfm.chat.database import Database
from lfm.chat.ledger import Ledger
from lfm.chat.prices import Prices
from lfm.done import read_done
from tests.end_to_end.chat_server import PRODUCTIVE, ChatServer, chat_server
from tests.end_to_end.commands import TINY, command, finished, results, train

KEY = "sk-this-is-nobodys-business"
SMALL = (
    *("env=alfworld", "env.max_steps=15", "threads=1", "policy.hidden_size=32", "policy.layers=1"),
    *("policy.heads=2", "policy.updates=20", "feedback_model.updates=5", "recipe.eval_tasks=2"),
    *("recipe.demonstrations=8", "recipe.rollout_tasks=8"),
)
FEEDBACK = layout.feedback("round1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("CHAT_KEY", KEY)
    with chat_server() as server:
        yield server


def settings(server: ChatServer, cache: Path) -> tuple[str, ...]:
    return (
        "critic=openai",
        f"critic.base_url={server.url}",
        "critic.model=ruler",
        "critic.api_key_env=CHAT_KEY",
        f"critic.cache={cache}",
        "critic.window=10",
        "recipe.adaptation.rounds=0",
    )


def test_a_run_with_a_language_model_as_its_critic(server: ChatServer, tmp_path: Path) -> None:
    asked = settings(server, tmp_path / "cache.sqlite")
    run = train(tmp_path / "run", *asked)
    episodes = read_trajectories(run / "rollouts/round1" / layout.TRAJECTORIES_FILE)
    steps = {(x.trajectory_id, at): s for x in episodes for at, s in enumerate(x.steps, start=1)}
    labels = pd.read_parquet(run / FEEDBACK / layout.LABELS_FILE)
    assert len(labels) == len(steps) > 0
    for row in labels.itertuples():
        action = steps[row.trajectory_id, row.step].action
        assert (row.productive, row.reason) == (action.startswith(PRODUCTIVE), f"it did {action}")
    assert (set(labels["critic"]), set(labels["privileged"])) == ({"ruler"}, {False})
    assert not any(row["privileged"] for row in results(run))

    windows = pd.read_parquet(run / FEEDBACK / layout.WINDOWS_FILE)
    assert len(windows) == len(server.requests) == sum(-(-len(x.steps) // 10) for x in episodes)
    [counts] = [stage.counts for stage in read_done(run) if stage.name == FEEDBACK]
    assert counts["parsed"] == counts["windows"] == len(windows)
    assert (counts["input_tokens"], counts["output_tokens"]) == (
        50 * len(windows),
        9 * len(windows),
    )

    out = tmp_path / "agreement.json"
    assert command("agree", f"a={run / FEEDBACK}", "b=simulator", f"out={out}") == 0
    agreed = json.loads(out.read_text())
    assert (agreed["steps"], agreed["only_first"], agreed["only_second"]) == (len(labels), 0, 0)
    assert agreed["productive_first"] == labels["productive"].sum()

    again = train(tmp_path / "again", *asked)  # nothing is paid for twice
    assert len(server.requests) == len(windows)
    assert pd.read_parquet(again / FEEDBACK / layout.WINDOWS_FILE).equals(windows)

    assert server.keys == {KEY}
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert KEY.encode() not in file.read_bytes(), file


def test_a_dry_run_says_what_it_would_cost_and_can_be_gone_on_with(
    server: ChatServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = ("critic.price_in=2", "critic.price_out=8", "critic.max_windows=4")
    asked = (*settings(server, tmp_path / "cache.sqlite"), *prices)
    run = train(tmp_path / "run", *asked, "critic.dry_run=true")
    told = " ".join(capsys.readouterr().err.split())
    assert "feedback/round1: 4 windows, 0 of them answered already" in told
    assert "write at most 8,192" in told
    assert "cost: at most about 0.0" in told
    assert server.requests == []
    assert FEEDBACK not in finished(run)
    assert not (run / layout.RESULTS_FILE).exists()
    assert not (run / layout.SPENT_FILE).exists()

    go_on = (f"resume={run}", *asked, "critic.dry_run=false")
    assert command("train", *TINY, *go_on) == 0
    assert len(server.requests) == 4
    assert len(results(run)) > 0
    [spent] = read_account(run / layout.SPENT_FILE)
    assert (spent.purpose, spent.answered, spent.input_tokens) == (FEEDBACK, 4, 200)
    assert spent.cost == (200 * 2 + 36 * 8) / 1e6
    assert "<td>0.00069</td>" in (run / layout.REPORT_FILE).read_text()
    assert "Spent on chat models" in capsys.readouterr().out


def test_a_budget_stops_it_with_what_there_is(server: ChatServer, tmp_path: Path) -> None:
    """Windows that nothing is left for are without labels, and said to be."""
    asked = settings(server, tmp_path / "cache.sqlite")
    budget = ("critic.max_tokens=100", "critic.output_token_budget=150", "critic.concurrency=1")
    run = train(tmp_path / "run", *asked, *budget)
    windows = pd.read_parquet(run / FEEDBACK / layout.WINDOWS_FILE)
    unasked = windows[windows["parse"].str.startswith("unasked: ")]
    assert 0 < len(unasked) < len(windows)
    assert len(server.requests) == len(windows) - len(unasked)
    assert not set(unasked["window_id"]) & set(
        pd.read_parquet(run / FEEDBACK / layout.LABELS_FILE)["window_id"]
    )


@pytest.mark.parametrize("recipe", ["lfm", "actpred"])
def test_teachers_with_equally_many_tokens(server: ChatServer, tmp_path: Path, recipe: str) -> None:
    """The same settings for both, but for the recipe; both stop at the budget."""
    cache = tmp_path / "cache.sqlite"
    own = ("critic.max_tokens=60", "chat.max_tokens=60", "critic.concurrency=1")
    budget = ("critic.output_token_budget=100",)
    asked = (*settings(server, cache), *SMALL, *own, *budget)
    words = ("experiment=equal_tokens", f"recipe={recipe}", f"run_dir={tmp_path / 'run'}", *asked)
    assert command("train", *words) == 0
    with closing(Database(cache)) as database:
        run = str((tmp_path / "run").resolve())
        spent = Ledger(database, run, "ruler", Prices()).spent()
    assert spent.answered == len(server.requests) == 5  # a sixth might have made it 105
    assert spent.output_tokens == 45
    assert [row["method"] for row in results(tmp_path / "run")][-1] == recipe
