"""Short episodes for critics that only read."""

from __future__ import annotations

from envs.record import Step, Trajectory


def episode(name: str, steps: int, *, success: bool = False) -> Trajectory:
    """An episode whose steps tell their number."""
    taken = tuple(Step(f"do {at}", f"Saw {at}.", (f"do {at}",), 0.0) for at in range(1, steps + 1))
    return Trajectory(
        name, "alfworld", "v", "train", f"task-{name}", "type", "put $5 in the {box}", "A room.",
        taken, success, "random", 0, False,
    )  # fmt: skip
