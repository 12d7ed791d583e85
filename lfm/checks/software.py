"""Python, the packages, and whether Weights & Biases knows who is asking."""

from __future__ import annotations

import netrc
import os
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lfm.checks.finding import Finding

PYTHONS = SpecifierSet(">=3.10,<3.14")
"""As in ``pyproject.toml``."""
_CONSTRAINTS = "constraints.txt"
_CHECKOUT = Path(__file__).resolve().parents[2]
_SHOWN = 6
"""So many packages are named of those that are not as they should be."""


def software() -> Iterator[Finding]:
    """The findings on Python and packages."""
    yield python(platform.python_version())
    try:
        required = metadata.requires("lfm") or []
    except metadata.PackageNotFoundError:
        install = "pip install -c constraints.txt -e ."
        yield Finding("packages", "missing", "lfm runs, but pip did not install it", install)
    else:
        yield packages(required)
    if (constraints := _CHECKOUT / _CONSTRAINTS).is_file():
        yield as_tested(constraints.read_text("utf-8").splitlines())
    yield wandb_login()


def python(version: str) -> Finding:
    """Whether this Python is one that LFM runs on."""
    if version in PYTHONS:
        return Finding("Python", "ok", version, needed=True)
    fix = (
        "make an environment with Python 3.11, and install there: "
        "python3.11 -m venv .venv && . .venv/bin/activate"
    )
    return Finding("Python", "wrong", f"{version}, not {PYTHONS}", fix, needed=True)


def packages(required: Iterable[str]) -> Finding:
    """Whether all packages are there, in versions that will do.

    Args:
        required: as in a package's metadata; those of extras play no part.
    """
    wanted = [each for each in map(Requirement, required) if _applies(each)]
    bad = {each: _version(each.name) for each in wanted if not _meets(each)}
    if not bad:
        return Finding("packages", "ok", f"{len(wanted)} required, all here", needed=True)
    found = ", ".join(f"{each.name} {version or 'is not there'}" for each, version in bad.items())
    names = " ".join(f"'{each.name}{each.specifier}'" for each in bad)
    return Finding("packages", "wrong", found, f"pip install {_constrained()}{names}", needed=True)


def as_tested(constraints: Iterable[str]) -> Finding:
    """Whether what is installed is what the tests ran with.

    Args:
        constraints: lines of the file with the tested versions.
    """
    pinned = [Requirement(line) for line in constraints if line.strip() and line[0] != "#"]
    pinned = [each for each in pinned if _applies(each)]
    others = [each for each in pinned if _version(each.name) and not _meets(each)]
    if not others:
        return Finding("tested versions", "ok", f"all as in {_CONSTRAINTS}")
    named = [f"{each.name} {_version(each.name)} for {each.specifier}" for each in others[:_SHOWN]]
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    fix = f"only where something goes wrong: pip install -c {_CONSTRAINTS} -e ."
    return Finding("tested versions", "wrong", ", ".join(named) + more, fix)


def wandb_login() -> Finding:
    """Whether there is a key for Weights & Biases; it is not read, let alone shown."""
    name = "Weights & Biases"
    if os.environ.get("WANDB_API_KEY"):
        return Finding(name, "ok", "a key in WANDB_API_KEY")
    file = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        if file.is_file() and netrc.netrc(str(file)).authenticators("api.wandb.ai"):
            return Finding(name, "ok", f"a key in {file.name}")
    except netrc.NetrcParseError as error:
        return Finding(name, "wrong", f"{file.name} cannot be read", f"mend {error.filename}")
    fix = "only for logger=wandb: wandb login, or logger.mode=offline, which needs no account"
    return Finding(name, "missing", "not logged in", fix)


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _meets(requirement: Requirement) -> bool:
    version = _version(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _version(package: str) -> str | None:
    """The installed version, without what says how it was built (``+cpu``)."""
    try:
        return Version(metadata.version(package)).public
    except metadata.PackageNotFoundError:
        return None


def _constrained() -> str:
    return f"-c {_CONSTRAINTS} " if (_CHECKOUT / _CONSTRAINTS).is_file() else ""
