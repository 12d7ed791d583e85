"""Summarisation as an environment."""

from __future__ import annotations

import json
import random
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from gymnasium.utils import EzPickle

from envs.answers.env import AnswerEnv
from envs.answers.summarize.posts import make
from envs.answers.summarize.summary import Summary
from envs.arguments import check_choice
from envs.errors import UserError

_MADE = {"train": 500, "test": 200}
SPLITS = ("train", "development", "validation", "test")
"""Those of SLF5K; made-up posts have the first and the last."""
RULES_VERSION = 1
"""To be raised when the same settings give other posts, or the same answers other verdicts."""


@lru_cache(maxsize=8)
def _made(split: str, seed: int) -> tuple[Summary, ...]:
    if split not in _MADE:
        raise UserError(
            f"split={split!r}: made-up posts have {' and '.join(_MADE)}; others need the files of "
            "SLF5K, data=DIR."
        )
    tested = {each.text for each in _made("test", seed)} if split != "test" else set()
    found: list[Summary] = []
    draw = random.Random(f"summarize {split} {seed}")
    while len(found) < _MADE[split]:
        post = make(draw, f"{split}/{len(found)}")
        if post.text not in tested:
            found.append(post)
    return tuple(found)


@lru_cache(maxsize=8)
def _read(path: str, split: str) -> tuple[Summary, ...]:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"data: cannot read {path} ({error}); name the folder with SLF5K's files as "
            "SPLIT.jsonl (docs/text_tasks.md says where to get them), or data=null for made-up "
            "posts."
        ) from error
    numbered = [(at, line) for at, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise UserError(f"data: {path} is empty; get it anew.")
    return tuple(_post(line, f"{path}, line {at}", f"{split}/{at}") for at, line in numbered)


def _post(line: str, where: str, task_id: str) -> Summary:
    keys = ("title", "post", "ideal_human_summary")
    try:
        row: Any = json.loads(line)
        title, post, ideal = (row[key].strip() for key in keys)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f"{where}: not a row of SLF5K ({type(error).__name__}: {error}); it needs the texts "
            f"{', '.join(keys)}."
        ) from error
    text = f"Title: {title}\n\nText: {post}"
    return Summary(task_id, str(row.get("subreddit", "slf5k")), text, ideal)


class SummarizeEnv(AnswerEnv, EzPickle):
    """Summarise a post in at most 48 words: SLF5K's, or made-up ones.

    Of a made-up post it is known what has to be said: the score is the share of that, and a summary
    that says it all is right. Of a real one no program can tell: the score is the overlap (ROUGE-L)
    with the summary that a person wrote, and no summary is ever called right.

    Args:
        split: ``train`` or ``test``; with files also ``development`` and ``validation``.
        data: folder with SLF5K's files as ``<split>.jsonl``; None for made-up posts.
        world_seed: of made-up posts.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; a post takes one.

    Raises:
        UserError: a value is none of these, or a file is missing or bad.
    """

    name: ClassVar[str] = "summarize"
    graded = True

    def __init__(
        self,
        split: str = "train",
        data: str | None = None,
        world_seed: int = 0,
        games: int = 0,
        max_steps: int = 1,
    ):
        EzPickle.__init__(self, split, data, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        if data is None:
            found, source = _made(split, world_seed), f"generated-{world_seed}"
        else:
            found, source = _read(str(Path(data) / f"{split}.jsonl"), split), "slf5k"
        super().__init__(split, f"{RULES_VERSION}/{source}", found, games, max_steps)
