"""Settings of chat models, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from lfm.chat_builder import make_chat
from lfm.chat_config import EndpointConfig, Structured, on_this_machine

GOOD: dict[str, Any] = {
    "model": "m",
    "max_tokens": 100,
    "temperature": None,
    "sampling_seed": None,
    "cache": None,
    "token_budget": 0,
    "output_token_budget": 0,
    "base_url": "https://api.example.org/v1",
    "api_key_env": "LFM_TEST_KEY",
    "concurrency": 4,
    "timeout": 60.0,
    "tries": 5,
    "structured": Structured.auto,
    "price_in": 0.0,
    "price_out": 0.0,
    "money_budget": 0.0,
}


def test_good_settings() -> None:
    EndpointConfig(**GOOD).check("critic")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model": " "}, "critic.model: it is empty"),
        ({"max_tokens": 0}, "critic.max_tokens: 0 is out of range"),
        ({"temperature": 3.0}, "critic.temperature: 3.0 is out of range"),
        ({"sampling_seed": -1}, "critic.sampling_seed: -1 is out of range"),
        ({"token_budget": -1}, "critic.token_budget: -1 is out of range"),
        ({"concurrency": 0}, "critic.concurrency: 0 is out of range"),
        ({"timeout": 0.0}, "critic.timeout: 0.0 is out of range"),
        ({"tries": 0}, "critic.tries: 0 is out of range"),
        ({"price_in": -1.0}, "critic.price_in: -1.0 is out of range"),
        ({"money_budget": 1.0}, "critic.money_budget: it needs prices"),
        ({"base_url": "example.org/v1"}, "critic.base_url: 'example.org/v1' is no http address"),
        ({"base_url": "http://host:port/v1"}, "critic.base_url: it is no address"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        EndpointConfig(**{**GOOD, **changes}).check("critic")


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key_env": "sk-abc123"},
        {"api_key_env": "AIzaabc123"},
        {"base_url": "https://user:abc123@example.org/v1"},
        {"base_url": "https://example.org/v1?key=abc123"},
    ],
)
def test_a_key_in_the_settings_is_refused_and_not_repeated(changes: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        EndpointConfig(**{**GOOD, **changes}).check("critic")
    assert "abc123" not in str(caught.value)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LFM_TEST_KEY", raising=False)
    with pytest.raises(UserError, match="environment variable LFM_TEST_KEY is not set"):
        make_chat(EndpointConfig(**GOOD), "run")


@pytest.mark.parametrize("url", ["http://localhost:8000/v1", "http://127.0.0.1/v1"])
def test_a_server_on_this_machine_needs_no_key(url: str, tmp_path: Path) -> None:
    assert on_this_machine(url)
    config = EndpointConfig(**{**GOOD, "base_url": url, "cache": str(tmp_path / "chat.sqlite")})
    make_chat(config, "run").close()
    assert (tmp_path / "chat.sqlite").exists()


@pytest.mark.parametrize("url", ["http://localhost.example.org/v1", "http://10.0.0.1/v1"])
def test_other_machines(url: str) -> None:
    assert not on_this_machine(url)
