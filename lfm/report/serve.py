"""The report, served to a browser on this machine, where a person's verdicts are kept.

Only this machine can reach it, and only who knows the address, which has a random word in it. What
other pages of the same browser send is refused: their requests name another origin or host.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from envs.errors import UserError
from lfm.comparison import Opinion
from lfm.corrections import (
    PRODUCTIVE,
    UNPRODUCTIVE,
    Correction,
    Known,
    Overlay,
    fitting,
    run_episodes,
    standing,
)
from lfm.manifest import now
from lfm.progress import say
from lfm.report.page import Served, corrections_json, render, write_report
from lfm.report.people import critics_words

_LOOPBACK = "127.0.0.1"
_LONGEST = 64_000
"""Bytes of a request."""
_ASKED = {"episode", "step", "new", "note", "blind", "queue"}
"""What a page says of a verdict; the rest the server knows."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Answer(NamedTuple):
    """What is sent back.

    Attributes:
        status: of HTTP.
        kind: of the body.
        body: bytes.
    """

    status: HTTPStatus
    kind: str
    body: bytes


def _json(value: object) -> Answer:
    return Answer(HTTPStatus.OK, "application/json", json.dumps(value).encode())


def _refusal(status: HTTPStatus, reason: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", reason.encode())


class Desk:
    """Takes down one person's verdicts on the steps of a run.

    Args:
        overlay: where they are kept.
        known: the run's episodes.
        critic: what the critic said.
        who: the person.
    """

    def __init__(
        self, overlay: Overlay, known: Mapping[str, Known], critic: Opinion, who: str
    ) -> None:
        self.overlay = overlay
        self._known = known
        self._critic = critic
        self._who = who
        self._lock = threading.Lock()
        self.taken = 0

    @property
    def corrections(self) -> list[Correction]:
        """All verdicts on the run's episodes."""
        return fitting(self.overlay.corrections, self._known)

    def take(self, asked: object) -> Correction:
        """Keep what a page says of a step; when this returns it is on the disk.

        Raises:
            ValueError: if it makes no sense, or is about a step that the run does not have.
            UserError: if it cannot be written.
        """
        if not isinstance(asked, dict) or asked.keys() != _ASKED:
            raise ValueError(f"the keys must be {', '.join(sorted(_ASKED))}")
        episode = self._known.get(str(asked["episode"]))
        if episode is None:
            raise ValueError("the run has no such episode")
        with self._lock:
            made = Correction(
                **asked, who=self._who, when=now(), digest=episode.digest, old=self._old(asked)
            )
            if made.step > episode.steps:
                raise ValueError("the episode has no such step")
            self.overlay.append(made)
            self.taken += 1
        return made

    def _old(self, asked: Mapping[str, Any]) -> str | None:
        place = str(asked["episode"]), asked["step"]
        stood = standing(each for each in self.corrections if each.place == place)
        if place in stood:
            return stood[place].new
        word = self._critic.get(place)
        return None if word is None else PRODUCTIVE if word else UNPRODUCTIVE


class _Handler(BaseHTTPRequestHandler):
    """Answers a browser."""

    server: Server
    timeout = 60

    def do_GET(self) -> None:
        """The page, or the verdicts."""
        self._answer(self._refused() or self._found())

    def do_POST(self) -> None:
        """A verdict."""
        self._answer(self._refused() or self._taken())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the address has the secret word."""

    def _refused(self) -> Answer | None:
        """Refuse who does not know the address, and names that other machines made up for it."""
        if self.headers.get("Host") not in self.server.hosts:
            return _refusal(HTTPStatus.FORBIDDEN, "open the address that the command has printed")
        word = self.path.lstrip("/").partition("/")[0]
        if not secrets.compare_digest(word.encode(), self.server.word.encode()):
            return _refusal(HTTPStatus.NOT_FOUND, "open the address that the command has printed")
        return None

    def _found(self) -> Answer:
        if self.path == f"/{self.server.word}/":
            return Answer(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)
        if self.path == f"/{self.server.word}/corrections":
            return _json(corrections_json(self.server.desk.corrections))
        return _refusal(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _taken(self) -> Answer:
        size = self.headers.get("Content-Length", "")
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            return _refusal(HTTPStatus.FORBIDDEN, "only the report itself may send verdicts")
        if self.path != f"/{self.server.word}/corrections":
            return _refusal(HTTPStatus.NOT_FOUND, "there is nothing here")
        if not size.isdecimal() or int(size) > _LONGEST:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this is too long")
        try:
            made = self.server.desk.take(json.loads(self.rfile.read(int(size))))
        except ValueError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        except UserError as error:
            return _refusal(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        return _json(corrections_json([made])[0])

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)


class Server(ThreadingHTTPServer):
    """Serves one run's report on this machine alone.

    Args:
        port: 0 = any that is free.
        page: the report.
        desk: takes down verdicts.

    Attributes:
        word: the random word of the address.
        hosts: by what names it may be called.
        address: where the page is.

    Raises:
        UserError: if the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, page: bytes, desk: Desk) -> None:
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except OSError as error:
            raise UserError(
                f"port: {port} cannot be used ({error.strerror}); choose another, or 0 for any"
            ) from error
        self.page, self.desk = page, desk
        self.word = secrets.token_urlsafe(16)
        self.hosts = {f"{name}:{self.server_port}" for name in (_LOOPBACK, "localhost")}
        self.address = f"http://{_LOOPBACK}:{self.server_port}/{self.word}/"


def serve(run_directory: Path, port: int, who: str, *, blind: bool) -> None:
    """Serve the report of a run until Ctrl-C; then write it anew, with the verdicts.

    Args:
        run_directory: the run.
        port: 0 = any that is free.
        who: who judges.
        blind: hide what was said of a step until it is judged.

    Raises:
        UserError: if a file of the run is damaged or in use, or the port is taken.
    """
    known = run_episodes(run_directory)
    page = render(run_directory, Served(who, blind)).encode()
    with closing(Overlay(run_directory)) as overlay:
        desk = Desk(overlay, known, critics_words(run_directory), who)
        with Server(port, page, desk) as server:
            try:
                say(f"Open {server.address} in a browser on this machine. Ctrl-C ends it.")
                server.serve_forever()
            except KeyboardInterrupt:
                say(f"Added to {overlay.path}: {desk.taken:,} by {who}")
    if desk.taken:
        write_report(run_directory)
