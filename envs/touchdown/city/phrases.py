"""Ways to say things, in a small notation: ``[turn|go] {side}`` is either of the two.

Alternatives may be empty and may hold others. What is in braces is filled in afterwards.
"""

from __future__ import annotations

import random
import re
from functools import cache

_TOKEN = re.compile(r"[\[|\]]|[^\[|\]]+")

_GO = "[go|walk|head|continue|keep going|proceed|move]"

JUNCTIONS = {
    "intersection": ("intersection", "intersection", "intersection", "crossing", "junction"),
    "light": ("light", "light", "light", "traffic light", "set of lights", "stoplight", "signal"),
    "3-way": ("3-way intersection", "three-way intersection"),
    "4-way": ("4-way intersection", "four-way intersection", "crossroads"),
}
"""What intersections are called."""

PLURALS = {"set of lights": "sets of lights", "crossroads": "crossroads"}
"""Plurals that do not just end in s."""

THROUGH_ONE = (
    _GO + " [straight |][through|past|across] the [next |first |]{j}",
    _GO + " [straight |][through|past|over] one {j}",
    "cross the [next|first] {j}",
    "don't turn at the [next|first] {j}",
)
THROUGH = (
    _GO + " [straight |][through|past] [the next |the first |]{n} {js}",
    _GO + " [straight |ahead |]for {n} {js}",
    "pass [through |straight through |]{n} {js}",
    "cross {n} {js}",
    "ignore the [next|first] {n} {js}",
)
AFTER_ONE = (
    "after [passing|crossing|going through|you pass] the [next|first] {j}, ",
    "once you have [passed|crossed|gone through] the [next|first] {j}, ",
)
AFTER_SEVERAL = (
    "after [passing|crossing|going through] {n} {js}, ",
    "once you have [passed|crossed|gone through] {n} {js}, ",
)

PAST = (
    "pass {a}{side}",
    "[go|walk|head|continue|keep going|keep walking|move] past {a}{side}",
    "walk by {a}{side}",
    "follow the [street|road|block] past {a}{side}",
)
PAST_KNOWN = (
    "[continue|keep going|go straight|walk|walk ahead] until you [pass|have passed] {x}{side}",
    "[go|walk|head|continue] [straight |down the street |on |]past {x}{side}",
    "pass {x}{side}",
)
AFTER_PASSING = (
    "after [passing|going past|walking past|you pass|you go by] {x}{side}, ",
    "once you [have passed|are past|are beyond] {x}{side}, ",
)

TURN = (
    "turn {to}",
    "turn {to}",
    "take a {to}",
    "make a {to}",
    "[take|make] a {to} turn",
    "hang a {to}",
    "go {to}",
)
TAKE_BRANCH = (
    "take [the|your] {nth} {to}",
    "take the {nth} [street|road] [on|to] the {to}",
    "turn {to} at the {nth} [chance|opportunity]",
    "make the {nth} [possible |]{to} turn",
)

AT = ("at {place}", "at {place}", "at {place}", "when you [reach|get to|come to|arrive at] {place}")
FIRST_AT = (
    "[at|when you reach|when you get to|once you reach|upon reaching] {place}, {turn}",
    _GO + " [straight |on |][to|until you reach|until you get to] {place} and {turn}",
    _GO + " [on |along the street |down the road |]to {place}[, then| and then|, where you] {turn}",
)

NEXT = ("the next {j}", "the next {j}", "the following {j}", "the {j} after that")
NEXT_SAME = (
    "the next one",
    "the one after that",
    "the following one",
    "the next {j}",
    "the following {j}",
)
FIRST = ("the first {j}", "the [upcoming|coming] {j}", "the {j} [ahead|up ahead|in front of you]")
NTH = (
    "the {nth} {j}",
    "the {nth} {j}",
    "the {nth} {j} [you come to|you reach|on your way|along the way]",
)
END = (
    "the end of the [street|road]",
    "the T-intersection [ahead|where the street ends|at the end of the street]",
    "the point where the [street|road] ends",
)
WITH_CORNER = (
    "the {j} with {a}{corner}",
    "the {j} where {a} [is|stands]{corner}",
    "the {j} where you [see|find|have] {a}{corner}",
    "the {j} that has {a}{corner}",
)
CORNER_OF = ("{x}", "the {j} [at|by|next to] {x}", "the corner [with|of|by] {x}")

SIDES = ("on your {to}", "on your {to}", "on the {to}", "to your {to}", "on the {to}-hand side")
CORNERS = {
    "": ("on the corner", "at the corner", "on one corner"),
    "ahead": ("straight ahead", "right in front of you", "facing you", "directly across"),
    "left": ("on the {to} corner", "on your {to}", "at the {to} corner", "on a corner to the {to}"),
    "near left": ("on the near {to} corner", "on your near {to}", "on the {to} before you cross"),
    "far left": ("on the far {to} corner", "on your far {to}", "on the {to}, across the street"),
}
CORNERS |= {side.replace("left", "right"): CORNERS[side] for side in list(CORNERS)[2:]}

STOP = "[stop|stop|stop|come to a stop|halt|end]"
STOPS = {
    "beside": (
        STOP + " [in front of|next to|beside|right by|right at|by] {x}{side}",
        STOP + " [in front of|next to|beside|by] {x}{side}",
        "stop once you [reach|are beside|stand next to] {x}{side}",
        "go on to {x}{side} and stop [there|in front of it]",
    ),
    "past": (
        STOP + " [just past|right after|just after|one step past|one step after] {x}{side}",
        "stop [just after|right after|as soon as] you [pass|have passed] {x}{side}",
        "pass {x}{side}, take one more step and stop",
    ),
    "before": (
        STOP + " [just before|right before|one step before|just short of] {x}{side}",
        "stop [just before|right before|one step before] you [reach|get to] {x}{side}",
    ),
    "begins": (
        "stop where {x}{side} [begins|starts]",
        "stop [at the start|at the beginning|as soon as you get to the edge] of {x}{side}",
    ),
    "ends": ("stop where {x}{side} [ends|comes to an end]", "stop at the [far |]end of {x}{side}"),
    "between": (
        STOP + " [between|in between|halfway between] {x}{side} and {y}{yside}",
        "stop after {x}{side} but before {y}{yside}",
    ),
    "in": (
        STOP + " [in the middle of|right in|inside] {place}",
        "walk into {place} and stop in the middle",
    ),
    "short": (
        STOP + " [just before|right before|one step before|just short of] {place}",
        "stop [one step|a step] before you [reach|get to|enter] {place}",
    ),
    "over": (
        STOP + " [just after|right after|just past|one step past] {place}",
        "cross {place}, take one step and stop",
        "stop [one step|a step] after [crossing|going through] {place}",
    ),
}
STOP_STEPS = ("take {steps} and stop", "go {steps} [further|more] and stop", "stop after {steps}")
STEPS = {1: ("one step", "a single step"), 2: ("two steps", "a couple of steps", "2 steps")}
MORE_STEPS = ("{n} steps",)
LIGHT_PLACE = ("the intersection [at|with] {place}",)

TOO = {
    "start": ("with {a}{side}", "starting with {a}{side}", "with {x}{side} at the start"),
    "corner": (", with {a}{corner}", ", where {a} is{corner}", " with {a}{corner}"),
    "along": (
        ", [passing|walking past|going by] {a}{side}[| on the way| along the way| as you go]",
    ),
    "before": (
        ", [passing|walking past|going by] {a}{side} [on the way|along the way|before that]",
    ),
    "just past": (
        ", [just|right|shortly] [past|after] {x}{side}",
        ", [just|right|shortly] after [passing|you pass] {x}{side}",
    ),
    "just before": (", [just|right|shortly] before {x}{side}", ", not quite as far as {x}{side}"),
    "opposite": (", [across from|opposite|across the street from] {x}",),
    "beyond": (", before you [reach|get to|come to] {x}{side}",),
    "soon": (
        ", [soon|shortly|right|not long] after [the turn|turning|you turn]",
        ", [close to|not far from] the turn",
    ),
}
"""What is said besides within the same sentence; ``before`` is of things on the way to a turn."""

ALONE = {
    "start": (
        "start [out |][with|so that you have] {a}{side}",
        "you [start|begin] [near|close to|by] {a}{side}",
        "{x} [is|should be]{side} [at the start|when you start|as you set off]",
    ),
    "corner": (
        "{x} [will be|is|should be|stands]{corner}",
        "you[ will|'ll| should] [see|find|notice] {a}{corner}",
        "there [is|will be|should be] {a}{corner}",
        "look for {a}{corner}",
    ),
    "along": (
        "you[ will|'ll| should] [pass|walk past|go by] {a}{side}"
        "[| on the way| along the way| before that]",
        "on the way you[ will|'ll| should] [see|pass|notice] {a}{side}",
        "there [will be|is] {a}{side} along the way",
    ),
    "just past": ("you[ will|'ll| should] have just passed {x}{side}",),
    "just before": ("{x} [is|will be] just ahead{side}", "you should see {x} just ahead{side}"),
    "opposite": ("{x} [is|will be|should be][ across the street|{side}]",),
    "soon": ("it is [not far|only a few steps] from the turn",),
    "beyond": (
        "if you [reach|get to|come to|pass|see yourself next to] {x}{side}, you[ have|'ve] gone "
        "[too|a little too|a bit too] far",
        "you[ have|'ve] gone too far if you [reach|get to|pass] {x}{side}",
    ),
}
"""The same in a sentence of its own."""

JOINED: dict[int, tuple[str, ...]] = {
    2: ("{0} and {1}", "{0} and then {1}", "{0}, then {1}", "{0}, and {1}"),
    3: (
        "{0}, {1}, and {2}",
        "{0}, then {1} and {2}",
        "{0} and {1}, then {2}",
        "{0}, {1} and then {2}",
    ),
}
"""Moves of one sentence, none of which has a comma."""

JOINED_BY_COMMAS: dict[int, tuple[str, ...]] = {
    2: ("{0}, then {1}", "{0}, and then {1}"),
    3: ("{0}, then {1}, and then {2}", "{0}, {1}, and then {2}"),
}
OPENINGS = ("then ", "next, ", "after that, ", "from there, ", "now ")


def pick(rng: random.Random, templates: tuple[str, ...]) -> str:
    """One of several ways to say something, with one of its alternatives everywhere."""
    return _expanded(rng, _parsed(templates[int(rng.random() * len(templates))]))


_Tree = tuple["str | tuple[_Tree, ...]", ...]
"""Texts, and choices among trees."""


def _expanded(rng: random.Random, tree: _Tree) -> str:
    said = ""
    for part in tree:
        if isinstance(part, str):
            said += part
        else:
            said += _expanded(rng, part[int(rng.random() * len(part))])
    return said


@cache
def _parsed(template: str) -> _Tree:
    return _parse(_TOKEN.findall(template))


def _parse(tokens: list[str]) -> _Tree:
    """The tree of a template; the open alternatives are on a stack."""
    stack: list[list[list[str | tuple[_Tree, ...]]]] = [[[]]]
    for token in tokens:
        if token == "[":
            stack.append([[]])
        elif token == "|":
            stack[-1].append([])
        elif token == "]":
            choice = tuple(tuple(option) for option in stack.pop())
            stack[-1][-1].append(choice)
        else:
            stack[-1][-1].append(token)
    return tuple(stack[0][0])
