"""Chat models that act, with a model that says what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from envs.actions import FactoredActions
from envs.base import ANY_TEXT
from envs.errors import UserError
from envs.record import Step, Trajectory
from lfm.chat.base import Answer, Estimate, Failure, Request, Sampling, Usage
from lfm.chat_actor import ChatAdvisor, ChatPolicy, ask_for_action, matched
from lfm.store import Advice
from policies.base import Choice, Start

SAMPLING = Sampling(max_tokens=20, temperature=0.0)
KITCHEN = ("go to drawer 1", "open drawer 1", "look")


class Scripted:
    """A chat model that answers by what it is asked; the last answers come first."""

    name = "scripted"

    def __init__(self, say: Callable[[str], str | Failure]) -> None:
        self._say = say
        self.asked: list[str] = []

    def ask(
        self, requests: Sequence[Request], purpose: str
    ) -> Iterator[tuple[int, Answer | Failure]]:
        for index, request in reversed(list(enumerate(requests))):
            words = request.messages[-1].content
            self.asked.append(words)
            said = self._say(words)
            if isinstance(said, str):
                yield index, Answer(said, "stop", Usage(1, 1), self.name, False, 0.0)
            else:
                yield index, said

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        raise NotImplementedError

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("open drawer 1", "open drawer 1"),
        ("> Open drawer 1.", "open drawer 1"),
        ("Action: `open drawer 1`", "open drawer 1"),
        ("1. open  drawer 1", "open drawer 1"),
        ("I want to see what is in it.\nopen drawer 1", "open drawer 1"),
        ("opn drawer 1", "open drawer 1"),
        ("open drawer 12345", None),
        ("close the window", None),
        ("", None),
    ],
)
def test_what_an_answer_means(answer: str, action: str | None) -> None:
    assert matched(answer, KITCHEN) == action


def test_an_answer_among_thousands_of_actions() -> None:
    actions = FactoredActions(("look", "pour OBJ in OBJ"), ("cup", "door to kitchen"))
    assert matched("- Pour cup in door to kitchen", actions) == "pour cup in door to kitchen"
    assert matched("pour cup in sink", actions) is None


def test_a_policy_is_told_what_it_did_and_saw() -> None:
    model = Scripted(lambda words: "look" if "find a mug" in words else "open drawer 1")
    starts = [Start("find a mug", "A kitchen.", 0), Start("open it", "A study.", 0)]
    session = ChatPolicy(model, SAMPLING).begin(starts)
    assert session.choose([0, 1], [KITCHEN, KITCHEN]) == [
        Choice("look", None),
        Choice("open drawer 1", None),
    ]
    session.observe([0, 1], ["look", "open drawer 1"], ["Still a kitchen.", "It is open."])
    assert session.choose([1], [KITCHEN]) == [Choice("open drawer 1", None)]
    assert model.asked[-1] == (
        "Your task: open it\nYou see: A study.\nYou did: open drawer 1\nYou see: It is open.\n"
        "You can:\n- go to drawer 1\n- open drawer 1\n- look\nWhat do you do?"
    )


@pytest.mark.parametrize(("said", "done"), [("I give up.", "I give up."), ("", "nothing")])
def test_what_is_no_action_is_sent_as_it_is(said: str, done: str) -> None:
    session = ChatPolicy(Scripted(lambda words: said), SAMPLING).begin([Start("a", "b", 0)])
    assert session.choose([0], [KITCHEN]) == [Choice(done, None)]


def test_where_any_text_is_an_action_the_whole_answer_is_one() -> None:
    model = Scripted(lambda words: "I think.\n\n  Answer: 5")
    session = ChatPolicy(model, SAMPLING).begin([Start("Guess a number.", "", 0)])
    assert session.choose([0], [ANY_TEXT]) == [Choice("I think.\n\n  Answer: 5", None)]
    assert model.asked == ["Guess a number."]
    session.observe([0], ["Answer: 5"], ["It is higher."])
    session.choose([0], [ANY_TEXT])
    (first, *_, last) = ask_for_action(
        "Guess a number.", ["", "It is higher."], ["Answer: 5"], ANY_TEXT, SAMPLING
    ).messages
    assert (first.role, last.role) == ("user", "user")
    assert model.asked[-1] == last.content == "It is higher."


def test_an_episode_cannot_go_on_without_an_answer() -> None:
    model = Scripted(lambda words: Failure("unasked", "the budget of 5 tokens is used up"))
    session = ChatPolicy(model, SAMPLING).begin([Start("a", "b", 0)])
    with pytest.raises(UserError, match="unasked: the budget of 5 tokens is used up"):
        session.choose([0], [KITCHEN])


def an_episode(name: str) -> Trajectory:
    steps = [
        Step("look", "A drawer.", KITCHEN, 0.0),
        Step("go to drawer 1", "It is closed.", KITCHEN, 0.0),
        Step("look", "It is closed.", KITCHEN, 0.0),
    ]
    return Trajectory(
        *(name, "alfworld", "1", "train", "task", "pick", "find a mug", "A kitchen."),
        steps=tuple(steps),
        success=False,
        policy="bc",
        seed=0,
        privileged=False,
    )


def test_an_advisor_says_what_it_would_have_done_in_each_state() -> None:
    def say(words: str) -> str | Failure:
        if "A drawer." not in words:
            return "Look"
        return "Hm." if "closed" not in words else Failure("unasked", "no budget")

    episode = an_episode("e1")
    advisor = ChatAdvisor(Scripted(say), SAMPLING, "advice/round1")
    assert advisor.advise([episode]) == [Advice("e1", 1, "look")]
    open_it = ChatAdvisor(Scripted(lambda words: "open drawer 1"), SAMPLING, "advice/round1")
    assert open_it.advise([episode]) == [Advice("e1", at, "open drawer 1") for at in (1, 2, 3)]


def test_an_advisor_asks_about_episodes_side_by_side() -> None:
    asked: list[int] = []

    class Counting(Scripted):
        def ask(
            self, requests: Sequence[Request], purpose: str
        ) -> Iterator[tuple[int, Answer | Failure]]:
            asked.append(len(requests))
            return super().ask(requests, purpose)

    advanced: list[int] = []
    advisor = ChatAdvisor(Counting(lambda words: "look"), SAMPLING, "advice/round1")
    episodes = [an_episode(f"e{number}") for number in range(20)]
    advice = advisor.advise(episodes, advanced.append)
    assert advice == [Advice(f"e{number}", at, "look") for number in range(20) for at in (1, 2, 3)]
    assert (asked, advanced) == ([48, 12], [16, 4])
