"""Read runs in the terminal: ``python -m lfm.inspect run=DIR``.

Without more it shows the run's tables, which sets of episodes there are, and the first episodes
that a critic or feedback model spoke about, step by step. It can list runs (``runs=DIR``) or
episodes (``list=true``) too, and say what is different in two runs (``other=DIR``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envs.errors import UserError
from envs.store import read_index
from lfm import layout
from lfm.cli import run_command
from lfm.episodes import Listed, list_episodes
from lfm.output import make_console, print_sheets, until_closed
from lfm.reading_config import InspectConfig
from lfm.rewritten import Rewritten, worth
from lfm.runs import RunFacts, difference, find_runs, is_run, run_facts, sheets
from lfm.story import Story, ToldStep, clean, find_set, read_stories, story_json
from lfm.summary import read_agreements, summary

_INDENT = 15
"""Column where texts begin, after their labels."""
_TOLD = 2
"""Episodes that are told if nobody says how many."""
_CHUNK = 64
"""Episodes that are read at once."""


def main(cfg: InspectConfig) -> None:
    """Show what the settings ask for.

    Raises:
        UserError: if the folder is no run, lacks what is asked for, or has a damaged file.
    """
    with until_closed():
        show(cfg, make_console())


def show(cfg: InspectConfig, console: Console) -> None:
    """Print what the settings ask for.

    Raises:
        UserError: if the folder is no run, lacks what is asked for, or has a damaged file.
    """
    if cfg.runs is not None:
        for run in islice(find_runs(Path(cfg.runs)), cfg.limit):
            _print(cfg, console, run_facts(run), _run_line)
        return
    runs = [Path(each) for each in (cfg.run, cfg.other) if each is not None]
    for run in runs:
        if not is_run(run):
            raise UserError(f"run: {run} is no run (it has no {layout.CONFIG_FILE})")
    if cfg.serve or cfg.corrections is not None:
        from lfm.report.judging import judging  # loads what draws charts, which terminals need not

        judging(runs[0], cfg)
        return
    if len(runs) == 2 and cfg.task is None:
        _show_difference(cfg, console, *runs)
        return
    for run in runs:
        _show_run(cfg, console, run)


def _show_run(cfg: InspectConfig, console: Console, run: Path) -> None:
    """A run's tables, if nothing is asked for, and the episodes that are asked for."""
    if not (cfg.json or cfg.list or cfg.set or cfg.episode or cfg.task):
        console.print(summary(run))
        console.print(_sets(run))
    elif cfg.other is not None and not cfg.json:
        console.print(Text(f"{run}:", style="bold"))
    stages = _stages(run, cfg)
    thresholds = {name: facts["threshold"] for name, facts in read_agreements(run).items()}
    listed = (each for stage in stages for each in list_episodes(run, stage, thresholds))
    if cfg.list:
        for each in islice((each for each in listed if _wanted(each, cfg)), cfg.limit):
            _print(cfg, console, each._asdict(), _episode_line)
    elif stages:
        _tell(cfg, console, run, list(listed))


def _tell(cfg: InspectConfig, console: Console, run: Path, listed: Sequence[Listed]) -> None:
    """Tell the episodes that are asked for step by step."""
    chosen = _chosen(run, listed, cfg)
    limit = cfg.limit if cfg.limit is not None or cfg.json else _TOLD
    told = chosen[:limit]
    for at, story in _stories(run, told):
        if cfg.json:
            _json_line({"run": str(run), "set": at.set, **story_json(story)})
        else:
            tell(story, console)
    if not cfg.json:
        sets = sorted({each.set for each in listed})
        of = sets[0] if len(sets) == 1 else f"{len(sets)} sets"
        line = f"{len(told)} of {len(listed)} episodes of {of}; more with set=, episode=, limit="
        console.print(Text(line))


def _stories(run: Path, listed: Sequence[Listed]) -> Iterator[tuple[Listed, Story]]:
    """The stories of listed episodes, in their order, of which a few are read at once."""
    for start in range(0, len(listed), _CHUNK):
        some = listed[start : start + _CHUNK]
        for stage in dict.fromkeys(each.set for each in some):
            of_stage = {each.trajectory_id: each for each in some if each.set == stage}
            read = {
                story.trajectory.trajectory_id: story
                for story in read_stories(run, stage, of_stage.keys())
            }
            yield from ((each, read[name]) for name, each in of_stage.items())


def _show_difference(cfg: InspectConfig, console: Console, run: Path, other: Path) -> None:
    found = difference(run, other)
    if cfg.json:
        _json_line({"a": str(run), "b": str(other), **found})
        return
    console.print(Text(f"a: {run}\nb: {other}"))
    print_sheets(console, sheets(found))
    for each in found["unlike"][: cfg.limit]:
        who = "only a" if each["a"] else "only b"
        console.print(Text(clean(f"{who}  {each['set']}  task={each['task_id']}")))


def _print(cfg: InspectConfig, console: Console, facts: Any, line: Callable[[Any], Text]) -> None:
    """A thing of a list as JSON, or as a line."""
    if cfg.json:
        _json_line(facts)
    else:
        console.print(line(facts), no_wrap=True, overflow=None if console.soft_wrap else "ellipsis")


def _json_line(facts: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")


def _run_line(facts: RunFacts) -> Text:
    state = "finished" if facts["finished"] else "unfinished"
    last = facts["results"][-1] if facts["results"] else None
    result = f"{last['method']} {last['success_rate']:.1%}" if last else "-"
    words = (
        f"{facts['started'][:16]}  {state:<10}  {facts['method']:<8}  {facts['env']} "
        f"{facts['split']}  seed {facts['seed']}  {result:<16}  {facts['run']}"
    )
    return Text(clean(words))


def _episode_line(facts: Mapping[str, Any]) -> Text:
    end = "success" if facts["success"] else "failure"
    words = (
        f"{end}  {facts['steps']:>3} steps  {facts['labelled']:>3} labelled  "
        f"{facts['disagreements']:>3} differ  {facts['imitated']:>3} imitated  {facts['set']}  "
        f"{facts['trajectory_id']}  {facts['task_type']}  {facts['instruction']}"
    )
    return Text(clean(words), style="" if facts["success"] else "red")


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
    if told.person is not None:
        verdict, note = told.person, f": {told.person.note}" if told.person.note else ""
        colour = "green" if verdict.productive else "red" if verdict.is_label else ""
        _line(console, "person", f"{verdict.who}: {verdict.new}{note}", colour)
    if told.rewritten is not None:
        _tell_rewritten(told, told.rewritten, console)
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


def _tell_rewritten(told: ToldStep, rewritten: Rewritten, console: Console) -> None:
    """What was written in an answer's place, what each text is worth, and what is imitated."""
    if verdict := rewritten.verdict:
        word = "right" if verdict.productive else "wrong"
        _line(console, "judge", f"{word}: {verdict.reason}", "green" if word == "right" else "red")
    if rewritten.texts and rewritten.told not in [label.reason for label in told.labels]:
        _line(console, "told", rewritten.told or "nothing")
    for text in rewritten.texts:
        _line(console, f"anew {text.number}", text.text or "(empty)", "bold" * text.selected)
        _line(console, "worth", worth(text), "green" if text.success else "red")
    as_it_is = rewritten.imitated == told.step.action
    wanted = "the answer as it is" if as_it_is else rewritten.imitated
    _line(console, "imitated", "nothing" if wanted is None else wanted or "(empty)")


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
        episodes = read_index(file)
        sums = [pc.sum(episodes[name]).as_py() or 0 for name in ("success", "steps")]
        table.add_row(Text(stage), *(f"{number:,}" for number in (episodes.num_rows, *sums)))
    return table


def _stages(run: Path, cfg: InspectConfig) -> list[str]:
    """Where to look: what was asked for; for lists everywhere, else where steps were judged."""
    if cfg.set is not None:
        return [find_set(run, cfg.set)]
    sets = layout.episode_sets(run)
    if cfg.episode is not None and not cfg.episode.isdigit():
        for stage, file in sets.items():
            if cfg.episode in read_index(file)["trajectory_id"].to_pylist():
                return [stage]
        raise UserError(f"episode: {run} has no episode {cfg.episode!r}")
    if cfg.list or cfg.task is not None:
        return list(sets)
    judged = [stage for stage in sets if stage.startswith(layout.rollouts(""))]
    return (judged or list(sets))[:1]


def _chosen(run: Path, listed: Sequence[Listed], cfg: InspectConfig) -> list[Listed]:
    """The episodes to be told, those with the most to read first."""
    if cfg.episode is not None:
        for number, each in enumerate(listed, start=1):
            if cfg.episode in (str(number), each.trajectory_id):
                return [each]
        raise UserError(
            f"episode: {run} has no episode {cfg.episode!r} there; "
            f"give an id or a number from 1 to {len(listed)}"
        )
    chosen = [each for each in listed if _wanted(each, cfg)]
    # The sort keeps the order of the rest.
    return sorted(chosen, key=lambda each: (not each.labelled, not each.judged))


def _wanted(each: Listed, cfg: InspectConfig) -> bool:
    """Whether an episode passes the filters."""
    return (
        (cfg.outcome == "any" or each.success == (cfg.outcome == "success"))
        and (cfg.split is None or each.split == cfg.split)
        and (cfg.task_type is None or each.task_type == cfg.task_type)
        and (cfg.task is None or each.task_id == cfg.task)
        and (not cfg.disagree or each.disagreements > 0)
    )


if __name__ == "__main__":
    run_command(main, "inspect")
