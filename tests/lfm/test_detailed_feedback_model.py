"""The detailed feedback model: sums up windows in the critic's words, with names of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from envs.record import Step
from lfm.critics.base import Window, WindowFeedback
from lfm.critics.windows import make_windows
from lfm.feedback_model import LabelledEpisode
from lfm.reasons import blank_names, fill_names, window_names
from lfm.selection import by_feedback_model
from lfm.small_feedback_model import SmallFeedbackModel, sayings
from policies.imitation import Schedule
from policies.step_transformer import StepConfig
from tests.lfm.conftest import episode
from tests.lfm.test_feedback_model import label, played

LENGTH = 4
SCHEDULE = Schedule(150, 8, 3e-3, 0.01, 0)


def answer(window: Window, parse: str = "ok") -> WindowFeedback:
    """How many steps were good, what was taken last, and to take the right thing if it was not."""
    steps = tuple(label(window.trajectory, at) for at in range(window.first, window.last + 1))
    good = sum(step.productive for step in steps)
    thing = window.trajectory.steps[window.last - 1].action.removeprefix("take ")
    wanted = window.trajectory.instruction.rpartition(" ")[2]
    return WindowFeedback(
        window_id=window.window_id,
        trajectory_id=window.trajectory.trajectory_id,
        steps=steps,
        summary=f"{good} of {len(steps)} steps were good; at last it took the {thing}",
        suggestion="" if steps[-1].productive else f"look for another {wanted}",
        input_tokens=0,
        output_tokens=0,
        parse=parse,
        answer="",
    )


def told(number: int) -> LabelledEpisode:
    each = played(number)
    windows = tuple(map(answer, make_windows([each], LENGTH)))
    return LabelledEpisode(each, {s.step: s for w in windows for s in w.steps}, windows)


EPISODES = [told(number) for number in range(60)]


def fit(window: int | None) -> SmallFeedbackModel:
    config = StepConfig(hidden_size=32, bag_size=16, layers=1, heads=2, window=window)
    return SmallFeedbackModel.fit("toy", config, EPISODES, SCHEDULE, 0.5)[0]


@pytest.fixture(scope="module")
def detailed() -> SmallFeedbackModel:
    return fit(LENGTH)


def test_it_says_of_new_windows_what_the_critic_would(detailed: SmallFeedbackModel) -> None:
    new = [told(1000 + number) for number in range(20)]
    same = []
    for each, said in zip(new, detailed.judge([each.trajectory for each in new]), strict=True):
        for window, wanted in zip(
            make_windows([each.trajectory], LENGTH), each.windows, strict=True
        ):
            verdict = said[window.last - 1]
            same += [verdict.summary == wanted.summary, verdict.suggestion == wanted.suggestion]
            between = said[window.first - 1 : window.last - 1]
            assert not any(other.summary or other.suggestion for other in between)
    assert sum(same) / len(same) > 0.8


def test_its_words_go_with_the_judgements(detailed: SmallFeedbackModel) -> None:
    each = EPISODES[0].trajectory
    (said,) = detailed.judge([each])
    judgements = by_feedback_model(detailed, [each], 0.5)
    assert [(one.summary, one.suggestion) for one in judgements] == [
        (one.summary, one.suggestion) for one in said
    ]
    assert judgements[-1].summary.endswith(each.steps[-1].action.removeprefix("take "))


def test_a_plain_model_has_nothing_to_sum_up_with() -> None:
    plain = fit(None)
    assert not any("summary" in name for name, _ in plain.model.named_parameters())
    (said,) = plain.judge([EPISODES[0].trajectory])
    assert not any(one.summary or one.suggestion for one in said)


def test_a_saved_model_says_the_same(detailed: SmallFeedbackModel, tmp_path: Path) -> None:
    detailed.save(tmp_path)
    texts = [each.trajectory for each in EPISODES[:3]]
    assert SmallFeedbackModel.load(tmp_path).judge(texts) == detailed.judge(texts)


def test_an_empty_text_of_a_repaired_answer_is_not_learned() -> None:
    (window,) = make_windows([played(1)], 0)
    for parse, known in (("ok", ""), ("parsed", ""), ("repaired", None)):
        said = replace(answer(window, parse), summary="", suggestion="look")
        (found,) = sayings(LabelledEpisode(window.trajectory, {}, (said,)), 0)
        assert (found.summary, found.suggestion) == (known, "look")


def test_windows_that_the_critic_did_not_read_are_left_out() -> None:
    each = next(each for each in EPISODES if len(each.windows) > 1)
    found = sayings(replace(each, windows=each.windows[1:]), LENGTH)
    assert [said.first for said in found] == [LENGTH + 1]


def test_a_window_knows_where_it_saw_what_is_asked_for() -> None:
    steps = tuple(
        Step(action, seen, ("look",), 0.0)
        for action, seen in (
            ("go to shelf 1", "On the shelf 1, you see a mug 2."),
            ("go to sink 3", "On the sink 3, you see a pan 1."),
            ("look", "You see a mug 9."),
        )
    )
    told = replace(episode(1), instruction="put mugs on the desk", steps=steps, success=False)
    told = replace(told, first_observation="Looking around, you see a desk 1.")
    names = window_names(Window("w", told, 1, 2), 1)
    said = "1 of 2 steps helped; next, take mug 2 from shelf 1 and go to desk 1"
    blanked = blank_names(said, names)
    assert blanked == (
        "{count} helped; next, take {task 2 seen} from {task 2 at} and go to {task 3 seen}"
    )
    assert fill_names(blanked, window_names(Window("w", told, 1, 2), 0)) == said.replace(
        "1 of 2", "0 of 2"
    )
    assert fill_names("{object}", names) is None


def test_a_window_of_moves_has_its_count_alone() -> None:
    walked = replace(episode(1), env="touchdown")
    assert window_names(Window("w", walked, 1, 3), 2) == {"count": "2 of 3 steps"}
