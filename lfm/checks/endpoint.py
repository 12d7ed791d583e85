"""Whether the chat model that the settings name can be asked."""

from __future__ import annotations

from functools import partial

import openai

from envs.errors import UserError
from lfm.chat.endpoint import Endpoint, hopeless
from lfm.chat.openai import NO_KEY
from lfm.chat_builder import endpoint_of
from lfm.chat_config import EndpointConfig
from lfm.checks.finding import Finding

PATIENCE = 20.0
"""Seconds within which a server has to answer."""
_NO_LIST = (404, 405, 501)
"""How a server that lists no models may say so."""
_SHOWN = 10


def endpoint(config: object) -> Finding:
    """Whether the server answers, takes the key, and has the model; no model is asked anything.

    Args:
        config: settings of a critic; only one behind an address is looked for.
    """
    if not isinstance(config, EndpointConfig):
        fix = "only for a language model as the critic: critic=openai critic.model=MODEL"
        return Finding("endpoint", "missing", "none is named", fix)
    try:
        return _asked(endpoint_of(config))
    except UserError as error:
        return Finding("endpoint", "wrong", config.base_url, str(error), needed=True)


def _asked(server: Endpoint) -> Finding:
    """What the server says when it is asked for its models.

    Raises:
        UserError: if it cannot be reached, or does not take the key.
    """
    report = partial(Finding, "endpoint", needed=True)
    with openai.OpenAI(
        api_key=server.key or NO_KEY,
        base_url=server.base_url,
        timeout=PATIENCE,
        max_retries=0,
    ) as client:
        try:
            models = [model.id for model in client.models.list()]
        except openai.APIStatusError as error:
            if error.status_code in _NO_LIST:
                return report("ok", f"{server.base_url} answers, but lists no models")
            said = server.without_key(error.message)
            why = f"the server at {server.base_url} said {error.status_code}: {said}"
            raise hopeless(server, error.status_code, said) or UserError(why) from None
        except openai.APIError as error:
            raise UserError(
                f"nothing at {server.base_url} answers as it should "
                f"({server.without_key(str(error))}); start the server, or check critic.base_url, "
                "which usually ends in /v1"
            ) from None
    if server.model in models:
        return report("ok", f"{server.base_url} has {server.model}")
    fix = f"choose critic.model=... from {', '.join(models[:_SHOWN]) or 'none that it has'}"
    found = f"{server.base_url} does not list {server.model}"
    return Finding("endpoint", "wrong", found, fix)
