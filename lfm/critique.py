"""The form of a critique that a causal feedback model writes: what is given, and what it fills in.

A plain critique has a line for each step, ``Step 3: yes``. A detailed one is the JSON of
:data:`lfm.critics.reading.structured.SCHEMA`, but with the verdict before the reason: its
probability is then the model's of a productive step, whatever the reason, and not of the step for
the one reason that happened to be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

END = '"'
"""What ends a text."""

Kind = Literal["verdict", "reason", "summary", "suggestion"]


class Blank(NamedTuple):
    """A place that the model fills in.

    Attributes:
        kind: what belongs there.
        step: of a verdict or a reason, which step it is about, from 1; otherwise 0.
    """

    kind: Kind
    step: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """What a critique looks like.

    Attributes:
        detailed: with reasons, a summary and a suggestion.
    """

    detailed: bool

    @property
    def question(self) -> str:
        """What the model is asked behind the steps, with ``$first`` and ``$last``."""
        if not self.detailed:
            return "\nWas each of the steps $first to $last productive? Answer yes or no for each."
        return (
            "\nJudge the steps $first to $last: for each whether it was productive, and why. Sum "
            "up what happened, and say what should be done then. Answer as JSON."
        )

    @property
    def verdicts(self) -> tuple[str, str]:
        """How a step is called productive, and how unproductive."""
        return (" true", " false") if self.detailed else (" yes", " no")

    def parts(self, steps: Sequence[int]) -> Iterator[str | Blank]:
        """A critique of these steps: what is given as text, and the blanks between."""
        for at, step in enumerate(steps):
            if self.detailed:
                before = ", " if at else '{"steps": ['
                yield f'{before}{{"step": {step}, "productive":'
                yield Blank("verdict", step)
                yield ', "reason": "'
                yield Blank("reason", step)
                yield "}"
            else:
                before = "\n" if at else ""
                yield f"{before}Step {step}:"
                yield Blank("verdict", step)
        if self.detailed:
            yield '], "summary": "'
            yield Blank("summary")
            yield ', "suggestion": "'
            yield Blank("suggestion")
            yield "}"


def plain_text(text: str) -> str:
    """A text that can stand between quotation marks: in one line, without such marks itself."""
    return " ".join(text.split()).replace('"', "'").replace("\\", "/")
