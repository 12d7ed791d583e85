"""Training speed of causal policies, beside TRL's SFTTrainer on the same episodes in the same run.

Run as ``python -m experiments.causal_training.benchmark [--size small] [--batch N] [--passes N]``,
with ``--size 100m`` or ``--size 1b`` on a GPU; it needs ``pip install -e '.[trl]'``. A Llama of
random weights learns from the expert's episodes on generated ALFWorld games, the loss on the
agent's turns alone, with AdamW: 50 updates to warm up and 50 that are measured, each trainer in a
process of its own. Without a GPU times are those of the processor, with one thread. Model FLOP
utilisation counts the work that learning needs, the same for all, over ``--peak``. The last line is
``ratio: X``, our tokens a second over those of the faster way of TRL.
"""

from __future__ import annotations

import multiprocessing
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import AutoTokenizer, LlamaConfig

from envs.alfworld.env import ALFWorldEnv
from envs.record import Trajectory
from experiments.causal_training import sides
from experiments.causal_training.work import (
    EPOCH,
    MEASURED,
    SIZES,
    Measured,
    Work,
    model_flops,
)
from experiments.chat_models import save_chat_model
from experiments.command import argument_parser, in_one_sentence
from experiments.episodes import play
from policies.causal.chat import ChatReader
from policies.causal.packing import sequences
from policies.expert import ExpertPolicy
from policies.small import texts_of

SIDES: dict[str, Callable[[Work], Measured]] = {
    "ours": sides.ours,
    "TRL, padded": sides.padded,
    "TRL, padding-free": sides.flattened,
}
H200_BF16 = 989
"""TFLOP/s of an H200's dense bf16 products, by NVIDIA's data sheet."""


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--size", choices=SIZES, default="small", help="of the model")
    parser.add_argument("--batch", type=int, default=8, help="episodes in an update (default: 8)")
    parser.add_argument("--passes", type=int, default=1, help="TRL's for each update (default: 1)")
    parser.add_argument("--words", type=int, default=1000, help="of the vocabulary, at most")
    parser.add_argument("--compiled", action="store_true", help="compile our layers (GPU)")
    parser.add_argument("--peak", type=float, default=H200_BF16, help="TFLOP/s of the GPU")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    episodes = _episodes(arguments.batch * EPOCH)
    with TemporaryDirectory() as folder:
        size = SIZES[arguments.size]
        save_chat_model(Path(folder), "llama", size, texts_of(episodes), arguments.words)
        work = Work(Path(folder), episodes, arguments.passes, arguments.compiled)
        _report(work, {name: _apart(side, work) for name, side in SIDES.items()}, arguments)
    return 0


def _episodes(count: int) -> list[Trajectory]:
    """Of the expert, on as many games."""
    env = ALFWorldEnv(data="generated", split="train")
    return [play(env, ExpertPolicy(), task, 0) for task in env.task_ids[:count]]


def _apart(side: Callable[[Work], Measured], work: Work) -> Measured:
    """In a process of its own, so that neither's memory counts for the other."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(side, (work,))


def _report(work: Work, found: dict[str, Measured], arguments: Namespace) -> None:
    config = LlamaConfig.from_pretrained(work.folder)
    reader = ChatReader(AutoTokenizer.from_pretrained(work.folder), config.max_position_embeddings)
    items = [
        item
        for episode in work.episodes
        for item in sequences(reader, episode, [step.action for step in episode.steps])
    ]
    rounds = MEASURED / EPOCH
    tokens = rounds * sum(len(item.tokens) for item in items)
    learned = rounds * sum(int(item.learned.sum()) for item in items)
    flops = rounds * model_flops(config, items)
    _say(f"{tokens:,.0f} tokens, {learned:,.0f} of them the agent's, in {MEASURED} updates")
    for name, side in found.items():
        use = f", MFU {flops / side.seconds / arguments.peak / 1e12:.1%}"
        _say(
            f"{name}: {tokens / side.seconds:,.0f} tokens/s"
            f"{use if torch.cuda.is_available() else ''}, {side.memory / 2**30:.2f} GiB, "
            f"loss {side.loss:.3f}"
        )
    best = min(side.seconds for name, side in found.items() if name != "ours")
    _say(f"ratio: {best / found['ours'].seconds:.2f}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
