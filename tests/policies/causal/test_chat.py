"""Episodes as conversations: what the template writes, token by token."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from envs.errors import UserError
from policies.causal.chat import ANSWER, ChatReader, Dialogue
from tests.policies.causal import worlds
from tests.policies.causal.worlds import ERRANDS

LLAMA3 = (
    "{{ '<|im_start|>system<|im_end|>\n\nToday: ' + date_string + '<|im_end|>' }}"
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '<|im_end|>\n\n'"
    " + message['content'] | trim + '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant<|im_end|>\n\n' }}{% endif %}"
)
THINKING = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if loop.last and message['role'] == 'assistant' %}{{ '<think>\n\n</think>' }}{% endif %}"
    "{{ message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.chat_model(tmp_path_factory.mktemp("chat"))


@pytest.fixture
def tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    read: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    return read


@pytest.mark.parametrize("template", [None, LLAMA3, THINKING], ids=["chatml", "llama3", "thinking"])
def test_a_conversation_is_what_the_template_writes(
    tokenizer: PreTrainedTokenizerBase, template: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step; the template of Llama 3 is told the same day always."""
    if template:
        tokenizer.chat_template = template
    write = tokenizer.apply_chat_template
    monkeypatch.setattr(
        tokenizer,
        "apply_chat_template",
        lambda *given, **named: write(*given, **{"date_string": "26 Jul 2024", **named}),
    )
    episode = ERRANDS[1]
    reader = ChatReader(tokenizer, 4096)
    dialogue = Dialogue(reader, episode.instruction, episode.first_observation)
    for at, step in enumerate(episode.steps):
        assert dialogue.tokens().tolist() == worlds.written(tokenizer, episode, at)
        assert not dialogue.add(step.action, step.observation)
    assert tokenizer.decode(reader.reply("look")) == "look<|im_end|>"


def test_a_template_that_cannot_be_used_is_named(tokenizer: PreTrainedTokenizerBase) -> None:
    for template, said in (
        (None, "chat template"),
        ("{{ raise_exception('no users here') }}", "no users here"),
        (
            "{% for m in messages %}{{ loop.index ~ m['content'] }}{% endfor %}",
            "one like the other",
        ),
        ("{% for m in messages %}{{ m['content'] + ' / ' }}{% endfor %}", "no special token"),
    ):
        tokenizer.chat_template = template
        with pytest.raises(UserError, match=said):
            ChatReader(tokenizer, 4096)


def test_what_does_not_fit_is_forgotten_from_the_oldest(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    episode = ERRANDS[1]
    whole = ChatReader(tokenizer, 4096)
    opening = whole.opening(episode.instruction, episode.first_observation)
    longest = len(opening) + 60 + ANSWER
    dialogue = Dialogue(
        ChatReader(tokenizer, longest), episode.instruction, episode.first_observation
    )
    forgot = [dialogue.add(step.action, step.observation) for step in episode.steps]
    assert any(forgot)
    assert not forgot[0]
    tokens = dialogue.tokens().tolist()
    assert len(tokens) + ANSWER <= longest
    assert tokens[: len(opening)] == opening.tolist()
    rest = tokens[len(opening) :]
    assert rest == worlds.written(tokenizer, episode, 9)[-len(rest) :]


def test_an_episode_that_cannot_even_begin_is_refused(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(UserError, match=r"policy\.longest: the model reads 70 tokens"):
        Dialogue(ChatReader(tokenizer, 70), "find it", "You are in a hall.")
    with pytest.raises(UserError, match=f"at most {ANSWER} are read"):
        ChatReader(tokenizer, 4096).reply("@" * (ANSWER + 1))
