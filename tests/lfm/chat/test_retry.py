"""When to ask again."""

from __future__ import annotations

import email.utils
import time

import pytest

from lfm.chat.retry import Patience, Wait, passes, told_wait


def test_waits_double_up_to_the_longest() -> None:
    patience = Patience(first=1.0, longest=10.0)
    for tries, longest in ((1, 1.0), (2, 2.0), (4, 8.0), (5, 10.0), (5000, 10.0)):
        wait = patience.next_wait(tries)
        assert wait is not None
        assert longest / 2 <= wait.seconds <= longest
        assert not wait.everybody


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0.0),
        ({}, None),
    ],
)
def test_the_servers_word(headers: dict[str, str], seconds: float | None) -> None:
    assert told_wait(headers) == seconds


def test_a_date_is_a_time_to_wait() -> None:
    date = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert told_wait({"retry-after": date}) == pytest.approx(100, abs=5)


def test_the_servers_word_counts_for_everybody() -> None:
    assert Patience().next_wait(1, {"retry-after": "90"}) == Wait(90.0, everybody=True)


def test_nobody_waits_for_days() -> None:
    assert Patience().next_wait(1, {"retry-after": "100000"}) is None


@pytest.mark.parametrize(
    ("status", "again"),
    [(400, False), (401, False), (408, True), (422, False), (429, True), (500, True), (529, True)],
)
def test_which_statuses_pass(status: int, again: bool) -> None:
    assert passes(status) is again
