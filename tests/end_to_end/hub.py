"""A stand-in for the Hugging Face hub on this machine: takes what is uploaded."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lfm.layout import DONE_FILE
from tests.end_to_end.loopback import at_work, send_json
from tests.policies.processes import ROOT

LARGE = (".safetensors", "tokenizer.json")
"""Files that go the way of large ones, as the hub decides by its rules."""
OID = "0" * 40


class Hub(ThreadingHTTPServer):
    """Keeps repositories in memory.

    Attributes:
        repos: from the name of each to whether it is private.
        files: from the names of repository and file to what is in it.
        token: the only one that may write.
    """

    daemon_threads = True
    token = "hf_of_the_test"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos: dict[str, bool] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.blobs: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_PUT(self) -> None:
        self.server.blobs[self.path.rpartition("/")[2]] = self._body()
        send_json(self, {})

    def do_POST(self) -> None:
        body = self._body()
        if self.headers["Authorization"] != f"Bearer {self.server.token}":
            send_json(self, {"error": "Invalid credentials"}, 401)
        elif self.path == "/api/repos/create":
            told = json.loads(body)
            name = "/".join(filter(None, (told.get("organization"), told["name"])))
            # As the client says it since version 2, and as it said it before.
            hidden = told.get("visibility") == "private" or bool(told.get("private"))
            self.server.repos[name] = hidden
            send_json(self, {"url": f"{self.server.url}/{name}"})
        elif self.path == "/api/validate-yaml":
            send_json(self, {"errors": [], "warnings": []})
        elif self.path.endswith("/preupload/main"):
            send_json(self, {"files": [self._way(file) for file in json.loads(body)["files"]]})
        elif self.path.endswith("/info/lfs/objects/batch"):
            objects = [self._place(each) for each in json.loads(body)["objects"]]
            send_json(self, {"transfer": "basic", "objects": objects})
        else:
            self._commit(self.path, body)

    def _commit(self, path: str, body: bytes) -> None:
        repo = path.removeprefix("/api/models/").removesuffix("/commit/main")
        for line in map(json.loads, body.splitlines()):
            told = line["value"]
            if line["key"] == "file":
                self.server.files[repo, told["path"]] = base64.b64decode(told["content"])
            elif line["key"] == "lfsFile":
                found = self.server.blobs[told["oid"]]
                assert hashlib.sha256(found).hexdigest() == told["oid"]
                self.server.files[repo, told["path"]] = found
        url = f"{self.server.url}/{repo}/commit/{OID}"
        send_json(self, {"success": True, "commitUrl": url, "commitOid": OID})

    def _way(self, file: dict[str, Any]) -> dict[str, Any]:
        mode = "lfs" if file["path"].endswith(LARGE) else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _place(self, each: dict[str, Any]) -> dict[str, Any]:
        upload = {"href": f"{self.server.url}/blobs/{each['oid']}"}
        return {**each, "actions": {"upload": upload}}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def hub() -> AbstractContextManager[Hub]:
    """A hub that runs while inside."""
    return at_work(Hub())


def push(model: Path, stand_in: Hub, token: str) -> subprocess.CompletedProcess[str]:
    """Give ``lfm.push`` in a process of its own: the client knows one hub, from its start."""
    there = {"HF_ENDPOINT": stand_in.url, "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-m", "lfm.push", f"policy={model}", "repo=me/agent"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | there,
    )


def sent_whole(model: Path, stand_in: Hub) -> dict[str, bytes]:
    """Push a model; what the hub then has, which is all that its folder has."""
    done = push(model, stand_in, stand_in.token)
    assert done.returncode == 0, done.stderr
    assert f"{stand_in.url}/me/agent" in done.stderr
    assert stand_in.repos == {"me/agent": True}
    sent = {name: content for (repo, name), content in stand_in.files.items() if repo == "me/agent"}
    assert sent == {
        file.name: file.read_bytes()
        for file in model.iterdir()
        if file.is_file() and file.name != DONE_FILE
    }
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= sent.keys()
    return sent
