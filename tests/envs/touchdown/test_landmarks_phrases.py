from __future__ import annotations

from pathlib import Path

import pytest

from envs.errors import UserError
from envs.touchdown.landmarks.phrases import noun_phrases, phrases_of, read_phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (
            "Turn left at the light and walk past a big red brick building with black awnings.",
            ["the light", "a big red brick building", "black awnings"],
        ),
        (
            "You'll pass two trash cans; stop just before the stop sign, it's near a bus stop.",
            ["two trash cans", "the stop sign", "a bus stop"],
        ),
        ("There's a Joe's Pizza to your left, don't go slowly.", ["a joe's pizza"]),
        ("Turn right, then left. Stop at the end of the block, on the right side.", []),
        ("The red door. Go to the red door!", ["the red door"]),
        ("one two three four five six seven eight nine", []),
        ("", []),
    ],
)
def test_what_an_instruction_speaks_of(text: str, phrases: list[str]) -> None:
    assert noun_phrases(text) == phrases


def test_phrases_of_many_texts_come_once_and_in_order() -> None:
    assert phrases_of(["Pass the van and a cart.", "Pass the van."]) == ["a cart", "the van"]


def test_phrases_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "phrases.txt"
    file.write_text("a red van\n\n  the café \na red van\n", encoding="utf-8")
    assert read_phrases(file) == ["a red van", "the cafe"]
    file.write_text("\n")
    with pytest.raises(UserError, match=r"phrases\.txt has no phrase"):
        read_phrases(file)
    with pytest.raises(UserError, match="cannot read the phrases in"):
        read_phrases(tmp_path)
