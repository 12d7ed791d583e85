"""What a person sees of a run at work."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from lfm import progress
from lfm.done import DoneStage
from lfm.summary import results_table


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_line_per_stage() -> None:
    stream = io.StringIO()
    with progress.track("Roll out [round] 1", 8, stream) as advance:
        for _ in range(4):
            advance(2)
    assert re.fullmatch(r"Roll out \[round\] 1: 8 of 8 in \d\.\d s\n", stream.getvalue())


def test_a_log_gets_no_count_where_there_is_none() -> None:
    stream = io.StringIO()
    with progress.track("Train", None, stream):
        pass
    assert re.fullmatch(r"Train: in \d\.\d s\n", stream.getvalue())


def test_a_log_says_nothing_of_a_stage_that_failed() -> None:
    stream = io.StringIO()
    with pytest.raises(RuntimeError), progress.track("Train", 3, stream):
        raise RuntimeError
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar_with_counts_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress.track("Roll out", 4, stream) as advance:
        advance(4)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "Roll out" in shown
    assert "4/4" in shown
    assert "left" in shown


def test_standard_error_is_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    progress.say("Run directory: runs/[1]")
    with progress.track("Train", 1) as advance:
        advance(1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Run directory: runs/[1]\nTrain: 1 of 1 in ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 0 s"),
        (250, "4 min 10 s"),
        (3599.6, "1 h 0 min"),
        (3900, "1 h 5 min"),
    ],
)
def test_durations_as_a_person_says_them(seconds: float, words: str) -> None:
    assert progress.duration(seconds) == words


def test_the_tables_of_the_end() -> None:
    row = {
        "method": "lfm",
        "split": "valid_unseen",
        "episodes": 4,
        "successes": 3,
        "success_rate": 0.75,
        "interval": [0.3, 0.95],
        "privileged": True,
    }
    other = {**row, "method": "[red]bc", "split": "valid_seen", "privileged": False}
    stages = [
        DoneStage("policies/bc", 90.0, False, "", {}, {}),
        DoneStage("judgements/round1", 30.0, False, "", {"judged": 2000, "kept": 500}, {}),
    ]
    agreement = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "calibration_error": 0.02}
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(results_table([row, other], stages, {"round1": {**agreement, "steps": 1234}}))
    shown = console.export_text()
    for words in (
        "75.0%* (30.0% to 95.0%), 3 of 4",
        "[red]bc",
        "used privileged information",
        "2,000",
        "25.0%",
        "0.847",
        "1,234",
        "1 min 30 s",
        "2 min 0 s",
    ):
        assert words in shown


def test_a_language_models_answers_have_a_table() -> None:
    asked = {"windows": 1001, "steps": 9, "productive": 4, "parsed": 950, "repaired": 30}
    asked |= {"refused": 1, "failed": 5, "unasked": 15, "input_tokens": 70500, "output_tokens": 0}
    scripted = {"windows": 77, "steps": 9, "productive": 4}
    stages = [
        DoneStage("feedback/round1", 1.0, False, "", asked, {}),
        DoneStage("feedback/round2", 1.0, False, "", scripted, {}),
    ]
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(results_table([], stages, {}))
    shown, _, _ = console.export_text().partition("Time")
    [row] = [line for line in shown.splitlines() if "feedback/" in line]
    cells = [cell.strip() for cell in row.split("\u2502")[1:-1]]
    assert cells == ["feedback/round1", "1,001", "950", "30", "1", "0", "20", "70,500", "0"]


def test_graded_scores_have_a_table_of_their_own() -> None:
    row = {
        "method": "[red]bc",
        "split": "dev",
        "episodes": 259,
        "successes": 70,
        "success_rate": 0.27,
        "interval": [0.2, 0.3],
        "privileged": False,
        "scores": {
            "failed": 31,
            "mean": {
                name: {"mean": mean, "interval": [mean - 0.05, mean + 0.05]}
                for name, mean in (("final_score", 0.4), ("last_score", 0.5), ("best_score", 0.6))
            },
            "macro": {
                "success": {"mean": 0.25, "interval": None},
                "last_score": {"mean": 0.45, "interval": None},
            },
        },
    }
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(results_table([row], [], {}))
    shown = console.export_text()
    for words in (
        "[red]bc, dev",
        "success, mean of task types    │                0.25",
        "last score, mean of task types │                0.45",
        "score at the end               │ 0.40 (0.35 to 0.45)",
        "last score not negative        │ 0.50 (0.45 to 0.55)",
        "best score                     │ 0.60 (0.55 to 0.65)",
        "31 of 259",
    ):
        assert words in shown


def test_metrics_of_an_environment_have_a_table_of_their_own() -> None:
    row = {
        "method": "[red]bc",
        "split": "dev",
        "episodes": 9,
        "successes": 3,
        "success_rate": 0.33,
        "interval": [0.2, 0.5],
        "privileged": False,
        "metrics": {
            "ndtw_orar": {"mean": 0.4, "interval": [0.35, 0.45]},
            "spd": {"mean": 12.3, "interval": None},
        },
    }
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(results_table([row], [], {}))
    shown = console.export_text()
    for words in (
        "[red]bc, dev",
        "ndtw orar │ 0.40 (0.35 to 0.45)",
        "spd       │               12.30",
    ):
        assert words in shown


def test_the_tables_of_an_empty_run_are_empty() -> None:
    console = Console(record=True, file=io.StringIO())
    console.print(results_table([], [], {}))
    assert console.export_text().strip() == ""
