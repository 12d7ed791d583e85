"""Judge the feedback models of finished runs by the critic's labels and by the planner's truth.

    python -m experiments.alfworld_feedback_model.judge --runs DIR [DIR ...] --out FILE.json

``DIR`` are run directories of ``python -m lfm.train``, or folders of such. The games that they
were played with must be where they were.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf

from envs.alfworld.games import make_source
from envs.errors import UserError
from envs.files import read_json, write_json
from envs.record import Trajectory
from envs.store import read_trajectories
from experiments.alfworld_feedback_model.truth import KINDS, Fact, Truth
from experiments.command import argument_parser, in_one_sentence
from experiments.records import comparable_settings
from experiments.runs import is_finished
from lfm import layout
from lfm.agreement import agreement
from lfm.feedback_model import LabelledEpisode, labelled_episodes, split_by_task
from lfm.machine import prepare
from lfm.small_feedback_model import SmallFeedbackModel
from lfm.store import Judgement, read_feedback, read_judgements

ALL = "all"
"""Stands for all kinds of steps together."""

HELD_OUT = "held-out training tasks"
THE_CRITIC = "the critic itself"
TRAIN_SPLIT = "train"


class Judged(NamedTuple):
    """A step, how likely the feedback model finds it productive, and what is to be compared.

    Attributes:
        kind: of step.
        p_productive: the feedback model's probability.
        said: the critic called it productive; None if the critic was not asked.
        productive: it was, by the planner.
    """

    kind: str
    p_productive: float
    said: bool | None
    productive: bool


class RunJudge:
    """A finished run and the truth about its episodes.

    Args:
        folder: the run directory.

    Raises:
        UserError: if the run is not finished or has no feedback model.
    """

    def __init__(self, folder: Path) -> None:
        if not is_finished(folder):
            raise UserError(f"{folder} is no finished run; check --runs, or go on with it first")
        self._folder = folder
        self._config: Any = OmegaConf.load(folder / layout.CONFIG_FILE)
        self._rounds = int(self._config.recipe.rounds)
        self._adaptations = int(self._config.recipe.adaptation.rounds)
        if not (folder / layout.feedback_model(f"round{max(1, self._rounds)}")).is_dir():
            raise UserError(f"{folder} trained no feedback model; give runs of recipe=lfm alone")
        self._known: dict[str, list[tuple[Trajectory, list[Fact]]]] = {}

    def record(self) -> dict[str, Any]:
        """All numbers of the run, as plain values."""
        rows, manifest = (
            read_json(self._folder / file) for file in (layout.RESULTS_FILE, layout.MANIFEST_FILE)
        )
        return {
            "seed": rows[0]["seed"],
            "settings": comparable_settings(self._folder),
            "facts": manifest["facts"],
            "commit": manifest["commit"],
            "success": {
                self._known_as(row["method"]): [row["successes"], row["episodes"]]
                for row in rows
                if row["split"] == self._config.env.split
            },
            "agreement": [*self._on_held_out_tasks(), *self._on_adaptation()],
            "imitation": self._imitation(),
        }

    def _on_held_out_tasks(self) -> Iterable[dict[str, Any]]:
        threshold = float(self._config.feedback_model.threshold)
        for number in range(1, self._rounds + 1):
            name, steps = f"round{number}", self._held_out(number)
            about = {"model": name, "episodes": HELD_OUT, "threshold": threshold}
            said = [float(bool(step.said)) for step in steps]
            yield {**about, "reference": "critic", "kinds": _compare(steps, threshold, "said")}
            yield {**about, "reference": "planner", "kinds": _compare(steps, threshold)}
            if number == self._rounds:
                itself = [
                    step._replace(p_productive=p) for step, p in zip(steps, said, strict=True)
                ]
                about = {**about, "model": THE_CRITIC}
                yield {**about, "reference": "planner", "kinds": _compare(itself, threshold)}

    def _on_adaptation(self) -> Iterable[dict[str, Any]]:
        """Judged at the threshold of adaptation, and at that of the rounds for comparison."""
        config = self._config
        thresholds = (config.recipe.adaptation.threshold, config.feedback_model.threshold)
        for number in range(1, self._adaptations + 1):
            name = f"adapted{number}"
            steps = [
                Judged(fact.kind, judgement.p_productive, None, fact.productive)
                for judgement, fact in self._judged(name, self._config.env.split)
            ]
            for threshold in dict.fromkeys(thresholds):
                yield {
                    "model": f"round{self._rounds}",
                    "episodes": f"roll-outs of {name}",
                    "threshold": float(threshold),
                    "reference": "planner",
                    "kinds": _compare(steps, float(threshold)),
                }

    def _imitation(self) -> list[dict[str, Any]]:
        """Errors among the kept steps, beside those of the policy before and after imitating."""
        rounds = [f"round{number}" for number in range(1, self._rounds + 1)]
        found = [self._imitated("rounds", rounds, TRAIN_SPLIT, "bc", "lfm")]
        before, split = "lfm", str(self._config.env.split)
        for number in range(1, self._adaptations + 1):
            after = f"adapted{number}"
            found.append(self._imitated(after, [after], split, before, after))
            before = after
        return found

    def _imitated(
        self, stage: str, names: Sequence[str], split: str, before: str, after: str
    ) -> dict[str, Any]:
        return {
            "stage": stage,
            **_choice([pair for name in names for pair in self._judged(name, split)]),
            "before": [before, _errors(self._taken(before))],
            "after": [after, _errors(self._taken(after))],
        }

    def _known_as(self, method: str) -> str:
        """A method by the number of its round; in a run the last round's is ``adapted``."""
        return f"adapted{self._adaptations}" if method == "adapted" else method

    def _held_out(self, number: int) -> list[Judged]:
        """The steps that the model of a round was compared with the critic on.

        Raises:
            UserError: if they are not those that ``agreement.json`` tells of.
        """
        labelled: list[LabelledEpisode] = []
        facts: dict[str, list[Fact]] = {}
        for name in (f"round{earlier}" for earlier in range(1, number + 1)):
            played = self._played(layout.rollouts(name), TRAIN_SPLIT)
            feedback = read_feedback(self._folder / layout.feedback(name))
            labelled += labelled_episodes([episode for episode, _ in played], feedback)
            facts.update((episode.trajectory_id, each) for episode, each in played)
        held_out = split_by_task(labelled, int(self._config.seed)).held_out
        folder = self._folder / layout.feedback_model(f"round{number}")
        model = SmallFeedbackModel.load(folder)
        steps = []
        verdicts = model.judge([each.trajectory for each in held_out])
        for each, said in zip(held_out, verdicts, strict=True):
            for at, label in sorted(each.labels.items()):
                fact = facts[each.trajectory.trajectory_id][at - 1]
                p_productive = said[at - 1].p_productive
                steps.append(Judged(fact.kind, p_productive, label.productive, fact.productive))
        recorded = read_json(folder / layout.AGREEMENT_FILE)
        found = (len(steps), sum(bool(step.said) for step in steps))
        if found != (recorded["steps"], recorded["positives"]):
            raise UserError(
                f"{folder} was compared with {recorded['steps']} labels and here they are "
                f"{found[0]}: it held out other tasks; judge it with the version that made it"
            )
        return steps

    def _judged(self, name: str, split: str) -> Iterable[tuple[Judgement, Fact]]:
        """The steps of roll-outs: what the run says of them, and what they were."""
        file = self._folder / layout.judgements(name) / layout.JUDGEMENTS_FILE
        facts = {
            episode.trajectory_id: each
            for episode, each in self._played(layout.rollouts(name), split)
        }
        for said in read_judgements(file):
            yield said, facts[said.trajectory_id][said.step - 1]

    def _taken(self, method: str) -> Iterable[Fact]:
        """The steps of the evaluation of a method on the run's split, but for repetitions.

        Otherwise episodes that go in circles to the end would be most of what is counted.
        """
        split = self._config.env.split
        last = method == f"adapted{self._adaptations}"
        stage = layout.evaluation("adapted" if last else method, split)
        played = self._played(stage, split)
        return (fact for _, facts in played for fact in facts if not fact.repeated)

    def _played(self, stage: str, split: str) -> list[tuple[Trajectory, list[Fact]]]:
        """The episodes of a stage with the truth about them, worked out once."""
        if stage not in self._known:
            episodes = read_trajectories(self._folder / stage / layout.TRAJECTORIES_FILE)
            env = self._config.env
            truth = Truth(make_source(env.data, split, env.world_seed, env.games))
            self._known[stage] = [(episode, truth.of(episode)) for episode in episodes]
        return self._known[stage]


def _compare(
    steps: Sequence[Judged], threshold: float, reference: str = "productive"
) -> dict[str, Any]:
    """Kind of step -> agreement of the feedback model with a field of the steps.

    A share of nothing is None: precision where no step was judged productive, recall and F1 where
    none was.
    """
    found = {}
    for kind in (ALL, *KINDS):
        part = [step for step in steps if kind in (ALL, step.kind)]
        if not part:
            continue
        probabilities = [step.p_productive for step in part]
        facts = agreement(probabilities, [getattr(step, reference) for step in part], threshold)
        judged = sum(p >= threshold for p in probabilities)
        found[kind] = {
            "steps": facts.steps,
            "positives": facts.positives,
            "judged_productive": judged,
            "precision": round(facts.precision, 5) if judged else None,
            "recall": round(facts.recall, 5) if facts.positives else None,
            "f1": round(facts.f1, 5) if facts.positives else None,
            "calibration_error": round(facts.calibration_error, 5),
        }
    return found


def _choice(judged: Sequence[tuple[Judgement, Fact]]) -> dict[str, dict[str, list[int]]]:
    """The wrong steps among those kept; those not kept among the productive ones.

    Repetitions are never kept, which is no fault of the feedback model's.
    """
    missed = (
        (fact.kind, not judgement.kept)
        for judgement, fact in judged
        if fact.productive and not fact.repeated
    )
    return {
        "kept": _errors(fact for judgement, fact in judged if judgement.kept),
        "left_out": _shares(missed),
    }


def _errors(facts: Iterable[Fact]) -> dict[str, list[int]]:
    """Kind of step -> [steps that brought the goal no nearer, steps]."""
    return _shares((fact.kind, not fact.productive) for fact in facts)


def _shares(steps: Iterable[tuple[str, bool]]) -> dict[str, list[int]]:
    """Kind of step -> [steps with the flag, steps]."""
    every: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for kind, flag in steps:
        every.update((ALL, kind))
        flagged.update((ALL, kind) if flag else ())
    return {kind: [flagged[kind], every[kind]] for kind in (ALL, *KINDS) if every[kind]}


def run_directories(folders: Sequence[Path]) -> list[Path]:
    """The folders that are runs, and the runs that lie directly in those that are none.

    Raises:
        UserError: if there is no run in one of them.
    """
    found: list[Path] = []
    for folder in folders:
        inside = sorted(file.parent for file in folder.glob(f"*/{layout.CONFIG_FILE}"))
        here = [folder] if (folder / layout.CONFIG_FILE).exists() else inside
        if not here:
            raise UserError(f"there is no run in {folder}; check --runs")
        found += here
    return list(dict.fromkeys(found))


def judge(folders: Sequence[Path]) -> Mapping[str, Any]:
    """The record of all runs: what the JSON file of the experiment holds."""
    runs = []
    for folder in run_directories(folders):
        sys.stderr.write(f"{folder}\n")
        runs.append(RunJudge(folder).record())
    return {"runs": runs}


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the runs and write the file.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args(arguments)
    prepare(threads=1)
    write_json(options.out, judge(options.runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
