"""A Ray cluster of several nodes on one machine."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from ray.cluster_utils import Cluster

_PORTS = ("metrics_agent_port", "runtime_env_agent_port", "dashboard_agent_listen_port")


@contextmanager
def cluster() -> Iterator[Any]:
    """A cluster whose first node does no work; the others are for :func:`add_node`.

    Ray writes the address of "the current cluster" into its default folder whatever ``temp_dir``
    says: it fails where that is not there, and takes the place of another cluster's where it is.
    So the default folder is another one meanwhile, with a short name for the paths of sockets.
    """
    with (
        tempfile.TemporaryDirectory(prefix="lfm-ray-", ignore_cleanup_errors=True) as place,
        patch.dict(os.environ, RAY_TMPDIR=place),
    ):
        head = {"num_cpus": 0, "include_dashboard": False, **_free_ports()}
        started = Cluster(initialize_head=True, head_node_args=head)
        try:
            yield started
        finally:
            started.shutdown()


def add_node(to: Any) -> Any:
    """Add a node with one core."""
    return to.add_node(num_cpus=1, **_free_ports())


def _free_ports() -> dict[str, int]:
    """Ports for a node's processes; for those that choose their own Ray waits but 15 seconds."""
    taken = [socket.socket() for _ in _PORTS]
    for each in taken:
        each.bind(("", 0))
    ports = {name: each.getsockname()[1] for name, each in zip(_PORTS, taken, strict=True)}
    for each in taken:
        each.close()
    return ports
