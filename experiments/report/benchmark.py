"""How large a report is, and how long a browser takes to open it and to filter its episodes.

    python -m experiments.report.benchmark [--episodes 1000] [--steps 30] [--out FILE]

Makes a run of walks through generated rooms, writes its report, opens the file in headless Chromium
(`chromium`, `chromium-browser` or `google-chrome`, or Playwright's own), and measures in the page:
the first contentful paint; until every episode can be filtered; and, for each filter, from the
event of its control until the frame after the list has changed is drawn. An episode is opened in
the same way. Everything is done five times, each time in a new page; medians and the slowest are
given, in milliseconds. The search is measured when the texts have been unpacked and, as "first
search", when they have not; then also the longest time between two frames, in which the page does
not answer.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from envs.errors import UserError
from envs.files import write_json
from experiments.command import argument_parser, in_one_sentence
from experiments.report.episodes import write_run
from lfm.report import write_report

REPEATS = 5
FILTERS = {
    "outcome": "success",
    "label": "good",
    "differ": "yes",
    "kept": "no",
    "low": "90",
    "policy": "policy 1",
    "order": "differ",
}
"""Control -> the value it gets."""
_LEFT_OUT = re.compile(r"([\d,]+) of [\d,]+ episodes are listed without their text")
"""What the page says of episodes that would have made it too large."""
_READY = """() => {
  new MutationObserver((_, me) => {
    if (document.body?.dataset.ready) { window.readyAt = performance.now(); me.disconnect(); }
  }).observe(document, { subtree: true, childList: true, attributes: true });
}"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_TIMED = """([name, value]) => new Promise((done) => {
  const control = document.querySelector(`[name=${name}]`);
  const list = document.querySelector("#list");
  new MutationObserver((_, me) => {
    me.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  }).observe(list, { childList: true });
  const begun = performance.now();
  control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
})"""
_FRAMES = """() => {
  window.gap = 0;
  const frame = (last) => requestAnimationFrame((now) => {
    window.gap = Math.max(window.gap, now - last);
    frame(now);
  });
  requestAnimationFrame(frame);
}"""
_OPENED = """() => new Promise((done) => {
  new MutationObserver((_, me) => {
    me.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  }).observe(document.querySelector("#story"), { childList: true });
  const begun = performance.now();
  document.querySelector("#list a").click();
})"""


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--out", metavar="FILE", type=Path, help="for the figures, as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        report = write_report(write_run(Path(folder) / "run", options.episodes, options.steps))
        megabytes = report.stat().st_size / 1e6
        left_out = _LEFT_OUT.search(report.read_text("utf-8"))
        times = _measure(report)
    figures = {
        "episodes": options.episodes,
        "steps": options.steps,
        "megabytes": round(megabytes, 2),
        "left_out": int(left_out[1].replace(",", "")) if left_out else 0,
        "milliseconds": {name: _summary(values) for name, values in times.items()},
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if options.out is not None:
        write_json(options.out, figures)
    for name, values in times.items():
        sys.stdout.write(f"{name}: {statistics.median(values):.0f} ms, {max(values):.0f} ms\n")
    sys.stdout.write(f"episodes without their text: {figures['left_out']}\n")
    sys.stdout.write(f"megabytes: {megabytes:.2f}\n")
    return 0


def chromium(playwright: Playwright) -> str | None:
    """Where the system's Chromium is, or else Playwright's own; None without either."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 1), "slowest": round(max(values), 1)}


def _measure(report: Path) -> dict[str, list[float]]:
    """What is measured -> milliseconds of each repeat."""
    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            raise UserError("no Chromium: install it, or run `playwright install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        rounds = [_once(browser, report) for _ in range(REPEATS)]
        browser.close()
    return {name: [each[name] for each in rounds] for name in rounds[0]}


def _once(browser: Browser, report: Path) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.add_init_script(f"({_READY})()")
    page.goto(report.as_uri())
    page.wait_for_selector("body[data-ready]", state="attached")
    times = {"first paint": page.evaluate(_PAINT), "ready": page.evaluate("window.readyAt")}
    page.evaluate("location.hash = '#/episodes'")
    page.wait_for_selector("#list a")
    for name, value in FILTERS.items():
        times[f"filter {name}"] = _filter(page, name, value)
        _clear(page)
    page.evaluate(_FRAMES)
    times["first search"] = _filter(page, "q", "drawer 2")
    times["first search, longest wait"] = float(page.evaluate("window.gap"))
    times["search"] = _filter(page, "q", "drawer 3")
    _clear(page)
    times["open an episode"] = page.evaluate(_OPENED)
    page.close()
    return times


def _filter(page: Page, name: str, value: str) -> float:
    return float(page.evaluate(_TIMED, [name, value]))


def _clear(page: Page) -> None:
    page.evaluate("location.hash = '#/episodes'")
    page.wait_for_function("!location.hash.includes('?') && document.querySelector('#list a')")
    page.wait_for_function("document.querySelector('#list a').hash.startsWith('#/episodes?id=')")


if __name__ == "__main__":
    raise SystemExit(main())
