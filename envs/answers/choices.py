"""What can be chosen of text tasks, apart from the tasks: every command reads it as it starts."""

from __future__ import annotations

GAMES = ("spelling", "taboo", "optimization", "hilo", "nash", "lists", "roots")
"""Of BBSR, in the order of the paper's tables: SPB, TAB, OPT, HILO, NEG, LFN, RFN."""
SUITES = ("bbh", "bbsr", "mbpp")
"""What can be put together in one environment: those of the paper on feedback conditioning."""
MBPP_SPLITS = {
    "prompt": (1, 10),
    "test": (11, 510),
    "validation": (511, 600),
    "train": (601, 974),
    "ilf_test": (11, 110),
    "ilf_refine": (111, 310),
    "ilf_train": (311, 974),
}
"""Split -> first and last task id: MBPP's own, and those of the paper on feedback for programs."""
MAX_WORDS, MAX_REMOVE = 10, 3
"""Of a sentence of word removal: its words, and those to remove."""
