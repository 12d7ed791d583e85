"""``python -m lfm.evaluate policy=DIR|expert|random env=...``: play, count successes.

An evaluation is a run of one stage. With ``out=FILE`` it is kept beside the file, so that the same
command goes on where it stopped, and its episodes can be read.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from envs.errors import UserError
from envs.files import read_json, write_json
from lfm import layout
from lfm.builders import load_policy, make_workers, warm
from lfm.chat.desk import Desk
from lfm.chat.models import only_model
from lfm.chat_actor import ChatPolicy
from lfm.chat_builder import endpoint_of, make_chat, make_sampling
from lfm.chat_config import EndpointConfig
from lfm.cli import run_command
from lfm.config import CHAT, EvaluateConfig, PlayerConfig
from lfm.evaluation import VERSION, Evaluation, outcomes, sheets, weights_hash
from lfm.machine import prepare
from lfm.manifest import software
from lfm.output import answer
from lfm.recipes.setting import Setting
from lfm.run import Run
from lfm.served_policy import ServedPolicy
from lfm.standings import add
from lfm.workers import Workers
from policies.base import Policy
from policies.causal.policy import CausalPolicy


def main(config: EvaluateConfig) -> Evaluation:
    """Play every task of ``env.split`` once with the policy's best actions.

    Returns:
        What ``out=`` gets.

    Raises:
        UserError: if there is no such policy, the split has another number of tasks than expected,
            or what is to be gone on with was begun otherwise.
    """
    prepare(config.threads)
    with ExitStack() as opened:
        policy, model = _policy(config, opened)
        opened.enter_context(warm(config.env))
        run = opened.enter_context(_run(config, opened))
        workers = opened.enter_context(make_workers(config.rollout))
        evaluation = _evaluate(config, run, policy, model, workers)
    if config.out is not None:
        write_json(Path(config.out), evaluation)
    if config.leaderboard is not None:
        add(Path(config.leaderboard), evaluation)
    answer(config.format, evaluation, sheets(evaluation))
    return evaluation


def _policy(config: EvaluateConfig, opened: ExitStack) -> tuple[Policy, Desk | None]:
    """The policy that the settings name, and the chat model that it asks, if it asks one.

    What they need is closed with ``opened``.
    """
    player, chat = config.policy, config.chat
    if player.server is None and player.path != CHAT:
        return _acting(load_policy(player.path, config.env), player), None
    if player.server is not None and isinstance(chat, EndpointConfig):
        chat = _at_server(chat, player.server, player.served_as)
    # Started again, the command goes on from the cache, and within the same budget.
    name = (
        f"evaluate {config.env.name} {config.env.split} seed {config.seed} {chat.model}"
        if config.out is None
        else str(Path(config.out).resolve())
    )
    model = opened.enter_context(closing(make_chat(chat, name)))
    if player.server is None:
        return ChatPolicy(model, make_sampling(chat)), model
    return ServedPolicy(Path(player.path), model, make_sampling(chat)), model


def _acting(policy: Policy, player: PlayerConfig) -> Policy:
    """A policy that chooses its actions as the settings say, if they say anything."""
    if player.acting is None:
        return policy
    if not isinstance(policy, CausalPolicy):
        raise UserError(
            f"policy.acting: only causal policies choose in more than one way, and {player.path} "
            "is none; leave it out"
        )
    policy.acting = player.acting.value
    return policy


def _at_server(chat: EndpointConfig, url: str, name: str | None) -> EndpointConfig:
    """The settings for asking a policy at an address; for its best actions, unless they say."""
    found = replace(chat, base_url=url, model=name or "", temperature=chat.temperature or 0.0)
    if not name:
        found.model = only_model(endpoint_of(found))
    return found


def _run(config: EvaluateConfig, opened: ExitStack) -> Run:
    """Where episodes are kept: beside the result, or nowhere for long."""
    if config.out is None:
        return Run(Path(opened.enter_context(TemporaryDirectory())), config)
    folder = Path(config.out).with_suffix(".run")
    return Run(folder, config, resume=(folder / layout.CONFIG_FILE).exists(), setting="out")


def _evaluate(
    config: EvaluateConfig, run: Run, policy: Policy, model: Desk | None, workers: Workers
) -> Evaluation:
    split, identity = config.env.split, _identity(config, policy)
    run.describe(policy=identity, **software()["packages"])
    setting = Setting(run, config, config.batch_envs, workers)
    tasks = setting.task_ids(split)
    if config.expect is not None and len(tasks) != config.expect:
        raise UserError(
            f"expect: {split} has {len(tasks)} tasks with these settings and not {config.expect}; "
            "restore the data, or see what env.games, env.per_task and the like leave out"
        )
    row, episodes, metrics = setting.evaluate(policy.name, policy, split)
    run.write_results([row])
    manifest = read_json(run.directory / layout.MANIFEST_FILE)
    return Evaluation(
        **row,
        version=VERSION,
        evaluated=run.done[-1].finished,
        policy=identity,
        data=manifest["facts"][f"{split}_data"],
        spent=None if model is None else model.ledger.spent()._asdict(),
        software={name: manifest[name] for name in ("python", "packages", "commit")},
        tasks=outcomes(episodes, metrics, graded="scores" in row),
    )


def _identity(config: EvaluateConfig, policy: Policy) -> dict[str, Any]:
    path = config.policy.path
    if isinstance(policy, ServedPolicy):
        drawn = asdict(policy.sampling)
        return {"path": path, "weights": policy.weights, "served_as": policy.name, **drawn}
    identity: dict[str, Any] = {"path": path, "weights": weights_hash(Path(path))}
    if config.policy.acting is not None:
        identity["acting"] = config.policy.acting.value
    if path == CHAT:
        identity.update(asdict(make_sampling(config.chat)))
    return identity


if __name__ == "__main__":
    run_command(main, "evaluate")
