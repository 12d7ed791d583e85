"""An episode as a conversation, through the model's own chat template, cut into tokens.

The user's turns say what is to be done and what is seen, the assistant's turns are the actions. A
template is asked once how it writes turns; after that a conversation grows by whole turns and never
changes what it has, so that what a model has read of it stays read.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from transformers import PreTrainedTokenizerBase

from envs.errors import UserError

ANSWER = 64
"""Tokens that are kept free for the answer when a conversation is told to the model."""
_USER, _ASSISTANT = ("usertexta", "usertextb", "usertextc"), ("assistanttexta", "assistanttextb")
DAY = "26 Jul 2024"
"""What templates that name today's date are told, so that a run does not depend on the day."""


def opening_text(instruction: str, observation: str) -> str:
    """The user's first turn."""
    return f"{instruction.strip()}\n\n{observation.strip()}"


class _Frame(NamedTuple):
    """What a template writes around the texts of turns."""

    head: str
    """Before the first user's text."""
    ask: str
    """Between a user's text and the assistant's."""
    close: str
    """Between an assistant's text and the user's next."""


class ChatReader:
    """Turns what is said in an episode into tokens; each distinct text is cut only once.

    Args:
        tokenizer: one with a chat template.
        longest: most tokens of a conversation that the model reads.

    Attributes:
        longest: as given.
        end: the token that ends a reply.
        reply: from an action to its tokens and those that end a turn, int32; they are what is
            learned and what is scored.

    Raises:
        UserError: if it has no chat template, or one that does not treat all turns alike.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, longest: int) -> None:
        self._tokenizer = tokenizer
        self._frame = _frame(tokenizer)
        self._end = self._end_of_turn()
        self.end = int(self._end[-1])
        self.longest = longest
        self.reply = lru_cache(maxsize=200_000)(self._reply)
        self._seen = lru_cache(maxsize=200_000)(self._cut_seen)

    def opening(self, instruction: str, observation: str) -> np.ndarray:
        """Tokens up to where the first action is asked for: int32 (tokens,).

        Raises:
            UserError: if they leave no room for an answer.
        """
        tokens = self.asked(opening_text(instruction, observation))
        if len(tokens) + ANSWER > self.longest:
            raise UserError(
                f"policy.longest: the model reads {self.longest} tokens, and an episode begins "
                f"with {len(tokens)}, which leaves less than {ANSWER} for the answer; choose a "
                "larger number, or a model that reads more"
            )
        return tokens

    def asked(self, text: str) -> np.ndarray:
        """Tokens of a user's first turn, up to where it is to be answered: int32 (tokens,)."""
        return self.cut(f"{self._frame.head}{text}{self._frame.ask}")

    def seen(self, observation: str) -> np.ndarray:
        """Tokens from the end of a reply up to where the next one is asked for: int32."""
        return self._seen(observation)

    def _cut_seen(self, observation: str) -> np.ndarray:
        frame = self._frame
        return self.cut(f"{frame.close}{observation.strip()}{frame.ask}")[len(self._end) :]

    def fits(self, action: str) -> bool:
        """Whether an action is short enough to be read."""
        return len(self._ended(action)) <= ANSWER

    def _ended(self, action: str) -> np.ndarray:
        return np.concatenate([self.cut(action.strip()), self._end])

    def _reply(self, action: str) -> np.ndarray:
        tokens = self._ended(action)
        if len(tokens) > ANSWER:
            raise UserError(
                f"policy=causal: the action {action[:40]!r}... has {len(tokens)} tokens, and at "
                f"most {ANSWER} are read; choose an environment with shorter actions"
            )
        return tokens

    def cut(self, text: str) -> np.ndarray:
        """The tokens of a text alone: int32 (tokens,)."""
        tokens = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(tokens, dtype=np.int32)

    def _end_of_turn(self) -> np.ndarray:
        """What closes a turn, up to the first special token: behind it a text begins anew."""
        tokens = self.cut(self._frame.close)
        special = np.flatnonzero(np.isin(tokens, _special_tokens(self._tokenizer)))
        if not len(special):
            raise UserError(
                f"the chat template of {self._tokenizer.name_or_path} ends a turn with no special "
                "token, so nothing says where an action ends; give the tokenizer such a template"
            )
        return tokens[: special[0] + 1]


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    added = tokenizer.added_tokens_decoder.items()
    return [*tokenizer.all_special_ids, *(index for index, token in added if token.special)]


def _frame(tokenizer: PreTrainedTokenizerBase) -> _Frame:
    """Ask the template how it writes five turns, and see that it writes them alike.

    The last turn is a user's: templates that show the thoughts of the latest reply alone treat all
    replies before it in the same way.
    """
    turns = [_USER[0], _ASSISTANT[0], _USER[1], _ASSISTANT[1], _USER[2]]
    roles = ["user", "assistant", "user", "assistant", "user"]
    messages = [{"role": role, "content": text} for role, text in zip(roles, turns, strict=True)]
    try:
        written = tokenizer.apply_chat_template(messages, tokenize=False, date_string=DAY)
    except Exception as error:  # a template can raise anything
        raise UserError(
            f"the tokenizer of {tokenizer.name_or_path} cannot write a conversation: "
            f"{str(error).splitlines()[0]}; give it a chat template for user and assistant"
        ) from error
    pieces = _split(str(written), turns)
    if pieces is None or pieces[1] != pieces[3] or pieces[2] != pieces[4]:
        raise UserError(
            f"the chat template of {tokenizer.name_or_path} does not write the turns of a "
            "conversation one like the other; give the tokenizer a template that does"
        )
    return _Frame(*pieces[:3])


def _split(text: str, parts: Iterable[str]) -> list[str] | None:
    """What is before each of the parts; None unless each is there once, in order."""
    pieces = []
    for part in parts:
        if text.count(part) != 1:
            return None
        before, text = text.split(part)
        pieces.append(before)
    return pieces


class Dialogue:
    """One episode's conversation, as far as the model can read it.

    When a turn would not fit any more, the older half of the turns after the first is forgotten,
    which happens at the same turns while learning and while acting.

    Args:
        reader: cuts texts into tokens.
        instruction: what the agent was asked to do.
        observation: what was seen first.
    """

    def __init__(self, reader: ChatReader, instruction: str, observation: str) -> None:
        self._reader = reader
        self._opening = reader.opening(instruction, observation)
        self._texts = [opening_text(instruction, observation)]
        self._turns: list[np.ndarray] = []
        self._length = len(self._opening)

    def add(self, action: str, observation: str) -> bool:
        """Go on by an action and what was seen then; returns whether anything was forgotten."""
        turn = np.concatenate([self._reader.reply(action), self._reader.seen(observation)])
        self._texts += [action.strip(), observation.strip()]
        self._turns.append(turn)
        self._length += len(turn)
        most = self._reader.longest - ANSWER
        full = self._length > most
        while self._length > most and self._turns:
            self._turns = self._turns[(len(self._turns) + 1) // 2 :]
            self._length = len(self._opening) + sum(map(len, self._turns))
        self._texts[1 : len(self._texts) - 2 * len(self._turns)] = []
        return full

    def texts(self) -> list[str]:
        """The same as texts: what the user says first, then an action and what was seen, again."""
        return list(self._texts)

    def tokens(self) -> np.ndarray:
        """The whole of it, up to where the next action is asked for: int32 (tokens,)."""
        return np.concatenate([self._opening, *self._turns])
