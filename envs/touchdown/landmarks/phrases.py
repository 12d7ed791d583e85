"""Noun phrases of instructions: what a vision model is to look for in the pictures.

The LFM paper's release takes spaCy's noun chunks (model ``en_core_web_lg``, which is downloaded).
Here a phrase is what is left between words that cannot stand in one: verbs, prepositions,
pronouns and the like. That is a rule and no parser: it needs no download, knows the words of
street directions, and lets through some phrases that a parser would not. A file of other phrases,
one on each line, can take its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from envs.errors import UserError
from envs.touchdown.landmarks.base import plain

LONGEST = 7
"""Words of a phrase; longer ones are sentences that the rule did not take apart."""

_DETERMINERS = frozenset(
    "a an the this these those your its his her their any some each every both all another".split()
)

_BETWEEN = frozenset(
    # prepositions and conjunctions
    """about above across after against ahead along alongside and around as at because before behind
    below beneath beside besides between beyond but by during except for from if in inside into like
    near of off on once onto opposite or out outside over past since so than that then though
    through throughout till to toward towards under underneath unless until up upon when where
    whereas which while who with within without via
    """
    # pronouns and little words
    """either he here i it me my nor not no our she there they us we what whatever you yourself
    again almost also always approximately away back backward backwards just directly down
    downward else enough ever exactly far forward forwards further halfway immediately instead maybe
    mostly much now nearly only perhaps pretty quite rather really shortly slightly soon still
    straight too very well yes yet together
    """
    # verbs
    """align am appear appears are arrive arrived at be became become been begin begins being bring
    brings came can come comes coming continue continues continuing could cross crosses crossing did
    do does doing done drive driving end ended ending ends enter entering exit exiting face faces
    facing find follow following get gets getting give given go goes going gone got had has have
    having head heading heads hit hits is keep keeping keeps know lead leading leads leave leaving
    let located look looking looks made make makes making may meet might move moves moving must
    need needs notice orient oriented pass passed passes passing pause pay place position positioned
    proceed proceeding put reach reached reaches reaching remain rotate run running runs saw says
    see seeing seen sees shift should skip spot stand standing start started starting starts stay
    staying stop stopped stopping stops take takes taking touch travel traveling travelling turn
    turned turning turns use veer veering walk walking walks want was watch went were will would
    """.split()
)

_SAYS_NOTHING = frozenset(
    """able beige bit black block blue bottom bright brown bunch close corner couple dark direction
    distance end few first flow front gray green grey half last left little lot middle moment
    more most next one orange other others part pink point position purple red rest right row
    same second short side sides slow spot steps sure tan thing third time times top two way
    while white yellow
    """.split()
)
"""Words that name nothing that could be seen, if a phrase has no other."""

_ONE_THING = re.compile(
    r"\b(?:(trash|garbage|recycling) (cans?)|(stop|walk) (signs?)|(bus|subway) (stops?)|"
    r"(news|newspaper|fruit|food|flower|dog|taxi) (stands?))\b"
)
"""Words in which what is else a verb is part of a name."""

_TOKEN = re.compile(r"[a-z0-9]+(?:[-'&/_][a-z0-9]+)*|[^\sa-z0-9]")
_NO_NOUN = re.compile(r".*(?:n't|'(?:ll|re|ve|m|d)|[^i]ly)|(?:it|there|that|let|he|she)'s|them")
"""Contracted verbs, and adverbs (but not "family")."""


def noun_phrases(text: str) -> list[str]:
    """The phrases of a text in lower case, each once, in the order of their first mention."""
    found: dict[str, None] = {}
    words: list[str] = []
    joined = _ONE_THING.sub(lambda match: match[0].replace(" ", "_"), plain(text).lower())
    for token in [*_TOKEN.findall(joined), "."]:
        if token in _DETERMINERS or _separates(token):
            if words and _tells(words):
                found[" ".join(words).replace("_", " ")] = None
            words = [token] if token in _DETERMINERS else []
        else:
            words.append(token)
    return list(found)


def phrases_of(texts: Iterable[str]) -> list[str]:
    """The phrases of all texts, each once, in alphabetical order."""
    return sorted({phrase for text in texts for phrase in noun_phrases(text)})


def read_phrases(file: Path) -> list[str]:
    """The phrases in a file with one on each line, without empty lines, each once.

    Raises:
        UserError: if the file is missing, unreadable or empty.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the phrases in {file}: {error}; check the file.") from error
    phrases = list(dict.fromkeys(filter(None, map(plain, lines))))
    if not phrases:
        raise UserError(f"{file} has no phrase; write one on each line.")
    return phrases


def _separates(token: str) -> bool:
    return token in _BETWEEN or not token[0].isalnum() or _NO_NOUN.fullmatch(token) is not None


def _tells(words: list[str]) -> bool:
    content = [word for word in words if word not in _DETERMINERS and word not in _SAYS_NOTHING]
    return bool(content) and len(words) <= LONGEST and any(len(word) > 1 for word in content)
