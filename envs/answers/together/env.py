"""BBH, BBSR and MBPP as one environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.bbh.env import BBHEnv
from envs.answers.choices import SUITES
from envs.answers.env import AnswerEnv
from envs.answers.games.env import GamesEnv
from envs.answers.mbpp.env import MBPPEnv
from envs.answers.mbpp.sandbox import NAMESPACES
from envs.answers.question import chosen_tasks
from envs.arguments import check_choice
from envs.errors import UserError

SPLITS = ("train", "test")


class TextTasksEnv(AnswerEnv, EzPickle):
    """The tasks of several environments, under the ids and task types that they have there.

    Source: the paper on feedback conditioning, which tunes one model on a few samples of each.

    Args:
        split: ``train`` or ``test``.
        tasks: whose tasks, of :data:`~envs.answers.choices.SUITES`; none for all whose tasks are
            there, which MBPP's are if ``mbpp`` is given.
        bbh: folder with the files of BIG-Bench Hard; None for generated stand-ins.
        mbpp: the file ``mbpp.jsonl``.
        isolation: of MBPP's programs, see :class:`~envs.answers.mbpp.sandbox.Sandbox`.
        world_seed: of what is generated.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; Hi-Lo takes seven.

    Raises:
        UserError: a value is none of these, or a file is missing or bad.
    """

    name: ClassVar[str] = "text_tasks"
    graded = True
    concurrent = True
    metrics = GamesEnv.metrics

    def __init__(
        self,
        split: str = "train",
        tasks: Iterable[str] = (),
        bbh: str | None = None,
        mbpp: str | None = None,
        isolation: str = NAMESPACES,
        world_seed: int = 0,
        games: int = 0,
        max_steps: int = 7,
    ):
        tasks = tuple(tasks)
        EzPickle.__init__(self, split, tasks, bbh, mbpp, isolation, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        if mbpp is None and "mbpp" in tasks:
            raise UserError(
                "mbpp: MBPP is not part of this package; name its file mbpp.jsonl with mbpp=FILE "
                "(docs/text_tasks.md says where to get it), or leave it out of tasks."
            )
        makers: dict[str, Callable[[], AnswerEnv]] = {
            "bbh": lambda: BBHEnv(split, bbh, world_seed=world_seed),
            "bbsr": lambda: GamesEnv(split, world_seed=world_seed),
            "mbpp": lambda: MBPPEnv(split, mbpp, isolation),
        }
        there = tuple(each for each in SUITES if each != "mbpp" or mbpp is not None)
        members = [makers[each]() for each in chosen_tasks(tasks, there)]
        version = " ".join(f"{each.name}-{each.version}" for each in members)
        found = [each.question(task_id) for each in members for task_id in each.task_ids]
        super().__init__(split, version, found, games, max_steps)
