"""What people said of a run's steps, counted, and how critic and feedback models agree with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lfm import layout
from lfm.comparison import Comparison, Opinion, compare
from lfm.corrections import Correction, standing, study
from lfm.opinions import models_opinion, persons_opinion, read_opinion
from lfm.store import read_judgements
from lfm.summary import read_agreements

_SEED = 0
"""Of the intervals, which are bootstrapped."""


class Agreed(NamedTuple):
    """How far somebody agrees with people.

    Attributes:
        who: the critic or the feedback models.
        what: the verdicts that it is measured by.
        comparison: how far.
    """

    who: str
    what: str
    comparison: Comparison


class People(NamedTuple):
    """What people said.

    Attributes:
        verdicts: verdict -> steps that have it now.
        by: person -> steps whose verdict is theirs now.
        notes: steps with a note.
        corrected: steps with another label than the critic's.
        silent: steps with a label of which the critic had said nothing.
        agreed: how far critic and feedback models agree with it.
    """

    verdicts: Counter[str]
    by: Counter[str]
    notes: int
    corrected: int
    silent: int
    agreed: list[Agreed]


def people(run_directory: Path, corrections: Sequence[Correction]) -> People:
    """Count what people said of a run's steps.

    Args:
        run_directory: the run.
        corrections: those that are about its episodes.

    Raises:
        UserError: if a file of the run is damaged.
    """
    verdicts = standing(corrections)
    said = persons_opinion(corrections)
    critic = critics_words(run_directory) if corrections else {}
    model: dict[tuple[str, int], bool] = {}
    if corrections and read_agreements(run_directory):  # otherwise no feedback model has judged
        for done in run_directory.glob(f"{layout.judgements('*')}/{layout.DONE_FILE}"):
            file = done.with_name(layout.JUDGEMENTS_FILE)
            model.update(models_opinion(run_directory, read_judgements(file)))
    measured = {"all": said, "blind, on steps drawn at random": persons_opinion(study(corrections))}
    return People(
        verdicts=Counter(str(each.new) for each in verdicts.values()),
        by=Counter(each.who for each in verdicts.values()),
        notes=sum(bool(each.note) for each in verdicts.values()),
        corrected=sum(critic.get(place, word) != word for place, word in said.items()),
        silent=sum(place not in critic for place in said),
        agreed=[
            Agreed(who, what, compare(theirs, ours, _SEED))
            for who, theirs in (("critic", critic), ("feedback models", model))
            for what, ours in measured.items()
            if theirs.keys() & ours.keys()
        ],
    )


def critics_words(run_directory: Path) -> Opinion:
    """The labels of the run's critic.

    Raises:
        UserError: if a file of the run is damaged.
    """
    found: dict[tuple[str, int], bool] = {}
    for file in run_directory.glob(f"{layout.feedback('*')}/{layout.DONE_FILE}"):
        found.update(read_opinion(file.parent))
    return found
