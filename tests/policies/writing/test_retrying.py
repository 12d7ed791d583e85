"""A policy that has heard what was said of its first answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from policies.base import Choice, Start
from policies.writing.base import Retry
from policies.writing.policy import WriterPolicy
from policies.writing.retrying import Before, RetryingPolicy

RETRY = Retry("test/1", "Heard: $feedback Again: $instruction", "Again.")


class Session:
    """Answers with all that it was told, and remembers which rows it was asked about."""

    def __init__(self, starts: Sequence[Start]) -> None:
        self.told = [[start.instruction] for start in starts]
        self.asked: list[list[int]] = []

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        self.asked.append(list(rows))
        return [Choice("|".join(self.told[row]), None) for row in rows]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        for row, action, seen in zip(rows, actions, observations, strict=True):
            self.told[row] += [action, seen]


class Writer:
    name, privileged = "writer", False

    def begin(self, starts: Sequence[Start]) -> Session:
        self.session = Session(starts)
        return self.session


def policy(first: dict[tuple[str, int], Before], **others: Any) -> tuple[RetryingPolicy, Writer]:
    writer = Writer()
    return RetryingPolicy(cast(WriterPolicy, writer), RETRY, first, **others), writer


def test_only_what_was_called_wrong_is_answered_again() -> None:
    first = {("A", 1): Before("a", "bad"), ("B", 2): Before("b", None)}
    told, writer = policy(first, privileged=False)
    starts = [Start("B", "", 2), Start("A", "", 1), Start("C", "", 3)]
    session = told.begin(starts)
    choices = session.choose([0, 1, 2], [(), (), ()])
    assert [each.action for each in choices] == ["b", "A|a|Heard: bad Again: A", "C"]
    assert writer.session.asked == [[1, 2]]
    session.observe([0], ["b"], ["seen"])
    assert session.choose([0], [()])[0].action == "B|b|seen"


def test_the_same_instruction_in_another_episode_is_another_matter() -> None:
    told, _ = policy({("A", 1): Before("a", None)}, privileged=False)
    session = told.begin([Start("A", "", 1), Start("A", "", 2)])
    assert [each.action for each in session.choose([0, 1], [(), ()])] == ["a", "A"]


def test_what_it_heard_may_be_privileged() -> None:
    assert policy({}, privileged=True)[0].privileged
    assert not policy({}, privileged=False)[0].privileged
