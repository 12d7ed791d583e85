"""What a report holds of episodes, read as its page reads it."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from typing import Any


def unpacked(data: str) -> Any:
    """The value that a script element of a report holds."""
    return json.loads(gzip.decompress(b64decode(data)))


def stories(chunk: Any) -> list[dict[str, Any]]:
    """The stories of an unpacked chunk, with their texts in their places."""
    texts = chunk["texts"]
    assert len(set(texts)) == len(texts)

    def spelled(value: Any) -> Any:
        if isinstance(value, str):
            return texts[int(value)]
        if isinstance(value, dict):
            return {name: spelled(each) for name, each in value.items()}
        return [spelled(each) for each in value] if isinstance(value, list) else value

    found: list[dict[str, Any]] = spelled(chunk["stories"])
    return found
