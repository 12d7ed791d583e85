"""Started by its path in a bare Python: finds its neighbours without the packages around them."""

from __future__ import annotations

import sys
import types
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def main() -> None:
    """Make the packages importable, but run nothing of them; then judge."""
    folder = _HERE
    for name in ("envs.answers.mbpp", "envs.answers", "envs"):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
        folder = folder.parent
    from envs.answers.mbpp import judge

    judge.main()


if __name__ == "__main__":
    main()
