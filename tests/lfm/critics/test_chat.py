"""The critic that is a language model, with a model that says what a test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envs.errors import UserError
from lfm.chat.base import Answer, Estimate, Failure, Request, Sampling, Usage
from lfm.critics.chat import ChatCritic
from lfm.critics.prompt import Prompt
from lfm.critics.reading.structured import SCHEMA
from lfm.critics.windows import make_windows
from lfm.store import read_critic, read_feedback, write_feedback
from tests.lfm.critics.episodes import episode

PROMPT = Prompt(
    name="test/2",
    form="structured",
    system="Judge.\n",
    opening="Task: $instruction\nBefore: $before\n",
    step="$step. $action -> $observation\n",
    question="Judge $first to $last.",
)


def said(text: str, finish_reason: str = "stop") -> Answer:
    return Answer(text, finish_reason, Usage(100, 20), "model-1", False, 0.5)


def labels(first: int, last: int) -> Answer:
    steps = [
        {"step": at, "reason": f"r{at}", "productive": at % 2 == 0} for at in range(first, last + 1)
    ]
    return said(json.dumps({"steps": steps, "summary": "s", "suggestion": "t"}))


@dataclass
class Scripted:
    """Answers by a function of the request; the last request first, as servers may."""

    reply: Callable[[Request], Answer | Failure]
    name: str = "scripted-model"
    asked: list[Request] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    closed: bool = False

    def ask(
        self, requests: Sequence[Request], purpose: str
    ) -> Iterator[tuple[int, Answer | Failure]]:
        self.asked += requests
        self.purposes.append(purpose)
        for index in reversed(range(len(requests))):
            yield index, self.reply(requests[index])

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        return Estimate(len(requests), 0, 10 * len(requests), 0, 0.0)

    def close(self) -> None:
        self.closed = True


def critic_of(model: Scripted, prompt: Prompt = PROMPT) -> ChatCritic:
    return ChatCritic(model, prompt, "feedback/round1", Sampling(300, 0.5, 7))


def window_asked(request: Request) -> tuple[int, int]:
    """First and last step of the window that a request is about."""
    words = request.messages[-1].content.split()
    return int(words[-3]), int(words[-1].rstrip("."))


def test_a_window_is_told_as_the_prompt_says() -> None:
    windows = make_windows([episode("a", 3)], 2)
    first, second = (PROMPT.messages(window) for window in windows)
    assert [message.role for message in first] == ["system", "user"]
    assert first[0].content == "Judge."
    assert first[1].content == (
        "Task: put $5 in the {box}\nBefore: A room.\n"
        "1. do 1 -> Saw 1.\n2. do 2 -> Saw 2.\nJudge 1 to 2."
    )
    assert second[1].content == (
        "Task: put $5 in the {box}\nBefore: Saw 2.\n3. do 3 -> Saw 3.\nJudge 3 to 3."
    )


def test_feedback_is_in_the_windows_order_and_says_what_it_took() -> None:
    model = Scripted(lambda request: labels(*window_asked(request)))
    windows = make_windows([episode("a", 5), episode("b", 2)], 3)
    critic, read = critic_of(model), []
    feedback = critic.critique(windows, read.append)
    assert [each.window_id for each in feedback] == ["a/1", "a/2", "b/1"]
    assert [[label.step for label in each.steps] for each in feedback] == [
        [1, 2, 3],
        [4, 5],
        [1, 2],
    ]
    assert [label.productive for label in feedback[0].steps] == [False, True, False]
    assert {(x.summary, x.suggestion, x.input_tokens, x.output_tokens) for x in feedback} == {
        ("s", "t", 100, 20)
    }
    assert {each.parse for each in feedback} == {"parsed"}
    assert sum(read) == 3
    assert (critic.name, critic.privileged) == ("scripted-model", False)
    assert model.purposes == ["feedback/round1"]
    for request in model.asked:
        assert (request.prompt, request.schema) == ("test/2", SCHEMA)
        assert (request.max_tokens, request.temperature, request.seed) == (300, 0.5, 7)
    critic.close()
    assert model.closed


@pytest.mark.parametrize(
    ("answer", "parse"),
    [
        (Failure("unasked", "the budget is used up"), "unasked: the budget is used up"),
        (Failure("failed", "no answer in 3 tries"), "failed: no answer in 3 tries"),
        (said("That is private.", "refusal"), "refused"),
        (said('{"steps": [{"step": 1, "reason": "x", "productive": true}]}', "refusal"), "refused"),
        (said("I'm sorry, but I can't do that."), "refused"),
        (said("Nice weather."), "unparseable"),
        (said(""), "unparseable"),
    ],
)
def test_a_window_without_labels_says_why_and_the_others_go_on(
    answer: Answer | Failure, parse: str, tmp_path: Path
) -> None:
    def reply(request: Request) -> Answer | Failure:
        first, last = window_asked(request)
        return answer if first == 1 else labels(first, last)

    critic = critic_of(Scripted(reply))
    feedback = critic.critique(make_windows([episode("a", 4)], 2))
    assert [(each.parse, len(each.steps)) for each in feedback] == [(parse, 0), ("parsed", 2)]
    if isinstance(answer, Answer):
        assert (feedback[0].answer, feedback[0].output_tokens) == (answer.text, 20)
    write_feedback(tmp_path, feedback, critic.name, critic.privileged)
    assert read_feedback(tmp_path) == feedback
    assert read_critic(tmp_path) == ("scripted-model", False)


def test_what_was_cut_off_is_read_as_such() -> None:
    cut = said('{"steps": [{"step": 1, "reason": "x", "productive": true}, {"step": 2', "length")
    [feedback] = critic_of(Scripted(lambda request: cut)).critique(make_windows([episode("a", 2)]))
    assert (feedback.parse, [label.step for label in feedback.steps]) == ("repaired", [1])


def test_words_that_no_file_can_hold(tmp_path: Path) -> None:
    strange = said(
        '{"steps": [{"step": 1, "reason": "\ud800", "productive": true}], "summary": ""}'
    )
    critic = critic_of(Scripted(lambda request: strange))
    feedback = critic.critique(make_windows([episode("a", 1)]))
    write_feedback(tmp_path, feedback, critic.name, critic.privileged)
    assert read_feedback(tmp_path) == feedback


def test_no_answer_at_all_is_an_error() -> None:
    down = Scripted(lambda request: Failure("failed", "the connection broke"))
    with pytest.raises(UserError, match=r"none of 2 windows; .* failed: the connection broke"):
        critic_of(down).critique(make_windows([episode("a", 4)], 2))
    assert critic_of(down).critique([]) == []


def test_an_estimate_asks_nothing() -> None:
    model = Scripted(lambda request: labels(1, 1))
    estimate = critic_of(model).estimate(make_windows([episode("a", 4)], 2))
    assert (estimate.requests, estimate.input_tokens) == (2, 20)
    assert model.asked == []
