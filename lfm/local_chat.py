"""A chat model of the transformers library, in this process or in those that work for it.

They compute answers and nothing else: what is kept, counted and allowed is the business of this
process alone, so that an answer is on disk once, however often it was begun elsewhere.

Conversations are answered in batches, padded on the left. Schemas are not sent: nothing here makes
a model keep to one, so it is the prompt that has to ask for the form of the answer. A sampled
answer depends on the others in its batch, also with a seed; the likeliest words (temperature 0) do
not, but for rounding.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jinja2 import TemplateError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from envs.errors import UserError
from lfm.chat.base import Failure, Message, Request
from lfm.chat.cache import Ticket
from lfm.chat.desk import Outcome, Till
from lfm.workers import Here, Workers

_READ = 1 << 20
"""Bytes of a file read at a time."""


class LocalEngine:
    """Answers requests with a model in memory; see :class:`lfm.chat.desk.Engine`.

    The weights are read when the first question is asked, not before.

    Args:
        model: folder of the model, or its name on the Hugging Face hub.
        batch_size: conversations answered at once.
        dtype: number format of the weights, in PyTorch's words; ``"auto"`` as they are stored.
        workers: who computes answers; this process unless given. With a budget it is this process
            in any case, batch after batch: what one may use is known when the one before is done.

    Raises:
        UserError: if there is no such model.
    """

    def __init__(
        self, model: str, batch_size: int, dtype: str, workers: Workers | None = None
    ) -> None:
        self.name = model
        weights = _version(model)
        self.parameters: Mapping[str, Any] = {"weights": weights, "dtype": dtype}
        self._batch_size = batch_size
        folder = Path(model)  # workers need not have this process's working directory
        place = str(folder.resolve()) if folder.is_dir() else model
        self._answering = Answering(place, dtype, weights)
        self._workers = workers or Here()

    def answers(self, tickets: Sequence[Ticket], till: Till) -> Generator[Outcome]:
        """Answer every ticket; see :meth:`lfm.chat.base.ChatModel.ask`."""
        batches = list(self._batches(tickets))
        if not till.limited:
            yield from self._answer(batches, till, self._workers)
            return
        for batch in batches:
            held = {ticket: till.hold(ticket) for ticket in batch}
            yield from ((ticket, till.unasked()) for ticket in batch if held[ticket] is None)
            yield from self._answer([[each for each in batch if held[each]]], till, Here())
            for aside in filter(None, held.values()):
                till.release(aside)

    def close(self) -> None:
        """Let go of the weights."""
        self._answering.close()

    def _batches(self, tickets: Sequence[Ticket]) -> Iterator[list[Ticket]]:
        """Tickets that can be answered together: alike in what is asked for, and in length."""

        def settings(ticket: Ticket) -> tuple[int, float, int]:
            request = ticket.request
            temperature = -1.0 if request.temperature is None else request.temperature
            return request.max_tokens, temperature, -1 if request.seed is None else request.seed

        ordered = sorted(tickets, key=lambda each: (settings(each), len(each.text)))
        for _, group in groupby(ordered, key=settings):
            alike = list(group)
            for start in range(0, len(alike), self._batch_size):
                yield alike[start : start + self._batch_size]

    def _answer(
        self, batches: Sequence[Sequence[Ticket]], till: Till, workers: Workers
    ) -> Generator[Outcome]:
        """Have batches answered, and hand in every answer as it comes."""
        parts = [[ticket.request for ticket in batch] for batch in batches]
        with closing(workers.do(self._answering, parts)) as done:
            for number, said in done:
                for ticket, body in zip(batches[number], said.bodies, strict=True):
                    if body is None:
                        yield ticket, Failure("rejected", "the question is too long for the model")
                    else:
                        yield ticket, till.keep(ticket, body, said.seconds)


class Said(NamedTuple):
    """What a model said to the requests of a batch."""

    bodies: list[str | None]
    """A chat completion for each; none where the question is too long."""
    seconds: float
    """That each of them took."""


class Answering:
    """The job of answering batches of requests with the same settings.

    On another machine the model is read from its files there, which have to be the same.

    Args:
        model: as for :class:`LocalEngine`.
        dtype: as for :class:`LocalEngine`.
        weights: what tells the model's weights from another's.
    """

    def __init__(self, model: str, dtype: str, weights: str) -> None:
        self._name = model
        self._dtype = dtype
        self._weights = weights

    def open(self) -> AbstractContextManager[Callable[[Sequence[Request]], Said]]:
        """Answer here; see :class:`lfm.workers.Job`. The weights stay until :meth:`close`."""
        return nullcontext(self._answer)

    def close(self) -> None:
        """Let go of the weights."""
        self.__dict__.pop("_model", None)

    def __reduce__(self) -> tuple[type[_Sent], tuple[str, str, str]]:
        """What is pickled is what another machine needs."""
        return _Sent, (self._name, self._dtype, self._weights)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(self._name, padding_side="left")
        if tokenizer.chat_template is None:
            raise UserError(
                f"model: {self._name} has no chat template, so it is no chat model; name one that "
                "has, such as an '-Instruct' model."
            )
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer

    @cached_property
    def _model(self) -> Any:
        model: Any = AutoModelForCausalLM.from_pretrained(self._name, dtype=self._dtype)
        found = torch.accelerator.current_accelerator(check_available=True)
        return model.to(found or torch.device("cpu")).eval()

    def _answer(self, requests: Sequence[Request]) -> Said:
        began = time.monotonic()
        fitting = [request for request in requests if self._fits(request)]
        bodies = iter(self._generate(fitting) if fitting else ())
        seconds = (time.monotonic() - began) / max(len(fitting), 1)
        return Said([next(bodies) if each in fitting else None for each in requests], seconds)

    def _fits(self, request: Request) -> bool:
        places: int | None = getattr(self._model.config, "max_position_embeddings", None)
        if places is None:
            return True
        return len(self._tokenizer(self._prompt(request)).input_ids) + request.max_tokens <= places

    @torch.inference_mode()
    def _generate(self, requests: Sequence[Request]) -> list[str]:
        """The answers to requests with the same settings, as bodies of chat completions."""
        first, tokenizer = requests[0], self._tokenizer
        inputs = tokenizer(
            [self._prompt(request) for request in requests],
            return_tensors="pt",
            padding=True,
            add_special_tokens=False,  # the template has put them
        ).to(self._model.device)
        if first.seed is not None:
            torch.manual_seed(first.seed)
        written = self._model.generate(
            **inputs,
            max_new_tokens=first.max_tokens,
            pad_token_id=tokenizer.pad_token_id,
            **_sampling(first.temperature),
        )[:, inputs.input_ids.shape[1] :]
        ends = self._ends()
        read = inputs.attention_mask.sum(dim=1).tolist()
        return [
            self._body(tokens, count, ends)
            for tokens, count in zip(written.tolist(), read, strict=True)
        ]

    def _body(self, tokens: list[int], read: int, ends: frozenset[int]) -> str:
        """What was generated, in the form of a chat completion."""
        count = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
        stopped = count < len(tokens)
        text = self._tokenizer.decode(tokens[:count], skip_special_tokens=True)
        message = {"role": "assistant", "content": text}
        choice = {"message": message, "finish_reason": "stop" if stopped else "length"}
        usage = {"prompt_tokens": read, "completion_tokens": count + stopped}
        return json.dumps({"model": self._name, "choices": [choice], "usage": usage})

    def _ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        ends = self._model.generation_config.eos_token_id
        return frozenset([ends] if isinstance(ends, int) else ends or ())

    def _prompt(self, request: Request) -> str:
        """A conversation as the model's template writes it."""
        try:
            return self._written(request.messages)
        except TemplateError:  # some templates know no system
            return self._written(_without_system(request.messages))

    def _written(self, messages: Sequence[Message]) -> str:
        turns = [{"role": each.role, "content": each.content} for each in messages]
        prompt: str = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        return prompt


@dataclass(frozen=True)
class _Sent:
    """An :class:`Answering` that has come to another machine."""

    model: str
    dtype: str
    weights: str

    @contextmanager
    def open(self) -> Iterator[Callable[[Sequence[Request]], Said]]:
        try:
            same = _version(self.model) == self.weights
        except UserError as error:
            raise UserError(f"rollout=ray: machine {platform.node()}: {error}") from error
        if not same:
            raise UserError(
                f"rollout=ray: machine {platform.node()} has another model in {self.model} than "
                "the one that asks; copy the folder to it, or share it"
            )
        with closing(Answering(self.model, self.dtype, self.weights)) as here, here.open() as work:
            yield work


def _sampling(temperature: float | None) -> dict[str, Any]:
    """What tells ``generate`` how to choose words; nothing leaves it to the model's own file."""
    if temperature is None:
        return {}
    if temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": temperature}


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """The same words, with what the system says at the head of what the user says."""
    system = [each.content for each in messages if each.role == "system"]
    first, *others = (each for each in messages if each.role != "system")
    return [Message(first.role, "\n\n".join([*system, first.content])), *others]


def _version(model: str) -> str:
    """What tells one model's weights from another's: of a folder the SHA-256 of its files.

    Raises:
        UserError: if there is no such model.
    """
    folder = Path(model)
    if not folder.is_dir():
        try:
            return str(AutoConfig.from_pretrained(model)._commit_hash)
        except (OSError, ValueError) as error:
            raise UserError(
                f"model: {model!r} is neither a folder nor a model that can be fetched from the "
                "Hugging Face hub; check the name"
            ) from error
    if not (folder / "config.json").is_file():
        raise UserError(
            f"model: there is no model in {model}: it has no config.json; check the path"
        )
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*")):
        if file.suffix in (".json", ".safetensors", ".jinja", ".model"):
            digest.update(file.name.encode())
            with file.open("rb") as opened:
                while chunk := opened.read(_READ):
                    digest.update(chunk)
    return digest.hexdigest()
