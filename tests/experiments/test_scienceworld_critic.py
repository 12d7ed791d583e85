from __future__ import annotations

from envs.files import read_json
from envs.scienceworld.tasks import split_of
from experiments.markdown import with_figures
from experiments.scienceworld_critic.judge import Compared, shares
from experiments.scienceworld_critic.states import PARTS
from experiments.scienceworld_critic.table import BEGIN, PAGE, figures


def test_the_page_says_what_the_results_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_figures(page, figures(read_json(PAGE.parent / "results.json")), BEGIN) == page


def test_precision_and_recall_are_shares_of_what_was_said_and_what_was_so() -> None:
    pairs = [(True, True)] * 3 + [(True, False)] * 2 + [(False, True)] + [(False, False)] * 4
    steps = [Compared("noisy", "go", truth, said, not said) for truth, said in pairs]
    found = shares(steps)
    assert (found["precision"], found["recall"]) == (0.75, 0.6)
    assert shares(steps, "rewarded")["recall"] == 0.4
    assert shares([])["precision"] is None


def test_the_parts_share_no_variation_and_are_for_training() -> None:
    tasks = [*PARTS["design"], *PARTS["held_out"]]
    assert len(set(tasks)) == len(tasks)
    assert {split_of(task) for task in tasks} == {"train"}
