"""A feedback model that learned what a critic said of answers, as what chooses among others."""

from __future__ import annotations

from envs.answers.hidden_rule import CHANGE, HiddenRule, questions
from envs.base import ANY_TEXT
from envs.record import Step, Trajectory
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.feedback_model import labelled_episodes
from lfm.refining.base import Asked, Candidates
from lfm.refining.judged import Judged
from lfm.small_feedback_model import SmallFeedbackModel
from policies.imitation import Schedule
from policies.step_transformer import StepConfig

LISTS = [each for each in questions("train", 42) if each.task_type == CHANGE]
LEARNED, OTHERS = LISTS[:300], LISTS[300:360]


def answered(question: HiddenRule, text: str, number: int) -> Trajectory:
    right = question.verify(text).success
    return Trajectory(
        f"{question.task_id}-{number}", "hidden_rule", "1", "train", question.task_id,
        question.task_type, question.instruction, "", (Step(text, "", ANY_TEXT, float(right)),),
        right, "base", 0, False,
    )  # fmt: skip


def asked(question: HiddenRule) -> Asked:
    return Asked(answered(question, question.instruction, 0), 1, None)


def said(episode: Trajectory) -> WindowFeedback:
    label = StepFeedback(1, episode.success, "it is right" if episode.success else "it is wrong")
    ident = episode.trajectory_id
    return WindowFeedback(f"{ident}/1", ident, (label,), "", "", 0, 0, "ok", "")


def test_it_finds_the_right_one_of_two() -> None:
    """Of answers to lists that it has not seen; it is told nothing of the rule but verdicts."""
    episodes = [
        answered(each, text, number)
        for each in LEARNED
        for number, text in enumerate((each.instruction, each.solution))
    ]
    size = StepConfig(hidden_size=32, bag_size=32, layers=1, heads=2, dropout=0.0, privileged=True)
    schedule = Schedule(150, batch_size=32, learning_rate=0.005, weight_decay=0.01, seed=0)
    labelled = labelled_episodes(episodes, [said(each) for each in episodes])
    model, _ = SmallFeedbackModel.fit("round1", size, labelled, schedule, threshold=0.5)
    choices = [
        Candidates(asked(each), "That is wrong.", (each.instruction, each.solution))
        for each in OTHERS
    ]
    scores = Judged(model).scores(choices)
    right = [wrong["feedback_model"] < solved["feedback_model"] for wrong, solved in scores]
    assert sum(right) >= 0.9 * len(right)
