"""A server of chat completions that judges by a rule, so that a run can ask it."""

from __future__ import annotations

import json
import re
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.end_to_end.loopback import at_work, send_json

PRODUCTIVE = ("take", "move", "open", "clean", "heat", "cool", "use", "go to shelf")
"""What the server calls productive: actions that begin so."""
_STEP = re.compile(r"^Step (\d+)\nAction: (.*)$", re.MULTILINE)


def judged(prompt: str) -> str:
    """The server's words on the steps that the prompt ``structured`` tells."""
    steps = [
        {
            "step": int(step),
            "reason": f"it did {action}",
            "productive": action.startswith(PRODUCTIVE),
        }
        for step, action in _STEP.findall(prompt)
    ]
    return json.dumps({"steps": steps, "summary": "It acts.", "suggestion": "Act faster."})


class ChatServer(ThreadingHTTPServer):
    """Counts what it is asked.

    Attributes:
        requests: the bodies of all requests so far.
        keys: the keys that came with them.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_GET(self) -> None:
        send_json(self, {"object": "list", "data": [{"id": "ruler", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self.server.keys.add(self.headers["Authorization"].removeprefix("Bearer "))
        message = {"role": "assistant", "content": judged(body["messages"][-1]["content"])}
        answer = {
            "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 9, "total_tokens": 59},
        }  # fmt: skip
        send_json(self, answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def chat_server() -> AbstractContextManager[ChatServer]:
    """A server at work on this machine."""
    return at_work(ChatServer())
