"""What models a server has."""

from __future__ import annotations

import openai

from envs.errors import UserError
from lfm.chat.endpoint import Endpoint, hopeless
from lfm.chat.openai import NO_KEY

_TOLD = 5
"""Names that are repeated to people."""


def only_model(endpoint: Endpoint) -> str:
    """The name of the model that a server has.

    Args:
        endpoint: where; its ``model`` is not known yet.

    Raises:
        UserError: if nobody answers there, or the server does not list one model and no other.
    """
    names = _listed(endpoint)
    if len(names) != 1:
        several = ", ".join(names[:_TOLD]) + (", ..." if len(names) > _TOLD else "")
        raise UserError(
            f"policy.server: {endpoint.base_url} lists {several or 'no model'}; say which it is "
            "with policy.served_as=NAME"
        )
    return names[0]


def _listed(endpoint: Endpoint) -> list[str]:
    """The names in a server's list. Source: the models endpoint of OpenAI's API reference."""
    url = endpoint.base_url
    try:
        with openai.OpenAI(
            api_key=endpoint.key or NO_KEY, base_url=url, timeout=endpoint.timeout
        ) as client:
            body = client.models.with_raw_response.list().http_response.json()
        return [str(each["id"]) for each in body["data"]]
    except openai.APIConnectionError as error:
        raise UserError(
            f"policy.server: nobody answers at {url} ({error.__cause__ or error}); start the "
            "server, or check the address"
        ) from error
    except openai.APIStatusError as error:
        status, reason = error.status_code, f"it said {error.status_code}"
        fatal = hopeless(endpoint, status, "no list of models") if status != 404 else None
        if fatal is not None:
            raise fatal from error
    except (ValueError, KeyError, TypeError):
        reason = "what it said is no such list"
    raise UserError(
        f"policy.server: {url} does not say which models it has ({reason}); give the model's name "
        "with policy.served_as=NAME, and check the address, which usually ends in /v1"
    )
