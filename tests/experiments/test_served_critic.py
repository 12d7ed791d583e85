"""A small model that learns to criticise: lessons, tokens, training and the page, in small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import make_source
from envs.record import Trajectory
from experiments.chat_models import Size
from experiments.served_critic import judge, learn, table
from experiments.served_critic.episodes import StrayingExpert, mixed_episodes
from experiments.served_critic.lessons import Lesson, critiques, deeds
from experiments.served_critic.model import Progress, as_tokens, make_tokenizer, train
from lfm.advisors import ExpertAdvisor
from lfm.chat.base import Answer, Estimate, Request, Usage
from lfm.critics.reading.read import read
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from policies.imitation import Schedule
from policies.random import RandomPolicy

GAMES = 12


def make_env() -> ALFWorldEnv:
    return ALFWorldEnv("train", data="generated", world_seed=1, max_steps=12, games=GAMES)


@pytest.fixture(scope="module")
def critic() -> SimulatorCritic:
    return SimulatorCritic(make_source("generated", "train", 1, GAMES).game)


@pytest.fixture(scope="module")
def episodes() -> list[Trajectory]:
    return mixed_episodes(make_env, [StrayingExpert(), RandomPolicy()], GAMES, seed=0)


@pytest.fixture(scope="module")
def written(episodes: list[Trajectory], critic: SimulatorCritic) -> list[Lesson]:
    return critiques(episodes, critic, learn.make_prompt("structured"), 5)


@pytest.fixture(scope="module")
def acted(episodes: list[Trajectory]) -> list[Lesson]:
    return list(deeds(episodes, ExpertAdvisor(make_env()), 2, seed=0))


def test_both_policies_play_and_the_expert_strays(episodes: list[Trajectory]) -> None:
    assert [each.policy for each in episodes] == ["straying"] * 6 + ["random"] * 6
    assert len({each.task_id for each in episodes}) == GAMES
    advisor = ExpertAdvisor(make_env())
    followed = []
    for episode in episodes[:6]:
        advice = advisor.advise([episode])
        alike = [
            said.action == step.action for said, step in zip(advice, episode.steps, strict=True)
        ]
        followed.append(sum(alike) / len(alike))
    assert min(followed) < 0.5 < max(followed)


def test_a_critique_reads_as_the_critic_said_it(
    episodes: list[Trajectory], critic: SimulatorCritic, written: list[Lesson]
) -> None:
    windows = make_windows(episodes, 5)
    assert len(written) == len(windows) > GAMES
    for window, said, lesson in zip(windows, critic.critique(windows), written, strict=True):
        reading = read("structured", lesson.answer, window.first, window.last)
        assert reading.how == "parsed"
        assert [tuple(label)[:3] for label in reading.steps] == [
            (each.step, each.productive, each.reason) for each in said.steps
        ]
        assert (reading.summary, reading.suggestion) == (said.summary, said.suggestion)
        assert f"Step {window.last}\n" in lesson.messages[-1].content


def test_the_deed_to_learn_can_be_done(acted: list[Lesson]) -> None:
    assert len(acted) == 2 * GAMES
    for lesson in acted:
        assert f"\n- {lesson.answer}\n" in lesson.messages[-1].content


def test_the_answer_alone_is_learned_unless_reading_is(
    written: list[Lesson], acted: list[Lesson]
) -> None:
    tokenizer = make_tokenizer([*written, *acted])
    for lesson in (written[0], acted[0]):
        cut = as_tokens(tokenizer, lesson, reading=False)
        assert tokenizer.decode(cut.tokens[cut.learned]) == f"{lesson.answer}<|im_end|>"
        assert lesson.messages[-1].content in tokenizer.decode(cut.tokens)
        read = as_tokens(tokenizer, lesson, reading=True)
        assert (read.tokens == cut.tokens).all()
        assert (read.learned.sum(), read.learned[0]) == (len(cut.tokens) - 1, False)
    lines = len(written[0].messages[-1].content.split())
    assert len(as_tokens(tokenizer, written[0], reading=False).tokens) < 2 * lines


def test_a_model_is_trained_and_saved(tmp_path: Path, written: list[Lesson]) -> None:
    progress = Progress(100)
    schedule = Schedule(100, 2, 1e-2, 0.0, 0)
    work = tmp_path / "work"
    work.mkdir()
    size = Size(32, 1, 2, 2)
    counts = train(written[:2], size, schedule, tmp_path / "model", work, progress.follow)
    assert counts["lessons"] == 2
    assert 0 < counts["learned_tokens"] < counts["tokens"]
    assert progress.losses[1] < progress.losses[0] < 6
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert tokenizer.chat_template
    generation = json.loads((tmp_path / "model" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == tokenizer.convert_tokens_to_ids("<|im_end|>")


class Parrot:
    """A chat model that says of each question what was written to it."""

    name = "parrot"

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers

    def ask(self, requests: Sequence[Request], purpose: str) -> Iterator[tuple[int, Answer]]:
        for index, request in enumerate(requests):
            said = self._answers.get(request.messages[-1].content, "")
            yield index, Answer(said, "stop", Usage(1, 2), self.name, False, 0.0)

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        raise NotImplementedError

    def close(self) -> None:
        pass


def test_a_model_that_says_what_its_teachers_say_is_always_right(
    monkeypatch: pytest.MonkeyPatch,
    episodes: list[Trajectory],
    critic: SimulatorCritic,
    acted: list[Lesson],
) -> None:
    """And is asked in the words that it learned from."""
    monkeypatch.setattr(judge, "_make_env", make_env)
    monkeypatch.setattr(judge, "_WORLD", 1)
    written = critiques(episodes, critic, learn.make_prompt("structured"), learn.WINDOW)
    answers = {each.messages[-1].content: each.answer for each in (*written, *acted)}
    said = judge.judge_critiques(Parrot(answers), episodes)
    assert said["answers"] == {"parsed": len(written)}
    assert (said["unlabelled"], said["output_tokens"]) == (0, 2 * len(written))
    assert said["agreement"]["kappa"][0] == said["same_reason"].value == 1.0
    did = judge.judge_deeds(Parrot(answers), episodes)
    assert did["admissible"] == len(acted) == round(did["as_the_expert"].value * did["states"])


def interval(value: float) -> list[float]:
    return [value, value - 0.1, value + 0.1, 9]


def run_of(arm: str, stages: dict[str, Any]) -> dict[str, Any]:
    row = {"method": "bc", "split": "valid_unseen", "successes": 3, "episodes": 10, "seed": 0}
    measured = {name: interval(0.5) for name in ("precision", "recall", "f1", "kappa")}
    agreement = {"steps": 99, "overlap": interval(0.4), "agreement": interval(0.7), **measured}
    spent = {"answered": 12, "input_tokens": 3456, "output_tokens": 789}
    return {
        "arm": arm,
        "seed": 0,
        "rows": [row],
        "stages": stages,
        "agreement": agreement if arm == "served" else None,
        "spent": None if arm == "simulator" else spent,
    }


def test_the_page_says_what_the_runs_showed() -> None:
    learned = {
        "parameters": 1000,
        "lessons": 20,
        "tokens": 300,
        "learned_tokens": 40,
        "updates": 5,
        "batch": 2,
        "cpu_seconds": 6,
        "losses": [2.0, 0.5],
    }
    feedback = {"windows": 30, "parsed": 20, "repaired": 4, "steps": 222, "output_tokens": 3333}
    runs = [
        run_of("simulator", {}),
        run_of("served", {"feedback/round1": feedback}),
        run_of("tokens_lfm", {"feedback/round1": {**feedback, "steps": 111}}),
        run_of("tokens_actpred", {"advice/round1": {"advised": 44}}),
    ]
    judged = {
        "episodes": 8,
        "critiques": {
            "windows": 30,
            "answers": {"repaired": 1, "parsed": 29},
            "unlabelled": 5,
            "same_reason": interval(0.6),
            "output_tokens": 4000,
            "agreement": {
                **run_of("served", {})["agreement"],
                "productive_first": 40,
                "productive_second": 50,
            },
        },
        "deeds": {"states": 70, "admissible": 69, "as_the_expert": interval(0.3)},
    }
    page = table.page({"learned": learned, "judged": judged, "runs": runs, "acted": []})
    success = "30.0 (10.8 to 60.3; 3 of 10)"
    for row in (
        "| parameters | 1,000 |",
        "| answers | 29 parsed, 1 repaired |",
        "| kappa | 0.500 (0.400 to 0.600) |",
        "| the expert's action | 0.300 (0.200 to 0.400) |",
        "| loss of the last updates | 0.5000 |",
        "| 0 | 30 | 20 | 4 | 0 | 0 | 222 | 3,333 |",
        "| 0 | 99 | 0.500 (0.400 to 0.600) |",
        f"| simulator critic | 0 | bc | valid_unseen | {success} |",
        f"| language feedback | 0 | bc | valid_unseen | {success} | 12 | 3,456 | 789 | 111 |",
        f"| ActPred | 0 | bc | valid_unseen | {success} | 12 | 3,456 | 789 | 44 |",
    ):
        assert row in page
    without = table.page({"learned": learned, "judged": None, "runs": [], "acted": []})
    assert [line for line in without.splitlines() if line.startswith("## ")] == ["## The model"]


def test_a_page_without_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--runs", str(tmp_path)]) == 2
    assert "check --runs" in capsys.readouterr().err
