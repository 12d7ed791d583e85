from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from envs.alfworld.cache import load_split
from envs.alfworld.engine import FastEngine
from envs.alfworld.explorer import ExploringExpert
from envs.alfworld.game import Game, Goal
from envs.alfworld.generate import generate_game
from envs.alfworld.instructions import TEMPLATES, read_instruction

LIMIT = 50


def play(
    game: Game, seed: int = 0, dialect: str = "move", instruction: str | None = None
) -> tuple[bool, list[str]]:
    """Whether the expert wins within the limit, and its actions."""
    engine = FastEngine(game, instruction, dialect)
    turn = engine.reset()
    expert = ExploringExpert(seed)
    goal = game.goal if instruction else None
    expert.reset(engine.instruction, turn.observation, turn.admissible, goal)
    actions: list[str] = []
    while not turn.won and len(actions) < LIMIT:
        actions.append(expert.act(turn.admissible))
        assert actions[-1] in turn.admissible
        turn = engine.step(actions[-1])
        expert.observe(actions[-1], turn.observation)
    return turn.won, actions


def success(games: Sequence[Game], dialect: str = "move") -> tuple[float, float]:
    """Share of games won and mean steps of those."""
    played = [play(game, number, dialect) for number, game in enumerate(games)]
    steps = [len(actions) for won, actions in played if won]
    return len(steps) / len(games), sum(steps) / len(steps)


@pytest.mark.parametrize("split", ["train", "valid_seen", "valid_unseen"])
@pytest.mark.parametrize("dialect", ["move", "put"])
def test_wins_generated_games(split: str, dialect: str) -> None:
    rate, steps = success([generate_game(split, index, 3) for index in range(130)], dialect)
    assert rate >= 0.95
    assert steps < 17


def test_wins_official_games(official_data: str) -> None:
    rate, steps = success(load_split(official_data, "valid_seen"))
    assert rate >= 0.95
    assert steps < 17


@pytest.mark.parametrize("kind", TEMPLATES)
def test_understands_every_template(kind: str) -> None:
    goal = Goal(kind, "mug", "desklamp" if kind == "look" else "shelf")
    for template in TEMPLATES[kind]:
        sentence = template.format(item=goal.item, target=goal.target)
        assert read_instruction(sentence) == goal
        assert read_instruction(f"Your task is to: {sentence}.") == goal
    assert read_instruction("Carry an alarm clock while turning on a lamp") is None


def test_a_sentence_written_by_a_person_needs_the_goal_told() -> None:
    game = generate_game("train", 1, 0)
    won, actions = play(game, instruction="Bring the thing over there, please")
    assert won
    assert len(actions) < LIMIT


def test_same_seed_same_actions() -> None:
    games = [generate_game("train", index, 0) for index in range(40)]
    assert [play(game, 5) for game in games] == [play(game, 5) for game in games]
    assert any(play(game, 5) != play(game, 6) for game in games)


def test_takes_over_in_the_middle_of_someone_elses_episode() -> None:
    """As when it corrects a learner: it has watched, and may find its hands full of junk."""
    rng = random.Random(0)
    won = 0
    for index in range(60):
        engine = FastEngine(generate_game("train", index, 0))
        turn = engine.reset()
        expert = ExploringExpert(0)
        expert.reset(engine.instruction, turn.observation, turn.admissible)
        for step in range(15 + LIMIT):
            taking = [c for c in turn.admissible if c.startswith("take")]
            watched = rng.choice(taking or turn.admissible)
            action = watched if step < 15 else expert.act(turn.admissible)
            turn = engine.step(action)
            expert.observe(action, turn.observation)
            if turn.won:
                won += 1
                break
    assert won >= 54  # a few learners hold something that fits nowhere


def test_does_not_open_or_visit_what_it_has_seen_while_it_searches() -> None:
    for index in range(60):
        _, actions = play(generate_game("train", index, 0))
        opened = [action for action in actions if action.startswith("open")]
        assert len(opened) == len(set(opened))


@pytest.mark.parametrize(
    ("instruction", "observation", "admissible"),
    [
        ("", "", ()),
        ("put a mug in shelf", "", ()),
        ("put a mug in shelf", "garbage [] \x00", ("look",)),
        ("dance", "You see a shelf 1.", ("go to shelf 1", "look")),
        ("put a mug in shelf", "You see a shelf 1.", ("go to the moon", "use", "take", "move")),
        ("look at mug under the desklamp", "a mug 1", ("take mug 1 from", "examine mug 1")),
    ],
)
def test_odd_input_gets_a_systematic_answer(
    instruction: str, observation: str, admissible: tuple[str, ...]
) -> None:
    expert = ExploringExpert(0)
    expert.reset(instruction, observation, admissible)
    for answer in (
        "Nothing happens.",
        "",
        "You pick up the mug 1 from the shelf 1.",
        "On the , x.",
    ):
        action = expert.act(admissible)
        assert action in admissible or action == "look"
        expert.observe(action, answer)


def test_does_not_insist_on_what_does_not_work() -> None:
    expert = ExploringExpert(0)
    admissible = ("go to shelf 1", "go to shelf 2", "go to desk 1", "look")
    expert.reset("put a mug in desk", "you see a shelf 1, a shelf 2, and a desk 1.", admissible)
    tried = set()
    for _ in range(8):
        action = expert.act(admissible)
        tried.add(action)
        expert.observe(action, "Nothing happens.")
    assert {"go to shelf 1", "go to shelf 2", "go to desk 1"} <= tried
