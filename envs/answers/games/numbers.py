"""How numbers are written in answers."""

from __future__ import annotations

INTEGER = r"[-+]?[0-9]{1,18}"
NUMBER = r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?"
