"""What an episode's actions score does not depend on company, padding or the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log
from statistics import mean

import pytest
import torch

from envs.record import Step, Trajectory
from policies.batching import by_set, encode, pad_instructions
from policies.small import SmallPolicy, imitation_loss
from tests.policies import toys

LENGTHS = [3, 9, 1, 5, 9]
ERRANDS = [
    replace(errand, instruction=errand.instruction + " on your left" * number)
    for number, errand in enumerate(
        toys.errand(number, toys.TRAIN_NAMES) for number in range(len(LENGTHS))
    )
]


@pytest.fixture(scope="module", params=[2, 3, 4, 5], ids=["lines", "sights", "legs", "clues"])
def policy(request: pytest.FixtureRequest) -> SmallPolicy:
    model = toys.tiny_policy(ERRANDS, features=request.param).model
    return SmallPolicy(model, "toy", temperature=1.0)


def wander(
    policy: SmallPolicy, errands: Sequence[Trajectory]
) -> tuple[list[Trajectory], list[list[float | None]]]:
    """Act in all errands side by side with the cache; each leaves when its length is reached.

    Returns:
        The episodes, without log-probabilities, and those.
    """
    session = policy.begin([toys.start(errand) for errand in errands])
    steps: list[list[Step]] = [[] for _ in errands]
    rows = list(range(len(errands)))
    while rows:
        options = [errands[row].steps[0].admissible[: 2 + len(steps[row]) % 4] for row in rows]
        choices = session.choose(rows, options)
        seen = [f"On your left: {choice.action}, a lamp.\nYou go on." for choice in choices]
        for row, can, choice, text in zip(rows, options, choices, seen, strict=True):
            steps[row].append(Step(choice.action, text, can, 0.0, choice.log_prob))
        session.observe(rows, [choice.action for choice in choices], seen)
        rows = [row for row in rows if len(steps[row]) < LENGTHS[errands[row].seed]]
    return [
        toys.trajectory(
            errand.seed,
            errand.instruction,
            [(step.action, step.observation, step.admissible) for step in done],
            errand.first_observation,
        )
        for errand, done in zip(errands, steps, strict=True)
    ], [[step.log_prob for step in done] for done in steps]


def losses(policy: SmallPolicy, episode: Trajectory) -> list[float]:
    """Minus the log-probability of each action, read as one whole sequence, alone."""
    with torch.inference_mode():
        return [
            float(imitation_loss(policy.model, [toys.encoded(policy, episode, at)]))
            for at in range(len(episode.steps))
        ]


def test_acting_with_the_cache_scores_as_reading_the_whole_episode(
    policy: SmallPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after shorter episodes have left the batch; the chance is the mean of all scores'."""
    episodes, log_probs = wander(policy, ERRANDS)
    assert [len(episode.steps) for episode in episodes] == LENGTHS
    scores = policy.model.scores

    def chances(episode: Trajectory, by: int) -> list[float]:
        monkeypatch.setattr(policy.model, "scores", lambda *given: scores(*given)[by : by + 1])
        return [exp(-loss) for loss in losses(policy, episode)]

    ways = range(1 + policy.model.bags.layout.clues)
    for episode, acted in zip(episodes, log_probs, strict=True):
        by_each = zip(*(chances(episode, by) for by in ways), strict=True)
        assert [log(mean(each)) for each in by_each] == pytest.approx(acted, abs=1e-4)


def test_company_changes_nothing(policy: SmallPolicy) -> None:
    together, log_probs = wander(policy, ERRANDS)
    for number, errand in enumerate(ERRANDS):
        alone, alone_log_probs = wander(policy, [errand])
        assert alone == [together[number]]
        assert alone_log_probs[0] == pytest.approx(log_probs[number], abs=1e-4)


def test_the_loss_is_the_mean_over_the_decisions_of_all(policy: SmallPolicy) -> None:
    """Padding to the longest episode, instruction and list of options leaves no trace."""
    longer = toys.trajectory(
        9, "find " + "that " * 30 + "balek", [("look", "A hall.", ["look", "go"])]
    )
    episodes = [*wander(policy, ERRANDS)[0], longer]
    with torch.inference_mode():
        features = policy.model.config.features
        encoded = [encode(policy.vocabulary, each, toys.done(each), features) for each in episodes]
        together = float(imitation_loss(policy.model, encoded))
    single = [loss for episode in episodes for loss in losses(policy, episode)]
    assert together == pytest.approx(sum(single) / len(single), abs=1e-4)


def test_only_chosen_decisions_count(policy: SmallPolicy) -> None:
    """Other options at steps that are not imitated, and all that comes later, change no loss."""
    episode = wander(policy, ERRANDS)[0][1]
    steps = [(step.action, step.observation, step.admissible) for step in episode.steps]
    action, seen, _ = steps[2]
    other = [*steps[:2], (action, seen, (action, "dance")), *steps[3:5], ("dance", "?", ("dance",))]
    changed = toys.trajectory(1, episode.instruction, other, episode.first_observation)
    with torch.inference_mode():
        targets = [None, steps[1][0], None, steps[3][0]]
        one, two = (
            float(imitation_loss(policy.model, [encoded]))
            for encoded in (
                encode(policy.vocabulary, each, targets, policy.model.config.features)
                for each in (episode, changed)
            )
        )
    assert one == pytest.approx(two, abs=1e-6)


def test_an_inadmissible_action_is_scored_beside_the_others() -> None:
    episode = toys.trajectory(0, "find it", [("fly", "No.", ["look", "go"])])
    policy = toys.tiny_policy([episode])
    (decision,) = toys.encoded(policy, episode, 0).decisions
    assert (decision.count, decision.taken) == (3, 2)


def test_sets_of_scores_are_padded_with_the_impossible() -> None:
    grid = by_set(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1, 2]))
    assert grid.tolist() == [[1.0, float("-inf")], [2.0, 3.0]]


def test_instructions_are_padded_behind() -> None:
    vocabulary = toys.tiny_policy(ERRANDS).vocabulary
    words = [
        encode(vocabulary, toys.trajectory(0, text, [])).instruction
        for text in ("find", "find find")
    ]
    find = vocabulary["find"]
    assert pad_instructions(words).tolist() == [[find, 0], [find, find]]
