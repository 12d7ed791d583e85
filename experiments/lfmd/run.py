"""Train feedback models of three forms on the labels of finished runs, and compare them.

    python -m experiments.lfmd.run --runs DIR --out DIR [--seeds 0 1 2 3 4]

``--runs`` has finished run directories ``seedN``, such as ``experiments.alfworld_default.run``
makes. Of each, the first round's roll-outs and the critic's words on them are used. Every form is
trained on the same tasks with the settings of ``conf/feedback_model/small.yaml`` and judged on the
same held-out ones. A result is written to ``--out`` as soon as it is there, and what is there
already is not measured again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

import conf
from envs.files import read_json, write_json
from envs.store import read_trajectories
from experiments.command import argument_parser, in_one_sentence
from experiments.lfmd.words import compare_words
from experiments.runs import run_folder
from lfm import layout
from lfm.builders import step_config
from lfm.feedback_model import LabelledEpisode, labelled_episodes, split_by_task
from lfm.machine import prepare
from lfm.model_config import SmallFeedbackModelConfig
from lfm.small_feedback_model import SmallFeedbackModel
from lfm.store import read_feedback
from policies.imitation import Schedule

FORMS = ("plain", "detailed", "labels")
"""What is learned: labels and reasons; summaries and suggestions too; labels alone."""
ROUND = "round1"


def measure(run: Path, form: str, seed: int) -> dict[str, Any]:
    """Train a form on a run's first round, and compare it with the critic on held-out tasks."""
    settings = _settings()
    episodes = _episodes(run)
    window = int(OmegaConf.load(run / layout.CONFIG_FILE).critic.window)
    architecture = step_config(settings)
    architecture.window = window if form == "detailed" else None
    schedule = Schedule(
        settings.updates, settings.batch_size, settings.learning_rate, settings.weight_decay, seed
    )
    learned = [_without_reasons(each) for each in episodes] if form == "labels" else episodes
    start = time.process_time()
    model, agreement = SmallFeedbackModel.fit(
        ROUND, architecture, learned, schedule, settings.threshold
    )
    seconds = time.process_time() - start
    held_out = split_by_task(episodes, seed).held_out
    facts = agreement.as_dict()
    del facts["bins"], facts["curve"]
    return {
        "form": form,
        "seed": seed,
        "commit": read_json(run / layout.MANIFEST_FILE)["commit"],
        "episodes": len(episodes),
        "held_out_episodes": len(held_out),
        "cpu_seconds": round(seconds, 1),
        "agreement": facts,
        "words": {} if form == "labels" else compare_words(model, held_out, window),
    }


def _settings() -> SmallFeedbackModelConfig:
    file = Path(conf.__file__).with_name("feedback_model") / "small.yaml"
    values = OmegaConf.to_container(OmegaConf.load(file))
    assert isinstance(values, dict)
    del values["defaults"]
    settings = OmegaConf.to_object(OmegaConf.merge(SmallFeedbackModelConfig, values))
    assert isinstance(settings, SmallFeedbackModelConfig)
    return settings


def _episodes(run: Path) -> list[LabelledEpisode]:
    played = read_trajectories(run / layout.rollouts(ROUND) / layout.TRAJECTORIES_FILE)
    return labelled_episodes(played, read_feedback(run / layout.feedback(ROUND)))


def _without_reasons(each: LabelledEpisode) -> LabelledEpisode:
    bare = {at: replace(label, reason="") for at, label in each.labels.items()}
    return replace(each, labels=bare)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not there yet.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2, 3, 4))
    options = parser.parse_args(arguments)
    prepare(threads=1)
    options.out.mkdir(parents=True, exist_ok=True)
    for seed, form in product(options.seeds, FORMS):
        file = options.out / f"seed{seed}-{form}.json"
        if not file.exists():
            sys.stderr.write(f"seed {seed}: {form}\n")
            write_json(file, measure(run_folder(options.runs, seed), form, seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
