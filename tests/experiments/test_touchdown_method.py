"""The method in streets: what is run, what is gathered, and what is said of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from envs.touchdown.graph import StreetGraph
from envs.touchdown.routes import read_routes
from experiments.touchdown_method import hold_out, mixture, page, record, run, table
from experiments.touchdown_method.arms import ARMS, REFERENCES, Arm, arm
from tests.experiments.made_runs import done, shown, write, write_run

MAP2SEQ = arm("map2seq")
WON = {"bc": (20, 24, 28, 0), "lfm": (30, 31, 35, 0), "adapted": (30, 36, 36, 0)}
SPLIT = "map2seq_unseen_dev"


def row(method: str, seed: int, won: int, *, privileged: bool = True) -> dict[str, Any]:
    metrics = {name: {"mean": won / 200, "interval": [0, 1]} for name in page.METRICS}
    return {
        "method": method,
        "split": SPLIT,
        "env_version": "1/graph-0/turns-explicit-osm",
        "episodes": 80,
        "success_rate": won / 80,
        "max_steps": 80,
        "privileged": privileged,
        "seed": seed,
        "metrics": metrics,
    }


def make_run(out: Path, of: Arm, seed: int, **changes: Any) -> Path:
    folder = out / of.name / f"seed{seed}"
    env = {"name": "touchdown", "data": "/home/me/city", "routes": "/home/me/routes.json"}
    numbers = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "calibration_error": 0.0123}
    recipe = {"demonstrations": 1900, "rollout_tasks": 1900}
    write_run(
        folder,
        {"env": env, "recipe": recipe, "seed": seed},
        "graph 0",
        [row(method, seed, won[seed]) for method, won in WON.items()],
        {**numbers, "steps": 321, "bins": []},
        [*of.settings, *of.training_files(Path("/home/me"), out)],
        {"seconds": 3000.0, "cpu_seconds": 2400.0},
        **changes,
    )
    done(folder, "judgements/round1", judged=2000, kept=500)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for seed in range(3):
        make_run(tmp_path, MAP2SEQ, seed)
    walked = row("random_walk", 0, 4, privileged=False)
    write(run.reference_file(tmp_path, MAP2SEQ, "random_walk"), walked)
    return tmp_path


def test_success_stands_beside_what_reads_nothing(out: Path) -> None:
    text = page.page(record.gather(out))
    cell = shown([100 * won / 80 for won in WON["bc"][:3]])
    assert f"| {SPLIT} | BC\\* | 3 | {cell} | 12.0 | 12.0 | 0.1 |" in text
    assert f"| {SPLIT} | random, not back | 1 | **5.0** (one run) | 2.0 |" in text


def test_differences_are_paired_by_seed(out: Path) -> None:
    text = page.page(record.gather(out))
    gained = shown([12.5, 8.75, 8.75], "+.1f")
    assert f"| LFM - BC | {gained} | LFM above |" in text
    assert "| adapted - LFM | **+2.5** (" in text


def test_feedback_cost_and_protocol_are_told(out: Path) -> None:
    text = page.page(record.gather(out))
    assert "| 1 | judgements/round1 | 2,000 | 500 | 25.0 |" in text
    assert "| map2seq, unseen dev | 2 | 40.0 | 50.0 | 2 | 1.50 | 0.03 |" in text
    assert f"walked 80 of {SPLIT}; 1/graph-0/turns-explicit-osm; 80 steps" in text
    assert "/home/me" not in text


def test_unfinished_runs_are_left_out_and_named(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = make_run(out, MAP2SEQ, 3, finished=None)
    assert "seeds 0, 1, 2;" in page.page(record.gather(out))
    assert str(left) in capsys.readouterr().err


def test_the_page_is_the_one_of_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (table.HERE / "README.md").read_text("utf-8")
    assert table.main([]) == 0
    assert capsys.readouterr().out.strip() in readme


def test_every_arm_is_run_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[tuple[str, int, list[str]]] = []
    walked: list[tuple[str, list[str]]] = []

    def run_seed(env: str, folder: Path, seed: int, settings: list[str]) -> int:
        trained.append((folder.name, seed, settings))
        return 0

    def evaluate(policy: str, file: Path, seed: int, settings: list[str]) -> int:
        walked.append((policy, settings))
        return 0

    written: list[Path] = []
    monkeypatch.setattr(run, "write_mixture", lambda data, file: written.append(file))
    monkeypatch.setattr(run, "run_seed", run_seed)
    monkeypatch.setattr(run, "evaluate", evaluate)
    assert run.main(["--out", str(tmp_path), "--seeds", "0", "1"]) == 0
    assert [each[:2] for each in trained] == [("city", 0), ("city", 1)]
    assert [name for name, _ in walked] == [each for each in REFERENCES if each != "traffic_walk"]
    assert run.main(["--out", str(tmp_path), "--data", "D", "--seeds", "2"]) == 0
    assert [name for name, *_ in trained[2:]] == [each.name for each in ARMS]
    assert {
        "experiment=touchdown_lenient",
        "env.stop=auto",
        "env.data=D",
        "env.routes=D/routes/touchdown_unseen_dev_part.json",
        f"env.train_routes={tmp_path}/lenient/train_routes.json",
    } <= set(trained[-1][2])
    assert written == [tmp_path / "lenient" / "train_routes.json"]
    assert "env.train_routes=D/routes/map2seq_seen_area.json" in trained[-2][2]
    assert [name for name, _ in walked[-5:]] == list(REFERENCES)
    assert "env.stop=auto" in walked[-1][1]
    assert not any("train_routes" in setting for setting in walked[-1][1])


def test_an_arm_that_needs_files_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run.main(["--out", str(tmp_path), "--arms", "map2seq"])
    assert "--data" in capsys.readouterr().err


def test_places_on_a_machine_are_left_out(tmp_path: Path) -> None:
    make_run(tmp_path, arm("city"), 0)
    assert record.gather(tmp_path)["arms"]["city"]["settings"]["env"]["routes"] == "ROUTES"


@pytest.mark.parametrize(
    ("latitude", "south", "north"), [(None, "1,555", "284"), (40.729, "275", "1,500")]
)
def test_a_part_is_held_out(
    manhattan_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    latitude: float | None,
    south: str,
    north: str,
) -> None:
    arguments = ["--data", str(manhattan_data), "--out", str(tmp_path)]
    assert hold_out.main(arguments + (["--latitude", str(latitude)] if latitude else [])) == 0
    assert capsys.readouterr().out == f"south: {south} routes\nnorth: {north} routes\n"
    graph = StreetGraph.load(manhattan_data / "graph")
    for name in ("south", "north"):
        routes = read_routes(tmp_path / f"{name}.json", graph)
        panos = [at for route in routes for at in route.panos]
        above = graph.positions[panos, 0] > (latitude or hold_out.LATITUDE)
        assert above.all() if name == "north" else not above.any()


def test_touchdown_is_learned_from_routes_of_the_seen_area(
    manhattan_data: Path, tmp_path: Path
) -> None:
    """1,907 of map2seq, and 177 of Touchdown's 219 each eight times."""
    mixture.write_mixture(manhattan_data, tmp_path / "routes.json")
    graph = StreetGraph.load(manhattan_data / "graph")
    routes = read_routes(tmp_path / "routes.json", graph)
    sources = Counter(route.source for route in routes)
    assert sources == {"map2seq": 1907, "touchdown": 8 * 177}
    assert len({route.panos for route in routes if route.source == "touchdown"}) <= 177
    assert {graph.area(pano) for route in routes for pano in route.panos} == {"seen"}
    own = [route for route in routes if route.source == "touchdown"]
    starts = {(route.panos[0], route.start_heading) for route in own}
    assert len(starts) > 1.5 * len({route.panos[0] for route in own}), "along each way out"


def test_what_is_missing_for_a_mixture_is_named(manhattan_data: Path, tmp_path: Path) -> None:
    (tmp_path / "graph").symlink_to(manhattan_data / "graph")
    with pytest.raises(UserError, match=r"cannot read .*map2seq_seen_area.json"):
        mixture.write_mixture(tmp_path, tmp_path / "routes.json")
    assert not (tmp_path / "routes.json").exists()


def test_without_the_files_nothing_is_held_out(tmp_path: Path) -> None:
    assert hold_out.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
