from __future__ import annotations

from envs.touchdown.landmarks.base import Landmarks
from envs.touchdown.landmarks.none import NoLandmarks


def test_shows_nothing_whatever_is_asked() -> None:
    source: Landmarks = NoLandmarks()
    assert source.visible(3, 90.0) == ()
    assert source.for_instruction("Turn left at the cafe.") is source
    assert source.name == "none"
