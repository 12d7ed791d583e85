"""How often a feedback model says of held-out episodes what the critic said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lfm.critics.windows import make_windows
from lfm.feedback_model import FeedbackModel, LabelledEpisode, Verdict
from lfm.reasons import blank_names, template, window_names

KINDS = ("reason", "summary", "suggestion")


class Pair(NamedTuple):
    """A text of the critic and the model's, as they are and without names.

    Attributes:
        kind: one of :data:`KINDS`.
        critic: the critic's text.
        model: the model's.
        critic_template: the critic's with blanks.
        model_template: the model's with blanks.
    """

    kind: str
    critic: str
    model: str
    critic_template: str
    model_template: str


def compare_words(
    model: FeedbackModel, episodes: Sequence[LabelledEpisode], window: int
) -> dict[str, dict[str, float]]:
    """Of each kind of text the number of places and shares of them.

    ``same``: word for word what the critic said. ``template``: the same but for names and counts.
    ``commonest``: what saying always the commonest template would reach.

    Args:
        model: what is asked.
        episodes: held out, with the critic's words.
        window: length of the critic's windows.
    """
    verdicts = model.judge([each.trajectory for each in episodes])
    pairs = [
        pair
        for each, said in zip(episodes, verdicts, strict=True)
        for pair in (*_reasons(each, said), *_windows(each, said, window))
    ]
    return {kind: _shares([pair for pair in pairs if pair.kind == kind]) for kind in KINDS}


def _reasons(each: LabelledEpisode, said: Sequence[Verdict]) -> Iterator[Pair]:
    for at, label in each.labels.items():
        texts = (label.reason, said[at - 1].reason)
        yield Pair("reason", *texts, *(template(text, each.trajectory, at) for text in texts))


def _windows(each: LabelledEpisode, said: Sequence[Verdict], length: int) -> Iterator[Pair]:
    """Each side's count of productive steps is its own."""
    answers = {answer.window_id: answer for answer in each.windows}
    for window in make_windows([each.trajectory], length):
        answer, verdict = answers[window.window_id], said[window.last - 1]
        counts = (
            sum(step.productive for step in answer.steps),
            sum(one.p_productive >= 0.5 for one in said[window.first - 1 : window.last]),
        )
        names = [window_names(window, count) for count in counts]
        for kind in KINDS[1:]:
            texts = (getattr(answer, kind), getattr(verdict, kind))
            blanked = (blank_names(*pair) for pair in zip(texts, names, strict=True))
            yield Pair(kind, *texts, *blanked)


def _shares(pairs: Sequence[Pair]) -> dict[str, float]:
    templates = Counter(pair.critic_template for pair in pairs)
    return {
        "places": len(pairs),
        "same": sum(pair.critic == pair.model for pair in pairs) / len(pairs),
        "template": sum(pair.critic_template == pair.model_template for pair in pairs) / len(pairs),
        "commonest": max(templates.values()) / len(pairs),
    }
