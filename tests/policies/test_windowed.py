"""The windowed policy: its prompt, its scores, its training, and its folder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from envs.alfworld.env import ALFWorldEnv
from envs.errors import UserError
from envs.record import Trajectory
from policies import windowed
from policies.base import Choice, Start
from policies.expert import ExpertPolicy
from policies.imitation import CHECKPOINT, Schedule
from policies.learned import Examples
from policies.prompts import PromptReader, word_tokenizer, write_prompt
from policies.windowed import WindowedPolicy, WindowedShape
from policies.windowed_batching import ROW_ACTIONS, STATES, Decision, action_losses, token_loss
from tests.policies import toys

SHAPE = WindowedShape(hidden_size=32, layers=1, heads=2, dropout=0.1, window=3)
LENGTHS = [3, 9, 1, 5, 9]
ERRANDS = [toys.errand(number, toys.TRAIN_NAMES, length) for number, length in enumerate(LENGTHS)]


def as_done(episodes: Sequence[Trajectory]) -> Examples:
    """Imitate every step of the episodes."""
    return [(episode, [step.action for step in episode.steps]) for episode in episodes]


def tiny(episodes: Sequence[Trajectory], seed: int = 0) -> WindowedPolicy:
    return WindowedPolicy.new("toy", SHAPE, as_done(episodes), seed)


def at_temperature(policy: WindowedPolicy, temperature: float) -> WindowedPolicy:
    return WindowedPolicy(policy.model, policy.tokenizer, "toy", temperature)


def schedule(updates: int, batch_size: int = 8) -> Schedule:
    return Schedule(updates, batch_size, 3e-3, 0.0, 0)


@pytest.fixture(scope="module")
def policy() -> WindowedPolicy:
    return tiny(ERRANDS)


def replay(policy: WindowedPolicy, episodes: Sequence[Trajectory]) -> list[list[Choice]]:
    """What is chosen at each step as the recorded episodes go by, each until it is over."""
    session = policy.begin([toys.start(episode) for episode in episodes])
    chosen: list[list[Choice]] = [[] for _ in episodes]
    for at in range(max(len(episode.steps) for episode in episodes)):
        rows = [row for row, episode in enumerate(episodes) if at < len(episode.steps)]
        steps = [episodes[row].steps[at] for row in rows]
        for row, choice in zip(
            rows, session.choose(rows, [step.admissible for step in steps]), strict=True
        ):
            chosen[row].append(choice)
        session.observe(rows, [step.action for step in steps], [step.observation for step in steps])
    return chosen


def play(
    policy: WindowedPolicy | ExpertPolicy, env: ALFWorldEnv, task: str
) -> tuple[list[str], list[str], list[tuple[str, ...]], bool]:
    """Instruction and observations, actions, what could be done, and whether it succeeded."""
    seen, info = env.reset(seed=0, options={"task_id": task})
    texts, actions, options, over = [info["instruction"], seen], [], [], False
    session = policy.begin([Start(info["instruction"], seen, 0, env.expert_action)])
    while not over:
        options.append(info["admissible_actions"])
        (choice,) = session.choose([0], options[-1:])
        seen, _, terminated, truncated, info = env.step(choice.action)
        session.observe([0], [choice.action], [seen])
        actions.append(choice.action)
        texts.append(seen)
        over = terminated or truncated
    return texts, actions, options, info["success"]


# The prompt


def test_a_prompt_tells_the_last_steps_newest_first() -> None:
    text = " ".join(write_prompt("find it", ["A", "B", "C", "D"], ["a", "b", "c"], 2))
    assert text == (
        "Task: find it Observation: D "
        "Time -1: Observation: C Action: c Time -2: Observation: B Action: b"
    )
    assert write_prompt("find it", ["A"], [], 2) == ["Task:", "find it", "Observation:", "A"]


def test_training_and_acting_read_the_same(
    policy: WindowedPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Token by token, at every step of every episode."""
    read: list[list[bytes]] = [[], []]

    def note_acting(
        model: object, prompts: list[np.ndarray], options: list[list[np.ndarray]], half: bool
    ) -> list[np.ndarray]:
        read[0] += [prompt.tobytes() for prompt in prompts]
        return [np.zeros(len(each)) for each in options]

    def note_training(
        model: object, episodes: list[list[Decision]], schedule: Schedule, **others: object
    ) -> None:
        read[1] += [decision.prompt.tobytes() for episode in episodes for decision in episode]

    monkeypatch.setattr(windowed, "action_losses", note_acting)
    monkeypatch.setattr(windowed, "train_windowed", note_training)
    replay(policy, ERRANDS)
    tiny(ERRANDS).fit(as_done(ERRANDS), schedule(1, sum(LENGTHS)))
    assert len(set(read[0])) > len(LENGTHS)
    assert sorted(read[0]) == sorted(read[1])


def test_what_is_older_than_the_window_does_not_count(policy: WindowedPolicy) -> None:
    episode = ERRANDS[1]
    steps = [(step.action, step.observation, step.admissible) for step in episode.steps]
    for at, same in (
        (3, True),
        (4, False),
    ):  # what step 4 led to is seen before step 5, the first told
        other = [*steps[:at], ("look", "?", steps[at][2]), *steps[at + 1 :]]
        changed = toys.trajectory(1, episode.instruction, other, episode.first_observation)
        last, last_changed = (replay(policy, [each])[0][-1] for each in (episode, changed))
        assert (last == last_changed) is same


def test_a_prompt_that_is_too_long_loses_its_oldest_steps() -> None:
    tokenizer = word_tokenizer(["mug pan fork"], 5)
    whole = PromptReader(tokenizer, 5).prompt("mug", ["pan"] * 4, ["fork"] * 3)
    tokenizer.model_max_length = 8
    cut = PromptReader(tokenizer, 5).prompt("mug", ["pan"] * 4, ["fork"] * 3)
    assert cut.tolist() == [*whole[:7].tolist(), tokenizer.eos_token_id]
    assert PromptReader(tokenizer, 5).action("fork " * 20).tolist()[-2:] == [
        *tokenizer("fork", add_special_tokens=False)["input_ids"],
        tokenizer.eos_token_id,
    ]
    assert len(PromptReader(tokenizer, 5).action("fork " * 20)) == 21


def test_words_are_whole_and_any_text_can_be_read() -> None:
    tokenizer = word_tokenizer(["Put the mug 61 in/on the desk."], 100)
    tokens = tokenizer.tokenize("MUG 61, mugs?! desk 99")
    assert tokens == ["mug", "61", "<unk>", "desk", "99"]
    assert PromptReader(tokenizer, 100).action("?!").tolist() == [tokenizer.eos_token_id]


# Scores


def one_at_a_time(policy: WindowedPolicy, prompt: np.ndarray, action: np.ndarray) -> float:
    """The loss that transformers itself computes for one prompt and one action."""
    with torch.inference_mode():
        output = policy.model(
            input_ids=torch.from_numpy(prompt)[None].long(),
            labels=torch.from_numpy(action)[None].long(),
        )
    return float(output.loss)


def test_scores_of_many_are_those_of_each_alone(policy: WindowedPolicy) -> None:
    """With more states and actions than fit in one pass, of many lengths, and an empty one."""
    names = toys.TRAIN_NAMES
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice(names, draw.integers(1, 9))) for _ in range(3 * ROW_ACTIONS)]
    prompts = [
        policy.reader.prompt(f"find {texts[at]}", ["hall"] * (1 + at % 3), ["look"] * (at % 3))
        for at in range(2 * STATES + 1)
    ]
    counts = [1 + 7 * at % len(texts) for at in range(len(prompts) - 1)] + [len(texts)]
    options = [[policy.reader.action(text) for text in ["?", *texts][:count]] for count in counts]
    together = action_losses(policy.model, prompts, options)
    assert [len(each) for each in together] == counts
    for prompt, actions, losses in zip(prompts, options, together, strict=True):
        some = range(0, len(actions), 5)
        single = [one_at_a_time(policy, prompt, actions[at]) for at in some]
        assert losses[::5] == pytest.approx(single, abs=1e-4)


def test_training_loss_is_the_mean_over_tokens(policy: WindowedPolicy) -> None:
    reader = policy.reader
    decisions = [
        Decision(reader.prompt("find " * length, ["hall"], []), reader.action("look " * count))
        for length, count in ((1, 4), (9, 1))
    ]
    single = [one_at_a_time(policy, *decision) for decision in decisions]
    with torch.inference_mode():
        together = float(token_loss(policy.model, decisions))
    assert together == pytest.approx((5 * single[0] + 2 * single[1]) / 7, abs=1e-4)


def test_company_changes_nothing(policy: WindowedPolicy) -> None:
    """Also when the others have ended."""
    together = replay(policy, ERRANDS)
    assert [len(each) for each in together] == LENGTHS
    for errand, choices in zip(ERRANDS, together, strict=True):
        (alone,) = replay(policy, [errand])
        assert [each.action for each in alone] == [each.action for each in choices]
        logs = [each.log_prob for each in alone]
        assert logs == pytest.approx([each.log_prob for each in choices], abs=1e-4)


def test_log_probabilities_are_those_of_the_admissible_actions(policy: WindowedPolicy) -> None:
    options = ERRANDS[0].steps[0].admissible
    start = toys.start(ERRANDS[0])
    prompt = policy.reader.prompt(start.instruction, [start.first_observation], [])
    losses = [one_at_a_time(policy, prompt, policy.reader.action(each)) for each in options]
    for temperature in (0.0, 0.5):
        choosing = at_temperature(policy, temperature)
        (choice,) = choosing.begin([start]).choose([0], [options])
        scores = [-loss / (temperature or 1.0) for loss in losses]
        total = math.log(sum(math.exp(score) for score in scores))
        said = scores[options.index(choice.action)] - total
        assert choice.log_prob == pytest.approx(said, abs=1e-4)
        assert temperature or choice.action == options[int(np.argmin(losses))]


def test_chance_follows_the_log_probabilities_and_each_episodes_seed(
    policy: WindowedPolicy,
) -> None:
    drawing = at_temperature(policy, 1.0)
    options = ERRANDS[0].steps[0].admissible
    starts = [toys.start(ERRANDS[0], seed) for seed in range(600)]
    drawn = drawing.begin(starts).choose(range(600), [options] * 600)
    said = {choice.action: math.exp(choice.log_prob or 0.0) for choice in drawn}
    assert sum(said.values()) == pytest.approx(1.0, abs=1e-3)
    for action, probability in said.items():
        share = sum(choice.action == action for choice in drawn) / len(drawn)
        assert share == pytest.approx(probability, abs=0.07)
    assert drawing.begin(starts[7:8]).choose([0], [options])[0].action == drawn[7].action


# Training


class Killed(BaseException):
    """Training was interrupted."""


def fit(updates: int, work: Path | None = None, stop_at: int = 0) -> WindowedPolicy:
    def follow(done: int, losses: Mapping[str, float]) -> None:
        if done == stop_at:
            raise Killed

    policy = tiny(ERRANDS)
    policy.fit(as_done(ERRANDS), schedule(updates), work=work, follow=follow)
    return policy


def same_weights(one: WindowedPolicy, other: WindowedPolicy) -> bool:
    pairs = zip(one.model.parameters(), other.model.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_seed_decides_the_weights() -> None:
    assert same_weights(tiny(ERRANDS), tiny(ERRANDS[::-1]))
    assert not same_weights(tiny(ERRANDS), tiny(ERRANDS, seed=1))


def test_training_after_a_stop_ends_as_without(tmp_path: Path) -> None:
    straight = fit(2 * CHECKPOINT)
    for stop in (CHECKPOINT, 2 * CHECKPOINT):
        with pytest.raises(Killed):
            fit(2 * CHECKPOINT, tmp_path, stop_at=stop)
    assert (tmp_path / "training.safetensors").exists()
    assert same_weights(fit(2 * CHECKPOINT, tmp_path), straight)
    assert not same_weights(tiny(ERRANDS), straight)


def test_steps_without_a_target_are_not_imitated() -> None:
    """And a target need not be what was done."""
    errand = ERRANDS[1]
    fitted = tiny(ERRANDS)
    fitted.fit([(errand, [None] * 8 + ["look"])], schedule(60))
    assert errand.steps[-1].action != "look"
    assert replay(fitted, [errand])[0][-1].action == "look"
    with pytest.raises(UserError, match="nothing to imitate"):
        fitted.fit([(errand, [None] * 9)], schedule(1))


def test_it_learns_one_game_of_the_expert_and_plays_it() -> None:
    env = ALFWorldEnv(data="generated", split="train", max_steps=30)
    task = env.task_ids[0]
    texts, actions, options, success = play(ExpertPolicy(), env, task)
    assert success
    done = list(zip(actions, texts[2:], options, strict=True))
    episode = toys.trajectory(0, texts[0], done, texts[1])
    policy = tiny([episode])
    assert not play(policy, env, task)[3]
    policy.fit([(episode, actions)], schedule(150))
    assert play(policy, env, task)[1:] == (actions, options, True)


# The folder


def test_a_saved_policy_comes_back_as_it_was(tmp_path: Path) -> None:
    policy = fit(5)
    policy.model.config.privileged = True
    policy.save(tmp_path / "mine")
    loaded = WindowedPolicy.load(tmp_path / "mine", 0.5)
    assert (loaded.name, loaded.privileged, loaded.temperature) == ("mine", True, 0.5)
    assert loaded.model.config.window == SHAPE.window
    loaded.temperature = 0.0
    assert replay(loaded, ERRANDS) == replay(policy, ERRANDS)


def test_transformers_alone_can_read_the_folder(policy: WindowedPolicy, tmp_path: Path) -> None:
    policy.save(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path)
    assert model.config.architectures == ["T5ForConditionalGeneration"]
    text = " ".join(write_prompt("find balek", ["A hall.", "A room."], ["look"], SHAPE.window))
    inputs = tokenizer(text, return_tensors="pt")["input_ids"]
    labels = tokenizer("go to balek 2", return_tensors="pt")["input_ids"]
    prompt = policy.reader.prompt("find balek", ["A hall.", "A room."], ["look"])
    action = policy.reader.action("go to balek 2")
    assert inputs[0].tolist() == prompt.tolist()
    assert labels[0].tolist() == action.tolist()
    with torch.inference_mode():
        loss = float(model.eval()(input_ids=inputs, labels=labels).loss)
    assert loss == pytest.approx(one_at_a_time(policy, prompt, action), abs=1e-5)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_without_a_policy_is_named(
    policy: WindowedPolicy, tmp_path: Path, missing: str
) -> None:
    policy.save(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(UserError, match=str(tmp_path)):
        WindowedPolicy.load(tmp_path)
