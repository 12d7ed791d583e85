"""The one exception for what a user can mend."""

from __future__ import annotations


class UserError(ValueError):
    """Bad input: the message says what was wrong, where, and what to do.

    Commands print the message alone, without a traceback, and exit with code 2.
    """
