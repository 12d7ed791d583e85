"""Writes a game in ALFWorld's own file format, for the original engine to play.

The rules, sentences and goal formulas come from the installed alfworld package, so that what is
written is what that package understands.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from envs.alfworld.game import Game
from envs.alfworld.layouts import id_class
from envs.alfworld.packages import original
from envs.alfworld.room_statistics import load_statistics

FLAG_PREDICATES = {
    "pickupable": "pickupable",
    "container": "isReceptacleObject",
    "cleanable": "cleanable",
    "heatable": "heatable",
    "coolable": "coolable",
    "toggleable": "toggleable",
    "sliceable": "sliceable",
}
STATE_PREDICATES = {
    "clean": "isClean",
    "hot": "isHot",
    "cool": "isCool",
    "sliced": "isSliced",
    "toggled": "isToggled",
}
NAMED_BY_RULES = ("knife", "butterknife", "sink", "sinkbasin", "microwave", "fridge")
"""Kinds that the domain's rules name, so that they must be declared even if absent."""

UNKNOWN_GOAL = "UNKNOWN GOAL"
"""The place of the task sentence in the grammar that alfworld installs."""

_HELP = re.compile(r'feedback :: "#help\.feedback#";\s*grammar :: """(.*?)""";', re.DOTALL)


def write_game(game: Game, folder: str | Path) -> Path:
    """Write ``game.tw-pddl`` and ``traj_data.json`` into a folder, which is made if need be.

    Reading the files back with :func:`envs.alfworld.pddl.parse_game` gives the same game.

    Returns:
        The path of ``game.tw-pddl``.

    Raises:
        UserError: the alfworld package is not installed.
        ValueError: the game's names or spots are not numbered as this format numbers them.
    """
    domain, grammar, goal_formula = _rules(game)
    content = {
        "pddl_domain": domain,
        "grammar": grammar.replace(UNKNOWN_GOAL, game.instruction),
        "pddl_problem": _problem(game, goal_formula),
        "solvable": True,
        "walkthrough": list(game.walkthrough),
    }
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / "traj_data.json").write_text(json.dumps(_traj_data(game)), encoding="utf-8")
    file = target / "game.tw-pddl"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _rules(game: Game) -> tuple[str, str, str]:
    """Domain, grammar and the game's goal formula, from the installed package."""
    library: Any = original("alfworld.gen.goal_library")
    data = resources.files("alfworld").joinpath("data")
    formula = library.gdict[game.task_type]["pddl"].replace("#", "-")
    target = _spell(game.goal.target)
    goal = formula.format(obj=_spell(game.goal.item), recep=target, toggle=target)
    texts = [data.joinpath(name).read_text("utf-8") for name in ("alfred.pddl", "alfred.twl2")]
    return texts[0], _HELP.sub(_help_as_released, texts[1]), goal


def _help_as_released(match: re.Match[str]) -> str:
    """The help action as the released games have it; the installed one differs a little."""
    sentence = json.loads(match[1])["help.feedback"][0]["rhs"]
    return f'feedback :: "{sentence}";'


def _spell(kind: str) -> str:
    return load_statistics().spelling.get(kind, kind.capitalize())


def _ids(names: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """Ids whose string order and numbering give the shown names back.

    The game numbers a kind downwards in the order of ids: the first has the highest number.
    """
    left = Counter(kinds)
    ids = []
    for name, kind in zip(names, kinds, strict=True):
        if name != f"{kind} {left[kind]}":
            raise ValueError(f"{name!r} should be {kind} {left[kind]} to be written as an id")
        left[kind] -= 1
        owner = id_class(kind)
        rank = kinds.count(kind) - left[kind] - 1
        tail = "" if owner == kind else f"_bar_{_spell(kind)}"
        ids.append(f"{_spell(owner)}_bar_{rank:03d}{tail}")
    if sorted(ids, key=str.lower) != ids:
        raise ValueError("the game's items or receptacles are not in the order of their ids")
    return ids


def _problem(game: Game, goal: str) -> str:
    receptacles = _ids([r.name for r in game.receptacles], [r.kind for r in game.receptacles])
    items = _ids([i.name for i in game.items], [i.kind for i in game.items])
    spots = [f"loc_bar_{spot:03d}" for spot in range(_spot_count(game))]
    kinds = {place.kind for place in game.receptacles} | {item.kind for item in game.items}
    types = sorted(kinds.union(NAMED_BY_RULES, (game.goal.item, game.goal.target)))
    declared = [
        "agent1 - agent",
        *(f"{name} - object" for name in items),
        *(f"{name} - receptacle" for name in receptacles),
        *(f"{name} - location" for name in spots),
        *(f"{_spell(kind)}Type - otype" for kind in types if not _is_place(game, kind)),
        *(f"{_spell(kind)}Type - rtype" for kind in types if _is_place(game, kind)),
    ]
    facts = [
        f"(atLocation agent1 {spots[game.start]})",
        *_place_facts(game, receptacles, spots),
        *_item_facts(game, items, receptacles, spots),
        *(
            f"(canContain {_spell(place)}Type {_spell(item)}Type)"
            for place, item in sorted(game.can_contain)
        ),
        "(= (total-cost) 0)",
    ]
    name = game.task_id.split("/")[-1]
    return (
        f"(define (problem plan_{name})\n(:domain alfred)\n(:objects\n{_lines(declared)})\n"
        f"(:init\n{_lines(facts)})\n{goal}"
    )


def _lines(parts: Iterable[str]) -> str:
    return "".join(f"    {part}\n" for part in parts)


def _spot_count(game: Game) -> int:
    """How many spots there are; they must be numbered without a gap, as reading numbers them."""
    used = {game.start, *(place.location for place in game.receptacles)}
    used.update(spot for item in game.items for spot in item.locations)
    if used != set(range(len(used))):
        raise ValueError(f"the spots of {game.task_id} are not numbered from 0 without a gap")
    return len(used)


def _is_place(game: Game, kind: str) -> bool:
    """Whether a kind is declared as a kind of receptacle rather than of item."""
    if any(item.kind == kind for item in game.items):
        return False
    return kind in load_statistics().can_contain or kind in ("sink", "sinkbasin")


def _place_facts(game: Game, ids: Sequence[str], spots: Sequence[str]) -> Iterator[str]:
    for place, identifier in zip(game.receptacles, ids, strict=True):
        yield f"(receptacleType {identifier} {_spell(place.kind)}Type)"
        yield f"(receptacleAtLocation {identifier} {spots[place.location]})"
        if place.openable:
            yield f"(openable {identifier})"
        if place.is_open:
            yield f"(opened {identifier})"


def _item_facts(
    game: Game, ids: Sequence[str], receptacles: Sequence[str], spots: Sequence[str]
) -> Iterator[str]:
    for item, identifier in zip(game.items, ids, strict=True):
        yield f"(objectType {identifier} {_spell(item.kind)}Type)"
        for flag in sorted(item.flags):
            yield f"({FLAG_PREDICATES[flag]} {identifier})"
        for state in sorted(item.states):
            yield f"({STATE_PREDICATES[state]} {identifier})"
        for receptacle in item.receptacles:
            yield f"(inReceptacle {identifier} {receptacles[receptacle]})"
        for spot in item.locations:
            yield f"(objectAtLocation {identifier} {spots[spot]})"
        for inner in item.nested:
            yield f"(inReceptacleObject {ids[inner]} {identifier})"


def _traj_data(game: Game) -> dict[str, Any]:
    """What the ALFWorld tools read beside the game."""
    look = game.goal.kind == "look"
    target = _spell(game.goal.target)
    number = "".join(character for character in game.scene if character.isdigit())
    return {
        "task_id": game.task_id.split("/")[-1],
        "task_type": game.task_type,
        "pddl_params": {
            "object_target": _spell(game.goal.item),
            "parent_target": "" if look else target,
            "toggle_target": target if look else "",
            "mrecep_target": "",
            "object_sliced": False,
        },
        "scene": {"floor_plan": game.scene, "scene_num": int(number or 0)},
        "turk_annotations": {"anns": [{"task_desc": goal} for goal in game.human_goals]},
    }
