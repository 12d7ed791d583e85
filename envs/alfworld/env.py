"""ALFWorld as a Gymnasium environment, over the fast engine or the original one."""

from __future__ import annotations

import copy
import string
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils import EzPickle

from envs.alfworld import planner
from envs.alfworld.engine import FastEngine
from envs.alfworld.explorer import ExploringExpert
from envs.alfworld.game import Game, State, Turn
from envs.alfworld.games import make_source
from envs.alfworld.packages import textworld_version
from envs.alfworld.reference import UNPRINTABLE, ReferenceEngine
from envs.alfworld.tables import DIALECTS
from envs.arguments import check_choice, check_options
from envs.base import Info, TextEnv
from envs.errors import UserError

ENGINES = ("fast", "textworld")
GOALS = ("template", "human")
FAST_ENGINE_VERSION = "fast-1"
MAX_OBSERVATION = 4096
"""Characters; the longest observation of the official games has about a thousand."""

MAX_ACTION = 256
"""Characters."""

_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_OPTIONS = ("task_id", "goal_index")


@dataclass(slots=True)
class _Episode:
    """The episode being played."""

    game: Game
    instruction: str
    first: Turn
    turn: Turn
    expert_seed: int
    steps: list[tuple[str, str]] = field(default_factory=list)
    """(action, observation) so far."""
    admissible: bool = True
    expert: ExploringExpert | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of an episode: the engine's state, and what had happened before."""

    state: State
    episode: _Episode


class ALFWorldEnv(TextEnv, EzPickle):
    """Household tasks in text: find things, treat them, bring them somewhere.

    The first observation is the sentence that lists the room's receptacles; the task is in
    ``info["instruction"]`` and not repeated in it, nor is TextWorld's banner. All later
    observations are the engine's, to the letter.

    ``reset(options=...)`` takes ``task_id``, the task to start, and with human goals
    ``goal_index``, which of the task's sentences to use; otherwise both are drawn with the
    environment's seeded generator. A pickled environment arrives unstarted.

    Args:
        split: ``train``, ``valid_seen`` or ``valid_unseen``; with ``data`` any folder of games.
        engine: ``fast``, or ``textworld`` for the original packages. Both give the same
            observations, admissible actions and scores.
        data: folder of the official games; ``None`` for ``$ALFWORLD_DATA`` if that is set, else
            generated games; ``"generated"`` for generated games in any case.
        goals: ``template`` for ALFWorld's own task sentences, ``human`` for those that people
            wrote (official games only).
        dialect: ``move`` (``move X to Y``) or ``put`` (the older ``put X in/on Y``).
        max_steps: actions after which an unfinished episode is truncated.
        world_seed: which world the generated games are from.
        games: use only so many tasks, spread evenly over the split; 0 for all.

    Raises:
        UserError: a value is none of these, or games or packages are missing.
    """

    name: ClassVar[str] = "alfworld"
    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]

    def __init__(
        self,
        split: str = "train",
        engine: str = "fast",
        data: str | None = None,
        goals: str = "template",
        dialect: str = "move",
        max_steps: int = 50,
        world_seed: int = 0,
        games: int = 0,
    ):
        EzPickle.__init__(self, split, engine, data, goals, dialect, max_steps, world_seed, games)
        check_choice("engine", engine, ENGINES)
        check_choice("goals", goals, GOALS)
        check_choice("dialect", dialect, DIALECTS)
        if max_steps < 1:
            raise UserError(f"max_steps={max_steps}: an episode needs at least one step.")
        self._source = make_source(data, split, world_seed, games)
        self.split = split
        self.task_ids = self._source.task_ids
        self.max_steps = max_steps
        self.engine, self.goals, self.dialect = engine, goals, dialect
        fast = engine == "fast"
        self.version = (
            f"{FAST_ENGINE_VERSION if fast else textworld_version()}/{self._source.version}"
        )
        known = {"expert", "progress", "snapshot"} if fast else {"expert"}
        self.capabilities = frozenset(known)  # type: ignore[misc]  # depends on the engine
        self.observation_space = spaces.Text(MAX_OBSERVATION, charset=_PRINTABLE + "\n")
        self.action_space = spaces.Text(MAX_ACTION, charset=_PRINTABLE)
        self._engine: FastEngine | ReferenceEngine | None = None
        self._episode: _Episode | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of the games, for the run's manifest."""
        return self._source.fingerprint

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode; see the class for ``options``.

        Raises:
            UserError: an option is unknown, or names a task or goal that does not exist.
        """
        super().reset(seed=seed)
        options = options or {}
        check_options(options, _OPTIONS)
        # Always three draws, so that naming a task does not change what else the seed decides.
        task, goal, expert_seed = (int(draw) for draw in self.np_random.integers(2**31, size=3))
        game = self._source.game(options.get("task_id", self.task_ids[task % len(self.task_ids)]))
        instruction = self._instruction(game, options.get("goal_index"), goal)
        first = self._open(game, instruction).reset()
        first = first._replace(observation=first.observation.split("\n\n")[1])
        self._episode = _Episode(game, instruction, first, first, expert_seed)
        return first.observation, self._info(self._episode)

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Send a command to the game; the reward is 1 for the step that fulfils the task.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._running()
        assert self._engine is not None
        episode.admissible = action.strip() in episode.turn.admissible
        episode.turn = turn = self._engine.step(action)
        episode.steps.append((action, turn.observation))
        if episode.expert is not None:
            episode.expert.observe(action, turn.observation)
        truncated = not turn.won and len(episode.steps) >= self.max_steps
        episode.over = turn.won or truncated
        return turn.observation, float(turn.won), turn.won, truncated, self._info(episode)

    def expert_action(self) -> str:
        """What the exploring expert, having read the whole episode, would do next.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._running()
        if episode.expert is None:
            episode.expert = self._watch(episode)
        return episode.expert.act(episode.turn.admissible)

    def distance_to_goal(self) -> int:
        """Actions on a shortest path to success, by the planner. Privileged.

        :data:`envs.alfworld.planner.UNREACHABLE` if the task cannot be done any more.
        """
        if self._episode is None:
            raise ResetNeeded("call reset() first")
        return planner.distance(self._episode.game, self._fast().snapshot())

    def snapshot(self) -> Snapshot:
        """This moment of the episode, also when it is over."""
        if self._episode is None:
            raise ResetNeeded("call reset() first")
        return Snapshot(self._fast().snapshot(), _copy(self._episode))

    def restore(self, state: object) -> tuple[str, Info]:
        """Go back to a :class:`Snapshot` of this or an equal environment."""
        if not isinstance(state, Snapshot):
            raise TypeError(f"restore() takes what snapshot() gave, not {type(state).__name__}")
        self._episode = episode = _copy(state.episode)
        cast(FastEngine, self._open(episode.game, episode.instruction)).restore(state.state)
        return episode.turn.observation, self._info(episode)

    def close(self) -> None:
        """Let go of the game and, with the textworld engine, of its planner library."""
        if isinstance(self._engine, ReferenceEngine):
            self._engine.close()
        self._engine = self._episode = None

    def _instruction(self, game: Game, goal_index: int | None, draw: int) -> str:
        """The template sentence, or the human one of that index, else a drawn one."""
        if self.goals == "template":
            if goal_index is not None:
                raise UserError("goal_index chooses among human goals: it needs goals=human.")
            return game.instruction
        count = len(game.human_goals)
        if not count:
            raise UserError(
                f"Task {game.task_id!r} has no goal written by a person; goals=human needs the "
                "official games (env.data=DIR or ALFWORLD_DATA), else use goals=template."
            )
        if goal_index is not None and not 0 <= goal_index < count:
            raise UserError(
                f"goal_index={goal_index}: {game.task_id!r} has goals 0 to {count - 1}."
            )
        sentence = game.human_goals[draw % count if goal_index is None else goal_index]
        return " ".join(UNPRINTABLE.sub(" ", sentence).split()).rstrip(" .")

    def _open(self, game: Game, instruction: str) -> FastEngine | ReferenceEngine:
        """An engine with that game and instruction: the present one if it is the same."""
        engine = self._engine
        if isinstance(engine, ReferenceEngine):
            path = self._source.game_file(game.task_id)
            if (engine.game_file, engine.instruction) == (path, instruction):
                return engine
            engine.close()
        if self.engine == "fast":
            self._engine = FastEngine(game, instruction, self.dialect)
        else:
            path = self._source.game_file(game.task_id)
            self._engine = ReferenceEngine(path, instruction=instruction, dialect=self.dialect)
        return self._engine

    def _watch(self, episode: _Episode) -> ExploringExpert:
        """An expert that has read the episode up to now."""
        expert = ExploringExpert(episode.expert_seed)
        goal = episode.game.goal if self.goals == "human" else None
        first = episode.first
        expert.reset(episode.instruction, first.observation, first.admissible, goal)
        for action, observation in episode.steps:
            expert.observe(action, observation)
        return expert

    def _running(self) -> _Episode:
        if self._episode is None or self._episode.over:
            state = "is over" if self._episode else "has not begun"
            raise ResetNeeded(f"the episode {state}: call reset()")
        return self._episode

    def _fast(self) -> FastEngine:
        if not isinstance(self._engine, FastEngine):
            raise NotImplementedError("engine=textworld declares neither progress nor snapshot")
        return self._engine

    def _info(self, episode: _Episode) -> Info:
        turn = episode.turn
        return {
            "task_id": episode.game.task_id,
            "task_type": episode.game.task_type,
            "instruction": episode.instruction,
            "admissible_actions": turn.admissible,
            "score": float(turn.won),
            "success": turn.won,
            "admissible": episode.admissible,
        }


def _copy(episode: _Episode) -> _Episode:
    """An episode that goes its own way from here; games and turns are immutable."""
    twin = copy.copy(episode)
    twin.steps = episode.steps.copy()
    twin.expert = copy.deepcopy(episode.expert)
    return twin
