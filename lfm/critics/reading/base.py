"""What is made of a language model's answer, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

How = Literal["parsed", "repaired", "refused", "unparseable"]
"""How reading an answer went.

``parsed``: it has the form that was asked for.
``repaired``: labels were found, but something was missing, cut off, contradictory or beside the
form; what is in doubt is without a label.
``refused``: the model would not answer.
``unparseable``: no label was found.
"""


class Label(NamedTuple):
    """What was said of a step; see :class:`lfm.critics.base.StepFeedback`."""

    step: int
    productive: bool
    reason: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer, understood as far as that goes without guessing.

    Attributes:
        steps: the labels, by step; only of steps that were shown, at most one for each.
        summary: what the model says happened; empty if nothing.
        suggestion: what it says should be done instead; empty if nothing.
        how: how it went; there are labels if and only if it is ``parsed`` or ``repaired``.
    """

    steps: tuple[Label, ...]
    summary: str
    suggestion: str
    how: How


class Reader(Protocol):
    """Understands answers of one form."""

    def __call__(self, text: str, shown: range, complete: bool) -> Reading:
        """Read an answer; whatever it is, this raises nothing.

        Args:
            text: the answer.
            shown: the steps that the model saw, by their number in the episode.
            complete: whether the answer came to its end, instead of being cut off.
        """
        ...


class Labels:
    """Labels as they are found in an answer.

    Args:
        shown: the steps that may have one.

    Attributes:
        clean: no label was refused so far.
    """

    def __init__(self, shown: range) -> None:
        self.clean = True
        self._shown = shown
        self._found: dict[int, Label] = {}
        self._disputed: set[int] = set()

    def add(self, step: int, productive: bool, reason: str, instead: str = "") -> None:
        """Note a label.

        A step that was not shown gets none. Of two labels that agree the first counts; if they
        disagree the step has none.
        """
        found = self._found.get(step)
        if step not in self._shown:
            self.clean = False
        elif found is not None and found.productive != productive:
            self._disputed.add(step)
            self.clean = False
        elif found is None:
            self._found[step] = Label(step, productive, one_line(reason), one_line(instead))

    def add_all(self, steps: range, productive: bool, reason: str, instead: str = "") -> None:
        """Note the same label for each of ``steps``, however many they are said to be."""
        first = max(steps.start, self._shown.start)
        last = min(steps.stop, self._shown.stop)
        self.clean &= first == steps.start and last == steps.stop
        for step in range(first, last):
            self.add(step, productive, reason, instead)

    def rest(self) -> list[int]:
        """The steps nothing was said of."""
        return [step for step in self._shown if step not in self._found]

    def reading(self, summary: str, suggestion: str, *, clean: bool) -> Reading:
        """The labels so far.

        Args:
            summary: of the answer.
            suggestion: of the answer.
            clean: whether all else had the form that was asked for.
        """
        steps = tuple(
            label for step, label in sorted(self._found.items()) if step not in self._disputed
        )
        how: How = "parsed" if clean and self.clean else "repaired"
        return Reading(
            steps, one_line(summary), one_line(suggestion), how if steps else "unparseable"
        )


def one_line(text: str) -> str:
    """Words with single spaces between them."""
    return " ".join(text.split())
