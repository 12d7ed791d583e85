"""The method on ScienceWorld: what is run, what is gathered, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
import pytest

from envs.errors import UserError
from envs.scienceworld.tasks import TASKS, task_ids
from experiments import runs
from experiments.scienceworld_method import goals, page, record, run, table
from experiments.scienceworld_method.arms import (
    ARMS,
    CONDITIONS,
    EASY,
    FULLDEV,
    FULLDEV_TRIALS,
    METHODS,
    NONE,
    TRIALS,
    Arm,
    Condition,
    Trial,
)
from lfm.cli import to_dataclass
from lfm.config import EvaluateConfig, TrainConfig
from lfm.env_config import ScienceWorldConfig
from lfm.schemas import register
from tests.experiments.made_runs import shown, write
from tests.experiments.science_runs import PLAYED, make_run, make_trial


def _lines(text: str, begin: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(begin)]


def _page(out: Path) -> str:
    return page.page(record.gather(out))


BC_WON, LFM_WON, ADAPTED_WON = (3, 4, 7), (5, 4, 8), (9, 10, 12)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three seeds of the arm without simplification, and the gold script."""
    for seed, won in enumerate(zip(BC_WON, LFM_WON, ADAPTED_WON, strict=True)):
        make_run(tmp_path, NONE, seed, dict(zip(METHODS, won, strict=True)))
    make_trial(tmp_path, Trial("expert", None, Condition(80)), 0, 14, lost=0)
    return tmp_path


def test_success_is_averaged_over_variations_tasks_and_all_of_dev(out: Path) -> None:
    bc = [(won / 17, min(won, 7) / 7, max(0, won - 7) / 10) for won in ADAPTED_WON]
    variations = shown([100 * all_ for all_, _, _ in bc])
    tasks = shown([100 * (boil + test) / 2 for _, boil, test in bc])
    weighted = shown([100 * (7 * boil + 225 * test) / 232 for _, boil, test in bc])
    line = f"| adapted\\* | 3 | {variations} | {tasks} | {weighted} |"
    assert _lines(_page(out), "| adapted\\* | 3 |")[0] == line


def test_scores_count_fatal_mistakes_in_both_ways(out: Path) -> None:
    final = [100 * (won + 0.5 * (15 - won)) / 17 for won in BC_WON]
    last = [100 * (won + 0.5 * (15 - won) + 2 * 0.25) / 17 for won in BC_WON]
    (line,) = [each for each in _lines(_page(out), "| BC\\* | 3 |") if shown(final) in each]
    cells = line.strip("| ").split(" | ")
    assert (cells[2], cells[4]) == (shown(final), shown(last))
    assert cells[-1] == "**11.8** (11.8 to 11.8)"


def test_gold_script_stands_beside_what_imitated_it(out: Path) -> None:
    text = _page(out)
    assert "| gold script\\* | 1 | **82.4** (one run) | **85.0** (one run) |" in text
    assert "; the gold script itself: 82.4." in text


def test_differences_are_paired_by_seed(out: Path) -> None:
    make_run(out, NONE, 3, {"bc": 0, "lfm": 0})
    (line,) = _lines(_page(out), "| 80 steps, no simplification | adapted - BC |")
    gained = shown([100 * n / 17 for n in (6, 6, 5)], "+.1f")
    assert line.split(" | ")[2] == gained
    assert line.endswith("| adapted above |")
    (line,) = _lines(_page(out), "| 80 steps, no simplification | LFM - BC |")
    assert line.split(" | ")[2] == shown([100 * n / 17 for n in (2, 0, 1, 0)], "+.1f")
    assert line.endswith("| not told apart |")


def test_every_condition_has_its_rows(out: Path) -> None:
    for seed in range(3):
        make_run(out, EASY, seed, {"bc": 6, "lfm": 7, "adapted": 8})
    for trial in TRIALS:
        for seed in filter(trial.has_seed, range(3)):
            won = 1 if trial.actor == "random" else 11 + (trial.arm is EASY)
            make_trial(out, trial, seed, won)
    _, _, rest = _page(out).partition("## Step limits and simplifications")
    text = rest.partition("\n## ")[0]
    counts = [len(_lines(text, f"| {condition.title} |")) for condition in CONDITIONS]
    assert counts == [5, 5, 8, 8]
    tried, own = shown([100 * 11 / 17] * 3), shown([100 * 12 / 17] * 3)
    assert f"| 100 steps, easy | BC\\* | no simplification | 3 | {tried} |" in text
    assert f"| 100 steps, easy | BC\\* | easy | 3 | {own} |" in text
    assert f"| 80 steps, easy | adapted\\* | easy | 3 | {shown([800 / 17] * 3)} |" in text
    assert f"| 100 steps, no simplification | gold script\\* | - | 1 | **{1100 / 17:.1f}** " in text
    assert f"| 80 steps, easy | random actions | - | 3 | {shown([100 / 17] * 3)} |" in text


def test_all_of_dev_is_shown_if_it_was_played(out: Path) -> None:
    assert "## All of dev" not in _page(out)
    for trial in FULLDEV_TRIALS:
        make_trial(out, trial, 0, 10)
    text = _page(out).partition("## All of dev")[2].partition("\n## ")[0]
    assert f"| adapted\\* | 1 | **{1000 / 17:.1f}** (one run) |" in text
    assert "All 17 variations of dev" in text


def test_every_task_has_a_row(out: Path) -> None:
    text = _page(out)
    # Of boil 3, 4 and 7 of 7 were cloned; the others got half of the score.
    assert "| 1-1 boil | 7 | 67 | 76 | 100 | 100 | 83 | 88 | 100 | 100 |" in text
    assert "| 3-3 test-conductivity | 10 | 0 | 3 | 33 | 70 | 45 | 47 | 62 | 85 |" in text
    assert sum(f"| {kind.paper_id} " in text for kind in TASKS) == len(PLAYED)


def test_feedback_and_cost_are_listed(out: Path) -> None:
    text = _page(out)
    assert "| 1 | judgements/round1 | 2,000 | 500 | 25.0 |" in text
    assert "| 2 | round1 | 0.900 | 0.800 | 0.847 | 0.012 | 321 |" in text
    assert "| no simplification | 0 | 140.0 | 150.0 | 2 | 1.50 | 1.5 | 0.03 |" in text


@pytest.mark.parametrize(
    ("won", "changes", "said"),
    [
        ((9, 10, 12), {}, "of the variations played: reached, **60.8**"),
        ((9, 10, 12), {}, "; the lower end of the interval is not above it; the gold"),
        ((9, 10, 12), {}, "as in all of dev: **not reached**"),
        ((9, 9, 9), {}, "**52.9** (52.9 to 52.9); the lower end of the interval is above it"),
        ((8, 8, 8), {}, "of the variations played: **not reached**, **47.1**"),
        ((9, 9, 9), {}, "on 2 cores, evaluations included: reached, the slowest run took 2.5"),
        ((9, 9, 9), {"session": {"cpu_seconds": 17_000.0}}, "included: reached, the slowest"),
        ((9, 9, 9), {"session": {"cpu_seconds": 17_000.0, "cores": 8}}, "**not shown**, the"),
        ((9, 9, 9), {"session": {"seconds": 11_000.0}}, "included: reached, the slowest run"),
        ((9, 9, 9), {"session": {"seconds": 11_000.0, "cpu_seconds": 22_000.0}},
         "included: **not reached**, the slowest run took 3.1 hours"),
        ((9, 9, 9), {"sessions": 2}, "**not shown**, not every run was measured"),
        ((9, 9, 9), {}, "parameters of the policy: reached, 0.03 M"),
    ],
)  # fmt: skip
def test_goals_are_called_what_they_are(
    won: tuple[int, ...], changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    for seed, each in enumerate(won):
        make_run(tmp_path, NONE, seed, {"adapted": each}, **changes)
    make_trial(tmp_path, Trial("expert", None, Condition(80)), 0, 14)
    assert said in goals.goals(record.gather(tmp_path))


def test_unfinished_runs_are_left_out_and_named(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _page(out)
    begun = make_run(out, EASY, 0, {"bc": 1}, finished=None)
    assert table.main(["--runs", str(out)]) == 0
    shown, told = capsys.readouterr()
    assert shown == before
    assert told == f"left out, as it is not finished: {begun}\n"


def test_an_arm_with_simplifications_alone_has_a_page(tmp_path: Path) -> None:
    make_run(tmp_path, EASY, 0, {"bc": 1, "lfm": 2, "adapted": 3})
    text = _page(tmp_path)
    assert "| 80 steps, easy | adapted - BC | **+11.8** (one run) |" in text
    assert "## Tasks" not in text


def test_runs_of_other_settings_are_refused(out: Path) -> None:
    make_run(out, EASY, 0, {"bc": 1}, overrides=["threads=1"])
    with pytest.raises(UserError, match=r"easy was run with \['threads=1'\] and the arm is now"):
        record.gather(out)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_steps": 80},
        {"env_settings": {"simplifications": "easy", "per_task": 10}},
        {"env_settings": {"simplifications": "", "per_task": 0}},
    ],
)
def test_trials_under_other_conditions_are_refused(changes: dict[str, Any], out: Path) -> None:
    trial = Trial("random", None, Condition(100))
    file = make_trial(out, trial, 0, 1)
    record.gather(out)
    make_trial(out, trial, 0, 1, **changes)
    with pytest.raises(UserError, match=f"{file.name} was made under other conditions"):
        record.gather(out)


def _env(config: str, kind: type[Any], settings: Sequence[str]) -> ScienceWorldConfig:
    """The environment as a command has it, with the settings."""
    register()
    with hydra.initialize_config_module("conf", version_base="1.3"):
        composed = to_dataclass(hydra.compose(config, ["env=scienceworld", *settings]), kind)
    assert isinstance(composed.env, ScienceWorldConfig)
    return composed.env


@pytest.mark.parametrize("arm", ARMS, ids=[each.name for each in ARMS])
def test_arms_learn_under_the_conditions_that_they_name(arm: Arm) -> None:
    env = _env("config", TrainConfig, arm.settings)
    assert Condition(env.max_steps, env.simplifications, env.per_task == 0) == arm.condition
    assert len(task_ids(env.split, env.per_task, env.tasks)) == 259


@pytest.mark.parametrize("condition", [*CONDITIONS, FULLDEV], ids=lambda each: each.name)
def test_conditions_are_what_they_name(condition: Condition) -> None:
    env = _env("evaluate", EvaluateConfig, ["policy.path=random", *condition.settings])
    assert Condition(env.max_steps, env.simplifications, env.per_task == 0) == condition
    assert len(task_ids(env.split, env.per_task, env.tasks)) == (1796 if condition.full else 259)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words of the commands that would be run; each leaves what the real one would leave."""
    seen: list[list[str]] = []

    def measure(words: list[str]) -> dict[str, Any]:
        seen.append(words[2:])
        settings = dict(word.split("=", 1) for word in words if "=" in word)
        if "run_dir" in settings:
            folder = Path(settings["run_dir"])
            recipe = {"rounds": 2, "adaptation": {"rounds": 3}}
            write(folder / "config.yaml", {"recipe": recipe})
            write(folder / "manifest.json", {"finished": "now", "sessions": [{}]})
        else:
            write(Path(settings["out"]), {})
        return {"exit_code": 0, "seconds": 1.0, "cpu_seconds": 1.0, "peak_bytes": 1}

    monkeypatch.setattr(runs, "measure", measure)
    return seen


def test_arms_and_then_trials_are_run_once(commands: list[list[str]], tmp_path: Path) -> None:
    given = ["--out", str(tmp_path), "--seeds", "0", "1"]
    assert run.main(given) == 0
    arms, trials = commands[:4], commands[4:]
    start = ["lfm.train", "env=scienceworld"]
    assert [words[:3] for words in arms] == [[*start, f"seed={n}"] for n in (0, 1)] * 2
    assert ["env.simplifications=easy" in words for words in arms] == [False, False, True, True]
    assert len(trials) == 2 * len(TRIALS) - len(CONDITIONS)  # the gold script is played once
    assert {words[0] for words in trials} == {"lfm.evaluate"}
    policies = {words[1] for words in trials if "seed=1" in words}
    names = ("bc", "lfm2", "adapted3")
    folders = (tmp_path / arm / "seed1" / "policies" / n for arm in ("none", "easy") for n in names)
    assert policies == {"policy=random", *(f"policy={folder}" for folder in folders)}
    assert run.main(given) == 0
    assert len(commands) == len(arms) + len(trials)


def test_all_of_dev_is_played_only_if_asked_for(commands: list[list[str]], tmp_path: Path) -> None:
    given = ["--out", str(tmp_path), "--seeds", "0", "--arms", "none"]
    assert run.main([*given, "fulldev"]) == 0
    assert [words[-1] for words in commands[1:]] == ["env.per_task=0"] * 2


def test_trials_need_finished_runs(
    commands: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--out", str(tmp_path), "--arms", "fulldev", "--seeds", "0"]) == 2
    assert capsys.readouterr().err.endswith(
        f"needs the policies of {tmp_path / 'none' / 'seed0'}, which is not finished; run it\n"
    )
    assert commands == []
