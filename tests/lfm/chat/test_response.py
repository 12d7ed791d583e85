"""Bodies of chat completions, whole, odd and broken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfm.chat.base import Answer, Usage
from lfm.chat.response import BrokenResponseError, read_response
from tests.lfm.chat.asking import request

ASKED = request("what?")


def _body(**changes: Any) -> str:
    message = {"role": "assistant", "content": "Yes.", **changes.pop("message", {})}
    choice = {"message": message, "finish_reason": "stop", **changes.pop("choice", {})}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    return json.dumps({"model": "m-1", "choices": [choice], "usage": usage, **changes})


def _read(body: str) -> Answer:
    return read_response(body, ASKED, 1.5)


def test_a_whole_response() -> None:
    expected = Answer("Yes.", "stop", Usage(7, 3), "m-1", cached=False, seconds=1.5)
    assert _read(_body()) == expected
    assert not expected.refused


def test_an_answer_cut_off_stays_as_it_is() -> None:
    assert _read(_body(choice={"finish_reason": "length"})).finish_reason == "length"
    nothing = _body(message={"content": None}, choice={"finish_reason": "length"})
    assert _read(nothing).text == ""


def test_a_refusal_is_an_answer() -> None:
    refusal = _read(_body(message={"content": None, "refusal": "I cannot."}))
    assert (refusal.text, refusal.finish_reason, refusal.refused) == ("I cannot.", "refusal", True)
    assert _read(_body(choice={"finish_reason": "content_filter"})).refused


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": 10**30}])
def test_tokens_that_nobody_counted_are_guessed(usage: Any) -> None:
    assert _read(_body(usage=usage)).usage == Usage(10, 1)


def test_half_a_character_can_be_written_to_files() -> None:
    _read(_body(message={"content": "\ud83d"})).text.encode()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("", "not JSON"),
        (_body()[:-9], "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no JSON object"),
        ('{"error": "overloaded"}', "no choices"),
        ('{"choices": []}', "no choices"),
        ('{"choices": [{}]}', "no message"),
        (_body(message={"content": None}), "no text"),
        (_body(message={"content": [1]}), "no text"),
    ],
)
def test_a_broken_response_says_what_is_wrong(body: str, what: str) -> None:
    with pytest.raises(BrokenResponseError, match=what):
        _read(body)


_NAMES = st.sampled_from(
    "choices message content refusal finish_reason usage prompt_tokens completion_tokens".split()
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_anything_is_an_answer_or_broken(value: Any) -> None:
    try:
        answer = _read(json.dumps(value))
    except BrokenResponseError:
        return
    assert isinstance(answer.text, str)
    assert answer.usage.input_tokens >= 0
