from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPModel, CLIPProcessor

from envs.errors import UserError
from envs.touchdown.landmarks.clip import (
    Clip,
    Embedded,
    best_phrases,
    embed_panoramas,
    read_picture,
    squares,
    unit,
)
from envs.touchdown.landmarks.scores import View
from tests.envs.touchdown.tiny_clip import save_panorama, save_tiny_clip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    save_tiny_clip(folder)
    return folder


@pytest.mark.parametrize("size", [(3000, 1500), (200, 100), (206, 102)])
def test_thirty_squares_of_the_middle_three_rows(size: tuple[int, int]) -> None:
    """Colours say row and column: red = 50 per row, green = 20 per column."""
    colours = np.array([[(50 * row, 20 * column, 0) for column in range(10)] for row in range(5)])
    picture = Image.fromarray(colours.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    parts = list(squares(picture))
    assert len(parts) == 30
    for number, (offset, part) in enumerate(parts):
        row, column = 1 + number // 10, number % 10
        assert offset == -162 + 36 * column
        assert part.getpixel((part.width // 2, part.height // 2)) == (50 * row, 20 * column, 0)
        assert abs(part.width - size[0] / 10) < 1
        assert abs(part.height - size[0] / 10) < 1


def test_the_paper_cuts_squares_of_300_pixels() -> None:
    assert {part.size for _, part in squares(Image.new("RGB", (3000, 1500)))} == {(300, 300)}


def test_embeddings_are_those_of_the_model(folder: Path, tmp_path: Path) -> None:
    """A picture and a phrase through transformers' own forward pass, one at a time."""
    phrases = ["a red awning", "the cafe", "x"]
    save_panorama(tmp_path / "pano.jpg", seed=1)
    parts = [part for _, part in squares(read_picture(tmp_path / "pano.jpg"))]
    clip = Clip(str(folder), "cpu", batch=7)
    pictures, words = clip.embed_pictures(parts), clip.embed_phrases(phrases)
    model: CLIPModel = CLIPModel.from_pretrained(folder).eval()
    processor = CLIPProcessor.from_pretrained(folder)
    with torch.inference_mode():
        for number, part in enumerate(parts):
            inputs = processor(text=[phrases[number % 3]], images=[part], return_tensors="pt")
            out = model(**inputs)
            cosine = (out.image_embeds @ out.text_embeds.T).item()
            assert pictures[number] @ words[number % 3] == pytest.approx(cosine, abs=1e-5)


def test_panoramas_are_embedded_together_as_alone(folder: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jpg" for name in "ab"]
    for seed, file in enumerate(files):
        save_panorama(file, seed)
    clip = Clip(str(folder), "cpu")
    together = embed_panoramas(files, clip)
    assert [each.pano for each in together] == ["a", "b"]
    for file, seen in zip(files, together, strict=True):
        (alone,) = embed_panoramas([file], clip)
        assert seen.offsets == alone.offsets
        np.testing.assert_allclose(seen.vectors, alone.vectors, atol=1e-5)
    assert not np.allclose(together[0].vectors, together[1].vectors, atol=0.01)


def test_best_phrase_of_each_part_if_it_is_good_enough() -> None:
    phrases = ["a van", "front", "trees"]
    words = np.eye(3, 4, dtype=np.float32)
    parts = unit(
        np.array(
            [[1, 0.5, 0, 0], [0, 1, 0.9, 0], [0.19, 0, 0, 1], [0, 0, 0.3, 1], [-1, -2, -3, 0]],
            dtype=np.float32,
        )
    )
    seen = Embedded("x", [-162.0, -126.0, -90.0, 162.0, 0.0], parts)
    views = best_phrases(seen, 350, phrases, words)
    assert [(view.bearing, view.phrase, view.heading) for view in views] == [
        (188.0, "a van", None),
        (152.0, "trees", None),
    ]
    assert views[1].score == pytest.approx(0.3 / 1.09**0.5)


def test_nothing_is_seen_where_nothing_fits() -> None:
    seen = Embedded("x", [0.0], np.array([[1, 0]], dtype=np.float32))
    nothing: list[View] = []
    assert best_phrases(seen, 0, ["a van"], np.array([[0, 1]], dtype=np.float32)) == nothing


def test_pictures_that_are_no_panoramas(tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    file.write_bytes(b"not a picture")
    with pytest.raises(UserError, match=r"cannot read the picture .*x\.jpg"):
        read_picture(file)
    Image.new("RGB", (100, 100)).save(file)
    with pytest.raises(UserError, match="100 x 100 pixels and is no panorama"):
        read_picture(file)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"no CLIP model in {tmp_path}"):
        Clip(str(tmp_path), "cpu")


def test_another_model_is_no_clip_model(folder: Path, tmp_path: Path) -> None:
    """Transformers would fill in what is missing at random, with a warning."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    CLIPModel.from_pretrained(folder).vision_model.save_pretrained(tmp_path)
    shutil.copy(folder / "config.json", tmp_path)
    with pytest.raises(UserError, match=r"no CLIP model in .*it lacks"):
        Clip(str(tmp_path), "cpu")


def test_heavy_packages_are_imported_when_needed() -> None:
    code = (
        "import sys, envs.touchdown.landmarks.clip, envs.touchdown.landmarks.released;"
        "assert not {'torch', 'transformers', 'PIL'} & set(sys.modules), 'imported too early'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
