"""The chat model as the feedback model: it learns to judge and to say why, and keeps the form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from envs.errors import UserError
from experiments.chat_models import Size, save_chat_model
from lfm import causal_feedback_model
from lfm.causal_feedback_model import CausalFeedbackModel, Manner
from lfm.critics.reading.read import read
from lfm.critics.windows import make_windows
from lfm.critique import Blank, Form, plain_text
from lfm.feedback_builder import load_feedback_model
from lfm.feedback_model import FeedbackModel, LabelledEpisode, Verdict
from policies import imitation
from policies.imitation import Schedule
from policies.tuning import Tuning
from tests.lfm.test_detailed_feedback_model import EPISODES, LENGTH
from tests.lfm.test_feedback_model import played
from tests.policies import processes
from tests.policies.causal import worlds
from tests.policies.stopping import Killed, kill_at

OPENING = "Task: $instruction\nBefore step $first: $before"
STEP = "Step $step: $action. $observation"
TEXTS = [
    text
    for each in EPISODES
    for step in each.trajectory.steps
    for text in (each.trajectory.instruction, step.observation, '{"steps": [{"step": 1, true')
]
TINY = Size(hidden=64, layers=2, heads=4, key_heads=2, context=1024)
FEW = EPISODES[:6]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are cut off early, which takes less time."""
    monkeypatch.setattr(causal_feedback_model, "_TEXT", 6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_chat_model(tmp_path_factory.mktemp("chat"), "llama", TINY, TEXTS, words=400)


def fit(
    folder: Path,
    updates: int,
    *,
    detailed: bool = False,
    episodes: list[LabelledEpisode] = FEW,
    work: Path | None = None,
    stop_at: int = 0,
    **tuning: object,
) -> CausalFeedbackModel:
    return CausalFeedbackModel.fit(
        "toy",
        folder,
        Tuning(precision="fp32", **tuning),  # type: ignore[arg-type]
        Manner(detailed, LENGTH, OPENING, STEP),
        episodes,
        Schedule(updates, 8, 1e-2, 0.0, 0),
        0.5,
        privileged=True,
        work=work,
        follow=kill_at(stop_at),
    )[0]


def said(model: FeedbackModel, number: int = 1000) -> list[Verdict]:
    return model.judge([played(number)])[0]


@pytest.mark.timeout(900)  # on a busy machine
def test_it_learns_what_it_is_shown(folder: Path) -> None:
    shown = EPISODES[:4]
    model = fit(folder, 2 * imitation.CHECKPOINT, episodes=[*shown, *EPISODES[4:6]])
    right = [
        (verdict.p_productive >= 0.5) == each.labels[at].productive
        for each, verdicts in zip(shown, model.judge([e.trajectory for e in shown]), strict=True)
        for at, verdict in enumerate(verdicts, start=1)
    ]
    assert sum(right) / len(right) > 0.85


@pytest.mark.parametrize("detailed", [False, True])
def test_every_step_has_a_verdict_whatever_the_model_writes(folder: Path, detailed: bool) -> None:
    """Also where the last window is shorter, and nothing was learned."""
    model = fit(folder, 1, detailed=detailed)
    episodes = [each.trajectory for each in EPISODES[:5]]
    verdicts = model.judge(episodes)
    assert [len(said) for said in verdicts] == [len(each.steps) for each in episodes]
    assert all(0 <= one.p_productive <= 1 for said in verdicts for one in said)
    words = [one.reason + one.summary + one.suggestion for said in verdicts for one in said]
    assert any(words) == detailed
    for each, said in zip(episodes, verdicts, strict=True):
        ends = {window.last for window in make_windows([each], LENGTH)}
        assert not any(one.summary for at, one in enumerate(said, start=1) if at not in ends)


def test_probabilities_are_of_yes_against_no_at_their_place(folder: Path) -> None:
    """By one forward of transformers' own over the whole text, with what was said before."""
    model = fit(folder, 3)
    (window, *_) = make_windows([played(1000)], LENGTH)
    cut, manner = model.reader.cut, Manner(**model.model.config.feedback)
    tokens = model.reader.asked(manner.told(window))
    for at, verdict in enumerate(said(model)[: window.last], start=1):
        between = "\n" if at > 1 else ""
        tokens = np.concatenate([tokens, cut(f"{between}Step {at}:")])
        scores = [_log_prob(model, tokens, cut(word)) for word in (" yes", " no")]
        logit = scores[0] - scores[1]
        odds = log_softmax([manner.scale * logit, 0.0])
        assert verdict.p_productive == pytest.approx(np.exp(odds[0]), abs=1e-4)
        tokens = np.concatenate([tokens, cut(" yes" if logit >= 0 else " no")])


@torch.inference_mode()
def _log_prob(model: CausalFeedbackModel, context: np.ndarray, reply: np.ndarray) -> float:
    tokens = torch.tensor(np.concatenate([context, reply]), dtype=torch.int64)[None]
    scores = model.model(input_ids=tokens).logits[0, len(context) - 1 : -1].log_softmax(-1)
    return float(scores.gather(1, tokens[0, len(context) :, None]).sum())


def test_company_changes_no_verdict(folder: Path) -> None:
    model = fit(folder, 3, detailed=True)
    episodes = [each.trajectory for each in EPISODES[:5]]
    for each, together in zip(episodes, model.judge(episodes), strict=True):
        (alone,) = model.judge([each])
        assert [one.p_productive for one in alone] == pytest.approx(
            [one.p_productive for one in together], abs=1e-4
        )


def test_a_detailed_critique_is_what_readers_of_critics_read() -> None:
    fill = {"verdict": " true", "reason": "why", "summary": "what", "suggestion": "how"}
    text = "".join(
        part if isinstance(part, str) else fill[part.kind] + '"' * (part.kind != "verdict")
        for part in Form(True).parts([3, 4])
    )
    assert json.loads(text)["steps"][1] == {"step": 4, "productive": True, "reason": "why"}
    found = read("structured", text, 3, 4)
    assert (found.how, found.summary, found.suggestion) == ("parsed", "what", "how")
    lines = "".join(part if isinstance(part, str) else " no" for part in Form(False).parts([3, 4]))
    assert [step.productive for step in read("yes_no", lines, 3, 4).steps] == [False, False]
    assert plain_text(' a "b"\n\\c ') == "a 'b' /c"


def test_what_was_not_labelled_is_not_learned(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fit(folder, 1, detailed=True)
    monkeypatch.setattr(causal_feedback_model, "_TEXT", 64)
    each = EPISODES[0]
    whole = each.windows[0]
    part = replace(whole, steps=whole.steps[1:], summary="", parse="repaired")
    tokens, learned = model._lesson(make_windows([each.trajectory], LENGTH)[0], part)
    text = model.tokenizer.decode(tokens)
    assert '"step": 1,' not in text
    assert '"step": 2, "productive": ' in text
    shown = model.tokenizer.decode(tokens[learned])
    assert shown.count("true") + shown.count("false") == len(part.steps)
    assert whole.steps[1].reason in shown
    assert '"summary": ""' in text  # known to be missing, so not learned
    before = model.tokenizer.decode(tokens[: int(np.flatnonzero(learned).max())])
    assert before.endswith('"suggestion": "' + whole.suggestion)


@pytest.mark.parametrize("tuning", [{}, {"rank": 2, "alpha": 8, "merge": False}])
def test_training_after_a_stop_ends_as_without(
    folder: Path, tmp_path: Path, tuning: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imitation, "CHECKPOINT", 2)
    straight = fit(folder, 5, **tuning)
    with pytest.raises(Killed):
        fit(folder, 5, work=tmp_path, stop_at=4, **tuning)
    assert said(fit(folder, 5, work=tmp_path, **tuning)) == said(straight)
    assert said(fit(folder, 1, **tuning)) != said(straight)


@pytest.mark.parametrize("tuning", [{}, {"rank": 2, "alpha": 8, "merge": False}])
def test_a_saved_model_judges_as_before(
    folder: Path, tmp_path: Path, tuning: dict[str, object]
) -> None:
    model = fit(folder, 3, detailed=True, **tuning)
    model.save(tmp_path / "judge")
    loaded = load_feedback_model(tmp_path / "judge")
    assert isinstance(loaded, CausalFeedbackModel)
    assert (loaded.name, loaded.privileged) == ("judge", True)
    assert said(loaded) == said(model)


def test_a_window_that_is_too_long_is_told_before_training(folder: Path) -> None:
    with pytest.raises(UserError, match=r"feedback_model\.longest.*critic\.window"):
        fit(folder, 1, longest=100)


def test_a_chat_model_that_never_learned_to_judge_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has not learned to judge"):
        load_feedback_model(folder)
    with pytest.raises(UserError, match=r"feedback_model\.path"):
        CausalFeedbackModel.load(tmp_path)


def test_blanks_of_a_step_are_told_apart() -> None:
    blanks = [part for part in Form(True).parts([1, 2]) if isinstance(part, Blank)]
    assert len(set(blanks)) == len(blanks) == 6


def learned(folder: Path) -> tuple[torch.Tensor, list[float]]:
    """What a model has after a few updates: its weights, and what it judges."""
    model = fit(folder, 4, row_tokens=300)
    return worlds.weights(model), [one.p_productive for one in said(model)]


def test_two_processes_learn_what_one_does(folder: Path, tmp_path: Path) -> None:
    one, judged = learned(folder)
    for found, there in processes.in_two(__name__, folder, tmp_path):
        assert torch.allclose(found, one, atol=1e-5)
        assert there == pytest.approx(judged, abs=1e-4)
    assert not torch.allclose(one, worlds.weights(worlds.policy(folder)), atol=1e-3)
