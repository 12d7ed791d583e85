"""What the experiments' commands have in common: one sentence where the user can mend something."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from envs.errors import UserError

Arguments = ParamSpec("Arguments")


def in_one_sentence(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """Let a command say what the user can mend in one sentence on stderr, and return 2 then."""

    @wraps(main)
    def command(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
        try:
            return main(*args, **kwargs)
        except UserError as error:
            sys.stderr.write(f"{error}\n")
            return 2

    return command
