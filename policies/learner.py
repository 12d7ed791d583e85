"""Training in passes, each step of which is shared among the processes of ``accelerate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from policies.imitation import Best, Follow, Schedule, optimise
from policies.splitting import check_launch, fold, put_together, split
from policies.tuning import on_processors, splits

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


BatchOf = Callable[[Sequence[int], int], Batch]
"""From the numbers of items and the number of processes to a batch."""


class Learner:
    """Takes batches of items and adds their gradients; the same with one process or several.

    Args:
        loss: from the inputs of a pass to its loss, summed over tokens.
        batch_of: makes batches.
        parts: whether the weights of the loss are split.

    Attributes:
        main: whether this process is the one that tells and writes.
    """

    def __init__(self, loss: nn.Module, batch_of: BatchOf, parts: bool) -> None:
        self._accelerator = Accelerator(cpu=on_processors())
        self._batch_of = batch_of
        self._parts = parts
        self._loss = loss if parts else self._accelerator.prepare(loss)
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
            # Gradients that wait for the last pass are whole, which is what splitting is to avoid.
            now = self._parts or at + processes >= len(passes)
            with nullcontext() if now else accelerator.no_sync(self._loss):
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
        fold(self._loss)
        return float(accelerator.reduce(total, "sum")) / count

    def _here(self, inputs: Inputs) -> list[Tensor | int]:
        device = self._accelerator.device
        return [each.to(device) if isinstance(each, Tensor) else each for each in inputs]


def learn_in_passes(
    loss: nn.Module,
    batch_of: BatchOf,
    sizes: Sequence[int],
    held: Sequence[int],
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, losses: None,
) -> Best | None:
    """Train a model in place; see :func:`policies.imitation.optimise`.

    Args:
        loss: as for :class:`Learner`; its ``model`` is what is trained.
        batch_of: as for :class:`Learner`.
        sizes: length of each item, to batch like with like.
        held: numbers of the items that are measured by and not learned from.
        schedule: how long and how fast.
        work: folder for checkpoints.
        follow: told how training goes.

    Returns:
        The weights that are best on what is held out, if anything is.

    Raises:
        UserError: if there is nothing to train on, or accelerate was started otherwise than
            :func:`policies.splitting.check_launch` lets it.
    """
    check_launch()
    aside = frozenset(held)
    learned = [at for at in range(len(sizes)) if at not in aside]
    parts = split(loss) if splits() else loss
    learner = Learner(parts, batch_of, splits())
    best = optimise(
        parts.get_submodule("model"),
        [sizes[at] for at in learned],
        lambda batch: learner.learn([learned[at] for at in batch]),
        schedule,
        work=work,
        follow=follow,
        writes=learner.main,
        measure=partial(learner.measure, held) if held else None,
    )
    if splits():
        put_together(parts, loss)
    return best
