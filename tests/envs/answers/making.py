"""One environment of each kind, with few tasks."""

from __future__ import annotations

from collections.abc import Callable

from envs.answers.bbh.env import BBHEnv
from envs.answers.env import AnswerEnv
from envs.answers.games.env import GamesEnv
from envs.answers.hidden_rule import HiddenRuleEnv
from envs.answers.summarize.env import SummarizeEnv
from envs.answers.together.env import TextTasksEnv
from envs.answers.word_removal import WordRemovalEnv


def _words(split: str = "test") -> AnswerEnv:
    return WordRemovalEnv(split, games=135)


def _bare(split: str = "test") -> AnswerEnv:
    return WordRemovalEnv(split, style="bare", games=135)


def _rule(split: str = "test") -> AnswerEnv:
    return HiddenRuleEnv(split)


def _games(split: str = "test") -> AnswerEnv:
    return GamesEnv(split)


def _puzzles(split: str = "test") -> AnswerEnv:
    return BBHEnv(split)


def _together(split: str = "test") -> AnswerEnv:
    return TextTasksEnv(split, games=200)


def _posts(split: str = "test") -> AnswerEnv:
    return SummarizeEnv(split)


MAKERS: dict[str, Callable[..., AnswerEnv]] = {
    "word_removal": _words,
    "word_removal bare": _bare,
    "hidden_rule": _rule,
    "bbh": _puzzles,
    "summarize": _posts,
    "bbsr": _games,
    "text_tasks": _together,
}
