"""The reference: ALFWorld's own engine, through the installed alfworld and textworld packages.

Everything that :class:`envs.alfworld.engine.FastEngine` claims is measured against this one. It
is not thread-safe (TextWorld's parsers are shared); use processes.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

from envs.alfworld.game import Turn
from envs.alfworld.packages import original
from envs.errors import UserError

UNPRINTABLE = re.compile(r'[;|"<>\[\]#{}\\]|//|[^ -~]')
"""What TextWorld's grammar would not print as it stands."""

_TASK_LINE = re.compile(r"Your task is to: [^\"]*")
_OLDER_WORDING = (
    ("grammar", r'"move \{o\} to \{r\}"', '"put {o} in/on {r}"'),
    ("grammar", r"You move the \{o.name\} to the ", "You put the {o.name} in/on the "),
    ("grammar", r"You arrive at \{r.name\}", "You arrive at {lend.name}"),
    ("grammar", r'action help \{[^"]*"help";[^"]*"[^"]*";\s*\}', ""),
    ("pddl_domain", r"\(:action help\b(?s:.)*?\(checked \?a\)\s*\)\s*\)", ""),
)
_running = threading.Lock()


class ReferenceEngine:
    """Plays one game with TextWorld; same interface as ``FastEngine``, without snapshots.

    Args:
        game_file: a ``game.tw-pddl`` file.
        instruction: task sentence to show instead of the game's own, without final full stop.
        dialect: ``"move"`` or ``"put"``; the latter undoes what ALFWorld's own
            ``patch_tw-pddl.py`` did to the older games' grammar.
        memoise: apply the speed-ups of :mod:`envs.alfworld.reference_speed`, which change no
            answer; ``False`` leaves TextWorld untouched (every engine then keeps its own copy of
            the planner library, 2.4 MB, until the process ends).

    Raises:
        UserError: the packages are not installed, the file is missing or is not a game, the
            instruction has characters that TextWorld's grammar cannot print, or ``memoise`` is
            off on Python 3.13 or later, where TextWorld 1.7.0 itself fails.
    """

    def __init__(
        self,
        game_file: str | Path,
        *,
        instruction: str | None = None,
        dialect: str = "move",
        memoise: bool = True,
    ):
        self.game_file = Path(game_file)
        self.instruction = instruction
        self._closed = False
        if not memoise and sys.version_info >= (3, 13):
            raise UserError(
                "TextWorld 1.7.0 as it stands does not run on Python 3.13 or later (it relies on "
                "writing to locals()); take Python 3.12 or older, or memoise=True, which mends it."
            )
        game = _read_game(self.game_file)
        if instruction is not None:
            _set_task(game, instruction, self.game_file)
        if dialect == "put":
            _set_older_wording(game, self.game_file)
        self.walkthrough: tuple[str, ...] = tuple(game.get("walkthrough") or ())
        textworld = original("textworld")
        alfred = original("alfworld.agents.environment.alfred_tw_env")
        self._speed = original("envs.alfworld.reference_speed") if memoise else None
        with self._engine():
            infos = textworld.EnvInfos(won=True, admissible_commands=True)
            pddl = textworld.envs.PddlEnv(infos)
            self._env = alfred.AlfredInfos(alfred.AlfredDemangler(pddl, shuffle=False))
            if self._speed:
                self._release = weakref.finalize(self, self._speed.give_back, pddl.downward_lib)
            self._load(game)

    def _load(self, game: dict[str, Any]) -> None:
        try:
            self._env.load(game)
        except Exception as error:
            raise UserError(
                f"{self.game_file} cannot be loaded by the textworld engine "
                f"({type(error).__name__}: {error}); is it an ALFWorld game of version 2.1.2 or "
                "later? alfworld-download fetches the games again"
            ) from error

    def reset(self) -> Turn:
        """Start the game from its beginning."""
        with self._engine():
            return _turn(self._env.reset())

    def step(self, command: str) -> Turn:
        """Send one command; one that is not admissible is answered and changes nothing."""
        with self._engine():
            return _turn(self._env.step(command)[0])

    def close(self) -> None:
        """End the game and give the planner library back; closing twice is fine."""
        self._closed = True
        if self._speed:
            self._release()

    @contextmanager
    def _engine(self) -> Iterator[None]:
        """The conditions under which TextWorld's code runs: alone, and leaving no traces."""
        if self._closed:
            raise RuntimeError(f"the engine of {self.game_file} is closed")
        if not _running.acquire(blocking=False):
            raise RuntimeError("the textworld engine is not thread-safe: use processes")
        argv, stdout = sys.argv, sys.stdout
        try:
            with self._speed.applied() if self._speed else nullcontext():
                yield
        finally:
            sys.argv, sys.stdout = argv, stdout
            _running.release()


def _turn(state: Any) -> Turn:
    return Turn(state["feedback"], tuple(state["admissible_commands"]), bool(state["won"]))


def _read_game(path: Path) -> dict[str, Any]:
    try:
        game = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path} is not a game file (no valid JSON: {error})") from error
    missing = [
        part
        for part in ("pddl_domain", "grammar", "pddl_problem")
        if not isinstance(game, dict) or not isinstance(game.get(part), str)
    ]
    if missing:
        raise UserError(f"{path} is not an ALFWorld game: it lacks {', '.join(missing)}")
    return cast("dict[str, Any]", game)


def _set_task(game: dict[str, Any], instruction: str, path: Path) -> None:
    if bad := sorted(set(UNPRINTABLE.findall(instruction))):
        raise UserError(
            f"the task sentence {instruction!r} has {' '.join(map(repr, bad))}, which the "
            "textworld engine cannot print; leave these characters out"
        )
    sentence = f"Your task is to: {instruction}."
    game["grammar"], count = _TASK_LINE.subn(lambda _: sentence, game["grammar"])
    if count != 1:
        raise UserError(f"{path}: its grammar has {count} task sentences, expected 1")


def _set_older_wording(game: dict[str, Any], path: Path) -> None:
    for part, pattern, replacement in _OLDER_WORDING:
        game[part], count = re.subn(pattern, replacement, game[part])
        if not count:
            raise UserError(
                f"{path}: dialect=put rewrites ALFWorld's grammar of version 2.1.2 or later, and "
                f"this game's {part} has nothing like {pattern!r}; leave env.dialect=move"
            )
