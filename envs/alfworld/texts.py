"""The sentences of ALFWorld's grammar, word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WELCOME = "-= Welcome to TextWorld, ALFRED! =-"
NOTHING_HAPPENS = "Nothing happens."
EMPTY_HANDS = "You are not carrying anything."

HELP = """\
Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
"""

# What `examine` says of an item: the first entry whose states all hold.
_CONDITIONS = (
    (("hot", "clean", "sliced"), "hot and clean sliced"),
    (("cool", "clean", "sliced"), "cool and clean sliced"),
    (("clean", "sliced"), "clean sliced"),
    (("hot", "sliced"), "hot sliced"),
    (("cool", "sliced"), "cool sliced"),
    (("hot", "clean"), "hot and clean"),
    (("cool", "clean"), "cool and clean"),
    (("hot",), "hot"),
    (("clean",), "clean"),
    (("cool",), "cold"),
)


def enumeration(parts: Sequence[str]) -> str:
    """Join as the game does: a comma before the ``and`` even between two."""
    if len(parts) < 2:
        return parts[0] if parts else "nothing"
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def listing(names: Sequence[str]) -> str:
    """``a mug 2, and a mug 1``; ``nothing`` for no names."""
    return enumeration([f"a {name}" for name in names])


def room(names: Sequence[str]) -> str:
    """What ``look`` says away from every receptacle."""
    seen = listing(names)
    return f"You are in the middle of a room. Looking quickly around you, you see {seen}."


def receptacle(name: str, openable: bool, is_open: bool, contents: Sequence[str]) -> str:
    """What one sees of a receptacle on arriving, opening or examining."""
    if openable and not is_open:
        return f"The {name} is closed."
    start = f"The {name} is open. In it" if openable else f"On the {name}"
    return f"{start}, you see {listing(contents)}."


def item(name: str, has: Callable[[str], bool], nested: Sequence[str] | None) -> str:
    """What ``examine`` says of the held item.

    Args:
        name: the item's shown name.
        has: whether the item has a state (``clean, hot, cool, sliced, toggled``).
        nested: names of what lies in it if it is a container, else ``None``. A container never
            shows its states.
    """
    if nested is not None:
        return f"This is a normal {name}. In it, you see {listing(nested)}."
    for states, phrase in _CONDITIONS:
        if all(map(has, states)):
            return f"This is a {phrase} {name}."
    if has("toggled"):
        return f"This {name} is on."
    if has("sliced"):
        return f"This is a sliced {name}."
    return f"There's nothing special about {name}."
