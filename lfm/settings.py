"""The settings of a command as a flat list with their explanations, for help and for errors."""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from lfm.config import is_model_folder
from lfm.schemas import GROUPS


@cache
def field_docs(schema: type[Any]) -> dict[str, str]:
    """The docstring under each field of a dataclass, those of its base classes included."""
    docs: dict[str, str] = {}
    for base in reversed(schema.__mro__[:-1]):
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        assert isinstance(body, ast.ClassDef)
        for statement, following in zip(body.body, body.body[1:], strict=False):
            if not isinstance(statement, ast.AnnAssign) or not isinstance(following, ast.Expr):
                continue
            if isinstance(statement.target, ast.Name) and isinstance(following.value, ast.Constant):
                docs[statement.target.id] = " ".join(str(following.value.value).split())
    return docs


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by their dotted names: ``{"env": {"name": x}}`` as ``{"env.name": x}``."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def flat_settings(schema: type[Any]) -> dict[str, str]:
    """Every setting of a schema by its dotted name, with its explanation.

    A group that a command can choose (``env=...``) contributes the fields of all its options; one
    that several have is explained as the first has it. Explanations are read from the source, which
    takes half a second: :func:`setting_fields` has the names without them.

    Example:
        >>> from lfm.reading_config import InspectConfig
        >>> sorted(flat_settings(InspectConfig))[0]
        'blind'
    """
    return {
        name: field_docs(of)[field]  # type: ignore[arg-type]  # mypy doubts it has a hash
        for name, (of, field) in setting_fields(schema).items()
    }


def setting_fields(schema: type[Any], prefix: str = "") -> dict[str, tuple[type[Any], str]]:
    """Every setting of a schema by its dotted name: the dataclass and the field that explain it."""
    found: dict[str, tuple[type[Any], str]] = {}
    for name, hint in get_type_hints(schema).items():
        if is_model_folder(hint):  # whose path is the setting itself
            found[prefix + name] = schema, name
            for field in fields(hint):
                if field.name != "path":
                    found[f"{prefix}{name}.{field.name}"] = hint, field.name
            continue
        if not is_dataclass(hint):
            found[prefix + name] = schema, name
            continue
        for option in (hint, *GROUPS.get(name, {}).values()):
            assert isinstance(option, type)
            for setting, where in setting_fields(option, f"{prefix}{name}.").items():
                found.setdefault(setting, where)
    return found


def kind_of_value(hint: Any) -> str:
    """What may be written for a field, in words.

    Example:
        >>> kind_of_value(int), kind_of_value(str | None)
        ('a whole number', 'text or null')
    """
    if get_origin(hint) is list:
        return "a list: words in brackets, as in [a,b]"
    parts = [part for part in get_args(hint) if part is not type(None)]
    if parts:
        return f"{kind_of_value(parts[0])} or null"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(hint.__members__)
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return words.get(hint, "a group of settings")


def suggestion(name: str, known: list[str]) -> str:
    """The settings that were perhaps meant, as ``" did you mean a or b?"``, or nothing.

    Example:
        >>> suggestion("env.max_stps", ["env.max_steps", "seed"])
        ' did you mean env.max_steps?'
    """
    last = name.rpartition(".")[2]
    meant = [candidate for candidate in known if candidate.rpartition(".")[2] == last]
    if not meant:
        meant = difflib.get_close_matches(name, known, n=1)
    if not meant:
        leaves = {candidate.rpartition(".")[2]: candidate for candidate in known}
        meant = [leaves[leaf] for leaf in difflib.get_close_matches(last, leaves, n=1)]
    return f" did you mean {' or '.join(meant)}?" if meant else ""
