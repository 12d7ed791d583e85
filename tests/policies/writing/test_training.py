"""Training by TRL: what is learned, going on after a kill, and the pitfalls that TRL has."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from envs.errors import UserError
from policies.imitation import Schedule
from policies.tuning import Tuning
from policies.writing import training
from policies.writing.base import Record
from policies.writing.policy import WriterPolicy, Writing
from tests.policies.causal import worlds
from tests.policies.writing import lists

RECORDS = lists.repeating(24)


class KilledError(Exception):
    """In place of a power cut."""


def test_the_loss_is_that_of_the_answer_and_its_end_alone() -> None:
    """Training and :meth:`log_probability` see the same tokens, to the last."""
    policy, losses = lists.writer(), []
    batch = RECORDS[:8]
    before = policy.log_probability(
        [each.conversation for each in batch], [e.target for e in batch]
    )
    tokens = sum(len(each.target.split()) + 1 for each in batch)
    once = Schedule(1, 8, 1e-3, 0.0, 0)
    policy.study(batch, once, follow=lambda updates, told: losses.append((updates, told["loss"])))
    assert losses == [(1, pytest.approx(-sum(before) / tokens, abs=1e-3))]


@pytest.mark.parametrize("update", training.UPDATES)
def test_gone_on_with_it_ends_as_if_it_had_not_been_killed(
    update: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT", 3)
    plan = lists.schedule(8)
    straight, killed, resumed = (lists.writer() for _ in range(3))
    told: list[int] = []

    def kill(updates: int, losses: Mapping[str, float]) -> None:
        if updates == 6:
            raise KilledError

    straight.study(RECORDS, plan, update=update, work=tmp_path / "one")
    with pytest.raises(KilledError):
        killed.study(RECORDS, plan, update=update, work=tmp_path / "two", follow=kill)
    resumed.study(
        RECORDS, plan, update=update, work=tmp_path / "two", follow=lambda at, _: told.append(at)
    )
    assert told == [6, 8]  # the first three updates were not done again
    assert torch.equal(lists.weights(straight), lists.weights(resumed))
    assert not torch.equal(lists.weights(straight), lists.weights(lists.writer()))


def test_a_checkpoint_that_was_being_written_is_passed_over(tmp_path: Path) -> None:
    for name, state in (("checkpoint-50", "{}"), ("checkpoint-100", '{"log'), ("checkpoint-9", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-150").mkdir()
    assert training._last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-50")
    assert training._last_checkpoint(tmp_path / "checkpoint-50") is None


@pytest.mark.parametrize("update", [training.DPO, training.DPO_SFT])
def test_preferences_make_what_is_wanted_likelier_than_what_is_rejected(update: str) -> None:
    """Of a model without a name, from whose folder TRL would read the one to compare with."""
    policy = lists.writer()
    before = lists.margins(policy, RECORDS)
    policy.study(RECORDS, lists.schedule(12), update=update)
    assert all(new > old for new, old in zip(lists.margins(policy, RECORDS), before, strict=True))


def test_preferences_are_learned_from_records_that_have_one() -> None:
    same = [replace_rejected(each, each.target) for each in RECORDS]
    alone = [replace_rejected(each, None) for each in RECORDS]
    for records in (same, alone, []):
        with pytest.raises(UserError, match="nothing to imitate"):
            lists.writer().study(records, lists.schedule(1), update=training.DPO)


def test_one_of_several_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="one process; give the command without accelerate launch"):
        lists.writer().study(RECORDS, lists.schedule(1))


def replace_rejected(record: Record, text: str | None) -> Record:
    """The record with something else rejected."""
    return record._replace(rejected=text)


def test_a_copy_of_what_was_trained_answers_with_its_own_weights() -> None:
    """TRL's fused forward would go on with the weights of the model it was made of."""
    policy = lists.writer()
    policy.study(RECORDS, lists.schedule(2))
    twin = copy.deepcopy(policy.model)
    tokens = torch.tensor([[5, 6]])
    with torch.no_grad():
        before = twin(input_ids=tokens).logits
        for weight in twin.parameters():
            weight.zero_()
        assert not torch.equal(twin(input_ids=tokens).logits, before)
        assert torch.equal(policy.model(input_ids=tokens).logits, before)


def test_what_is_set_is_what_trl_is_told(tmp_path: Path) -> None:
    """Its own defaults are for large models on GPUs."""
    plan = Schedule(7, 4, 3e-3, 0.02, 5)
    settings = training._settings(training.Update(), plan, tmp_path)
    policy = lists.writer()
    rows = [training._row(each, pairs=True) for each in RECORDS]
    for kind in (training.SFT, training.DPO):
        update = training.Update(kind, beta=0.3)
        part = rows if kind != training.SFT else [training._row(e, pairs=False) for e in RECORDS]
        args = training._trainer(policy.model, policy.tokenizer, part, update, plan, tmp_path).args
        assert (args.max_steps, args.per_device_train_batch_size) == (7, 4)
        assert (args.learning_rate, args.weight_decay, args.seed) == (3e-3, 0.02, 5)
        assert not args.gradient_checkpointing
        assert not args.bf16
        assert args.report_to in ([], ["none"])
        assert args.max_length is None  # nothing is cut off
        assert 0 < args.get_warmup_steps(100) < 10
        assert getattr(args, "beta", 0.3) == 0.3
    assert settings["output_dir"] == str(tmp_path)


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("update", [training.SFT, training.DPO])
def test_a_chat_model_learns_by_lora(update: str, merge: bool, tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "model")
    tuning = Tuning(rank=2, alpha=8, merge=merge, precision="fp32")
    policy = WriterPolicy.from_model("toy", folder, tuning, Writing(answer_tokens=4))
    records = [Record(lists.asked("put it"), "put", "it"), Record(lists.asked("it"), "it", "put")]
    told, wanted = [each.conversation for each in records], [each.target for each in records]
    before = lists.margins(policy, records), sum(policy.log_probability(told, wanted))
    policy.study(records, replace(lists.schedule(6, rate=3e-2), batch_size=2), update=update)
    after = lists.margins(policy, records)
    if update == training.SFT:
        assert sum(policy.log_probability(told, wanted)) > before[1]
    else:
        assert all(new > old for new, old in zip(after, before[0], strict=True))
    policy.save(tmp_path / "saved")
    assert (tmp_path / "saved" / "adapter_config.json").exists() != merge
    again = lists.margins(WriterPolicy.load(tmp_path / "saved"), records)
    assert again == pytest.approx(after, abs=1e-4)
