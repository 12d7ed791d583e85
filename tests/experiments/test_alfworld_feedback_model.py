"""Feedback models judged: on a small run made here, with the truth worked out in another way."""

from __future__ import annotations

import copy
import itertools
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.game import Game
from envs.alfworld.games import GeneratedGames
from envs.alfworld.generate import generate_game
from envs.errors import UserError
from envs.files import read_json, write_json
from envs.record import Step, Trajectory
from envs.store import read_trajectories
from experiments.alfworld_feedback_model import judge, page, table
from experiments.alfworld_feedback_model.truth import DECISIVE, JOURNEY, OTHER, Truth, kinds
from experiments.markdown import END
from lfm import layout
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.feedback_model import labelled_episodes, split_by_task
from lfm.small_feedback_model import SmallFeedbackModel
from lfm.statistics import mean_interval
from tests.experiments.judged_run import ERRORS, GAMES, SPLIT, make_run

Record = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory that tests only read."""
    return make_run(tmp_path_factory.mktemp("runs") / "one")


@pytest.fixture(scope="module")
def record(run: Path) -> Record:
    """What the judge finds."""
    return judge.RunJudge(run).record()


def _entries(record: Record, **wanted: str) -> list[Record]:
    return [
        entry["kinds"]
        for entry in record["agreement"]
        if all(entry[key] == value for key, value in wanted.items())
    ]


def test_agreement_with_the_critic_is_the_models_own(run: Path, record: Record) -> None:
    own = read_json(run / layout.feedback_model("round1") / layout.AGREEMENT_FILE)
    (found,) = _entries(record, reference="critic", model="round1")
    for name in ("steps", "positives", "precision", "recall", "f1", "calibration_error"):
        assert found["all"][name] == pytest.approx(own[name], abs=1e-4), name


def _nearer(split: str, episode: Trajectory) -> list[bool]:
    """Whether each step brought the goal nearer, by playing the environment again."""
    env = ALFWorldEnv(split, data="generated", games=GAMES, max_steps=25)
    env.reset(options={"task_id": episode.task_id})
    distances = [env.distance_to_goal()]
    for step in episode.steps:
        env.step(step.action)
        distances.append(env.distance_to_goal())
    return [after < before for before, after in itertools.pairwise(distances)]


def test_the_planners_truth_is_the_environments(run: Path, record: Record) -> None:
    file = run / layout.rollouts("adapted1") / layout.TRAJECTORIES_FILE
    nearer = [_nearer(SPLIT, episode) for episode in read_trajectories(file)]
    low, high = _entries(record, episodes="roll-outs of adapted1", reference="planner")
    for found in (low["all"], high["all"]):
        assert found["steps"] == sum(map(len, nearer))
        assert found["positives"] == sum(map(sum, nearer))
    parts = [low[kind] for kind in low if kind != "all"]
    assert sum(part["positives"] for part in parts) == low["all"]["positives"]


def test_a_critic_that_errs_is_found_to_err(run: Path, record: Record) -> None:
    (critic,) = _entries(record, model=judge.THE_CRITIC)
    (labels,) = _entries(record, model="round1", reference="critic")
    assert critic["all"]["judged_productive"] == labels["all"]["positives"]
    assert 0.5 < critic["all"]["recall"] < 0.9
    truth = Truth(GeneratedGames("train", 0, GAMES))
    episodes = read_trajectories(run / layout.rollouts("round1") / layout.TRAJECTORIES_FILE)
    feedback = SimulatorCritic(
        GeneratedGames("train", 0, GAMES).game, ERRORS, ERRORS, seed=3
    ).critique(make_windows(episodes))
    held_out = split_by_task(labelled_episodes(episodes, feedback), 3).held_out
    productive = sum(fact.productive for each in held_out for fact in truth.of(each.trajectory))
    assert critic["all"]["positives"] == productive


def test_kept_and_left_out_steps_are_counted(run: Path, record: Record) -> None:
    adaptation = record["imitation"][1]
    file = run / layout.rollouts("adapted1") / layout.TRAJECTORIES_FILE
    episodes = read_trajectories(file)
    model = SmallFeedbackModel.load(run / layout.feedback_model("round1"))
    counted = Counter[str]()
    for episode, verdicts in zip(episodes, model.judge(episodes), strict=True):
        done: Counter[str] = Counter()
        nearer = _nearer(SPLIT, episode)
        for step, verdict, good in zip(episode.steps, verdicts, nearer, strict=True):
            done[step.action] += 1
            if done[step.action] <= 2:
                kept = verdict.p_productive >= 0.5
                counted.update({"kept": kept, "wrong": kept and not good})
                counted.update({"good": good, "lost": good and not kept})
    assert counted["kept"] > 10
    assert adaptation["kept"]["all"] == [counted["wrong"], counted["kept"]]
    assert adaptation["left_out"]["all"] == [counted["lost"], counted["good"]]


def test_rounds_of_adaptation_go_by_their_numbers(run: Path, record: Record) -> None:
    """The last one is called ``adapted`` in a run, however many there were."""
    stages = record["imitation"]
    assert [(each["stage"], each["before"][0], each["after"][0]) for each in stages] == [
        ("rounds", "bc", "lfm"),
        ("adapted1", "lfm", "adapted1"),
        ("adapted2", "adapted1", "adapted2"),
    ]
    wins = {row["method"]: row["successes"] for row in read_json(run / layout.RESULTS_FILE)}
    assert record["success"]["adapted1"] == [wins["adapted1"], GAMES]
    assert record["success"]["adapted2"] == [wins["adapted"], GAMES]
    file = run / layout.evaluation("adapted", SPLIT) / layout.TRAJECTORIES_FILE
    actions = [[step.action for step in each.steps] for each in read_trajectories(file)]
    last = sum(min(2, n) for each in actions for n in Counter(each).values())
    assert stages[2]["after"][1]["all"][1] == last


def test_repetitions_do_not_count_as_the_policys_errors(run: Path, record: Record) -> None:
    file = run / layout.evaluation("bc", SPLIT) / layout.TRAJECTORIES_FILE
    episodes = read_trajectories(file)
    most = sum(
        min(2, n) for each in episodes for n in Counter(s.action for s in each.steps).values()
    )
    assert record["imitation"][0]["before"][1]["all"][1] == most
    assert most < sum(len(each.steps) for each in episodes)


def _heat() -> Game:
    games = (generate_game("train", index, 0) for index in range(100))
    return next(game for game in games if game.goal.kind == "heat")


def test_journeys_with_the_thing_in_hand_are_decisive() -> None:
    game = _heat()
    thing = next(item.name for item in game.items if item.kind == game.goal.item)
    target = next(place.name for place in game.receptacles if place.kind == game.goal.target)
    told = [
        ("go to fridge 1", JOURNEY),
        (f"take {thing} from fridge 1", "take"),
        ("go to fridge 1", DECISIVE),
        ("go to microwave 1", DECISIVE),
        ("go to nowhere 1", JOURNEY),
        (f"heat {thing} with microwave 1", "heat"),
        (f"go to {target}", DECISIVE),
        (f"put {thing} in/on {target}", "move"),
        ("go to microwave 1", JOURNEY),
        ("take lamp 1 from desk 1", "take"),
        ("go to microwave 1", JOURNEY),
        ("inventory", OTHER),
    ]
    steps = tuple(Step(action, "Something happens.", (), 0.0) for action, _ in told)
    episode = Trajectory(
        "x", "alfworld", "v", "train", game.task_id, game.task_type, game.instruction, "",
        steps, False, "test", 0, False,
    )  # fmt: skip
    assert kinds(game, episode) == [kind for _, kind in told]
    refused = replace(steps[1], observation="Nothing happens.")
    assert kinds(game, replace(episode, steps=(refused, *steps[2:]))) == [OTHER, JOURNEY, JOURNEY,
        *(kind if kind != DECISIVE else JOURNEY for _, kind in told[4:])]  # fmt: skip


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may damage."""
    return Path(shutil.copytree(run, tmp_path / "runs" / "copy"))


def _damage(file: Path, **changes: Any) -> None:
    write_json(file, {**read_json(file), **changes})


def test_another_held_out_part_is_refused(copied: Path) -> None:
    _damage(copied / layout.CONFIG_FILE, seed=4)
    with pytest.raises(UserError, match="it held out other tasks"):
        judge.RunJudge(copied).record()


def test_unfinished_runs_and_runs_without_a_feedback_model_are_refused(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    shutil.rmtree(copied / layout.feedback_model("round1"))
    assert judge.main(["--runs", str(copied), "--out", str(out)]) == 2
    assert "trained no feedback model" in capsys.readouterr().err
    _damage(copied / layout.MANIFEST_FILE, finished=None)
    assert judge.main(["--runs", str(copied), "--out", str(out)]) == 2
    assert "is no finished run" in capsys.readouterr().err
    assert judge.main(["--runs", str(tmp_path / "nothing"), "--out", str(out)]) == 2
    assert "there is no run in" in capsys.readouterr().err
    assert not out.exists()


def _variant(record: Record, seed: int, errors: float, f1: float, wins: int) -> Record:
    """The same numbers under another seed and critic, but for F1 and LFM's successes.

    With a critic that errs there is one round of adaptation less.
    """
    other = copy.deepcopy(record)
    other["seed"] = seed
    other["settings"]["critic"].update(miss_rate=errors, false_alarm_rate=errors)
    other["success"]["lfm"] = [wins, GAMES]
    for entry in other["agreement"]:
        if (entry["model"], entry["reference"]) == ("round1", "planner"):
            entry["kinds"]["all"]["f1"] = f1
    if errors:
        other["settings"]["recipe"]["adaptation"]["rounds"] = 1
        other["imitation"].pop()
        del other["success"]["adapted2"]
        other["agreement"] = [
            entry for entry in other["agreement"] if "adapted2" not in entry["episodes"]
        ]
    return other


@pytest.fixture
def runs(record: Record) -> list[Record]:
    """Two critics, two seeds each."""
    return [
        _variant(record, 1, 0.1, 0.92, 10),
        _variant(record, 0, 0.1, 0.94, 11),
        _variant(record, 0, 0.0, 0.96, 12),
        _variant(record, 1, 0.0, 0.95, 11),
    ]


def test_runs_are_summarised_by_mean_and_interval(runs: list[Record]) -> None:
    text = page.page({"runs": runs})
    interval = mean_interval([0.94, 0.92])
    shown = f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"
    (line,) = (
        x
        for x in text.splitlines()
        if x.startswith("| 10 % | round1 | held-out") and "planner" in x
    )
    assert f"| {shown} |" in line
    assert "| round1 | roll-outs of adapted1 | planner | 0.8 |" in text
    assert text.count("agreement and success\n") == 1
    assert (
        "| F1, planner | kept wrongly, % | BC | LFM | adapted1 | LFM - BC | adapted1 - BC |" in text
    )
    assert "Steps kept in adapted2" in text
    assert "The same of adapted1, by" in text
    assert "The same of adapted2, by" not in text
    # Ranks of F1 are 4, 3, 2, 1 and those of success 4, 2.5, 2.5, 1.
    assert "- F1 against the planner, success of LFM: +0.95 (p = 0.051)" in text


def test_runs_of_different_jobs_are_refused(runs: list[Record]) -> None:
    with pytest.raises(UserError, match="two runs of the same job have the seed 0"):
        page.page({"runs": [*runs, runs[1]]})
    runs[2]["settings"]["recipe"]["rounds"] = 2
    with pytest.raises(UserError, match="differ in settings"):
        page.page({"runs": runs})


def test_other_games_have_sections_of_their_own(runs: list[Record]) -> None:
    runs[0]["facts"] = {f"{SPLIT}_data": "fast-1/generated-1-w1 f00"}
    text = page.page({"runs": runs})
    titles = [f"## {SPLIT} of generated-1-w{world}, template goals" for world in (0, 1)]
    assert [text.count(title) > 0 for title in titles] == [True, True]


def test_the_two_commands_write_the_page(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, readme = tmp_path / "out.json", tmp_path / "README.md"
    assert judge.main(["--runs", str(run.parent), "--out", str(out)]) == 0
    assert str(run) not in out.read_text("utf-8")
    readme.write_text("Before.\n", encoding="utf-8")
    arguments = ["--results", str(out), "--readme", str(readme)]
    assert table.main(arguments) == 2
    assert "has no place for figures" in capsys.readouterr().err
    readme.write_text(f"Before.\n\n{table.BEGIN}\nold\n{END}\nAfter.\n", encoding="utf-8")
    assert table.main(arguments) == 0
    first = readme.read_text("utf-8")
    assert first.startswith("Before.")
    assert first.endswith("After.\n")
    assert "old" not in first
    assert "| 30 % | round1 | held-out training tasks | planner | 0.5 |" in first
    assert table.main(arguments) == 0
    assert readme.read_text("utf-8") == first


def test_the_committed_page_is_what_its_json_says() -> None:
    results = table.README.with_name("results.json")
    if results.exists():
        figures = page.page(json.loads(results.read_text("utf-8")))
        assert figures.strip() in table.README.read_text("utf-8")
