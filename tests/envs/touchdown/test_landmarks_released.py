from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from envs.errors import UserError
from envs.touchdown.landmarks.released import (
    LFM_PHRASES,
    VELMA_LOGIT_SCALE,
    VELMA_PHRASES,
    VELMA_STATISTICS,
    VELMA_VIEWS,
    Velma,
    lfm_panoramas,
    lfm_phrases,
)


def test_lfm_phrases_come_once_in_lower_case(tmp_path: Path) -> None:
    emb = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    torch.save({"texts": ["The van ", "a", "trees", "the van"], "emb": emb}, tmp_path / LFM_PHRASES)
    phrases, vectors = lfm_phrases(tmp_path)
    assert phrases == ["the van", "trees"]
    np.testing.assert_allclose(vectors, [[0.6, 0.8], [0, 1]])


def test_lfm_panoramas_have_the_parts_that_are_told(tmp_path: Path) -> None:
    """The release embeds all 50 squares; of these, the middle three rows are told."""
    places = [(row, column) for row in range(5) for column in range(10)]
    info = [{"i": 300 * row, "j": 300 * column} for row, column in places]
    emb = torch.tensor([[float(row), float(column), 1.0] for row, column in places])
    (tmp_path / "panos").mkdir()
    torch.save({"emb": emb, "patch_info": info}, tmp_path / "panos" / "x.pt")
    (seen,) = lfm_panoramas(tmp_path, ["x"])
    assert seen.pano == "x"
    assert seen.offsets == pytest.approx([-162 + 36 * n % 360 for n in range(30)])
    np.testing.assert_allclose(np.linalg.norm(seen.vectors, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(seen.vectors[:, 0] / seen.vectors[:, 2], np.repeat([1, 2, 3], 10))


def _velma(folder: Path) -> None:
    """Two phrases; the second fits the view at 45 degrees to the right of heading 350."""
    views = torch.zeros(5, 3)
    views[:, 0] = 1.0
    views[3] = torch.tensor([0.6, 0.8, 0.0])
    files = {
        VELMA_VIEWS: {"a_b_350": views, "a_b_10": torch.eye(5, 3)[:, [2, 1, 0]], "c_0": views},
        VELMA_PHRASES: {
            "picture of a bank": torch.tensor([0.0, 0.0, 1.0]),
            "picture of Joe's": torch.tensor([0.0, 1.0, 0.0]),
            "picture of nothing known": torch.tensor([1.0, 0.0, 0.0]),
        },
        VELMA_STATISTICS: {"picture of a bank": (0.0, 10.0), "picture of Joe's": (1.0, 2.0)},
    }
    for name, content in files.items():
        (folder / name).write_bytes(pickle.dumps(content))


def test_velma_shows_the_best_view_of_each_phrase(tmp_path: Path) -> None:
    _velma(tmp_path)
    features = Velma(tmp_path)
    assert features.panos == ["a_b", "c"]
    (view,) = [each for each in features.views("a_b", 3.5) if each.heading == 350]
    assert (view.bearing, view.phrase) == (35, "Joe's")
    assert view.score == pytest.approx((0.8 * VELMA_LOGIT_SCALE - 1) / 2)
    assert [each.bearing for each in features.views("a_b", 3.5) if each.heading == 10] == [325]
    assert features.views("a_b", 100.0) == []


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("print('a program ran')",)


def test_files_that_ask_for_more_than_tensors_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _velma(tmp_path)
    (tmp_path / VELMA_PHRASES).write_bytes(pickle.dumps({"picture of x": _Harmful()}))
    with pytest.raises(UserError, match=r"landmarks\.pickle \(it asks for builtins\.eval"):
        Velma(tmp_path)
    torch.save({"texts": ["van"], "emb": _Harmful()}, tmp_path / LFM_PHRASES)
    with pytest.raises(UserError, match=r"cannot read .*nps\.pt"):
        lfm_phrases(tmp_path)
    assert "a program ran" not in capsys.readouterr().out


def test_files_of_another_format_are_named(tmp_path: Path) -> None:
    torch.save({"texts": ["van"]}, tmp_path / LFM_PHRASES)
    with pytest.raises(UserError, match=r"nps\.pt is not as its authors' code writes it"):
        lfm_phrases(tmp_path)
    with pytest.raises(UserError, match=r"cannot read .*x\.pt"):
        list(lfm_panoramas(tmp_path, ["x"]))
    _velma(tmp_path)
    (tmp_path / VELMA_STATISTICS).write_bytes(pickle.dumps([1]))
    with pytest.raises(UserError, match=r"mean_std\.pickle is not as .*it holds a list"):
        Velma(tmp_path)
    (tmp_path / VELMA_STATISTICS).write_bytes(pickle.dumps({}))
    with pytest.raises(UserError, match="knows no phrase"):
        Velma(tmp_path)
