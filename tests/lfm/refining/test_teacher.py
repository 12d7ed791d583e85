"""The teacher writes anew what the student got wrong."""

from __future__ import annotations

from itertools import count

from lfm.chat.base import Answer, Failure, Request, Sampling
from lfm.refining.sampling import sample
from lfm.refining.teacher import TeacherAuthor
from policies.writing.base import Conversation, Turn
from tests.lfm.critics.test_chat import Scripted, said

SAMPLING = Sampling(99, 0.3, 7)


def told(word: str) -> Conversation:
    return [
        Turn(role="user", content="Do it."),
        Turn(role="assistant", content=word),
        Turn(role="user", content=f"Not {word}."),
    ]


def author(model: Scripted, sampling: Sampling = SAMPLING) -> TeacherAuthor:
    return TeacherAuthor(model, "retry plain/1", "refinements/round1", sampling)


def test_it_is_told_the_conversation_and_its_thoughts_are_left_out() -> None:
    model = Scripted(lambda request: said(f"<think>hm</think> {request.messages[1].content}!"))
    teacher = author(model)
    assert teacher.write([told("a"), told("b")], 1, 5, 0.0) == [["a!"], ["b!"]]
    assert [(each.role, each.content) for each in model.asked[0].messages] == [
        ("user", "Do it."),
        ("assistant", "a"),
        ("user", "Not a."),
    ]
    assert {(each.max_tokens, each.temperature) for each in model.asked} == {(99, 0.0)}
    assert (teacher.name, model.purposes) == ("scripted-model", ["refinements/round1"])


def test_drawn_texts_are_asked_for_one_by_one() -> None:
    numbers = count()
    model = Scripted(lambda request: said(str(next(numbers))))
    (texts,) = author(model).write([told("a")], 3, 5, 0.7)
    assert sorted(texts) == ["0", "1", "2"]
    assert len({each.prompt for each in model.asked}) == 3
    assert len({each.seed for each in model.asked}) == 3
    author(model, Sampling(99)).write([told("a")], 2, 6, 0.7)
    assert len({each.prompt for each in model.asked}) == 5
    assert [each.seed for each in model.asked[3:]] == [None, None]


def test_what_it_does_not_answer_is_left_out_and_asked_once_more() -> None:
    def reply(request: Request) -> Answer | Failure:
        word = request.messages[1].content
        if word == "refused":
            return said("I will not.", "content_filter")
        return said("x") if word == "fine" else Failure("failed", "no connection")

    model = Scripted(reply)
    conversations = [told(word) for word in ("fine", "refused", "lost")]
    assert sample(author(model), conversations, 1, 5, 0.7) == [["x"], [], []]
    assert len(model.asked) == 3 + 2
