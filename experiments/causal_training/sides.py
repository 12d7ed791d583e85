"""The two trainers: ours, and TRL's, each on the same model and episodes."""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback

from envs.record import Trajectory
from experiments.causal_training.work import MEASURED, RATE, Clock, Measured, Work
from policies.causal.policy import CausalPolicy
from policies.imitation import Schedule
from policies.tuning import Tuning


def ours(work: Work) -> Measured:
    """The training of ``policy=causal``."""
    clock = Clock()
    losses: list[float] = []

    def follow(updates: int, told: Mapping[str, float]) -> None:
        clock.stop()
        losses.append(told["loss"])

    policy = CausalPolicy.new("ours", work.folder, Tuning(compiled=work.compiled))
    examples = [(episode, [step.action for step in episode.steps]) for episode in work.episodes]
    policy.fit(examples, Schedule(2 * MEASURED, work.batch, RATE, 0.0, 0), follow=follow)
    return clock.measured(losses[-1])


def padded(work: Work) -> Measured:
    """TRL's trainer as it is by default: episodes of a batch side by side, filled up."""
    return _trl(work, padding_free=False)


def flattened(work: Work) -> Measured:
    """TRL's trainer without padding: episodes of a batch one behind the other."""
    return _trl(work, padding_free=True)


class _Watch(TrainerCallback):
    """Stops the clock."""

    def __init__(self) -> None:
        self.clock = Clock()

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Told by the trainer after every update."""
        if state.global_step % MEASURED == 0:
            self.clock.stop()


def _trl(work: Work, *, padding_free: bool) -> Measured:
    from datasets import Dataset  # both are slow to import
    from trl import SFTConfig, SFTTrainer

    watch, on_gpu = _Watch(), torch.cuda.is_available()
    with TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            max_steps=2 * MEASURED,
            per_device_train_batch_size=work.batch // work.passes,
            gradient_accumulation_steps=work.passes,
            learning_rate=RATE,
            max_grad_norm=1.0,
            max_length=None,
            assistant_only_loss=True,
            padding_free=padding_free,
            gradient_checkpointing=False,
            bf16=on_gpu,
            use_cpu=not on_gpu,
            logging_steps=MEASURED,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(work.folder, dtype=torch.float32),
            args=settings,
            train_dataset=Dataset.from_list([_conversation(each) for each in work.episodes]),
            processing_class=AutoTokenizer.from_pretrained(work.folder),
            callbacks=[watch],
        )
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return watch.clock.measured(losses[-1])


def _conversation(episode: Trajectory) -> dict[str, list[dict[str, str]]]:
    """An episode as TRL wants it, up to its last action."""
    said = [("user", f"{episode.instruction.strip()}\n\n{episode.first_observation.strip()}")]
    for step in episode.steps:
        said += [("assistant", step.action), ("user", step.observation.strip())]
    return {"messages": [{"role": role, "content": text} for role, text in said[:-1]]}
