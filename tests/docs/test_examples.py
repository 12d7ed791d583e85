"""The examples in docstrings give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.docs.blocks import ROOT

MODULES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for package in ("lfm", "envs", "policies", "experiments")
    for file in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in file.read_text("utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_give_what_they_say(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.attempted
    assert found.failed == 0
