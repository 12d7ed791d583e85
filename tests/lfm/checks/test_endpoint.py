"""Asking a server for its models: a real one on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lfm.checks.endpoint import endpoint
from lfm.checks.finding import Finding
from tests.lfm.composing import compose

KEY = "sesame-sesame"


@contextmanager
def _server(status: int, body: object) -> Iterator[str]:
    """A server that answers everything alike; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {KEY}"
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def _ask(url: str, monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.setenv("LFM_KEY", KEY)
    critic = f"critic.base_url={url}", "critic.api_key_env=LFM_KEY", "critic.model=large"
    found = endpoint(compose("doctor", ["critic=openai", *critic]).critic)
    assert KEY not in str(found)
    return found


def _models(*names: str) -> dict[str, object]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def test_no_endpoint_is_asked_that_nobody_named() -> None:
    assert endpoint(object()).status == "missing"


def test_a_server_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with _server(200, _models("small", "large")) as url:
        assert _ask(url, monkeypatch) == Finding("endpoint", "ok", f"{url} has large", "", True)


def test_a_server_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with _server(200, _models("small")) as url:
        found = _ask(url, monkeypatch)
    assert (found.status, found.fatal) == ("wrong", False)
    assert "small" in found.fix


def test_a_server_that_lists_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with _server(404, {"error": "no such page"}) as url:
        assert _ask(url, monkeypatch).status == "ok"


@pytest.mark.parametrize(("status", "said"), [(401, "key"), (500, "500")])
def test_a_server_that_refuses_and_repeats_the_key(
    status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _server(status, {"error": {"message": f"bad key {KEY}"}}) as url:
        found = _ask(url, monkeypatch)
    assert found.fatal
    assert said in found.fix


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with _server(200, {}) as url:
        pass
    found = _ask(url, monkeypatch)
    assert found.fatal
    assert url in found.fix
    assert "start the server" in found.fix


def test_a_key_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LFM_KEY", "")
    settings = ["critic=openai", "critic.model=m", "critic.api_key_env=LFM_KEY"]
    found = endpoint(compose("doctor", settings).critic)
    assert found.fatal
    assert "LFM_KEY is not set" in found.fix
