"""A chat model of the transformers library, in this process.

Conversations are answered in batches, padded on the left. Schemas are not sent: nothing here makes
a model keep to one, so it is the prompt that has to ask for the form of the answer. A sampled
answer depends on the others in its batch, also with a seed; the likeliest words (temperature 0) do
not, but for rounding.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from envs.errors import UserError
from lfm.chat.base import Failure, Message, Request, Usage
from lfm.chat.cache import Ticket
from lfm.chat.desk import Outcome, Till

_READ = 1 << 20
"""Bytes of a file read at a time."""


class LocalEngine:
    """Answers requests with a model in memory; see :class:`lfm.chat.desk.Engine`.

    The weights are read when the first question is asked, not before.

    Args:
        model: folder of the model, or its name on the Hugging Face hub.
        batch_size: conversations answered at once.
        dtype: number format of the weights, in PyTorch's words; ``"auto"`` as they are stored.

    Raises:
        UserError: if there is no such model.
    """

    def __init__(self, model: str, batch_size: int, dtype: str) -> None:
        self.name = model
        self.parameters: Mapping[str, Any] = {"weights": _version(model), "dtype": dtype}
        self._batch_size = batch_size
        self._dtype = dtype
        found = torch.accelerator.current_accelerator(check_available=True)
        self._device = found or torch.device("cpu")

    def answers(self, tickets: Sequence[Ticket], till: Till) -> Generator[Outcome]:
        """Answer every ticket; see :meth:`lfm.chat.base.ChatModel.ask`."""
        for batch in self._batches(tickets):
            asked: dict[Ticket, Usage] = {}
            for ticket in batch:
                if not self._fits(ticket.request):
                    yield ticket, Failure("rejected", "the question is too long for the model")
                elif (held := till.hold(ticket)) is None:
                    yield ticket, till.unasked()
                else:
                    asked[ticket] = held
            if asked:
                yield from self._answer(asked, till)

    def close(self) -> None:
        """Let go of the weights."""
        self.__dict__.pop("_model", None)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(self.name, padding_side="left")
        if tokenizer.chat_template is None:
            raise UserError(
                f"model: {self.name} has no chat template, so it is no chat model; name one that "
                "has, such as an '-Instruct' model."
            )
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer

    @cached_property
    def _model(self) -> Any:
        model: Any = AutoModelForCausalLM.from_pretrained(self.name, dtype=self._dtype)
        return model.to(self._device).eval()

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

    def _fits(self, request: Request) -> bool:
        places: int | None = getattr(self._model.config, "max_position_embeddings", None)
        if places is None:
            return True
        return len(self._tokenizer(self._prompt(request)).input_ids) + request.max_tokens <= places

    def _answer(self, asked: Mapping[Ticket, Usage], till: Till) -> Iterator[Outcome]:
        began = time.monotonic()
        bodies = self._generate([ticket.request for ticket in asked])
        seconds = (time.monotonic() - began) / len(asked)
        for (ticket, held), body in zip(asked.items(), bodies, strict=True):
            till.release(held)
            yield ticket, till.keep(ticket, body, seconds)

    @torch.inference_mode()
    def _generate(self, requests: Sequence[Request]) -> list[str]:
        """The answers to requests with the same settings, as bodies of chat completions."""
        first, tokenizer = requests[0], self._tokenizer
        inputs = tokenizer(
            [self._prompt(request) for request in requests],
            return_tensors="pt",
            padding=True,
            add_special_tokens=False,  # the template has put them
        ).to(self._device)
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
        return json.dumps({"model": self.name, "choices": [choice], "usage": usage})

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
