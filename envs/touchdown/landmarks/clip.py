"""What a CLIP model finds in the picture of a panorama: the LFM paper's annotator.

As in its release (``vzhong/language_feedback_models``): a panorama of 3000 by 1500 pixels is cut
into squares of 300; of the squares whose middle is between 300 and 1200 pixels from the top, 30 in
number, each is given the phrase whose CLIP embedding is nearest to its own, if their cosine is at
least 0.2. The model there is ``openai/clip-vit-large-patch14``.

Torch, transformers and Pillow are imported when a model or a picture is read, not before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from envs.errors import UserError
from envs.touchdown.landmarks.scores import Measure, View

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS = 10
"""Squares side by side in a panorama: 3000 pixels of 300."""

BAND = (0.2, 0.8)
"""Between which shares of the height the middle of a square has to be: 300 and 1200 of 1500."""

UNTOLD = frozenset({"front"})
"""Phrases that are not told where they are the best: said of nearly every view."""

Vectors = NDArray[np.float32]


class Embedded(NamedTuple):
    """A panorama as a model sees it.

    Attributes:
        pano: id of the panorama.
        offsets: of the middle of each part, in degrees to the right of the picture's middle.
        vectors: embedding of each part, of length 1; (parts, dimensions).
    """

    pano: str
    offsets: Sequence[float]
    vectors: Vectors


class Clip:
    """A CLIP model with its processor.

    Args:
        model: a folder of ``save_pretrained`` with the processor's files, or a name on the hub.
        device: ``cpu``, ``cuda`` or another of torch's; the first GPU, if there is one, for None.
        batch: pictures or phrases embedded at a time.

    Raises:
        UserError: if there is no such model.
    """

    def __init__(self, model: str, device: str | None = None, batch: int = 128) -> None:
        import torch
        from transformers import CLIPModel, CLIPProcessor

        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._batch = batch
        try:
            read: Any = CLIPModel.from_pretrained(model, output_loading_info=True)
            self._processor: Any = CLIPProcessor.from_pretrained(model)
        except (OSError, ValueError, RuntimeError) as error:
            raise _no_model(model, str(error).splitlines()[0]) from error
        network, found = read
        if found["missing_keys"]:  # these weights would be random
            raise _no_model(model, f"it lacks {min(found['missing_keys'])}")
        self._model: Any = network.to(self._device).eval()

    def embed_pictures(self, pictures: Sequence[Image]) -> Vectors:
        """Embeddings of pictures, of length 1; (pictures, dimensions)."""

        def batch(part: Sequence[Image]) -> Any:
            inputs = self._processor(images=list(part), return_tensors="pt").to(self._device)
            seen = self._model.vision_model(pixel_values=inputs["pixel_values"])
            return self._model.visual_projection(seen.pooler_output)

        return self._embed(pictures, batch)

    def embed_phrases(self, phrases: Sequence[str]) -> Vectors:
        """Embeddings of phrases, of length 1; (phrases, dimensions)."""

        def batch(part: Sequence[str]) -> Any:
            inputs = self._processor(
                text=list(part), return_tensors="pt", padding=True, truncation=True
            ).to(self._device)
            read = self._model.text_model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            )
            return self._model.text_projection(read.pooler_output)

        return self._embed(phrases, batch)

    def _embed(self, things: Sequence[Any], embed: Any) -> Vectors:
        import torch

        with torch.inference_mode():
            parts = [
                unit(embed(things[start : start + self._batch]).float().cpu().numpy())
                for start in range(0, len(things), self._batch)
            ]
        return np.concatenate(parts)


def _no_model(model: str, reason: str) -> UserError:
    return UserError(
        f"no CLIP model in {model} ({reason}); name a folder with its weights and its processor, "
        "or download openai/clip-vit-large-patch14."
    )


def unit(vectors: Vectors) -> Vectors:
    """The vectors with length 1; (n, dimensions) -> (n, dimensions)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def read_picture(file: Path) -> Image:
    """The picture of a panorama.

    Raises:
        UserError: if the file is unreadable, or no panorama: twice as wide as it is high.
    """
    from PIL import Image

    try:
        picture = Image.open(file).convert("RGB")
    except OSError as error:
        raise UserError(f"cannot read the picture {file} ({error}); get it again.") from error
    width, height = picture.size
    if abs(width - 2 * height) > COLUMNS:
        raise UserError(
            f"{file} has {width} x {height} pixels and is no panorama all around; those are twice "
            "as wide as they are high."
        )
    return picture


def squares(picture: Image) -> Iterator[tuple[float, Image]]:
    """The parts of a panorama that are looked at, row by row, from left to right.

    Yields:
        Degrees from the picture's middle to the middle of the part, to the right; the part.
    """
    width, height = picture.size
    side = width / COLUMNS
    for row in range(round(height / side)):
        if not BAND[0] < (row + 0.5) * side / height < BAND[1]:
            continue
        for column in range(COLUMNS):
            left, top = round(column * side), round(row * side)
            right, bottom = round((column + 1) * side), round((row + 1) * side)
            offset = (column + 0.5) * 360 / COLUMNS - 180
            yield offset, picture.crop((left, top, right, bottom))


def embed_panoramas(files: Sequence[Path], clip: Clip) -> list[Embedded]:
    """The panoramas in some files, each named by its id, as the model sees them.

    Raises:
        UserError: if a file holds no panorama.
    """
    parts = [list(squares(read_picture(file))) for file in files]
    vectors = clip.embed_pictures([part for each in parts for _, part in each])
    ends = np.cumsum([len(each) for each in parts])
    return [
        Embedded(file.stem, [offset for offset, _ in each], part)
        for file, each, part in zip(files, parts, np.split(vectors, ends[:-1]), strict=True)
    ]


def best_phrases(
    seen: Embedded, yaw: float, phrases: Sequence[str], vectors: Vectors
) -> list[View]:
    """The best phrase of each part of a panorama, where it is good enough.

    Args:
        seen: the panorama.
        yaw: where the middle of its picture looks, in degrees clockwise from north.
        phrases: what to look for.
        vectors: the phrases' embeddings, of length 1; (phrases, dimensions).
    """
    cosines = seen.vectors @ vectors.T
    best = cosines.argmax(axis=1)
    return [
        View((yaw + offset) % 360, phrases[phrase], float(cosine))
        for offset, phrase, cosine in zip(
            seen.offsets, best, cosines[np.arange(len(best)), best], strict=True
        )
        if cosine >= Measure.COSINE.threshold and phrases[phrase] not in UNTOLD
    ]
