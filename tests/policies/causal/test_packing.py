"""Rows of several episodes: what is learned, and that none sees another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from experiments.chat_models import FAMILIES
from policies.causal.attention import use_packed
from policies.causal.chat import ANSWER, ChatReader
from policies.causal.packing import Row, Tokens, pack, sequences
from policies.causal.training import RowLoss, batch_of
from policies.causal.tuning import FAMILIES as KINDS
from policies.causal.tuning import load_chat_model
from policies.learner import Learner
from tests.policies import toys
from tests.policies.causal import worlds
from tests.policies.causal.worlds import ERRANDS


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ChatReader:
    folder = worlds.chat_model(tmp_path_factory.mktemp("chat"))
    return ChatReader(AutoTokenizer.from_pretrained(folder), 4096)


def learned(item: Tokens, reader: ChatReader) -> list[str]:
    """What is learned of a sequence, as texts that end where a turn does."""
    text = reader._tokenizer.decode(item.tokens[item.learned])
    return str(text).split("<|im_end|>")[:-1]


def test_the_actions_alone_are_learned(reader: ChatReader) -> None:
    episode = ERRANDS[1]
    (item,) = sequences(reader, episode, toys.done(episode))
    assert learned(item, reader) == [step.action for step in episode.steps]
    whole = worlds.written(reader._tokenizer, episode, len(episode.steps))
    assert item.tokens.tolist() == whole[: len(item.tokens)]
    assert item.learned[-1]


def test_steps_without_a_target_are_read_and_not_learned(reader: ChatReader) -> None:
    episode = ERRANDS[1]
    wanted = [None, episode.steps[1].action] + [None] * 7
    (item,) = sequences(reader, episode, wanted)
    assert learned(item, reader) == [episode.steps[1].action]
    assert item.tokens.tolist() == [
        *worlds.written(reader._tokenizer, episode, 1),
        *reader.reply(episode.steps[1].action),
    ]
    assert sequences(reader, episode, [None] * 9) == []


def test_advice_is_a_sequence_of_its_own(reader: ChatReader) -> None:
    episode = ERRANDS[1]
    advice = [step.action for step in episode.steps]
    advice[4] = "look at advice"
    aside, main = sequences(reader, episode, advice)
    assert learned(aside, reader) == ["look at advice"]
    before = worlds.written(reader._tokenizer, episode, 4)
    assert aside.tokens.tolist() == [*before, *reader.reply("look at advice")]
    assert learned(main, reader) == advice[:4] + advice[5:]


def test_a_long_episode_is_told_in_parts_and_each_action_learned_once(reader: ChatReader) -> None:
    episode = ERRANDS[1]
    opening = reader.opening(episode.instruction, episode.first_observation)
    short = ChatReader(reader._tokenizer, len(opening) + 60 + ANSWER)
    parts = sequences(short, episode, toys.done(episode))
    assert len(parts) > 1
    said = [action for part in parts for action in learned(part, reader)]
    assert said == [step.action for step in episode.steps]
    for part in parts:
        assert part.tokens[: len(opening)].tolist() == opening.tolist()


def test_rows_hold_everything_once_and_evenly(reader: ChatReader) -> None:
    items = [item for each in ERRANDS for item in sequences(reader, each, toys.done(each))]
    total = sum(len(item.tokens) for item in items)
    longest = max(len(item.tokens) for item in items)
    rows = pack(items, longest)
    assert len(rows) == -(-total // longest)
    assert sum(len(row.tokens) for row in rows) == total
    told = [
        row.tokens[start:end].tolist()
        for row in rows
        for start, end in zip(row.bounds, row.bounds[1:], strict=False)
    ]
    assert sorted(told) == sorted(item.tokens.tolist() for item in items)
    assert all(row.positions[start] == 0 for row in rows for start in row.bounds[:-1])
    spare = pack(items[:1], longest, 3)
    assert [len(row.before) > 0 for row in spare] == [True, False, False]


def by_transformers(model: torch.nn.Module, item: Tokens) -> float:
    """The sum of the losses of one sequence, as transformers computes it on its own."""
    tokens = torch.from_numpy(item.tokens.astype(np.int64))[None]
    labels = tokens.masked_fill(~torch.from_numpy(item.learned), -100)
    with torch.inference_mode():
        return float(model(input_ids=tokens, labels=labels).loss) * int(item.learned.sum())


def tensors(row: Row) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int, torch.Tensor]:
    tokens, positions, bounds, before = map(
        torch.from_numpy, (row.tokens, row.positions, row.bounds, row.before)
    )
    return tokens, positions, bounds, int(np.diff(row.bounds).max()), before


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_loss_is_the_sum_of_the_losses_of_each_alone(family: str, tmp_path: Path) -> None:
    """What transformers itself packs is the same, as long as it makes no cache."""
    folder = worlds.chat_model(tmp_path, family)
    model = load_chat_model(folder)[0].eval()
    assert type(model).__name__ in KINDS
    reader = ChatReader(AutoTokenizer.from_pretrained(folder), 512)
    items = [item for each in ERRANDS for item in sequences(reader, each, toys.done(each))]
    alone = [by_transformers(model, item) for item in items]
    (row,) = pack(items, 10_000)
    tokens, positions, bounds, longest, before = tensors(row)
    with torch.inference_mode():
        output = model(input_ids=tokens[None], position_ids=positions[None], use_cache=False)
    scores, wanted = output.logits[0, before], tokens[before + 1]
    theirs = torch.nn.functional.cross_entropy(scores, wanted, reduction="sum")
    use_packed(model)
    loss = RowLoss(model, half=False)
    ours = loss(tokens, positions, bounds, longest, before)
    assert float(ours) == pytest.approx(sum(alone), rel=1e-5)
    assert float(theirs) == pytest.approx(sum(alone), rel=1e-5)
    changed = tokens.clone()
    changed[0] = 5  # the first sequence's first token, which no other sequence sees
    first = int(row.bounds[1])
    late = before[before >= first]
    same = [float(loss(each, positions, bounds, longest, late)) for each in (tokens, changed)]
    assert same[0] == same[1]


def test_rows_share_a_batch_without_changing_its_gradient(tmp_path: Path) -> None:
    """In one row or in many, the mean is over all learned tokens."""
    folder = worlds.chat_model(tmp_path)
    gradients, losses = [], []
    for most in (10_000, 100):
        model = load_chat_model(folder)[0]
        use_packed(model)
        reader = ChatReader(AutoTokenizer.from_pretrained(folder), 512)
        episodes = [sequences(reader, each, toys.done(each)) for each in ERRANDS]
        learner = Learner(
            RowLoss(model, half=False), partial(batch_of, episodes, most), parts=False
        )
        losses.append(learner.learn(range(len(ERRANDS))))
        gradients.append(torch.cat([each.grad.flatten() for each in model.parameters()]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert torch.allclose(*gradients, atol=1e-6)
    assert gradients[0].abs().max() > 1e-3
