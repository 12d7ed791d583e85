"""CLIP features that others have published, for those who have no pictures.

Two sets are known (``docs/touchdown.md`` says where they are):

- the LFM paper's (``vzhong/language_feedback_models``): for each panorama a file ``panos/ID.pt``
  with ``emb`` (parts, dimensions) and ``patch_info``, for each part ``i`` and ``j``, its first row
  and column; and ``nps.pt`` with ``texts`` and their ``emb``;
- VELMA's (``raphael-sch/VELMA``): pickles ``images_60_460_800.pickle`` (``ID_HEADING`` ->
  embeddings of five views), ``landmarks.pickle`` (prompt -> embedding) and
  ``landmarks_mean_std.pickle`` (prompt -> mean and standard deviation of its scores).

The formats are as the code of these projects writes them. A pickle can run any program when it is
read; these are read by readers that know tensors and nothing else.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from envs.errors import UserError
from envs.touchdown.landmarks.clip import BAND, Embedded, Vectors, unit
from envs.touchdown.landmarks.scores import View

LFM_PHRASES, LFM_PANORAMAS = "nps.pt", "panos"
VELMA_VIEWS = "images_60_460_800.pickle"
VELMA_PHRASES = "landmarks.pickle"
VELMA_STATISTICS = "landmarks_mean_std.pickle"

VELMA_ANGLES = (-90, -45, 0, 45, 90)
"""Where the five views look, in degrees to the right of the heading."""
VELMA_LOGIT_SCALE = float(np.exp(2.6592))
"""What VELMA multiplies cosines with; means and deviations are of the products."""
VELMA_PROMPT = "picture of {}"

_LFM_WIDTH, _LFM_SIDE = 3000, 300
"""Pixels of a panorama and of a part of it in the LFM paper's features."""


def lfm_phrases(folder: Path) -> tuple[list[str], Vectors]:
    """The phrases of the LFM paper's features, each once, and their embeddings of length 1.

    Raises:
        UserError: if the file is missing or of another format.
    """
    file = folder / LFM_PHRASES
    found = _tensors(file)
    try:
        kept: dict[str, int] = {}
        for number, text in enumerate(found["texts"]):
            if len(text.strip()) > 1:
                kept.setdefault(text.lower().strip(), number)
        vectors = found["emb"].float().numpy()[list(kept.values())]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise _other_format(file, error) from error
    return list(kept), unit(vectors)


def lfm_panoramas(folder: Path, ids: Sequence[str]) -> Iterator[Embedded]:
    """The named panoramas of the LFM paper's features, with the parts that an agent is told of.

    Raises:
        UserError: if a file is missing or of another format.
    """
    for pano in ids:
        file = folder / LFM_PANORAMAS / f"{pano}.pt"
        found = _tensors(file)
        try:
            middles = [
                (part["i"] + _LFM_SIDE / 2, part["j"] + _LFM_SIDE / 2)
                for part in found["patch_info"]
            ]
            height = _LFM_WIDTH / 2
            told = [n for n, (y, _) in enumerate(middles) if BAND[0] < y / height < BAND[1]]
            offsets = [middles[n][1] / _LFM_WIDTH * 360 - 180 for n in told]
            yield Embedded(pano, offsets, unit(found["emb"].float().numpy()[told]))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise _other_format(file, error) from error


class Velma:
    """VELMA's features.

    Args:
        folder: has the three pickles.

    Raises:
        UserError: if a file is missing, of another format, or asks for more than tensors.
    """

    def __init__(self, folder: Path) -> None:
        self._views = _unpickled(folder / VELMA_VIEWS)
        self._headings: dict[str, list[int]] = {}
        for name in self._views:
            pano, _, heading = name.rpartition("_")
            self._headings.setdefault(pano, []).append(int(heading))
        phrases = _unpickled(folder / VELMA_PHRASES)
        statistics = _unpickled(folder / VELMA_STATISTICS)
        prompts = [prompt for prompt in phrases if prompt in statistics]
        if not prompts:
            raise UserError(f"{folder / VELMA_STATISTICS} knows no phrase of {VELMA_PHRASES}.")
        before, after = VELMA_PROMPT.split("{}")
        self._phrases = [prompt.removeprefix(before).removesuffix(after) for prompt in prompts]
        self._vectors = np.stack([_array(phrases[prompt]) for prompt in prompts])
        self._means, self._deviations = np.array([statistics[prompt] for prompt in prompts]).T

    @property
    def panos(self) -> Sequence[str]:
        """Ids of the panoramas, in alphabetical order."""
        return sorted(self._headings)

    def views(self, pano: str, threshold: float) -> list[View]:
        """For each heading of a panorama the best view of each phrase that is found there.

        Args:
            pano: its id.
            threshold: the least number of standard deviations above the phrase's mean.
        """
        headings = sorted(self._headings[pano])
        return [view for heading in headings for view in self._at(pano, heading, threshold)]

    def _at(self, pano: str, heading: int, threshold: float) -> Iterator[View]:
        seen = _array(self._views[f"{pano}_{heading}"])
        scores = seen @ self._vectors.T * VELMA_LOGIT_SCALE
        standardised = (scores.max(axis=0) - self._means) / self._deviations
        for phrase in np.flatnonzero(standardised >= threshold):
            angle = VELMA_ANGLES[int(scores[:, phrase].argmax())]
            yield View(
                (heading + angle) % 360,
                self._phrases[phrase],
                float(standardised[phrase]),
                heading % 360,
            )


def _array(tensor: Any) -> Vectors:
    return np.asarray(tensor.float().numpy(), dtype=np.float32)


def _tensors(file: Path) -> Mapping[str, Any]:
    """What ``torch.save`` wrote, if it is nothing but tensors in lists and dictionaries."""
    import torch

    try:
        found: Mapping[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise _unreadable(file, error) from error
    return found


class _TensorsOnly(pickle.Unpickler):
    """Reads pickles of dictionaries, numbers, texts and tensors; anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        import torch

        allowed = {
            ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
            ("torch.storage", "_load_from_bytes"): lambda stored: torch.load(
                io.BytesIO(stored), map_location="cpu", weights_only=True
            ),
            ("collections", "OrderedDict"): dict,
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return allowed[module, name]


def _unpickled(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            found = _TensorsOnly(stream).load()
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise _unreadable(file, error) from error
    if not isinstance(found, dict):
        raise _other_format(file, TypeError(f"it holds a {type(found).__name__}"))
    return found


def _unreadable(file: Path, error: Exception) -> UserError:
    said = (str(error) or type(error).__name__).splitlines()[0]
    return UserError(f"cannot read {file} ({said}); get it again from where it was published.")


def _other_format(file: Path, error: Exception) -> UserError:
    return UserError(f"{file} is not as its authors' code writes it ({error!r}); check the file.")
