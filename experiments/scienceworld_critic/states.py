"""Episodes with the truth about some of their steps: how far the goal was before and after.

    python -m experiments.scienceworld_critic.states --part held_out --out FILE.json

Each episode follows the gold script for a while, then acts as ``BEHAVIOURS`` say for some steps
whose distances are written down, then in every second episode follows the gold script again.
The distance of a state is what the gold script needs from there on: actions that do something,
up to the full score. Episodes already in the file are kept, so a stopped job goes on.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from py4j.protocol import Py4JJavaError

from envs.errors import UserError
from envs.files import read_json, write_json
from envs.scienceworld.actions import meanings
from envs.scienceworld.sight import things_held
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import expand_simplifications, parse_task_id
from experiments.command import argument_parser, in_one_sentence

BEHAVIOURS = {"noisy": 0.25, "wandering": 0.5, "another variation": 0.2}
"""Share of random actions. The rest is the gold script's for the present state, or what it does
in the next variation of the task."""
PARTS = {
    "design": (
        *("boil/0", "use-thermometer/0", "find-animal/2", "power-component/0"),
        *("chemistry-mix/2", "grow-plant/0", "lifespan-longest-lived/4", "boil/6"),
        *("inclined-plane-determine-angle/0", "chemistry-mix-paint-secondary-color/2"),
        *("measure-melting-point-known-substance/2", "use-thermometer/30"),
    ),
    "held_out": (
        *("melt/3", "freeze/4", "use-thermometer/101", "find-non-living-thing/40"),
        *("find-plant/50", "test-conductivity/9", "boil/3", "grow-fruit/3"),
        *("power-component-renewable-vs-nonrenewable-energy/4", "find-living-thing/12"),
        *("chemistry-mix-paint-tertiary-color/1", "identify-life-stages-1/2"),
        *("lifespan-shortest-lived/11", "chemistry-mix/5", "identify-life-stages-2/1"),
        *("inclined-plane-friction-named-surfaces/5", "find-animal/77"),
        "measure-melting-point-unknown-substance/2",
    ),
}
"""Training variations: to choose the rule by, and to measure it on. Without genetics, whose
script takes many seconds for each state."""
STRETCH = 10
"""Steps whose distances are written down, in each episode."""
MOST_STEPS = 120
_IDLE = ("look around", "look at", "look in", "inventory", "task")
_REFUSED = ("already", "No known action", "Unknown action", "Ambiguous request", "not clear how")


class Route(NamedTuple):
    """What the gold script does from some state on: actions that do something."""

    actions: tuple[str, ...]
    ambiguous: bool
    """The first of them is not understood without the one after it."""


class Player:
    """Plays one variation and looks ahead with the gold script."""

    def __init__(self, simulator: Simulator, task_id: str, simplifications: str) -> None:
        kind, self._variation = parse_task_id(task_id)
        self._simulator, self._task = simulator, kind.name
        self._simplifications = expand_simplifications(simplifications, kind.name)

    def replay(self, actions: Sequence[str]) -> None:
        """Come to the state after these actions."""
        self._simulator.load(self._task, self._variation, self._simplifications)
        for action in actions:
            self._simulator.step(action)

    def route(self, actions: Sequence[str], known: Sequence[str] = ()) -> Route | None:
        """The shortest way known to the full score after these actions; None if there is none.

        The script is no planner. It gives up where it has something in hand that it means to
        fetch, so it is asked again with that put down; it builds anew what is half built, so what
        is left of the way from an earlier state counts as well where it still leads to the goal.

        Args:
            actions: what was done so far.
            known: a way that led on from an earlier state.
        """
        self.replay(actions)
        if self._simulator.score() in (-1.0, 1.0):
            return Route((), False) if self._simulator.score() == 1.0 else None
        held = things_held(self._simulator.inventory())
        ways = [self._try(actions, known)] if known else []
        for dropped in ("", *held):
            way = self._script([*actions, f"put down {dropped}"] if dropped else actions)
            if way is not None and f"pick up {dropped}" in way.actions:
                kept = list(way.actions)
                kept.remove(f"pick up {dropped}")
                way = self._try(actions, kept)
            ways.append(way)
            if way is not None:
                break
        found = [way for way in ways if way is not None]
        return min(found, key=lambda way: len(way.actions), default=None)

    def _script(self, actions: Sequence[str]) -> Route | None:
        """What the script does after these actions."""
        self.replay(actions)
        # The simulator tells all that was done since the start, the first look around included.
        try:
            plan = self._simulator.plan(self._task, self._variation)[len(actions) + 1 :]
        except Py4JJavaError:  # the script meets what it does not expect
            return None
        return self._try(actions, plan)

    def _try(self, actions: Sequence[str], way: Sequence[str]) -> Route | None:
        """What of a way does something after these actions, if it leads to the full score."""
        self.replay(actions)
        found: list[str] = []
        ambiguous = False
        for action in way:
            reply = self._simulator.step(action)
            if not (action.startswith(_IDLE) or any(words in reply for words in _REFUSED)):
                found.append(action)
            elif reply.startswith("Ambiguous") and not found:
                ambiguous = True
            if self._simulator.score() == 1.0:
                return Route(tuple(found), ambiguous)
        return None

    def in_our_words(self, actions: Sequence[str]) -> list[str]:
        """The same actions as the environment says them, where that is clear."""
        self.replay(())
        said = []
        for action in actions:
            found = meanings(action, self._simulator.things(), self._simulator.aliases())
            said.append(found[0] if len(found) == 1 else action)
            self._simulator.step(action)
        end = self._simulator.look()
        self.replay(said)
        return said if self._simulator.look() == end else list(actions)

    def random_action(self, rng: random.Random) -> str:
        """A valid action: first its verb is drawn, then one of those with the verb.

        The fatal verb is drawn less often.
        """
        by_verb: dict[str, list[str]] = {}
        for action in self._simulator.valid_actions():
            by_verb.setdefault(action.split()[0], []).append(action)
        by_verb.pop("reset", None)
        if rng.random() < 0.9:
            by_verb.pop("focus", None)
        return rng.choice(by_verb[rng.choice(sorted(by_verb))])


def make_episode(
    player: Player, foreign: Sequence[str], behaviour: str, finish: bool, rng: random.Random
) -> dict[str, Any]:
    """An episode: its actions, and distances by the number of steps done."""
    route = player.route(())
    if route is None:
        raise UserError("the gold script does not solve this variation: choose another")
    start = rng.randrange(max(1, int(0.7 * len(route.actions))))
    foreigner = behaviour == "another variation"
    actions = list((foreign if foreigner else route.actions)[:start])
    known: list[str] = [] if foreigner else list(route.actions[start:])
    ahead = list((foreign if foreigner else route.actions)[start:])
    distances: dict[str, int | None] = {}
    for number in range(STRETCH + 1):
        now = player.route(actions, known)
        distances[str(len(actions))] = len(now.actions) if now else None
        if now:
            known = list(now.actions)
            if not foreigner:
                ahead = list(now.actions)
        if number == STRETCH or (now and (now.ambiguous or not now.actions)):
            break
        player.replay(actions)
        if not ahead or rng.random() < BEHAVIOURS[behaviour]:
            actions.append(player.random_action(rng))
        else:
            actions.append(ahead.pop(0))
        known = known[known[:1] == actions[-1:] :]
    route = player.route(actions, known)
    if finish and route:
        actions += route.actions
    return {"actions": player.in_our_words(actions[:MOST_STEPS]), "distances": distances}


def make_states(part: str, done: list[dict[str, Any]], out: Path) -> None:
    """Make the episodes of a part that are not in ``done`` yet, and write all to ``out``."""
    known = {(each["task_id"], each["behaviour"]) for each in done}
    simulator = Simulator(heap_mb=GOLD_HEAP_MB)
    try:
        for number, task_id in enumerate(PARTS[part]):
            simplifications = ("", "easy")[number % 2]
            behaviour = list(BEHAVIOURS)[number % len(BEHAVIOURS)]
            if (task_id, behaviour) in known:
                continue
            name, _, variation = task_id.partition("/")
            kind, _ = parse_task_id(task_id)
            other = f"{name}/{(int(variation) + 1) % kind.train}"
            player = Player(simulator, task_id, simplifications)
            foreign = Player(simulator, other, simplifications).route(())
            rng = random.Random(f"{task_id}/{behaviour}")
            finish = number // 2 % 2 == 0
            episode = make_episode(
                player, foreign.actions if foreign else (), behaviour, finish, rng
            )
            about = {"task_id": task_id, "behaviour": behaviour, "simplifications": simplifications}
            done.append({**about, **episode})
            write_json(out, {"part": part, "episodes": done})
            sys.stderr.write(f"{task_id} {behaviour}: {episode['distances']}\n")
    finally:
        simulator.close()


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Make the states and write the file.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), required=True)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write or go on with")
    options = parser.parse_args(arguments)
    done = read_json(options.out)["episodes"] if options.out.exists() else []
    make_states(options.part, done, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
