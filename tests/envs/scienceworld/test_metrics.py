from __future__ import annotations

from statistics import fmean

import pytest

from envs.errors import UserError
from envs.scienceworld.env import ScienceWorldEnv
from envs.scienceworld.metrics import (
    METRICS,
    PROTOCOLS,
    find_protocol,
    task_means,
    variation_mean,
)
from envs.scienceworld.tasks import SPLITS, TASKS, task_ids


@pytest.mark.parametrize(
    ("scores", "success", "final", "last", "best"),
    [
        ([], 0, 0, 0, 0),
        ([0.0, 0.5, 1.0], 1, 1, 1, 1),
        ([0.0, 0.99], 0, 0.99, 0.99, 0.99),  # out of steps: a part is no success
        ([0.25, 0.5, -1.0], 0, 0, 0.5, 0.5),
        ([0.5, 0.25], 0, 0.25, 0.25, 0.5),
        ([0.5, 0.25, -1.0], 0, 0, 0.25, 0.5),
        ([-1.0], 0, 0, 0, 0),
        ([0.08, -1.0], 0, 0, 0.08, 0.08),  # the score at the start counts if it is given
    ],
)
def test_metrics(
    scores: list[float], success: float, final: float, last: float, best: float
) -> None:
    values = {name: metric(scores) for name, metric in METRICS.items()}
    assert values == {
        "success": success,
        "final_score": final,
        "last_score": last,
        "best_score": best,
    }


def test_means() -> None:
    values = [("find-plant", 0.0), ("boil", 1.0), ("find-plant", 1.0), ("boil", 1.0), ("boil", 0.4)]
    assert task_means(values) == pytest.approx({"boil": 0.8, "find-plant": 0.5})
    assert list(task_means(values)) == ["boil", "find-plant"]
    # 7 variations of the one and 75 of the other
    assert variation_mean(values, "dev") == pytest.approx((7 * 0.8 + 75 * 0.5) / 82)


@pytest.mark.parametrize("split", SPLITS)
def test_weighted_mean_over_a_whole_split_is_the_plain_mean(split: str) -> None:
    values = [(name.split("/")[0], float(len(name) % 3)) for name in task_ids(split)]
    assert variation_mean(values, split) == pytest.approx(fmean(value for _, value in values))
    assert variation_mean(values, split) != pytest.approx(fmean(task_means(values).values()))


def test_bad_means() -> None:
    with pytest.raises(ValueError, match="no episodes"):
        variation_mean([], "dev")
    with pytest.raises(UserError, match="similar ones: boil"):
        variation_mean([("boill", 1.0)], "dev")
    with pytest.raises(UserError, match="not 'valid'"):
        variation_mean([("boil", 1.0)], "valid")


@pytest.mark.parametrize(
    ("name", "split", "episodes", "headline", "macro"),
    [
        ("lfm", "dev", 1796, "success", False),
        ("swiftsage", "test", 271, "last_score", True),
        ("eto", "test", 211, "best_score", False),
    ],
)
def test_protocols(name: str, split: str, episodes: int, headline: str, macro: bool) -> None:
    protocol = find_protocol(name)
    assert protocol.name == name
    assert (protocol.headline, protocol.macro) == (headline, macro)
    assert headline in METRICS
    env = ScienceWorldEnv(**protocol.settings())
    assert (env.split, len(env.task_ids), env.max_steps) == (split, episodes, protocol.max_steps)
    assert env.simplifications == protocol.simplifications


def test_limits_by_task() -> None:
    eto = PROTOCOLS["eto"]
    assert set(eto.task_steps) == set(eto.tasks)
    assert max(eto.task_steps.values()) == eto.max_steps == 120
    limits = eto.settings()["task_steps"]
    assert (limits["boil"], limits["lifespan-longest-lived-then-shortest-lived"]) == (100, 12)
    missing = {kind.paper_id for kind in TASKS if kind.name not in eto.tasks}
    assert missing == {"2-3", "9-1", "9-2", "9-3", "10-1", "10-2"}
    assert not any(PROTOCOLS[name].task_steps for name in ("lfm", "swiftsage"))


def test_unknown_protocol() -> None:
    with pytest.raises(UserError, match="'swiftsge'; similar ones: swiftsage"):
        find_protocol("swiftsge")
    with pytest.raises(UserError, match="'zzz'; there are lfm, swiftsage, eto"):
        find_protocol("zzz")
