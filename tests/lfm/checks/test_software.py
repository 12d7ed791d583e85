from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from lfm.checks.software import PYTHONS, as_tested, packages, python, wandb_login

TORCH = metadata.version("torch").partition("+")[0]


@pytest.mark.parametrize("version", ["3.10.2", "3.13.9"])
def test_pythons_that_will_do(version: str) -> None:
    assert python(version).status == "ok"


@pytest.mark.parametrize("version", ["3.9.18", "3.14.0"])
def test_pythons_that_will_not(version: str) -> None:
    found = python(version)
    assert found.fatal
    assert version in found.found
    assert "python3.11 -m venv" in found.fix


def test_pythons_are_those_of_the_package() -> None:
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8")
    (said,) = re.findall(r'^requires-python = "(.*)"$', project, flags=re.MULTILINE)
    assert SpecifierSet(said) == PYTHONS


def test_packages_are_compared_with_what_is_required() -> None:
    required = [
        "torch>=1.0",
        "numpy<1.0",
        "no-such-package-of-lfm>=3",
        "neither-is-this; python_version < '3.0'",
        "nor-this; extra == 'test'",
    ]
    found = packages(required)
    assert found.fatal
    assert found.found == (
        f"numpy {metadata.version('numpy')}, no-such-package-of-lfm is not there"
    )
    assert found.fix.endswith("'numpy<1.0' 'no-such-package-of-lfm>=3'")
    assert packages(required[:1]).status == "ok"


def test_other_versions_than_the_tested_are_named_and_do_no_harm() -> None:
    lines = ["# the tested set", "", "numpy==0.1", "not-installed==3.0", f"torch=={TORCH}"]
    found = as_tested(lines)
    assert (found.status, found.fatal) == ("wrong", False)
    assert found.found == f"numpy {metadata.version('numpy')} for ==0.1"
    assert as_tested(lines[3:]).status == "ok"  # torch's build, such as +cpu, is no other version


def test_a_key_of_wandb_is_found_and_never_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(file))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    assert wandb_login().status == "missing"
    file.write_text("machine api.wandb.ai login user password sesame")
    assert wandb_login().status == "ok"
    assert "sesame" not in str(wandb_login())
    file.write_text("machine machine sesame")
    assert wandb_login().status == "wrong"
    assert "sesame" not in str(wandb_login())
    monkeypatch.setenv("WANDB_API_KEY", "sesame")
    assert wandb_login().status == "ok"
    assert "sesame" not in str(wandb_login())
