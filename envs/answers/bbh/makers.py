"""Stand-ins for families of BIG-Bench Hard."""

from __future__ import annotations

import random
from collections.abc import Callable

from envs.answers.bbh import stories, sums

GENERATED: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "boolean_expressions": sums.boolean_expression,
    "dyck_languages": sums.dyck,
    "logical_deduction_five_objects": stories.deduction(5),
    "logical_deduction_seven_objects": stories.deduction(7),
    "logical_deduction_three_objects": stories.deduction(3),
    "multistep_arithmetic_two": sums.arithmetic,
    "navigate": stories.navigate,
    "object_counting": sums.counting,
    "reasoning_about_colored_objects": stories.colours,
    "temporal_sequences": stories.temporal,
    "tracking_shuffled_objects_five_objects": stories.tracking(5),
    "tracking_shuffled_objects_seven_objects": stories.tracking(7),
    "tracking_shuffled_objects_three_objects": stories.tracking(3),
    "web_of_lies": stories.web_of_lies,
    "word_sorting": sums.word_sorting,
}
"""The families that can be generated, and the maker of each."""
