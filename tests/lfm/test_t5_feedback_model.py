"""The paper's feedback model: a T5 that reads a step, and says yes or no, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from envs.errors import UserError
from envs.record import Trajectory
from lfm.agreement import Agreement, probability
from lfm.critics.base import StepFeedback
from lfm.feedback_builder import load_feedback_model
from lfm.feedback_model import FeedbackModel, LabelledEpisode, Verdict
from lfm.t5_feedback_model import T5FeedbackModel
from policies import imitation
from policies.imitation import Schedule
from policies.prompts import word_tokenizer
from policies.tuning import Tuning
from tests.lfm.test_feedback_model import EPISODES, played
from tests.policies import processes
from tests.policies.stopping import Killed, kill_at
from tests.policies.t5s import policy, save_t5, weights

TEXTS = [
    text
    for each in EPISODES
    for at, step in enumerate(each.trajectory.steps, start=1)
    for text in (
        f"Task: {each.trajectory.instruction} Before: {step.observation} Action: {step.action}",
        f"After: Question: was this helpful? Answer: Yes. No. {each.labels[at].reason}",
    )
]
LORA = {"rank": 2, "alpha": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_t5(tmp_path_factory.mktemp("t5"), TEXTS)


def fit_all(
    folder: Path,
    updates: int,
    episodes: list[LabelledEpisode],
    rate: float = 1e-2,
    *,
    detailed: bool = False,
    work: Path | None = None,
    stop_at: int = 0,
    **tuning: object,
) -> tuple[T5FeedbackModel, Agreement]:
    return T5FeedbackModel.fit(
        "toy",
        folder,
        Tuning(**{"precision": "fp32", **tuning}),  # type: ignore[arg-type]
        episodes,
        Schedule(updates, 32, rate, 0.0, 0),
        0.5,
        detailed=detailed,
        privileged=True,
        work=work,
        follow=kill_at(stop_at),
    )


def fit(folder: Path, updates: int, **more: object) -> T5FeedbackModel:
    return fit_all(folder, updates, EPISODES[:6], **more)[0]  # type: ignore[arg-type]


def said(model: FeedbackModel, number: int = 1000) -> list[Verdict]:
    return model.judge([played(number)])[0]


def useful(each: Trajectory) -> LabelledEpisode:
    """Mugs, pans and keys are useful, whatever was asked for."""
    good = [step.action.split()[1] in ("mug", "pan", "key") for step in each.steps]
    said = enumerate(good, start=1)
    return LabelledEpisode(
        each,
        {
            at: StepFeedback(at, yes, "which was asked for" if yes else "nobody wants the")
            for at, yes in said
        },
    )


@pytest.mark.timeout(900)  # on a busy machine
def test_it_learns_what_can_be_learned(tmp_path: Path) -> None:
    """Verdicts and reasons, of episodes that it has not seen; by whole words that is quick."""
    folder = save_t5(tmp_path, TEXTS)
    word_tokenizer(TEXTS, 0).save_pretrained(folder)
    shown = [useful(each.trajectory) for each in EPISODES]
    model, agreement = fit_all(folder, 150, shown, detailed=True)
    assert agreement.f1 > 0.9
    new = [useful(played(1000 + number)) for number in range(5)]
    for each, verdicts in zip(new, model.judge([each.trajectory for each in new]), strict=True):
        for at, verdict in enumerate(verdicts, start=1):
            assert (verdict.p_productive >= 0.5) == each.labels[at].productive
            assert verdict.reason == each.labels[at].reason


def test_probabilities_are_those_of_transformers(folder: Path) -> None:
    """Of the whole text, read at once: prompt and answers are the paper's, calibrated here."""
    model = fit(folder, 3)
    each = played(1000)
    step = each.steps[1]
    text = (
        f"Task: {each.instruction} Before: {each.steps[0].observation} Action: {step.action} "
        f"After: {step.observation} Question: was this helpful? Answer:"
    )
    log_probs = []
    for reply in ("Yes.", "No."):
        prompt, answer = (
            model.tokenizer(words, return_tensors="pt")["input_ids"] for words in (text, reply)
        )
        answer = answer[:, :-1]  # the end is not said yet
        with torch.inference_mode():
            loss = model.model(input_ids=prompt, labels=answer).loss
        log_probs.append(-float(loss) * answer.shape[1])
    scale = model.model.config.feedback["scale"]
    expected = probability(log_probs[0] - log_probs[1], scale)
    assert said(model)[1].p_productive == pytest.approx(expected, abs=1e-4)


def test_a_long_step_loses_what_was_seen_and_not_what_is_asked(folder: Path) -> None:
    model = fit(folder, 1, longest=100)
    each = played(1000)
    long = replace(each.steps[0], observation="mug " * 200)
    prompts = model._prompts(replace(each, steps=(long, *each.steps[1:])))
    assert max(map(len, prompts)) <= 100
    for prompt, step in zip(prompts, each.steps, strict=True):
        told = model.tokenizer.decode(prompt, skip_special_tokens=True)
        assert each.instruction in told
        assert f"Action: {step.action} After:" in told
        assert told.endswith("Question: was this helpful? Answer:")


def test_only_labelled_steps_are_learned_with_their_reasons(folder: Path) -> None:
    model = fit(folder, 1)
    labels = {2: StepFeedback(2, True, "took it"), 3: StepFeedback(3, False, "")}
    lessons = model._lessons(LabelledEpisode(EPISODES[0].trajectory, labels))
    answers = [model.tokenizer.decode(lesson.action) for lesson in lessons]
    assert answers == ["Yes. took it</s>", "No.</s>"]
    long = {1: StepFeedback(1, True, "mug " * 100)}
    (lesson,) = model._lessons(LabelledEpisode(EPISODES[0].trajectory, long))
    assert len(lesson.action) == 65


def test_company_changes_no_verdict(folder: Path) -> None:
    model = fit(folder, 3, detailed=True)
    episodes = [each.trajectory for each in EPISODES[:3]]
    for each, together in zip(episodes, model.judge(episodes), strict=True):
        (alone,) = model.judge([each])
        assert [one.reason for one in alone] == [one.reason for one in together]
        assert np.allclose(*([v.p_productive for v in told] for told in (alone, together)))


@pytest.mark.parametrize("tuning", [{"held_out": 0.4}, {**LORA, "merge": False}])
def test_training_after_a_stop_ends_as_without(
    folder: Path, tmp_path: Path, tuning: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imitation, "CHECKPOINT", 2)
    straight = fit(folder, 5, **tuning)
    with pytest.raises(Killed):
        fit(folder, 5, work=tmp_path, stop_at=4, **tuning)
    assert said(fit(folder, 5, work=tmp_path, **tuning)) == said(straight)
    assert said(fit(folder, 1, **tuning)) != said(straight)


@pytest.mark.parametrize("tuning", [{}, {**LORA, "merge": False}])
def test_a_saved_model_judges_as_before(
    folder: Path, tmp_path: Path, tuning: dict[str, object]
) -> None:
    model = fit(folder, 3, detailed=True, **tuning)
    model.save(tmp_path / "judge")
    loaded = load_feedback_model(tmp_path / "judge")
    assert isinstance(loaded, T5FeedbackModel)
    assert (loaded.name, loaded.privileged) == ("judge", True)
    assert said(loaded) == said(model)
    assert any(verdict.reason for verdict in said(loaded))


def test_a_t5_that_never_learned_to_judge_is_refused(folder: Path, tmp_path: Path) -> None:
    """A policy has not, either."""
    policy(folder).save(tmp_path)
    for other in (folder, tmp_path):
        with pytest.raises(UserError, match=r"feedback_model\.path.*has not learned to judge"):
            load_feedback_model(other)


def learned(folder: Path) -> tuple[torch.Tensor, dict[str, float], list[float]]:
    """What a model has after a few updates: its weights, their choice, and what it judges."""
    model = fit(folder, 4, rate=3e-3, row_tokens=300, held_out=0.4)
    return weights(model), model.model.config.chosen, [one.p_productive for one in said(model)]


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    """With dropout too, and several passes in a batch."""
    folder = save_t5(tmp_path / "t5", TEXTS, dropout=0.1)
    one, told, judged = learned(folder)
    for found, chosen, there in processes.in_two(__name__, folder, tmp_path):
        assert torch.allclose(found, one, atol=1e-5)
        assert chosen["held_out_loss"] == pytest.approx(told["held_out_loss"], abs=1e-5)
        assert there == pytest.approx(judged, abs=1e-4)
    assert not torch.allclose(one, weights(policy(folder)), atol=1e-3)
