"""A reward model learns which of two texts is better, and the best of several is given."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from envs.errors import UserError
from policies.base import Start
from policies.imitation import Schedule
from policies.writing.base import Conversation, Record, Turn
from policies.writing.policy import WriterPolicy, Writing
from policies.writing.reward import BestOf, RewardModel
from policies.writing.small import Shape

WORDS = ("lemon", "otter", "marble", "turnip")
SHAPE = Shape(hidden_size=16, layers=1, heads=2, rope_theta=100.0)


def asked(text: str) -> Conversation:
    return [Turn(role="user", content=text)]


def pairs(count: int, seed: int) -> list[Record]:
    """A list without turnip is better than the same list with one."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        words = draw.choices(WORDS[:3], k=2)
        found.append(Record(asked(" ".join(words)), " ".join(words), " ".join([*words, "turnip"])))
    return found


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a writer that has learned nothing."""
    folder = tmp_path_factory.mktemp("writer") / "base"
    lessons = [Record(asked(" ".join(WORDS)), " ".join(WORDS))]
    WriterPolicy.from_lessons("base", lessons, SHAPE, Writing(), 0).save(folder)
    return folder


@pytest.fixture(scope="module")
def trained(start: Path, tmp_path_factory: pytest.TempPathFactory) -> RewardModel:
    """A reward model that has learned what is better, as it is read again."""
    model = RewardModel.begin("ilf", start, 0, privileged=True)
    work, folder = (tmp_path_factory.mktemp("reward") / name for name in ("work", "ilf"))
    model.fit(pairs(64, 0), Schedule(40, 16, 1e-2, 0.0, 0), work=work)
    model.save(folder)
    return RewardModel.load(folder)


def test_it_learns_what_is_better(start: Path, trained: RewardModel) -> None:
    new = pairs(50, 1)
    assert trained.accuracy(new) > 0.9
    worse = [pair._replace(target=pair.rejected, rejected=pair.target) for pair in new]
    assert trained.accuracy(worse) < 0.1


def test_what_it_learned_from_stays_with_it(trained: RewardModel) -> None:
    assert (trained.name, trained.privileged) == ("ilf", True)


def test_a_number_does_not_depend_on_what_else_is_judged(trained: RewardModel) -> None:
    texts = ["lemon", "lemon otter marble turnip", "otter"]
    together = trained.rewards([asked("lemon otter")] * 3, texts)
    alone = [trained.rewards([asked("lemon otter")], [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-5)


class Writer:
    """Writes the same texts for everybody."""

    name, privileged = "w", False

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        return [["otter turnip", "otter", "lemon turnip"][:samples] for _ in conversations]

    def log_probability(
        self, conversations: Sequence[Conversation], texts: Sequence[str]
    ) -> list[float]:
        raise AssertionError("nobody asks")


def test_the_best_of_several_is_given(trained: RewardModel) -> None:
    best = BestOf(Writer(), trained, 3, 0.7)
    session = best.begin([Start("otter", "", seed) for seed in range(2)])
    assert [choice.action for choice in session.choose([0, 1], [(), ()])] == ["otter", "otter"]
    assert best.privileged
    only = BestOf(Writer(), trained, 1, 0.7)
    assert only.write([asked("otter")], 1, 0, 0.7) == [["otter turnip"]]


def test_a_folder_without_a_reward_model_is_named(start: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none", start):  # the last has a policy
        with pytest.raises(UserError, match=rf"no reward model in {folder}; name a folder such"):
            RewardModel.load(folder)
