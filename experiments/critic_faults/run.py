"""A job of a critic's windows through a faulty proxy, in front of a real server.

    python -m experiments.critic_faults.run

A small chat model is made on the spot and served by ``transformers serve``. Before it stands a
gateway that counts what the server answers and repeats answers to a repeated ``Idempotency-Key``;
before that, a proxy that spoils calls: each fault in turn at 30 %, then all at once, each at 30 %.
The last line is ``windows N resolved N lost 0 paid_twice 0``: of all windows, how many have an
answer, how many have none (every fault here passes, so there is no excuse), and how many answers
the server gave beyond one for each window.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from envs.files import write_text
from experiments.command import argument_parser
from experiments.critic_faults.gateway import Gateway, Upstream, forward
from experiments.critic_faults.job import MODEL, endpoint, requests
from experiments.critic_faults.proxy import AFTER, BEFORE, FAULTS, FaultyProxy, at_rate
from experiments.critic_faults.served import served
from experiments.critic_faults.tiny import make_tiny_chat_model
from experiments.critic_faults.web import serving
from experiments.markdown import table, with_figures
from lfm.chat.base import Answer
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.chat.openai import OpenAIEngine

PAGE = Path(__file__).with_name("README.md")
"""The page of the experiment."""

BEGIN = "<!-- figures: written by experiments.critic_faults.run -->"
"""The mark before the figures of the page."""

_CONCURRENCY = 16
_TIMEOUT = 2.0
"""Seconds. What the server needs longer for it goes on with; the next try gets that answer."""


class Outcome(NamedTuple):
    """What became of one job."""

    what: str
    windows: int
    answered: int
    reported: int
    """Windows without an answer, of which it is known why."""
    faults: int
    paid_twice: int
    seconds: float
    again: int
    """Calls of the same job, run once more."""


def job(
    what: str, upstream: Upstream, faults: Sequence[str], rate: float, windows: int, *, keys: bool
) -> Outcome:
    """Do a job through the proxy, and once more.

    Args:
        what: its name in the table.
        upstream: the server.
        faults: what goes wrong.
        rate: the part of the calls that each of them befalls.
        windows: how many requests.
        keys: whether the gateway repeats answers to a repeated ``Idempotency-Key``.
    """
    gateway = Gateway(upstream, idempotent=keys)
    proxy = FaultyProxy(gateway, at_rate(faults, rate), seed=0)
    began = time.monotonic()
    with serving(proxy) as url, tempfile.TemporaryDirectory() as folder:
        timeout = _TIMEOUT if keys else 60.0  # nobody goes on with what a client gave up
        engine = OpenAIEngine(endpoint(url, _CONCURRENCY, timeout))
        desk = Desk(engine, Database(Path(folder) / "chat.sqlite"), what)
        outcomes = dict(desk.ask(requests(windows), what))
        seconds, paid_twice = time.monotonic() - began, gateway.paid_twice
        before = gateway.paid.total()
        again = dict(desk.ask(requests(windows), what))
        desk.close()
    answered = [number for number, each in outcomes.items() if isinstance(each, Answer)]
    kept = [number for number, each in again.items() if isinstance(each, Answer) and each.cached]
    assert set(answered) <= set(kept)
    return Outcome(
        what,
        windows,
        len(answered),
        len(outcomes) - len(answered),
        proxy.happened.total(),
        paid_twice,
        seconds,
        gateway.paid.total() - before,
    )


def jobs(upstream: Upstream, rate: float, windows: int) -> tuple[list[Outcome], list[Outcome]]:
    """All jobs: those before a gateway that knows the key, and those before one that does not."""
    told = Console(stderr=True, highlight=False)

    def done(what: str, faults: Sequence[str], *, keys: bool) -> Outcome:
        outcome = job(what, upstream, faults, rate, windows, keys=keys)
        told.print(outcome)
        return outcome

    known = [done("none", (), keys=True), *(done(fault, (fault,), keys=True) for fault in FAULTS)]
    known.append(done("all of them at once", FAULTS, keys=True))
    no_stall = [fault for fault in BEFORE if fault != "stall"]
    unknown = [
        done(
            f"all that keep a request from the server: {', '.join(no_stall)}", no_stall, keys=False
        ),
        done(f"broken responses: {', '.join(AFTER[:3])}", AFTER[:3], keys=False),
    ]
    return known, unknown


def figures(known: Sequence[Outcome], unknown: Sequence[Outcome], rate: float) -> str:
    """Both tables, as Markdown."""
    head = (
        *("fault", "windows", "answered", "reported", "faults met"),
        *("paid twice", "seconds", "answers paid for when run again"),
    )

    def rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
        return [
            [each.what, *map(str, each[1:6]), f"{each.seconds:.0f}", str(each.again)]
            for each in outcomes
        ]

    first = table(
        head, rows(known), f"Each fault befalls {rate:.0%} of the calls. The gateway knows the key:"
    )
    note = "The same with a server that knows no `Idempotency-Key`:"
    return f"{first}\n\n{table(head, rows(unknown), note)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do all jobs; returns 1 if a window has no answer or paid for twice behind the gateway."""
    parser = argument_parser(__doc__)
    parser.add_argument("--windows", type=int, default=40, help="in each job")
    parser.add_argument("--rate", type=float, default=0.3, help="of each fault")
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / MODEL
        make_tiny_chat_model(model)
        with served(model, Path(folder) / "server.log") as url:
            known, unknown = jobs(forward(url), options.rate, options.windows)
    tables = figures(known, unknown, options.rate)
    if options.readme:
        write_text(PAGE, with_figures(PAGE.read_text("utf-8"), tables, BEGIN))
    windows = sum(each.windows for each in known)
    resolved = sum(each.answered for each in known)
    twice = sum(each.paid_twice for each in known)
    last = f"windows {windows} resolved {resolved} lost {windows - resolved} paid_twice {twice}"
    sys.stdout.write(f"{tables}\n\n{last}\n")
    return int(resolved < windows or twice > 0)


if __name__ == "__main__":
    sys.exit(main())
