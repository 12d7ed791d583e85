"""People's labels in the place of a critic's, and beside them."""

from __future__ import annotations

from dataclasses import replace

from lfm.corrections import Correction, Place
from lfm.critics.base import WindowFeedback
from lfm.critics.windows import make_windows
from lfm.feedback_model import labelled_episodes
from lfm.relabelling import basis, relabelled
from tests.lfm.conftest import MARKUP, episode, feedback_on
from tests.lfm.test_corrections import FIRST

READ, UNREAD = episode(1), episode(2)
WINDOWS = make_windows([READ, UNREAD], 2)
CRITIC = WindowFeedback(
    WINDOWS[0].window_id, "round1-1", feedback_on(READ).steps[:2], "Sum.", "Do.", 3, 4, "ok", "{}"
)
"""Of the first window, steps 1 and 2: productive, and not."""


def _verdicts(*given: tuple[str, int, str, str]) -> dict[Place, Correction]:
    return {
        (name, step): replace(FIRST, episode=name, step=step, new=new, note=note)
        for name, step, new, note in given
    }


VERDICTS = _verdicts(
    ("round1-1", 1, "productive", ""),
    ("round1-1", 2, "productive", "it found the mug"),
    ("round1-1", 3, "unproductive", ""),
    ("round1-2", 1, "productive", ""),
)


def _labels(found: list[WindowFeedback]) -> dict[tuple[str, int], tuple[bool, str]]:
    return {
        (each.trajectory.trajectory_id, step): (label.productive, label.reason)
        for each in labelled_episodes([READ, UNREAD], found)
        for step, label in each.labels.items()
    }


def test_both_puts_people_on_top_of_the_critic() -> None:
    found = relabelled(WINDOWS, [CRITIC], VERDICTS, with_critic=True)
    assert _labels(found) == {
        ("round1-1", 1): (True, f"reason of the critic 1 {MARKUP}"),
        ("round1-1", 2): (True, "it found the mug"),
        ("round1-1", 3): (False, ""),
        ("round1-2", 1): (True, ""),
    }
    assert replace(found[0], steps=CRITIC.steps) == CRITIC
    some = _verdicts(("round1-1", 1, "unproductive", ""))
    found = relabelled(WINDOWS, [CRITIC], some, with_critic=True)
    assert _labels(found) == {
        ("round1-1", 1): (False, ""),
        ("round1-1", 2): (False, f"reason of the critic 2 {MARKUP}"),
    }
    assert relabelled(WINDOWS, [CRITIC], {}, with_critic=True) == [CRITIC]


def test_human_leaves_the_critic_out() -> None:
    some = _verdicts(("round1-1", 2, "productive", ""))
    found = relabelled(WINDOWS, [CRITIC], some, with_critic=False)
    assert _labels(found) == {("round1-1", 2): (True, "")}
    assert (found[0].summary, found[0].suggestion, found[0].parse) == ("", "", "person")
    assert relabelled(WINDOWS, [CRITIC], {}, with_critic=False) == []


def test_the_basis_follows_labels_and_not_times() -> None:
    found = basis("both", VERDICTS)
    time = "2027-01-01T00:00:00+00:00"
    later = {place: replace(each, when=time, who="Bob") for place, each in VERDICTS.items()}
    assert basis("both", later) == found
    assert basis("human", VERDICTS) != found
    assert basis("both", _verdicts(("round1-1", 1, "productive", ""))) != found
