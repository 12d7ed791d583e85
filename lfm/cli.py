"""The frame of every command: settings in, one sentence out when something is wrong.

A command is a module with a function ``main(cfg)`` and the lines::

    if __name__ == "__main__":
        run_command(main, "config")

where ``"config"`` is the name of a file in ``conf/``. See :func:`run_command`.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, TypeVar, cast, get_origin, get_type_hints

import hydra
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import (
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envs.errors import UserError
from lfm.config import EvaluateConfig, is_model_folder
from lfm.schemas import COMMANDS, GROUPS, register
from lfm.settings import flat_settings, kind_of_value, setting_fields, suggestion

C = TypeVar("C")

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

_HYDRA_FLAGS = ("-m", "--multirun", "-c", "--cfg", "-i", "--info", "-cd", "--config-dir")
_SURROUNDINGS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)


def run_command(main: Callable[[C], object], config_name: str) -> None:
    """Run a command with the settings of the command line, and end the process.

    The settings are composed by Hydra from ``conf/<config_name>.yaml`` and turned into the
    command's dataclass. What the user can mend (wrong settings, :class:`envs.errors.UserError`
    from anywhere in ``main``, a full disk) is answered by one sentence on stderr and exit code 2;
    Ctrl-C by how to go on, and 130. Any other exception is a bug and keeps its traceback.

    Args:
        main: called with the settings; with ``--multirun``, once for every combination. It sets
            ``cfg.run_dir`` when it has chosen one, so that an interruption can name it.
        config_name: a key of :data:`lfm.schemas.COMMANDS`.

    Raises:
        SystemExit: always, with the exit code.
    """
    sys.exit(_exit_code(main, config_name, sys.argv[1:]))


def _exit_code(main: Callable[[C], object], config_name: str, arguments: list[str]) -> int:
    """Run a command and say what went wrong, if anything."""
    schema = cast("type[C]", COMMANDS[config_name])
    running: list[C] = []
    try:
        if {"--help", "-h"} & set(arguments):
            _show_help(config_name, arguments)
            return 0
        _run_hydra(main, config_name, schema, _checked(arguments, schema), running)
    except UserError as error:
        return _complain(str(error), EXIT_USER_ERROR)
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        return _complain(_explain(error, schema), EXIT_USER_ERROR)
    except OSError as error:
        if error.errno not in _SURROUNDINGS:
            raise
        where = os.fsdecode(error.filename or "a file")
        return _complain(f"{where}: {error.strerror}.{_how_to_go_on(running)}", EXIT_USER_ERROR)
    except KeyboardInterrupt:
        return _complain(f"Stopped.{_how_to_go_on(running)}", EXIT_INTERRUPTED)
    return 0


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(sentence.strip() + "\n")
    return code


def _how_to_go_on(running: list[C]) -> str:
    """How to resume the job that was running, if it can be resumed."""
    cfg: Any = running[-1] if running else None
    if isinstance(cfg, EvaluateConfig) and cfg.out is not None:
        return " To go on from here, run the same command again"
    run_dir = getattr(cfg, "resume", None) or getattr(cfg, "run_dir", None)
    if not run_dir or not hasattr(cfg, "resume"):
        return ""
    return f" To go on from here, run the same command with resume={run_dir}"


def _run_hydra(
    main: Callable[[C], object],
    config_name: str,
    schema: type[C],
    arguments: list[str],
    running: list[C],
) -> None:
    """Let Hydra compose the settings and call ``main``, once or for every combination."""
    failures: list[BaseException] = []
    here = os.getpid()

    def job(composed: DictConfig) -> None:
        # An exception is carried around Hydra, which would print lines of its own about it; one in
        # a job of another process is carried here by the launcher.
        if failures:
            return
        try:
            running.append(to_dataclass(composed, schema))
            main(running[-1])
        except BaseException as error:
            if os.getpid() != here:
                raise
            failures.append(error)

    register()
    if any(argument.startswith("-") for argument in arguments):
        with _arguments_and_full_errors(arguments):
            hydra.main(version_base="1.3", config_path="pkg://conf", config_name=config_name)(job)()
    else:
        # The same in half the time: hydra.main composes once more to see that this is no sweep.
        with hydra.initialize_config_module("conf", version_base="1.3"):
            composed = hydra.compose(config_name, arguments)
        job(composed)
    if failures:
        raise failures[0]


@contextmanager
def _arguments_and_full_errors(arguments: list[str]) -> Iterator[None]:
    """Hand Hydra its arguments, and have it raise errors instead of printing them."""
    before, flag = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [before[0], *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = before
        os.environ.pop("HYDRA_FULL_ERROR")
        if flag is not None:
            os.environ["HYDRA_FULL_ERROR"] = flag


def compose(command: str, overrides: Sequence[str]) -> Any:
    """The settings of a command with these values, for Python that does without a command line.

    Args:
        command: a file in ``conf/``: ``"config"`` are the settings of ``lfm.train``.
        overrides: as they are given to the command.

    Raises:
        UserError: for a setting that the command does not have, or a value out of range.
    """
    register()
    with hydra.initialize_config_module("conf", version_base="1.3"):
        composed = hydra.compose(command, list(overrides))
    return to_dataclass(composed, COMMANDS[command])


def to_dataclass(composed: DictConfig, schema: type[C]) -> C:
    """The composed settings as the command's dataclass, checked.

    Raises:
        UserError: for a setting that the schema does not have, or a value out of range.
        OmegaConfBaseException: for a value that is missing or of the wrong type.
    """
    _refuse_unknown(composed, schema, "")
    return cast(C, OmegaConf.to_object(composed))


def _refuse_unknown(node: DictConfig, schema: type[Any], prefix: str) -> None:
    """Refuse keys added with ``+`` or ``++``, which Hydra accepts and dataclasses would drop."""
    known = get_type_hints(OmegaConf.get_type(node) or dict)
    for key in map(str, node):
        if key not in known:
            raise UserError(_unknown(f"{prefix}{key}", schema))
        child = None if OmegaConf.is_missing(node, key) else node[key]
        if isinstance(child, DictConfig):
            _refuse_unknown(child, schema, f"{prefix}{key}.")
        if isinstance(child, ListConfig) and any(map(OmegaConf.is_config, child)):
            raise UserError(_no_list(f"{prefix}{key}"))  # OmegaConf lets it pass for a word


def _checked(arguments: list[str], schema: type[Any]) -> list[str]:
    """The arguments for Hydra, after refusing what Hydra would answer in riddles."""
    flags = [argument for argument in arguments if argument.startswith("-")]
    for flag in flags:
        if flag.partition("=")[0] not in _HYDRA_FLAGS:
            name = flag.lstrip("-").partition("=")[0]
            raise UserError(f"{flag}: settings are written without dashes: {name}=...")
    if flags and flags[0] not in ("-m", "--multirun"):
        return arguments
    overrides = [argument for argument in arguments if not argument.startswith("-")]
    known = setting_fields(schema)
    return flags + [_checked_override(text, schema, known, bool(flags)) for text in overrides]


def _checked_override(text: str, schema: type[Any], known: Container[str], multirun: bool) -> str:
    """One ``name=value`` for Hydra; ``policy=X`` becomes ``policy.path=X`` where X is a folder."""
    override = OverridesParser.create().parse_overrides([text])[0]
    name = override.key_or_group
    if override.is_hydra_override():
        return text
    hint = get_type_hints(schema).get(name.partition(".")[0])
    if hint is None or override.package is not None or "/" in name:
        raise UserError(_unknown(name, schema))
    if override.is_delete():
        raise UserError(f"{text}: a setting cannot be taken away; give it a value: {name}=...")
    if override.is_sweep_override() and not multirun:
        raise UserError(
            f"{text}: several values need --multirun; a comma that belongs to the value needs "
            f"quotes: \"{name}='...'\""
        )
    if is_model_folder(hint):
        return text if "." in name else text.replace(name, f"{name}.path", 1)
    if name.rpartition(".")[0] in known:  # a part of a list, say
        raise UserError(_unknown(name, schema))
    if name in GROUPS or name == "experiment":
        _check_group_choice(override, text)
    return text


def _check_group_choice(override: Override, text: str) -> None:
    """Refuse ``+env=...`` and ``env=[...]``; a wrong name is refused when Hydra looks it up."""
    name = override.key_or_group
    words = override.is_sweep_override() or isinstance(override.value(), (str, dict))
    if override.is_add() or override.is_force_add() or not words:
        options = ", ".join(_options(name))
        raise UserError(f"{text}: write {name}=... with one of {options}.")


def _options(group: str) -> list[str]:
    """The yaml files of a folder in ``conf/``, without their ending."""
    names = [entry.name for entry in (resources.files("conf") / group).iterdir()]
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def _unknown(name: str, schema: type[Any]) -> str:
    known = setting_fields(schema)
    if name in known:
        group = name.partition(".")[0]
        return f"{name}: with the {group}=... that was chosen there is no such setting."
    meant = suggestion(name, list(known))
    return f"{name}: there is no such setting;{meant or ' --help lists them all.'}"


def _no_list(name: str) -> str:
    return f"{name}: this is not {kind_of_value(list[str])}."


def _explain(error: Exception, schema: type[Any]) -> str:
    """One sentence for an error of Hydra's or OmegaConf's."""
    if isinstance(error, OverrideParseException):
        return _explain_syntax(error.override)
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        return f"{group}: there is no {option!r}; choose one of {', '.join(_options(group))}."
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        return _explain_value(cause, schema)
    return " ".join(str(error).split()) + " (--help lists all settings.)"


def _explain_syntax(text: str) -> str:
    name, equals, value = text.partition("=")
    if not equals:
        return f"{text}: not understood; settings are written name=value, as in env=alfworld."
    return (
        f"{name}: the value {value} is not understood; a value with =, commas, spaces, quotes or "
        f"brackets needs quotes inside quotes: \"{name}='...'\""
    )


def _explain_value(cause: OmegaConfBaseException, schema: type[Any]) -> str:
    """A key that does not exist, a value of the wrong type, or none where there must be one."""
    name = str(cause.full_key)
    leaf = name.rpartition(".")[2]
    if cause.object_type is list:  # and something else was to be merged with it
        return _no_list(name)
    hints = get_type_hints(cause.object_type) if isinstance(cause.object_type, type) else {}
    if source := re.search(r"Missing mandatory value: ([\w.]+)", str(cause.msg)):
        name = source[1]  # which is where an interpolation looked
    if source or isinstance(cause, MissingMandatoryValue):
        name = name.removesuffix(".path")
        what = flat_settings(schema).get(name) or f"one of {', '.join(_options(name))}"
        return f"{name}: must be given, as {name}=...; {what.rstrip('.')}."
    if leaf not in hints:
        return _unknown(name, schema)
    if isinstance(cause, InterpolationResolutionError):
        return f"{name}: {str(cause.msg).splitlines()[0]}; write the value itself."
    quoted = re.search(r"alue '(.*?)'", str(cause.msg), flags=re.DOTALL)
    value = repr(quoted[1]) if quoted else "null"
    if get_origin(hints[leaf]) is list:
        value = "this"  # OmegaConf does not say what was written
    return f"{name}: {value} is not {kind_of_value(hints[leaf])}."


def _show_help(config_name: str, arguments: list[str]) -> None:
    """Print what can be set, with the values it has with the groups that the arguments choose."""
    register()
    with hydra.initialize_config_module("conf", version_base="1.3"):
        composed = hydra.compose(config_name)
        choices = [text for text in arguments if _is_choice(text, composed)]
        composed = hydra.compose(config_name, choices)
    lines = (resources.files("conf") / f"{config_name}.yaml").read_text("utf-8").splitlines()
    console = Console(highlight=False)
    for line in lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))]:
        console.print(line.removeprefix("#").removeprefix(" "), markup=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for group in [name for name in (*GROUPS, "experiment") if name in composed]:
        if not _is_model_folder(composed, group):
            table.add_row(f"{group}=...", "one of: " + ", ".join(_options(group)))
    for name, doc in flat_settings(COMMANDS[config_name]).items():
        value = OmegaConf.select(composed, name)
        if not name.endswith(".name") and name != "experiment":
            shown = "" if value is None else getattr(value, "name", value)
            shown = "..." if "\n" in str(shown) else shown
            table.add_row(Text(f"{name}={shown}"), Text(doc))
    console.print()
    console.print(table)


def _is_choice(text: str, composed: DictConfig) -> bool:
    """Whether an argument chooses a file of a group."""
    group, _, option = text.partition("=")
    return (
        group in (*GROUPS, "experiment")
        and group in composed
        and not _is_model_folder(composed, group)
        and option in _options(group)
    )


def _is_model_folder(composed: DictConfig, name: str) -> bool:
    return is_model_folder(OmegaConf.get_type(composed, name))
