"""No landmarks: streets and crossings alone."""

from __future__ import annotations

from envs.touchdown.landmarks.base import Landmark


class NoLandmarks:
    """Nothing is ever visible."""

    name = "none"
    fingerprint = "none"

    def visible(self, pano: int, heading: float) -> tuple[Landmark, ...]:
        """Nothing, everywhere."""
        return ()

    def for_instruction(self, instruction: str) -> NoLandmarks:
        """This source: it is the same for every instruction."""
        return self
