from __future__ import annotations

from statistics import fmean

import pytest

from envs.errors import UserError
from envs.scienceworld.metrics import (
    METRICS,
    PROTOCOLS,
    find_protocol,
    macro_mean,
    task_means,
    variation_mean,
)
from envs.scienceworld.tasks import SPLITS, TASKS, expand_simplifications, task_ids


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
    assert macro_mean(values) == pytest.approx(0.65)
    # 7 variations of the one and 75 of the other
    assert variation_mean(values, "dev") == pytest.approx((7 * 0.8 + 75 * 0.5) / 82)


@pytest.mark.parametrize("split", SPLITS)
def test_weighted_mean_over_a_whole_split_is_the_plain_mean(split: str) -> None:
    values = [(name.split("/")[0], float(len(name) % 3)) for name in task_ids(split)]
    assert variation_mean(values, split) == pytest.approx(fmean(value for _, value in values))
    assert variation_mean(values, split) != pytest.approx(macro_mean(values))


def test_bad_means() -> None:
    with pytest.raises(ValueError, match="no episodes"):
        macro_mean([])
    with pytest.raises(ValueError, match="no episodes"):
        variation_mean([], "dev")
    with pytest.raises(UserError, match="similar ones: boil"):
        macro_mean([("boill", 1.0)])
    with pytest.raises(UserError, match="not 'valid'"):
        variation_mean([("boil", 1.0)], "valid")


@pytest.mark.parametrize(
    ("name", "episodes", "tasks", "steps", "headline"),
    [
        ("default", 259, 30, 100, "success"),
        ("lfm", 1796, 30, 80, "success"),
        ("swiftsage", 271, 30, 100, "last_score"),
        ("eto", 211, 24, 120, "best_score"),
    ],
)
def test_protocols(name: str, episodes: int, tasks: int, steps: int, headline: str) -> None:
    protocol = find_protocol(name)
    assert protocol.name == name
    assert len(protocol.task_ids()) == episodes
    assert len(protocol.tasks) == tasks
    assert protocol.max_steps == max(map(protocol.steps, protocol.tasks)) == steps
    assert protocol.headline == headline
    assert headline in METRICS
    for task in protocol.tasks:
        expand_simplifications(protocol.simplifications, task)


def test_limits_by_task() -> None:
    eto = PROTOCOLS["eto"]
    assert set(eto.task_steps) == set(eto.tasks)
    assert (eto.steps("boil"), eto.steps("7-3")) == (100, 12)
    missing = {kind.paper_id for kind in TASKS if kind.name not in eto.tasks}
    assert missing == {"2-3", "9-1", "9-2", "9-3", "10-1", "10-2"}
    assert PROTOCOLS["lfm"].steps("boil") == 80


def test_unknown_protocol() -> None:
    with pytest.raises(UserError, match="'swiftsge'; similar ones: swiftsage"):
        find_protocol("swiftsge")
    with pytest.raises(UserError, match="'zzz'; there are default, lfm, swiftsage, eto"):
        find_protocol("zzz")
