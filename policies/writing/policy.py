"""A causal language model that answers in its own words, here, on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import torch
from peft import PeftModel
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from envs.errors import UserError
from policies.base import Choice, Start
from policies.causal.chat import DAY
from policies.causal.model import CausalModel
from policies.imitation import Follow, Schedule
from policies.learned import Examples
from policies.tuning import Tuning, set_tuning, to_train, trained, tuning_of
from policies.writing.base import Conversation, Record, Turn, records, said
from policies.writing.small import Shape, small_writer
from policies.writing.training import Update, train_writer

_TOKENS = 32_768
"""Tokens that the model has in hand at once, about."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a writer answers and learns; part of its model's config.

    Attributes:
        update: what it learns by; see :class:`policies.writing.training.Update`.
        beta: as there.
        answer_tokens: most tokens of an answer.
    """

    update: str = "sft"
    beta: float = 0.1
    answer_tokens: int = 256


def writing_in(config: PretrainedConfig) -> Writing:
    """What a config says; the default for a model of someone else's."""
    return Writing(**getattr(config, "writing", {}))


def is_writer(folder: Path) -> bool:
    """Whether the folder holds a model that answers in its own words."""
    try:
        facts, _ = PretrainedConfig.get_config_dict(folder, local_files_only=True)
    except (OSError, ValueError):
        return False
    return "writing" in facts


class WriterPolicy(CausalModel):
    """Answers in its own words what it is told; a :class:`policies.writing.base.Writer`.

    Args:
        model: as for :class:`policies.causal.model.CausalModel`.
        tokenizer: with a chat template.
        name: what to call it in files and tables.
        temperature: 0 takes the likeliest word each time, otherwise words are drawn.
        adapter: LoRA's part of the model, if it has not been merged.

    Raises:
        UserError: if the chat template cannot be used.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        temperature: float = 0.0,
        adapter: PeftModel | None = None,
    ) -> None:
        super().__init__(model, tokenizer, name, adapter)
        self.temperature = temperature
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token

    @classmethod
    def from_lessons(
        cls, name: str, lessons: Sequence[Record], shape: Shape, writing: Writing, seed: int
    ) -> WriterPolicy:
        """One with random weights that knows the words of its lessons.

        Raises:
            UserError: if a lesson's target cannot be written with such tokens.
        """
        model, tokenizer = small_writer(lessons, shape, seed)
        model.config.privileged = False
        model.config.writing = asdict(writing)
        return cls(model, tokenizer, name)

    @classmethod
    def from_model(cls, name: str, folder: Path, tuning: Tuning, writing: Writing) -> WriterPolicy:
        """One that begins as the chat model in a folder.

        Raises:
            UserError: if the folder holds no model that can be used.
        """
        found = cls.read(folder)
        found.name = name
        found.model.config.privileged = found.privileged = False
        found.model.config.writing = asdict(writing)
        set_tuning(found.model, tuning)
        return found

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> WriterPolicy:
        """Read what :meth:`save` wrote, or a chat model of someone else's with its tokenizer.

        Raises:
            UserError: if the folder holds no such policy.
        """
        policy = cls.read(folder)
        policy.temperature = temperature
        return policy

    @property
    def writing(self) -> Writing:
        """How it answers and learns."""
        return writing_in(self.model.config)

    def begin(self, starts: Sequence[Start]) -> WritingSession:
        """Begin a batch of episodes."""
        return WritingSession(self, starts)

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place; see :meth:`policies.learned.LearnedPolicy.fit`.

        Raises:
            UserError: if there is nothing to imitate.
        """
        self.study(records(examples), schedule, work=work, follow=follow)

    def study(
        self,
        told: Sequence[Record],
        schedule: Schedule,
        *,
        update: str | None = None,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Learn texts as answers to conversations, of episodes or not.

        Args:
            told: what to learn.
            schedule: how long and how fast; a batch is of records.
            update: what it learns by; None for what its config says.
            work: folder for checkpoints, from which training goes on.
            follow: told how training goes.

        Raises:
            UserError: if there is nothing to learn.
        """
        tuning, writing = tuning_of(self.model), self.writing
        adapter = to_train(self.model, self._adapter, tuning, schedule.seed)
        how = Update(update or writing.update, writing.beta, self.half, tuning.checkpointing)
        with TemporaryDirectory() as nowhere:
            train_writer(
                self.model if adapter is None else adapter,
                self.tokenizer,
                told,
                how,
                schedule,
                work=Path(nowhere) if work is None else work / "trainer",
                follow=follow,
            )
        self.model, self._adapter = trained(self.model, adapter, tuning)

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        """Answers to conversations; see :class:`policies.writing.base.Writer`.

        Raises:
            UserError: if a conversation leaves no room for an answer.
        """
        drawn = samples if temperature else 1
        prompts = [self._asked(each) for each in conversations for _ in range(drawn)]
        texts = [""] * len(prompts)
        room = self.writing.answer_tokens
        with torch.random.fork_rng():
            for rows in _batches([len(prompt) + room for prompt in prompts]):
                torch.manual_seed(seed * 1_000_003 + rows[0])
                answers = self._generate([prompts[row] for row in rows], temperature)
                for row, text in zip(rows, answers, strict=True):
                    texts[row] = text
        found = [texts[at : at + drawn] for at in range(0, len(texts), drawn)]
        return found if temperature else [each * samples for each in found]

    @torch.inference_mode()
    def log_probability(
        self, conversations: Sequence[Conversation], texts: Sequence[str]
    ) -> list[float]:
        """How likely each text is; see :class:`policies.writing.base.Writer`."""
        pairs = list(zip(conversations, texts, strict=True))
        prompts = [self._asked(conversation) for conversation, _ in pairs]
        wholes = [self._answered(conversation, text) for conversation, text in pairs]
        found = [0.0] * len(pairs)
        for rows in _batches([len(whole) for whole in wholes]):
            tokens, mask = self._padded([wholes[row] for row in rows], left=False)
            scores = self.model(input_ids=tokens, attention_mask=mask).logits[:, :-1].float()
            likely = scores.log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0]
            for at, row in enumerate(rows):
                first, last = len(prompts[row]) - 1, len(wholes[row]) - 1
                found[row] = float(likely[at, first:last].double().sum())
        return found

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> Tensor:
        """What texts are about; see :class:`policies.writing.base.Writer`."""
        tokens = [
            list(self.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts
        ]
        found = torch.zeros(len(texts), self.model.config.hidden_size)
        for rows in _batches([len(each) for each in tokens]):
            told = [row for row in rows if tokens[row]]
            if not told:
                continue
            padded, mask = self._padded([tokens[row] for row in told], left=False)
            states = self.model.base_model(input_ids=padded, attention_mask=mask).last_hidden_state
            summed = (states.float() * mask[..., None]).sum(1)
            found[told] = (summed / mask.sum(1, keepdim=True)).cpu()
        return found

    def _asked(self, conversation: Conversation) -> list[int]:
        """The tokens of a conversation, up to where it is answered."""
        tokens = self._tokens(conversation, ask=True)
        if len(tokens) >= self.reader.longest:
            raise UserError(
                f"policy: the model reads {self.reader.longest} tokens, and a conversation has "
                f"{len(tokens)}; choose a model that reads more, or shorter tasks"
            )
        return tokens

    def _answered(self, conversation: Conversation, text: str) -> list[int]:
        """The tokens of a conversation and its answer; not what templates put behind that."""
        answer = Turn(role="assistant", content=text)
        tokens = self._tokens([*conversation, answer], ask=False)
        return tokens[: len(tokens) - tokens[::-1].index(self.reader.end)]

    def _tokens(self, conversation: Conversation, *, ask: bool) -> list[int]:
        turns: Any = list(conversation)
        tokens: Any = self.tokenizer.apply_chat_template(
            turns, add_generation_prompt=ask, return_dict=False, date_string=DAY
        )
        return list(tokens)

    def _padded(self, rows: Sequence[Sequence[int]], *, left: bool) -> tuple[Tensor, Tensor]:
        """Rows as one tensor, and where they are: both int64 (rows, tokens)."""
        most = max(map(len, rows))
        gaps = [[self.tokenizer.pad_token_id] * (most - len(row)) for row in rows]
        pairs = list(zip(rows, gaps, strict=True))
        tokens = [[*gap, *row] if left else [*row, *gap] for row, gap in pairs]
        ones = [[1] * len(row) for row in rows]
        zeros = [[0] * len(gap) for gap in gaps]
        mask = [z + o if left else o + z for o, z in zip(ones, zeros, strict=True)]
        device = self.model.device
        return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)

    @torch.inference_mode()
    def _generate(self, prompts: Sequence[Sequence[int]], temperature: float) -> list[str]:
        tokens, mask = self._padded(prompts, left=True)
        drawing = {"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
        written = self.model.generate(
            input_ids=tokens,
            attention_mask=mask,
            max_new_tokens=min(self.writing.answer_tokens, self.reader.longest - tokens.shape[1]),
            do_sample=bool(temperature),
            eos_token_id=[self.reader.end, self.tokenizer.eos_token_id],
            pad_token_id=self.tokenizer.pad_token_id,
            **drawing,
        )
        answers: list[str] = self.tokenizer.batch_decode(
            written[:, tokens.shape[1] :], skip_special_tokens=True
        )
        return answers


def _batches(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Rows of like size together, as many as fit in hand."""
    rows: list[int] = []
    for row in sorted(range(len(sizes)), key=lambda row: sizes[row]):
        if rows and (len(rows) + 1) * sizes[row] > _TOKENS:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


class Answering(Protocol):
    """What answers in a session.

    Attributes:
        temperature: of its answers.
    """

    temperature: float

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        """Answers to conversations; see :class:`policies.writing.base.Writer`."""
        ...


class WritingSession:
    """Episodes of a writer.

    Args:
        policy: who answers.
        starts: how the episodes begin.
    """

    def __init__(self, policy: Answering, starts: Sequence[Start]) -> None:
        self._policy = policy
        self._turns = [
            [Turn(role="user", content=said(start.instruction, start.first_observation))]
            for start in starts
        ]
        self._seeds = [start.seed for start in starts]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Answer in each episode of ``rows``.

        Raises:
            UserError: if there is a list of actions to choose from.
        """
        if any(len(actions) for actions in admissible):
            raise UserError(
                "policy=writer answers in its own words, and here actions are listed; choose "
                "policy=small or policy=causal, or a text task"
            )
        policy, turns = self._policy, [self._turns[row] for row in rows]
        chances = repr([(self._seeds[row], len(self._turns[row])) for row in rows])
        seed = int.from_bytes(hashlib.sha256(chances.encode()).digest()[:4], "little")
        answers = policy.write(turns, 1, seed, policy.temperature)
        return [Choice(text, None) for (text,) in answers]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Remember what was answered and what came of it."""
        for row, action, seen in zip(rows, actions, observations, strict=True):
            self._turns[row] += [
                Turn(role="assistant", content=action),
                Turn(role="user", content=seen),
            ]
