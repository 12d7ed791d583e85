"""What can be set of critics and of how they are asked; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from string import Template

from omegaconf import MISSING

from envs.answers.question import Level
from envs.errors import UserError
from lfm.chat_config import ChatConfig, EndpointConfig, LocalChatConfig
from lfm.limits import one_of, within
from policies.writing.base import Retry


class WindowChoice(str, Enum):
    """Which windows a critic reads where it may not read all."""

    first = "first"
    halves = "halves"


class AnswerForm(str, Enum):
    """The form of answer that a prompt asks for, a key of :data:`lfm.critics.reading.READERS`."""

    structured = "structured"
    bullets = "bullets"
    corrections = "corrections"
    yes_no = "yes_no"
    feedback = "feedback"
    correctness = "correctness"


@dataclass
class CriticConfig:
    """The critic: what says which steps were productive, and why."""

    name: str = MISSING
    """Name of the critic; set by the choice of critic=..."""
    window: int = MISSING
    """Steps that the critic reads at a time; 0 = the whole episode."""
    max_windows: int = MISSING
    """Windows the critic may read in a round; 0 = all of them."""
    choice: WindowChoice = MISSING
    """Which windows, where there are more than max_windows. first: those of the first episodes;
    halves: drawn at random, half of them from episodes that succeeded, if there are enough."""

    def __post_init__(self) -> None:
        one_of("critic.name", self.name, ("simulator", "openai", "transformers", "person"))
        within("critic.window", self.window, 0)
        within("critic.max_windows", self.max_windows, 0)

    @property
    def chooses_by_success(self) -> bool:
        """Whether the environment's reward has a part in which windows are read."""
        return self.choice is WindowChoice.halves and self.max_windows > 0


@dataclass
class SimulatorCriticConfig(CriticConfig):
    """The critic that reads the simulator."""

    miss_rate: float = MISSING
    """Part of the productive steps that the critic wrongly calls unproductive."""
    false_alarm_rate: float = MISSING
    """Part of the unproductive steps that the critic wrongly calls productive."""
    level: Level = MISSING
    """Of text tasks, how much is said of an answer. format: whether it can be read; verdict: also
    whether it is right; hint: also what is wrong; answer: also the right answer. All but format are
    privileged."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("critic.miss_rate", self.miss_rate, 0, 1)
        within("critic.false_alarm_rate", self.false_alarm_rate, 0, 1)


@dataclass
class PersonCriticConfig(CriticConfig):
    """A critic that is a person, for text tasks."""

    file: str = MISSING
    """CSV file with the columns task_id, answer and feedback. Answers that it lacks are added, and
    the run stops for feedback to be written beside them; "No feedback needed" says that one is
    right."""


@dataclass
class ChatCriticConfig(ChatConfig, CriticConfig):
    """A critic that is a language model."""

    dry_run: bool = MISSING
    """Stop before the critic is first asked, and say how many windows there are, how many tokens
    and what cost; the run can be gone on with."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check("critic")


@dataclass
class OpenAICriticConfig(EndpointConfig, ChatCriticConfig):
    """A language model behind an address."""


@dataclass
class TransformersCriticConfig(LocalChatConfig, ChatCriticConfig):
    """A language model in this process, or with rollout=ray in those of a cluster."""


@dataclass
class PromptConfig:
    """How a language model is asked for feedback: what it is shown, and in which words."""

    name: str = MISSING
    """Name of the prompt; set by the choice of prompt=..."""
    version: int = MISSING
    """Counts changes of the prompt; answers are kept under it."""
    form: AnswerForm = MISSING
    """How the answer is read. structured: JSON; bullets: a list of the productive steps, the others
    are not; corrections: a list of the others; yes_no: a yes or no for each step. Of an answer to a
    text task: feedback, "Feedback: ..." or "No feedback needed"; correctness, which ends with
    "Correctness: correct" or "Correctness: incorrect"."""
    system: str = MISSING
    """What the model is told about its part; empty = nothing."""
    opening: str = MISSING
    """What comes first. In it, and in question, $instruction is the task, $before what was seen
    before the first step, $first and $last the numbers of the steps shown."""
    step: str = MISSING
    """How a step is told: $step is its number, $action what was done, $observation what was seen
    then."""
    question: str = MISSING
    """What is asked at the end."""

    def __post_init__(self) -> None:
        within("prompt.version", self.version, 1)
        check_template("prompt.opening", self.opening, self.known())
        check_template("prompt.question", self.question, self.known())
        check_template("prompt.step", self.step, ("step", "action", "observation"))

    def known(self) -> tuple[str, ...]:
        """What a $ may stand for in opening and question."""
        return "instruction", "before", "first", "last"

    @property
    def privileged(self) -> bool:
        """Whether the model is told what an agent could not know."""
        return False


@dataclass
class AnswerPromptConfig(PromptConfig):
    """How a language model is asked for feedback on an answer to a text task.

    In opening and question, $solution is the right answer, which makes the feedback privileged, and
    $form how an answer has to be written.
    """

    own: str = MISSING
    """What the model is asked in a turn of its own before, to which it gives its own answer; empty
    = nothing. In it, $instruction is the task."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_template("prompt.own", self.own, ("instruction",))

    def known(self) -> tuple[str, ...]:
        """The solution and the form, too."""
        return *super().known(), "solution", "form"

    @property
    def privileged(self) -> bool:
        """Whether the model is told the right answer."""
        return any(
            Template(text).safe_substitute(solution="\0") != Template(text).safe_substitute()
            for text in (self.opening, self.question)
        )


@dataclass
class RetryConfig:
    """How a policy that writes is asked to answer once more."""

    name: str = MISSING
    """Name of the wording; set by the choice of retry=..."""
    version: int = MISSING
    """Counts changes of the wording."""
    feedback: str = MISSING
    """What is said where there is feedback: $feedback is that, $instruction the task."""
    direct: str = MISSING
    """What is said where nothing is told of the answer: $instruction is the task."""

    def __post_init__(self) -> None:
        within("retry.version", self.version, 1)
        check_template("retry.feedback", self.feedback, ("feedback", "instruction"))
        check_template("retry.direct", self.direct, ("instruction",))

    def wording(self) -> Retry:
        """The same as what makes the conversations."""
        return Retry(f"{self.name}/{self.version}", self.feedback, self.direct)


@dataclass
class InstructConfig:
    """How a writer is asked whether feedback was followed."""

    name: str = MISSING
    """Name of the questions; set by the choice of instruct=..."""
    questions: list[str] = MISSING
    """Ways of asking; $instruction, $answer, $feedback and $refinement stand for the words."""
    answers: list[str] = MISSING
    """For each, the answer that means yes and the one that means no, as in: Yes No."""

    def __post_init__(self) -> None:
        for text in self.questions:
            known = ("instruction", "answer", "feedback", "refinement")
            check_template("instruct.questions", text, known)
        pairs = [each.split() for each in self.answers]
        if len(pairs) != len(self.questions) or any(len(set(each)) != 2 for each in pairs):
            raise UserError(
                "instruct.answers: it must have two different words for each of the "
                f"{len(self.questions)} questions, as in [Yes No, True False]."
            )


def check_template(name: str, text: str, known: tuple[str, ...]) -> None:
    """Refuse a text with a $ that stands for nothing."""
    try:
        Template(text).substitute(dict.fromkeys(known, ""))
    except (KeyError, ValueError) as error:
        choices = ", ".join(f"${each}" for each in known)
        raise UserError(
            f"{name}: a $ in it stands for nothing known ({error}); it may hold {choices}, and $$ "
            "for the sign itself."
        ) from None
