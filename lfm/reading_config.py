"""Settings of the commands that read, compare and hand on what others have made."""

from __future__ import annotations

from dataclasses import dataclass, field

from omegaconf import MISSING

from envs.errors import UserError
from lfm.config import ModelFolder
from lfm.critic_config import CriticConfig
from lfm.env_config import EnvConfig
from lfm.limits import FORMATS, MAX_SEED, one_of, within

SIMULATOR = "simulator"
"""Stands for the simulator's opinion, where a file with labels could be named."""


@dataclass
class CompareConfig:
    """``python -m lfm.compare``: two evaluations of the same tasks, task by task."""

    a: str = MISSING
    """What is compared with: a file that lfm.evaluate wrote as out=FILE."""
    b: str = MISSING
    """What may be better: another such file."""
    format: str = MISSING
    """What is printed: table, json or latex."""
    force: bool = MISSING
    """Compare also where split, limit, versions or other settings differ, and say so."""

    def __post_init__(self) -> None:
        one_of("format", self.format, FORMATS)


@dataclass
class LeaderboardConfig:
    """``python -m lfm.leaderboard``: evaluations, best first, comparable ones together."""

    file: str = MISSING
    """File that lfm.evaluate adds to as leaderboard=FILE."""
    format: str = MISSING
    """What is printed: table, json or latex."""

    def __post_init__(self) -> None:
        one_of("format", self.format, FORMATS)


@dataclass
class PushConfig:
    """``python -m lfm.push``: a policy or a feedback model to the Hugging Face hub."""

    policy: ModelFolder = field(default_factory=ModelFolder)
    """Folder of the policy or the feedback model."""
    repo: str = MISSING
    """Name of the repository, as OWNER/NAME; it is made if there is none."""
    private: bool = MISSING
    """Whether a repository that is made is private."""


@dataclass
class InspectConfig:
    """``python -m lfm.inspect``: read the episodes of a run step by step."""

    run: str | None = MISSING
    """Folder of the run."""
    runs: str | None = MISSING
    """Folder below which all runs are listed, instead of showing one."""
    other: str | None = MISSING
    """Folder of another run: what is different in it, or with task= how it did the same task."""
    list: bool = MISSING
    """List episodes, a line each, instead of telling them step by step."""
    json: bool = MISSING
    """A line of JSON for each run, episode or difference."""
    set: str | None = MISSING
    """Which episodes, e.g. adapted1 or bc-valid_unseen; null = the first roll-outs judged, and
    with list or task those of all sets."""
    split: str | None = MISSING
    """Only episodes of tasks of this split; null = any."""
    task_type: str | None = MISSING
    """Only episodes of tasks of this type; null = any."""
    task: str | None = MISSING
    """Only episodes of this task, by its id; null = any."""
    disagree: bool = MISSING
    """Only episodes with a step on which critic and feedback model differ."""
    episode: str | None = MISSING
    """One episode, by its id or its number in the set (from 1); null = the first few."""
    outcome: str = MISSING
    """any, or only episodes that ended in success or in failure."""
    limit: int | None = MISSING
    """Show at most so many; null = two episodes when they are told, all in lists and as JSON."""
    serve: bool = MISSING
    """Instead, serve the report to a browser on this machine, and keep what a person says there."""
    port: int = MISSING
    """Port of serve=true; 0 = any that is free."""
    blind: bool = MISSING
    """With serve=true: hide what critic and feedback model said of a step until it is judged."""
    who: str | None = MISSING
    """With serve=true: who judges; null = the name of the login."""
    corrections: str | None = MISSING
    """Instead, add the verdicts in this file, which a report exported, to those of the run."""

    def __post_init__(self) -> None:
        if (self.run is None) == (self.runs is None):
            raise UserError("run: say what to read: run=DIR, or runs=DIR for a list of runs.")
        if self.other is not None and self.run is None:
            raise UserError("other: give the run to compare it with too, as run=DIR.")
        one_of("outcome", self.outcome, ("any", "success", "failure"))
        if self.limit is not None:
            within("limit", self.limit, 0)
        within("port", self.port, 0, 65535)
        if self.blind and not self.serve:
            raise UserError("blind: it is of the page that serve=true serves; give both.")
        if self.run is None and (self.serve or self.corrections is not None):
            name = "serve" if self.serve else "corrections"
            raise UserError(f"{name}: it is about one run; give that as run=DIR, without runs=.")


@dataclass
class AgreeConfig:
    """``python -m lfm.agree``: how far two opinions on the same steps agree."""

    a: str = MISSING
    """What is measured: a folder with a critic's labels or a feedback model's judgements, such as
    RUN/feedback/round1 or RUN/judgements/round1; people's verdicts, RUN/corrections.jsonl; or a CSV
    file with the columns trajectory_id, step and productive."""
    b: str = MISSING
    """What it is measured by: the same, or the word simulator."""
    study: bool = MISSING
    """Of RUN/corrections.jsonl, use only the verdicts given blind on steps drawn at random."""
    seed: int = MISSING
    """Of the intervals, which are bootstrapped."""
    out: str | None = MISSING
    """File for the result as JSON; null = none."""

    def __post_init__(self) -> None:
        within("seed", self.seed, 0, MAX_SEED)


@dataclass
class DoctorConfig:
    """``python -m lfm.doctor``: whether this machine has what a job needs."""

    env: EnvConfig = MISSING
    """The environment that the job plays."""
    critic: CriticConfig = MISSING
    """What judges in it, at first."""
    json: bool = MISSING
    """Print JSON instead of lines."""
