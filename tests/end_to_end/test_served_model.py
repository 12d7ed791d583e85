"""A real server: a chat model made on the spot acts, advises and criticises over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from experiments.critic_faults.served import served
from lfm.chat.base import Sampling
from lfm.chat_actor import matched
from lfm.done import read_done
from lfm.served_policy import ServedPolicy
from policies.causal.chat import Dialogue
from policies.causal.policy import CausalPolicy
from tests.end_to_end.commands import FEW, command, results, train
from tests.lfm.chat.asking import desk
from tests.policies import toys
from tests.policies.causal import worlds


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a policy that knows its errands, and elsewhere babbles."""
    folder = tmp_path_factory.mktemp("served") / "babbler"
    policy = worlds.policy(worlds.chat_model(folder, size=worlds.TINY._replace(context=4096)))
    policy.fit(worlds.as_done(worlds.ERRANDS), worlds.schedule(300))
    policy.model.generation_config.eos_token_id = policy.tokenizer.eos_token_id
    policy.save(folder)
    return folder


@pytest.fixture(scope="module")
def url(model: Path) -> Iterator[str]:
    with served(model, model.parent / "server.log") as url:
        yield url


def chat(url: str, group: str) -> tuple[str, ...]:
    return (
        *(f"{group}.base_url={url}", f"{group}.model=babbler", f"{group}.max_tokens=4"),
        *(f"{group}.cache=null", f"{group}.temperature=0"),
    )


def test_it_acts(url: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    words = (*FEW, "env.games=2", "env.max_steps=3", *chat(url, "chat"), f"out={out}")
    assert command("evaluate", "policy=chat", *words) == 0
    row = json.loads(out.read_text())
    assert (row["method"], row["episodes"], row["privileged"]) == ("babbler", 2, False)
    assert row["mean_steps"] == 3
    spent = row["spent"]
    assert (spent["answered"], spent["kept"]) == (6, 0)
    assert spent["input_tokens"] > spent["output_tokens"] > 0


def test_it_advises(url: str, tmp_path: Path) -> None:
    few = ("env.max_steps=4", "recipe.rollout_tasks=2", "recipe.eval_tasks=2")
    run = train(tmp_path / "run", "recipe=actpred", *few, *chat(url, "chat"))
    [advice] = [each.counts for each in read_done(run) if each.name == "advice/round1"]
    assert advice["episodes"] == 2
    assert [row["method"] for row in results(run)][-1] == "actpred"


def likeliest(policy: CausalPolicy, dialogue: Dialogue) -> str:
    """The likeliest words after a conversation, one by one."""
    read = torch.tensor(dialogue.tokens())[None].long()
    written = policy.model.generate(
        input_ids=read, attention_mask=torch.ones_like(read), max_new_tokens=20, do_sample=False
    )
    text: str = policy.tokenizer.decode(written[0, read.shape[1] :], skip_special_tokens=True)
    return text


def test_a_policy_acts_as_it_does_here(model: Path, url: str) -> None:
    """By its likeliest words everywhere; it is so sure that its scores say the same."""
    here = CausalPolicy.load(model)
    asked = desk(url, model="babbler", timeout=600.0)
    served_policy = ServedPolicy(model, asked, Sampling(20, 0.0))
    same = []
    for episode in worlds.ERRANDS:
        start = toys.start(episode)
        local, remote = here.begin([start]), served_policy.begin([start])
        dialogue = Dialogue(here.reader, start.instruction, start.first_observation)
        for step in episode.steps:
            [done] = remote.choose([0], [step.admissible])
            assert done.action == matched(likeliest(here, dialogue), step.admissible)
            [scored] = local.choose([0], [step.admissible])
            same.append(done.action == scored.action)
            for session in (local, remote):
                session.observe([0], [step.action], [step.observation])
            dialogue.add(step.action, step.observation)
    asked.close()
    assert len(same) == sum(worlds.LENGTHS)
    assert all(same)


def test_a_policy_plays_by_its_address(model: Path, url: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    address = (f"policy.server={url}", "policy.served_as=babbler", "chat.cache=null")
    few = (*FEW, "env.games=2", "env.max_steps=3", "chat.max_tokens=4", f"out={out}")
    assert command("evaluate", f"policy={model}", *address, *few) == 0
    row = json.loads(out.read_text())
    assert (row["method"], row["episodes"], row["mean_steps"]) == ("babbler", 2, 3)
