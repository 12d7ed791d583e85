"""A person judges steps, in a real browser: served by the real command, and in the file alone."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from envs.errors import UserError
from lfm import layout
from lfm.corrections import Overlay, read_corrections, run_episodes
from lfm.report import write_report
from lfm.report.judging import judging
from lfm.report.page import Served, render
from lfm.report.people import critics_words
from lfm.report.serve import Desk, Server
from tests.lfm.conftest import build_run
from tests.lfm.looking import inspecting

HOSTILE = "</script><img src=x onerror=window.hacked=1> {{7*7}} <b>bold</b>"
_COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has switched it off
from lfm.cli import run_command
from lfm.inspect import main
run_command(main, "inspect")
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return build_run(tmp_path / "run")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report without verdicts; tests only read it."""
    return write_report(build_run(tmp_path_factory.mktemp("report") / "run")).as_uri()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def _open(page: Page, address: str) -> None:
    page.goto("about:blank")  # another place in the same file would not be loaded anew
    page.goto(address)
    expect(page.locator("body[data-ready]")).to_be_attached(timeout=60_000)


def test_judged_by_keys_it_is_in_the_run_and_stays(run: Path, page: Page) -> None:
    settings = [f"run={run}", "serve=true", "blind=true", "who=Ada"]
    command = [sys.executable, "-c", _COMMAND, *settings]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(word for word in process.stderr.readline().split() if "://" in word)
            _judge(run, page, address)
            process.send_signal(signal.SIGINT)
            assert f"Added to {run / layout.CORRECTIONS_FILE}: 3 by Ada" in process.stderr.read()
            assert process.wait() == 0
        finally:
            process.kill()
    page.keyboard.press("2")
    expect(page.locator("#told")).to_contain_text("Not saved: the server does not answer.")
    _open(page, (run / layout.REPORT_FILE).as_uri() + "#/overview")
    expect(page.locator("#overview")).to_contain_text("Steps judged: 1 by Ada; 1 cannot tell.")


def _judge(run: Path, page: Page, address: str) -> None:
    """Draw a step, judge it blind, see what was hidden, and see it again after a reload."""
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    _open(page, f"{address}#/episodes?set=rollouts%2Fround1")
    expect(page.locator("#choose-label")).to_be_hidden()
    page.keyboard.press("v")
    step = page.locator("#story li[aria-current]")
    expect(step.get_by_role("button", name="Cannot tell")).to_be_visible()
    expect(page.locator("#story .chip", has_text="critic")).to_have_count(0)
    expect(page.locator("#story .chip", has_text="imitated")).to_have_count(0)
    expect(page.locator("#story .window, #story .kept")).to_have_count(0)
    page.keyboard.press("w")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(page.locator("#told")).to_have_text("1 step judged by you, saved in the run as Ada.")
    [made] = read_corrections(run / layout.CORRECTIONS_FILE)  # also if the server were killed now
    assert (made.who, made.new, made.note) == ("Ada", "cannot tell", HOSTILE)
    assert (made.blind, made.queue) == (True, "random")
    assert f"id={made.episode}&step={made.step}" in page.url
    page.reload()
    expect(step.locator(".person")).to_contain_text(f"Ada: cannot tell {HOSTILE}")
    expect(step.locator(".chip", has_text="imitated")).to_have_count(1)
    expect(page.locator("#story .chip", has_text="imitated")).to_have_count(1)
    expect(step.get_by_role("button", name="Cannot tell")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("3")  # takes it back; what was seen stays seen
    expect(page.locator("#told")).to_contain_text("0 steps judged by you")
    expect(page.locator("#story .chip", has_text="imitated")).to_have_count(1)
    page.keyboard.press("3")
    expect(page.locator("#told")).to_contain_text("1 step judged by you")
    assert read_corrections(run / layout.CORRECTIONS_FILE)[-1].blind is False
    page.keyboard.press("v")
    expect(page.locator("#story li[aria-current] .person")).to_have_count(0)
    assert page.locator("img, b").count() == 0
    assert page.evaluate("window.hacked") is None
    assert trouble == []


def test_judged_in_the_file_it_can_be_exported_and_imported(
    run: Path, page: Page, tmp_path: Path
) -> None:
    report = write_report(run).as_uri()
    _open(page, f"{report}#/episodes?id=round1-1&step=2")
    page.keyboard.press("1")
    expect(page.locator("#told")).to_contain_text("Say first who you are")
    page.keyboard.type("Bob <b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    story, told = page.locator("#story"), page.locator("#told")
    page.keyboard.press("1")
    expect(told).to_have_text("1 step judged by you, 1 not exported into the run yet.")
    page.keyboard.press("1")  # takes it back
    expect(told).to_contain_text("0 steps judged by you")
    story.locator(".note").fill(HOSTILE)
    story.locator("[data-word=productive]").click()
    expect(told).to_contain_text("1 step judged by you, 3 not")
    page.reload()
    expect(story.locator(".person")).to_contain_text(f"Bob <b>: productive {HOSTILE}")
    page.locator("#verify summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export verdicts").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "corrections-Bob-b-.jsonl"
    judging(run, inspecting(run=run, corrections=str(file)))
    made = read_corrections(run / layout.CORRECTIONS_FILE)
    assert [(each.old, each.new) for each in made] == [
        ("unproductive", "productive"),
        ("productive", None),
        ("unproductive", "productive"),
    ]
    assert made[-1].note == HOSTILE
    _open(page, f"{report}#/episodes?person=against")
    expect(page.locator("#found")).to_have_text("1 of 35 episodes")
    expect(told).to_have_text("1 step judged by you, 0 not exported into the run yet.")
    page.locator("#list a").click()
    expect(story.locator("li.meant .person")).to_contain_text(HOSTILE)
    page.keyboard.press("o")
    expect(page.locator("#overview")).to_contain_text(
        "Against the critic: 1; of which it said nothing: 0; with a note: 1."
    )
    assert page.evaluate("window.hacked") is None


def test_the_switch_hides_everywhere_what_was_said(report: str, page: Page) -> None:
    _open(page, f"{report}#/episodes?id=round1-1&step=1")
    bars = page.locator("#list a[data-at='1'] .strip path")
    expect(bars).to_have_count(2)
    page.locator("#verify summary").click()
    page.locator("#blind").check()
    expect(bars).to_have_attribute("class", "unread")
    for address in ("episodes?id=round1-1&label=bad", "compare?left=round1-0&right=round1-1"):
        page.evaluate("address => { location.hash = address }", f"#/{address}")
        shown = page.locator("article:visible")
        expect(shown.first).to_contain_text("go to cabinet 3")
        for hidden in ("critic: ", "imitated", "It suggests", "reason of"):
            expect(shown.filter(has_text=hidden)).to_have_count(0)
    expect(page.locator("li.meant")).to_have_count(0)
    page.evaluate("location.hash = '#/episodes?q=reason of the critic'")
    expect(page.locator("#found")).to_have_text("0 of 35 episodes")
    page.locator("#blind").uncheck()
    expect(page.locator("#found")).to_have_text("4 of 35 episodes")


def test_what_is_verified_next(report: str, page: Page) -> None:
    """0.9, 0.45 and 0.3 in each episode, of which the critic called the first productive."""
    _open(page, f"{report}#/episodes?set=rollouts%2Fround1")
    page.locator("#verify summary").click()
    for queue in ("unsure", "differ"):
        page.locator("#choose-queue").select_option(queue)
        page.get_by_role("button", name="Next to verify").click()
        page.wait_for_url(f"**id=round1-0&step=2&queue={queue}")
    page.locator("#choose-queue").select_option("random")
    drawn = []
    for seed in ("0", "1", "2", "3", "0"):
        page.locator("#seed").fill(seed)
        page.get_by_role("button", name="Next to verify").click()
        page.wait_for_url("**queue=random")
        drawn.append(page.url)
    assert drawn[0] == drawn[-1]
    assert len(set(drawn)) > 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    report: str, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    _open(page, f"{report}#/episodes?id=round1-1&step=2")
    page.locator("#who").evaluate("each => { each.closest('details').open = true }")
    expect(page.locator(".judge")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@pytest.fixture
def server(run: Path) -> Iterator[Server]:
    with closing(Overlay(run)) as overlay:
        desk = Desk(overlay, run_episodes(run), critics_words(run), "Ada")
        page = render(run, Served('"><img src=x>', blind=False)).encode()
        with Server(0, page, desk) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield server
            server.shutdown()
            thread.join()


def _ask(
    server: Server, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str]:
    """Ask as the page would, but for what is said otherwise."""
    host = f"127.0.0.1:{server.server_port}"
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        sent = {"Origin": f"http://{host}", **headers}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_only_the_page_itself_may_read_and_write(server: Server, run: Path) -> None:
    base = f"/{server.word}/"
    verdict = {
        "episode": "round1-0",
        "step": 2,
        "new": "productive",
        "note": "",
        "blind": False,
        "queue": None,
    }
    status, page = _ask(server, "GET", base)
    assert status == 200
    assert "connect-src 'self'" in page
    assert 'data-who="&#34;&gt;&lt;img src=x&gt;"' in page
    for path in ("/", "/corrections", "/wrong/", f"/{server.word[:-1]}/corrections", f"{base}../"):
        assert _ask(server, "GET", path)[0] == 404
    assert _ask(server, "GET", base, Host=f"evil.example:{server.server_port}")[0] == 403
    sends = f"{base}corrections"
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil"}):
        assert _ask(server, "POST", sends, verdict, **headers)[0] == 403
    assert _ask(server, "POST", base, verdict)[0] == 404
    assert _ask(server, "POST", sends, {**verdict, "note": "x" * 70_000})[0] == 413
    for change in (
        {"episode": "none"},
        {"episode": 1},
        {"step": 4},
        {"step": "1"},
        {"new": "good"},
        {"who": "Bob"},
        {"note": "x" * 2001},
    ):
        assert _ask(server, "POST", sends, {**verdict, **change})[0] == 400, change
    assert _ask(server, "POST", sends, [])[0] == 400
    assert read_corrections(run / layout.CORRECTIONS_FILE) == []
    status, said = _ask(server, "POST", sends, verdict)
    made = json.loads(said)
    assert (status, made["who"], made["old"]) == (200, "Ada", "unproductive")
    assert json.loads(_ask(server, "GET", sends)[1]) == [made]
    assert [each.new for each in read_corrections(run / layout.CORRECTIONS_FILE)] == ["productive"]
    assert _ask(server, "POST", sends, {**verdict, "new": None})[0] == 200
    assert server.desk.corrections[-1].old == "productive"


def test_a_port_that_is_taken_and_a_name_that_is_none(run: Path) -> None:
    with closing(Overlay(run)) as overlay:
        server = Server(0, b"", Desk(overlay, {}, {}, "Ada"))
        with pytest.raises(UserError, match=f"port: {server.server_port} cannot be used"):
            Server(server.server_port, b"", server.desk)
        server.server_close()
    with pytest.raises(UserError, match="who: say who judges"):
        judging(run, inspecting(run=run, serve=True, who=" "))
    with pytest.raises(UserError, match="blind: it is of the page"):
        inspecting(run=run, blind=True)
