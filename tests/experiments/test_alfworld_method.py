"""Arms of the method experiment: what they share, what is gathered, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from envs.errors import UserError
from experiments import runs
from experiments.alfworld_method import arms, page, record, run, table
from experiments.alfworld_method.arms import ARMS, Arm, Trial, arm, settings_of
from experiments.alfworld_method.goals import gain_verdict
from experiments.sharing import take_over
from lfm.cli import compose
from lfm.config import TrainConfig
from lfm.run import Run
from tests.end_to_end.commands import command
from tests.experiments.alfworld_runs import TASKS, make_run, result
from tests.experiments.made_runs import done, shown, write

SHARING = [each for each in ARMS if each.shares]
TINY = (
    *("experiment=smoke", "env.split=valid_seen", "threads=1", "env.games=12"),
    *("recipe.rounds=1", "feedback_model.threshold=0", "recipe.adaptation.threshold=0"),
)


def _line(text: str, begin: str) -> str:
    (line,) = (line for line in text.splitlines() if line.startswith(begin))
    return line


def _page(out: Path) -> str:
    return page.page(record.gather(out))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three seeds of LFM, which adapts twice, and of the control that keeps all steps."""
    for seed, plus in enumerate((0, 2, 7)):
        ours = {"bc": 70 + plus, "lfm": 100 + plus, "adapted1": 120, "adapted": 126 + plus}
        make_run(tmp_path, "lfm", seed, ours)
        make_run(tmp_path, "all", seed, {"bc": 70 + plus, "lfm": 99 + 3 * plus, "adapted": 90})
    return tmp_path


def test_main_table_holds_what_the_runs_reached(out: Path) -> None:
    line = _line(_page(out), "| LFM | critic's labels")
    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
    found = [[100 * (n + plus) / TASKS for plus in (0, 2, 7)] for n in (70, 100, 126)]
    expected = [shown(values, ".1f") for values in found]
    once = "**85.7** (85.7 to 85.7)\\*"
    assert cells[2:] == [
        *("3", expected[0], f"{expected[1]}\\*", once, f"{expected[2]}\\*", "30.0", "-")
    ]


def test_differences_are_paired_by_seed_and_after_as_many_adaptations(out: Path) -> None:
    make_run(out, "lfm", 3, {"bc": 0, "lfm": 0, "adapted1": 0, "adapted": 0})
    make_run(out, "all", 4, {"bc": 140, "lfm": 140, "adapted": 140})
    line = _line(_page(out), "| all steps | **")
    after_round = shown([100 * n / TASKS for n in (1, -3, -13)], "+.1f")
    adapted_once = shown([100 * 30 / TASKS] * 3, "+.1f")
    assert line.startswith(f"| all steps | {after_round} | {adapted_once} |")
    assert line.endswith("| after the round: not told apart; adapted once: LFM above |")


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ((90, 90), "LFM above"),
        ((101, 99), "not told apart"),
        ((110, 111), "LFM below"),
        ((100, 100), "not told apart"),
        ((90,), "one seed, which decides nothing"),
    ],
)
def test_the_word_follows_the_interval(theirs: tuple[int, ...], said: str, tmp_path: Path) -> None:
    for seed, successes in enumerate(theirs):
        make_run(tmp_path, "lfm", seed, {"bc": 70, "lfm": 100})
        make_run(tmp_path, "expert", seed, {"bc": 70, "dagger": successes})
    assert _line(_page(tmp_path), "| DAgger: exploring expert's actions in the policy's states | *"
                 ).endswith(f"| - | after the round: {said} |")  # fmt: skip


@pytest.mark.parametrize(
    ("cloned", "adapted", "said"),
    [
        ((70, 71), (90, 92), "reached, +20.5"),
        ((70, 71), (75, 77), "**not reached**, +5.5 (-0.9 to +11.9) points over 2 seeds; "
         "6.5 points short; the interval includes zero"),
        ((70, 70), (60, 105), "**not reached**, +12.5 (-273.4 to +298.4) points over 2 seeds; "
         "the interval includes zero"),
        ((70, 70), (80, 80), "the interval excludes zero"),
        ((90, 92), (99, 100), "it cannot be reached, as cloning alone leaves 9.0 points to 100 %"),
        ((70,), (90,), "**not shown**"),
    ],
)  # fmt: skip
def test_gain_is_called_what_it_is(
    cloned: tuple[float, ...], adapted: tuple[float, ...], said: str
) -> None:
    assert said in gain_verdict(dict(enumerate(cloned)), dict(enumerate(adapted)))
    found = gain_verdict(dict(enumerate(cloned)), dict(enumerate(adapted)))
    assert ("cannot" in found) == (cloned[0] == 90)


def _make_official(out: Path, **changes: Any) -> None:
    for seed in range(2):
        make_run(out, "official", seed, {"bc": 100, "lfm": 120, "adapted": 130 + seed}, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "above cloning in the best configuration, from 10 % of the demonstrations, "
             "adapted once: reached, +21.8"),
        ({}, "adapted once: reached, **93.2** (88.7 to 97.8); the lower end of the interval is "
             "not above 90."),
        ({}, "evaluations included: reached, the slowest run took 10.0."),
        ({"cpu_seconds": 3700.0}, "**not reached**, the slowest run took 61.7"),
        ({"cpu_seconds": None}, "**not shown**, not every run was measured"),
        ({"sessions": 2}, "**not shown**, not every run was measured"),
        ({}, "parameters of the policy: reached, 0.03 M"),
        ({}, "**not reached**, -6.4 points; the exploring expert, which the demonstrations are "
             "of, reaches **99.6** (95.1 to 104.2) %."),
        ({}, "| 0 | 71.4 (100) | 85.7 (120) | 92.9 (130) | 12.3 | 12.3 | 12.3 | 10.0 | 11.7 | "
             "1.50 | 0.03 |"),
        ({"sessions": 2}, "| not measured | not measured | not measured | 0.03 |"),
        ({}, "| heat | 50.0 (80 of 160) | 75.0 (120 of 160) | 88.1 (141 of 160) |"),
    ],
)  # fmt: skip
def test_best_configuration(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    _make_official(tmp_path, **changes)
    for seed in range(2):
        write(run.expert_file(tmp_path, seed), result("expert", seed, 139 + seed))
    assert said in _page(tmp_path)


def test_tables_by_setting(out: Path) -> None:
    settings = {"critic": {"miss_rate": 0.3, "false_alarm_rate": 0.3}}
    more = {"recipe": {"demonstrations": 355}}
    for seed in range(3):
        rows = {"bc": 70, "lfm": 84, "adapted": 98}
        make_run(out, "noise30", seed, rows, settings=settings, f1=0.7)
        make_run(out, "demos10", seed, rows, settings=more)
        make_run(out, "cold", seed, rows, settings={"recipe": {"temperature": 0.5}})
    same = "**50.0** (50.0 to 50.0) | **60.0** (60.0 to 60.0)\\* | **70.0** (70.0 to 70.0)\\*"
    gains = "**+10.0** (+10.0 to +10.0) | **+20.0** (+20.0 to +20.0) | **+10.0** (+10.0 to +10.0)"
    text = _page(out)
    assert f"| 30 % | 3 | {same} | {gains} | **0.700** (0.700 to 0.700) |" in text
    assert f"| 355 (10 %) | 3 | {same} | {gains} |" in text
    assert f"| 0.5 | 3 | {same} | {gains} |" in text
    assert [line for line in text.splitlines() if line.startswith("| 35 (1 %) | 3 |")]


def test_trials_stand_beside_the_policies_that_were_tried(out: Path) -> None:
    for trial in arms.TRIALS:
        for name in arms.TRIED_POLICIES:
            for seed in range(3):
                row = result(name, seed, 77 + 14 * (name == "adapted1"), max_steps=80)
                write(run.trial_file(out, trial, name, seed), row)
    text = _page(out)
    tried = "**55.0** (55.0 to 55.0)"
    once = "**65.0** (65.0 to 65.0)\\*"
    assert f"| 80 | {tried} | {tried}\\* | {once} | {tried}\\* |" in text
    gained = shown([100 * (7 - plus) / TASKS for plus in (0, 2, 7)], "+.1f")
    assert f"| difference | {gained} |" in text
    human = "template in training, human in evaluation, 1 %"
    assert f"| {human} | 3 | {tried} | {tried}\\* | {once} |" in text


def test_unfinished_runs_are_left_out_and_named(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _page(out)
    begun = make_run(out, "lfm", 3, {"bc": 1}, finished=None)
    unmeasured = make_run(out, "random", 0, {"bc": 1})
    unmeasured.with_suffix(".json").unlink()
    half = make_run(out, "reward", 0, {"bc": 1})
    half.rename(half.with_name("seed0.partial"))
    assert table.main(["--runs", str(out)]) == 0
    shown, told = capsys.readouterr()
    assert shown == before
    said = "left out, as it is not finished:"
    assert told == f"{said} {begun}\n{said} {unmeasured}\n"


def test_parameters_are_counted_in_the_files(out: Path) -> None:
    found = record.gather(out)["arms"]["lfm"]["runs"][0]["parameters"]
    assert found == {"bc": 3 * 10_000 + 7}


def test_runs_of_other_settings_are_refused(out: Path) -> None:
    make_run(out, "random", 0, {"bc": 1}, overrides=["recipe.teacher=all"])
    with pytest.raises(UserError, match=r"random was run with .*teacher=all.* and the arm is now"):
        record.gather(out)


def test_runs_on_other_data_are_refused(out: Path) -> None:
    make_run(out, "random", 0, {"bc": 1}, data="generated")
    with pytest.raises(UserError, match="random has other data than"):
        record.gather(out)


@cache
def _composed(settings: Sequence[str]) -> TrainConfig:
    """The settings as ``lfm.train`` has them."""
    config: TrainConfig = compose("config", ["env=alfworld", *settings])
    return config


@pytest.mark.parametrize("each", SHARING, ids=[each.name for each in SHARING])
def test_shared_stages_begin_a_run_of_the_arms_own_settings(each: Arm, tmp_path: Path) -> None:
    """As the run itself refuses to go on with other settings than it finds, so does this test."""
    base, folder = tmp_path / "base", tmp_path / "arm"
    Run(base, _composed(settings_of(arm("lfm")))).close(finished=True)
    for stage in each.shares:
        done(base, stage)
    take_over(base, folder, ["env=alfworld", *settings_of(each)], each.shares)
    Run(folder, _composed(settings_of(each)), resume=True).close(finished=True)
    stages = {file.parent.relative_to(folder).as_posix() for file in folder.rglob("done.json")}
    assert stages == set(each.shares)
    with pytest.raises(UserError, match="begun with another config"):
        Run(folder, _composed(settings_of(arm("demos10"))), resume=True)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of a run, without the seconds that a new process takes to load libraries."""

    def give(words: Sequence[str], **_: Any) -> Any:
        code = command(words[2].removeprefix("lfm."), *words[3:])
        return SimpleNamespace(returncode=code)

    def measure(words: Sequence[str]) -> dict[str, Any]:
        code = give(words).returncode
        return {"exit_code": code, "seconds": 1.0, "cpu_seconds": 2.0, "peak_bytes": 3}

    monkeypatch.setattr(runs, "measure", measure)
    monkeypatch.setattr(runs, "subprocess", SimpleNamespace(run=give))


@pytest.mark.usefixtures("in_this_process")
def test_arms_and_trials_run_and_are_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Real runs, as small as they get: one from the start, one that shares stages, one trial."""
    monkeypatch.setattr(arms, "BASE", TINY)
    trial = Trial("steps80", "80 steps", ("env.max_steps=80", "env.games=3"))
    monkeypatch.setattr(run, "TRIALS", [trial])
    monkeypatch.setattr(run, "TRIED_POLICIES", {"adapted2": "adapted"})
    start = ["--out", str(tmp_path), "--data", "generated", "--seeds", "0", "--arms"]
    assert run.main([*start, "random"]) == 2
    assert "which is not finished; run that" in capsys.readouterr().err
    assert run.main([*start, "lfm", "random", "trials"]) == 0

    capsys.readouterr()
    found = record.gather(tmp_path)
    assert capsys.readouterr().err == ""
    ours, theirs = (found["arms"][name]["runs"][0] for name in ("lfm", "random"))
    shared = arm("random").shares
    assert [ours["stages"][name] for name in shared] == [theirs["stages"][name] for name in shared]
    assert [row["method"] for row in ours["rows"]] == ["bc", "lfm", "adapted1", "adapted"]
    assert [row["method"] for row in theirs["rows"]] == ["bc", "lfm", "adapted"]
    assert ours["cost"]["cpu_seconds"] == 2.0
    assert theirs["cost"] is None
    (row,) = found["trials"]["steps80"]["adapted"]
    assert (row["episodes"], row["max_steps"]) == (3, 80)
    assert [each["method"] for each in found["expert"]] == ["expert"]
    assert "| random steps, as many as LFM keeps |" in page.page(found)
