"""A job of many requests, as a process of its own that can be measured and killed.

    python -m experiments.critic_faults.job URL CACHE REQUESTS CONCURRENCY

Prints, when it is through: answers, seconds of asking, seconds of a processor core that this took,
and the most memory held, in MB.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

from lfm.chat.base import Answer, Message, Request
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.chat.endpoint import Endpoint
from lfm.chat.openai import OpenAIEngine
from lfm.chat.retry import Patience

MODEL = "tiny"
"""Name under which everything here asks for a model."""


def requests(count: int, max_tokens: int = 16) -> list[Request]:
    """So many different questions, each as long as a short window."""
    return [
        Request(
            (
                Message("system", "You read what a player does and say whether it helps."),
                Message("user", f"Window {number}. " + "You open the drawer 1. " * 20),
            ),
            "faults/1",
            max_tokens,
            temperature=0.0,
        )
        for number in range(count)
    ]


def endpoint(url: str, concurrency: int, timeout: float = 60.0, tries: int = 1000) -> Endpoint:
    """An endpoint that is asked again soon, so that experiments do not take hours."""
    patience = Patience(first=0.02, longest=0.2)
    return Endpoint(url, MODEL, None, concurrency, timeout, tries, patience=patience)


def _most_memory() -> float:
    """Of this process so far, in MB; from Linux, whose count of a program starts with it."""
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


class Done(NamedTuple):
    """What a job came to."""

    answers: int
    seconds: float
    core_seconds: float
    """Of a processor core."""


def do(url: str, cache: str, count: int, concurrency: int) -> Done:
    """Ask so many questions, so many at a time."""
    desk = Desk(OpenAIEngine(endpoint(url, concurrency)), Database(Path(cache)), "job")
    began, busy = time.monotonic(), time.process_time()
    answers = sum(isinstance(each, Answer) for _, each in desk.ask(requests(count), "job"))
    done = Done(answers, time.monotonic() - began, time.process_time() - busy)
    desk.close()
    return done


def main(url: str, cache: str, count: int, concurrency: int) -> None:
    """Do the job and say what it came to."""
    done = do(url, cache, count, concurrency)
    told = f"{done.answers} {done.seconds:.3f} {done.core_seconds:.3f} {_most_memory():.1f}"
    sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
