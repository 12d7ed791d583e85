"""Serve the model, and let it teach: as the critic of whole runs, and as ActPred.

    python -m experiments.served_critic.run --out DIR [--seeds 0] [--budget 100000]

``DIR/critic`` is the model that ``experiments.served_critic.learn`` has made. It is served by
``transformers serve`` on loopback, and asked by runs in a world that it has not learned in:

- ``served``: ``lfm.train`` with ``critic=openai``; then ``lfm.agree`` measures the served critic by
  the simulator critic, on the windows of that run;
- ``simulator``: the same run with the simulator critic, to compare with;
- ``tokens_lfm`` and ``tokens_actpred``: ``experiment=equal_tokens`` with both recipes;
- ``chat``: the model acts itself, ``lfm.evaluate policy=chat``.

Finished runs are left alone, begun ones are gone on with, so the port must be the same then.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.command import argument_parser, in_one_sentence
from experiments.critic_faults.served import served
from experiments.runs import evaluate, run_folder, run_seed
from experiments.served_critic.learn import MODEL, STEPS, WINDOW
from lfm import layout

HOME = ("env.data=generated", f"env.max_steps={STEPS}", "recipe.eval_tasks=60", "threads=1")
"""Settings of every run."""
SMALL = (
    *("recipe.rollout_tasks=100", "recipe.rounds=1", "policy.updates=250"),
    *("feedback_model.updates=250", "recipe.adaptation.samples=2"),
)
"""So little of everything that a run takes minutes on one core."""
ACTED = 20
"""Tasks that the model plays itself."""
MEASURED = "agreement.json"
"""In the arm's folder for each seed, behind its name: what ``lfm.agree`` said."""


def arms(url: str, cache: Path, budget: int) -> dict[str, tuple[str, ...]]:
    """The settings of each arm.

    Args:
        url: where the model is served.
        cache: for answers; each arm has a file of its own.
        budget: output tokens of each arm with a budget.
    """
    asked = (
        *(f"critic.base_url={url}", f"critic.model={MODEL}", f"critic.window={WINDOW}"),
        *("critic.concurrency=2", "critic.timeout=600", "critic.temperature=0"),
        *("critic.max_tokens=512", "critic.structured=none"),
    )
    equal = (
        *("experiment=equal_tokens", *asked),
        f"critic.output_token_budget={budget}",
        "chat.max_tokens=32",
    )
    return {
        "served": ("critic=openai", *asked, f"critic.cache={cache}-served.sqlite"),
        "simulator": (f"critic.window={WINDOW}",),
        "tokens_lfm": (*equal, f"critic.cache={cache}-lfm.sqlite"),
        "tokens_actpred": (*equal, f"critic.cache={cache}-actpred.sqlite", "recipe=actpred"),
    }


def run_all(url: str, out: Path, seed: int, budget: int, settings: Sequence[str]) -> int:
    """Do everything for one seed; returns the exit code of the first command that fails, or 0."""
    cache = (out / f"answers-seed{seed}").resolve()
    for arm, own in arms(url, cache, budget).items():
        code = run_seed("alfworld", out / arm, seed, [*HOME, *SMALL, *own, *settings])
        if not code and arm == "served":
            code = _agree(run_folder(out / arm, seed))
        if code:
            return code
    chat = (
        *(f"chat.base_url={url}", f"chat.model={MODEL}", "chat.timeout=600", "chat.temperature=0"),
        *("chat.max_tokens=32", f"chat.cache={cache}-chat.sqlite", "env=alfworld"),
        *("env.data=generated", f"env.max_steps={STEPS}", f"env.games={ACTED}"),
    )
    return evaluate("chat", out / "chat" / f"seed{seed}.json", seed, chat)


def _agree(run: Path) -> int:
    """Measure the critic of a run by the simulator critic; returns the exit code."""
    file = run.with_name(f"{run.name}-{MEASURED}")
    words = (f"a={run / layout.feedback('round1')}", "b=simulator", f"out={file}")
    return subprocess.run([sys.executable, "-m", "lfm.agree", *words], check=False).returncode


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the model while everything is done; returns the exit code of what failed, or 0."""
    given = sys.argv[1:] if arguments is None else arguments
    settings = [text for text in given if "=" in text and not text.startswith("-")]
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=(0,))
    parser.add_argument("--budget", type=int, default=100_000, help="output tokens of each")
    parser.add_argument("--port", type=int, default=8799)
    options = parser.parse_args([text for text in given if text not in settings])
    with served(options.out / MODEL, options.out / "server.log", options.port) as url:
        for seed in options.seeds:
            code = run_all(url, options.out, seed, options.budget, settings)
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
