"""A chat model that acts: asked for the next action, step by step.

It is a policy (``policy=chat``) and an advisor: ActPred, the baseline of "Policy Improvement using
Language Feedback Models" (arXiv 2402.07876), in which the language model says at each step what it
would do, and that is imitated. The wording is ours; that the whole history is told, with the
admissible actions at its end, and that the answer is matched to one of them, is as in the paper's
release (``prompt_utils.py``; its runner was not released).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Trajectory
from lfm.chat.base import Answer, ChatModel, Failure, Message, Request, Sampling
from lfm.critics.base import Advance, unfollowed
from lfm.store import Advice
from policies.base import Choice, Start

PROMPT, ANSWER_PROMPT = "act/1", "answer/1"
"""Names and versions of what is asked, for an action of a list and for any text; answers are kept
under them."""

_SYSTEM = (
    "You are an agent in a world of text. Each turn you are told what you did and saw so far and "
    "what you can do now. Answer with your next action, copied from the list to the letter, on one "
    "line and without anything else."
)
_FEWEST_ALIKE = 0.85
"""Likeness from 0 to 1 below which a misspelt action is none of the admissible ones."""

_LONGEST_ACTION = 200
"""Characters of an answer that are sent to an environment as they are."""

_TOGETHER = 16
"""Episodes whose states are asked about at once: enough to keep a server busy, few enough that
their histories, told anew for each state, stay small."""

SILENCE = "nothing"
"""Sent to an environment for an answer without words."""

_DRESS = re.compile(r"^(?:[-*>\s]|\d+[.)]\s|(?:next )?action:|you decide to:?)+", re.IGNORECASE)
"""What models put before an action: bullets, numbers, the word."""


def ask_for_action(
    instruction: str,
    observations: Sequence[str],
    actions: Sequence[str],
    admissible: Sequence[str],
    sampling: Sampling,
) -> Request:
    """The request for the next action.

    Args:
        instruction: what the agent is asked to do.
        observations: everything seen so far: the first observation, and one after each action.
        actions: everything done so far.
        admissible: what can be done now; nothing where any text is an action, and the instruction
            itself is the prompt.
        sampling: how the answer is drawn.
    """
    if not admissible:
        return _ask_in_words(instruction, observations, actions, sampling)
    lines = [f"Your task: {instruction}", f"You see: {observations[0]}"]
    for action, seen in zip(actions, observations[1:], strict=True):
        lines += [f"You did: {action}", f"You see: {seen}"]
    lines += [_possible(admissible), "What do you do?"]
    messages = (Message("system", _SYSTEM), Message("user", "\n".join(lines)))
    return Request(messages, PROMPT, sampling.max_tokens, sampling.temperature, seed=sampling.seed)


def _ask_in_words(
    instruction: str, observations: Sequence[str], actions: Sequence[str], sampling: Sampling
) -> Request:
    """The request for any text: the episode as a conversation."""
    opening = "\n\n".join(filter(None, (instruction, observations[0])))
    messages = [Message("user", opening)]
    for action, seen in zip(actions, observations[1:], strict=True):
        messages += [Message("assistant", action), Message("user", seen)]
    return Request(
        tuple(messages),
        ANSWER_PROMPT,
        sampling.max_tokens,
        sampling.temperature,
        seed=sampling.seed,
    )


def matched(answer: str, admissible: Sequence[str]) -> str | None:
    """The admissible action that an answer means; None if it means none.

    The first line that is an action counts, whatever bullets, quotation marks or capitals it
    comes with; then the likeliest misspelling of one.

    Example:
        >>> matched("Action: Open Drawer 1.", ["open drawer 1", "look"])
        'open drawer 1'
        >>> matched("opne drawer 1", ["open drawer 1", "look"])
        'open drawer 1'
        >>> matched("I give up", ["open drawer 1", "look"]) is None
        True
    """
    lines = [line for line in map(_undressed, answer.splitlines()) if line]
    if isinstance(admissible, FactoredActions):
        return next((line for line in lines if line in admissible), None)
    actions = {_undressed(action): action for action in admissible}
    for line in lines:
        if line in actions:
            return actions[line]
    for line in lines:
        same = [action for action in actions if _numbers(action) == _numbers(line)]
        if alike := difflib.get_close_matches(line, same, n=1, cutoff=_FEWEST_ALIKE):
            return actions[alike[0]]
    return None


def _numbers(text: str) -> list[str]:
    """Numbers in a text; another number is another thing, and no misspelling."""
    return re.findall(r"\d+", text)


def _undressed(line: str) -> str:
    """A line without bullets, quotation marks and capitals."""
    bare = _DRESS.sub("", line.strip()).strip(" \t\"'`*.")
    return " ".join(bare.lower().split())


def _possible(admissible: Sequence[str]) -> str:
    """What can be done now; of actions with gaps, the frames and what fills them."""
    if not isinstance(admissible, FactoredActions):
        return "\n".join(["You can:", *(f"- {action}" for action in admissible)])
    frames = [f"- {frame}" for frame in admissible.frames]
    things = ", ".join(admissible.things)
    return "\n".join(["You can, with a thing in place of each OBJ:", *frames, f"Things: {things}"])


class ChatPolicy:
    """Acts as a chat model says. Not privileged.

    What is none of the admissible actions is sent as it is, and the environment answers that
    nothing happens. Where any text is an action, the model's whole answer is.

    Args:
        model: who is asked.
        sampling: how answers are drawn.
    """

    privileged = False

    def __init__(self, model: ChatModel, sampling: Sampling) -> None:
        self.name = model.name
        self._model = model
        self._sampling = sampling

    def begin(self, starts: Sequence[Start]) -> ChatSession:
        """Begin a batch of episodes."""
        return ChatSession(self._model, self._sampling, starts)


class ChatSession:
    """Episodes of :class:`ChatPolicy`."""

    def __init__(self, model: ChatModel, sampling: Sampling, starts: Sequence[Start]) -> None:
        self._model = model
        self._sampling = sampling
        self._instructions = [start.instruction for start in starts]
        self._observations = [[start.first_observation] for start in starts]
        self._actions: list[list[str]] = [[] for _ in starts]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Ask for an action for each episode in ``rows``, side by side.

        Raises:
            UserError: if a request has no answer: an episode cannot go on without.
        """
        requests = [
            ask_for_action(
                self._instructions[row],
                self._observations[row],
                self._actions[row],
                actions,
                self._sampling,
            )
            for row, actions in zip(rows, admissible, strict=True)
        ]
        return ask_to_act(self._model, requests, admissible)

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Remember what was done and what came of it."""
        for row, action, seen in zip(rows, actions, observations, strict=True):
            self._actions[row].append(action)
            self._observations[row].append(seen)


def ask_to_act(
    model: ChatModel, requests: Sequence[Request], admissible: Sequence[Sequence[str]]
) -> list[Choice]:
    """What a chat model does where it is asked, side by side.

    Args:
        model: who is asked.
        requests: one for each episode.
        admissible: of each what can be done; see :func:`matched`.

    Raises:
        UserError: if a request has no answer.
    """
    answers = dict(model.ask(requests, "act"))
    return [
        Choice(_action(answers[index], actions), None) for index, actions in enumerate(admissible)
    ]


def _action(answer: Answer | Failure, admissible: Sequence[str]) -> str:
    if isinstance(answer, Failure):
        raise UserError(
            f"the chat model did not say what to do ({answer.kind}: {answer.reason}); every "
            "answer so far is kept: start again with the cause mended"
        )
    if not admissible:
        return answer.text
    said = " ".join(answer.text.split())[:_LONGEST_ACTION]
    return matched(answer.text, admissible) or said or SILENCE


class ChatAdvisor:
    """ActPred: says what a chat model would have done in each state of an episode.

    Args:
        model: who is asked.
        sampling: how answers are drawn.
        purpose: what for, in the model's ledger.
    """

    privileged = False

    def __init__(self, model: ChatModel, sampling: Sampling, purpose: str) -> None:
        self.name = model.name
        self._model = model
        self._sampling = sampling
        self._purpose = purpose

    def advise(self, episodes: Sequence[Trajectory], advance: Advance = unfollowed) -> list[Advice]:
        """An admissible action for each state where the model named one, in order.

        A state has none where the answer means no admissible action, or where there is no answer,
        as when the budget is used up.
        """
        advice: list[Advice] = []
        for start in range(0, len(episodes), _TOGETHER):
            some = episodes[start : start + _TOGETHER]
            advice += self._advise(some)
            advance(len(some))
        return advice

    def _advise(self, episodes: Sequence[Trajectory]) -> list[Advice]:
        """Ask about the states of some episodes side by side."""
        states = [(each, at) for each in episodes for at in range(len(each.steps))]
        requests = [ask for each in episodes for ask in ask_in_each_state(each, self._sampling)]
        wanted: dict[int, Advice] = {}
        for index, answer in self._model.ask(requests, self._purpose):
            if isinstance(answer, Answer):
                episode, at = states[index]
                action = matched(answer.text, episode.steps[at].admissible)
                if action is not None:
                    wanted[index] = Advice(episode.trajectory_id, at + 1, action)
        return [wanted[index] for index in sorted(wanted)]


def ask_in_each_state(episode: Trajectory, sampling: Sampling) -> list[Request]:
    """The requests for an action in each state of an episode; see :func:`ask_for_action`."""
    actions = [step.action for step in episode.steps]
    observations = [episode.first_observation, *(step.observation for step in episode.steps)]
    return [
        ask_for_action(
            episode.instruction, observations[: at + 1], actions[:at], step.admissible, sampling
        )
        for at, step in enumerate(episode.steps)
    ]
