"""Runs over seeds: begun, gone on with and measured; their figures, and what is said of them."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from experiments import runs as shared_runs
from experiments.alfworld_default import page, record, run, table
from tests.experiments.made_runs import done, shown, write, write_run

ROOT = Path(__file__).parents[2]
SPLITS = ("valid_seen", "valid_unseen")
TASKS = {"valid_seen": 140, "valid_unseen": 134}
GAINED = [(50, 60, 70), (50, 60, 71)]
"""Successes after each stage of two runs that reach what is aimed at."""


def _result(method: str, split: str, seed: int, successes: int) -> dict[str, Any]:
    episodes = TASKS[split]
    return {
        "method": method,
        "env": "alfworld",
        "env_version": "fast-1/generated-1-w0",
        "split": split,
        "episodes": episodes,
        "successes": successes,
        "success_rate": successes / episodes,
        "interval": [0.0, 1.0],
        "privileged": method != "bc",
        "by_task_type": {"heat": [successes, episodes]},
        "mean_steps": 20.0,
        "max_steps": 50,
        "goals": "template",
        "admissible_given": True,
        "seed": seed,
    }


def _make_run(
    out: Path,
    seed: int,
    successes: tuple[int, int, int],
    *,
    rounds: int = 1,
    data: str | None = None,
    session: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """A run directory with the files that the record is made of; the same rates on both splits."""
    folder = out / f"seed{seed}"
    config = {
        "env": {"split": "valid_unseen", "games": 0, "data": data, "dialect": "move"},
        "recipe": {"eval_tasks": 0, "rounds": rounds},
        "seed": seed,
        "resume": None,
        "threads": 0,
        "logger": {"name": "none"},
    }
    methods = zip(("bc", "lfm", "adapted"), successes, strict=True)
    write_run(
        folder,
        config,
        "fast-1/generated-1-w0 f00",
        [_result(method, split, seed, n) for method, n in methods for split in SPLITS],
        {"steps": 321, "precision": 0.9, "recall": 0.8, "f1": 0.847, "calibration_error": 0.0123},
        [f"env.data={data}"] if data else [],
        {"seconds": 300.0, **(session or {})},
        **changes,
    )
    done(folder, "judgements/round1", judged=2000, kept=500)
    done(folder, "judgements/adapted1", judged=0, kept=0)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs; adaptation gains 20, 26 and 23 tasks."""
    for seed, successes in enumerate([(50, 60, 70), (52, 66, 78), (54, 60, 77)]):
        _make_run(tmp_path, seed, successes)
    return tmp_path


def test_differences_are_paired_by_seed(runs: Path) -> None:
    found = record.gather(runs)
    gains = page.gains(found, "bc", "adapted", "valid_unseen")
    assert gains == pytest.approx([100 * n / 134 for n in (20, 26, 23)])
    (line,) = (x for x in page.page(found).splitlines() if x.startswith("| adapted - BC"))
    assert line.endswith(f"| {shown(gains, '+.1f')} |")


def test_page_holds_every_figure(runs: Path) -> None:
    text = page.page(record.gather(runs))
    assert "| 0 | 35.7 (50 of 140) | 42.9 (60 of 140) | 50.0 (70 of 140) | 37.3 (50 of 134)" in text
    assert "| seed | BC, valid_seen | LFM\\*, valid_seen |" in text
    assert "| 1 | judgements/round1 | 2,000 | 500 | 25.0 |" in text
    assert "| 1 | judgements/adapted1 | 0 | 0 | - |" in text
    assert "| 2 | round1 | 0.900 | 0.800 | 0.847 | 0.012 | 321 |" in text
    assert "| 0 | 5.0 | 1.50 | 2 | 1.0 |" in text
    assert "| heat | 38.8 (156 of 402) |" in text
    assert "all 140 of valid_seen, all 134 of valid_unseen" in text
    assert "not reached" not in text
    assert "not shown" not in text


@pytest.mark.parametrize(
    ("successes", "changes", "said"),
    [
        ([(50, 60, 55), (50, 60, 54)], {}, "**not reached**, +3.4, which is 8.6 short"),
        ([(50, 60, 55), (50, 60, 45)], {}, "excludes zero: **not reached**, +0.0"),
        (GAINED, {"session": {"seconds": 700.0}}, "**not reached**, the slowest run"),
        (GAINED, {"session": {"cores": 8}}, "**not shown**, the slowest run took 5.0 on 8"),
        (GAINED, {"session": {"peak_bytes": 5e9}}, "**not reached**, the largest run"),
        (GAINED, {"sessions": 2}, "Time and memory: **not shown**"),
        ([(50, 60, 70)], {}, "excludes zero: **not shown**, there is one run"),
    ],
)
def test_figures_that_fall_short_are_called_so(
    successes: list[tuple[int, int, int]], changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    for seed, each in enumerate(successes):
        _make_run(tmp_path, seed, each, **changes)
    assert said in page.page(record.gather(tmp_path))


def test_official_games_have_no_goals_but_a_plain_word(runs: Path) -> None:
    found = copy.deepcopy(record.gather(runs))
    for each in found["runs"]:
        for row in each["rows"]:
            row["env_version"] = "fast-1/official-2.1.1"
    text = page.page(found)
    assert "The adapted policy is above BC" in text
    assert "12 points" not in text
    assert "10 minutes" not in text


def test_folders_on_the_machine_are_left_out(tmp_path: Path) -> None:
    for seed in range(2):
        _make_run(tmp_path, seed, (1, 2, 3), data="/somewhere/private")
    found = record.gather(tmp_path)
    assert "private" not in json.dumps(found)
    assert "seed1" not in json.dumps(found)
    assert "--seeds 0 1 env.data=DATA`" in page.page(found)


def test_runs_of_different_jobs_are_refused(runs: Path) -> None:
    _make_run(runs, 3, (1, 2, 3), rounds=2)
    with pytest.raises(UserError, match=r"seed3 has other settings than .*seed0"):
        record.gather(runs)


def test_unfinished_runs_are_refused(runs: Path) -> None:
    _make_run(runs, 3, (1, 2, 3), finished=None)
    with pytest.raises(UserError, match="seed3 is not finished"):
        record.gather(runs)


def test_tables_are_written_between_the_marks_and_again_from_the_json(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    readme = here / "README.md"
    readme.write_text(f"Before.\n\n{table.BEGIN}\nold\n{table.END}\n\nAfter.\n", encoding="utf-8")
    assert table.main(["--runs", str(runs), "--readme"], here) == 0
    first = readme.read_text("utf-8")
    assert capsys.readouterr().out.strip() in first
    assert first.startswith("Before.")
    assert first.endswith("After.\n")
    assert "old" not in first
    readme.write_text(f"Before.\n\n{table.BEGIN}\n{table.END}\n\nAfter.\n", encoding="utf-8")
    assert table.main(["--readme"], here) == 0
    assert readme.read_text("utf-8") == first


def test_another_name_is_another_page(runs: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    assert table.main(["--runs", str(runs), "--name", "official", "--readme"], here) == 0
    assert sorted(file.name for file in here.iterdir()) == ["official.json", "official.md"]


def test_nothing_is_written_unless_asked_for(runs: Path, tmp_path: Path) -> None:
    assert table.main(["--runs", str(runs)], tmp_path / "here") == 0
    assert not (tmp_path / "here").exists()


def test_missing_runs_are_answered_by_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.main(["--runs", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"there is no run seedN in {tmp_path}; check --runs\n"


def test_committed_pages_are_what_their_json_says() -> None:
    for name in ("default", "official"):
        readme, results = table.files_of(name)
        if results.exists():
            figures = page.page(json.loads(results.read_text("utf-8")))
            assert figures.strip() in readme.read_text("utf-8"), readme


def test_memory_and_time_of_a_command_are_measured() -> None:
    """In a process of its own, as the memory of a large parent would count."""
    code = """
import json, sys
from experiments.runs import measure
small = measure([sys.executable, "-c", "raise SystemExit(3)"])
large = measure([sys.executable, "-c", "import time; x = b'x' * 400_000_000; time.sleep(0.3)"])
print(json.dumps([small, large]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    small, large = json.loads(done.stdout)
    assert small["exit_code"] == 3
    assert large["exit_code"] == 0
    assert large["peak_bytes"] > 400_000_000 > 2 * small["peak_bytes"]
    assert 0.3 <= large["seconds"] < 30


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would be run; each makes a finished run, the second time it is tried."""
    seen: list[list[str]] = []

    def measure(command: list[str]) -> dict[str, Any]:
        seen.append(command[1:])
        folder = Path(
            next(x for x in command if x.startswith(("run_dir=", "resume="))).split("=")[1]
        )
        again = folder.exists()
        write(folder / "config.yaml", {})
        sessions = [{}, {}] if again else [{}]
        manifest = {"finished": "now" if again else None, "sessions": sessions}
        write(folder / "manifest.json", manifest)
        return {"exit_code": 0 if again else 1, "seconds": 1.0, "peak_bytes": 1}

    monkeypatch.setattr(shared_runs, "measure", measure)
    return seen


def test_begun_runs_are_gone_on_with_and_finished_ones_left(
    commands: list[list[str]], tmp_path: Path
) -> None:
    arguments = ["--out", str(tmp_path), "--seeds", "4", "5", "recipe=bc"]
    assert [run.main(arguments) for _ in range(3)] == [1, 1, 0]
    assert run.main(arguments) == 0
    start = ["-m", "lfm.train", "env=alfworld"]
    folders = [tmp_path / "seed4", tmp_path / "seed5"]
    assert commands == [
        [*start, "seed=4", f"run_dir={folders[0]}", "recipe=bc"],
        [*start, "seed=4", f"resume={folders[0]}", "recipe=bc"],
        [*start, "seed=5", f"run_dir={folders[1]}", "recipe=bc"],
        [*start, "seed=5", f"resume={folders[1]}", "recipe=bc"],
    ]
    notes = json.loads((tmp_path / "seed4.json").read_text("utf-8"))
    assert [session["exit_code"] for session in notes["sessions"]] == [1, 0]


def test_other_settings_are_refused(
    commands: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.main(["--out", str(tmp_path), "--seeds", "4", "recipe=bc"])
    assert run.main(["--out", str(tmp_path), "--seeds", "4", "recipe=lfm"]) == 2
    assert "give the same ones, or another --out" in capsys.readouterr().err
    assert len(commands) == 1
