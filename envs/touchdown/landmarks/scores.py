"""Landmarks that a vision model found in the pictures beforehand: a file of scores.

The format is described in ``docs/formats.md``; pandas and DuckDB read it without this module.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from envs.errors import UserError
from envs.tables import read_rows, versioned, write_rows
from envs.touchdown.landmarks.base import Landmark, plain

SCORES = versioned(
    "landmark_scores",
    1,
    pa.schema(
        [
            pa.field("pano", pa.string(), nullable=False),
            pa.field(
                "views",
                pa.list_(
                    pa.struct(
                        [
                            pa.field("bearing", pa.float32(), nullable=False),
                            pa.field("phrase", pa.string(), nullable=False),
                            pa.field("score", pa.float32(), nullable=False),
                            pa.field("heading", pa.int16()),
                        ]
                    )
                ),
                nullable=False,
            ),
            pa.field("measure", pa.string(), nullable=False),
            pa.field("scope", pa.string(), nullable=False),
            pa.field("annotator", pa.string(), nullable=False),
        ]
    ),
)
"""Columns of a scores file: one row per panorama, what was found in it as a list of structs."""

_ANY = -1
"""Stands for a heading that is not said."""


class Measure(str, Enum):
    """What a score is, which says from where on a phrase is shown."""

    COSINE = "cosine"
    """Cosine of picture and phrase; shown from 0.2 on, as in the LFM paper's release."""
    STANDARDISED = "standardised"
    """Standard deviations above the mean of the phrase over all views; shown from 3.5 on, and
    only in the view where it is highest, as in VELMA."""

    @property
    def threshold(self) -> float:
        """The lowest score that is shown."""
        return 0.2 if self is Measure.COSINE else 3.5


class Scope(str, Enum):
    """Which phrases are shown."""

    ALL = "all"
    """All of them, whatever was asked."""
    INSTRUCTION = "instruction"
    """Those that stand in the episode's instruction."""


class View(NamedTuple):
    """A phrase that was looked for in a part of a panorama.

    Attributes:
        bearing: of the middle of that part, in degrees clockwise from north.
        phrase: what was looked for.
        score: how well it fits.
        heading: shown only to an agent with this heading, in whole degrees; None if to any.
    """

    bearing: float
    phrase: str
    score: float
    heading: int | None = None


def write_scores(
    path: Path,
    panos: Iterable[tuple[str, Iterable[View]]],
    *,
    measure: Measure,
    scope: Scope,
    annotator: str,
) -> None:
    """Write a scores file, atomically.

    Args:
        path: the file; replaced if it exists.
        panos: id of each panorama, and what was found in it.
        measure: what the scores are.
        scope: which phrases an agent is shown.
        annotator: the model and the method, for people to read.

    Raises:
        UserError: if the file cannot be written.
    """
    same = {"measure": measure.value, "scope": scope.value, "annotator": annotator}
    rows = (
        {"pano": pano, "views": [view._asdict() for view in views], **same} for pano, views in panos
    )
    write_rows(path, SCORES, rows)


class ScoredLandmarks:
    """What a scores file shows, the highest score first.

    Phrases below the threshold of the file's measure are not shown.
    """

    def __init__(self, name: str, fingerprint: str, found: _Found, measure: Measure, scope: Scope):
        self.name = name
        self.fingerprint = fingerprint
        self._found = found
        self._measure = measure
        self._scope = scope
        self._wanted: frozenset[int] | None = None

    @classmethod
    def load(cls, path: Path | str, index: Mapping[str, int]) -> ScoredLandmarks:
        """The landmarks in a scores file.

        Args:
            path: written by :func:`write_scores`.
            index: id of a panorama -> its number, of all panoramas.

        Raises:
            UserError: if the file is missing, damaged or of another format, or belongs to another
                street graph.
        """
        path = Path(path)
        table = _table(path)
        measure = _the(path, table, "measure", Measure)
        return cls(
            name=f"scores:{path.stem}",
            fingerprint=hashlib.sha256(path.read_bytes()).hexdigest()[:16],
            found=_Found(path, table, index, measure.threshold),
            measure=measure,
            scope=_the(path, table, "scope", Scope),
        )

    def visible(self, pano: int, heading: float) -> tuple[Landmark, ...]:
        """What was found around a panorama, the highest score first."""
        best_only = self._measure is Measure.STANDARDISED
        shown: dict[object, Landmark] = {}
        for phrase, landmark in self._found.at(pano, round(heading) % 360):
            if self._wanted is None or phrase in self._wanted:
                shown.setdefault(phrase if best_only else landmark, landmark)
        return tuple(shown.values())

    def for_instruction(self, instruction: str) -> ScoredLandmarks:
        """The source for an episode: with the phrases of the instruction, if the file says so."""
        if self._scope is Scope.ALL:
            return self
        chosen = copy.copy(self)
        chosen._wanted = self._found.phrases_in(instruction)
        return chosen


class _Found:
    """The rows of a file that are above the threshold, by panorama and falling score."""

    def __init__(self, path: Path, table: Any, index: Mapping[str, int], threshold: float) -> None:
        lists = table["views"].combine_chunks()
        pano = np.repeat(_numbers(path, table, index), np.diff(lists.offsets.to_numpy()))
        views = lists.flatten()
        texts = views.field("phrase").dictionary_encode()
        score = views.field("score").to_numpy()
        order = np.lexsort((-score, pano))
        order = order[score[order] >= threshold]
        self._bearings = views.field("bearing").to_numpy()[order].astype(float) % 360
        self._headings = views.field("heading").fill_null(_ANY).to_numpy()[order]
        self._phrases = texts.indices.to_numpy()[order]
        self._texts = [plain(text) for text in texts.dictionary.to_pylist()]
        self._starts = np.searchsorted(pano[order], np.arange(len(index) + 1))
        self._by_words: dict[tuple[str, ...], list[int]] = {}
        for number, text in enumerate(self._texts):
            self._by_words.setdefault(_words(text), []).append(number)

    def at(self, pano: int, heading: int) -> Iterator[tuple[int, Landmark]]:
        """Number of the phrase, and the landmark, of all that is shown there."""
        rows = slice(self._starts[pano], self._starts[pano + 1])
        columns = self._phrases[rows], self._bearings[rows], self._headings[rows]
        for phrase, bearing, seen_from in zip(*map(np.ndarray.tolist, columns), strict=True):
            if seen_from in (_ANY, heading):
                yield phrase, Landmark(self._texts[phrase], bearing)

    def phrases_in(self, text: str) -> frozenset[int]:
        """Numbers of the phrases that stand in the text, with any article or none."""
        words = re.findall(_WORD, text.lower())
        longest = max(map(len, self._by_words), default=0)
        spans = (
            tuple(words[start : start + length])
            for start in range(len(words))
            for length in range(1, longest + 1)
        )
        return frozenset(n for span in set(spans) for n in self._by_words.get(span, ()))


_WORD = r"[a-z0-9]+(?:'[a-z]+)?"


def _words(phrase: str) -> tuple[str, ...]:
    words = re.findall(_WORD, phrase.lower())
    return tuple(words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words)


def _table(path: Path) -> Any:
    """The file as an Arrow table."""
    # Reading the first row finds what may be wrong with a file, and says it.
    if next(read_rows(path, SCORES), None) is None:
        raise UserError(f"{path} holds no panorama; annotate some, or choose landmarks=none.")
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path} is damaged ({error}); make it again.") from error


def _the(path: Path, table: Any, column: str, kind: type[Any]) -> Any:
    """The one value of a column that has the same in every row."""
    values = table[column].unique().to_pylist()
    known = [each.value for each in kind]
    if len(values) != 1 or values[0] not in known:
        raise UserError(
            f"{path}: {column} is {', '.join(values)}; it has to be one of {', '.join(known)}, "
            "and the same in all rows."
        )
    return kind(values[0])


def _numbers(path: Path, table: Any, index: Mapping[str, int]) -> Any:
    """The panoramas' numbers in the street graph, one for each row."""
    ids = table["pano"].to_pylist()
    unknown = [each for each in ids if each not in index]
    if unknown:
        raise UserError(
            f"{path}: {len(unknown)} of {len(ids)} panoramas, such as {unknown[0]}, are not in the "
            "street graph; use the scores that belong to this graph."
        )
    return np.array([index[each] for each in ids], dtype=np.int64)
