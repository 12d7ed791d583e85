"""BIG-Bench Hard's own files: one of JSON for each family, with inputs and targets."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from envs.answers.bbh.families import FAMILIES, TRAIN_EXAMPLES, Puzzle, puzzle
from envs.answers.question import chosen_tasks
from envs.errors import UserError
from envs.files import read_json


@lru_cache(maxsize=8)
def read(data: str, split: str, tasks: tuple[str, ...]) -> tuple[Puzzle, ...]:
    """The examples of a split, family by family.

    Args:
        data: the folder of the files.
        split: ``train``, the first hundred of each family, or ``test``, the others.
        tasks: which families; none for all 27.

    Raises:
        UserError: a file is missing, or is not of this schema.
    """
    found = []
    for family in chosen_tasks(tasks, tuple(FAMILIES)):
        for number, example in enumerate(_examples(Path(data) / f"{family}.json")):
            if (number < TRAIN_EXAMPLES) == (split == "train"):
                text, target = example["input"], example["target"]
                found.append(puzzle(split, family, number, text, target))
    return tuple(found)


def _examples(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise UserError(
            f"data: there is no {path.name} in {path.parent}; name the folder with the files of "
            "BIG-Bench Hard (docs/text_tasks.md says where to get them), or the families to use "
            "with tasks=..., or data=null for generated ones."
        )
    content: Any = read_json(path)
    examples = content.get("examples") if isinstance(content, dict) else None
    if not isinstance(examples, list) or not examples:
        raise UserError(f"{path}: there is no list 'examples' in it; is it of BIG-Bench Hard?")
    for number, example in enumerate(examples):
        texts = [example.get(key) if isinstance(example, dict) else None for key in _KEYS]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise UserError(f"{path}: example {number} has no texts {' and '.join(_KEYS)}.")
    if len(examples) <= TRAIN_EXAMPLES:
        raise UserError(
            f"{path}: it has {len(examples)} examples, of which the first {TRAIN_EXAMPLES} are for "
            "training; none is left for test."
        )
    return examples


_KEYS = ("input", "target")
