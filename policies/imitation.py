"""Training on episodes: the loop that policies and feedback models share, and its checkpoints."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from policies.batching import EncodedEpisode, by_state, collate_choices, collate_steps
from policies.batching import pad_instructions
from policies.step_transformer import StepPolicyModel

Item = TypeVar("Item")
EpochEnd = Callable[[int, float], None]
"""Called with (epochs done, mean loss) after each epoch."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        epochs: passes over the data.
        batch_size: episodes a step.
        learning_rate: peak; reached after 5 % of the steps, then a cosine down to 5 % of it.
        weight_decay: of AdamW.
        seed: of the data order and of dropout.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int


def _rate(step: int, total: int) -> float:
    warm = max(1, total // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def _batches(sizes: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Batches of like length in random order, so that little of a batch is padding."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(sizes), generator=generator).tolist()
    chunk = batch_size * 8
    batches = []
    for start in range(0, len(order), chunk):
        pool = sorted(order[start : start + chunk], key=lambda at: sizes[at])
        batches += [pool[at : at + batch_size] for at in range(0, len(pool), batch_size)]
    shuffled = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[at] for at in shuffled]


class _Checkpoint:
    """Model, optimiser and epoch after each epoch, replaced atomically; safetensors only."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "training.safetensors" if folder else None

    def save(self, model: nn.Module, optimiser: torch.optim.AdamW, epochs: int) -> None:
        if self._file is None:
            return
        tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
        partial = self._file.with_suffix(".partial")
        save_file(tensors, partial, metadata={"epochs": str(epochs)})
        os.replace(partial, self._file)

    def restore(self, model: nn.Module, optimiser: torch.optim.AdamW) -> int:
        if self._file is None or not self._file.exists():
            return 0
        tensors = load_file(self._file)
        model.load_state_dict(_under("model.", tensors))
        saved = optimiser.state_dict()
        for name, value in _under("optimiser.", tensors).items():
            index, key = name.split(".")
            saved["state"].setdefault(int(index), {})[key] = value
        optimiser.load_state_dict(saved)
        with safe_open(self._file, "pt") as stored:
            return int(stored.metadata()["epochs"])


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    cut = len(prefix)
    return {name[cut:]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def train(
    model: nn.Module,
    items: Sequence[Item],
    sizes: Sequence[int],
    loss_of: Callable[[list[Item]], Tensor],
    schedule: Schedule,
    *,
    work: Path | None = None,
    on_epoch: EpochEnd = lambda epochs, loss: None,
) -> None:
    """Train ``model`` in place with AdamW.

    Args:
        model: what to train.
        items: training items.
        sizes: length of each item, to batch like with like.
        loss_of: mean loss of a batch of items.
        schedule: how long and how fast.
        work: folder for a checkpoint after each epoch; training goes on from the one it finds,
            with the same result as if it had never stopped.
        on_epoch: told of each epoch done.

    Raises:
        ValueError: if there is nothing to train on.
    """
    if not items:
        raise ValueError("nothing to train on: no step was selected")
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    checkpoint = _Checkpoint(work)
    done = checkpoint.restore(model, optimiser)
    steps = math.ceil(len(items) / schedule.batch_size)
    model.train()
    for epoch in range(done, schedule.epochs):
        torch.manual_seed(schedule.seed * 1_000_003 + epoch)
        total = 0.0
        batches = _batches(sizes, schedule.batch_size, schedule.seed * 1_000_003 + epoch)
        for number, batch in enumerate(batches):
            rate = _rate(epoch * steps + number, schedule.epochs * steps)
            for group in optimiser.param_groups:
                group["lr"] = schedule.learning_rate * rate
            loss = loss_of([items[at] for at in batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total += float(loss.detach())
        checkpoint.save(model, optimiser, epoch + 1)
        on_epoch(epoch + 1, total / len(batches))
    model.eval()


def imitation_loss(model: StepPolicyModel, episodes: Sequence[EncodedEpisode]) -> Tensor:
    """Mean cross-entropy of the actions taken among the admissible ones, over all decisions."""
    instructions = pad_instructions([episode.instruction for episode in episodes])
    rows, width = model.bags.layout.rows, instructions.shape[1]
    last = [episode.decisions[-1].state + 1 for episode in episodes]
    batch = collate_steps(
        instructions,
        rows,
        [episode.steps[:end] for episode, end in zip(episodes, last, strict=True)],
        range(len(episodes)),
    )
    table, summary = model.bags.read(batch.instructions)
    states, _ = model.states(batch, table, summary)
    length = batch.mask.shape[1]
    decisions = [(row, each) for row, episode in enumerate(episodes) for each in episode.decisions]
    counts = [each.count for _, each in decisions]
    choices = collate_choices(
        width,
        rows,
        [each.options for _, each in decisions],
        [row for row, _ in decisions],
        [row * length + each.state for row, each in decisions],
        counts,
    )
    scores = by_state(model.scores(choices, table, states), counts)
    return nn.functional.cross_entropy(scores, torch.tensor([each.taken for _, each in decisions]))
