"""The one way in which this package imports the installed alfworld and textworld packages."""

from __future__ import annotations

import importlib
import os
import tempfile
from importlib import metadata
from types import ModuleType

from envs.errors import UserError

INSTALL_LINE = "pip install -c constraints.txt -e '.[alfworld]'"
_DATA = "ALFWORLD_DATA"


def original(name: str) -> ModuleType:
    """Import a module of alfworld, textworld or fast_downward (or one of ours that needs them).

    Importing alfworld creates the folder that ``ALFWORLD_DATA`` names, by default one in the
    home directory, and sets the variable. Here it does neither: the variable would make every
    later environment of the process look for official games there.

    Raises:
        UserError: the packages are not installed.
    """
    named = os.environ.get(_DATA)
    if named is None:
        os.environ[_DATA] = tempfile.gettempdir()
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise _not_installed(error) from error
    finally:
        if named is None:
            del os.environ[_DATA]


def textworld_version() -> str:
    """``"textworld-1.7.0"``: the installed version, found without importing anything.

    Raises:
        UserError: alfworld or textworld is not installed.
    """
    try:
        metadata.version("alfworld")
        return f"textworld-{metadata.version('textworld')}"
    except metadata.PackageNotFoundError as error:
        raise _not_installed(error) from error


def _not_installed(error: ImportError) -> UserError:
    return UserError(
        f"This needs the alfworld and textworld packages ({error}), which compile C++ when they "
        f"are installed; type: {INSTALL_LINE}"
    )
