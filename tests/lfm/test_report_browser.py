"""The report in a real browser: filters, keys, links, themes, and text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from envs.record import Trajectory
from envs.store import write_trajectories
from lfm import layout
from lfm.report import write_report
from lfm.report.episodes import embed
from lfm.store import write_judgements
from tests.lfm.conftest import build_run, episode, judgements_on

HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    "\"'><svg onload=window.hacked=1> {{7*7}} <b>bold</b>"
)
PHONE = ViewportSize(width=390, height=800)
PROBABILITIES = {("round1-1", 2): 0.97, ("round1-2", 1): 0.05, ("round1-3", 3): 0.49}
"""Where the feedback model says otherwise than in the sample: twice against the critic."""


def _run(directory: Path) -> Path:
    """A run with disagreement, two splits, types and policies, and an episode that attacks."""
    build_run(directory)
    judged = [
        replace(each, p_productive=PROBABILITIES.get((each.trajectory_id, each.step), 0.3))
        for number in range(6)
        for each in judgements_on(episode(number))
    ]
    for at, each in enumerate(judged):
        if each.step == 1 and each.trajectory_id != "round1-2":
            judged[at] = replace(each, p_productive=0.9)
    write_judgements(directory / layout.judgements("round1") / layout.JUDGEMENTS_FILE, judged)
    demonstration = replace(
        episode(0, "demo"), split="train", task_type="heat <i>it</i>", policy="expert"
    )
    _replace_episodes(directory, layout.DEMONSTRATIONS, [demonstration])
    attack = episode(0, HOSTILE)
    step = replace(attack.steps[0], action=HOSTILE, observation=HOSTILE)
    attack = replace(attack, instruction=HOSTILE, first_observation=HOSTILE, steps=(step,) * 3)
    others = [episode(number, "bc-valid_seen") for number in range(1, 4)]
    _replace_episodes(directory, layout.evaluation("bc", "valid_seen"), [attack, *others])
    return directory


def _replace_episodes(directory: Path, stage: str, episodes: Sequence[Trajectory]) -> None:
    write_trajectories(directory / stage / layout.TRAJECTORIES_FILE, episodes)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    run = _run(tmp_path_factory.mktemp("browser") / "run")
    return write_report(run).as_uri()


@pytest.fixture(scope="module")
def page(browser: Browser, report: str) -> Iterator[Page]:
    """One page for all tests, which must not complain, ask, or fetch."""
    said: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.set_default_timeout(60_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: said.append(request.url))
    page.goto(report)
    expect(page.locator("body[data-ready]")).to_be_attached()
    yield page
    assert said == [report]
    page.close()


def _go(page: Page, address: str) -> None:
    page.evaluate("address => { location.hash = address }", address)


def _ids(page: Page) -> list[str]:
    """The ids of the episodes in the list."""
    links = page.locator("#list a").evaluate_all("all => all.map(each => each.href)")
    return [re.findall(r"id=([^&]*)", link)[0] for link in links]


@pytest.mark.parametrize(
    ("control", "value", "expected"),
    [
        ("set", "rollouts/adapt1", 4),
        ("split", "train", 1),
        ("type", "heat <i>it</i>", 1),
        ("policy", "expert", 1),
        ("outcome", "success", 18),
        ("outcome", "failure", 17),
        ("label", "good", 4),
        ("label", "bad", 4),
        ("label", "none", 31),
        ("differ", "yes", ["round1-1", "round1-2"]),
        ("differ", "critic", ["round1-2"]),
        ("differ", "model", ["round1-1"]),
        ("kept", "yes", 10),
        ("kept", "no", 10),
        ("low", "96", ["round1-1"]),
        ("high", "6", ["round1-2"]),
        ("q", "reason of the CRITIC 2", 4),
        ("q", "reason of the model 2", 10),
        ("q", "GO to cabinet 3", 34),
        ("q", "round1-1", ["round1-1"]),
        ("q", "the model saw it walk", 10),
        ("q", "look for the mug first", 4),
        ("q", "heat <i>", 0),
    ],
)
def test_a_filter_finds_what_it_says(
    page: Page, control: str, value: str, expected: int | list[str]
) -> None:
    _go(page, "#/episodes")
    expect(page.locator("#found")).to_have_text("35 of 35 episodes")
    field = page.locator(f"[name={control}]")
    field.select_option(value) if control not in ("low", "high", "q") else field.fill(value)
    number = expected if isinstance(expected, int) else len(expected)
    expect(page.locator("#found")).to_have_text(f"{number} of 35 episodes")
    assert len(_ids(page)) == number
    assert isinstance(expected, int) or _ids(page) == expected
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#found")).to_have_text("35 of 35 episodes")


def test_a_search_says_how_far_it_is(browser: Browser, report: str) -> None:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{report}#/episodes")
    expect(page.locator("#list a").first).to_be_visible()
    page.evaluate("""() => {
      const found = document.querySelector("#found"), control = document.querySelector("#choose-q");
      window.said = [];
      new MutationObserver(() => said.push(found.textContent)).observe(found, { childList: true });
      control.value = "reason of the critic 2";
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    expect(page.locator("#found")).to_have_text("4 of 35 episodes")
    *before, found = page.evaluate("said")
    assert before == [f"Searching: {share} % of the texts read" for share in range(0, 101, 20)]
    assert found == "4 of 35 episodes"
    page.close()


def test_conditions_on_steps_are_about_the_same_step(page: Page) -> None:
    _go(page, "#/episodes?label=good&high=10")
    expect(page.locator("#found")).to_have_text("1 of 35 episodes")
    _go(page, "#/episodes?label=bad&high=10")
    expect(page.locator("#found")).to_have_text("0 of 35 episodes")


@pytest.mark.parametrize(("order", "first"), [("unsure", "round1-3"), ("differ", "round1-1")])
def test_what_is_worth_a_look_comes_first(page: Page, order: str, first: str) -> None:
    _go(page, f"#/episodes?order={order}")
    expect(page.locator("#list a").first).to_have_attribute("href", re.compile(f"id={first}$"))


def test_random_order_is_another_order_and_stays(page: Page) -> None:
    _go(page, "#/episodes")
    expect(page.locator("#list a").first).to_have_attribute("href", re.compile(r"^#[^&]*id="))
    before = _ids(page)
    _go(page, "#/episodes?order=random")
    expect(page.locator("#list a").first).to_have_attribute("href", re.compile("order=random"))
    assert _ids(page) != before
    assert sorted(_ids(page)) == sorted(before)


def test_an_episode_is_a_story(page: Page) -> None:
    _go(page, "#/episodes?id=round1-1&step=2")
    story = page.locator("#story")
    expect(story.locator("h3")).to_have_text("put a mug in cabinet")
    step = story.locator("li[data-step='2']")
    expect(step).to_have_attribute("aria-current", "step")
    expect(step).to_contain_text("go to cabinet 2")
    expect(step).to_contain_text("critic: not productive reason of the critic 2 [bold]not bold[/]")
    expect(step).to_contain_text("m: 97.0 %, not imitated differs from the critic")
    expect(story.locator("li.kept")).to_have_count(1)
    expect(story).to_contain_text("It suggests: Look for the mug first.")
    _go(page, "#/episodes?id=none-such")
    expect(story).to_have_text("There is no episode none-such.")


def test_the_list_is_filtered_and_the_steps_meant_are_marked(page: Page) -> None:
    _go(page, "#/episodes?differ=model")
    page.locator("#list a").click()
    expect(page.locator("#story li.meant")).to_have_count(1)
    expect(page.locator("#story li[data-step='2']")).to_have_attribute("aria-current", "step")
    assert page.evaluate("location.hash") == "#/episodes?differ=model&id=round1-1"
    page.go_back()
    expect(page.locator("#story")).to_have_text("Choose an episode.")


def test_keys(page: Page) -> None:
    _go(page, "#/overview")
    page.keyboard.press("/")
    expect(page.locator("#choose-q")).to_be_focused()
    page.keyboard.type("round1-")
    expect(page.locator("#found")).to_have_text("6 of 35 episodes")
    page.keyboard.press("Escape")
    for key, expected in (("j", "0"), ("j", "1"), ("k", "0"), ("j", "1")):
        page.keyboard.press(key)
        expect(page.locator("#list [aria-current]")).to_have_attribute(
            "href", re.compile(f"id=round1-{expected}")
        )
    expect(page.locator("#story .back + h3 + p + p")).to_contain_text("round1-1 ")
    for key, step in (("n", 1), ("n", 2), ("p", 1), ("x", 2)):
        page.keyboard.press(key)
        expect(page.locator("#story li[aria-current]")).to_have_attribute("data-step", str(step))
    assert "step=2" in page.evaluate("location.hash")
    page.keyboard.press("Escape")
    expect(page.locator("#story")).to_have_text("Choose an episode.")
    for key, part in (("c", "compare"), ("o", "overview"), ("e", "episodes")):
        page.keyboard.press(key)
        expect(page.locator(f"#{part}")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("next step on which critic and model differ")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()


def test_the_same_task_under_two_policies(page: Page) -> None:
    _go(page, "#/compare")
    for name, stage in (("a", "evaluations/bc-valid_unseen"), ("b", "rollouts/adapt1")):
        page.locator(f"#choose-{name}").select_option(stage)
    compared = page.locator("#compared")
    expect(compared).to_contain_text("4 tasks in common: the second did better on 0, worse on 0")
    compared.locator("tbody a").nth(1).click()
    expect(compared.locator("article")).to_have_count(2)
    expect(compared).to_contain_text("The first 3 actions are the same.")
    assert "left=bc-valid_unseen-1&right=adapt1-1" in page.evaluate("location.hash")
    _go(page, "#/compare?left=demo-0&right=" + page.evaluate("encodeURIComponent", f"{HOSTILE}-0"))
    expect(compared).to_contain_text("They part at the first step.")
    _go(page, "#/episodes?id=round1-1")
    page.get_by_role("link", name="compare with adapt1-1").click()
    expect(compared.locator("article h3")).to_have_count(2)


def test_text_of_the_run_never_becomes_markup(page: Page) -> None:
    for address in ("episodes?id=", "compare?right=round1-1&left="):
        _go(page, f"#/{address}" + page.evaluate("encodeURIComponent", f"{HOSTILE}-0"))
        expect(page.locator("article h3:visible").first).to_have_text(HOSTILE)
        expect(page.locator("article:visible li .action").first).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, b, i, [onload], [onerror]").count() == 0
    assert page.locator("script").count() == 1 + page.locator("script[type*=gzip]").count()


def test_a_link_opens_where_it_points_to(browser: Browser, report: str) -> None:
    page = browser.new_page()
    page.goto(f"{report}#/episodes?kept=no&id=adapt1-2&step=3")
    expect(page.locator("#story li[data-step='3']")).to_have_attribute("aria-current", "step")
    expect(page.locator("[name=kept]")).to_have_value("no")
    expect(page.locator("#found")).to_have_text("10 of 35 episodes")
    page.close()


SHOWN = {
    "overview": "#overview table",
    "episodes": "#list a",
    "episodes?id=round1-1": "#story li.kept",
    "compare": "#compared table",
    "compare?left=demo-0&right=round1-0": "#compared article li",
}
"""Address -> what is in sight when its view is complete."""


def _serious(page: Page) -> list[str]:
    """The rules that axe finds seriously broken."""
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for address, shown in SHOWN.items():
        _go(page, f"#/{address}")
        expect(page.locator(shown).first).to_be_visible()
        assert _serious(page) == [], address
    page.emulate_media(color_scheme="light")


def test_axe_finds_what_is_wrong(browser: Browser, report: str) -> None:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{report}#/episodes?id=round1-1")
    page.locator("#story h3").evaluate("each => { each.style.color = 'var(--faint)' }")
    page.locator("#theme").evaluate("each => { each.textContent = '' }")
    assert {"button-name", "color-contrast"} <= set(_serious(page))
    page.close()


def test_the_theme_follows_the_system_until_it_is_chosen(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(paper)
    assert dark != light
    button = page.locator("#theme")
    for name, expected in (("light", light), ("dark", dark), ("system", dark)):
        button.click()
        expect(button).to_have_text(f"Theme: {name}")
        assert page.evaluate(paper) == expected
    page.emulate_media(color_scheme="light")


def test_it_can_be_read_on_a_phone(browser: Browser, report: str) -> None:
    page = browser.new_page(viewport=PHONE)
    for address, shown in SHOWN.items():
        page.goto(f"{report}#/{address}")
        expect(page.locator(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
    page.goto(f"{report}#/episodes?id=round1-1")
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_role("link", name="All episodes found").click()
    expect(page.locator("#list")).to_be_visible()
    page.close()


def test_what_was_left_out_is_said(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lfm.report.page.embed", partial(embed, limit=0))
    page = browser.new_page()
    page.goto(write_report(_run(tmp_path / "run")).as_uri() + "#/episodes?id=round1-1")
    notice = page.locator("#episodes > .notice")
    expect(notice).to_contain_text("35 of 35 episodes are listed without")
    expect(page.locator("#story")).to_contain_text("lfm.inspect run=DIR episode=round1-1")
    page.close()
