"""List functions: a described function, one example, and a list to apply it to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from envs.answers.question import Form, LineQuestion

Numbers = list[int]
Function = Callable[[Numbers, int], Numbers]


def _groups(values: Numbers) -> Numbers:
    return [value for at, value in enumerate(values) if at == 0 or values[at - 1] != value]


PRIMITIVES: dict[str, Function] = {
    "reverse the list": lambda xs, k: xs[::-1],
    "sort the list in ascending order": lambda xs, k: sorted(xs),
    "sort the list in descending order": lambda xs, k: sorted(xs, reverse=True),
    "keep the first occurrence of each number": lambda xs, k: list(dict.fromkeys(xs)),
    "replace each run of equal neighbours by one of them": lambda xs, k: _groups(xs),
    "keep the first {k} numbers": lambda xs, k: xs[:k],
    "keep the last {k} numbers": lambda xs, k: xs[-k:],
    "remove the first {k} numbers": lambda xs, k: xs[k:],
    "remove the last {k} numbers": lambda xs, k: xs[:-k],
    "keep every second number, beginning with the first": lambda xs, k: xs[::2],
    "keep every second number, beginning with the second": lambda xs, k: xs[1::2],
    "add {k} to each number": lambda xs, k: [x + k for x in xs],
    "multiply each number by {k}": lambda xs, k: [x * k for x in xs],
    "keep the numbers greater than {k}": lambda xs, k: [x for x in xs if x > k],
    "keep the numbers less than {k}": lambda xs, k: [x for x in xs if x < k],
    "keep the even numbers": lambda xs, k: [x for x in xs if x % 2 == 0],
    "keep the odd numbers": lambda xs, k: [x for x in xs if x % 2],
    "remove every {k}": lambda xs, k: [x for x in xs if x != k],
    "replace the list by its sum": lambda xs, k: [sum(xs)],
    "replace the list by its length": lambda xs, k: [len(xs)],
    "keep only the greatest number (nothing of an empty list)": lambda xs, k: xs and [max(xs)],
    "keep only the smallest number (nothing of an empty list)": lambda xs, k: xs and [min(xs)],
    "count how often {k} is in the list": lambda xs, k: [xs.count(k)],
    "move the first number to the end": lambda xs, k: xs[1:] + xs[:1],
    "move the last number to the front": lambda xs, k: xs[-1:] + xs[:-1],
    "repeat the whole list once": lambda xs, k: xs + xs,
    "write each number twice in a row": lambda xs, k: [x for x in xs for _ in range(2)],
    "add to each number its position, counted from 1": lambda xs, k: [
        x + at for at, x in enumerate(xs, 1)
    ],
    "put {k} in front of the list": lambda xs, k: [k, *xs],
    "append {k} to the list": lambda xs, k: [*xs, k],
    "replace each number by the sum of it and all before it": lambda xs, k: [
        sum(xs[: at + 1]) for at in range(len(xs))
    ],
    "append the reversed list to the list": lambda xs, k: xs + xs[::-1],
}
"""What is done, in words, and how: from a list and a number ``{k}`` from 1 to 4."""


@dataclass(frozen=True)
class Lists(LineQuestion):
    """A list to which a function is to be applied.

    Attributes:
        rule: the function in words.
    """

    rule: str

    @property
    def form(self) -> Form:
        """A list in brackets."""
        return Form("[4, 0, 12]", r"\[(?: *[0-9]{1,9} *,)*(?: *[0-9]{1,9} *)?\]")

    def score(self, answer: str) -> float:
        """1 for the very list."""
        return float(_parsed(answer) == _parsed(self.solution))

    def hint(self, answer: str) -> str:
        """The first place where it differs, and the rule again."""
        said, right = _parsed(answer), _parsed(self.solution)
        pairs = zip(said, right, strict=False)
        at = next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), None)
        if at is not None:
            where = f"It is wrong from number {at + 1} on."
        else:
            where = "It is too long." if len(said) > len(right) else "It is too short."
        return f"{where} The rule was: {self.rule}."


def _parsed(answer: str) -> Numbers:
    return [int(each) for each in answer.strip("[] ").split(",") if each.strip()]


def make(draw: random.Random, task_id: str) -> Lists:
    """A function of one or two steps that does something to the example and to the list."""
    while True:
        names = draw.sample(list(PRIMITIVES), draw.randint(1, 2))
        steps = [(name, draw.randint(1, 4)) for name in names]
        example, given = ([draw.randint(0, 9) for _ in range(draw.randint(4, 8))] for _ in "ab")
        if all(_applied(steps, values) != values for values in (example, given)):
            break
    rule = ", then ".join(name.format(k=k) for name, k in steps)
    solution = str(_applied(steps, given))
    text = (
        f"A function of lists: {rule}.\n"
        f"For example, {example} becomes {_applied(steps, example)}.\n"
        f"What does {given} become?"
    )
    return Lists(task_id, "lists", text, solution, rule)


def _applied(steps: list[tuple[str, int]], values: Numbers) -> Numbers:
    for name, k in steps:
        values = PRIMITIVES[name](values, k)
    return values
