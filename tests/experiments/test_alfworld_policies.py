"""The comparison of architectures: the budget is kept, and the page says what the files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from experiments.alfworld_policies import entrant, run, table
from experiments.markdown import END
from tests.policies import toys

ERRANDS = [toys.errand(number, toys.TRAIN_NAMES) for number in range(8)]


def _result(architecture: str, seed: int, successes: int, **more: Any) -> dict[str, Any]:
    row = {
        "episodes": 140,
        "successes": successes,
        "success_rate": successes / 140,
        "by_task_type": {"heat": [successes, 140]},
        "mean_steps": 20.0,
    }
    return {
        "architecture": architecture,
        "seed": seed,
        "budget_seconds": 180.0,
        "learning_rate": 0.001,
        "demonstrations": 355,
        "parameters": 1_500_000,
        "updates": 100 + seed,
        "training_seconds": 180.0,
        "episodes_seen": 400.0,
        "last_loss": 0.5,
        "acting_seconds_per_1000_steps": 3.0,
        "row": row,
        **more,
    }


@pytest.mark.parametrize("make", [entrant.two_level, entrant.windowed])
def test_entrants_learn_and_act(make: Any) -> None:
    contender = make(ERRANDS, 0)
    trained = run._train(contender, 0, contender.learning_rate, 40, 60.0)
    assert len(trained.losses) == 40
    assert sum(trained.losses[-5:]) < 0.7 * sum(trained.losses[:5])
    session = contender.policy().begin([toys.start(ERRANDS[0])])
    options = ERRANDS[0].steps[0].admissible
    assert session.choose([0], [options])[0].action in options


def test_training_stops_when_the_budget_is_spent() -> None:
    contender = entrant.two_level(ERRANDS, 0)
    trained = run._train(contender, 0, 1e-3, 10**4, 0.3)
    assert 1 <= len(trained.losses) < 10**4
    assert 0.3 < trained.seconds < 3.0
    assert not contender.model.training


def test_a_result_of_another_budget_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "two_level-seed0.json"
    file.write_text(json.dumps(_result("two_level", 0, 70)))
    run.measure(tmp_path, "two_level", 0, 180.0, 0, None)
    with pytest.raises(UserError, match="seconds"):
        run.measure(tmp_path, "two_level", 0, 60.0, 0, None)


def test_page_is_made_from_the_files(tmp_path: Path) -> None:
    runs, here = tmp_path / "runs", tmp_path / "here"
    for folder in (runs, here):
        folder.mkdir()
    for seed, successes in ((0, 70), (1, 84), (table.TRIAL_SEED, 0)):
        result = _result("two_level", seed, successes)
        (runs / f"two_level-seed{seed}.json").write_text(json.dumps(result))
    (here / "README.md").write_text(f"# Page\n\n{table.BEGIN}\n{END}\n\nEnd.\n")
    assert table.main(["--runs", str(runs), "--readme"], here) == 0
    text = (here / "README.md").read_text()
    assert "**55.0**" in text
    assert "55.0 (154 of 280)" in text
    assert "0 of 140" in text
    assert text.startswith("# Page")
    assert text.endswith("End.\n")
    assert table.main(["--readme"], here) == 0
    assert (here / "README.md").read_text() == text
