"""The stage in which answers are written anew, verified for tables, and chosen among."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from lfm.layout import REFINEMENTS_FILE
from lfm.refinements import Refinement, write_refinements
from lfm.refining.base import Asked, Candidates, Selector
from lfm.refining.sampling import sample, seed_of
from lfm.refining.verifying import Verifier
from lfm.run import Stage
from lfm.stages import Counts
from policies.writing.base import Author, Retry


@dataclass(frozen=True, slots=True)
class Refining:
    """How answers are written anew.

    Attributes:
        writer: who does it.
        retry: how it is asked.
        samples: texts for each answer.
        temperature: of the writer.
        seed: of the run.
        privileged: whether what the writer is told comes from what an agent could not know.
    """

    writer: Author
    retry: Retry
    samples: int
    temperature: float
    seed: int
    privileged: bool


def refine(
    stage: Stage,
    refining: Refining,
    asked: Sequence[Asked],
    said: Sequence[str],
    selector: Selector,
    verifier: Verifier,
) -> Counts:
    """Write answers anew and choose; writes all texts, with what each is worth.

    Args:
        stage: the stage.
        refining: by whom and how.
        asked: the answers.
        said: what was said of each, told or not; the selector may go by it.
        selector: says which text is the best.
        verifier: finds what texts are worth, for the tables.
    """
    told = [each.again(refining.retry) for each in asked]
    seed = seed_of(refining.seed, stage.name)
    texts = sample(refining.writer, told, refining.samples, seed, refining.temperature)
    # Who is no model of this machine may have no answer at all.
    candidates = [Candidates(*each) for each in zip(asked, said, texts, strict=True) if each[2]]
    rows = _chosen(refining, candidates, selector, verifier)
    write_refinements(stage.folder / REFINEMENTS_FILE, rows)
    chosen = [row for row in rows if row.selected]
    counts = {
        "answers": len(asked),
        "unanswered": len(asked) - len(candidates),
        "refinements": len(rows),
        "selected": len(chosen),
        "right": _share(rows),
        "selected_right": _share(chosen),
    }
    stage.log(**counts)
    return counts


def _chosen(
    refining: Refining, candidates: Sequence[Candidates], selector: Selector, verifier: Verifier
) -> list[Refinement]:
    """What was written as rows, the best for each answer selected."""
    privileged = refining.privileged or refining.writer.privileged or selector.privileged
    rows = []
    for each, scores in zip(candidates, selector.scores(candidates), strict=True):
        best = _best([found[selector.name] for found in scores], selector.least)
        for at, text in enumerate(each.texts):
            verdict = verifier.verdict(each.asked.trajectory, text)
            rows.append(
                Refinement(
                    trajectory_id=each.asked.trajectory.trajectory_id,
                    step=each.asked.step,
                    number=at + 1,
                    feedback=each.asked.feedback or "",
                    text=text,
                    match=verdict.match,
                    score=verdict.score,
                    success=verdict.success,
                    scores=scores[at],
                    selected=at == best,
                    refiner=refining.writer.name,
                    selection=selector.name,
                    privileged=privileged,
                )
            )
    return rows


def _best(values: Sequence[float], least: float) -> int | None:
    """Where the first of the highest values is; None if even that is too low."""
    best = max(range(len(values)), key=values.__getitem__)
    return best if values[best] >= least else None


def _share(rows: Sequence[Refinement]) -> float:
    """The share that is right; 0 of none."""
    return fmean(row.success for row in rows) if rows else 0.0
