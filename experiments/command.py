"""What the experiments' commands have in common: their help, and how they say what went wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from envs.errors import UserError

Arguments = ParamSpec("Arguments")


def argument_parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser of options whose ``--help`` shows a command's docstring as it is written."""
    return argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )


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
