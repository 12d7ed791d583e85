"""What became of answers is told: by the story, in the terminal, in the report, in exports."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from rich.console import Console

from envs.store import write_trajectories
from lfm import layout
from lfm.episodes import list_episodes
from lfm.inspect import show
from lfm.report import write_report
from lfm.store import write_feedback
from lfm.story import clean, read_stories, story_json
from tests.lfm.anew import ANSWERS, HOSTILE, SAID, TEXTS, anew_run
from tests.lfm.exports.exporting import export, lines
from tests.lfm.looking import inspecting
from tests.lfm.recipes.test_conditioning import EPISODES, JUDGED, OWN, TRUTH_TABLE, Taught, answers
from tests.lfm.recipes.test_conditioning import SAID as SAYING

STAGE = layout.rollouts("round1")
CHOSEN = TEXTS[0].text


def imitated(run: Path) -> dict[str, str | None]:
    """Answer -> what is learned in its place."""
    return {
        story.trajectory.trajectory_id: told.rewritten.imitated
        for story in read_stories(run, STAGE)
        for told in story.told
        if told.rewritten
    }


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ({}, ("a", CHOSEN)),
        ({"on_correct": "drop"}, (None, CHOSEN)),
        ({"cleaned": True}, ("a", "e")),
        ({"judged": True}, (None, CHOSEN)),  # who was asked did not say that it is right
    ],
)
def test_what_is_imitated(tmp_path: Path, made: dict[str, Any], wanted: tuple[str | None]) -> None:
    assert imitated(anew_run(tmp_path / "run", **made)) == {
        **dict(zip(("right", "wrong"), wanted, strict=True)),
        "hopeless": None,
        "lost": None,
        "unheard": None,
    }


@pytest.mark.parametrize(("errors_by", "on_correct", "wanted"), TRUTH_TABLE)
def test_it_agrees_with_what_the_recipe_taught(
    tmp_path: Path, errors_by: str, on_correct: str, wanted: dict[str, str | None]
) -> None:
    """What a real teacher leaves behind, beside what was asked of it."""
    settings = (f"recipe.errors_by={errors_by}", f"recipe.on_correct={on_correct}")
    assert Taught(tmp_path / "run", ["x"], *settings).targets == wanted
    heard = {layout.feedback("round1"): SAYING}
    if errors_by == "judge":
        heard[layout.correctness("round1")] = JUDGED
    for stage, verdicts in heard.items():
        folder = tmp_path / "run" / stage
        folder.mkdir(parents=True)
        windows = answers(verdicts)("", EPISODES, "")
        write_feedback(folder, windows, "m", privileged=False)
        (folder / layout.DONE_FILE).touch()
    (tmp_path / "run" / STAGE).mkdir(parents=True)
    told = [replace(each, success=each.steps[0].action == OWN) for each in EPISODES]
    write_trajectories(tmp_path / "run" / STAGE / layout.TRAJECTORIES_FILE, told)
    assert imitated(tmp_path / "run") == wanted


def test_a_cleaned_text_is_no_advice(tmp_path: Path) -> None:
    stories = read_stories(anew_run(tmp_path / "run", cleaned=True), STAGE)
    assert not any(story.advice for story in stories)


@pytest.mark.parametrize("facts", [{"errors_by": "truth"}, {"errors_by": "feedback"}])
def test_the_truth_is_privileged_also_where_nothing_was_written(
    tmp_path: Path, facts: dict[str, str]
) -> None:
    for story in read_stories(anew_run(tmp_path / "run", **facts), STAGE):
        assert story.rewritten[1].privileged == (facts["errors_by"] == "truth")


def test_a_list_counts_it(tmp_path: Path) -> None:
    run, written = anew_run(tmp_path / "run", judged=True), io.StringIO()
    show(inspecting(run=run, set="round1", list=True), Console(file=written, width=400))
    found = imitated(run)
    told = {each.trajectory_id: each.imitated for each in list_episodes(run, STAGE, thresholds={})}
    assert told == {name: int(text is not None) for name, text in found.items()}
    assert set(told.values()) == {0, 1}
    assert all(f"  {count} imitated  " in written.getvalue() for count in (0, 1))


def test_the_terminal_tells_it(tmp_path: Path) -> None:
    run, written = anew_run(tmp_path / "run", judged=True), io.StringIO()
    console = Console(file=written, width=400, soft_wrap=True)
    show(inspecting(run=run, set="round1", limit=5), console)
    shown = written.getvalue()
    for line in (
        f"critic  not productive: {clean(SAID['wrong'].reason)}",
        f"judge  wrong: {clean(SAID['wrong'].reason)}",
        f"anew 1  {clean(CHOSEN)}",
        "worth  right, score 1; instruct 0.125; chosen by instruct",
        "worth  wrong, score 0; instruct 0.25",
        f"imitated  {clean(CHOSEN)}",
        "told  of another",
        "anew 1  (empty)",
        "worth  cannot be read, score 0; instruct 0.125",
        "imitated  nothing",
    ):
        assert f"{line}\n" in shown, line
    assert "\x1b" not in shown
    show(inspecting(run=anew_run(tmp_path / "kept"), episode="right"), console)
    assert "imitated  the answer as it is\n" in written.getvalue()


def test_programs_get_it_as_it_is(tmp_path: Path) -> None:
    stories = read_stories(anew_run(tmp_path / "run"), STAGE)
    told = {story.trajectory.trajectory_id: story_json(story)["steps"][0] for story in stories}
    assert json.loads(json.dumps(told["wrong"]["rewritten"])) == {
        "verdict": None,
        "texts": [
            {
                "number": at,
                "feedback": SAID["wrong"].reason,
                "text": each.text,
                "match": True,
                "score": each.score,
                "success": each.success,
                "scores": {"instruct": at / 8},
                "selected": at == 1,
                "refiner": "base",
                "selection": "instruct",
                "privileged": False,
            }
            for at, each in enumerate(TEXTS[:2], start=1)
        ],
        "imitated": CHOSEN,
    }


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The report of such a run, in a browser that must not complain, ask, or fetch."""
    report = write_report(anew_run(tmp_path_factory.mktemp("anew") / "run", judged=True)).as_uri()
    said: list[str] = []
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(report)
    expect(page.locator("body[data-ready]")).to_be_attached()
    yield page
    page.close()
    assert said == [report]


def test_the_report_tells_it_as_text(page: Page) -> None:
    page.evaluate("location.hash = '#/episodes?id=wrong'")
    step = page.locator("#story li[data-step='1']")
    expect(step).to_contain_text(f"critic: not productive {clean(SAID['wrong'].reason)}")
    expect(step).to_contain_text(f"judge: wrong {clean(SAID['wrong'].reason)}")
    expect(step.locator(".anew .action")).to_have_text([clean(CHOSEN), "f"])
    expect(step.locator(".anew .chip")).to_have_text(
        ["right, score 1; instruct 0.125; chosen by instruct", "wrong, score 0; instruct 0.25"]
    )
    expect(step.locator(".anew li.chosen .action")).to_have_text(clean(CHOSEN))
    expect(step).to_contain_text(f"imitated {clean(CHOSEN)}")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, #story b, #story svg[onload], [onerror]").count() == 0


def test_the_report_tells_what_came_to_nothing(page: Page) -> None:
    page.evaluate("location.hash = '#/episodes?id=hopeless'")
    step = page.locator("#story li[data-step='1']")
    expect(step).to_contain_text("Who wrote anew was told: of another")
    expect(step).to_contain_text("imitated nothing")


def test_what_was_imitated_can_be_filtered_and_texts_are_found(page: Page) -> None:
    page.evaluate("location.hash = '#/episodes?kept=yes'")
    expect(page.locator("#found")).to_have_text("1 of 5 episodes")
    page.evaluate("location.hash = '#/episodes?q=hacked%3D1%3E%20%7B%7B7'")
    expect(page.locator("#found")).to_have_text("1 of 5 episodes")


def test_pairs_are_what_was_chosen_and_what_was_called_wrong(tmp_path: Path) -> None:
    run = anew_run(tmp_path / "run", cleaned=True)
    assert export(run, "preference", tmp_path / "pairs.jsonl") == 1
    (pair,) = lines(tmp_path / "pairs.jsonl")
    assert pair["prompt"] == [{"role": "user", "content": "Do it."}]
    assert pair["chosen"] == [{"role": "assistant", "content": "e"}]
    assert pair["rejected"] == [{"role": "assistant", "content": "b"}]
    assert pair["trajectory_id"] == pair["rejected_trajectory_id"] == "wrong"
    assert pair["chosen_reason"] == "written anew by base, chosen by instruct"
    assert (pair["rejected_reason"], pair["labels_by"]) == (SAID["wrong"].reason, "m")
    assert pair["labels_privileged"] is False


def test_conversations_end_with_what_is_learned(tmp_path: Path) -> None:
    run = anew_run(tmp_path / "run", cleaned=True, errors_by="truth")
    assert export(run, "chat", tmp_path / "chat.jsonl") == 2
    learned = [
        (row["conversations"][-1]["value"], row["conversations"][-1]["loss"], row["chosen_by"])
        for row in lines(tmp_path / "chat.jsonl")
    ]
    assert learned == [("a", True, "m"), ("e", True, "instruct")]
    assert all(row["chosen_by_privileged"] for row in lines(tmp_path / "chat.jsonl"))


def test_a_data_set_loses_nothing_of_it(tmp_path: Path) -> None:
    run = anew_run(tmp_path / "run", judged=True, cleaned=True)
    assert export(run, "parquet", tmp_path / "data") == len(ANSWERS)
    assert read_stories(tmp_path / "data", STAGE) == read_stories(run, STAGE)
    assert HOSTILE in CHOSEN
