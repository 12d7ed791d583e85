"""Write ``docs/configuration.md`` from the dataclasses and the yaml files.

python -m docs.make_configuration
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_type_hints

import hydra
from omegaconf import DictConfig, ListConfig, OmegaConf

from envs.files import write_text
from lfm.config import is_model_folder
from lfm.schemas import COMMANDS, GROUPS, env_name, register
from lfm.settings import field_docs, kind_of_value

PAGE = Path(__file__).with_name("configuration.md")
TITLES = {"config": "train"}
"""Commands whose file in ``conf/`` is named otherwise."""

_HEAD = """# All settings

Written by `python -m docs.make_configuration` from `lfm/config.py`, the files beside it and
`conf/`.

A setting is `name=value` on the command line; what is not said has the value below. `--help`
after any command prints the same. A group such as `env` is a choice among the yaml files of
`conf/env/`: `env=alfworld` takes all values of that file, `env.max_steps=30` changes one of them.
`--multirun seed=0,1,2` runs every combination of the values given.

A name that does not exist, a value of the wrong type or out of range: one sentence that says which
and what is allowed, and exit code 2.
"""


def configuration() -> str:
    """The whole page."""
    register()
    with hydra.initialize_config_module("conf", version_base="1.3"):
        parts = [_HEAD, "## Commands\n"]
        parts += [_command(name) for name in COMMANDS]
        parts.append("## Groups\n")
        for group, options in GROUPS.items():
            parts += [_option(group, option) for option in options]
    parts.append(_experiments())
    return "\n".join(parts)


@cache
def _composed(command: str, *choices: str) -> DictConfig:
    return hydra.compose(command, list(choices))


def _command(name: str) -> str:
    """A command: how it is used, its groups, its own settings."""
    composed = _composed(name)
    hints = get_type_hints(COMMANDS[name])
    groups = [
        key for key, hint in hints.items() if is_dataclass(hint) and not is_model_folder(hint)
    ]
    lines = [f"### `python -m lfm.{TITLES.get(name, name)}`\n"]
    if groups:
        lines.append("Groups: " + ", ".join(f"[`{group}`](#{group})" for group in groups) + ".\n")
    own = [key for key in hints if key not in groups]
    lines.append(_settings(COMMANDS[name], own, composed, ""))
    return "\n".join(lines) + _otherwise(name, [], "", own)


def _option(group: str, option: str) -> str:
    """One file of a group with its values."""
    command = next((name for name in COMMANDS if group in _composed(name)), None)
    if command is None:
        return _part(group, option)
    everything = _composed(command, f"{group}={option}")
    composed = everything[group]
    schema = GROUPS[group][option]
    hints = get_type_hints(schema)
    names = [name for name in hints if name != "name" and not is_dataclass(hints[name])]
    first = option == next(iter(GROUPS[group]))
    lines = [f"### {group}\n"] if first else []
    about = f"`{group}={option}` {_first_line(group, option)}\n"
    if group == "adaptation":
        about += "\nIn `lfm.train` the names begin with `recipe.adaptation.`.\n"
    if group == "env" and (base := env_name(option)) != option:
        changed = _changed(_composed(command, f"env={base}"), everything, "env.", names)
        return f"{about}\nThe values of `env={base}`, but {', '.join(changed)}.\n"
    page = "\n".join([*lines, about, _settings(schema, names, composed, f"{group}.")])
    return page + _otherwise(command, [f"{group}={option}"], f"{group}.", names)


def _part(group: str, option: str) -> str:
    """One file of a group that is part of a recipe."""
    recipe = next(name for name, of in GROUPS["recipe"].items() if group in get_type_hints(of))
    chosen = (f"recipe={recipe}", "env=hidden_rule", f"{group}@recipe.{group}={option}")
    composed = _composed("config", *chosen)["recipe"][group]
    schema = GROUPS[group][option]
    names = [name for name in get_type_hints(schema) if name != "name"]
    lines = [f"### {group}\n"] if option == next(iter(GROUPS[group])) else []
    lines.append(f"`{group}@recipe.{group}={option}` {_first_line(group, option)}\n")
    return "\n".join([*lines, _settings(schema, names, composed, f"recipe.{group}.")])


def _otherwise(command: str, choice: list[str], prefix: str, names: Iterable[str]) -> str:
    """Which of the settings have another value with another environment than the first."""
    composed = _composed(command, *choice)
    if prefix == "env." or "env" not in composed:
        return ""
    said = ""
    for env in _special(prefix.removesuffix(".")):
        other = _composed(command, *choice, f"env={env}")
        values = _changed(composed, other, prefix, names)
        if values:
            said += f"\nWith `env={env}`: {', '.join(values)}.\n"
    return said


@cache
def _special(group: str) -> list[str]:
    """Environments that bring a group other values, or without one a command."""
    files = (Path(str(resources.files("conf"))) / group).glob("*_for/*.yaml")
    special = {file.stem for file in files}
    return [option for option in GROUPS["env"] if option in special]


def _changed(old: DictConfig, new: DictConfig, prefix: str, names: Iterable[str]) -> list[str]:
    """The settings that differ, with their new values."""
    return [
        f"`{prefix}{name}={_shown(value)}`"
        for name in names
        if (value := _value(new, prefix + name)) != _value(old, prefix + name)
    ]


def _value(composed: DictConfig, name: str) -> Any:
    return None if OmegaConf.is_missing(composed, name) else OmegaConf.select(composed, name)


def _settings(schema: type[Any], names: Iterable[str], composed: DictConfig, prefix: str) -> str:
    rows = _rows(schema, names, composed, prefix)
    return _table(("name", "value", "may be", "meaning"), rows) if rows else ""


def _rows(
    schema: type[Any], names: Iterable[str], composed: DictConfig, prefix: str
) -> list[tuple[str, ...]]:
    docs, hints = field_docs(schema), get_type_hints(schema)
    rows: list[tuple[str, ...]] = []
    for name in names:
        missing = OmegaConf.is_missing(composed, name) or is_model_folder(hints[name])
        value = "must be given" if missing else f"`{_shown(composed[name])}`"
        kind = "text" if is_model_folder(hints[name]) else kind_of_value(hints[name])
        rows.append((f"`{prefix}{name}`", value, kind, docs[name].replace("<", "\\<")))
        if is_model_folder(hints[name]):
            more = [each for each in get_type_hints(hints[name]) if each != "path"]
            rows += _rows(hints[name], more, composed[name], f"{prefix}{name}.")
    return rows


def _experiments() -> str:
    folder = resources.files("conf") / "experiment"
    names = sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir())
    rows = [
        (f"`experiment={name}`", _first_line("experiment", name))
        for name in names
        if (folder / f"{name}.yaml").is_file()
    ]
    about = "### experiment\n\nNamed sets of values, for `lfm.train`.\n\n"
    return about + _table(("name", "what"), rows)


def _first_line(group: str, option: str) -> str:
    """What a yaml file says of itself in its first comment."""
    text = (resources.files("conf") / group / f"{option}.yaml").read_text("utf-8")
    comments = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    return next(line for line in comments if not line.startswith("@"))


def _shown(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, ListConfig):
        value = f"[{','.join(value)}]"
    if isinstance(value, str) and "\n" in value:
        return "..."  # a text that is too long for the page
    return "null" if value is None else str(value) or '""'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    write_text(PAGE, configuration())
