"""A small transformer over the steps of an episode that chooses actions, and what a judge shares.

Each step (what was done, what was seen) is one position of a Llama or BERT model of Hugging Face
transformers that starts from random weights; inside a step, words are looked up in bags bound to
the instruction (:mod:`policies.episode`). An episode of 600 words is thus 20 positions, which is
what makes training on a laptop's processor a matter of a minute or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import (
    LlamaConfig,
    LlamaModel,
    PretrainedConfig,
    PreTrainedModel,
)

from policies.clue_reader import ClueReader
from policies.layout import FEATURES, Layout
from policies.words import Vocabulary

_QUESTIONS = 4
"""Ways in which the words of an instruction are weighed to sum it up."""


class StepBatch(NamedTuple):
    """A batch of B episodes with up to T steps (position 0 is the start) and N choices in all.

    Bag members are already rows of the batch's table: see :func:`policies.batching.collate`.
    """

    instructions: Tensor
    """(B, J) word indices, 0 where there is no word."""
    step_members: Tensor
    step_offsets: Tensor
    """(S * bags of a step,) where each bag begins, for S real steps of all episodes."""
    sight_members: Tensor
    sight_offsets: Tensor
    """(V * bags of a sight,) where each bag begins, for V sights of all steps in order."""
    sight_counts: Tensor
    """(S,) how many sights each step brought."""
    step_places: Tensor
    """(S,) index of each step in the flattened (B, T) grid."""
    mask: Tensor
    """(B, T) 1 where there is a step."""


class Reading(NamedTuple):
    """B instructions, read."""

    table: Tensor
    """(rows + B * J, size) that bag members point into."""
    summaries: Tensor
    """(B, hidden) of each instruction as a whole."""
    words: Tensor
    """(B, W, hidden) what comes before the steps, W = J where sights are read, otherwise 0."""
    present: Tensor
    """(B, W) 1 where there is a word."""

    def of(self, rows: Sequence[int]) -> Reading:
        """Some of the instructions; members still point into the whole table."""
        at = torch.tensor(rows)
        return Reading(self.table, self.summaries[at], self.words[at], self.present[at])


class ChoiceBatch(NamedTuple):
    """N actions to be scored, in S sets of options, each set in some state of some episode."""

    members: Tensor
    offsets: Tensor
    """(N * bags of an action,)"""
    states: Tensor
    """(S,) index of each set's state in the flattened (B, T) grid."""
    sets: Tensor
    """(N,) the set that each action belongs to, ascending."""
    counts: Tensor
    """(S,) actions in each set."""


class StepConfig(PretrainedConfig):
    """Configuration of both models.

    Args:
        vocabulary: the words that have a row of their own.
        hidden_size: width of the transformer.
        bag_size: width of the rows that bags are summed from.
        layers: transformer layers.
        heads: attention heads.
        dropout: probability of dropping a feature of a step or choice while training.
        reasons: texts a judge can give as its reason (empty for a policy).
        window: steps in a part of an episode that a judge sums up, 0 = all; None = it does not.
        summaries: texts it can give of what happened there.
        suggestions: texts it can give of what to do then.
        logit_scale: factor that calibrates a judge's logits.
        privileged: whether learning used information an agent could not have.
        features: what is read of a text; see :data:`policies.episode.FEATURES`.
        augment: whether training varies its episodes; see :mod:`policies.variation`.
        one_more_step: chance of stopping from which on a policy goes one step on and stops then.
    """

    model_type = "lfm-step"

    def __init__(
        self,
        vocabulary: list[str] | None = None,
        hidden_size: int = 192,
        bag_size: int = 64,
        layers: int = 3,
        heads: int = 4,
        dropout: float = 0.1,
        reasons: list[str] | None = None,
        window: int | None = None,
        summaries: list[str] | None = None,
        suggestions: list[str] | None = None,
        logit_scale: float = 1.0,
        privileged: bool = False,
        features: int = FEATURES,
        augment: bool = False,
        one_more_step: float = 0.0,
        **kwargs: Any,
    ) -> None:
        self.vocabulary = vocabulary or []
        self.hidden_size = hidden_size
        self.bag_size = bag_size
        self.layers = layers
        self.heads = heads
        self.dropout = dropout
        self.reasons = reasons or []
        self.window = window
        self.summaries = summaries or []
        self.suggestions = suggestions or []
        self.logit_scale = logit_scale
        self.privileged = privileged
        self.features = features
        self.augment = augment
        self.one_more_step = one_more_step
        super().__init__(**kwargs)

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """The configuration in a file; one that does not name its features has the first."""
        return super().from_dict({"features": 1, **config_dict}, **kwargs)


class BagEncoder(nn.Module):
    """Looks up bags and turns them into vectors for steps and for actions."""

    def __init__(self, config: StepConfig) -> None:
        super().__init__()
        vocabulary = Vocabulary(config.vocabulary)
        self.layout = Layout(len(vocabulary), config.features)
        size = config.bag_size
        self.rows = nn.Embedding(self.layout.rows, size)
        self.words = nn.Embedding(len(vocabulary), size, padding_idx=0)
        self.places = nn.Embedding(self.layout.most_words, size)
        self.reader = nn.TransformerEncoderLayer(
            size, 4, 2 * size, dropout=config.dropout, batch_first=True, norm_first=True
        )
        if self.layout.sights:
            self.word = nn.Linear(size, config.hidden_size)
            self.sight = nn.Sequential(
                nn.Linear(self.layout.sight_bags * size, config.hidden_size),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(config.hidden_size, config.hidden_size),
            )
        self.matched = nn.Linear(size, size)
        self.step = nn.Sequential(
            nn.Linear(self.layout.step_bags * size, config.hidden_size),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden_size, config.hidden_size),
        )
        self.questions = nn.Linear(size, _QUESTIONS, bias=False)
        self.task = nn.Linear(_QUESTIONS * size, config.hidden_size)
        # On a common scale: a step names thirty things, and one word says what to do with them.
        self.step_scale = nn.LayerNorm(config.hidden_size)
        self.task_scale = nn.LayerNorm(config.hidden_size)

    def read(self, instructions: Tensor) -> Reading:
        """Read instructions (B, J)."""
        present = instructions.ne(0)
        places = self.places(torch.arange(instructions.shape[1], device=instructions.device))
        words = self.words(instructions) + places
        read = self.reader(words, src_key_padding_mask=~present)
        read = read * present.unsqueeze(-1)
        weights = self.questions(read).masked_fill(~present.unsqueeze(-1), -1e9).softmax(1)
        summary = self.task(torch.einsum("bjq,bjs->bqs", weights, read).flatten(1))
        table = torch.cat([self.rows.weight, self.matched(read).flatten(0, 1)])
        before = self.word(read) if self.layout.sights else summary[:, None][:, :0]
        return Reading(
            table, self.task_scale(summary), before, present[:, : before.shape[1]].long()
        )

    def look_up(self, members: Tensor, offsets: Tensor, table: Tensor, bags: int) -> Tensor:
        """Sum each bag; (rows, bags * size)."""
        sums: Tensor = nn.functional.embedding_bag(members, table, offsets, mode="sum")
        return sums.view(-1, bags * table.shape[1])

    def steps(self, batch: StepBatch, reading: Reading) -> Tensor:
        """Step vectors on the (B, T, hidden) grid; the instruction is part of each."""
        table, count = reading.table, self.layout.step_bags
        vectors = self.step(self.look_up(batch.step_members, batch.step_offsets, table, count))
        if self.layout.sights:
            vectors = vectors + self._sights(batch, table)
        vectors = self.step_scale(vectors)
        episodes, length = batch.mask.shape
        grid = vectors.new_zeros(episodes * length, vectors.shape[1])
        grid = grid.index_copy(0, batch.step_places, vectors)
        placed: Tensor = grid.view(episodes, length, -1)
        return placed + reading.summaries.unsqueeze(1)

    def behind_words(
        self, vectors: Tensor, mask: Tensor, reading: Reading
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Put the instruction's words before the steps, so that each can look up where it is.

        The words take the positions up to ``first_step`` whatever other instructions are in the
        batch, the steps those behind it.

        Args:
            vectors: (B, T, hidden) of the steps.
            mask: (B, T) of the steps.
            reading: of the instructions, with W words each.

        Returns:
            Vectors (B, W + T, hidden), mask (B, W + T), positions (1, W + T).
        """
        begin = self.layout.first_step
        positions = [*range(reading.words.shape[1]), *range(begin, begin + vectors.shape[1])]
        return (
            torch.cat([reading.words, vectors], 1),
            torch.cat([reading.present, mask], 1),
            torch.tensor([positions]),
        )

    def _sights(self, batch: StepBatch, table: Tensor) -> Tensor:
        """The sum of what each step's sights are, (S, hidden)."""
        count = self.layout.sight_bags
        sights = self.sight(self.look_up(batch.sight_members, batch.sight_offsets, table, count))
        owners = torch.repeat_interleave(batch.sight_counts)
        sums = sights.new_zeros(len(batch.sight_counts), sights.shape[1])
        summed: Tensor = sums.index_add(0, owners, sights)
        return summed


class StepModel(PreTrainedModel):
    """What both models share with every model of transformers: saving, loading, initialising."""

    config_class = StepConfig
    base_model_prefix = "lfm_step"

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.1)
            if module.padding_idx is not None:
                with torch.no_grad():
                    module.weight[module.padding_idx].zero_()


class StepPolicyModel(StepModel):
    """Scores actions against the state that a causal transformer over the steps has reached."""

    def __init__(self, config: StepConfig) -> None:
        super().__init__(config)
        self.bags = BagEncoder(config)
        self.history = LlamaModel(
            LlamaConfig(
                vocab_size=1,
                bos_token_id=None,
                eos_token_id=None,
                hidden_size=config.hidden_size,
                intermediate_size=2 * config.hidden_size,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.heads,
                max_position_embeddings=2048,
                # Drawing it for every pair takes a processor longer than all else in attention;
                # what varies its episodes does not learn them by heart without it.
                attention_dropout=0.0 if config.augment else config.dropout,
                rope_parameters={"rope_type": "default", "rope_theta": 1000.0},
            )
        )
        hidden = config.hidden_size
        self.choice = nn.Linear(self.bags.layout.action_bags * config.bag_size, hidden)
        self.state = nn.Linear(hidden, hidden, bias=False)
        self.options = nn.Linear(hidden, hidden, bias=False)
        self.score = nn.Sequential(
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, 1),
        )
        if self.bags.layout.clues:
            self.clues = ClueReader(config.bag_size, hidden)
        self.post_init()

    def states(self, batch: StepBatch, reading: Reading, past: Any = None) -> tuple[Tensor, Any]:
        """Run the history; (B, T, hidden) states and the cache when ``past`` is given.

        Where sights are read the instruction's words come first (:meth:`BagEncoder.behind_words`).
        """
        vectors = self.bags.steps(batch, reading)
        words = reading.words.shape[1]
        if not words:
            out = self.history(
                inputs_embeds=vectors,
                attention_mask=None if past is not None else batch.mask,
                past_key_values=past,
                use_cache=past is not None,
            )
            return out.last_hidden_state, out.past_key_values
        steps, length = vectors.shape[1], past.get_seq_length() if past is not None else 0
        if length:
            now = self.bags.layout.first_step + length - words
            positions = torch.arange(now, now + steps).unsqueeze(0)
            gone = batch.mask.new_ones(len(batch.mask), length - words)
            mask = torch.cat([reading.present, gone, batch.mask], 1)
        else:
            vectors, mask, positions = self.bags.behind_words(vectors, batch.mask, reading)
        out = self.history(
            inputs_embeds=vectors,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=past,
            use_cache=past is not None,
        )
        return out.last_hidden_state[:, -steps:], out.past_key_values

    def scores(self, choices: ChoiceBatch, table: Tensor, states: Tensor) -> Tensor:
        """Scores of each choice, (1, N), or (2, N) where clues are read, to be compared in its set.

        A choice is scored against the history and against a summary of the whole set: what can
        be done now says a good deal about how things stand.
        """
        layout, size = self.bags.layout, self.bags.rows.embedding_dim
        bags = self.bags.look_up(choices.members, choices.offsets, table, layout.choice_bags)
        actions = self.choice(bags[:, : layout.action_bags * size])
        state = self.state(states.flatten(0, 1).index_select(0, choices.states))
        summed = torch.zeros_like(state).index_add(0, choices.sets, nn.functional.gelu(actions))
        state = state + self.options(summed / choices.counts.unsqueeze(1))
        scored = [self.score(actions + state.index_select(0, choices.sets))]
        if layout.clues:
            scored.append(self.clues(choices, table, layout.choice_bags))
        return torch.cat(scored, 1).T
