"""Answering: alone and with others, drawn and likeliest, kept and read again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from envs.errors import UserError
from envs.record import Step, Trajectory
from policies.base import Start
from policies.causal.policy import CausalPolicy
from policies.tuning import Tuning
from policies.writing import policy as writing
from policies.writing.base import Record, Retry, Turn, conversation_at, records
from policies.writing.policy import WriterPolicy, Writing, is_writer
from policies.writing.small import word_tokenizer
from tests.policies.causal import worlds
from tests.policies.writing import lists

LESSONS = [
    Record(lists.asked(text), text)
    for text in ("apple", "lemon otter", "otter banjo apple", "banjo lemon")
]


@pytest.fixture(scope="module")
def taught() -> WriterPolicy:
    """A writer that has learned four answers by heart."""
    policy = lists.writer()
    policy.study(LESSONS, lists.schedule(40, rate=2e-2))
    return policy


def test_what_was_learned_is_said(taught: WriterPolicy) -> None:
    told = [each.conversation for each in LESSONS]
    answers = taught.write(told, 1, seed=0, temperature=0)
    assert answers == [[each.target] for each in LESSONS]


def test_an_answer_is_the_same_alone_and_among_others(
    taught: WriterPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shorter is filled up on the left, which the model must not see."""
    told = [each.conversation for each in LESSONS]
    together = taught.write(told, 2, seed=0, temperature=0)
    likely = taught.log_probability(told, [each.target for each in LESSONS])
    monkeypatch.setattr(writing, "_TOKENS", 1)
    assert taught.write(told, 2, seed=0, temperature=0) == together
    alone = taught.log_probability(told, [each.target for each in LESSONS])
    assert alone == pytest.approx(likely, abs=1e-4)


def test_embeddings_are_the_same_alone_and_among_others(taught: WriterPolicy) -> None:
    texts = ["apple", "otter banjo apple", "", "apple otter banjo"]
    together = taught.embed(texts)
    assert together.shape == (4, taught.model.config.hidden_size)
    for text, found in zip(texts, together, strict=True):
        torch.testing.assert_close(taught.embed([text])[0], found, atol=1e-5, rtol=0)
    assert not together[2].any()
    assert not torch.allclose(together[1], together[3], atol=1e-3), "order counts"


def test_drawn_answers_follow_the_seed_and_differ(taught: WriterPolicy) -> None:
    told = [each.conversation for each in LESSONS]
    drawn = taught.write(told, 5, seed=1, temperature=2.0)
    assert [len(each) for each in drawn] == [5] * 4
    assert taught.write(told, 5, seed=1, temperature=2.0) == drawn
    assert taught.write(told, 5, seed=2, temperature=2.0) != drawn
    assert any(len(set(each)) > 1 for each in drawn)


def test_what_is_drawn_comes_as_often_as_its_probability_says(taught: WriterPolicy) -> None:
    told, count = lists.asked("otter"), 400  # which it was not taught
    (drawn,) = taught.write([told], count, seed=0, temperature=1.0)
    common = max(set(drawn), key=drawn.count)
    (likely,) = taught.log_probability([told], [common])
    assert drawn.count(common) / count == pytest.approx(math.exp(likely), abs=0.1)


def test_a_writer_is_kept_with_what_it_is(taught: WriterPolicy, tmp_path: Path) -> None:
    taught.save(tmp_path / "kept")
    again = WriterPolicy.load(tmp_path / "kept", temperature=0.5)
    assert (again.name, again.temperature, again.writing) == ("kept", 0.5, taught.writing)
    told = [each.conversation for each in LESSONS]
    assert again.write(told, 1, 0, 0.0) == taught.write(told, 1, 0, 0.0)
    assert is_writer(tmp_path / "kept")
    assert not is_writer(worlds.chat_model(tmp_path / "other"))
    assert not is_writer(tmp_path)


def test_another_episode_goes_on_as_a_conversation(taught: WriterPolicy) -> None:
    heard: list[Sequence[Turn]] = []

    class Echo:
        temperature = 0.0

        def write(
            self, conversations: Sequence[Sequence[Turn]], samples: int, seed: int, heat: float
        ) -> list[list[str]]:
            heard.extend(list(each) for each in conversations)
            return [[f"answer {len(heard)}"] for _ in conversations]

    session = writing.WritingSession(Echo(), [Start("ask", "", 1), Start("ask", "see", 2)])
    first = session.choose([0, 1], [(), ()])
    session.observe([0, 1], [each.action for each in first], ["low", "high"])
    session.choose([1], [()])
    step = Step(first[1].action, "high", (), 0.0)
    record = Trajectory(
        "i", "e", "v", "s", "t", "", "ask", "see", (step, step), False, "p", 0, False
    )
    assert heard[-1] == conversation_at(record, 1)
    assert [turn["content"] for turn in heard[-1]] == ["ask\n\nsee", first[1].action, "high"]
    assert [turn["content"] for turn in heard[0]] == ["ask"]
    found = records([(record, [None, "better"])])
    assert found == [Record(heard[-1], "better", first[1].action)]


def test_lists_of_actions_are_for_other_policies(taught: WriterPolicy) -> None:
    session = taught.begin([Start("do", "", 0)])
    with pytest.raises(UserError, match="policy=small"):
        session.choose([0], [("look", "go")])


def test_a_conversation_longer_than_the_model_reads_is_refused(taught: WriterPolicy) -> None:
    with pytest.raises(UserError, match="1024 tokens"):
        taught.write([lists.asked("apple " * 1100)], 1, 0, 0.0)


def test_texts_come_back_from_tokens_as_they_were() -> None:
    text = "such a lemon, and an otter, and a nice person."
    tokenizer = word_tokenizer([text, "lemon otter"])
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert len(ids) == 5  # such a lemon|, and an otter|, and a nice|person|.
    assert tokenizer.decode(tokenizer("lemon otter")["input_ids"]) == "lemon otter"


def test_a_text_that_words_cannot_make_is_refused() -> None:
    record = Record(lists.asked("a"), "two\nlines")
    with pytest.raises(UserError, match=r"policy\.path"):
        WriterPolicy.from_lessons("toy", [record], lists.TINY, Writing(), 0)


def test_a_chat_model_writes_at_once_and_ends_its_turn(tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "model")
    tuning, asked = Tuning(precision="fp32"), [lists.asked("put it")]
    policy = WriterPolicy.from_model("toy", folder, tuning, Writing(answer_tokens=5))
    ((text,),) = policy.write(asked, 1, 0, 0.0)
    longer = WriterPolicy.from_model("toy", folder, tuning, Writing(answer_tokens=50))
    ((whole,),) = longer.write(asked, 1, 0, 0.0)
    assert 0 < len(text) < len(whole)
    (likely,) = policy.log_probability([lists.asked("put it")], ["put"])
    reader = CausalPolicy.load(folder).reader
    context, reply = reader.asked("put it").tolist(), reader.reply("put")
    assert likely == pytest.approx(worlds.one_at_a_time(policy.model, context, reply) * len(reply))


def test_a_retry_tells_the_feedback_and_the_control_does_not() -> None:
    retry = Retry("toy/1", "$feedback Again: $instruction", "Again: $instruction")
    told = retry.ask(lists.asked("list $5"), "lemon", "Bad.")
    assert [turn["role"] for turn in told] == ["user", "assistant", "user"]
    assert told[-1]["content"] == "Bad. Again: list $5"
    assert retry.ask(lists.asked("list"), "lemon")[-1]["content"] == "Again: list"
