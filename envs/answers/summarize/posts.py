"""Made-up posts, whose points are known because they were made of them."""

from __future__ import annotations

import random

from envs.answers.summarize.summary import Point, Summary

_WHO = "sister brother neighbour roommate colleague cousin uncle boss".split()
_DEEDS = "lost broke sold hid painted".split()
_THINGS = "bicycle laptop guitar camera tent jacket phone suitcase".split()
_USES = "an interview,a wedding,a concert,a journey,an exam,a race,a festival".split(",")
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_EXCUSES = "being tired,an old habit,bad luck,the rain,a misunderstanding".split(",")
_QUESTIONS = {
    "ask for money": "money",
    "call our parents": "parents",
    "rent another one": "rent",
    "stay silent": "silent",
    "forgive it all": "forgive",
}
_FILLERS = (
    "I have been reading here for years but never wrote anything.",
    "Sorry for my English, it is late.",
    "The weather has been strange all month, by the way.",
    "We have always got on well.",
    "My coffee is cold by now.",
    "I grew up in a small town, so this is new to me.",
    "A friend told me to write it down.",
    "Maybe I am just too sensitive.",
)


def make(draw: random.Random, task_id: str) -> Summary:
    """A post of four facts that matter, one that does not, and things beside the point."""
    who, deed, thing = draw.choice(_WHO), draw.choice(_DEEDS), draw.choice(_THINGS)
    use, day, excuse = draw.choice(_USES), draw.choice(_DAYS), draw.choice(_EXCUSES)
    question = draw.choice(list(_QUESTIONS))
    fillers = draw.sample(_FILLERS, 4)
    post = " ".join(
        (
            fillers[0],
            f"Last week my {who} {deed} my {thing}.",
            fillers[1],
            f"I need it for {use} on {day}.",
            fillers[2],
            f"The excuse was {excuse}.",
            fillers[3],
            f"Now I wonder whether I should {question}.",
        )
    )
    solution = f"My {who} {deed} my {thing}, which I need for {use}. Should I {question}?"
    points = (
        Point(f"that the {thing} is concerned and that somebody {deed} it", (deed, thing)),
        Point("what the question is", (_QUESTIONS[question],)),
        Point("who did it", (who,)),
        Point("what it is needed for", (use.split()[-1],)),
    )
    text = f"Title: What would you do about my {thing}?\n\nText: {post}"
    return Summary(task_id, "made up", text, solution, points)
