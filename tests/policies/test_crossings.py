"""How many crossings words tell of: those to be passed, and the one that is come to."""

from __future__ import annotations

import pytest

from policies.crossings import told_crossings


@pytest.mark.parametrize(
    ("text", "passed", "reached"),
    [
        ("", 0, 0),
        ("Turn left.", 0, 0),
        ("Go to the light and turn left.", 0, 1),
        ("Go through two lights and turn left at the next intersection.", 2, 3),
        ("Pass the first light. At the second light turn left.", 1, 2),
        ("Go through the next 3 sets of lights and take a left at the following light.", 3, 4),
        ("Pass a light with a bank. Turn left at the light.", 1, 2),
        ("At the 3rd intersection, left. The light has two banks.", 0, 3),
        ("Go through one more light, then through another two lights.", 3, 3),
        ("Walk to a 4-way intersection, then two-thirds of the way down.", 0, 1),
        ("Go 3/4 to the light and stop a step or two before the light.", 0, 1),
        ("Go through three lights, passing a bank before the 2nd light. Stop after the 3rd.", 3, 3),
        ("Go to the light, go through it and stop before the second light.", 1, 2),
        ("Pass two streets on your right, cross the street, then walk three blocks.", 6, 6),
        ("Go to the corner. A bank is on the corner.", 0, 1),
        ("Go through the light to the end of the block.", 1, 2),
        ("Go through both lights and at the third, turn left.", 2, 3),
        ("Go through two lights and at the second turn left.", 1, 2),
        ("Go through a light, pass the next one and turn left at the one after that.", 2, 3),
        ("Pass two lights one after another.", 2, 2),
        ("Walk to the light with 4th Street Deli on the corner.", 0, 1),
        ("Take the second right.", 0, 2),
        ("Pass an intersection and take the next left.", 1, 2),
        ("Walk down the street along the avenue. It is the second building.", 0, 0),
        ("Go through a light and stop. If you reach another light you have gone too far.", 1, 1),
    ],
)
def test_crossings_that_are_told(text: str, passed: int, reached: int) -> None:
    assert told_crossings(text) == (passed, reached)
