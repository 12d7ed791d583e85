"""The wheel in an empty environment without a compiler, outside the checkout: what users get."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("lfm", "envs", "policies", "conf")

pytestmark = pytest.mark.timeout(900)


def _run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run in ``folder``, with a compiler that fails and nothing of ours to be found."""
    own = ("PYTHONPATH", "ALFWORLD_DATA")
    env = {key: value for key, value in os.environ.items() if key not in own}
    env |= {"CC": "false", "CXX": "false", "WANDB_MODE": "offline"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def _succeed(command: list[str | Path], folder: Path) -> str:
    done = _run(command, folder)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; built from a copy, because a build leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns(".*", "build", "runs", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, folder / "copy", ignore=left_out)
    _succeed([sys.executable, "-m", "build", "-w", "-o", folder, folder / "copy"], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("venv")
    _succeed([sys.executable, "-m", "venv", folder / "venv"], folder)
    python = folder / "venv" / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    install = [python, "-m", "pip", "install", "-q", "--no-compile", "-c", constraints, wheel]
    _succeed(install, folder)
    return python


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tops = {name.partition("/")[0] for name in names}
    assert tops == set(PACKAGES)
    texts = (".py", ".yaml", ".json", ".html", ".css", ".js", ".jinja", ".typed")
    suffixes = (*texts, ".java", ".class")
    in_checkout = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.suffix in suffixes or file.name == "py.typed"
    }
    assert in_checkout == names


def test_packages_are_found_in_the_environment(python: Path, tmp_path: Path) -> None:
    program = f"import {', '.join(PACKAGES)}; print(lfm.__file__, *envs.__path__, conf.__file__)"
    found = _succeed([python, "-c", program], tmp_path).split()
    assert all(Path(file).is_relative_to(python.parents[1]) for file in found), found


def test_first_command_runs_anywhere(python: Path, tmp_path: Path) -> None:
    command = [python, "-m", "lfm.train", "env=alfworld", "experiment=smoke"]
    _succeed(command, tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"runs"}
    (run,) = (tmp_path / "runs" / "smoke").iterdir()
    assert (run / "results.json").is_file()
    assert (run / "report.html").is_file()


def test_reference_engine_says_what_to_install(python: Path, tmp_path: Path) -> None:
    command = ["lfm.evaluate", "policy=expert", "env.engine=textworld", "env.games=1"]
    done = _run([python, "-m", *command], tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "pip install" in done.stderr
    assert "[alfworld]" in done.stderr
