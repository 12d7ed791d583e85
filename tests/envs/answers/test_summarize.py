"""Summaries: how they are cut, what they are worth, files of SLF5K's schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envs.answers.question import Level
from envs.answers.summarize.env import SummarizeEnv
from envs.answers.summarize.summary import Point, Summary, overlap
from envs.errors import UserError

POINTS = (Point("what was lost", ("lost", "tent")), Point("who did it", ("sister",)))
POST = Summary("a", "made up", "Title: T\n\nText: P", "My sister lost my tent.", POINTS)
ROW = {"title": "T", "post": "A long text.", "ideal_human_summary": "It is long.", "feedback": ""}


def test_the_prompt_is_the_papers() -> None:
    assert POST.instruction == "Title: T\n\nText: P\n\nTL;DR:"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (" A tent was lost. It was mine. And then", "A tent was lost. It was mine."),
        ("\nIs it lost?\nNo.", "Is it lost?"),
        ('He said "no." Then', 'He said "no."'),
        ("It cost 3.50 and", None),
        ("no end", None),
        ("", None),
        ("word " * 47 + "end. More.", "word " * 47 + "end."),
        ("word " * 48 + "end.", None),
    ],
)
def test_whole_sentences_of_the_first_line_are_the_summary(text: str, summary: str | None) -> None:
    assert POST.extract(text) == summary


def test_the_score_is_the_share_of_points() -> None:
    assert POST.verify("My sister lost a tent.").success
    assert POST.verify("Somebody lost a tent.").score == 0.5
    assert POST.feedback("My sister has lost it.", Level.hint).text == (
        "Your summary makes 1 of 2 points. It does not say what was lost."
    )
    assert POST.feedback("My sister has lost it.", Level.verdict).text == (
        "Your summary makes 1 of 2 points."
    )


def test_overlap_is_rouge_l() -> None:
    assert overlap("a b c", "A, b, c!") == 1.0
    assert overlap("a b c d", "a c d e") == 0.75
    assert overlap("d c b a", "a b c d") == 0.25
    assert overlap("x", "y") == overlap("", "a") == 0.0


def _files(folder: Path, *rows: Any) -> str:
    (folder / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(folder)


def test_no_program_calls_a_summary_of_a_real_post_right(tmp_path: Path) -> None:
    env = SummarizeEnv("test", data=_files(tmp_path, ROW, {**ROW, "subreddit": "r"}))
    env.reset(options={"task_id": "test/1"})
    verdict = env.verify("It is long.")
    assert (verdict.score, verdict.success) == (1.0, False)
    assert env.feedback("It is short.").text == (
        "Your summary has a ROUGE-L of 0.67 with a person's."
    )
    assert [env.task_type(each) for each in env.task_ids] == ["slf5k", "r"]


def test_bad_files(tmp_path: Path) -> None:
    for row in ({"title": "T", "post": "P"}, {**ROW, "post": 3}, [1]):
        with pytest.raises(UserError, match=r"test.jsonl, line 1: not a row of SLF5K \("):
            SummarizeEnv("test", data=_files(tmp_path / _folder(tmp_path), row))
    with pytest.raises(UserError, match=r"is empty; get it anew\.$"):
        SummarizeEnv("test", data=_files(tmp_path / _folder(tmp_path)))
    with pytest.raises(UserError, match=r"^data: cannot read .*validation.jsonl"):
        SummarizeEnv("validation", data=_files(tmp_path, ROW))
    with pytest.raises(UserError, match=r"^split='validation': made-up posts have train and test"):
        SummarizeEnv("validation")
    with pytest.raises(UserError, match=r"^split='dev' is not known"):
        SummarizeEnv("dev")


def _folder(parent: Path) -> str:
    """A new folder: what was read of a file is remembered."""
    name = str(len(list(parent.iterdir())))
    (parent / name).mkdir()
    return name
