"""Training in passes, each step of which is shared among the processes of ``accelerate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from accelerate import Accelerator, DistributedType
from torch import Tensor, nn

from envs.errors import UserError
from policies.imitation import Best, Follow, Schedule, optimise
from policies.tuning import on_processors

Inputs = Sequence[Tensor | int]
"""What a loss reads in one pass."""


class Batch(NamedTuple):
    """Some items of the data as passes.

    Attributes:
        passes: a multiple of the number of processes, of which some may have nothing to learn.
        tokens: to be learned in all of them.
    """

    passes: Sequence[Inputs]
    tokens: int


_SPLIT = (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM)
BatchOf = Callable[[Sequence[int], int], Batch]
"""From the numbers of items and the number of processes to a batch."""


class Learner:
    """Takes batches of items and adds their gradients; the same with one process or several.

    Args:
        loss: from the inputs of a pass to its loss, summed over tokens.
        batch_of: makes batches.

    Attributes:
        main: whether this process is the one that tells and writes.

    Raises:
        UserError: if accelerate is to split the weights among processes.
    """

    def __init__(self, loss: nn.Module, batch_of: BatchOf) -> None:
        self._accelerator = Accelerator(cpu=on_processors())
        if self._accelerator.distributed_type in _SPLIT:
            raise UserError(
                "accelerate: weights are not split among processes, each has them all; choose no "
                "FSDP and no DeepSpeed, and policy.rank=16 or policy.checkpointing=true for memory"
            )
        self._batch_of = batch_of
        self._loss = self._accelerator.prepare(loss)
        self.main = self._accelerator.is_main_process

    def learn(self, items: Sequence[int]) -> float:
        """Add the gradients of the mean loss over all tokens of some items.

        Args:
            items: their numbers.

        Returns:
            The mean loss.
        """
        accelerator, processes = self._accelerator, self._accelerator.num_processes
        first = accelerator.process_index
        passes, count = self._batch_of(items, processes)
        total = torch.zeros((), device=accelerator.device)
        # What a pass drops follows its number, whichever process it is in.
        seed = int(torch.randint(2**31, ()))
        for at in range(first, len(passes), processes):
            torch.manual_seed(seed + at)
            last = at + processes >= len(passes)
            with nullcontext() if last else accelerator.no_sync(self._loss):
                # Processes average their gradients, so each counts for as many as there are.
                loss = self._loss(*self._here(passes[at])) * (processes / count)
                accelerator.backward(loss)
            total += loss.detach()
        torch.manual_seed(seed)
        return float(accelerator.reduce(total, "mean"))

    @torch.no_grad()
    def measure(self, items: Sequence[int]) -> float:
        """The mean loss over all tokens of some items, from which nothing is learned."""
        accelerator, processes = self._accelerator, self._accelerator.num_processes
        passes, count = self._batch_of(items, processes)
        total = torch.zeros((), device=accelerator.device)
        self._loss.eval()
        for at in range(accelerator.process_index, len(passes), processes):
            total += self._loss(*self._here(passes[at]))
        self._loss.train()
        return float(accelerator.reduce(total, "sum")) / count

    def _here(self, inputs: Inputs) -> list[Tensor | int]:
        device = self._accelerator.device
        return [each.to(device) if isinstance(each, Tensor) else each for each in inputs]


def learn_in_passes(
    model: nn.Module,
    loss: nn.Module,
    batch_of: BatchOf,
    sizes: Sequence[int],
    held: Sequence[int],
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, loss: None,
) -> Best | None:
    """Train a model in place; see :func:`policies.imitation.optimise`.

    Args:
        model: what to train; it is on the device that accelerate chose.
        loss: of the model, as for :class:`Learner`.
        batch_of: as for :class:`Learner`.
        sizes: length of each item, to batch like with like.
        held: numbers of the items that are measured by and not learned from.
        schedule: how long and how fast.
        work: folder for checkpoints.
        follow: told how training goes.

    Returns:
        The weights that are best on what is held out, if anything is.

    Raises:
        UserError: if there is nothing to train on.
    """
    aside = frozenset(held)
    learned = [at for at in range(len(sizes)) if at not in aside]
    learner = Learner(loss, batch_of)
    return optimise(
        model,
        [sizes[at] for at in learned],
        lambda batch: learner.learn([learned[at] for at in batch]),
        schedule,
        work=work,
        follow=follow,
        fused=True,
        writes=learner.main,
        measure=partial(learner.measure, held) if held else None,
    )
