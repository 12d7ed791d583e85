"""BBH, BBSR and MBPP as one environment: the tasks of each, as they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from envs.answers.bbh.env import BBHEnv
from envs.answers.env import AnswerEnv
from envs.answers.games.env import GamesEnv
from envs.answers.mbpp.env import MBPPEnv
from envs.answers.mbpp.sandbox import LIMITS
from envs.answers.together.env import TextTasksEnv
from envs.errors import UserError

PROGRAM = {
    "text": "Write a function to double a number.",
    "code": "def double(a):\n    return 2 * a",
    "test_setup_code": "",
    "test_list": ["assert double(2) == 4"],
    "challenge_test_list": [],
}


@pytest.fixture
def mbpp(tmp_path: Path) -> str:
    """A task of each split."""
    path = tmp_path / "mbpp.jsonl"
    path.write_text("".join(json.dumps({**PROGRAM, "task_id": at}) + "\n" for at in (11, 601)))
    return str(path)


@pytest.mark.parametrize("split", ["train", "test"])
def test_it_has_the_tasks_of_each_as_they_are_there(split: str, mbpp: str) -> None:
    members: list[AnswerEnv] = [
        BBHEnv(split, world_seed=3),
        GamesEnv(split, world_seed=3),
        MBPPEnv(split, mbpp, LIMITS),
    ]
    env = TextTasksEnv(split, mbpp=mbpp, isolation=LIMITS, world_seed=3)
    assert env.task_ids == tuple(task for each in members for task in each.task_ids)
    assert all(
        env.question(task) == each.question(task) for each in members for task in each.task_ids
    )
    assert [each.version in env.version for each in members] == [True] * 3


def test_a_program_is_run(mbpp: str) -> None:
    env = TextTasksEnv("test", tasks=["mbpp"], mbpp=mbpp, isolation=LIMITS)
    env.reset(options={"task_id": "test/11"})
    _, reward, terminated, _, info = env.step("```python\ndef double(a):\n    return a + a\n```")
    assert (reward, terminated, info["success"], info["task_type"]) == (1.0, True, True, "mbpp")


def test_some_of_them(mbpp: str) -> None:
    of = {env: TextTasksEnv("test", tasks=[env], mbpp=mbpp) for env in ("bbh", "bbsr")}
    assert of["bbh"].task_ids == BBHEnv("test").task_ids
    assert of["bbsr"].task_ids == GamesEnv("test").task_ids
    assert not any("mbpp" in env.version for env in of.values())


def test_what_it_cannot_have_is_said() -> None:
    with pytest.raises(UserError, match=r"name its file mbpp.jsonl with mbpp=FILE"):
        TextTasksEnv("test", tasks=["mbpp"])
    with pytest.raises(UserError, match=r"tasks: 'chess' is not known; choose among bbh, bbsr"):
        TextTasksEnv("test", tasks=["chess"])
    with pytest.raises(UserError, match=r"split='prompt' is not known"):
        TextTasksEnv("prompt")
