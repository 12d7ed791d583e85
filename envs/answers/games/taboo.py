"""Taboo: describe a thing without its taboo words, so that it can be guessed.

In the original a second model guesses. Here the guesser is a rule: it knows things by words and
takes the one that most words of the description are of. So the game needs no second model, costs
nothing and always ends alike.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from envs.answers.games.things import THINGS, VOCABULARY
from envs.answers.question import Form, LineQuestion, Verdict

_TABOO = 3


def guess(description: str) -> str | None:
    """The thing that most words of a description are of; None if two have as many.

    Example:
        >>> guess("You can ride it, it has pedals and a chain")
        'bicycle'
        >>> guess("a thing") is None
        True
    """
    said = _words(description)
    counts = {name: len(said.intersection(words)) for name, words in THINGS.items()}
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    return best[0] if len(best) == 1 else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


@dataclass(frozen=True)
class Taboo(LineQuestion):
    """A card; half of the score is for a description that is allowed, half for the right guess.

    Attributes:
        thing: what is to be guessed.
        taboo: words that are not to be said.
    """

    thing: str
    taboo: tuple[str, ...]

    @property
    def form(self) -> Form:
        """A sentence."""
        return Form("It is round and ...", r"\S.*")

    def score(self, answer: str) -> float:
        """Nothing for a description that breaks the rule, else half, or all if it is guessed."""
        if self.broken(answer):
            return 0.0
        return 0.5 + 0.5 * (guess(answer) == self.thing)

    def broken(self, answer: str) -> list[str]:
        """What is said against the rule: the thing, a taboo word, or a longer form of one."""
        banned = (self.thing, *self.taboo)
        return [word for word in sorted(_words(answer)) if word.startswith(banned)]

    def judged(self, verdict: Verdict) -> str:
        """Which half is missing."""
        if verdict.score:
            return "Your description is allowed, but it was not guessed."
        return "Your description breaks the rule."

    def hint(self, answer: str) -> str:
        """What was said against the rule, or what was guessed."""
        if broken := self.broken(answer):
            return f"It must not say {', '.join(broken)}."
        guessed = guess(answer)
        if guessed is None:
            return "It fits several things equally well."
        return f"It made the guesser think of: {guessed}."


def make(draw: random.Random, task_id: str) -> Taboo:
    """A card whose thing can be guessed from what may be said."""
    while True:
        thing = draw.choice(list(THINGS))
        taboo = tuple(draw.sample(THINGS[thing], _TABOO))
        allowed = [word for word in THINGS[thing] if not word.startswith((thing, *taboo))]
        solution = f"Think of {', '.join(allowed)}."
        text = (
            f"Describe this so that another can guess it: {thing}\n"
            f"You must not say that word, nor these, nor longer forms of them: {', '.join(taboo)}\n"
            "The other one knows each thing by some of these words, and guesses the thing that "
            f"most words of your description are of: {', '.join(VOCABULARY)}"
        )
        card = Taboo(task_id, "taboo", text, solution, thing, taboo)
        if card.score(solution) == 1.0:
            return card
