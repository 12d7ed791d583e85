"""Tensors of a windowed policy: what it learns from, and the scores of many actions at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from transformers import T5ForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

from policies.learner import Batch

IGNORED = -100
"""Label of a position that does not count."""
STATES = 8
"""Prompts encoded at once, and rows in a pass of the decoder."""
ROW_ACTIONS = 32
"""Most actions in one row of the decoder; more are spread over several rows."""


class Decision(NamedTuple):
    """A step to imitate: the tokens of its prompt and of its action."""

    prompt: np.ndarray
    action: np.ndarray


class _Row(NamedTuple):
    """Some actions of one state, one behind the other: a sequence for the decoder."""

    state: int
    inputs: np.ndarray
    labels: np.ndarray
    action: np.ndarray
    """Number of the action, among all that are scored, to which each position belongs."""


def pad(rows: Sequence[np.ndarray], fill: int) -> Tensor:
    """The rows as one matrix, filled up behind: int64 (rows, longest)."""
    parts = [torch.from_numpy(row.astype(np.int64)) for row in rows]
    return nn.utils.rnn.pad_sequence(parts, batch_first=True, padding_value=fill)


class TokenLoss(nn.Module):
    """Cross-entropy of actions given their prompts, summed over tokens.

    Args:
        model: an encoder and decoder.
        half: whether to compute in bfloat16; the weights stay as they are.
    """

    def __init__(self, model: T5ForConditionalGeneration, half: bool) -> None:
        super().__init__()
        self.model = model
        self._half = half

    def forward(self, prompts: Tensor, labels: Tensor) -> Tensor:
        """The loss of some steps.

        Args:
            prompts: int64 (steps, longest), :data:`IGNORED` where there is nothing.
            labels: the actions, in the same way.

        Returns:
            float32, a single number.
        """
        known = prompts != IGNORED
        with torch.autocast(prompts.device.type, torch.bfloat16, enabled=self._half):
            logits = self.model(
                input_ids=prompts.masked_fill(~known, 0),
                attention_mask=known,
                decoder_input_ids=self.model.prepare_decoder_input_ids_from_labels(labels),
                use_cache=False,
            ).logits
        scores = logits.float().flatten(0, 1)
        return nn.functional.cross_entropy(
            scores, labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )


def token_loss(model: T5ForConditionalGeneration, decisions: Sequence[Decision]) -> Tensor:
    """Mean cross-entropy of the actions' tokens, given their prompts, over all tokens."""
    ((prompts, labels),), count = _passes([decisions])
    loss: Tensor = TokenLoss(model, half=False)(prompts, labels)
    return loss / count


def batch_of(
    decisions: Sequence[Decision], most: int, numbers: Sequence[int], processes: int
) -> Batch:
    """Some of the decisions as passes, which are the same for any number of processes.

    Args:
        decisions: all that are learned from.
        most: tokens in a pass with its padding, unless a single decision has more.
        numbers: which decisions.
        processes: that share the passes; where there is nothing left for one it reads the shortest
            prompt and learns nothing.
    """
    items = sorted((decisions[at] for at in numbers), key=lambda item: len(item.prompt))
    passes: list[list[Decision]] = [[]]
    for item in items:
        if (len(passes[-1]) + 1) * (len(item.prompt) + len(item.action)) > most and passes[-1]:
            passes.append([])
        passes[-1].append(item)
    idle = Decision(items[0].prompt, np.full_like(items[0].action, IGNORED))
    return _passes(passes + [[idle]] * (-len(passes) % processes))


def _passes(parts: Sequence[Sequence[Decision]]) -> Batch:
    inputs = [
        (pad([item.prompt for item in part], IGNORED), pad([item.action for item in part], IGNORED))
        for part in parts
    ]
    return Batch(inputs, sum(int((labels != IGNORED).sum()) for _, labels in inputs))


@torch.inference_mode()
def action_losses(
    model: T5ForConditionalGeneration,
    prompts: Sequence[np.ndarray],
    options: Sequence[Sequence[np.ndarray]],
    half: bool = False,
) -> list[np.ndarray]:
    """How unlikely each option of each state is: its mean cross-entropy per token.

    Each prompt is encoded once. The decoder reads many actions of a state as one sequence in which
    no action sees another, so that attention to the prompt is prepared once for all of them. Memory
    is bounded: :data:`STATES` prompts, and as many rows of :data:`ROW_ACTIONS` actions, at a time.

    Args:
        model: an encoder and decoder with relative positions.
        prompts: tokens of each state's prompt.
        options: tokens of each state's actions, at least one each.
        half: whether to compute in bfloat16.

    Returns:
        For each state float64 (options,).
    """
    losses: list[np.ndarray] = [np.empty(0)] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    for start in range(0, len(order), STATES):
        states = order[start : start + STATES]
        with torch.autocast(model.device.type, torch.bfloat16, enabled=half):
            found = _losses(model, [prompts[at] for at in states], [options[at] for at in states])
        for at, each in zip(states, found, strict=True):
            losses[at] = each
    return losses


def _losses(
    model: T5ForConditionalGeneration,
    prompts: Sequence[np.ndarray],
    options: Sequence[Sequence[np.ndarray]],
) -> list[np.ndarray]:
    """As :func:`action_losses`, for states that are encoded together."""
    tokens = pad(prompts, IGNORED).to(model.device)
    known = tokens != IGNORED
    encoded = model.encoder(input_ids=tokens.masked_fill(~known, 0), attention_mask=known)
    rows = sorted(
        _rows(options, int(model.config.decoder_start_token_id)), key=lambda row: len(row.labels)
    )
    ends = np.cumsum([len(each) for each in options])
    sums, counts = np.zeros(ends[-1]), np.zeros(ends[-1])
    for start in range(0, len(rows), STATES):
        part = rows[start : start + STATES]
        losses = _decode(model, encoded.last_hidden_state, known, part)
        action = np.concatenate([row.action for row in part])
        sums += np.bincount(action, losses, len(sums))
        counts += np.bincount(action, minlength=len(counts))
    return np.split(sums / counts, ends[:-1])


def _rows(options: Sequence[Sequence[np.ndarray]], start: int) -> list[_Row]:
    rows, before = [], 0
    for state, actions in enumerate(options):
        pieces = -(-len(actions) // ROW_ACTIONS)
        for numbers in np.array_split(np.arange(len(actions)), pieces):
            part = [actions[number] for number in numbers]
            rows.append(
                _Row(
                    state,
                    np.concatenate([np.append(start, tokens[:-1]) for tokens in part]),
                    np.concatenate(part),
                    np.repeat(before + numbers, [len(tokens) for tokens in part]),
                )
            )
        before += len(actions)
    return rows


def _decode(
    model: T5ForConditionalGeneration, encoded: Tensor, known: Tensor, rows: Sequence[_Row]
) -> np.ndarray:
    """Cross-entropy of every position of the rows, one row behind the other."""
    states = [row.state for row in rows]
    device = encoded.device
    labels = pad([row.labels for row in rows], IGNORED).to(device)
    action = pad([row.action for row in rows], IGNORED).to(device)
    seen = (action[:, :, None] == action[:, None, :]).tril()  # padding sees padding
    mask = torch.where(seen, 0.0, torch.finfo(encoded.dtype).min)[:, None]
    logits = model(
        encoder_outputs=BaseModelOutput(last_hidden_state=encoded[states]),
        attention_mask=known[states],
        decoder_input_ids=pad([row.inputs for row in rows], 0).to(device),
        decoder_attention_mask=mask,
        use_cache=False,
    ).logits
    counted = labels != IGNORED
    losses = nn.functional.cross_entropy(logits[counted].float(), labels[counted], reduction="none")
    return losses.double().cpu().numpy()
