"""Training on episodes: the loop that policies and feedback models share, and its checkpoints."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from envs.errors import UserError
from policies.splitting import part_of, whole

Item = TypeVar("Item")
Follow = Callable[[int, Mapping[str, float]], None]
"""Called with how many updates are done and what there is to say, after every :data:`CHECKPOINT`.

That is their mean ``loss`` and, where something is held out, the ``held_out_loss`` since them.
Where a training that was killed goes on, the last call before the kill may come again.
"""
CHECKPOINT = 50
"""Updates between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        updates: steps of the optimiser, whatever the amount of data.
        batch_size: episodes in each.
        learning_rate: peak; reached after 5 % of the updates, then a cosine down to 5 % of it.
        weight_decay: of AdamW.
        seed: of the data order and of dropout.
    """

    updates: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int


def _rate(update: int, total: int) -> float:
    warm = max(1, total // 20)
    if update < warm:
        return (update + 1) / warm
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (update - warm) / max(1, total - warm)))


def _epoch(sizes: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
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


def _batches(sizes: Sequence[int], schedule: Schedule) -> list[list[int]]:
    """The batch of every update, epoch after epoch."""
    batches: list[list[int]] = []
    for epoch in itertools.count():
        if len(batches) >= schedule.updates:
            return batches[: schedule.updates]
        batches += _epoch(sizes, schedule.batch_size, schedule.seed * 1_000_003 + epoch)
    raise AssertionError("counting never ends")


@dataclass(frozen=True, slots=True)
class Best:
    """The weights with the lowest loss on what was held out.

    Attributes:
        loss: that loss.
        updates: done until then.
        weights: by name, those that training changes.
    """

    loss: float
    updates: int
    weights: dict[str, Tensor]


class _Checkpoint:
    """Weights in training, optimiser and how far training is, replaced atomically; safetensors.

    Where weights are split among processes, all of them do the same with it, and the file holds
    whole tensors: any number of processes can go on from it.

    Args:
        folder: where the file is; none for no file.
        writes: whether this process writes it.

    Attributes:
        best: the best weights so far, where training looks for them.
    """

    def __init__(self, folder: Path | None, writes: bool) -> None:
        self._writes = writes
        self._file = folder / "training.safetensors" if folder else None
        self.best: Best | None = None

    def save(self, model: nn.Module, optimiser: torch.optim.AdamW, updates: int) -> None:
        if self._file is None:
            return
        facts = {"updates": str(updates)}
        tensors = {}
        for name, tensor in _state(model, optimiser):
            found = whole(tensor)
            if self._writes:  # the others need no memory for it
                tensors[name] = found
        if not self._writes:
            return
        if self.best is not None:
            tensors |= {f"best.{name}": weight for name, weight in self.best.weights.items()}
            facts |= {"best_updates": str(self.best.updates), "best_loss": repr(self.best.loss)}
        partial = self._file.with_suffix(".partial")
        save_file(tensors, partial, metadata=facts)
        os.replace(partial, self._file)

    def offer(self, model: nn.Module, loss: float, updates: int) -> None:
        """Keep the weights if none so far had as low a loss."""
        if self.best is None or loss < self.best.loss:
            weights = {
                name: whole(each.detach()).cpu().clone() for name, each in _trained(model).items()
            }
            self.best = Best(loss, updates, weights)

    def restore(self, model: nn.Module, optimiser: torch.optim.AdamW) -> int:
        """Put back what was saved; returns the updates done.

        Raises:
            UserError: if the file is damaged or of another model.
        """
        if self._file is None or not self._file.exists():
            return 0
        try:
            tensors = load_file(self._file)
            with safe_open(self._file, "pt") as stored:
                facts = stored.metadata()
            put_back(_under("model.", tensors), model)
        except (SafetensorError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"the checkpoint {self._file} cannot be read ({reason}); delete it, and this "
                "training starts over"
            ) from error
        saved, weights = optimiser.state_dict(), list(_trained(model).values())
        for name, value in _under("optimiser.", tensors).items():
            index, key = name.split(".")
            here = part_of(value, weights[int(index)]) if value.dim() else value
            saved["state"].setdefault(int(index), {})[key] = here
        optimiser.load_state_dict(saved)
        if "best_loss" in facts:
            loss, when = float(facts["best_loss"]), int(facts["best_updates"])
            self.best = Best(loss, when, _under("best.", tensors))
        return int(facts["updates"])


def _trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that training changes; one that has several names has the first."""
    return {
        name.replace("_orig_mod.", ""): weight  # what torch.compile makes of a layer's name
        for name, weight in model.named_parameters()
        if weight.requires_grad
    }


def _state(model: nn.Module, optimiser: torch.optim.AdamW) -> Iterator[tuple[str, Tensor]]:
    """What changes in training, by its name in a checkpoint."""
    for name, weight in _trained(model).items():
        yield f"model.{name}", weight.detach()
    for index, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            yield f"optimiser.{index}.{name}", value


@torch.no_grad()
def put_back(saved: dict[str, Tensor], model: nn.Module) -> None:
    """Give a model in training the weights that were kept, such as those of :class:`Best`.

    Raises:
        RuntimeError: if they are of another model.
    """
    weights = _trained(model)
    if saved.keys() != weights.keys():
        raise RuntimeError("it is of another model")
    for name, weight in weights.items():
        weight.copy_(part_of(saved[name], weight))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    cut = len(prefix)
    return {name[cut:]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def held_out(count: int, share: float, seed: int) -> list[int]:
    """Numbers of the episodes that are not learned from, to measure by: a share of ``count``."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(count, generator=generator)[: int(count * share)].tolist()


def train(
    model: nn.Module,
    items: Sequence[Item],
    sizes: Sequence[int],
    loss_of: Callable[[list[Item]], Tensor],
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, losses: None,
) -> None:
    """Train ``model`` in place with AdamW.

    Args:
        model: what to train.
        items: training items.
        sizes: length of each item, to batch like with like.
        loss_of: mean loss of a batch of items.
        schedule: how long and how fast.
        work: folder for checkpoints; training goes on from the one it finds there, with the same
            result as if it had never stopped.
        follow: told how training goes.

    Raises:
        UserError: if there is nothing to train on.
    """

    def learn(batch: Sequence[int]) -> float:
        loss = loss_of([items[at] for at in batch])
        loss.backward()
        return float(loss.detach())

    optimise(model, sizes, learn, schedule, work=work, follow=follow)


def optimise(
    model: nn.Module,
    sizes: Sequence[int],
    learn: Callable[[Sequence[int]], float],
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, losses: None,
    writes: bool = True,
    measure: Callable[[], float] | None = None,
) -> Best | None:
    """Train those weights of ``model`` that require gradients, in place, with AdamW.

    Args:
        model: what to train.
        sizes: length of each item, to batch like with like.
        learn: from the numbers of the items in a batch to their mean loss; adds its gradients.
        schedule: how long and how fast.
        work: as for :func:`train`.
        follow: told how training goes.
        writes: whether this process tells and writes how far it is; one of several does.
        measure: the loss on what is held out, where the best weights are looked for.

    Returns:
        The best weights of those after every :data:`CHECKPOINT` updates; the model has the last.

    Raises:
        UserError: if there is nothing to train on.
    """
    if not sizes:
        raise UserError("there is nothing to imitate: no step was kept; lower the threshold")
    weights = list(_trained(model).values())
    optimiser = torch.optim.AdamW(  # fused: in one kernel for all weights
        weights, lr=schedule.learning_rate, weight_decay=schedule.weight_decay, fused=True
    )
    checkpoint = _Checkpoint(work, writes)
    done = checkpoint.restore(model, optimiser)
    batches = _batches(sizes, schedule)
    model.train()
    for start in range(done, schedule.updates, CHECKPOINT):
        torch.manual_seed(schedule.seed * 1_000_003 + start)
        total = 0.0
        part = batches[start : start + CHECKPOINT]
        for update, batch in enumerate(part, start):
            for group in optimiser.param_groups:
                group["lr"] = schedule.learning_rate * _rate(update, schedule.updates)
            optimiser.zero_grad()
            total += learn(batch)
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
        told = {"loss": total / len(part)}
        if measure is not None:
            told["held_out_loss"] = measure()
            checkpoint.offer(model, told["held_out_loss"], start + len(part))
        if writes:
            # Told first: a kill between the two lines has it told twice, not never.
            follow(start + len(part), told)
        checkpoint.save(model, optimiser, start + len(part))
    model.eval()
    return checkpoint.best
