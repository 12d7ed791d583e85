"""Read a run in the terminal: ``python -m lfm.inspect run=DIR``.

Without more it shows the run's tables, which sets of episodes there are, and the first episodes
that a critic or feedback model spoke about, step by step.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from envs.errors import UserError
from envs.store import read_trajectories
from lfm import layout
from lfm.cli import run_command
from lfm.config import InspectConfig
from lfm.story import Story, ToldStep, clean, find_set, read_stories
from lfm.summary import summary

_INDENT = 15
"""Column where texts begin, after their labels."""


def main(cfg: InspectConfig) -> None:
    """Show what the settings ask for.

    Raises:
        UserError: if the folder is no run, lacks what is asked for, or has a damaged file.
    """
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    try:
        show(cfg, console)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(cfg: InspectConfig, console: Console) -> None:
    """Print what the settings ask for.

    Raises:
        UserError: if the folder is no run, lacks what is asked for, or has a damaged file.
    """
    run_directory = Path(cfg.run)
    if not (run_directory / layout.CONFIG_FILE).exists():
        raise UserError(f"run: {run_directory} is no run (it has no {layout.CONFIG_FILE})")
    if cfg.serve or cfg.corrections is not None:
        from lfm.report.judging import judging  # loads what draws charts, which terminals need not

        judging(run_directory, cfg)
        return
    if cfg.set is None and cfg.episode is None:
        console.print(summary(run_directory))
        console.print(_sets(run_directory))
    stage = _stage(run_directory, cfg)
    if stage is None:
        return
    stories = read_stories(run_directory, stage)
    wanted = _chosen(stories, cfg, stage)
    for story in wanted[: cfg.limit]:
        tell(story, console)
    shown = min(cfg.limit, len(wanted))
    console.print(
        Text(f"{shown} of {len(stories)} episodes of {stage}; more with set=, episode=, limit=")
    )


def tell(story: Story, console: Console) -> None:
    """Print an episode step by step."""
    trajectory = story.trajectory
    end = "success" if trajectory.success else "failure"
    title = f"{trajectory.trajectory_id}: {end} after {len(trajectory.steps)} steps"
    console.print(Text(clean(title), style="bold green" if trajectory.success else "bold red"))
    actor = trajectory.policy + (" (privileged)" if trajectory.privileged else "")
    _line(console, "task", f"{trajectory.instruction}  [{trajectory.task_id}]")
    _line(console, "actor", f"{actor}, seed {trajectory.seed}, {trajectory.env_version}")
    if story.critic:
        privileged = " (privileged)" if story.critic.privileged else ""
        _line(console, "critic", story.critic.name + privileged)
    _line(console, "sees", trajectory.first_observation)
    for told in story.told:
        _tell_step(told, console)
    for window in story.windows:
        _line(console, "summary", window.summary, "italic")
        _line(console, "advice", window.suggestion, "italic")
    console.print()


def _tell_step(told: ToldStep, console: Console) -> None:
    console.print(Text(clean(f"{told.number:>4} > {told.step.action}"), style="bold"))
    _line(console, "sees", told.step.observation)
    for label in told.labels:
        word = "productive" if label.productive else "not productive"
        _line(console, "critic", f"{word}: {label.reason}", "green" if label.productive else "red")
    if told.advice is not None:
        _line(console, "advisor", f"would have done: {told.advice}")
    if told.judgement is not None:
        judgement = told.judgement
        fate = "imitated" if judgement.kept else "not imitated"
        reason = f": {judgement.reason}" if judgement.reason else ""
        line = f"{judgement.p_productive:.0%} productive, {fate}{reason}"
        _line(console, "model", line, "green" if judgement.kept else "red")
        _line(console, "model sums up", judgement.summary, "italic")
        _line(console, "model advises", judgement.suggestion, "italic")


def _line(console: Console, label: str, text: str, style: str = "") -> None:
    """One labelled line; text from files is shown as it is, without markup or control codes.

    A terminal gets it wrapped under itself; a file or pipe gets one line, which tools can search.
    """
    body = Text(" ".join(clean(text).split()), style=style)
    width = max(20, console.width - _INDENT)
    lines = body.wrap(console, width) if console.is_terminal else [body]
    for number, line in enumerate(lines):
        head = Text(f"{label:>{_INDENT - 2}}  " if number == 0 else " " * _INDENT, style="dim")
        if body:
            console.print(Text.assemble(head, line))


def _sets(run_directory: Path) -> Table:
    table = Table(title="Episodes", title_justify="left", title_style="bold")
    table.add_column("set=")
    for column in ("episodes", "successes", "steps"):
        table.add_column(column, justify="right")
    for stage, file in layout.episode_sets(run_directory).items():
        episodes = read_trajectories(file)
        successes = sum(episode.success for episode in episodes)
        steps = sum(len(episode.steps) for episode in episodes)
        table.add_row(Text(stage), f"{len(episodes):,}", f"{successes:,}", f"{steps:,}")
    return table


def _stage(run_directory: Path, cfg: InspectConfig) -> str | None:
    """Where to look: the set asked for, the set with the episode, or the first judged one."""
    if cfg.set is not None:
        return find_set(run_directory, cfg.set)
    sets = layout.episode_sets(run_directory)
    if cfg.episode is not None and not cfg.episode.isdigit():
        for stage, file in sets.items():
            if any(each.trajectory_id == cfg.episode for each in read_trajectories(file)):
                return stage
        raise UserError(f"episode: {run_directory} has no episode {cfg.episode!r}")
    judged = [stage for stage in sets if stage.startswith(layout.rollouts(""))]
    return next(iter(judged or sets), None)


def _chosen(stories: list[Story], cfg: InspectConfig, stage: str) -> list[Story]:
    if cfg.episode is not None:
        for number, story in enumerate(stories, start=1):
            if cfg.episode in (str(number), story.trajectory.trajectory_id):
                return [story]
        raise UserError(
            f"episode: {stage} has no episode {cfg.episode!r}; "
            f"give an id or a number from 1 to {len(stories)}"
        )
    chosen = [
        story
        for story in stories
        if cfg.outcome == "any" or story.trajectory.success == (cfg.outcome == "success")
    ]
    # Those with the most to read first; the sort keeps the order of the rest.
    return sorted(chosen, key=lambda story: (not story.windows, not story.judgements))


if __name__ == "__main__":
    run_command(main, "inspect")
