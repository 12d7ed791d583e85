"""The feedback model: learns what can be learned, is honest about it, and speaks of the step."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.record import Step, Trajectory
from lfm.agreement import Agreement
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.feedback_model import LabelledEpisode, labelled_episodes, split_by_task
from lfm.limits import MAX_JUDGED_STEPS
from lfm.selection import by_feedback_model, kept_steps
from lfm.small_feedback_model import SmallFeedbackModel
from policies.imitation import Schedule
from policies.step_transformer import StepConfig
from tests.lfm.conftest import episode

SCHEDULE = Schedule(60, 8, 3e-3, 0.01, 0)
THINGS = "mug pan egg cup key pen".split()


def played(number: int) -> Trajectory:
    """An episode about one of the things; a step is good if it takes that thing."""
    draw = random.Random(number)
    wanted = draw.choice(THINGS)
    steps = tuple(
        Step(f"take {thing} {at}", f"You take the {thing} {at}.", ("look",), 0.0)
        for at in range(1, draw.randint(4, 9))
        for thing in [wanted if draw.random() < 0.5 else draw.choice(THINGS)]
    )
    base = episode(number)
    return replace(base, instruction=f"bring me a {wanted}", steps=steps, success=False)


def label(each: Trajectory, at: int) -> StepFeedback:
    """What the critic says of step ``at`` (from 1)."""
    thing = each.steps[at - 1].action.split(" ", 1)[1]
    good = thing.split()[0] in each.instruction.split()
    said = f"took the {thing}, which was asked for" if good else f"nobody wants the {thing}"
    return StepFeedback(at, good, said)


def labelled(each: Trajectory) -> LabelledEpisode:
    steps = range(1, len(each.steps) + 1)
    return LabelledEpisode(each, {at: label(each, at) for at in steps})


EPISODES = [labelled(played(number)) for number in range(60)]
Fitted = tuple[SmallFeedbackModel, Agreement]


def fit(episodes: list[LabelledEpisode], schedule: Schedule = SCHEDULE) -> Fitted:
    config = StepConfig(hidden_size=32, bag_size=16, layers=1, heads=2)
    return SmallFeedbackModel.fit("toy", config, episodes, schedule, 0.5)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(EPISODES)


def test_it_learns_what_can_be_learned(fitted: Fitted) -> None:
    model, agreement = fitted
    new = [labelled(played(1000 + number)) for number in range(20)]
    verdicts = model.judge([each.trajectory for each in new])
    pairs = [
        (verdict.p_productive >= 0.5, each.labels[at].productive)
        for each, said in zip(new, verdicts, strict=True)
        for at, verdict in enumerate(said, start=1)
    ]
    assert sum(one == other for one, other in pairs) / len(pairs) > 0.9
    assert agreement.f1 > 0.9
    assert agreement.calibration_error < 0.15


def test_agreement_is_with_steps_of_tasks_it_never_saw(fitted: Fitted) -> None:
    split = split_by_task(EPISODES, SCHEDULE.seed)
    assert fitted[1].steps == sum(len(each.labels) for each in split.held_out)
    assert fitted[1].positives == sum(
        label.productive for each in split.held_out for label in each.labels.values()
    )


def test_reasons_speak_of_the_step_itself(fitted: Fitted) -> None:
    """Also of a thing that no reason of the training named."""
    steps = tuple(
        Step(f"take {thing}", "", ("look",), 0.0) for thing in ("violin 7", "mug 1", "violin 9")
    )
    new = replace(episode(1), instruction="bring me a violin", steps=steps, success=False)
    (verdicts,) = fitted[0].judge([new])
    for step, verdict in zip(steps, verdicts, strict=True):
        assert step.action.split(" ", 1)[1] in verdict.reason
        assert verdict.reason.startswith("took" if verdict.p_productive >= 0.5 else "nobody")
    assert [verdict.p_productive >= 0.5 for verdict in verdicts] == [True, False, True]


def test_company_changes_no_verdict(fitted: Fitted) -> None:
    episodes = [each.trajectory for each in EPISODES[:9]]
    together = fitted[0].judge(episodes)
    for each, verdicts in zip(episodes, together, strict=True):
        (alone,) = fitted[0].judge([each])
        assert [v.p_productive for v in alone] == pytest.approx(
            [v.p_productive for v in verdicts], abs=1e-4
        )
    assert [len(said) for said in together] == [len(each.steps) for each in episodes]


def test_the_longest_episode_allowed_can_be_judged(fitted: Fitted) -> None:
    step = Step("look", "A hall.", ("look",), 0.0)
    long = replace(episode(1), steps=(step,) * MAX_JUDGED_STEPS, success=False)
    assert len(fitted[0].judge([long])[0]) == MAX_JUDGED_STEPS


def test_what_was_not_labelled_is_not_negative(fitted: Fitted) -> None:
    """Good steps alone are labelled; the rest must not be taken for bad."""
    good = [
        LabelledEpisode(e.trajectory, {at: s for at, s in e.labels.items() if s.productive})
        for e in EPISODES
    ]
    model, agreement = fit([each for each in good if each.labels])
    assert agreement.steps == agreement.positives
    verdicts = model.judge([each.trajectory for each in EPISODES])
    assert min(v.p_productive for said in verdicts for v in said) > 0.5


def test_the_same_seed_gives_the_same_model() -> None:
    short = replace(SCHEDULE, updates=3)
    texts = [each.trajectory for each in EPISODES[:3]]
    one, other = fit(EPISODES, short)[0], fit(EPISODES, short)[0]
    assert one.judge(texts) == other.judge(texts)
    assert one.judge(texts) != fit(EPISODES, replace(short, seed=1))[0].judge(texts)


def test_no_task_is_on_two_sides() -> None:
    twice = EPISODES + [labelled(replace(e.trajectory, trajectory_id="x")) for e in EPISODES]
    split = split_by_task(twice, 3)
    sides = [{each.trajectory.task_id for each in side} for side in split]
    assert [len(side) for side in sides] == [48, 6, 6]
    assert len(set().union(*sides)) == 60
    assert sum(map(len, split)) == len(twice)
    assert split == split_by_task(twice, 3)
    assert split != split_by_task(twice, 4)


def test_three_tasks_are_enough_and_two_are_not() -> None:
    assert [len(side) for side in split_by_task(EPISODES[:3], 0)] == [1, 1, 1]
    with pytest.raises(UserError, match="at least 3"):
        split_by_task(EPISODES[:2], 0)


def test_labels_find_their_episodes() -> None:
    episodes = [each.trajectory for each in EPISODES[:3]]

    def window(of: Trajectory, *steps: int) -> WindowFeedback:
        said = tuple(label(of, at) for at in steps)
        return WindowFeedback("w", of.trajectory_id, said, "", "", 0, 0, "ok", "")

    feedback = [
        window(episodes[2], 1),
        window(episodes[0], 1, 2),
        window(episodes[0], 3),
        window(episodes[1]),
    ]
    found = labelled_episodes(episodes, feedback)
    assert [each.trajectory for each in found] == [episodes[0], episodes[2]]
    assert sorted(found[0].labels) == [1, 2, 3]


def test_a_saved_model_judges_as_before(fitted: Fitted, tmp_path: Path) -> None:
    fitted[0].save(tmp_path / "judge")
    loaded = SmallFeedbackModel.load(tmp_path / "judge")
    texts = [each.trajectory for each in EPISODES[:3]]
    assert loaded.name == "judge"
    assert loaded.judge(texts) == fitted[0].judge(texts)


def test_a_folder_without_a_model_is_named(fitted: Fitted, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        SmallFeedbackModel.load(tmp_path)
    fitted[0].save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match=str(tmp_path)):
        SmallFeedbackModel.load(tmp_path)


def test_steps_are_kept_from_the_threshold_on(fitted: Fitted) -> None:
    """Whether the episode succeeded plays no part."""
    episodes = [each.trajectory for each in EPISODES[:4]]
    judgements = by_feedback_model(fitted[0], episodes, 0.5)
    assert len(judgements) == sum(len(each.steps) for each in episodes)
    assert all(each.kept == (each.p_productive >= 0.5) for each in judgements)
    assert {each.feedback_model for each in judgements} == {"toy"}
    assert all(each.kept for each in by_feedback_model(fitted[0], episodes, 0.0))
    for trajectory, targets in kept_steps(episodes, judgements):
        of_it = [each for each in judgements if each.trajectory_id == trajectory.trajectory_id]
        taken = zip(trajectory.steps, of_it, strict=True)
        assert targets == [step.action if each.kept else None for step, each in taken]
        assert [each.step for each in of_it] == list(range(1, len(targets) + 1))


def test_a_step_without_judgement_is_no_silent_no(fitted: Fitted) -> None:
    episodes = [EPISODES[0].trajectory]
    with pytest.raises(KeyError):
        kept_steps(episodes, by_feedback_model(fitted[0], episodes, 0.5)[1:])
