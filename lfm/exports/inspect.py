"""Logs that Inspect (https://inspect.aisi.org.uk) and its viewer read, one for every set.

The format is a zip archive of JSON files whose schema Inspect publishes (version 2). It is written
here rather than by Inspect, which would bring dozens of packages; the tests have it read them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from envs.files import naming_errors, read_json
from lfm import layout
from lfm.done import DoneStage, read_stage
from lfm.exports.rows import turns
from lfm.exports.source import Source, about
from lfm.rewritten import worth
from lfm.story import Story, ToldStep, clean

_VERSION = 2
"""Of Inspect's log format."""
_SUMMARY = ("id", "epoch", "input", "target", "metadata", "scores", "uuid")
"""What the list of samples has of each."""


def write_inspect(source: Source, out: Path) -> int:
    """Write a folder of logs; returns how many samples they have together.

    Raises:
        UserError: if a file of the run is missing or damaged, or one cannot be written.
    """
    samples = 0
    with naming_errors(out):
        out.mkdir(parents=True)
    for stage, stories in source.sets():
        if not stories:
            continue
        done = read_stage(source.run / stage)
        with naming_errors(out), ZipFile(out / _file_name(done), "w", ZIP_DEFLATED) as log:
            _write_log(log, source, done, stories)
        samples += len(stories)
    return samples


def _file_name(done: DoneStage) -> str:
    """Time, task and id, as Inspect names its logs."""
    when = done.finished.replace(":", "-").replace("+", "-").replace(".", "-")
    return f"{when}_{done.name.replace('/', '-').replace('_', '-')}_{_id(done.name, done)}.eval"


def _write_log(log: ZipFile, source: Source, done: DoneStage, stories: list[Story]) -> None:
    head = {"version": _VERSION, **_head(source, done, stories)}
    _add(log, "_journal/start.json", {key: head[key] for key in ("version", "eval", "plan")})
    tries, summaries = Counter[str](), []
    for story in stories:
        tries[story.trajectory.task_id] += 1
        sample = _sample(source, done, story, tries[story.trajectory.task_id])
        _add(log, f"samples/{sample['id']}_epoch_{sample['epoch']}.json", sample)
        summary = {key: sample[key] for key in _SUMMARY}
        summaries.append(summary | {"completed": True, "message_count": len(sample["messages"])})
    _add(log, "_journal/summaries/1.json", summaries)
    _add(log, "summaries.json", summaries)
    _add(log, "header.json", head)


def _head(source: Source, done: DoneStage, stories: list[Story]) -> dict[str, Any]:
    """What the log says of the whole set."""
    first = stories[0].trajectory
    manifest = source.run / layout.MANIFEST_FILE
    successes = sum(story.trajectory.success for story in stories)
    accuracy = {"name": "accuracy", "value": successes / len(stories)}
    tasks = list(dict.fromkeys(story.trajectory.task_id for story in stories))
    spec = {
        "eval_id": _id("eval", done),
        "run_id": _id("run", done),
        "created": done.finished,
        "task": done.name,
        "task_id": _id("task", done),
        "dataset": {
            "name": f"{first.env}/{first.split}",
            "samples": len(tasks),
            "sample_ids": tasks,
        },
        "model": first.policy,
        "config": {"epochs": max(Counter(story.trajectory.task_id for story in stories).values())},
        "packages": read_json(manifest)["packages"] if manifest.exists() else {},
        "metadata": {"run": source.run.resolve().name, "env_version": first.env_version},
    }
    scores = [{"name": "success", "scorer": "success", "metrics": {"accuracy": accuracy}}]
    count = {"total_samples": len(stories), "completed_samples": len(stories)}
    return {
        "status": "success",
        "eval": spec,
        "plan": {"name": "plan", "steps": []},
        "results": {**count, "scores": scores},
        "stats": {"started_at": done.finished, "completed_at": done.finished},
    }


def _sample(source: Source, done: DoneStage, story: Story, epoch: int) -> dict[str, Any]:
    """An episode: as a conversation, and as events with what was said of each step."""
    episode = story.trajectory
    name = _id(episode.trajectory_id, done)
    told = [clean(text) for _, text in turns(episode, len(episode.steps))]
    messages = [
        {"id": f"{name}-{at}", "role": "assistant" if at % 2 else "user", "content": text}
        for at, text in enumerate(told)
    ]
    privileged = " Privileged: it knew what an agent could not." if episode.privileged else ""
    outcome = {
        "value": "C" if episode.success else "I",
        "explanation": f"The environment's word after {len(episode.steps)} steps.{privileged}",
    }
    return {
        "id": clean(episode.task_id),
        "epoch": epoch,
        "uuid": name,
        "input": told[0],
        "target": "",
        "messages": messages,
        "scores": {"success": outcome},
        "metadata": {**about(done.name, episode), **source.speakers(done.name, story)},
        "events": [_event(told_step, name, done) for told_step in story.told],
        "completed_at": done.finished,
    }


def _event(told: ToldStep, sample: str, done: DoneStage) -> dict[str, Any]:
    """A step and what was said of it."""
    data: dict[str, Any] = {
        "action": clean(told.step.action),
        "observation": clean(told.step.observation),
    }
    for at, label in enumerate(told.labels):
        word = "productive" if label.productive else "not productive"
        data["critic" + f" ({at + 1})" * bool(at)] = clean(f"{word}: {label.reason}")
    if judged := told.judgement:
        data |= {"p_productive": judged.p_productive, "kept": judged.kept}
        data |= {"feedback model": clean(judged.reason)} if judged.reason else {}
    if told.advice is not None:
        data["advisor"] = clean(told.advice)
    if anew := told.rewritten:
        for text in anew.texts:
            data[f"anew {text.number}"] = clean(f"{text.text}\n[{worth(text)}]")
        data["imitated"] = None if anew.imitated is None else clean(anew.imitated)
    if told.person is not None:
        data["person"] = clean(f"{told.person.new}: {told.person.note}")
    return {
        "event": "info",
        "uuid": f"{sample}-step-{told.number}",
        "timestamp": done.finished,
        "working_start": float(told.number),
        "source": f"step {told.number}",
        "data": data,
    }


def _id(name: str, done: DoneStage) -> str:
    """A short name that no other thing has: of the set's contents and ``name``."""
    content = json.dumps([name, done.name, done.outputs], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:22]


def _add(log: ZipFile, name: str, value: Any) -> None:
    log.writestr(name, json.dumps(value, ensure_ascii=False))
