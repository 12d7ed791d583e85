"""The families of BIG-Bench Hard, and how their answers are written and compared."""

from __future__ import annotations

from dataclasses import dataclass

from envs.answers.question import Form, LineQuestion

_OPTION = Form("(A)", r"\(?([A-Z])(?:\).*)?")
_BOOLEAN = Form("True", "(?i:true|false)")
_YES_NO = Form("Yes", "(?i:yes|no)")
_VALIDITY = Form("valid", "(?i:valid|invalid)")
_INTEGER = Form("12", r"[-+]?[0-9]{1,18}")
_BRACKETS = Form("] )", r"[][(){}<> ]*[])}>][][(){}<> ]*")
_WORDS = Form("apple pear plum", r"\S+(?:[ ,]+\S+)*")

FAMILIES: dict[str, Form] = {
    "boolean_expressions": _BOOLEAN,
    "causal_judgement": _YES_NO,
    "date_understanding": _OPTION,
    "disambiguation_qa": _OPTION,
    "dyck_languages": _BRACKETS,
    "formal_fallacies": _VALIDITY,
    "geometric_shapes": _OPTION,
    "hyperbaton": _OPTION,
    "logical_deduction_five_objects": _OPTION,
    "logical_deduction_seven_objects": _OPTION,
    "logical_deduction_three_objects": _OPTION,
    "movie_recommendation": _OPTION,
    "multistep_arithmetic_two": _INTEGER,
    "navigate": _YES_NO,
    "object_counting": _INTEGER,
    "penguins_in_a_table": _OPTION,
    "reasoning_about_colored_objects": _OPTION,
    "ruin_names": _OPTION,
    "salient_translation_error_detection": _OPTION,
    "snarks": _OPTION,
    "sports_understanding": _YES_NO,
    "temporal_sequences": _OPTION,
    "tracking_shuffled_objects_five_objects": _OPTION,
    "tracking_shuffled_objects_seven_objects": _OPTION,
    "tracking_shuffled_objects_three_objects": _OPTION,
    "web_of_lies": _YES_NO,
    "word_sorting": _WORDS,
}
"""Every family, with the form of its answers."""

TRAIN_EXAMPLES = 100
"""The first so many examples of a family are for training, as in the paper; the others for test."""


@dataclass(frozen=True)
class Puzzle(LineQuestion):
    """An example of a family, which is its type."""

    @property
    def form(self) -> Form:
        """That of the family."""
        return FAMILIES[self.task_type]

    def score(self, answer: str) -> float:
        """1 for the target, whatever its capitals and blanks."""
        return float(_plain(self.form, answer) == _plain(self.form, self.solution))

    def hint(self, answer: str) -> str:
        """In word sorting, the first place that is wrong; elsewhere there is nothing to say."""
        if self.form is not _WORDS:
            return ""
        said, right = (_plain(_WORDS, each).split() for each in (answer, self.solution))
        if sorted(said) != sorted(right):
            return "These are not the words of the list."
        at = next(at for at, word in enumerate(said) if word != right[at])
        return f"The order is wrong from word {at + 1} on."


def _plain(form: Form, answer: str) -> str:
    if form is _INTEGER:
        return str(int(answer))
    blank = "" if form is _BRACKETS else " "
    return blank.join(answer.lower().replace(",", " ").split())


def puzzle(split: str, family: str, number: int, text: str, target: str) -> Puzzle:
    """An example as a question.

    Args:
        split: of the task.
        family: which.
        number: of the example.
        text: its input.
        target: as in the files. Of three examples it is no letter, because their options were cut
            at commas; nobody can answer these, and they count as wrong.
    """
    solution = target.strip()
    if FAMILIES[family] is _OPTION:
        solution = solution.strip("()")
    return Puzzle(f"{split}/{family}/{number}", family, text.strip(), solution)
