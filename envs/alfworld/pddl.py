"""Reads an official ``game.tw-pddl`` into the compact :class:`~envs.alfworld.game.Game`.

The file holds a PDDL domain (the rules), a grammar (the sentences), a PDDL problem (the room) and
a stored plan. The rules and sentences are the same in all games, and the engine of this package
has them built in; so they are compared with the known ones and otherwise refused, never guessed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from envs.alfworld.game import Game, Goal, Item, Receptacle
from envs.errors import UserError

_FACT = re.compile(r"\((\w+)\s+([\w-]+)\s*([\w-]*)\s*\)", re.ASCII)
_COST = re.compile(r"\(=\s*\(total-cost\)\s*0\s*\)")
_TASK_LINE = re.compile(r'"Your task is to: ([^"\n]*)\."')

# SHA-256 (first 16 digits) of the whitespace-normalised texts, the task line left out.
_DOMAINS = {"official data": "095330b41d6659e7", "alfworld 0.4.2": "c1ef97add90ca92e"}
_GRAMMARS = {"official data": "e91a84daf21cd4e4", "alfworld 0.4.2": "fb5689bd52947327"}

_FLAGS = {
    "pickupable": "pickupable",
    "isreceptacleobject": "container",
    "cleanable": "cleanable",
    "heatable": "heatable",
    "coolable": "coolable",
    "toggleable": "toggleable",
    "sliceable": "sliceable",
}
_STATES = {
    "isclean": "clean",
    "ishot": "hot",
    "iscool": "cool",
    "issliced": "sliced",
    "istoggled": "toggled",
}
_ITEM_PAIRS = ("inreceptacle", "inreceptacleobject", "objectatlocation", "objecttype")

# Where ids of each sort occur: (predicate, argument).
_ITEM_COLUMNS = tuple((predicate, 0) for predicate in _ITEM_PAIRS)
# A cracked egg may have marks only; it is nowhere, but counts when eggs are numbered.
_NAMED_COLUMNS = (*_ITEM_COLUMNS, *((predicate, 0) for predicate in (*_FLAGS, *_STATES)))
_PLACE_COLUMNS = (
    ("receptacletype", 0),
    ("receptacleatlocation", 0),
    ("inreceptacle", 1),
    ("openable", 0),
    ("opened", 0),
)
_SPOT_COLUMNS = (("atlocation", 1), ("receptacleatlocation", 1), ("objectatlocation", 1))
_PREDICATES = {
    "atlocation",
    "cancontain",
    "openable",
    "opened",
    "receptacleatlocation",
    "receptacletype",
    *_FLAGS,
    *_STATES,
    *_ITEM_PAIRS,
}
# The six goal formulas; ITEM and TARGET stand for the types that differ between games.
_PLACED = "(exists (?r - receptacle) (exists (?o - object) (and {})))"
_GOALS = {
    "simple": _PLACED.format(
        "(inreceptacle ?o ?r) (objecttype ?o ITEM) (receptacletype ?r TARGET)"
    ),
    **{
        kind: _PLACED.format(
            f"({able} ?o) (objecttype ?o ITEM) (receptacletype ?r TARGET) "
            f"({state} ?o) (inreceptacle ?o ?r)"
        )
        for kind, able, state in (
            ("clean", "cleanable", "isclean"),
            ("heat", "heatable", "ishot"),
            ("cool", "coolable", "iscool"),
        )
    },
    "two": (
        "(exists (?r - receptacle) (exists (?o1 - object) (and "
        "(objecttype ?o1 ITEM) (receptacletype ?r TARGET) (inreceptacle ?o1 ?r) "
        "(exists (?o2 - object) (and (not (= ?o1 ?o2)) "
        "(objecttype ?o2 ITEM) (receptacletype ?r TARGET) (inreceptacle ?o2 ?r))))))"
    ),
    "look": (
        "(exists (?ot - object ?r - receptacle ?a - agent ?l - location) (and "
        "(objecttype ?ot TARGET) (toggleable ?ot) (istoggled ?ot) "
        "(receptacleatlocation ?r ?l) (atlocation ?a ?l) (inreceptacle ?ot ?r))) "
        "(exists (?o - object ?a - agent) (and (objecttype ?o ITEM) (holds ?a ?o)))"
    ),
}


def _pattern(formula: str) -> re.Pattern[str]:
    """A goal formula as an expression that does not mind blanks, to the end of the problem."""
    seen: set[str] = set()
    parts = []
    for token in re.findall(r"[()]|[^\s()]+", f"(:goal (and {formula})))"):
        name = {"ITEM": "item", "TARGET": "target"}.get(token)
        if name is None:
            parts.append(re.escape(token))
        else:
            parts.append(f"(?P={name})type" if name in seen else f"(?P<{name}>\\w+)type")
            seen.add(name)
    return re.compile(r"\s*".join(parts) + r"\s*\Z")


_GOAL_PATTERNS = {kind: _pattern(formula) for kind, formula in _GOALS.items()}

Facts = dict[str, set[tuple[str, str]]]
"""Predicate -> its (first, second) arguments; the second is empty for a one-place predicate."""


def parse_game(text: str, task_id: str, traj_data: Mapping[str, Any] | None = None) -> Game:
    """Parse one official game.

    Args:
        text: content of ``game.tw-pddl`` (JSON).
        task_id: ``<task folder>/<trial folder>``; only kept and named in errors.
        traj_data: content of ``traj_data.json``: the room's name and the goals written by people.

    Raises:
        UserError: the text is not a game, or its rules, sentences or goal are not those that the
            engine plays; the message names the task and what is wrong.
    """
    try:
        return _parse(text, task_id, traj_data)
    except UserError as error:
        raise UserError(f"game {task_id}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UserError(f"game {task_id} is not in ALFWorld's format ({reason}).") from error


def _parse(text: str, task_id: str, traj_data: Mapping[str, Any] | None) -> Game:
    data = _load_json(text)
    instruction = _check_rules(data["pddl_domain"], data["grammar"])
    problem = data["pddl_problem"].lower()
    facts = _read_facts(problem)
    _check_sinks(data["pddl_domain"], facts)
    place_order, item_order = _order(facts, *_PLACE_COLUMNS), _order(facts, *_ITEM_COLUMNS)
    spots = _order(facts, *_SPOT_COLUMNS)
    names = _number_names({*place_order, *_order(facts, *_NAMED_COLUMNS)})
    scene, human_goals = _room_and_goals(traj_data)
    return Game(
        task_id=task_id,
        scene=scene,
        instruction=instruction,
        human_goals=human_goals,
        goal=_read_goal(problem),
        start=spots[_only(facts["atlocation"], "the agent's location")],
        receptacles=_receptacles(facts, names, place_order, spots),
        items=_items(facts, names, item_order, place_order, spots),
        can_contain=_can_contain(facts),
        walkthrough=tuple(data["walkthrough"]),
    )


def _load_json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UserError(f"not JSON ({error}); download the file again.") from error
    needed = ("pddl_domain", "grammar", "pddl_problem", "walkthrough")
    missing = [key for key in needed if not isinstance(data, dict) or key not in data]
    if missing:
        raise UserError(f"no {', '.join(missing)} in the file; it is not a game.tw-pddl.")
    return dict(data)


def _check_rules(domain: str, grammar: str) -> str:
    """Refuse rules and sentences that the engine does not have; returns the instruction."""
    task = _TASK_LINE.search(grammar)
    if task is None:
        raise UserError("its grammar has no sentence 'Your task is to: <...>.'")
    sentences = grammar[: task.start(1)] + grammar[task.end(1) :]
    if _digest(sentences) not in _GRAMMARS.values():
        if "put {o} in/on {r}" in grammar:
            raise UserError(
                "it has the old 'put ... in/on' grammar (data of ALFWorld before 0.4); this engine "
                "plays the current data: run 'alfworld-download -f', and choose the older wording "
                "with env.dialect=put."
            )
        raise UserError("its grammar is not ALFWorld's; play it with env.engine=textworld.")
    if _digest(domain) not in _DOMAINS.values():
        raise UserError("its PDDL domain is not ALFWorld's; play it with env.engine=textworld.")
    return task[1]


@lru_cache(maxsize=1024)
def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _read_facts(problem: str) -> Facts:
    start, end = problem.find("(:init"), problem.find("(:goal")
    if not 0 <= start < end:
        raise UserError("its pddl_problem has no (:init ...) before a (:goal ...).")
    matches = _FACT.findall(problem, start, end)
    others = 1 + 2 * len(_COST.findall(problem, start, end))
    if problem.count("(", start, end) != len(matches) + others:
        raise UserError("its start state holds something other than plain facts.")
    facts: Facts = defaultdict(set)
    for predicate, first, second in matches:
        facts[predicate].add((first, second))
    unknown = facts.keys() - _PREDICATES
    if unknown:
        raise UserError(f"its start state says {', '.join(sorted(unknown))}, unknown to the rules.")
    return facts


def _check_sinks(domain: str, facts: Facts) -> None:
    """Refuse the one case in which the two known domains differ."""
    sink = any(kind == "sinktype" for _, kind in facts["receptacletype"])
    if sink and _digest(domain) != _DOMAINS["official data"]:
        raise UserError("it has a sink of SinkType, where its PDDL domain lets nothing be cleaned.")


def _number_names(ids: Iterable[str]) -> dict[str, str]:
    """Id -> shown name: per class, the first id in string order gets the highest number."""
    classes = {i: i.split("_bar_", 1)[0] + ("basin" if "basin" in i else "") for i in sorted(ids)}
    left = Counter(classes.values())
    names = {}
    for identifier, name in classes.items():
        if "_bar_" not in identifier:
            raise UserError(f"the id {identifier} has no '_bar_', by which things are numbered.")
        names[identifier] = f"{name} {left[name]}"
        left[name] -= 1
    return names


def _order(facts: Facts, *columns: tuple[str, int]) -> dict[str, int]:
    """Ids that occur in these argument columns -> index in string order."""
    ids = {pair[column] for predicate, column in columns for pair in facts[predicate]}
    return {identifier: index for index, identifier in enumerate(sorted(ids))}


def _can_contain(facts: Facts) -> frozenset[tuple[str, str]]:
    """What may lie where, for the types present."""
    places = {kind for _, kind in facts["receptacletype"]}
    items = {kind for _, kind in facts["objecttype"]}
    return frozenset(
        (_kind(place), _kind(item))
        for place, item in facts["cancontain"]
        if place in places and item in items
    )


def _receptacles(
    facts: Facts, names: Mapping[str, str], order: Iterable[str], spots: Mapping[str, int]
) -> tuple[Receptacle, ...]:
    kinds = _group(facts["receptacletype"])
    places = _group(facts["receptacleatlocation"])
    openable, opened = _firsts(facts["openable"]), _firsts(facts["opened"])
    return tuple(
        Receptacle(
            name=names[identifier],
            kind=_kind(_single(kinds, identifier, "type")),
            location=spots[_single(places, identifier, "location")],
            openable=identifier in openable,
            is_open=identifier in opened,
        )
        for identifier in order
    )


def _items(
    facts: Facts,
    names: Mapping[str, str],
    order: Mapping[str, int],
    places: Mapping[str, int],
    spots: Mapping[str, int],
) -> tuple[Item, ...]:
    kinds, inside = _group(facts["objecttype"]), _group(facts["inreceptacle"])
    at = _group(facts["objectatlocation"])
    nested = _group((outer, inner) for inner, outer in facts["inreceptacleobject"])
    flags, states = _marks(facts, _FLAGS), _marks(facts, _STATES)
    return tuple(
        Item(
            name=names[identifier],
            kind=_kind(_single(kinds, identifier, "type")),
            flags=frozenset(flags[identifier]),
            states=frozenset(states[identifier]),
            receptacles=tuple(sorted([places[r] for r in inside[identifier]])),
            locations=tuple(sorted([spots[spot] for spot in at[identifier]])),
            nested=tuple(sorted([order[inner] for inner in nested[identifier]])),
        )
        for identifier in order
    )


def _marks(facts: Facts, predicates: Mapping[str, str]) -> defaultdict[str, list[str]]:
    marks: defaultdict[str, list[str]] = defaultdict(list)
    for predicate, mark in predicates.items():
        for identifier, _ in facts[predicate]:
            marks[identifier].append(mark)
    return marks


def _group(pairs: Iterable[tuple[str, str]]) -> defaultdict[str, list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for first, second in pairs:
        groups[first].append(second)
    return groups


def _firsts(pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {first for first, _ in pairs}


def _single(groups: Mapping[str, list[str]], identifier: str, what: str) -> str:
    values = groups[identifier]
    if len(values) != 1:
        raise UserError(f"{identifier} needs exactly one {what}, has {len(values)}.")
    return values[0]


def _only(pairs: Iterable[tuple[str, str]], what: str) -> str:
    values = [second for _, second in pairs]
    if len(values) != 1:
        raise UserError(f"{what} must be stated exactly once, is stated {len(values)} times.")
    return values[0]


def _kind(type_name: str) -> str:
    return type_name.removesuffix("type")


def _read_goal(problem: str) -> Goal:
    start = problem.find("(:goal")
    for kind, pattern in _GOAL_PATTERNS.items():
        if match := pattern.match(problem, start):
            return Goal(kind=kind, item=match["item"], target=match["target"])
    raise UserError("its goal is none of the six task types.")


def _room_and_goals(traj_data: Mapping[str, Any] | None) -> tuple[str, tuple[str, ...]]:
    if traj_data is None:
        return "", ()
    annotations = traj_data["turk_annotations"]["anns"]
    sentences = (str(ann["task_desc"]).strip().removesuffix(".").strip() for ann in annotations)
    return str(traj_data["scene"]["floor_plan"]), tuple(s for s in sentences if s)
