"""Roll-outs: every episode is kept, none is played twice, and a stop changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from envs.base import Info, TextEnv
from envs.errors import UserError
from envs.live import LiveTrajectories
from envs.record import Trajectory
from lfm.rollout import Rollout, Task, roll_out, trajectory_id
from policies.base import Choice, Policy
from policies.expert import ExpertPolicy
from policies.random import RandomPolicy

TASKS = [Task(f"task-{number}", sample) for sample in range(2) for number in range(5)]
ROLLOUT = Rollout("try", 7, 4, "try")


class Doors(TextEnv):
    """Open the door of the task's number; counts what it is asked to do."""

    name: ClassVar[str] = "doors"
    version, split, max_steps = "1", "train", 6
    task_ids = tuple(f"task-{number}" for number in range(5))
    resets: ClassVar[list[tuple[str, int | None]]] = []
    made: ClassVar[list[Doors]] = []
    closed = False

    def __init__(self) -> None:
        self.made.append(self)

    @property
    def fingerprint(self) -> str:
        return "doors"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        self.task = str((options or {})["task_id"])
        self.steps = 0
        self.resets.append((self.task, seed))
        return "Doors.", self._info(False, True)

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        self.steps += 1
        won = action == f"open {self.task[-1]}"
        admissible = action in self._options()
        info = self._info(won, admissible)
        return f"{action}: {self.steps}.", float(won), won, self.steps >= self.max_steps, info

    def close(self) -> None:
        self.closed = True

    def _options(self) -> tuple[str, ...]:
        return tuple(f"open {number}" for number in range(5 + getattr(self, "steps", 0)))

    def _info(self, won: bool, admissible: bool) -> Info:
        return {
            "task_id": self.task,
            "task_type": "doors",
            "instruction": f"find the way through {self.task}",
            "admissible_actions": self._options(),
            "score": float(won),
            "success": won,
            "admissible": admissible,
        }


class DoorsWithExpert(Doors):
    capabilities: ClassVar[frozenset[str]] = frozenset({"expert"})

    def expert_action(self) -> str:
        return f"open {self.task[-1]}"


class Always:
    """Does one thing, whatever is admissible."""

    name = "always"
    privileged = True

    def __init__(self, action: str) -> None:
        self.action = action

    def begin(self, starts: Any) -> Always:
        return self

    def choose(self, rows: Any, admissible: Any) -> list[Choice]:
        return [Choice(self.action, -1.0) for _ in rows]

    def observe(self, rows: Any, actions: Any, observations: Any) -> None:
        """Nothing is learned."""


class ConcurrentDoors(Doors):
    """Stands for an environment that waits for another process; notes who stepped with whom."""

    concurrent: ClassVar[bool] = True
    meeting: ClassVar[threading.Barrier]

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        self.meeting.wait(timeout=20)  # broken unless four of them step at the same time
        return super().step(action)


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    Doors.resets.clear()
    Doors.made.clear()


def play(
    file: Path,
    policy: Policy | None = None,
    tasks: list[Task] = TASKS,
    make: Callable[[], TextEnv] = Doors,
    rollout: Rollout = ROLLOUT,
    advance: Callable[[int], None] = lambda episodes: None,
) -> list[Trajectory]:
    with closing(LiveTrajectories(file)) as live:
        return roll_out(make, policy or RandomPolicy(), tasks, rollout, live, advance)


def test_every_task_is_played_once_in_order(tmp_path: Path) -> None:
    told: list[int] = []
    episodes = play(tmp_path / "live", advance=told.append)
    assert [each.task_id for each in episodes] == [task.task_id for task in TASKS]
    assert [each.trajectory_id for each in episodes] == [trajectory_id(ROLLOUT, t) for t in TASKS]
    assert len({each.seed for each in episodes}) == len(TASKS)
    assert [seed for _, seed in Doors.resets] == [each.seed for each in episodes]
    assert told == [4, 4, 2]
    assert len(Doors.made) == 4
    assert all(env.closed for env in Doors.made)


def test_environments_that_wait_step_at_the_same_time(tmp_path: Path) -> None:
    """And their episodes are those that they would have played in turn."""
    ConcurrentDoors.meeting = threading.Barrier(4)
    tasks, always = TASKS[:8], Always("fly")
    together = play(tmp_path / "together", always, tasks, ConcurrentDoors)
    assert together == play(tmp_path / "in turn", always, tasks)
    assert all(env.closed for env in Doors.made)


def test_an_error_in_a_thread_is_an_error_of_the_roll_out(tmp_path: Path) -> None:
    class Breaks(Doors):
        concurrent: ClassVar[bool] = True

        def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
            if self.task == "task-2":
                raise UserError("the simulator has ended")
            return super().step(action)

    with pytest.raises(UserError, match="has ended"):
        play(tmp_path / "live", make=Breaks)
    assert len(Doors.made) == 4
    assert all(env.closed for env in Doors.made)


def test_an_environment_that_cannot_be_closed_leaves_the_others_closed(tmp_path: Path) -> None:
    class Clings(Doors):
        def close(self) -> None:
            super().close()
            if self is self.made[2]:
                raise OSError("it clings")

    with pytest.raises(OSError, match="clings"):
        play(tmp_path / "live", make=Clings)
    assert all(env.closed for env in Doors.made)


def test_the_record_is_what_happened(tmp_path: Path) -> None:
    for each in play(tmp_path / "live"):
        assert 1 <= len(each.steps) <= 6
        assert each.success == (each.steps[-1].action == f"open {each.task_id[-1]}")
        assert each.success or len(each.steps) == 6
        assert (each.policy, each.privileged, each.env) == ("random", False, "doors")
        for at, step in enumerate(each.steps):
            assert step.action in step.admissible
            assert len(step.admissible) == 5 + at
            assert step.observation == f"{step.action}: {at + 1}."
            assert step.score == float(each.success and at == len(each.steps) - 1)


@pytest.mark.parametrize("done", [0, 4, 8, 10])
def test_finished_batches_are_not_played_again(tmp_path: Path, done: int) -> None:
    straight = play(tmp_path / "straight")
    play(tmp_path / "stopped", tasks=TASKS[:done])
    Doors.resets.clear()
    told: list[int] = []
    assert play(tmp_path / "stopped", advance=told.append) == straight
    assert [task for task, _ in Doors.resets] == [task.task_id for task in TASKS[done:]]
    assert sum(told) == len(TASKS)
    with closing(LiveTrajectories(tmp_path / "stopped")) as live:
        assert list(live) == straight


@pytest.mark.parametrize("cut", [1, 40, 700])
def test_a_batch_torn_by_a_kill_is_played_as_a_whole(tmp_path: Path, cut: int) -> None:
    """What a policy does may depend on its batch, so the batch is the same again."""
    straight = play(tmp_path / "straight")
    file = tmp_path / "stopped"
    play(file, tasks=TASKS[:8])
    file.write_bytes(file.read_bytes()[:-cut])
    Doors.resets.clear()
    assert play(file) == straight
    assert [task for task, _ in Doors.resets] == [task.task_id for task in TASKS[4:]]
    with closing(LiveTrajectories(file)) as live:
        assert len(list(live)) == len(TASKS)


def test_an_error_on_the_way_keeps_what_was_finished(tmp_path: Path) -> None:
    class Breaks(Doors):
        def reset(self, **arguments: Any) -> tuple[str, Info]:
            if len(self.resets) == 6:
                raise UserError("this game cannot be read")
            return super().reset(**arguments)

    with pytest.raises(UserError, match="cannot be read"):
        play(tmp_path / "live", make=Breaks)
    assert all(env.closed for env in Doors.made)
    assert play(tmp_path / "live") == play(tmp_path / "straight")


def test_seed_and_draws_change_the_episodes_and_nothing_else_does(tmp_path: Path) -> None:
    base = play(tmp_path / "0")
    seed = play(tmp_path / "1", rollout=ROLLOUT._replace(seed=8))
    draws = play(tmp_path / "2", rollout=ROLLOUT._replace(draws="other"))
    for other in (seed, draws):
        assert [each.steps for each in other] != [each.steps for each in base]
    label = play(tmp_path / "3", rollout=ROLLOUT._replace(label="other"))
    assert [(each.seed, each.steps) for each in label] == [(e.seed, e.steps) for e in base]
    assert not {each.trajectory_id for each in label} & {each.trajectory_id for each in base}
    batch = play(tmp_path / "4", rollout=ROLLOUT._replace(batch=10))
    assert batch == base


def test_an_inadmissible_action_is_a_step_like_any(tmp_path: Path) -> None:
    (episode,) = play(tmp_path / "live", Always("fly"), TASKS[:1])
    assert [step.action for step in episode.steps] == ["fly"] * 6
    assert episode.steps[0].admissible == tuple(f"open {number}" for number in range(5))
    assert episode.steps[0].observation == "fly: 1."
    assert episode.privileged


def test_the_expert_plays_where_there_is_one(tmp_path: Path) -> None:
    episodes = play(tmp_path / "live", ExpertPolicy(), make=DoorsWithExpert)
    assert all(each.success and len(each.steps) == 1 for each in episodes)


def test_an_environment_without_expert_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="declare no expert"):
        play(tmp_path / "live", ExpertPolicy())


def test_episodes_of_other_tasks_are_left_alone(tmp_path: Path) -> None:
    play(tmp_path / "live", tasks=[Task("task-3", 9)])
    assert len(play(tmp_path / "live")) == len(TASKS)
