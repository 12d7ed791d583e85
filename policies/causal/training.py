"""The training step of a causal policy: rows of whole episodes, on whatever accelerate finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import cast

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from transformers import PreTrainedModel

from policies.causal.attention import use_packed
from policies.causal.packing import Row, Tokens, pack
from policies.causal.tuning import Tuning
from policies.imitation import Follow, Schedule, optimise


class RowLoss(nn.Module):
    """Cross-entropy of what is to be learned in a row, summed over its tokens.

    The head, whose vocabulary makes it the widest layer, sees only the places that are learned.

    Args:
        model: a causal language model that attends as :func:`policies.causal.attention.use_packed`
            lets it.
        half: whether to compute in bfloat16; the weights stay as they are.
    """

    def __init__(self, model: PreTrainedModel, half: bool) -> None:
        super().__init__()
        self.model = model
        self._half = half

    def forward(
        self, tokens: Tensor, positions: Tensor, bounds: Tensor, longest: int, before: Tensor
    ) -> Tensor:
        """The loss of a row; see :class:`policies.causal.packing.Row`.

        Args:
            tokens: int64 (tokens,).
            positions: int64 (tokens,).
            bounds: int32 (sequences + 1,).
            longest: tokens of the longest sequence.
            before: int64 (learned,).

        Returns:
            float32, a single number.
        """
        with torch.autocast(tokens.device.type, torch.bfloat16, enabled=self._half):
            found = self.model.base_model(
                input_ids=tokens[None],
                position_ids=positions[None],
                cu_seq_lens_q=bounds,
                max_length_q=longest,
                use_cache=False,
            )
            head = self.model.get_output_embeddings()
            scores = head(found.last_hidden_state[0].index_select(0, before))
        wanted = tokens.index_select(0, before + 1)
        return nn.functional.cross_entropy(scores.float(), wanted, reduction="sum")


class Learner:
    """Takes batches of episodes and adds their gradients; the same with one process or several.

    Args:
        model: a causal language model; what requires gradients is learned.
        episodes: of each, its sequences.
        tuning: how.
    """

    def __init__(
        self, model: PreTrainedModel, episodes: Sequence[Sequence[Tokens]], tuning: Tuning
    ) -> None:
        self._accelerator = Accelerator()
        self._episodes = episodes
        self._most = tuning.row_tokens
        self._loss = self._accelerator.prepare(
            RowLoss(model, tuning.half(self._accelerator.device))
        )
        self.main = self._accelerator.is_main_process

    def learn(self, batch: Sequence[int]) -> float:
        """Add the gradients of the mean loss over all learned tokens of some episodes.

        Args:
            batch: their numbers.

        Returns:
            The mean loss.
        """
        accelerator, processes = self._accelerator, self._accelerator.num_processes
        items = [item for at in batch for item in self._episodes[at]]
        rows = pack(items, self._most, processes)[accelerator.process_index :: processes]
        count = sum(int(item.learned.sum()) for item in items)
        total = torch.zeros((), device=accelerator.device)
        for at, row in enumerate(rows):
            last = at == len(rows) - 1
            with nullcontext() if last else accelerator.no_sync(self._loss):
                # Processes average their gradients, so each counts for as many as there are.
                loss = self._loss(*self._tensors(row)) * (processes / count)
                accelerator.backward(loss)
            total += loss.detach()
        return float(accelerator.reduce(total, "mean"))

    def _tensors(self, row: Row) -> tuple[Tensor, Tensor, Tensor, int, Tensor]:
        parts = (row.tokens, row.positions, row.bounds, row.before)
        tokens, positions, bounds, before = (
            torch.from_numpy(part).to(self._accelerator.device) for part in parts
        )
        return tokens, positions, bounds, int((row.bounds[1:] - row.bounds[:-1]).max()), before


def train_packed(
    model: PreTrainedModel,
    episodes: Sequence[Sequence[Tokens]],
    tuning: Tuning,
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, loss: None,
) -> None:
    """Train a model in place on packed episodes; see :func:`policies.imitation.optimise`.

    Args:
        model: what to train; it is on the device that accelerate chose.
        episodes: of each, its sequences; see :func:`policies.causal.packing.sequences`.
        tuning: how.
        schedule: how long and how fast; a batch is of episodes, and a loss a mean over tokens.
        work: folder for checkpoints.
        follow: told how training goes.

    Raises:
        UserError: if there is nothing to train on.
    """
    sizes = [sum(len(item.tokens) for item in episode) for episode in episodes]
    with _attending_packed(model, tuning):
        learner = Learner(model, episodes, tuning)
        optimise(
            model,
            sizes,
            learner.learn,
            schedule,
            work=work,
            follow=follow,
            fused=True,
            writes=learner.main,
        )


@contextmanager
def _attending_packed(model: PreTrainedModel, tuning: Tuning) -> Iterator[None]:
    """While inside, the model is as it is trained; after that as it acts."""
    before = model.config._attn_implementation
    use_packed(model)
    if tuning.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    layers = next(each for each in model.base_model.children() if isinstance(each, nn.ModuleList))
    plain = list(layers)
    if tuning.compiled and model.device.type == "cuda":
        for at, layer in enumerate(plain):
            layers[at] = cast("nn.Module", torch.compile(layer, dynamic=True))
    try:
        yield
    finally:
        for at, layer in enumerate(plain):
            layers[at] = layer
        model.gradient_checkpointing_disable()
        model.set_attn_implementation(before)
