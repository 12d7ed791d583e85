"""A causal policy behind an address: what its server is told, and what its answers come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envs.actions import FactoredActions
from envs.base import ANY_TEXT
from envs.errors import UserError
from experiments.critic_faults.web import Call, Connection, as_bytes, completion, serving
from lfm.chat.base import Answer, Request, Sampling
from lfm.chat.endpoint import Endpoint
from lfm.chat.models import only_model
from lfm.served_policy import ServedPolicy
from policies.base import Choice, Start
from policies.causal.chat import Dialogue
from policies.causal.policy import CausalPolicy
from tests.end_to_end.commands import FEW, command
from tests.lfm.chat.asking import KEY, Handler, always, desk, refusing, request
from tests.lfm.test_chat_actor import Scripted
from tests.policies import toys
from tests.policies.causal import worlds

SAMPLING = Sampling(max_tokens=20, temperature=0.0)
EPISODE = worlds.ERRANDS[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.chat_model(tmp_path_factory.mktemp("chat"))


class Listening(Scripted):
    """Remembers whole requests."""

    def __init__(self, said: str) -> None:
        super().__init__(lambda words: said)
        self.requests: list[Request] = []

    def ask(self, requests: Any, purpose: str) -> Any:
        self.requests += requests
        return super().ask(requests, purpose)


def test_its_server_is_told_what_it_reads_here(folder: Path) -> None:
    """The same conversation, the same tokens through the template, also after forgetting."""
    model = Listening("look")
    policy = ServedPolicy(folder, model, SAMPLING)
    here = CausalPolicy.load(folder)
    session = policy.begin([toys.start(EPISODE)])
    dialogue = Dialogue(here.reader, EPISODE.instruction, EPISODE.first_observation)
    forgot = False
    for at, step in enumerate(EPISODE.steps):
        assert session.choose([0], [step.admissible]) == [Choice("look", None)]
        asked = model.requests[-1]
        turns = [{"role": each.role, "content": each.content} for each in asked.messages]
        if at < 5:  # then observations become long
            assert turns == worlds.messages(EPISODE, at)
        text = here.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        assert here.reader.cut(str(text)).tolist() == dialogue.tokens().tolist()
        assert asked.schema == {"enum": list(step.admissible)}
        seen = f" {step.observation} {'and so on ' * 8 * (at >= 4)}\n"
        session.observe([0], [step.action], [seen])
        forgot |= dialogue.add(step.action, seen)
    assert forgot


def test_weights_tell_answers_apart(folder: Path, tmp_path: Path) -> None:
    """Of policies with the same name; the folder may also be without any."""
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    prompts = set()
    for each in (folder, tmp_path):
        model = Listening("look")
        session = ServedPolicy(each, model, SAMPLING).begin([toys.start(EPISODE)])
        session.choose([0], [EPISODE.steps[0].admissible])
        prompts.add(model.requests[0].prompt)
    assert len(prompts) == 2


@pytest.mark.parametrize(("said", "done"), [("fly", "fly"), ("", "nothing"), ("é" * 99, "nothing")])
def test_what_is_no_action_is_sent_if_it_can_be_read(folder: Path, said: str, done: str) -> None:
    policy = ServedPolicy(folder, Listening(said), SAMPLING)
    session = policy.begin([toys.start(EPISODE)])
    assert session.choose([0], [("look",)]) == [Choice(done, None)]
    session.observe([0], [done], ["Nothing happens."])
    session.choose([0], [("look",)])


@pytest.mark.parametrize("actions", [ANY_TEXT, FactoredActions(("take OBJ",), ("cup",))])
def test_actions_are_listed_as_for_the_policy_here(folder: Path, actions: Any) -> None:
    session = ServedPolicy(folder, Listening("look"), SAMPLING).begin([Start("a", "b", 0)])
    with pytest.raises(UserError, match=r"this policy (chooses among|scores each) admissible"):
        session.choose([0], [actions])


def test_a_folder_has_to_say_how_a_conversation_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    with pytest.raises(UserError, match=rf"in {tmp_path / 'none'} cannot be read"):
        ServedPolicy(tmp_path / "none", Listening("look"), SAMPLING)


def test_a_server_is_held_to_the_actions_unless_it_refuses() -> None:
    told: list[dict[str, Any]] = []
    choice = {"enum": ["look", "wait"]}

    def refuse(fields: dict[str, Any]) -> str:
        return "unknown field" if len(told) > 1 and "structured_outputs" in fields else ""

    with serving(refusing(refuse, told)) as url:
        for _ in range(2):
            asked = desk(url)
            ((_, answer),) = asked.ask([request("a", choice)], "act")
            asked.close()
            assert isinstance(answer, Answer)
    held, refused_fields, free = told
    assert (
        held["structured_outputs"]
        == {"choice": ["look", "wait"]}
        == refused_fields["structured_outputs"]
    )
    assert held["guided_choice"] == ["look", "wait"]
    assert "response_format" not in held
    assert not {"structured_outputs", "guided_choice", "response_format"} & free.keys()


def _endpoint(url: str) -> Endpoint:
    return Endpoint(base_url=url, model="", key=KEY, concurrency=1, timeout=60.0, tries=1)


def _models(*names: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


@pytest.mark.parametrize(
    ("handle", "sentence"),
    [
        (always(200, _models()), "lists no model; say which"),
        (always(200, _models("a", "b")), "lists a, b; say which it is with policy.served_as"),
        (always(200, _models(*"abcdef")), r"lists a, b, c, d, e, \.\.\.; say which"),
        (always(200, ["a"]), "what it said is no such list"),
        (always(404, {"error": "none"}), "does not say which models it has .it said 404"),
        (always(401, {"error": {"message": KEY}}), "the key is not accepted"),
    ],
)
def test_which_model_is_meant(handle: Handler, sentence: str) -> None:
    with serving(handle) as url, pytest.raises(UserError, match=sentence) as caught:
        only_model(_endpoint(url))
    assert KEY not in str(caught.value)


def test_nobody_is_there() -> None:
    with serving(always(200, _models("one"))) as url:
        assert only_model(_endpoint(url)) == "one"
    with pytest.raises(UserError, match=f"policy.server: nobody answers at {url}"):
        only_model(_endpoint(url))


def test_the_command_plays_by_the_model_that_is_listed(folder: Path, tmp_path: Path) -> None:
    """It takes the last action that it may: 'look', in this world."""
    asked: list[dict[str, Any]] = []

    async def handle(call: Call, connection: Connection) -> None:
        if call.path.endswith("/models"):
            await connection.send(200, as_bytes(_models("big")))
            return
        asked.append(json.loads(call.body))
        said = asked[-1]["structured_outputs"]["choice"][-1]
        await connection.send(200, as_bytes(completion(said)))

    out, model = tmp_path / "out.json", worlds.chat_model(tmp_path / "model", size=ROOMY)
    chosen = (f"policy={model}", "chat.cache=null", "env.games=2", "env.max_steps=3", f"out={out}")
    with serving(handle) as url:
        assert command("evaluate", *FEW, f"policy.server={url}", *chosen) == 0
    row = json.loads(out.read_text())
    assert (row["method"], row["episodes"], row["inadmissible"]) == ("big", 2, 0.0)
    assert row["policy"]["served_as"] == "big"
    assert row["policy"]["weights"]
    assert {(each["model"], each["temperature"]) for each in asked} == {("big", 0.0)}
    assert [len(each["messages"]) for each in asked] == [1, 1, 3, 3, 5, 5]


ROOMY = worlds.TINY._replace(context=4096)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (("policy.served_as=a",), "policy.served_as: it is a name at policy.server"),
        (("policy.server=host:1",), "policy.server: 'host:1' is no http address"),
        (("policy.server=http://h/v1", "chat=transformers"), "leave out chat=transformers"),
        (("policy.server=http://h/v1", "rollout=ray"), "policy.server is asked by one process"),
    ],
)
def test_settings_that_do_not_go_together(
    settings: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("evaluate", "policy.path=DIR", *settings) == 2
    assert sentence in capsys.readouterr().err
