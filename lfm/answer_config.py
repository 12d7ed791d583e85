"""What can be set of text tasks; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from omegaconf import MISSING

from envs.answers.bbh.families import FAMILIES
from envs.answers.bbh.makers import GENERATED
from envs.answers.choices import GAMES, MAX_REMOVE, MAX_WORDS, MBPP_SPLITS, SUITES
from lfm.env_config import TRAIN_SPLIT, EnvConfig
from lfm.limits import MAX_SEED, one_of, within


class Style(str, Enum):
    """How the prompts of word removal are written."""

    paper = "paper"
    bare = "bare"


class Isolation(str, Enum):
    """How programs are locked in."""

    namespaces = "namespaces"
    limits = "limits"


@dataclass
class AnswerConfig(EnvConfig):
    """Tasks that are answered in text."""

    games: int = MISSING
    """Use only so many tasks of every split, spread evenly over it; 0 = all of them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.split", self.split, (TRAIN_SPLIT, *self.new_splits()))
        within("env.games", self.games, 0)

    def new_splits(self) -> tuple[str, ...]:
        """Other tasks of the same kinds."""
        return ("test",)

    def facts(self) -> dict[str, Any]:
        """How many of the tasks."""
        return {"games": self.games}


@dataclass
class WordRemovalConfig(AnswerConfig):
    """Word removal: take the named words out of a sentence."""

    style: Style = MISSING
    """paper: the published prompt; bare: words with blanks between them."""
    max_words: int = MISSING
    """Most words in a sentence."""
    max_remove: int = MISSING
    """Most words to remove."""
    world_seed: int = MISSING
    """Of the sentences; 42 is the paper's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("word_removal",))
        within("env.max_words", self.max_words, 1, MAX_WORDS)
        within("env.max_remove", self.max_remove, 1, MAX_REMOVE)
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def facts(self) -> dict[str, Any]:
        """Which prompts."""
        return {
            **super().facts(),
            "style": self.style.value,
            "max_words": self.max_words,
            "max_remove": self.max_remove,
        }


@dataclass
class HiddenRuleConfig(AnswerConfig):
    """Hidden rule: repeat a list of words without those that a rule forbids."""

    world_seed: int = MISSING
    """Of the rule and the lists."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("hidden_rule",))
        within("env.world_seed", self.world_seed, 0, MAX_SEED)


@dataclass
class BBHConfig(AnswerConfig):
    """BBH: BIG-Bench Hard, or stand-ins for 15 of its 27 families."""

    data: str | None = MISSING
    """Folder with BIG-Bench Hard's files, <family>.json; null = generated stand-ins."""
    tasks: list[str] = MISSING
    """Families to use, as in [navigate,web_of_lies]; [] = all that there are."""
    world_seed: int = MISSING
    """Of the stand-ins; not used with env.data."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("bbh",))
        for each in self.tasks:
            one_of("env.tasks", each, GENERATED if self.data is None else FAMILIES)
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def facts(self) -> dict[str, Any]:
        """Which families."""
        return {**super().facts(), "tasks": list(self.tasks)}


@dataclass
class MBPPConfig(AnswerConfig):
    """MBPP: small Python programs, run where they can do no harm."""

    data: str | None = MISSING
    """The file mbpp.jsonl; it must be given."""
    isolation: Isolation = MISSING
    """namespaces: programs see no network, no process and no file of this machine; limits: where
    the system allows no namespaces. Then they can read and write what you can, so choose it only in
    a container or machine that has nothing to lose."""
    seconds: int = MISSING
    """Processor time for a program and its tests."""
    memory_mb: int = MISSING
    """Memory for a program, in MB."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("mbpp",))
        within("env.seconds", self.seconds, 1)
        within("env.memory_mb", self.memory_mb, 64)

    def new_splits(self) -> tuple[str, ...]:
        """MBPP's own, and those of the paper on feedback for programs."""
        return tuple(each for each in MBPP_SPLITS if each != TRAIN_SPLIT)

    def facts(self) -> dict[str, Any]:
        """What a program may use."""
        return {**super().facts(), "seconds": self.seconds, "memory_mb": self.memory_mb}


@dataclass
class TextTasksConfig(AnswerConfig):
    """BBH, BBSR and MBPP together, for one model that learns all of them."""

    tasks: list[str] = MISSING
    """Whose tasks, of bbh, bbsr and mbpp; [] = all whose tasks are there."""
    bbh: str | None = MISSING
    """Folder with BIG-Bench Hard's files, <family>.json; null = generated stand-ins."""
    mbpp: str | None = MISSING
    """The file mbpp.jsonl; null = without MBPP."""
    isolation: Isolation = MISSING
    """How MBPP's programs are locked in; see env=mbpp."""
    world_seed: int = MISSING
    """Of what is generated."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("text_tasks",))
        for each in self.tasks:
            one_of("env.tasks", each, SUITES)
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def facts(self) -> dict[str, Any]:
        """Whose tasks; the version tells the rest."""
        return {**super().facts(), "tasks": list(self.tasks)}


@dataclass
class SummarizeConfig(AnswerConfig):
    """Summaries of posts."""

    data: str | None = MISSING
    """Folder with SLF5K's files as <split>.jsonl; null = made-up posts."""
    world_seed: int = MISSING
    """Of made-up posts; not used with env.data."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("summarize",))
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def new_splits(self) -> tuple[str, ...]:
        """SLF5K's; made-up posts have only the last."""
        return "development", "validation", "test"


@dataclass
class GamesConfig(AnswerConfig):
    """BBSR: seven generated games."""

    tasks: list[str] = MISSING
    """Games to use, as in [hilo,nash]; [] = all seven."""
    words: str | None = MISSING
    """File with a word on each line, for spelling; null = the bundled 2,000."""
    world_seed: int = MISSING
    """Of the tasks."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("bbsr",))
        for each in self.tasks:
            one_of("env.tasks", each, GAMES)
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def facts(self) -> dict[str, Any]:
        """Which games; the version tells the words."""
        return {**super().facts(), "tasks": list(self.tasks)}
