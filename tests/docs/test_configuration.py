"""The page of all settings is what the dataclasses and yaml files say."""

from __future__ import annotations

from docs.make_configuration import PAGE, configuration
from lfm.schemas import COMMANDS
from lfm.settings import flat_settings


def test_the_page_is_current() -> None:
    written = PAGE.read_text("utf-8")
    assert written == configuration(), "write it again: python -m docs.make_configuration"


def test_every_setting_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    names = {name for schema in COMMANDS.values() for name in flat_settings(schema)}
    elsewhere = {"recipe.adaptation.": "adaptation.", "recipe.judging.": "prompt."}
    for group, shown_as in elsewhere.items():
        names = {name.replace(group, shown_as) for name in names}
    assert [name for name in names if f"`{name}`" not in page and not name.endswith(".name")] == []
