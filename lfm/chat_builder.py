"""From settings to chat models."""

from __future__ import annotations

import os
from pathlib import Path

from envs.errors import UserError
from lfm import layout
from lfm.chat.base import Sampling
from lfm.chat.budget import Limits
from lfm.chat.database import Database
from lfm.chat.desk import Desk, Engine
from lfm.chat.endpoint import Endpoint
from lfm.chat.openai import OpenAIEngine
from lfm.chat.prices import Prices
from lfm.chat_config import ChatConfig, EndpointConfig, LocalChatConfig, on_this_machine
from lfm.local_chat import LocalEngine
from lfm.workers import Workers


def make_chat(config: ChatConfig, run: str | Path, workers: Workers | None = None) -> Desk:
    """The chat model that settings describe; close it when it is not needed any more.

    Args:
        config: where it is, and what may be spent.
        run: the run directory, which also gets the account of what was spent; or another name of
            the run in the ledger, the same when the run is gone on with.
        workers: who computes the answers of a local model; this process unless given.

    Raises:
        UserError: if the key is missing, or the cache or a local model cannot be opened.
    """
    prices, money = Prices(), 0.0
    if isinstance(config, EndpointConfig):
        prices, money = Prices(config.price_in, config.price_out), config.money_budget
    limits = Limits(config.token_budget, config.output_token_budget, money)
    engine = _engine(config, workers)
    database = Database(Path(config.cache) if config.cache is not None else None)
    if isinstance(run, str):
        return Desk(engine, database, run, prices, limits)
    account = run / layout.SPENT_FILE
    return Desk(engine, database, str(run.resolve()), prices, limits, account)


def make_sampling(config: ChatConfig) -> Sampling:
    """How settings have answers drawn."""
    return Sampling(config.max_tokens, config.temperature, config.sampling_seed)


def _engine(config: ChatConfig, workers: Workers | None) -> Engine:
    if isinstance(config, EndpointConfig):
        return OpenAIEngine(endpoint_of(config))
    if isinstance(config, LocalChatConfig):
        return LocalEngine(config.model, config.batch_size, config.dtype.value, workers)
    raise TypeError(f"{type(config).__name__} says neither where the model is nor that it is here")


def endpoint_of(config: EndpointConfig) -> Endpoint:
    """Where the chat model is that settings describe.

    Raises:
        UserError: if the key is missing.
    """
    return Endpoint(
        base_url=config.base_url,
        model=config.model,
        key=_key(config),
        concurrency=config.concurrency,
        timeout=config.timeout,
        tries=config.tries,
        structured=config.structured.value,
    )


def _key(config: EndpointConfig) -> str | None:
    """The key in the environment; servers on this machine seldom need one."""
    if config.api_key_env is None:
        return None
    key = os.environ.get(config.api_key_env, "").strip()
    if key:
        return key
    if on_this_machine(config.base_url):
        return None
    raise UserError(
        f"api_key_env: the environment variable {config.api_key_env} is not set; set it to the key "
        f"of {config.base_url}, or api_key_env=null if that server needs none."
    )
