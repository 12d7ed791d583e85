from __future__ import annotations

from pathlib import Path

import pytest

from envs.touchdown.city.__main__ import main
from envs.touchdown.city.city import make_city
from envs.touchdown.city.splits import SPLITS
from envs.touchdown.city.survey import survey
from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks.osm import OsmLandmarks
from envs.touchdown.routes import CITY, read_routes
from tests.envs.touchdown.cities import graph_of


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    assert main([str(folder), "--world-seed", "2"]) == 0
    return folder


def test_files_hold_the_city_that_is_used_without_files(written: Path) -> None:
    city = make_city(2)
    graph = StreetGraph.load(written / "graph")
    assert graph.fingerprint == graph_of(city).fingerprint
    landmarks = OsmLandmarks.load(written / "graph", graph.index)
    made = OsmLandmarks.from_parts(city.pois, city.sightings, graph.index)
    assert landmarks.fingerprint == made.fingerprint
    for split, count in SPLITS.items():
        routes = read_routes(written / "data" / f"{split}.json", graph)
        assert len(routes) == count
        for route, told in zip(routes, city.routes(split), strict=True):
            assert route.task_id == f"{split}/{told.number}"
            assert route.panos == told.panos
            assert route.instruction == told.instruction
            assert route.start_heading == told.heading
            assert route.source == CITY


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert main([str(tmp_path / "taken")]) == 2
    assert str(tmp_path / "taken") in capsys.readouterr().err


def test_instructions_vary() -> None:
    """The figures of docs/touchdown.md come from the command; these are bounds on them."""
    city = make_city(0)
    found = survey(city, city.routes("train"))
    assert found.routes == 1500
    assert 45 < found.words < 55
    assert 3 < found.sentences < 4
    assert found.vocabulary > 600
    assert found.patterns > 1450
    assert found.sentence_patterns > 3500
    assert found.commonest < 0.01
    assert 0.45 < found.by_landmark < 0.7
    assert 28 < found.panos < 40
    assert set(found.turns) == {1, 2, 3, 4}
