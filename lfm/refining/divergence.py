"""How far a writer has gone from where it began: KL divergences, from texts of both.

Source of the measure: ILF (arXiv 2303.16755), there of texts without a task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from envs.files import write_json
from lfm.layout import DIVERGENCE_FILE
from lfm.refining.sampling import seed_of
from lfm.run import Stage
from lfm.stages import Counts
from policies.writing.base import Conversation, Writer


def measure(
    stage: Stage, start: Writer, end: Writer, conversations: Sequence[Conversation], seed: int
) -> Counts:
    """Estimate the divergence both ways, from one text of each writer for each conversation.

    ``forward`` is that of the end from the start, in nats a text: the mean of how much likelier
    the start finds its own texts; ``backward`` the other way round. Each has its standard error.

    Args:
        stage: gets the file.
        start: the writer before.
        end: the writer after.
        conversations: what both answer.
        seed: of the run.
    """
    forward = _divergence(start, end, conversations, seed_of(seed, "forward"))
    backward = _divergence(end, start, conversations, seed_of(seed, "backward"))
    found = {
        "texts": len(conversations),
        "forward": forward[0],
        "forward_error": forward[1],
        "backward": backward[0],
        "backward_error": backward[1],
    }
    write_json(stage.folder / DIVERGENCE_FILE, found)
    stage.log(**found)
    return found


def _divergence(
    writer: Writer, other: Writer, conversations: Sequence[Conversation], seed: int
) -> tuple[float, float | None]:
    """The mean of how much likelier the writer finds its texts, and its standard error."""
    texts = [text for (text,) in writer.write(conversations, 1, seed, 1.0)]
    own = writer.log_probability(conversations, texts)
    others = other.log_probability(conversations, texts)
    gaps = [one - two for one, two in zip(own, others, strict=True)]
    error = stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else None
    return fmean(gaps), error
