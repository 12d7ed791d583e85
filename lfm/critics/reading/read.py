"""The readers by their names, and reading with what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lfm.critics.reading.answers import read_correctness, read_feedback
from lfm.critics.reading.base import Reader, Reading
from lfm.critics.reading.bullets import BulletReader
from lfm.critics.reading.structured import SCHEMA, read_structured
from lfm.critics.reading.words import aloud, refuses, storable
from lfm.critics.reading.yes_no import read_yes_no

READERS: Mapping[str, Reader] = {
    "structured": read_structured,
    "yes_no": read_yes_no,
    "bullets": BulletReader(listed=True, nothing="no"),
    "feedback": read_feedback,
    "correctness": read_correctness,
    "corrections": BulletReader(listed=False, nothing="none"),
}
"""What each form of answer is read by."""

SCHEMAS: Mapping[str, Mapping[str, Any]] = {"structured": SCHEMA}
"""The JSON schema of the forms that have one."""


def read(form: str, text: str, first: int, last: int, *, complete: bool = True) -> Reading:
    """Understand an answer to a window, as far as that goes without guessing.

    Never raises for an answer, and never labels a step that was not shown.

    Args:
        form: a key of :data:`READERS`.
        text: the answer.
        first: first step that the model saw.
        last: last step that it saw, included.
        complete: whether the answer came to its end, instead of being cut off.
    """
    said, thought_out = aloud(text)
    reading = READERS[form](said, range(first, last + 1), complete and thought_out)
    refused = not reading.steps and refuses(said)
    return Reading(
        steps=tuple(
            label._replace(reason=storable(label.reason), instead=storable(label.instead))
            for label in reading.steps
        ),
        summary=storable(reading.summary),
        suggestion=storable(reading.suggestion),
        how="refused" if refused else reading.how,
    )
