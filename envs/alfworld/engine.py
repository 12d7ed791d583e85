"""The fast engine: ALFWorld's text games in plain Python, exact to the letter.

For every command it gives the observation, the admissible commands in their order, and whether
the goal holds, exactly as the installed ALFWorld and TextWorld packages do (see
``experiments/alfworld_engine``), at several thousand times their speed.
"""

from __future__ import annotations

from collections.abc import Callable

from envs.alfworld import texts
from envs.alfworld.game import Game, State, Turn
from envs.alfworld.tables import View, tables_of

_STATE_OF_GOAL = {"clean": "clean", "heat": "hot", "cool": "cool"}
_STATES = ("clean", "hot", "cool", "sliced", "toggled")
_ONLY_TELL = frozenset({"examine", "examine item", "look", "inventory", "help"})


class FastEngine:
    """One episode of one game.

    Args:
        game: the game; engines of the same game object share derived tables.
        instruction: the task sentence to show instead of the game's own, without full stop.
        dialect: ``"move"`` (``move X to Y``) or ``"put"`` (``put X in/on Y``, without ``help``).

    Raises:
        UserError: unknown dialect.
    """

    def __init__(self, game: Game, instruction: str | None = None, dialect: str = "move"):
        self.game = game
        self.instruction = game.instruction if instruction is None else instruction
        self._tables = tables_of(game, dialect)
        self._start_states = {
            state: {index for index, item in enumerate(game.items) if state in item.states}
            for state in _STATES
        }
        self._intro = f"{self._tables.intro}\n\nYour task is to: {self.instruction}."
        self.reset()

    def reset(self) -> Turn:
        """Start the episode anew; the observation is the welcome, the room and the task."""
        tables = self._tables
        self._location = self.game.start
        self._held: int | None = None
        self._views = tables.start_views.copy()
        self._at = tables.start_at.copy()
        self._taken: set[tuple[int, int]] = set()
        self._states = {state: items.copy() for state, items in self._start_states.items()}
        self._won = self._goal_holds()
        self._refresh()
        return Turn(self._intro, self._admissible, self._won)

    def step(self, command: str) -> Turn:
        """Carry out a command; one that is not admissible changes nothing.

        The engine goes on after the goal holds, as the original does; ending the episode is the
        caller's business.
        """
        action = self._options.get(command.strip())
        if action is None:
            return Turn(texts.NOTHING_HAPPENS, self._admissible, self._won)
        verb = action.verb
        observation = _EFFECTS[verb](self, action.first, action.second)
        if verb not in _ONLY_TELL:
            self._won = self._goal_holds()
            self._refresh()
        return Turn(observation, self._admissible, self._won)

    def snapshot(self) -> State:
        """The present state; :meth:`restore` of any engine of the same game continues from it."""
        return State(
            location=self._location,
            held=self._held,
            opened=frozenset(r for r, view in enumerate(self._views) if view.is_open),
            inside=frozenset((i, r) for r, view in enumerate(self._views) for i in view.contents),
            at=frozenset(self._at),
            taken_from=frozenset(self._taken),
            **{state: frozenset(items) for state, items in self._states.items()},
        )

    def restore(self, state: State) -> Turn:
        """Go to a state of this game; the observation is what ``look`` says there."""
        contents: list[list[int]] = [[] for _ in self._views]
        for item, place in sorted(state.inside):
            contents[place].append(item)
        self._location, self._held = state.location, state.held
        self._views = [
            self._tables.view(r, r in state.opened, tuple(items))
            for r, items in enumerate(contents)
        ]
        self._at, self._taken = set(state.at), set(state.taken_from)
        self._states = {name: set(getattr(state, name)) for name in _STATES}
        self._won = self._goal_holds()
        self._refresh()
        return Turn(self._look(), self._admissible, self._won)

    def _refresh(self) -> None:
        """Look up the admissible commands after a change."""
        tables, location = self._tables, self._location
        views = [self._views[r] for r in tables.here.get(location, ())]
        sliceable = tables.cuttable(self._held, location, self._at)
        self._options, self._admissible = tables.options(location, self._held, views, sliceable)

    def _goal_holds(self) -> bool:
        kind = self.game.goal.kind
        if kind == "look":
            return self._looks_under_lamp()
        state = _STATE_OF_GOAL.get(kind)
        for r in self._tables.goal_receptacles:
            targets = self._views[r].targets
            if not targets:
                continue
            if state is not None:
                if not self._states[state].isdisjoint(targets):
                    return True
            elif len(targets) >= (2 if kind == "two" else 1):
                return True
        return False

    def _looks_under_lamp(self) -> bool:
        if self._held is None or self.game.items[self._held].kind != self.game.goal.item:
            return False
        toggled = self._states["toggled"]
        here = self._tables.here.get(self._location, ())
        return any(not toggled.isdisjoint(self._views[r].targets) for r in here)

    # Effects: each changes the state and returns the observation.

    def _go(self, place: int, _: int) -> str:
        self._location = self.game.receptacles[place].location
        return f"You arrive at {self._tables.arrival(place)}. {self._views[place].text}"

    def _open(self, place: int, _: int) -> str:
        view = self._set_view(place, True, self._views[place].contents)
        return f"You open the {self.game.receptacles[place].name}. {view.text}"

    def _close(self, place: int, _: int) -> str:
        self._set_view(place, False, self._views[place].contents)
        return f"You close the {self.game.receptacles[place].name}."

    def _take(self, item: int, place: int) -> str:
        view = self._views[place]
        self._set_view(place, view.is_open, tuple(i for i in view.contents if i != item))
        self._held = item
        self._at.discard((item, self._location))
        self._taken.add((item, place))
        return f"You pick up the {self._item(item)} from the {self._place(place)}."

    def _move(self, item: int, place: int) -> str:
        view = self._views[place]
        self._set_view(place, view.is_open, tuple(sorted({*view.contents, item})))
        self._held = None
        self._at.add((item, self._location))
        if self._tables.dialect == "put":
            return f"You put the {self._item(item)} in/on the {self._place(place)}."
        return f"You move the {self._item(item)} to the {self._place(place)}."

    def _clean(self, item: int, place: int) -> str:
        self._states["clean"].add(item)
        return f"You clean the {self._item(item)} using the {self._place(place)}."

    def _heat(self, item: int, place: int) -> str:
        self._states["hot"].add(item)
        self._states["cool"].discard(item)
        return f"You heat the {self._item(item)} using the {self._place(place)}."

    def _cool(self, item: int, place: int) -> str:
        self._states["cool"].add(item)
        self._states["hot"].discard(item)
        return f"You cool the {self._item(item)} using the {self._place(place)}."

    def _slice(self, item: int, knife: int) -> str:
        self._states["sliced"].add(item)
        return f"You sliced the {self._item(item)} with the {self._item(knife)}."

    def _use(self, lamp: int, _: int) -> str:
        self._states["toggled"].add(lamp)
        return f"You turn on the {self._item(lamp)}."

    def _examine(self, place: int, _: int) -> str:
        return self._views[place].text

    def _examine_item(self, index: int, _: int) -> str:
        item = self.game.items[index]
        nested = [self._item(i) for i in item.nested] if "container" in item.flags else None
        return texts.item(item.name, lambda state: index in self._states[state], nested)

    def _look(self, *_: int) -> str:
        if self._location not in self._tables.here:
            return texts.room([])
        return self._tables.facing(self._location, self._floor())

    def _inventory(self, *_: int) -> str:
        if self._held is None:
            return texts.EMPTY_HANDS
        return f"You are carrying: a {self._item(self._held)}."

    def _help(self, *_: int) -> str:
        return texts.HELP

    def _floor(self) -> list[str]:
        """Names of what was taken from a receptacle here and put down here, but not back."""
        here = self._tables.here[self._location]
        return [
            self._item(item)
            for item, place in sorted(self._taken)
            if place in here
            and (item, self._location) in self._at
            and item not in self._views[place].contents
        ]

    def _set_view(self, place: int, is_open: bool, contents: tuple[int, ...]) -> View:
        view = self._views[place] = self._tables.view(place, is_open, contents)
        return view

    def _item(self, index: int) -> str:
        return self.game.items[index].name

    def _place(self, index: int) -> str:
        return self.game.receptacles[index].name


_EFFECTS: dict[str, Callable[[FastEngine, int, int], str]] = {
    "go": FastEngine._go,
    "open": FastEngine._open,
    "close": FastEngine._close,
    "take": FastEngine._take,
    "move": FastEngine._move,
    "clean": FastEngine._clean,
    "heat": FastEngine._heat,
    "cool": FastEngine._cool,
    "slice": FastEngine._slice,
    "use": FastEngine._use,
    "examine": FastEngine._examine,
    "examine item": FastEngine._examine_item,
    "look": FastEngine._look,
    "inventory": FastEngine._inventory,
    "help": FastEngine._help,
}
