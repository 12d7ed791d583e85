"""Make the pictures of the report in ``docs/pictures``, from a finished run.

    python -m docs.make_pictures run

writes the report of the run in the folder ``run`` anew, opens it in headless Chromium, and takes
its overview and an episode: of the second round's in which the policy succeeded, the one on which
critic and feedback model differ most. Those in the repository are of a short run::

    python -m lfm.train env=alfworld recipe.rollout_tasks=150 recipe.eval_tasks=60 \
        policy.updates=250 feedback_model.updates=250 recipe.adaptation.samples=2 \
        recipe.adaptation.updates=60 run_dir=run
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from experiments.report.benchmark import chromium
from lfm.report import write_report

PICTURES = Path(__file__).with_name("pictures")
WIDTH, HEIGHT = 1200, 1020
COLOURS = 96
"""Enough for text and charts; with all of them a picture is three times as large."""
OVERVIEW = "#/overview"
EPISODE = "#/episodes?set=rollouts%2Fround2&outcome=success&order=differ"


def make_pictures(run: Path, folder: Path = PICTURES) -> list[Path]:
    """Make them.

    Args:
        run: a finished run.
        folder: where they go.

    Returns:
        The files.
    """
    report = write_report(run).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(playwright), args=["--no-sandbox"]
        )
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.set_default_timeout(120_000)
        page.goto(report + OVERVIEW)
        page.wait_for_selector("body[data-ready]", state="attached")
        overview = _take(page, folder / "overview.png")
        page.goto(report + EPISODE)
        page.locator("#list a").first.click()
        page.wait_for_selector("#story li")
        episode = _take(page, folder / "episode.png")
        browser.close()
    return [overview, episode]


def _take(page: Page, file: Path) -> Path:
    """What is in sight, with few colours."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


if __name__ == "__main__":
    for made in make_pictures(Path(sys.argv[1])):
        sys.stdout.write(f"{made.name}: {made.stat().st_size / 1000:.0f} kB\n")
