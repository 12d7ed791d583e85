"""An episode as indices: what happened, what may be done now, and how the two are bound together.

Every text becomes a few *bags* of rows of one embedding table. Besides its words an action carries
what makes it recognisable in a room nobody has seen before: which of its words the instruction
contains, how long ago each thing it names was acted on and seen, what was last done to it, which
words of the instruction were in sight when it was, and what the line that it was seen in says of
it. Nothing here is particular to one environment; acting and training run the same code, one step
at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from envs.actions import GAP
from policies.layout import (
    AGE_BUCKETS,
    FEATURES,
    NUMBERS,
    TRIED_BUCKETS,
    Bags,
    Ints,
    Layout,
    StepBags,
    age_bucket,
    pack,
)
from policies.lines import Line, LineMemory, Sighting, numbers_in, read_line, read_lines
from policies.sights import SightEncoder
from policies.stages import Parts
from policies.words import (
    UNKNOWN,
    Mention,
    Vocabulary,
    is_content,
    parse_action,
    split_words,
    stem,
)


class _Memory(NamedTuple):
    """What an episode knows of a thing in a slot, as members of three bags."""

    rows: list[int]
    beside: list[int]
    said: list[int]


class EpisodeEncoder:
    """Follows one episode and encodes its steps and choices.

    Args:
        vocabulary: the words that have a row.
        instruction: what the agent was asked to do; its first ``most_words`` words are read.
        first_observation: what was seen before the first action.
        features: what is read of a text; see :data:`FEATURES`.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        instruction: str,
        first_observation: str,
        features: int = FEATURES,
    ) -> None:
        self._vocabulary = vocabulary
        self._layout = Layout(len(vocabulary), features)
        words = split_words(instruction)[: self._layout.most_words]
        # An instruction without a word is read as one unknown word: attention needs something.
        rows = [vocabulary[word] for word in words] or [UNKNOWN]
        self.instruction: Ints = np.array(rows, np.int32)
        self._asked = {stem(word): at for at, word in enumerate(words) if is_content(word)}
        self._numbers = numbers_in(instruction)[:NUMBERS]
        self._now = 0
        self._acted: dict[str, int] = {}
        self._last_verb: dict[str, list[int]] = {}
        self._seen: dict[str, int] = {}
        self._sights: list[list[tuple[str, int]]] = []
        self._tried: dict[str | Parts, int] = {}
        self._fixed: dict[str, tuple[list[int], ...]] = {}
        self._filled: dict[tuple[str, int], list[int]] = {}
        self._remembered: dict[tuple[str, int], _Memory] = {}
        self._remembered_things: dict[tuple[str, int], _Memory] = {}
        self._lines = LineMemory()
        self._told: dict[tuple[Line, str], tuple[list[int], list[int]]] = {}
        self._sight: SightEncoder | None = None
        if self._layout.sights:
            self._sight = SightEncoder(vocabulary, self._layout, instruction, words)
        nothing: list[list[int]] = [[] for _ in range(self._layout.action_bags)]
        self.first_step = self._step(nothing, first_observation, ())

    def names(self) -> Ints:
        """The words of the instruction that name things met so far, as indices.

        Such things are those with a number, those that factored actions can be filled with, and
        those that are listed in what is seen, where sights are read.
        """
        numbered = [thing.split(" ") for thing in self._seen if thing[-1:].isdigit()]
        kinds = {stem(word) for words in numbered for word in words[:-1]}
        things = {thing for thing, slot in self._filled if slot}
        kinds.update(stem(word) for thing in things for word in split_words(thing))
        if self._sight is not None:
            kinds |= self._sight.named
        found = [self.instruction[at] for word, at in self._asked.items() if word in kinds]
        return np.array(found, np.int32)

    def choices(self, actions: Iterable[str]) -> Bags:
        """The bags of each action, as it looks now; ``choice_bags`` a row."""
        return pack(bag for action in actions for bag in self._with_clues(action))

    def partial_choices(self, options: Iterable[Parts]) -> Bags:
        """The same of factored actions, also of such as have gaps yet."""
        none: list[list[int]] = [[]] if self._layout.clues else []
        return pack(bag for parts in options for bag in (*self._partial_choice(parts), *none))

    def step(self, action: str, observation: str, parts: Parts | None = None) -> StepBags:
        """Take note of a step; returns its bags.

        Args:
            action: what was done.
            observation: what was seen then.
            parts: the action in parts, where it is one of factored actions.
        """
        if parts is None:
            chosen = self._choice(action)
            phrase = parse_action(action)
            verb, verbs = phrase.verb, [self._vocabulary[phrase.verb]]
            named = [mention.thing for mention, _ in phrase.mentions]
            tried: list[str | Parts] = [action]
        else:
            chosen = self._partial_choice(parts)
            verb, *named = parts
            verbs = [self._vocabulary[word] for word in split_words(verb.replace(GAP, " "))]
            tried = [parts[:end] for end in range(1, len(parts) + 1)]
        self._now += 1
        for each in tried:
            self._tried[each] = self._tried.get(each, 0) + 1
        self._acted[verb] = self._now
        for thing in named:
            self._acted[thing] = self._now
            self._last_verb[thing] = verbs
        self._remembered.clear()
        self._remembered_things.clear()
        if self._sight is not None:
            chosen[0] += self._sight.act(action)
        return self._step(chosen, observation, named)

    def _step(self, chosen: list[list[int]], observation: str, named: Sequence[str]) -> StepBags:
        seen = self._see(observation, named)
        if self._sight is None:
            return StepBags(pack(chosen + seen), pack(()))
        sights = self._sight.see(observation)
        if self._sight.leg is not None:
            seen += self._sight.leg.bags()
        return StepBags(pack(chosen + seen), sights)

    def _with_clues(self, action: str) -> list[list[int]]:
        bags = self._choice(action)
        if self._layout.clues and self._sight is not None and self._sight.leg is not None:
            bags.append(self._sight.leg.clues(action, self._layout.clue, self._vocabulary))
        return bags

    def _choice(self, action: str) -> list[list[int]]:
        fixed = self._fixed.get(action) or self._fix(action)
        bags = [*map(list, fixed), [], []]
        if self._layout.lines:
            bags += [[], []]
        phrase = parse_action(action)
        bags[0] += self._done_before(action, phrase.verb)
        if self._sight is not None and self._sight.leg is not None:
            bags[0] += self._sight.leg.choice(action)
        for mention, slot in phrase.mentions:
            memory = self._memory_of(mention, slot)
            bags[slot] += memory.rows
            bags[2 + slot] += memory.beside
            if memory.said:
                bags[4 + slot] = memory.said  # of the last thing named: what the others describe
        return bags

    def _partial_choice(self, parts: Parts) -> list[list[int]]:
        frame, *things = parts
        bags: list[list[int]] = [[] for _ in range(self._layout.action_bags)]
        bags[0] = self._words(frame.replace(GAP, " "), 0) + self._done_before(parts, frame)
        for slot, thing in enumerate(things, start=1):
            memory = self._memory_of_thing(thing, slot)
            bags[slot], bags[2 + slot] = memory.rows, memory.beside
            if self._layout.lines:
                bags[4 + slot] = memory.said
        if self._layout.lines:
            for slot in range(len(parts), 1 + frame.count(GAP)):
                bags[slot] = [self._layout.gap + slot - 1]
        return bags

    def _done_before(self, tried: str | Parts, verb: str) -> list[int]:
        """How often this was done, and how long ago something with this verb was."""
        layout = self._layout
        return [
            layout.tried + min(self._tried.get(tried, 0), TRIED_BUCKETS - 1),
            layout.acted_age + age_bucket(self._now, self._acted.get(verb)),
        ]

    def _fix(self, action: str) -> tuple[list[int], ...]:
        """What does not change within the episode: words, and which of them were asked for."""
        bags: tuple[list[int], ...] = ([], [], [])
        for word, slot in parse_action(action).words:
            bags[slot].extend(self._word(word, slot))
        self._fixed[action] = bags
        return bags

    def _words(self, text: str, slot: int) -> list[int]:
        """The same for a text that is all in one slot."""
        rows = self._filled.get((text, slot))
        if rows is None:
            rows = [row for word in split_words(text) for row in self._word(word, slot)]
            self._filled[text, slot] = rows
        return rows

    def _word(self, word: str, slot: int) -> list[int]:
        row = self._layout.word + slot * self._layout.size + self._vocabulary[word]
        asked = self._asked.get(stem(word))
        return [row] if asked is None else [row, -1 - asked]

    def _memory_of(self, mention: Mention, slot: int) -> _Memory:
        """How long ago the thing was acted on and seen, by which verb, and beside what."""
        memory = self._remembered.get((mention.thing, slot))
        if memory is None:
            seen = self._seen.get(mention.thing)
            own = {stem(word) for word in mention.words}
            sight = self._sights[seen] if seen is not None else []
            memory = _Memory(
                self._ages(mention.thing, slot, seen),
                [at for word, at in sight if word not in own],
                self._told_of(self._lines.find(mention.thing))[0],
            )
            self._remembered[mention.thing, slot] = memory
        return memory

    def _memory_of_thing(self, thing: str, slot: int) -> _Memory:
        """The same for what fills a gap, its words among it; beside it is what its line names."""
        memory = self._remembered_things.get((thing, slot))
        if memory is None:
            sighting, seen = self._lines.find(thing), self._seen.get(thing)
            said, beside = self._told_of(sighting)
            if sighting is not None:
                seen = max(sighting.time, seen or 0)
            rows = self._words(thing, slot) + self._ages(thing, slot, seen)
            if self._layout.lines:
                rows += [self._layout.ranked + rank for rank in self._lines.ranks(thing)]
            memory = self._remembered_things[thing, slot] = _Memory(rows, beside, said)
        return memory

    def _ages(self, thing: str, slot: int, seen: int | None) -> list[int]:
        layout = self._layout
        rows = [
            layout.acted_age + slot * AGE_BUCKETS + age_bucket(self._now, self._acted.get(thing)),
            layout.seen_age + slot * AGE_BUCKETS + age_bucket(self._now, seen),
        ]
        verbs = self._last_verb.get(thing, ())
        rows += [layout.last_verb + slot * layout.size + verb for verb in verbs]
        return rows

    def _told_of(self, sighting: Sighting | None) -> tuple[list[int], list[int]]:
        """What the line says of a thing, and which other words of the instruction it has."""
        if sighting is None:
            return [], []
        line, name, _ = sighting
        told = self._told.get((line, name))
        if told is None:
            said, layout = line.said_of(name), self._layout
            rows = [layout.said + self._vocabulary[word] for word in said.words]
            rows += [layout.around + self._vocabulary[word] for word in said.around]
            words = dict.fromkeys(map(stem, (*said.words, *said.around)))
            rows += [-1 - self._asked[word] for word in words if word in self._asked]
            rows += self._compare(said.quantities)
            others = line.stems.difference(map(stem, name.split(" ")))
            beside = [-1 - at for word, at in self._asked.items() if word in others]
            told = self._told[line, name] = rows, beside
        return told

    def _compare(self, quantities: Iterable[float]) -> list[int]:
        """Whether each is below, equal to or above each number of the instruction."""
        return [
            self._layout.compared + 3 * at + 1 + (quantity > number) - (quantity < number)
            for quantity in quantities
            for at, number in enumerate(self._numbers)
        ]

    def _see(self, observation: str, named: Sequence[str]) -> list[list[int]]:
        """Remember what is in sight; returns the observation's bags."""
        lines = [*read_lines(observation)] if self._layout.lines else [read_line("", observation)]
        stems: frozenset[str] = frozenset().union(*(line.stems for line in lines))
        in_sight = [(word, -1 - at) for word, at in self._asked.items() if word in stems]
        self._sights.append(in_sight)
        for line in lines:
            self._seen.update(dict.fromkeys(line.things, self._now))
        self._seen.update(dict.fromkeys(named, self._now))
        asked = [at for _, at in in_sight]
        if not self._layout.lines:
            return [self._words_of(lines, self._layout.seen_word), asked]
        fresh, still = self._lines.see(lines, self._now)
        compared = [row for line in fresh for row in self._compare(line.quantities)]
        seen = self._words_of(fresh, self._layout.seen_word) + compared
        return [seen, asked, self._words_of(still, self._layout.still)]

    def _words_of(self, lines: Iterable[Line], base: int) -> list[int]:
        words = (word for line in lines for word in line.words if not word.isdigit())
        return [base + self._vocabulary[word] for word in words]
