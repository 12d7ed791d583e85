from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch

from envs.touchdown import annotate
from envs.touchdown.landmarks.base import Landmark
from envs.touchdown.landmarks.clip import Clip, Embedded
from envs.touchdown.landmarks.scores import ScoredLandmarks
from tests.envs.touchdown.tiny_clip import save_panorama, save_tiny_clip

IDS = ("north", "middle", "south")
INDEX = {pano: number for number, pano in enumerate(IDS)}
YAWS = {"north": 0, "middle": 90, "south": 200}


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("clip")
    save_tiny_clip(folder)
    return str(folder)


@pytest.fixture
def graph(tmp_path: Path) -> str:
    folder = tmp_path / "graph"
    folder.mkdir()
    rows = [f"{pano},{YAWS[pano]},{40.001 - n / 1e4},-74.0" for n, pano in enumerate(IDS)]
    (folder / "nodes.txt").write_text("\n".join(rows) + "\n")
    links = ["north,180,middle", "middle,0,north", "middle,180,south", "south,0,middle"]
    (folder / "links.txt").write_text("\n".join(links) + "\n")
    return str(folder)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed, name in enumerate((*IDS, "elsewhere")):
        save_panorama(folder / f"{name}.jpg", seed)
    return folder


def _annotate(graph: str, out: Path, pictures: Path, model: str, *more: str) -> int:
    options = ["--panoramas", str(pictures), "--model", model, "--device", "cpu"]
    return annotate.main([graph, str(out), *options, *more])


@pytest.fixture
def phrases(tmp_path: Path) -> str:
    file = tmp_path / "phrases.txt"
    file.write_text("the cafe\na red awning\ntrees\nfront\n")
    return str(file)


def test_pictures_become_landmarks(
    graph: str,
    pictures: Path,
    model: str,
    phrases: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "new" / "scores.parquet"
    assert _annotate(graph, out, pictures, model, "--phrases", phrases) == 0
    assert "3 of the graph's 3 panoramas" in capsys.readouterr().out
    assert [file.name for file in out.parent.iterdir()] == ["scores.parquet"]
    source = ScoredLandmarks.load(out, INDEX)
    for pano in IDS:
        seen = source.visible(INDEX[pano], 0.0)
        assert seen
        assert {landmark.phrase for landmark in seen} <= {"the cafe", "a red awning", "trees"}
        # The middles of the ten columns are 18 degrees and multiples of 36 off the yaw.
        assert {round(each.bearing - YAWS[pano]) % 36 for each in seen} == {18}


def test_a_stopped_command_goes_on_where_it_was(
    graph: str,
    pictures: Path,
    model: str,
    phrases: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    straight, stopped = tmp_path / "straight.parquet", tmp_path / "stopped.parquet"
    assert _annotate(graph, straight, pictures, model, "--phrases", phrases) == 0
    monkeypatch.setattr(annotate, "AT_ONCE", 1)
    embed, embedded = annotate.embed_panoramas, list[str]()
    stop_after = 2

    def stopping(files: list[Path], clip: Clip) -> list[Embedded]:
        if len(embedded) == stop_after:
            raise KeyboardInterrupt
        embedded.extend(file.stem for file in files)
        return embed(files, clip)

    monkeypatch.setattr(annotate, "embed_panoramas", stopping)
    assert _annotate(graph, stopped, pictures, model, "--phrases", phrases) == 130
    assert "goes on from here" in capsys.readouterr().err
    assert not stopped.exists()
    unfinished = tmp_path / "stopped.parquet.unfinished"
    with unfinished.open("a") as file:
        file.write('["south", [[0.0, "torn')
    stop_after = 9
    assert _annotate(graph, stopped, pictures, model, "--phrases", phrases) == 0
    assert sorted(embedded) == sorted(IDS), "each panorama is embedded once"
    assert not unfinished.exists()
    whole, resumed = (ScoredLandmarks.load(file, INDEX) for file in (straight, stopped))
    for pano in range(3):
        assert resumed.visible(pano, 0) == whole.visible(pano, 0)


def test_what_was_begun_otherwise_is_not_gone_on_with(
    graph: str,
    pictures: Path,
    model: str,
    phrases: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "scores.parquet"
    unfinished = tmp_path / "scores.parquet.unfinished"
    unfinished.write_text(json.dumps({"model": "another"}) + "\n")
    assert _annotate(graph, out, pictures, model, "--phrases", phrases) == 2
    assert "begun with another model, graph or phrases; delete it" in capsys.readouterr().err


def test_phrases_are_taken_from_instructions(
    graph: str, pictures: Path, model: str, tmp_path: Path
) -> None:
    texts = ["Pass a red awning.", "Turn left at the cafe and stop at the trees."]
    rows = [
        {"route_id": n, "navigation_text": text, "route_panoids": IDS, "start_heading": 0.0}
        for n, text in enumerate(texts)
    ]
    routes = tmp_path / "train.json"
    routes.write_text("\n".join(map(json.dumps, rows)))
    out = tmp_path / "scores.parquet"
    assert _annotate(graph, out, pictures, model, "--routes", str(routes)) == 0
    found = {
        landmark.phrase
        for pano in range(3)
        for landmark in ScoredLandmarks.load(out, INDEX).visible(pano, 0)
    }
    assert found
    assert found <= {"a red awning", "the cafe", "the trees"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "name --phrases FILE or --routes FILE"),
        (["--phrases", "nowhere.txt"], "cannot read the phrases in nowhere.txt"),
        (["--panoramas", "."], ". has no file ID.jpg of a panorama"),
    ],
)
def test_what_is_missing_is_said(
    more: list[str],
    says: str,
    graph: str,
    pictures: Path,
    model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _annotate(graph, tmp_path / "out.parquet", pictures, model, *more) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out.parquet").exists()


def test_the_lfm_papers_features_become_landmarks(graph: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "lfm", tmp_path / "scores.parquet"
    (folder / "panos").mkdir(parents=True)
    torch.save({"texts": ["a van", "trees"], "emb": torch.eye(2, 3)}, folder / "nps.pt")
    info = [{"i": 600, "j": 1500}, {"i": 600, "j": 0}, {"i": 0, "j": 600}]
    emb = torch.tensor([[1.0, 0.2, 0.0], [0.0, 0.1, 1.0], [1.0, 0.0, 0.0]])
    torch.save({"emb": emb, "patch_info": info}, folder / "panos" / "middle.pt")
    assert annotate.main([graph, str(out), "--lfm-features", str(folder)]) == 0
    source = ScoredLandmarks.load(out, INDEX)
    assert source.visible(INDEX["middle"], 0) == (Landmark("a van", pytest.approx(108.0)),)
    assert source.visible(INDEX["north"], 0) == ()


def test_velmas_features_become_landmarks(graph: str, tmp_path: Path) -> None:
    folder, out = tmp_path / "velma", tmp_path / "scores.parquet"
    folder.mkdir()
    views = {"middle_0": torch.eye(5, 5), "unknown_0": torch.eye(5, 5)}
    phrases = {f"picture of {name}": torch.eye(5)[n] for n, name in enumerate(["a bank", "a pub"])}
    statistics = dict.fromkeys(phrases, (0.0, 1.0))
    for name, content in (
        ("images_60_460_800", views),
        ("landmarks", phrases),
        ("landmarks_mean_std", statistics),
    ):
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(content))
    assert annotate.main([graph, str(out), "--velma-features", str(folder)]) == 0
    source = ScoredLandmarks.load(out, INDEX).for_instruction("Stop at the pub.")
    assert source.visible(INDEX["middle"], 0) == (Landmark("a pub", 315.0),)
    assert source.visible(INDEX["middle"], 180) == ()
