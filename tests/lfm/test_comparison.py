from __future__ import annotations

import numpy as np
import pytest

from envs.errors import UserError
from lfm.comparison import Opinion, compare


def opinion(**episodes: str) -> Opinion:
    """Opinions written as "+-.", by step; a dot is none."""
    return {
        (name, step): said == "+"
        for name, told in episodes.items()
        for step, said in enumerate(told, start=1)
        if said != "."
    }


def test_figures_by_hand() -> None:
    """Of ten steps: 3 both, 2 only the first, 1 only the second, 4 neither."""
    first = opinion(a="+++++-----", b="++...", c="....")
    second = opinion(a="+++--+----", b="...++")
    found = compare(first, second, seed=0)
    assert (found.episodes, found.steps, found.only_first, found.only_second) == (1, 10, 2, 2)
    assert (found.productive_first, found.productive_second) == (5, 4)
    assert found.overlap.value == pytest.approx(3 / 6)
    assert found.agreement.value == pytest.approx(7 / 10)
    assert found.precision.value == pytest.approx(3 / 5)
    assert found.recall.value == pytest.approx(3 / 4)
    assert found.f1.value == pytest.approx(6 / 9)
    chance = 0.5 * 0.4 + 0.5 * 0.6
    assert found.kappa.value == pytest.approx((0.7 - chance) / (1 - chance))


def test_full_agreement_and_none() -> None:
    same, other = opinion(a="+-", b="-+"), opinion(a="-+", b="+-")
    full = compare(same, same, seed=0)
    assert (full.overlap.value, full.f1.value, full.kappa.value) == (1, 1, 1)
    none = compare(same, other, seed=0)
    assert (none.overlap.value, none.f1.value, none.kappa.value) == (0, 0, -1)


def test_where_nothing_is_productive_shares_are_zero() -> None:
    found = compare(opinion(a="--", b="-"), opinion(a="--", b="-"), seed=0)
    assert (found.precision.value, found.recall.value, found.agreement.value) == (0, 0, 1)


def test_intervals_are_over_episodes() -> None:
    """Steps of an episode that agree all together or not at all count as one."""
    rng = np.random.default_rng(0)
    flips = rng.random(40) < 0.3
    first = opinion(**{f"e{at}": "+" * 20 for at in range(40)})
    second = opinion(**{f"e{at}": ("-" if flip else "+") * 20 for at, flip in enumerate(flips)})
    found = compare(first, second, seed=0).precision
    assert found.n == 40
    assert found.low < found.value == 1 - flips.mean() < found.high
    spread = 1.96 * np.sqrt(found.value * (1 - found.value) / 40)
    assert found.high - found.low == pytest.approx(2 * spread, rel=0.25)
    assert found == compare(first, second, seed=0).precision


def test_of_one_episode_there_is_no_interval() -> None:
    found = compare(opinion(a="+-"), opinion(a="++"), seed=0).recall
    assert (found.value, found.low, found.high, found.n) == (0.5, 0, 1, 1)


def test_opinions_on_other_steps_cannot_be_compared() -> None:
    with pytest.raises(UserError, match="no step has a label from both sides"):
        compare(opinion(a="+"), opinion(b="+"), seed=0)
