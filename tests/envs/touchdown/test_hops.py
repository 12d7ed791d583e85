"""Distances against a plain search."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.touchdown.graph import StreetGraph
from envs.touchdown.hops import UNREACHABLE, HopTable


def search(following: list[list[int]], source: int) -> list[int]:
    """Hops from a pano to every other, one ring after the other."""
    found = [UNREACHABLE] * len(following)
    ring, distance = {source}, 0
    while ring:
        for pano in ring:
            found[pano] = distance
        ring = {
            target for pano in ring for target in following[pano] if found[target] == UNREACHABLE
        }
        distance += 1
    return found


def check(following: list[list[int]]) -> None:
    panos = list(range(len(following)))
    assert HopTable(following).between(panos, panos).tolist() == [
        search(following, source) for source in panos
    ]


def two_way(count: int, *pairs: tuple[int, int]) -> list[list[int]]:
    following: list[list[int]] = [[] for _ in range(count)]
    for one, other in pairs:
        following[one].append(other)
        following[other].append(one)
    return following


@pytest.mark.parametrize(
    "following",
    [
        two_way(1),
        two_way(2, (0, 1)),
        two_way(5, (0, 1), (1, 2), (2, 3), (3, 4)),
        two_way(4, (0, 1), (1, 2), (2, 3), (3, 0)),  # round
        two_way(7, (0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 6), (6, 3)),  # two rounds
        two_way(5, (0, 1), (1, 2), (2, 3), (3, 1), (0, 4)),  # a loop back to one crossing
        two_way(6, (0, 1), (1, 2), (0, 3), (3, 4), (4, 2), (0, 5), (5, 2)),  # three ways to there
        [[1], [2], [0, 1]],  # one-way
        [[1], [0], [0]],
    ],
)
def test_odd_shapes(following: list[list[int]]) -> None:
    check(following)


@given(st.integers(0, 10**6))
def test_like_a_plain_search(seed: int) -> None:
    """Few crossings, long streets, some of them one-way."""
    rng = random.Random(seed)
    following: list[list[int]] = [[] for _ in range(rng.randint(1, 6))]
    for _ in range(rng.randint(0, 9)):
        street = [rng.randrange(6) % len(following)]
        for _ in range(rng.randint(0, 5)):
            following.append([])
            street.append(len(following) - 1)
        street.append(rng.randrange(6) % len(following))
        one_way = rng.random() < 0.2
        for one, other in pairwise(street):
            if one != other and other not in following[one]:
                following[one].append(other)
            if one != other and one not in following[other] and not one_way:
                following[other].append(one)
    check(following)


def test_manhattan(manhattan: StreetGraph) -> None:
    rng = random.Random(0)
    following = [[target for _, target in edges] for edges in manhattan.edges]
    for source in rng.sample(range(len(manhattan)), 2):
        expected = search(following, source)
        assert manhattan.hops.between([source], range(len(manhattan)))[0].tolist() == expected
    goal = source
    distances = manhattan.distances_to(goal)
    assert distances[goal] == 0
    assert distances.dtype == np.int32
    for pano in rng.sample(range(len(manhattan)), 1):
        assert search(following, pano)[goal] == distances[pano]
