"""How a writer is trained: by TRL's trainers, set up in one place."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback

from envs.errors import UserError
from policies.causal.chat import DAY
from policies.imitation import CHECKPOINT, Follow, Schedule
from policies.tuning import on_processors, several
from policies.writing.base import Record

if TYPE_CHECKING:
    from transformers import Trainer

SFT, DPO, DPO_SFT, REWARD = "sft", "dpo", "dpo_sft", "reward"
UPDATES = (SFT, DPO, DPO_SFT)
"""How records are learned: by likelihood of the target; by preference of the target to what is
rejected; by both. With :data:`REWARD`, what is trained is a reward model."""


@dataclass(frozen=True, slots=True)
class Update:
    """What a writer learns by.

    Attributes:
        kind: one of :data:`UPDATES`, or :data:`REWARD`.
        beta: how closely DPO holds the writer to what it was before.
        half: compute in bfloat16.
        checkpointing: compute activations again instead of keeping them.
    """

    kind: str = SFT
    beta: float = 0.1
    half: bool = False
    checkpointing: bool = False


class _Told(TrainerCallback):
    """Tells how training goes, at every checkpoint and at the end."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        control.should_log = control.should_log or state.global_step == state.max_steps

    def on_log(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        logs: Mapping[str, float] = others["logs"]
        if state.is_world_process_zero and "loss" in logs:
            self._follow(state.global_step, {"loss": float(logs["loss"])})


def check_alone() -> None:
    """Refuse to share the training of a writer or a reward model among processes.

    Two would not learn what one does: the last batch of each pass over the records is filled up to
    one for each process with records that were learned already, and some losses are means over what
    a process has.

    Raises:
        UserError: if this is one of several processes.
    """
    if several():
        raise UserError(
            "accelerate: policy=writer is trained by one process; give the command without "
            "accelerate launch or torchrun"
        )


def train_writer(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    records: Sequence[Record],
    update: Update,
    schedule: Schedule,
    *,
    work: Path,
    follow: Follow = lambda updates, losses: None,
) -> None:
    """Train a writer's model in place.

    Args:
        model: what to train.
        tokenizer: of its words, with a chat template.
        records: what to learn; for DPO those whose target is not what is rejected.
        update: how.
        schedule: how long and how fast; a batch is of records.
        work: folder for checkpoints; training goes on from the last whole one there, with the
            same result as if it had never stopped.
        follow: told how training goes.

    Raises:
        UserError: if there is nothing to learn, or this is one of several processes.
    """
    check_alone()
    pairs = update.kind != SFT
    rows = [_row(record, pairs) for record in records if not pairs or _differs(record)]
    if not rows:
        raise UserError("there is nothing to imitate: no answer was kept, or none was improved")
    trainer = _trainer(model, tokenizer, rows, update, schedule, work)
    trainer.add_callback(_Told(follow))
    trainer.train(resume_from_checkpoint=_last_checkpoint(work))
    # TRL's fused forward remembers the model that it was made of: a copy of the trained model
    # would answer with these weights whatever became of its own.
    plain = model.get_base_model() if isinstance(model, PeftModel) else model
    plain.__dict__.pop("forward", None)
    model.eval()


def _differs(record: Record) -> bool:
    return record.rejected is not None and record.rejected != record.target


def _row(record: Record, pairs: bool) -> dict[str, Any]:
    """A record as TRL wants it, with the day that templates are told."""
    row: dict[str, Any] = {
        "prompt": list(record.conversation),
        "chat_template_kwargs": {"date_string": DAY},
    }
    wanted = [{"role": "assistant", "content": record.target}]
    if not pairs:
        return {**row, "completion": wanted}
    rejected = [{"role": "assistant", "content": record.rejected}]
    return {**row, "chosen": wanted, "rejected": rejected}


def _trainer(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[dict[str, Any]],
    update: Update,
    schedule: Schedule,
    work: Path,
) -> Trainer:
    """TRL's trainer for an update; imported here, because that takes seconds."""
    from datasets import Dataset, disable_progress_bars
    from transformers import PrinterCallback
    from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

    disable_progress_bars()
    # Its new name, activation_checkpointing, is not in all versions of transformers that we take.
    warnings.filterwarnings("ignore", "`gradient_checkpointing` is deprecated", FutureWarning)
    settings = _settings(update, schedule, work)
    told: dict[str, Any] = {
        "model": model,
        "train_dataset": Dataset.from_list(list(rows)),
        "processing_class": tokenizer,
    }
    trainer: Trainer
    if update.kind == SFT:
        trainer = SFTTrainer(args=SFTConfig(**settings), **told)
    elif update.kind == REWARD:
        trainer = RewardTrainer(args=RewardConfig(**settings), **told)
    else:
        both = update.kind == DPO_SFT
        args = DPOConfig(
            beta=update.beta,
            loss_type=["sigmoid", "sft"] if both else ["sigmoid"],
            loss_weights=[1.0, 1.0] if both else [1.0],
            **settings,
        )
        trainer = DPOTrainer(args=args, ref_model=_reference(model), **told)
    trainer.remove_callback(PrinterCallback)
    return trainer


def _reference(model: PreTrainedModel | PeftModel) -> PreTrainedModel | None:
    """What DPO holds the model to: itself as it is now; of an adapter, the model without it.

    TRL would read it from the folder that the model's name says, and a model from random weights
    has none.
    """
    if isinstance(model, PeftModel):
        return None
    return copy.deepcopy(model)  # which no trainer has changed the forward of


def _settings(update: Update, schedule: Schedule, work: Path) -> dict[str, Any]:
    """What all trainers are told."""
    return {
        "output_dir": str(work),
        "max_steps": schedule.updates,
        "per_device_train_batch_size": schedule.batch_size,
        "learning_rate": schedule.learning_rate,
        "weight_decay": schedule.weight_decay,
        "adam_beta2": 0.98,  # short trainings have no time for longer memories
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.05,  # a part of the updates
        "seed": schedule.seed,
        "max_length": None,
        "logging_steps": CHECKPOINT,
        "save_steps": CHECKPOINT,
        "save_total_limit": 1,
        "bf16": update.half,
        "gradient_checkpointing": update.checkpointing,
        "use_cpu": on_processors(),
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def _last_checkpoint(work: Path) -> str | None:
    """The last checkpoint that is whole; its state is what is written last."""
    found = sorted(
        work.glob("checkpoint-*"), key=lambda folder: int(folder.name.rpartition("-")[2])
    )
    return next((str(each) for each in reversed(found) if _whole(each)), None)


def _whole(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return True
