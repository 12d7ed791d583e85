"""Generated puzzles about people and things: each is a text and its target."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise, permutations

Made = tuple[str, str]

_PEOPLE = "Alice Bob Claire Dave Eve Fred Gertrude".split()
_NAMES = "Amir Bela Carla Dmitri Elena Farid Greta Hugo Ines Jonas Kaya Lars Mira Noel".split()
_NUMBERS = "zero one two three four five six seven".split()
_ORDINALS = "first second third fourth fifth sixth seventh".split()
_DIRECTIONS = {"forward": (0, 1), "right": (1, 0), "backward": (0, -1), "left": (-1, 0)}
"""Clockwise."""


def _options(options: Sequence[str], right: str) -> Made:
    lines = [f"({chr(65 + at)}) {option}" for at, option in enumerate(options)]
    return "\n".join(["Options:", *lines]), f"({chr(65 + list(options).index(right))})"


def navigate(draw: random.Random) -> Made:
    """Steps in four directions; half of the walks come back."""
    ways = draw.choices(list(_DIRECTIONS), k=draw.randint(2, 5))
    walk = [(way, draw.randint(1, 10)) for way in ways]
    east, north = (sum(_DIRECTIONS[way][axis] * count for way, count in walk) for axis in (0, 1))
    if draw.random() < 0.5:
        walk += [("left" if east > 0 else "right", abs(east))] if east else []
        walk += [("backward" if north > 0 else "forward", abs(north))] if north else []
        east = north = 0
    draw.shuffle(walk)
    steps = [f"Take {count} step{'s' * (count > 1)} {way}." for way, count in walk]
    text = (
        "If you follow these instructions, do you return to the starting point? Always face "
        f"forward. {' '.join(steps)}"
    )
    return text, "No" if east or north else "Yes"


def web_of_lies(draw: random.Random) -> Made:
    """Who says of whom that they lie, along a chain of five."""
    names = draw.sample(_NAMES, 5)
    honest = draw.random() < 0.5
    said = [f"{names[0]} {'tells the truth' if honest else 'lies'}."]
    for name, before in zip(names[1:], names, strict=False):
        claims = draw.random() < 0.5
        said.append(f"{name} says {before} {'tells the truth' if claims else 'lies'}.")
        honest = claims == honest
    return f"{' '.join(said)} Does {names[-1]} tell the truth?", "Yes" if honest else "No"


_TRADES = (
    ("at a dance, each with a partner", "dances with", "switch partners",
     "Patrick Sam Jamie Lola Melissa Rodrigo Ophelia".split()),
    ("playing a game, each with a ball", "has the ball that is", "swap balls",
     "red blue green yellow black white orange".split()),
    ("readers, each with a book", "has the book about", "swap books",
     "bees clocks glaciers pirates comets bread bridges".split()),
)  # fmt: skip


def tracking(people: int) -> Callable[[random.Random], Made]:
    """The maker of puzzles in which so many people swap what they have."""

    def make(draw: random.Random) -> Made:
        who = _PEOPLE[:people]
        scene, has, swap, things = draw.choice(_TRADES)
        owned = dict(zip(who, draw.sample(things, people), strict=True))
        lines = [f"{', '.join(who[:-1])}, and {who[-1]} are {scene}."]
        lines += [f"{name} {has} {thing}." for name, thing in owned.items()]
        for at in range(people):
            one, two = draw.sample(who, 2)
            owned[one], owned[two] = owned[two], owned[one]
            lines.append(f"{'Then' if at else 'First'}, {one} and {two} {swap}.")
        asked = draw.choice(who)
        listed, target = _options(draw.sample(list(owned.values()), people), owned[asked])
        return f"{' '.join(lines)} At the end, {asked} {has} which?\n{listed}", target

    return make


_SHELVES = (
    ("On a shelf, there are {n} books", "book",
     "red blue green orange purple white grey".split()),
    ("On a branch, there are {n} birds", "",
     "quail owl raven falcon robin crow hawk".split()),
    ("At a show, there are {n} vehicles", "",
     "bus truck van tractor minivan convertible limousine".split()),
)  # fmt: skip

Statement = tuple[str, Callable[[dict[str, int]], bool]]


def deduction(things: int) -> Callable[[random.Random], Made]:
    """The maker of puzzles in which statements fix the order of so many things."""

    def make(draw: random.Random) -> Made:
        scene, noun, names = draw.choice(_SHELVES)
        order = draw.sample([f"{name} {noun}".strip() for name in names], things)
        left = [dict(zip(order, places, strict=True)) for places in permutations(range(things))]
        true = dict(zip(order, range(things), strict=True))
        said: list[str] = []
        while len(left) > 1:
            text, holds = _statement(draw, order, true)
            fewer = [each for each in left if holds(each)]
            if len(fewer) < len(left):
                left, said = fewer, [*said, text]
        place = draw.randrange(things)
        ordinal = _ORDINALS[place]
        claims = [f"The {name} is the {ordinal} from the left" for name in sorted(order)]
        listed, target = _options(claims, f"The {order[place]} is the {ordinal} from the left")
        text = (
            f"{scene.format(n=_NUMBERS[things])} in a fixed order, from left to right. "
            f"{' '.join(said)} What is true?\n{listed}"
        )
        return text, target

    return make


def _statement(draw: random.Random, order: list[str], true: dict[str, int]) -> Statement:
    one, two = sorted(draw.sample(order, 2), key=true.__getitem__)
    if draw.random() < 0.25:
        place = true[one]
        text = f"The {one} is the {_ORDINALS[place]} from the left."
        return text, lambda places: places[one] == place
    if draw.random() < 0.5:
        one_first = f"The {one} is to the left of the {two}."
        return one_first, lambda places: places[one] < places[two]
    return f"The {two} is to the right of the {one}.", lambda places: places[one] < places[two]


_PLACES = "the museum,the bakery,the swimming pool,the market,the theatre,the park".split(",")
_DOINGS = (
    "waiting at the station,fixing a bicycle,playing chess,watering the garden,buying bread,"
    "reading in the library,painting a fence,walking the dog"
).split(",")


def _hour(hour: int) -> str:
    return f"{(hour - 1) % 12 + 1}{'am' if hour < 12 else 'pm'}"


def temporal(draw: random.Random) -> Made:
    """A day with one gap, in which something else must have happened."""
    name, place = draw.choice(_PEOPLE), draw.choice(_PLACES)
    hours = sorted(draw.sample(range(6, 22), 6))
    spans = list(pairwise(hours))
    gap = draw.choice(spans)
    doings = iter(draw.sample(_DOINGS, len(spans)))
    witnesses = draw.sample(_NAMES, len(spans))
    known = [
        f"{witness} saw {name} {next(doings)} from {_hour(start)} to {_hour(end)}."
        for witness, (start, end) in zip(witnesses, spans, strict=True)
        if (start, end) != gap
    ]
    windows = [f"{_hour(start)} to {_hour(end)}" for start, end in draw.sample(spans, 4)]
    right = f"{_hour(gap[0])} to {_hour(gap[1])}"
    if right not in windows:
        windows[draw.randrange(4)] = right
    listed, target = _options(windows, right)
    text = (
        f"Today, {name} went to {place}. Between what times could they have gone?\nWe know that:\n"
        f"{name} woke up at {_hour(hours[0])}.\n" + "\n".join(known) + "\n"
        f"{place.capitalize()} was closed after {_hour(hours[-1])}.\n{listed}"
    )
    return text, target


_COLOURS = "red orange yellow green blue purple grey".split()
_THINGS = "pen mug notebook keychain cup plate bracelet puzzle scarf".split()


def colours(draw: random.Random) -> Made:
    """Coloured things on a desk: what colour one has, or how many have not a colour."""
    things = draw.sample(_THINGS, draw.randint(3, 6))
    of = {thing: draw.choice(_COLOURS) for thing in things}
    listed = [f"{'an' if of[each][0] == 'o' else 'a'} {of[each]} {each}" for each in things]
    scene = f"On the desk, there is {', '.join(listed[:-1])}, and {listed[-1]}."
    if draw.random() < 0.5:
        asked = draw.choice(things)
        question, options, right = f"What colour is the {asked}?", _COLOURS, of[asked]
    else:
        colour = draw.choice(list(of.values()))
        count = sum(each != colour for each in of.values())
        question, options = f"How many things are not {colour}?", _NUMBERS[:7]
        right = _NUMBERS[count]
    choices, target = _options(options, right)
    return f"{scene} {question}\n{choices}", target
