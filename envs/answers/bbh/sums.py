"""Generated puzzles of signs, numbers and words: each is a text and its target."""

from __future__ import annotations

import math
import random

from envs.answers.games.words import WORDS

Made = tuple[str, str]

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}


def boolean_expression(draw: random.Random) -> Made:
    """Constants, ``not``, ``and``, ``or`` and brackets."""
    text, value = _expression(draw, draw.randint(2, 4))
    return f"{text} is", str(value)


def _expression(draw: random.Random, constants: int) -> tuple[str, bool]:
    """``not`` binds tighter than ``and``, this than ``or``: groups of factors."""
    groups: list[list[tuple[str, bool]]] = [[_factor(draw)]]
    for _ in range(constants - 1):
        if draw.random() < 0.5:
            groups[-1].append(_factor(draw))
        else:
            groups.append([_factor(draw)])
    text = " or ".join(" and ".join(text for text, _ in group) for group in groups)
    return text, any(all(value for _, value in group) for group in groups)


def _factor(draw: random.Random) -> tuple[str, bool]:
    negations = draw.choice([0, 0, 1, 2])
    if draw.random() < 0.2:
        inner, value = _expression(draw, 2)
        inner = f"( {inner} )"
    else:
        value = draw.random() < 0.5
        inner = str(value)
    return "not " * negations + inner, value ^ (negations % 2 == 1)


def dyck(draw: random.Random) -> Made:
    """Brackets, some of which are still open."""
    while True:
        opened: list[str] = []
        written: list[str] = []
        for _ in range(draw.randint(2, 20)):
            if opened and draw.random() < 0.45:
                written.append(_PAIRS[opened.pop()])
            else:
                opened.append(draw.choice(list(_PAIRS)))
                written.append(opened[-1])
        if opened:
            break
    rest = " ".join(_PAIRS[sign] for sign in reversed(opened))
    asked = "Complete the sequence so that every bracket is closed, and write only what is missing:"
    return f"{asked} {' '.join(written)}", rest


def arithmetic(draw: random.Random) -> Made:
    """Two brackets of four numbers."""
    (left, first), (right, second) = _bracket(draw), _bracket(draw)
    sign = draw.choice("+-*")
    value = {"+": first + second, "-": first - second, "*": first * second}[sign]
    return f"(({left}) {sign} ({right})) =", str(value)


def _bracket(draw: random.Random) -> tuple[str, int]:
    numbers = [draw.choice([-1, 1]) * draw.randint(0, 9) for _ in range(4)]
    signs = [draw.choice("+-*") for _ in range(3)]
    text = str(numbers[0])
    products = [[numbers[0]]]
    for sign, number in zip(signs, numbers[1:], strict=True):
        text += f" {sign} {number}"
        if sign == "*":
            products[-1].append(number)
        else:
            products.append([number if sign == "+" else -1, *([] if sign == "+" else [number])])
    return text, sum(map(math.prod, products))


def word_sorting(draw: random.Random) -> Made:
    """Words in any order."""
    words = draw.sample(WORDS, draw.randint(2, 18))
    return f"Sort these words alphabetically: {' '.join(words)}", " ".join(sorted(words))


_KINDS = {
    "fruits": "apple banana orange peach plum grape strawberry blackberry nectarine".split(),
    "vegetables": "onion potato cabbage garlic carrot cauliflower lettuce yam".split(),
    "animals": "dog cat cow goat horse rabbit donkey duck snail frog mouse".split(),
    "musical instruments": "flute piano trombone violin accordion clarinet drum trumpet".split(),
}
_COUNTS = ("", "a", "two", "three", "four", "five")


def counting(draw: random.Random) -> Made:
    """Things of two kinds, of which one is to be counted."""
    asked, other = draw.sample(list(_KINDS), 2)
    mine = [(thing, draw.randint(1, 5)) for thing in draw.sample(_KINDS[asked], 4)]
    others = [(thing, draw.randint(1, 5)) for thing in draw.sample(_KINDS[other], 3)]
    things = draw.sample(mine + others, 7)
    listed = [_counted(thing, count) for thing, count in things]
    text = f"I have {', '.join(listed[:-1])}, and {listed[-1]}. How many {asked} do I have?"
    return text, str(sum(count for _, count in mine))


def _counted(thing: str, count: int) -> str:
    if count == 1:
        return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"
    irregular = {"mouse": "mice", "peach": "peaches", "potato": "potatoes"}
    plural = irregular.get(thing) or (thing[:-1] + "ies" if thing.endswith("rry") else f"{thing}s")
    return f"{_COUNTS[count]} {plural}"
