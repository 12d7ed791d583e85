"""Ways out of the sandbox that programs try, and what has to become of each."""

from __future__ import annotations

from typing import NamedTuple

SECRET = "d41d8cd98f00"
"""What a host file, the environment and the tests have, and no program is told."""


class Attempt(NamedTuple):
    """A program that tries to get out.

    Attributes:
        name: in words.
        body: what it does; ``FILE`` stands for a file of the host, ``FOLDER`` for a writable folder
            of the host, ``PORT`` for a port on which the host listens.
        always: whether it fails without namespaces, too.
    """

    name: str
    body: str
    always: bool = True


CONTAINED = (
    Attempt("reads a system file", "open('/etc/passwd').read()", False),
    Attempt("reads a file of the user", "open('FILE').read()", False),
    Attempt("reads a file by going up", "open('../../../../../..FILE').read()", False),
    Attempt("lists the root", "assert_none(set(os.listdir('/')) - {'work', TOP})", False),
    Attempt("reads its environment in proc", "open('/proc/self/environ').read()", False),
    Attempt("reads the first process in proc", "open('/proc/1/status').read()", False),
    Attempt("reads the memory of its parent", "open('/proc/%d/mem' % os.getppid(), 'rb')", False),
    Attempt("opens the disk", "open('/dev/sda', 'rb').read(1)", False),
    Attempt("makes a device", "os.mknod('disk', 0o60600, os.makedev(8, 0)); open('disk', 'rb')"),
    Attempt("has an environment", "assert_none(set(os.environ) - {'LC_CTYPE'})"),
    Attempt("writes a file of the host", "open('FOLDER/new', 'w').write('x')", False),
    Attempt("deletes a file of the host", "os.remove('FILE')", False),
    Attempt("links to a file of the host", "os.symlink('FILE', 'x'); open('x').read()", False),
    Attempt("writes in the common folder", "open('/tmp/x', 'w').write('x')", False),
    Attempt("changes the standard library", "open(os.__file__, 'a').write('x')", False),
    Attempt("connects to the host", "socket.create_connection(('127.0.0.1', PORT), 5)"),
    Attempt("sends a datagram", "socket.socket(type=2).sendto(b'x', ('127.0.0.1', PORT))"),
    Attempt("opens a raw socket", "socket.socket(2, 3, 1)"),
    Attempt("opens a local socket", "socket.socket(socket.AF_UNIX)"),
    Attempt("asks for a name", "socket.getaddrinfo('example.org', 80)"),
    Attempt("listens", "socket.socket().bind(('', 0))"),
    Attempt("forks", "os.fork()"),
    Attempt("is a fork bomb", "while True: os.fork()"),
    Attempt("starts a program", "subprocess.run(['/bin/true'])"),
    Attempt("becomes a program", "os.execv(sys.executable or '/bin/sh', ['x'])"),
    Attempt("asks the shell", "assert_none(os.system('true') == 0)"),
    Attempt("asks the shell in C", "assert_none(libc.system(b'true') == 0)"),
    Attempt("starts a thread", "threading.Thread(target=print).start()"),
    Attempt("kills its parent", "os.kill(os.getppid() or 1, 9)"),
    Attempt("kills everybody", "os.kill(-1, 9)"),
    Attempt("kills its group", "os.killpg(0, 9)"),
    Attempt("stops its parent in C", "called(libc.kill(os.getppid() or 1, 19))"),
    Attempt("traces its parent", "called(libc.ptrace(16, os.getppid() or 1, 0, 0))"),
    Attempt("takes all memory", "bytearray(8 << 30)"),
    Attempt("takes memory bit by bit", "x = []\n        while True: x.append(bytearray(1 << 24))"),
    Attempt("takes memory in a file of memory", "os.memfd_create('x')"),
    Attempt("takes shared memory", "called(libc.shmget(0, 1 << 30, 0o1600))"),
    Attempt("writes a large file", "open('x', 'wb').write(bytes(1 << 24))", True),
    Attempt(
        "fills the disk", "for n in range(99): open(str(n), 'wb').write(bytes(900_000))", False
    ),
    Attempt("makes many files", "for n in range(9999): open(str(n), 'w').close()", False),
    Attempt("opens many files", "x = [open(os.__file__) for n in range(999)]"),
    Attempt("raises its limits", "resource.setrlimit(resource.RLIMIT_CPU, (99, 99))"),
    Attempt("becomes root", "os.setuid(0); os.setgid(0); open('/etc/shadow').read()", False),
    Attempt("makes a namespace", "called(libc.unshare(0x10000000))"),
    Attempt("enters a namespace", "called(libc.setns(0, 0))"),
    Attempt("mounts", "called(libc.mount(b'tmpfs', b'/work', b'tmpfs', 0, 0))"),
    Attempt("unmounts", "called(libc.umount2(b'/', 2))"),
    Attempt("changes its root", "os.chroot('.')"),
    Attempt("lets itself outlive its judge", "called(libc.prctl(1, 0, 0, 0, 0))"),
    Attempt("reads what was left open", "assert_none(read_all())"),
    Attempt("imports what is installed", "import gymnasium"),
)
"""Each fails with an exception, after which the program says so."""

HARMLESS = frozenset(
    {
        *("reads a system file", "reads a file of the user", "reads a file by going up"),
        *("lists the root", "reads its environment in proc", "reads the first process in proc"),
        *("has an environment", "writes a file of the host", "deletes a file of the host"),
        *("links to a file of the host", "connects to the host", "sends a datagram"),
        *("opens a local socket", "listens", "forks", "starts a program", "asks the shell"),
        *("asks the shell in C", "starts a thread", "takes memory in a file of memory"),
        *("writes a large file", "lets itself outlive its judge", "imports what is installed"),
    }
)
"""Those that do no harm where nothing holds them, and then succeed."""

PRELUDE = """
import ctypes, os, resource, socket, subprocess, sys, threading
libc = ctypes.CDLL(None)
TOP = os.__file__.split('/')[1]
def assert_none(found):
    if not found: raise OSError
def called(result):
    if result == -1: raise OSError
def read_all():
    found = b''
    for handle in [0, 1, 2, *range(4, 256)]:
        try: found += os.read(handle, 100)
        except OSError: pass
    return found
def attempt():
    try:
        BODY
    except (OSError, RuntimeError, MemoryError, ImportError, OverflowError, ValueError):
        return 'contained'
    return 'escaped'
"""

_SEARCH = """
import gc, re, sys
def attempt():
    texts = [t for o in gc.get_objects() if isinstance(o, dict) for t in o.values()]
    frame = sys._getframe()
    while frame:
        texts += frame.f_locals.values()
        frame = frame.f_back
    found = [m for t in texts if isinstance(t, str) for m in re.findall("== '([0-9a-f]{12})'", t)]
    return found[0] if found else 'nothing'
"""
_VERDICTS = r"""
import os
for handle in range(16):
    try: os.write(handle, b'\0\0\0\x0f{"tests": [""]}')
    except OSError: pass
def attempt(): return 1
"""

FORGERIES = {
    "exits at once": "import sys; sys.exit(0)",
    "exits from its function": "def attempt(): import sys; sys.exit(0)",
    "ends the process": "import os; os._exit(0)",
    "ends the process from its function": "def attempt(): import os; os._exit(0)",
    "raises what passes for success": "def attempt(): raise StopIteration",
    "prints a verdict": 'print(\'{"tests": ["", ""]}\'); attempt = lambda: None',
    "writes a verdict": _VERDICTS,
    "writes garbage to the judge": "import os; os.write(3, b'\\0\\0\\0\\1{' * 99)",
    "writes endlessly to the judge": "import os\nwhile True: os.write(3, b'\\xff' * 4096)",
    "answers before it is asked": (
        "import os, json\nm = json.dumps({'value': ['bool', True]}).encode()\n"
        "os.write(3, (len(m).to_bytes(4, 'big') + m) * 9)"
    ),
    "closes the way to the judge": "import os; os.close(3)",
    "returns what equals everything": (
        "class All:\n  __eq__ = lambda s, o: True\n  __ne__ = lambda s, o: False\n"
        "  __hash__ = lambda s: 0\n  __bool__ = lambda s: True\ndef attempt(): return All()"
    ),
    "returns a text that equals everything": (
        "class All(str):\n  __eq__ = lambda s, o: True\n  __hash__ = str.__hash__\n"
        "def attempt(): return All('x')"
    ),
    "returns a list of what equals everything": (
        "class All(int):\n  __eq__ = lambda s, o: True\ndef attempt(): return [All(1)]"
    ),
    "changes equality for all": (
        "import builtins\nbuiltins.AssertionError = None\nbuiltins.isinstance = lambda *a: True\n"
        "builtins.str = bool\ndef attempt(): return 1"
    ),
    "changes the wire": (
        "from envs.answers.mbpp import wire, judge\nwire.pack = lambda *a: ['bool', True]\n"
        "judge._verdict = judge._told = lambda *a: ''\ndef attempt(): return 1"
    ),
    "redefines what the test uses": (
        "def set(x): return 0\ndef len(x): return 12\ndef str(x): return ''\n"
        "def attempt(): return []"
    ),
    "looks for the tests in memory": _SEARCH,
    "reads the tests from standard input": "import sys\ndef attempt(): return sys.stdin.read()",
    "loops forever": "while True: pass",
    "loops forever in its function": "def attempt():\n  while True: pass",
    "loops where nothing interrupts": "def attempt(): return 9 ** (9 ** 9)",
    "returns too much": "def attempt(): return 'x' * 50_000_000",
    "returns endlessly": "def attempt(): import itertools; return itertools.count()",
    "returns what goes too deep": (
        "def attempt():\n  x = []\n  for _ in range(9000): x = [x]\n  return x"
    ),
    "returns itself": "def attempt():\n  x = []\n  x.append(x)\n  return x",
    "returns the longest number": "def attempt(): return 1 << 1_000_000",
    "is no program": "def attempt(: return",
    "is nested too deeply": "x = " + "(" * 5000 + ")" * 5000,
    "has a null byte": "x = '\0'",
    "crashes the interpreter": "import ctypes; ctypes.string_at(0)",
    "floods its output": "for _ in range(300): print('x' * 1_000_000)\ndef attempt(): return 1",
    "waits for input": "input()",
    "sleeps": "import time; time.sleep(1000)",
}
"""Programs that want the tests to pass without being right."""
