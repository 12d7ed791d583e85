"""A chat model in this process: random weights, but a real one."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from experiments.critic_faults.tiny import make_tiny_chat_model
from lfm.chat.base import Answer, Failure, Message, Request
from lfm.chat.budget import Limits
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.local_chat import Answering, LocalEngine
from lfm.workers import Workers
from tests.lfm.elsewhere import Elsewhere


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_chat_model(folder)
    return folder


def _requests(temperature: float | None = 0.0) -> list[Request]:
    return [
        Request(
            (Message("system", "Be brief."), Message("user", "Why? " * count)),
            prompt="test/1",
            max_tokens=8,
            temperature=temperature,
            seed=3,
        )
        for count in (5, 1, 3)
    ]


def _ask(
    model: Path,
    batch: int,
    requests: list[Request],
    limits: Limits | None = None,
    workers: Workers | None = None,
) -> list[Answer | Failure]:
    engine = LocalEngine(str(model), batch, "auto", workers)
    desk = Desk(engine, Database(None), "run", limits=limits)
    outcomes = dict(desk.ask(requests, "test"))
    spent = desk.ledger.spent()
    answered = [each for each in outcomes.values() if isinstance(each, Answer)]
    assert (spent.answered, spent.kept) == (len(answered), 0)
    assert spent.output_tokens == sum(each.usage.output_tokens for each in answered)
    desk.close()
    return [outcomes[index] for index in range(len(requests))]


def test_an_answer_is_the_same_alone_and_among_others(model: Path) -> None:
    together, alone = (_ask(model, batch, _requests()) for batch in (3, 1))
    for one, other in zip(together, alone, strict=True):
        assert isinstance(one, Answer)
        assert isinstance(other, Answer)
        assert (one.text, one.usage, one.finish_reason) == (
            other.text,
            other.usage,
            other.finish_reason,
        )
        assert 0 < one.usage.output_tokens <= 8
    # Bytes are tokens, and the template has a mark before and after each turn and one at its end.
    first = together[0]
    assert isinstance(first, Answer)
    assert first.usage.input_tokens == len("Be brief.") + len("Why? ") * 5 + 5


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_computed_elsewhere_are_the_same(model: Path, temperature: float) -> None:
    requests = [*_requests(temperature), Request((Message("user", "x" * 5000),), "test/1", 8, 0.0)]
    here, elsewhere = (_ask(model, 2, requests, workers=by) for by in (None, Elsewhere()))
    for one, other in zip(here, elsewhere, strict=True):
        if isinstance(one, Answer):
            one, other = (replace(each, seconds=0.0) for each in (one, other))  # type: ignore[type-var]
        assert one == other
    assert isinstance(here[-1], Failure)


def test_another_model_elsewhere_is_refused(model: Path, tmp_path: Path) -> None:
    """Or none at all: what it said would be kept as if this one had said it."""
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    weights = LocalEngine(str(folder), 1, "auto").parameters["weights"]
    sent = pickle.loads(pickle.dumps(Answering(str(folder), "auto", weights)))
    make_tiny_chat_model(folder, seed=1)
    with pytest.raises(UserError, match=r"^rollout=ray: machine \S+ has another model in "):
        sent.open().__enter__()
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(UserError, match=r"^rollout=ray: machine \S+: model: there is no model in"):
        sent.open().__enter__()


def test_sampled_answers_follow_the_seed(model: Path) -> None:
    one, other = (_ask(model, 3, _requests(temperature=1.0)) for _ in range(2))
    assert [each.text for each in one if isinstance(each, Answer)] == [
        each.text for each in other if isinstance(each, Answer)
    ]


def test_a_question_that_is_too_long_is_rejected(model: Path) -> None:
    long = Request((Message("user", "x" * 5000),), "test/1", 8, temperature=0.0)
    (outcome,) = _ask(model, 2, [long])
    assert outcome == Failure("rejected", "the question is too long for the model")


@pytest.mark.parametrize("workers", [None, Elsewhere()], ids=["here", "elsewhere"])
def test_a_budget_stops_it(model: Path, workers: Workers | None) -> None:
    """After as many answers, whoever might have helped."""
    outcomes = _ask(model, 1, _requests(), Limits(output_tokens=20), workers)
    assert [isinstance(each, Answer) for each in outcomes].count(True) == 2
    assert Failure("unasked", "the budget of 20 output tokens is used up") in outcomes


def test_other_weights_are_another_model(model: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy", tmp_path / "other"
    shutil.copytree(model, copy)
    make_tiny_chat_model(other, seed=1)
    versions = [
        LocalEngine(str(folder), 1, "auto").parameters["weights"] for folder in (model, copy, other)
    ]
    assert versions[0] == versions[1] != versions[2]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no model in"):
        LocalEngine(str(tmp_path), 1, "auto")


def test_a_model_that_is_no_chat_model_is_named(model: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    shutil.copytree(model, silent)
    (silent / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="has no chat template"):
        _ask(silent, 1, _requests())
