"""Teach a small chat model to criticise and to act, from random weights.

    python -m experiments.served_critic.learn --out DIR

A policy is cloned from a few demonstrations in a made-up world (``DIR/novice``). It, and an expert
led astray, play training games of that world; the simulator critic writes critiques of windows of
these episodes, and the expert says what it would have done. The model learns both
(``DIR/critic``, as ``save_pretrained`` writes it). What that took is in ``DIR/learned.json``.
Training goes on from its last checkpoint if it was stopped.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

import conf
from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import make_source
from envs.errors import UserError
from envs.files import write_json
from experiments.chat_models import Size
from experiments.command import argument_parser, in_one_sentence
from experiments.records import parameters
from experiments.runs import is_finished
from experiments.served_critic import lessons as lesson_kinds
from experiments.served_critic.episodes import StrayingExpert, mixed_episodes
from experiments.served_critic.lessons import Lesson
from experiments.served_critic.model import Progress, train
from lfm.advisors import ExpertAdvisor
from lfm.builders import load_learned
from lfm.critics.prompt import Prompt
from lfm.critics.simulator import SimulatorCritic
from policies.imitation import Schedule

MODEL = "critic"
"""The model's folder, and the name that it is asked for by."""
NOVICE = "novice/policies/bc"
"""The folder of the policy that knows a little."""
WORLD = 1
"""The made-up world that it learns in; the runs that it teaches are in world 0."""
WINDOW = 10
"""Steps that it reads at once."""
STEPS = 30
"""Most steps of an episode, here and in the runs that it teaches."""
_STATES = 2
"""States of each episode in which the model learns to act."""
_CONTEXT = 4096


def make_prompt(name: str) -> Prompt:
    """The prompt of this name, as ``prompt=NAME`` has it."""
    folder = Path(conf.__file__).parent
    said: Any = OmegaConf.load(folder / "prompt" / f"{name}.yaml")
    texts = {part: str(said[part]) for part in ("system", "opening", "step", "question")}
    return Prompt(f"{said.name}/{said.version}", said.form, **texts)


def make_lessons(novice: Path, episodes: int, seed: int) -> list[Lesson]:
    """Lessons of both kinds.

    Args:
        novice: folder of a policy that knows a little.
        episodes: how many are played for them.
        seed: of what is drawn.
    """

    def make_env() -> ALFWorldEnv:
        return ALFWorldEnv("train", data="generated", world_seed=WORLD, max_steps=STEPS)

    policies = [StrayingExpert(), load_learned(novice, temperature=1.0)]
    played = mixed_episodes(make_env, policies, episodes, seed)
    critic = SimulatorCritic(make_source("generated", "train", WORLD, 0).game)
    critiques = lesson_kinds.critiques(played, critic, make_prompt("structured"), WINDOW)
    return [*critiques, *lesson_kinds.deeds(played, ExpertAdvisor(make_env()), _STATES, seed)]


def _clone(out: Path, settings: Sequence[str]) -> Path:
    """A policy that knows a little, trained by a run of its own."""
    run = out / "novice"
    if not is_finished(run):
        where = "resume" if run.exists() else "run_dir"
        words = (
            *("env=alfworld", "env.data=generated", f"env.world_seed={WORLD}", "recipe=bc"),
            *(f"env.max_steps={STEPS}", "recipe.demonstrations=40", "recipe.eval_tasks=4"),
            *("policy.updates=150", "threads=1", f"{where}={run}", *settings),
        )
        subprocess.run([sys.executable, "-m", "lfm.train", *words], check=True)
    return out / NOVICE


def learn(out: Path, options: argparse.Namespace, settings: Sequence[str]) -> None:
    """Make the lessons, train on them, and write down what it took.

    Args:
        out: for everything that is written.
        options: of the command.
        settings: for the run that clones the novice.
    """
    lessons = make_lessons(_clone(out, settings), options.episodes, options.seed)
    work = out / "training"
    work.mkdir(parents=True, exist_ok=True)
    size = Size(options.hidden, options.layers, 4, 4, _CONTEXT, 3 * options.hidden)
    schedule = Schedule(options.updates, options.batch, options.rate, 0.01, options.seed)
    began, cpu = time.monotonic(), time.process_time()
    progress = Progress(options.updates)
    counts = train(lessons, size, schedule, out / MODEL, work, progress.follow)
    took = {"seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - cpu}
    facts = {
        "parameters": parameters(out / MODEL),
        "episodes": options.episodes,
        "updates": options.updates,
        "batch": options.batch,
        "losses": progress.losses,
        **counts,
        **{name: round(value) for name, value in took.items()},
    }
    write_json(out / "learned.json", facts)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Teach the model, unless that is done already."""
    given = sys.argv[1:] if arguments is None else arguments
    settings = [text for text in given if "=" in text and not text.startswith("-")]
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--episodes", type=int, default=4000)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=16, help="lessons in an update")
    parser.add_argument("--rate", type=float, default=2e-3, help="learning rate")
    parser.add_argument("--hidden", type=int, default=128, help="width of the model")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args([text for text in given if text not in settings])
    if (options.out / "learned.json").exists():
        return 0
    if options.hidden % 4:
        raise UserError(f"--hidden: {options.hidden} is no multiple of 4, the number of heads")
    learn(options.out, options, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
