"""ScienceWorld as a Gymnasium environment over the official simulator."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils import EzPickle

from envs.actions import FactoredActions
from envs.arguments import check_choice, check_options
from envs.base import Info, TextEnv
from envs.errors import UserError
from envs.scienceworld import gold
from envs.scienceworld import tasks as all_tasks
from envs.scienceworld.actions import frames, refused
from envs.scienceworld.expert import Expert
from envs.scienceworld.java import BUNDLED
from envs.scienceworld.simulator import Simulator
from envs.scienceworld.tasks import (
    expand_simplifications,
    parse_task_id,
    step_limits,
    task_ids,
)

ACTIONS = ("things", "valid")
MAX_OBSERVATION = 16_384
"""Characters; the fullest room has about four thousand."""

MAX_ACTION = 256
"""Characters."""

_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_UNKNOWN = ("No known action", "Unknown action")
_AMBIGUOUS = "Ambiguous request"


@dataclass(slots=True)
class _Episode:
    """The episode being played."""

    task_id: str
    task: str
    variation: int
    instruction: str
    frames: tuple[str, ...]
    expert: Expert
    look: str = ""
    inventory: str = ""
    reply: str = ""
    scores: list[float] = field(default_factory=list)
    """At the start and after each step, -1 to 1."""
    actions: list[str] = field(default_factory=list)
    choices: Sequence[str] = ()
    """Admissible now."""
    admissible: bool = True
    over: bool = False

    @property
    def score(self) -> float:
        return self.scores[-1]

    @property
    def last_score(self) -> float:
        return next((score for score in reversed(self.scores) if score >= 0), 0.0)

    @property
    def parse_status(self) -> str:
        if self.reply.startswith(_AMBIGUOUS):
            return "ambiguous"
        return "unknown" if self.reply.startswith(_UNKNOWN) else "ok"


class ScienceWorldEnv(TextEnv, EzPickle):
    """Elementary school science in text: boil water, find an animal, build a circuit.

    An observation is the simulator's reply to the action, then the room and the inventory, which
    can be looked at for nothing. The task is in ``info["instruction"]``.

    ``info["admissible_actions"]`` stands for every frame of
    :data:`~envs.scienceworld.actions.FRAMES` filled with every thing in reach; most of these make
    no sense, and which do is for the agent to find out. After an ambiguous request it has the
    numbers of the alternatives; anything else cancels the question and is then done. With
    ``actions="valid"`` it has the simulator's own list, of thousands, at every step; this list
    also names what lies in closed containers. :meth:`valid_actions` gives it on demand.

    The episode is terminated at the full score or by a fatal mistake, nearly always by focusing on
    the wrong thing. The rewards of an episode sum up to its final score (0 after a fatal mistake),
    but for what the start itself was worth.

    ``reset(options=...)`` takes ``task_id``; otherwise a task is drawn, then a variation of it.
    Each environment runs a Java process, from the first reset until :meth:`close`. A pickled
    environment arrives unstarted.

    Args:
        split: ``train``, ``dev`` or ``test``.
        max_steps: actions after which an unfinished episode is truncated.
        simplifications: names with commas between them, e.g. ``easy``.
        per_task: use only the first so many variations of each task; 0 for all.
        tasks: use only these tasks; none for all.
        actions: ``things`` or ``valid``, see above.
        java: ``bundled``, ``system`` or the path of a Java program.
        task_steps: tasks with a limit of their own, at most ``max_steps``: name -> actions.

    Raises:
        UserError: a value is none of these.
    """

    name: ClassVar[str] = "scienceworld"
    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]
    capabilities = frozenset({"expert", "progress"})
    concurrent = True
    graded = True
    privileged_expert = True
    slow_expert = True

    def __init__(
        self,
        split: str = "train",
        max_steps: int = 100,
        simplifications: str = "",
        per_task: int = 0,
        tasks: Iterable[str] = (),
        actions: str = "things",
        java: str = BUNDLED,
        task_steps: Mapping[str, int] | None = None,
    ):
        EzPickle.__init__(
            self, split, max_steps, simplifications, per_task, tasks, actions, java, task_steps
        )
        if max_steps < 1:
            raise UserError(f"max_steps={max_steps}: an episode needs at least one step.")
        check_choice("actions", actions, ACTIONS)
        self.split, self.max_steps, self.actions = split, max_steps, actions
        self._limits = step_limits((task_steps or {}).items(), max_steps)
        self.task_ids = task_ids(split, per_task, tasks)
        self._by_type: dict[str, list[str]] = {}
        for task_id in self.task_ids:
            self._by_type.setdefault(self.task_type(task_id), []).append(task_id)
        for task in self._by_type:
            expand_simplifications(simplifications, task)
        self.simplifications = simplifications
        self.version = f"{Simulator.version()}/{simplifications or 'none'}"
        self.observation_space = spaces.Text(MAX_OBSERVATION, charset=_PRINTABLE + "\n\t")
        self.action_space = spaces.Text(MAX_ACTION, charset=_PRINTABLE)
        self._java = java
        self._simulator = Simulator(java)
        self._episode: _Episode | None = None
        self._experts: dict[tuple[str, ...], Expert] = {}

    @property
    def fingerprint(self) -> str:
        """The simulator's version: it holds all tasks."""
        return Simulator.version()

    def task_type(self, task_id: str) -> str:
        """Name of the task, e.g. ``boil`` of ``boil/3``."""
        return task_id.partition("/")[0]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode; see the class for ``options``.

        Raises:
            UserError: an option is unknown, or names a variation that is not in the split.
        """
        super().reset(seed=seed)
        task_id = self._chosen(options or {})
        kind, variation = parse_task_id(task_id)
        simplifications = expand_simplifications(self.simplifications, kind.name)
        self._simulator.load(kind.name, variation, simplifications)
        expert = self._experts.get(simplifications)
        if expert is None:
            expert = self._experts[simplifications] = Expert(simplifications, self._java)
        self._episode = episode = _Episode(
            task_id,
            kind.name,
            variation,
            _clean(self._simulator.description()),
            frames(simplifications),
            expert,
        )
        self._notice(episode, "")
        return self._observation(episode), self._info(episode)

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Do something; the reward is the change of the score, see the class.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._running()
        episode.admissible = action in episode.choices
        before = max(episode.score, 0.0)
        episode.actions.append(action)
        self._notice(episode, self._reply(episode, action))
        success, failed = episode.score == 1.0, episode.score < 0
        limit = self._limits.get(episode.task, self.max_steps)
        truncated = not (success or failed) and len(episode.actions) >= limit
        episode.over = success or failed or truncated
        reward = max(episode.score, 0.0) - before
        return self._observation(episode), reward, success or failed, truncated, self._info(episode)

    def valid_actions(self) -> tuple[str, ...]:
        """The simulator's own list of actions that make sense now: slow, and long.

        It has things in closed containers too, and not every sentence that would be understood.

        Raises:
            ResetNeeded: there is no running episode.
        """
        self._running()
        return self._valid()

    def expert_action(self) -> str:
        """What the gold script would do next; privileged.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._running()
        return episode.expert.act(episode.task, episode.variation, episode.actions)

    def prepare_expert(
        self, task_ids: Sequence[str], workers: int, advance: Callable[[int], object]
    ) -> None:
        """Make the gold paths of these variations that the cache lacks: seconds each."""
        wanted = [
            (task_id, expand_simplifications(self.simplifications, self.task_type(task_id)))
            for task_id in task_ids
        ]
        gold.prepare(wanted, self._java, workers, advance)

    def distance_to_goal(self) -> int:
        """Actions that the gold script still needs, 0 at success. Privileged, and slow.

        :data:`envs.scienceworld.expert.UNREACHABLE` if it finds no way.

        Raises:
            ResetNeeded: no episode has begun.
        """
        if self._episode is None:
            raise ResetNeeded("call reset() first")
        episode = self._episode
        return episode.expert.distance(episode.task, episode.variation, episode.actions)

    def close(self) -> None:
        """Stop the Java process."""
        self._simulator.close()
        for expert in self._experts.values():
            expert.close()
        self._experts = {}
        self._episode = None

    def _chosen(self, options: dict[str, Any]) -> str:
        check_options(options)
        kind, variation = (int(draw) for draw in self.np_random.integers(2**31, size=2))
        if "task_id" not in options:
            ids = self._by_type[list(self._by_type)[kind % len(self._by_type)]]
            return ids[variation % len(ids)]
        task_id = str(options["task_id"])
        parse_task_id(task_id)
        if task_id not in self._by_type.get(self.task_type(task_id), ()):
            raise UserError(
                f"{task_id!r} is in the split {all_tasks.split_of(task_id)}, and not among the "
                f"{len(self.task_ids)} variations chosen from {self.split}."
            )
        return task_id

    def _reply(self, episode: _Episode, action: str) -> str:
        """What the simulator says to an action."""
        if refused(action):
            return "No known action matches that input."
        if episode.parse_status == "ambiguous" and not episode.admissible:
            self._simulator.step("")  # else the simulator takes the action for an answer
        return _clean(self._simulator.step(action))

    def _notice(self, episode: _Episode, reply: str) -> None:
        """Take in how things stand after a step."""
        simulator = self._simulator
        episode.reply = reply
        episode.look, episode.inventory = (
            _clean(text) for text in (simulator.look(), simulator.inventory())
        )
        episode.scores.append(simulator.score())
        episode.choices = self._choices(episode)

    def _choices(self, episode: _Episode) -> Sequence[str]:
        if episode.parse_status == "ambiguous":
            return tuple(map(str, range(len(self._simulator.alternatives()))))
        if self.actions == "valid":
            return self._valid()
        return FactoredActions(
            episode.frames, tuple(sorted(set(self._simulator.things().values())))
        )

    def _valid(self) -> tuple[str, ...]:
        return tuple(each for each in self._simulator.valid_actions() if not refused(each))

    def _running(self) -> _Episode:
        if self._episode is None or self._episode.over:
            state = "is over" if self._episode else "has not begun"
            raise ResetNeeded(f"the episode {state}: call reset()")
        return self._episode

    def _observation(self, episode: _Episode) -> str:
        parts = (episode.reply, episode.look, episode.inventory)
        return "\n".join(part for part in parts if part)

    def _info(self, episode: _Episode) -> Info:
        return {
            "task_id": episode.task_id,
            "task_type": episode.task,
            "instruction": episode.instruction,
            "admissible_actions": episode.choices,
            "score": episode.score,
            "success": episode.score == 1.0,
            "admissible": episode.admissible,
            "failed": episode.score < 0,
            "last_score": episode.last_score,
            "best_score": max(episode.scores),
            "moves": self._simulator.moves(),
            "reply": episode.reply,
            "look": episode.look,
            "inventory": episode.inventory,
            "parse_status": episode.parse_status,
        }


def _clean(text: str) -> str:
    """What the simulator says, in the characters of the observation space."""
    kept = _PRINTABLE + "\n\t"
    return "".join(each if each in kept else " " for each in text).strip()
