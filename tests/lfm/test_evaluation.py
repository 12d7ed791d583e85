"""Evaluations compared with each other, and on a leaderboard."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from envs.errors import UserError
from envs.files import write_json
from envs.record import Trajectory
from lfm.chat.ledger import Spent
from lfm.evaluation import VERSION, Evaluation, outcomes, read_evaluation, weights_hash
from lfm.evaluation import sheets as own_sheets
from lfm.output import Sheet, answer, latex
from lfm.paired import pair, sheets
from lfm.standings import add, as_json, groups, read
from lfm.standings import sheets as board_sheets
from lfm.statistics import Estimate, mcnemar, result_row
from tests.lfm.conftest import episode


def evaluation(successes: set[int], method: str = "bc", **changes: Any) -> Evaluation:
    """An evaluation in which the tasks of these numbers were done."""
    episodes = [_ended(number, number in successes) for number in range(8)]
    graded, metrics = changes.pop("graded", False), changes.pop("metrics", ())
    row = result_row(
        method, episodes, episodes=8, max_steps=50, goals="template", seed=0, graded=graded
    )
    made = {
        **row,
        "version": VERSION,
        "evaluated": "2026-01-02T03:04:05.000+00:00",
        "policy": {"path": f"runs/{method}", "weights": None},
        "data": "fast-1/generated-1-0 0123456789abcdef",
        "software": {"packages": {"lfm": "0.1.0"}},
        "tasks": outcomes(episodes, metrics, graded=graded),
        **changes,
    }
    return cast(Evaluation, made)


def _ended(number: int, success: bool) -> Trajectory:
    made = episode(0 if success else 1, steps=3 + number % 2)
    kind = "heat" if number % 2 else "look"
    return replace(made, task_id=f"task-{number}", task_type=kind)


def test_how_a_policy_was_told_to_act_is_a_part_of_its_name() -> None:
    trained = {"path": "qwen", "weights": "0123456789abcdef"}
    told = {**trained, "acting": "generate"}
    paired = pair(evaluation({0}, policy=trained), evaluation({1}, policy=told), force=False)
    assert (paired.a, paired.b) == ("qwen", "qwen policy.acting=generate")


def test_the_pairs_are_counted_and_tested() -> None:
    paired = pair(evaluation({0, 1, 2}), evaluation({1, 2, 3, 4, 5}, "lfm"), force=False)
    assert (paired.both, paired.only_a, paired.only_b, paired.neither) == (2, 1, 3, 2)
    assert paired.p_value == pytest.approx(0.625)  # 2 * (1 + 4) / 16
    assert (paired.success.a, paired.success.b) == (3 / 8, 5 / 8)
    low, high = paired.success.interval or (1, 0)
    assert low < 0.25 < high
    assert {kind: (of.a, of.b) for kind, of in paired.by_task_type.items()} == {
        "heat": (1 / 4, 3 / 4),
        "look": (2 / 4, 2 / 4),
    }
    first, second = sheets(paired, evaluation(set()))
    assert first.rows[0][:4] == ("success", "37.5", "62.5", "+25.0")
    assert "McNemar's exact test: p = 0.625" in first.notes
    assert [row[0] for row in second.rows] == ["heat", "look"]


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 6, 2 / 64), (6, 0, 2 / 64), (1, 3, 10 / 16)],
)
def test_mcnemar_is_the_exact_binomial_test(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "valid_seen"}, "split valid_unseen and valid_seen"),
        ({"max_steps": 80}, "max_steps 50 and 80"),
        ({"env_version": "fast-2/x"}, "env_version fast-1/generated-1-0 and fast-2/x"),
        ({"data": "other"}, "data fast-1"),
        ({"goals": "human"}, "goals template and human"),
        ({"env_settings": {"dialect": "put"}}, "dialect None and put"),
        ({"software": {"packages": {"lfm": "9"}}}, "lfm 0.1.0 and 9"),
    ],
)
def test_what_is_not_comparable_is_refused_unless_told_otherwise(
    changes: dict[str, Any], words: str
) -> None:
    one, other = evaluation({0}), evaluation({0, 1}, **changes)
    with pytest.raises(UserError, match="force=true") as caught:
        pair(one, other, force=False)
    assert words in str(caught.value)
    forced = pair(one, other, force=True)
    assert (forced.tasks, forced.only_b) == (8, 1)
    assert any(f"NOT THE SAME: {words}" in note for note in sheets(forced, one)[0].notes)


def test_other_tasks_are_left_out_only_when_told_to() -> None:
    one, other = evaluation({0}), evaluation({0})
    del other["tasks"]["task-7"]
    with pytest.raises(UserError, match="1 tasks that only one of them has"):
        pair(one, other, force=False)
    assert pair(one, other, force=True).tasks == 7
    with pytest.raises(UserError, match="no task in common"):
        pair(one, evaluation({0}, tasks={}), force=True)


def test_a_human_goal_is_drawn_with_the_seed() -> None:
    pair(evaluation({0}), evaluation({0}, seed=1), force=False)
    human = evaluation({0}, goals="human")
    with pytest.raises(UserError, match="sentences_of_seed 0 and 1"):
        pair(human, evaluation({0}, goals="human", seed=1), force=False)


def test_graded_scores_are_compared_too() -> None:
    paired = pair(evaluation({0}, graded=True), evaluation({0, 1}, graded=True), force=False)
    assert set(paired.scores) == {"final_score", "last_score", "best_score"}
    assert (paired.scores["last_score"].a, paired.scores["last_score"].b) == (1 / 8, 2 / 8)


def test_metrics_of_an_environment_are_compared_too(tmp_path: Path) -> None:
    far = [{"spd": float(number), "ndtw": 0.5} for number in range(8)]
    near = [{"spd": number / 2, "ndtw": 0.5} for number in range(8)]
    one, other = evaluation({0}, metrics=far), evaluation({0}, metrics=near)
    paired = pair(one, other, force=False)
    assert (paired.scores["spd"].a, paired.scores["spd"].b) == (3.5, 1.75)
    low, high = paired.scores["spd"].interval or (0, 0)
    assert low < -1.75 < high < 0
    rows = [row[:4] for row in sheets(paired, one)[0].rows]
    assert ("spd", "3.500", "1.750", "-1.750") in rows
    assert ("ndtw", "0.500", "0.500", "+0.000") in rows

    write_json(old := tmp_path / "old.json", evaluation({0}, version=1))
    assert pair(read_evaluation(old), other, force=False).scores == {}


def test_a_file_that_holds_no_evaluation_is_named(tmp_path: Path) -> None:
    write_json(path := tmp_path / "row.json", {"method": "bc"})
    with pytest.raises(UserError, match=r"row\.json holds no evaluation of version 2"):
        read_evaluation(path)


def test_weights_have_a_hash_of_their_own(tmp_path: Path) -> None:
    assert weights_hash(tmp_path / "expert") is None
    (tmp_path / "model.safetensors").write_bytes(b"one")
    (tmp_path / "README.md").write_text("a card")
    before = weights_hash(tmp_path)
    (tmp_path / "README.md").write_text("another card")
    assert weights_hash(tmp_path) == before
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert weights_hash(tmp_path) != before


def test_a_table_shows_no_control_codes(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31m[bold]x"
    answer("table", {}, [Sheet(hostile, (hostile,), [(hostile,)], [hostile])])
    shown = capsys.readouterr().out
    assert shown.count("[31m[bold]x") == 4
    assert "\x1b" not in shown


def test_latex_shows_what_is_special_to_it() -> None:
    text = latex(Sheet("a\nb", ("x_1", "100 %"), [("#$&~^\\{}", "1")], ["note"]))
    assert text.splitlines() == [
        "% a b",
        "% note",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"x\_1 & 100 \% \\",
        r"\midrule",
        r"\#\$\&\textasciitilde{}\textasciicircum{}\textbackslash{}\{\} & 1 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_a_leaderboard_shows_comparable_rows_together_best_first(tmp_path: Path) -> None:
    board = tmp_path / "new" / "board.jsonl"
    for each in (
        evaluation({0}, "worse"),
        evaluation({0, 1}, "elsewhere", split="valid_seen"),
        evaluation({0, 1, 2}, "better", privileged=True),
    ):
        add(board, each)
        add(board, each)  # the same evaluation is one row
    rows = read(board)
    assert [row["method"] for row in rows] == ["worse", "elsewhere", "better"]
    assert all("tasks" not in row for row in rows)
    grouped = groups(rows)
    assert [[row["method"] for row in of] for of in grouped] == [["better", "worse"], ["elsewhere"]]
    [table] = board_sheets(grouped[0])
    assert "alfworld valid_unseen: 8 tasks, at most 50 steps" in table.title
    assert [row[:2] for row in table.rows] == [["better*", "37.5%"], ["worse", "12.5%"]]
    assert as_json(grouped)[1]["protocol"]["split"] == "valid_seen"


def test_graded_rows_are_sorted_by_score() -> None:
    one, other = evaluation({0}, "one", graded=True), evaluation({0}, "other", graded=True)
    other["scores"]["mean"]["last_score"]["mean"] = 0.9
    (group,) = groups([one, other])
    assert [row["method"] for row in group] == ["other", "one"]
    standing, means = board_sheets(group)
    assert standing.rows[0][4] == "0.90"
    assert means.columns[1:4] == [
        "success, mean of task types",
        "last score, mean of task types",
        "score at the end",
    ]
    assert [row[4].split()[0] for row in means.rows] == ["0.90", "0.12"]


def test_a_leaderboard_shows_an_environments_own_metrics() -> None:
    far = {
        "spd": {"mean": 12.25, "interval": [10.0, 14.5]},
        "n_dtw": {"mean": 0.5, "interval": None},
    }
    one, other = evaluation({0}, "one"), evaluation({0, 1}, "other")
    one["metrics"] = cast("dict[str, Estimate]", far)
    assert [list(each.columns) for each in board_sheets([other])[1:]] == []
    [_, means] = board_sheets([other, one])
    assert means.columns == ["policy", "spd", "n dtw"]
    assert means.rows == [["other", "-", "-"], ["one", "12.25 (10.00 to 14.50)", "0.50"]]


def test_what_a_chat_model_took_is_told_and_not_compared(tmp_path: Path) -> None:
    spent = Spent("all", 1200, 3, 1, 2, 45_000, 900, 0.25, 60.0)
    asked = evaluation({0}, spent=spent._asdict())
    rows = {row[0]: row[1] for row in own_sheets(asked)[0].rows}
    assert rows["calls of the chat model"] == "1,201 and 3 kept answers"
    assert (rows["tokens read, written"], rows["money"]) == ("45,000, 900", "0.25")
    board = tmp_path / "board.jsonl"
    add(board, asked)
    add(board, evaluation({0}, spent=spent._replace(kept=9)._asdict()))
    assert ["spent" in row for row in read(board)] == [False]


def test_a_torn_line_is_cut_off_and_a_damaged_one_named(tmp_path: Path) -> None:
    board = tmp_path / "board.jsonl"
    add(board, evaluation({0}, "one"))
    whole = board.read_text()
    board.write_text(whole + whole[:50])  # killed while it wrote
    add(board, evaluation({0}, "two"))
    assert [row["method"] for row in read(board)] == ["one", "two"]
    board.write_text(whole.rstrip("\n"))  # a person's editor
    add(board, evaluation({0}, "two"))
    assert [row["method"] for row in read(board)] == ["one", "two"]
    board.write_text("nonsense\n" + whole)
    with pytest.raises(UserError, match="line 1, is no row of a leaderboard"):
        add(board, evaluation({0}, "three"))
    assert board.read_text() == "nonsense\n" + whole


def test_many_writers_lose_no_row(tmp_path: Path) -> None:
    board, row = tmp_path / "board.jsonl", tmp_path / "row.json"
    write_json(row, evaluation({0}))
    code = (
        "import json, sys; from pathlib import Path; from lfm.standings import add\n"
        "row = json.loads(Path(sys.argv[2]).read_text())\n"
        "for at in range(10): add(Path(sys.argv[1]), {**row, 'method': f'{sys.argv[3]}-{at}'})"
    )
    command = [sys.executable, "-c", code, str(board), str(row)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    names = sorted(json.loads(line)["method"] for line in board.read_text().splitlines())
    assert names == sorted(f"{number}-{at}" for number in range(3) for at in range(10))
