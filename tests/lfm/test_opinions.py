from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.store import write_trajectories
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.layout import TRAJECTORIES_FILE
from lfm.opinions import check_same_episodes, read_opinion, simulator_opinion
from lfm.store import write_feedback
from tests.lfm.critics.episodes import episode


def test_a_critics_labels(tmp_path: Path) -> None:
    steps = (StepFeedback(2, True, "so"), StepFeedback(4, False, ""))
    window = WindowFeedback("a/1", "a", steps, "", "", 0, 0, "parsed", "")
    write_feedback(tmp_path, [window], "critic", False)
    assert read_opinion(tmp_path) == {("a", 2): True, ("a", 4): False}


def test_a_persons_labels(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("\ufeffnote,trajectory_id,step,productive\nx,a,1,TRUE\n,a,2,no\n,b,1,0\n")
    assert read_opinion(file) == {("a", 1): True, ("a", 2): False, ("b", 1): False}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trajectory_id,step\na,1\n", "lacks a column"),
        ("", "lacks a column"),
        ("trajectory_id,step,productive\na,1,yes\na,one,yes\n", "line 3: step must be"),
        ("trajectory_id,step,productive\na,1,maybe\n", "not '1' and 'maybe'"),
        ("trajectory_id,step,productive\na,1\n", "not '1' and None"),
    ],
)
def test_a_damaged_file_is_answered_by_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        read_opinion(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"labels\.csv"):
        read_opinion(tmp_path / "labels.csv")


def test_the_simulator_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give RUN/feedback/round1"):
        simulator_opinion(tmp_path / "feedback" / "round1")


def test_feedback_on_other_episodes_is_refused(tmp_path: Path) -> None:
    told = episode("a", 3)
    paths = []
    for name, seen in (("one", told), ("two", replace(told, steps=told.steps[:2]))):
        folder = tmp_path / name / "rollouts" / "round1"
        folder.mkdir(parents=True)
        write_trajectories(folder / TRAJECTORIES_FILE, [seen])
        paths.append(tmp_path / name / "feedback" / "round1")
    check_same_episodes(paths[0], paths[0])
    check_same_episodes(paths[0], tmp_path / "labels.csv")
    with pytest.raises(UserError, match="about different episodes: in a"):
        check_same_episodes(*paths)
