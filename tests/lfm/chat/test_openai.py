"""Endpoints, over real connections on loopback, whole and broken."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from envs.errors import UserError
from experiments.critic_faults.gateway import Gateway, stub
from experiments.critic_faults.proxy import AFTER, BEFORE, FAULTS, FaultyProxy, at_rate
from experiments.critic_faults.web import Call, Connection, as_bytes, completion, serving
from lfm.chat.base import Answer, Failure, Usage
from lfm.chat.budget import Limits
from tests.lfm.chat.asking import KEY, SCHEMA, always, desk, refusing, request, requests


def test_answers_come_with_their_tokens() -> None:
    with serving(Gateway(stub(0.0), idempotent=False)) as url:
        asked = desk(url)
        ((index, answer),) = asked.ask(requests(1), "test")
        asked.close()
    assert index == 0
    assert isinstance(answer, Answer)
    assert (answer.text, answer.finish_reason) == ("Yes.", "stop")
    assert (answer.usage, answer.model, answer.cached) == (Usage(100, 20), "stub", False)


def test_the_same_question_is_paid_once(tmp_path: Path) -> None:
    gateway = Gateway(stub(0.0), idempotent=False)
    with serving(gateway) as url:
        for cached in (False, True):
            asked = desk(url, tmp_path / "chat.sqlite")
            answers = dict(asked.ask([*requests(3), *requests(3)], "test"))
            asked.close()
            assert sorted(answers) == list(range(6))
            assert {answer.cached for answer in answers.values() if isinstance(answer, Answer)} == {
                cached
            }
    assert gateway.paid.total() == 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_nothing_but_time(fault: str) -> None:
    """With a gateway that knows the key of a request, each is answered, and paid for once."""
    gateway = Gateway(stub(0.0), idempotent=True)
    proxy = FaultyProxy(gateway, {fault: 0.5}, seed=1)
    with serving(proxy) as url:
        asked = desk(url, timeout=0.5 if "stall" in fault else 30.0)
        answers = dict(asked.ask(requests(8), "test"))
        asked.close()
    assert proxy.happened[fault] > 0
    assert [isinstance(answers[number], Answer) for number in range(8)] == [True] * 8
    assert gateway.paid.total() == 8
    assert gateway.paid_twice == 0


@pytest.mark.parametrize("fault", [name for name in BEFORE if name != "stall"])
def test_a_request_that_never_arrived_is_not_paid_twice_anywhere(fault: str) -> None:
    gateway = Gateway(stub(0.0), idempotent=False)
    with serving(FaultyProxy(gateway, {fault: 0.5}, seed=1)) as url:
        asked = desk(url)
        assert len(list(asked.ask(requests(8), "test"))) == 8
        asked.close()
    assert (gateway.paid.total(), gateway.paid_twice) == (8, 0)


def test_what_cannot_be_had_is_reported() -> None:
    proxy = FaultyProxy(Gateway(stub(0.0), idempotent=True), at_rate(("500",), 1.0), 0)
    with serving(proxy) as url:
        asked = desk(url, tries=3)
        outcomes = dict(asked.ask(requests(2), "test"))
        spent = asked.ledger.spent()
        asked.close()
    assert outcomes[0] == Failure(
        "failed", "no answer in 3 tries; the last: the server said 500: not now"
    )
    assert (spent.answered, spent.failed, spent.cost) == (0, 6, 0.0)


def test_broken_responses_are_kept_and_counted(tmp_path: Path) -> None:
    broken = [name for name in AFTER if name in ("truncated JSON", "wrong JSON", "wrong schema")]
    proxy = FaultyProxy(Gateway(stub(0.0), idempotent=True), at_rate(broken, 0.4), 3)
    with serving(proxy) as url:
        asked = desk(url, tmp_path / "chat.sqlite")
        list(asked.ask(requests(6), "test"))
        spent = asked.ledger.spent()
        asked.close()
    assert spent.broken == sum(proxy.happened.values()) > 0
    assert spent.input_tokens > 6 * 100  # broken responses count as if they had been paid for


def test_everybody_waits_when_the_server_says_so() -> None:
    calls: list[float] = []

    async def handle(_: Call, connection: Connection) -> None:
        calls.append(time.monotonic())
        if len(calls) == 1:
            await connection.send(429, as_bytes({}), {"retry-after": "1"})
        else:
            await connection.send(200, as_bytes(completion("Yes.")))

    with serving(handle) as url:
        asked = desk(url, concurrency=1)
        assert len(list(asked.ask(requests(3), "test"))) == 3
        asked.close()
    assert calls[1] - calls[0] >= 1.0


def test_a_server_without_schemas_is_asked_without(tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []
    handle = refusing(lambda fields: "unknown field" if "response_format" in fields else "", seen)
    with serving(handle) as url:
        asked = desk(url, concurrency=1)
        outcomes = list(asked.ask([request("a", SCHEMA), request("b", SCHEMA)], "test"))
        asked.close()
    assert all(isinstance(outcome, Answer) for _, outcome in outcomes)
    assert ["response_format" in fields for fields in seen] == [True, False, False]


def test_a_schema_is_sent_where_it_is_taken() -> None:
    seen: list[dict[str, object]] = []
    with serving(refusing(lambda fields: "", seen)) as url:
        asked = desk(url)
        list(asked.ask([request("a", SCHEMA)], "test"))
        asked.close()
    assert seen[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "judgement", "schema": SCHEMA, "strict": True},
    }


def test_a_model_that_wants_the_newer_limit_gets_it() -> None:
    seen: list[dict[str, object]] = []
    complaint = "Unsupported parameter: use 'max_completion_tokens' instead."
    with serving(refusing(lambda fields: complaint * ("max_tokens" in fields), seen)) as url:
        asked = desk(url, concurrency=1)
        outcomes = list(asked.ask(requests(2), "test"))
        asked.close()
    assert all(isinstance(outcome, Answer) for _, outcome in outcomes)
    assert ["max_completion_tokens" in fields for fields in seen] == [False, True, True]


def test_a_malformed_request_is_rejected_and_not_repeated() -> None:
    seen: list[dict[str, object]] = []
    with serving(refusing(lambda fields: "too long", seen)) as url:
        asked = desk(url)
        ((_, outcome),) = asked.ask(requests(1), "test")
        asked.close()
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.reason) == ("rejected", "the server said 400: too long")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "the key is not accepted"),
        (403, "the key is not accepted"),
        (404, "there is no model 'stub'"),
        (402, "the account has no credit left"),
        (429, "the account has no credit left"),
    ],
)
def test_what_no_request_survives_stops_the_job(status: int, sentence: str) -> None:
    error = {"error": {"message": f"{KEY}: insufficient_quota"}}
    with serving(always(status, error)) as url:
        asked = desk(url)
        with pytest.raises(UserError, match=sentence) as caught:
            list(asked.ask(requests(9), "test"))
        spent = asked.ledger.spent()
        asked.close()
    assert KEY not in str(caught.value)
    assert spent.answered == 0


def test_nobody_at_the_address() -> None:
    with serving(always(200, {})) as url:
        pass
    asked = desk(url)
    with pytest.raises(UserError, match=f"nobody answers at {url}"):
        list(asked.ask(requests(2), "test"))
    asked.close()


def test_the_key_is_nowhere(tmp_path: Path) -> None:
    """Not even where the server repeats it, in an answer or in a refusal."""
    answers = [
        (500, {"error": {"message": f"bad {KEY}"}}),
        (200, {"choices": f"{KEY}"}),
        (200, completion(f"your key is {KEY}")),
    ]

    async def handle(call: Call, connection: Connection) -> None:
        assert call.headers["authorization"] == f"Bearer {KEY}"
        status, body = answers.pop(0)
        await connection.send(status, as_bytes(body))

    with serving(handle) as url:
        asked = desk(url, tmp_path / "chat.sqlite")
        ((_, answer),) = asked.ask(requests(1), "test")
        asked.close()
    assert isinstance(answer, Answer)
    assert answer.text == "your key is [key]"
    assert not [file for file in tmp_path.iterdir() if KEY.encode() in file.read_bytes()]


def test_whoever_stops_listening_keeps_what_is_in_flight(tmp_path: Path) -> None:
    gateway = Gateway(stub(0.2), idempotent=False)
    with serving(gateway) as url:
        asked = desk(url, tmp_path / "chat.sqlite", concurrency=4)
        outcomes = asked.ask(requests(40), "test")
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined] # it is a generator
        assert asked.ledger.spent().answered == gateway.paid.total() < 40
        asked.close()


def test_a_budget_stops_before_it_is_overrun() -> None:
    """The stub counts 120 tokens for each answer; the guess for a question is much less."""
    gateway = Gateway(stub(0.0), idempotent=False)
    with serving(gateway) as url:
        asked = desk(url, limits=Limits(tokens=1000), concurrency=1)
        outcomes = dict(asked.ask(requests(20), "test"))
        asked.close()
    answered = [number for number, each in outcomes.items() if isinstance(each, Answer)]
    assert len(answered) == gateway.paid.total() == 8  # 960 tokens
    assert sorted(outcomes) == list(range(20))
    assert outcomes[19] == Failure("unasked", "the budget of 1000 tokens is used up")


def test_a_higher_budget_goes_on(tmp_path: Path) -> None:
    gateway = Gateway(stub(0.0), idempotent=False)
    cache = tmp_path / "chat.sqlite"
    with serving(gateway) as url:
        for tokens, answered in ((400, 3), (400, 3), (800, 6)):
            asked = desk(url, cache, Limits(tokens=tokens), concurrency=1)
            outcomes = [each for _, each in asked.ask(requests(10), "test")]
            asked.close()
            assert sum(isinstance(each, Answer) for each in outcomes) == answered
    assert gateway.paid_twice == 0
