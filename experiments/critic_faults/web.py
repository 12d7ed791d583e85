"""As much of HTTP/1.1 as a server needs that shall break its own responses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Any

_REASONS = {200: "OK", 400: "Bad Request", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came.

    Attributes:
        path: of the address.
        headers: names in lower case.
        body: bytes after the headers.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """The client's end of a request.

    Args:
        writer: to the client.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        promised: int | None = None,
    ) -> None:
        """Send a response.

        Args:
            status: its code.
            body: as JSON.
            headers: besides length and type.
            promised: the length that is told, if it is not the body's.
        """
        length = len(body) if promised is None else promised
        told = {"content-type": "application/json", "content-length": str(length)}
        lines = [f"{name}: {value}" for name, value in {**told, **(headers or {})}.items()]
        head = "\r\n".join([f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}", *lines])
        self._writer.write(head.encode() + b"\r\n\r\n" + body)
        await self._writer.drain()

    def reset(self) -> None:
        """Break the connection at once, with a TCP reset."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Handler = Callable[[Call, Connection], Awaitable[None]]


async def _serve(
    handle: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection until either side has enough."""
    ended = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
    with contextlib.suppress(*ended):
        while not writer.transport.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            await handle(Call(head[0].split()[1], headers, body), Connection(writer))
    writer.close()


@contextlib.contextmanager
def serving(handle: Handler) -> Iterator[str]:
    """Serve on loopback from a thread of its own.

    Yields:
        The address, ``http://127.0.0.1:PORT/v1``.
    """
    loop = asyncio.new_event_loop()
    start = asyncio.start_server(
        lambda reader, writer: _serve(handle, reader, writer), "127.0.0.1", 0, backlog=1024
    )
    server = loop.run_until_complete(start)
    port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.AbstractServer) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def completion(text: str, model: str = "stub") -> dict[str, Any]:
    """A chat completion with some words in it."""
    return {
        "id": "stub",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


def as_bytes(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value).encode()
