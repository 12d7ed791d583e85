"""What the model learns: what it is shown, word for word as when it is asked, and what to say.

There are two kinds of lessons, for one and the same model: a window of an episode and the critique
of it, as ``critic=openai`` asks with ``prompt=structured``; and a state of an episode and the
expert's action in it, as ``policy=chat`` and ``recipe=actpred`` ask.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from envs.record import Trajectory
from lfm.advisors import Advisor
from lfm.chat.base import Message, Sampling
from lfm.chat_actor import ask_in_each_state
from lfm.critics.base import Critic, WindowFeedback
from lfm.critics.prompt import Prompt
from lfm.critics.windows import make_windows

_ANY = Sampling(max_tokens=1)
"""How answers are drawn is no part of what the model is shown."""


class Lesson(NamedTuple):
    """A question and the answer to learn."""

    messages: tuple[Message, ...]
    answer: str


def critiques(
    episodes: Sequence[Trajectory], critic: Critic, prompt: Prompt, length: int
) -> list[Lesson]:
    """A lesson for each window.

    Args:
        episodes: what is read.
        critic: whose words are learned.
        prompt: how a window is shown.
        length: of a window, in steps.
    """
    windows = make_windows(episodes, length)
    return [
        Lesson(prompt.messages(window), written(feedback))
        for window, feedback in zip(windows, critic.critique(windows), strict=True)
    ]


def written(feedback: WindowFeedback) -> str:
    """Feedback as the JSON document that ``prompt=structured`` asks for."""
    steps = [
        {"step": each.step, "reason": each.reason, "productive": each.productive}
        for each in feedback.steps
    ]
    texts = {"summary": feedback.summary, "suggestion": feedback.suggestion}
    return json.dumps({"steps": steps, **texts})


def deeds(
    episodes: Sequence[Trajectory], expert: Advisor, each: int, seed: int
) -> Iterator[Lesson]:
    """Lessons of what to do next, in states drawn from each episode.

    Args:
        episodes: where the states are from.
        expert: whose actions are learned.
        each: at most so many states of an episode.
        seed: which states.
    """
    chance = random.Random(seed)
    for episode in episodes:
        requests = ask_in_each_state(episode, _ANY)
        advice = expert.advise([episode])
        for said in chance.sample(advice, min(each, len(advice))):
            yield Lesson(requests[said.step - 1].messages, said.action)
