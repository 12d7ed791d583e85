"""MBPP as an environment: write a Python program that passes the tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.choices import MBPP_SPLITS
from envs.answers.env import AnswerEnv
from envs.answers.mbpp import files
from envs.answers.mbpp.sandbox import ISOLATIONS, NAMESPACES, Checks, Sandbox
from envs.answers.question import Question, Verdict
from envs.arguments import check_choice
from envs.errors import UserError

_BLOCK = re.compile(r"^```[a-zA-Z0-9]*[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^(?:def|class|import|from) ", re.MULTILINE)
RULES_VERSION = 1
"""To be raised when the same settings give other prompts, or the same answers other verdicts."""


@dataclass(frozen=True)
class Program(Question):
    """A program to be written.

    Attributes:
        tests: what it has to pass; they are shown.
        sandbox: where it is run.
    """

    tests: Checks
    sandbox: Sandbox

    @property
    def instruction(self) -> str:
        """The description, the tests, and how to answer."""
        tests = "\n".join(self.tests.tests)
        return (
            f"{self.text}\nYour program has to pass these tests:\n{tests}\n\nWrite Python 3 that "
            "needs nothing but the standard library, in a block that begins with ```python and "
            "ends with ```."
        )

    def extract(self, text: str) -> str | None:
        """The last block; without one the whole text, if it looks like a program."""
        blocks = _BLOCK.findall(text)
        if blocks:
            return str(blocks[-1]).strip() or None
        return text.strip() if _CODE.search(text) and "```" not in text else None

    def worded(self, answer: str) -> str:
        """The program in a block."""
        return f"```python\n{answer}\n```"

    def unread(self) -> str:
        """How a program is written."""
        return "No program could be read: write it in a block between ```python and ```."

    def score(self, answer: str) -> float:
        """The share of the tests that pass."""
        failures = self.sandbox.run(answer, self.tests)
        return sum(not each for each in failures) / len(failures)

    def judged(self, verdict: Verdict) -> str:
        """How many tests pass."""
        count = len(self.tests.tests)
        return f"Your program passes {round(verdict.score * count)} of {count} tests."

    def hint(self, answer: str) -> str:
        """The first test that fails, and why."""
        failures = self.sandbox.run(answer, self.tests)
        pairs = zip(self.tests.tests, failures, strict=True)
        test, why = next(pair for pair in pairs if pair[1])
        return f"This one fails: {test}\nbecause: {why}"


class MBPPEnv(AnswerEnv, EzPickle):
    """Mostly Basic Python Problems, from the user's file.

    A program runs locked in (:mod:`envs.answers.mbpp`). The score is the share of its tests that
    pass; it is right if all do.

    Args:
        split: of :data:`~envs.answers.choices.MBPP_SPLITS`.
        data: the file ``mbpp.jsonl``.
        isolation: ``namespaces``, or ``limits``, see :class:`~envs.answers.mbpp.sandbox.Sandbox`.
        seconds: of processor time for a program and all its tests.
        memory_mb: of memory for a program.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; a question takes one.

    Raises:
        UserError: a value is none of these, or the file is missing or bad.
    """

    name: ClassVar[str] = "mbpp"
    graded = True
    concurrent = True

    def __init__(
        self,
        split: str = "train",
        data: str | None = None,
        isolation: str = NAMESPACES,
        seconds: int = 3,
        memory_mb: int = 512,
        games: int = 0,
        max_steps: int = 1,
    ):
        EzPickle.__init__(self, split, data, isolation, seconds, memory_mb, games, max_steps)
        check_choice("split", split, MBPP_SPLITS)
        check_choice("isolation", isolation, ISOLATIONS)
        if data is None:
            raise UserError(
                "data: MBPP is not part of this package; name its file mbpp.jsonl with data=FILE "
                "(docs/text_tasks.md says where to get it)."
            )
        sandbox = Sandbox(isolation, seconds=seconds, memory_mb=memory_mb)
        found = [
            Program(
                f"{split}/{each.number}",
                "mbpp",
                each.text,
                each.tests.reference,
                each.tests,
                sandbox,
            )
            for each in files.read(data, split)
        ]
        super().__init__(split, str(RULES_VERSION), found, games, max_steps)
