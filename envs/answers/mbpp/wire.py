"""What the judge and the worker say to each other: JSON, with plain values and nothing else.

What the worker sends was made by a program that is not trusted: reading it runs nothing of it.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

LARGEST = 4_000_000
"""Bytes of a message."""
_LONGEST = 100_000
"""Values taken from something that is iterated over."""

_PLAIN: tuple[type, ...] = (bool, int, float, str, list, tuple, dict, set)
_KINDS = {each.__name__: each for each in _PLAIN}
"""Types that may be handed over themselves."""

Refer = Callable[[object], int]
"""Keeps what is no plain value on its own side, and gives it a number."""
Meet = Callable[[int], object]
"""What stands for a thing of the other side."""


class BrokenError(Exception):
    """The other side has ended, said nothing in time, or nothing that can be read."""


def framed(message: object) -> bytes:
    """A message as it is sent: its length in four bytes, then JSON.

    Raises:
        ValueError: it is too large.
    """
    body = json.dumps(message).encode()
    if len(body) > LARGEST:
        raise ValueError(f"a message of {len(body)} bytes is too large")
    return len(body).to_bytes(4, "big") + body


def write(handle: int, message: object) -> None:
    """Send a message."""
    rest = framed(message)
    while rest:
        rest = rest[os.write(handle, rest) :]


def read(handle: int, deadline: float | None = None) -> Any:
    """The next message.

    Args:
        handle: file descriptor.
        deadline: when to give up, by ``time.monotonic``; None for never.

    Raises:
        BrokenError: there is none.
    """
    length = int.from_bytes(_exactly(handle, 4, deadline), "big")
    if length > LARGEST:
        raise BrokenError("it returned too much")
    try:
        return json.loads(_exactly(handle, length, deadline))
    except (ValueError, RecursionError) as error:
        raise BrokenError("it could not be understood") from error


def _exactly(handle: int, count: int, deadline: float | None) -> bytes:
    found = b""
    while len(found) < count:
        if deadline is not None:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([handle], [], [], left)[0]:
                raise BrokenError("it took too long")
        try:
            more = os.read(handle, count - len(found))
        except OSError as error:
            raise BrokenError("it ended") from error
        if not more:
            raise BrokenError("it ended")
        found += more
    return found


def pack(value: Any, refer: Refer) -> list[Any]:
    """A value as JSON can have it; kinds that derive from plain ones become plain."""
    if value is None:
        return ["none"]
    for kind, name in ((bool, "bool"), (str, "str")):
        if isinstance(value, kind):
            return [name, kind(value)]
    if isinstance(value, type) and _KINDS.get(value.__name__) is value:
        return ["kind", value.__name__]
    if isinstance(value, int):
        return ["int", hex(int(value))]
    if isinstance(value, float):
        return ["float", float(value).hex()]
    if isinstance(value, complex):
        return ["complex", complex(value).real.hex(), complex(value).imag.hex()]
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, dict):
        return ["dict", [[pack(key, refer), pack(of, refer)] for key, of in dict.items(value)]]
    for kinds, name in ((list, "list"), (tuple, "tuple"), ((set, frozenset), "set")):
        if isinstance(value, kinds):
            return [name, [pack(each, refer) for each in value]]
    if isinstance(value, Iterator):
        return ["iterator", [pack(each, refer) for each in islice(value, _LONGEST)]]
    return ["thing", refer(value)]


def unpack(packed: Any, meet: Meet) -> Any:
    """The value again.

    Raises:
        BrokenError: it is none.
    """
    try:
        return _unpack(packed, meet)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BrokenError("it could not be understood") from error


def _unpack(packed: Any, meet: Meet) -> Any:
    name, *rest = packed
    if name == "none":
        return None
    if name in ("bool", "str"):
        return {"bool": bool, "str": str}[name](rest[0])
    if name == "int":
        return int(rest[0], 16)
    if name == "float":
        return float.fromhex(rest[0])
    if name == "complex":
        return complex(*map(float.fromhex, rest))
    if name == "bytes":
        return bytes.fromhex(rest[0])
    if name == "dict":
        return {_unpack(key, meet): _unpack(of, meet) for key, of in rest[0]}
    if name == "kind":
        return _KINDS[rest[0]]
    if name == "thing":
        return meet(int(rest[0]))
    makers: dict[str, Callable[[list[Any]], Any]] = {
        "list": list,
        "tuple": tuple,
        "set": set,
        "iterator": iter,
    }
    return makers[name]([_unpack(each, meet) for each in rest[0]])
