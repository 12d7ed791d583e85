"""Many requests in flight at once, from a caller that knows nothing of event loops."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Any

from envs.errors import UserError
from lfm.chat.base import Answer, Failure, Usage
from lfm.chat.cache import Ticket
from lfm.chat.desk import Outcome, Till

AskOne = Callable[[Ticket], Awaitable[Answer | Failure]]
"""Answers one request, or says why not; ``UserError`` if no request can be answered."""

Session = Callable[["Crowd"], Coroutine[Any, Any, None]]
"""Opens what is needed, such as a connection, and calls :meth:`Crowd.answer_all`."""


class Crowd:
    """Requests that are answered side by side.

    Args:
        tickets: what to ask.
        till: says whether one more call may begin.
        size: calls in flight, at most.

    Attributes:
        stopped: set when nobody wants further answers: no call begins any more.
    """

    def __init__(self, tickets: Sequence[Ticket], till: Till, size: int) -> None:
        self.stopped = asyncio.Event()
        self._till = till
        self._size = size
        self._waiting = deque(tickets)
        self._flying: dict[asyncio.Task[Answer | Failure], tuple[Ticket, Usage]] = {}
        self._outcomes: SimpleQueue[Outcome | BaseException | None] = SimpleQueue()
        self._fatal: UserError | None = None

    def outcomes(self, session: Session) -> Generator[Outcome]:
        """Run a session in a thread of its own; closing this waits for the calls in flight.

        Raises:
            UserError: if no request can be answered, after all in flight have ended.
        """
        loop = asyncio.new_event_loop()
        thread = Thread(target=self._run, args=(loop, session), name="chat", daemon=True)
        thread.start()
        try:
            while (outcome := self._outcomes.get()) is not None:
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            loop.call_soon_threadsafe(self.stopped.set)
            thread.join()
            loop.close()

    def _run(self, loop: asyncio.AbstractEventLoop, session: Session) -> None:
        try:
            loop.run_until_complete(session(self))
            loop.run_until_complete(loop.shutdown_default_executor())
            self._outcomes.put(self._fatal)
        except BaseException as error:  # whatever it is belongs into the caller's thread
            self._outcomes.put(error)

    async def answer_all(self, ask: AskOne) -> None:
        """Ask everything, as much at once as size and budget allow."""
        while self._waiting or self._flying:
            if self.stopped.is_set():
                self._waiting.clear()
            self._begin(ask)
            if self._flying:
                done, _ = await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._end(task)

    def _begin(self, ask: AskOne) -> None:
        """Begin calls while there is room; when nothing fits any more, report the rest."""
        while self._waiting and len(self._flying) < self._size:
            held = self._till.hold(self._waiting[0])
            if held is not None:
                ticket = self._waiting.popleft()
                self._flying[asyncio.ensure_future(ask(ticket))] = (ticket, held)
            elif self._flying:
                return  # one of them may use less than was set aside
            else:
                while self._waiting:
                    self._outcomes.put((self._waiting.popleft(), self._till.unasked()))

    def _end(self, task: asyncio.Task[Answer | Failure]) -> None:
        ticket, held = self._flying.pop(task)
        self._till.release(held)
        try:
            self._outcomes.put((ticket, task.result()))
        except UserError as error:
            self._fatal = error
            self._waiting.clear()
            self.stopped.set()
