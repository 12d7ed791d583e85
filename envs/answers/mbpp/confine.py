"""A process that locks itself in: namespaces, a root of its own, limits, a filter of system calls.

Linux only, by the calls that the C library has for it. What each part is for:

- namespaces: no network, no other process to be seen or signalled, no file but Python's standard
  library (read only) and an empty folder of a few megabytes;
- limits: processor time, memory, size and number of open files, processes;
- filter: no new process, program, socket, namespace or shared memory, no signals, no way to undo
  any of this.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys

_NEWNS, _NEWUTS, _NEWIPC = 0x20000, 0x4000000, 0x8000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_SET_PDEATHSIG, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 22, 38
_NOBODY = 65534
_FOLDER_MB = 8
_FILE_BYTES = 1_000_000
_OPEN_FILES = 32

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED: dict[str, tuple[int, int]] = {
    # name: number on x86_64, on aarch64; -1 where there is none
    "fork": (57, -1), "vfork": (58, -1), "clone": (56, 220), "clone3": (435, 435),
    "execve": (59, 221), "execveat": (322, 281),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "mq_open": (240, 180),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "prctl": (157, 167), "seccomp": (317, 277),
    "prlimit64": (302, 261), "setrlimit": (160, 164), "personality": (135, 92),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262),
}  # fmt: skip
"""System calls that are answered by "not permitted"."""
_X32 = 0x40000000
"""Numbers from here on mean other calls of an x86_64."""

_libc = ctypes.CDLL(None, use_errno=True)


def possible() -> bool:
    """Whether this system is one whose system calls are known here."""
    return sys.platform == "linux" and platform.machine() in _AUDIT


def leave_everything(library: str) -> None:
    """Leave the system's network, processes and files; the next child sees no process but itself.

    Args:
        library: folder of Python's standard library, the one thing of the system that stays.

    Raises:
        OSError: the system does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    flags = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
    _done(_libc.unshare(flags | (_NEWUSER if user else 0)), "unshare")
    if user:
        for file, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{file}", "w") as target:
                target.write(text)
    _mount(None, "/", None, _REC | _PRIVATE)
    root = os.getcwd()
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, f"size={_FOLDER_MB}m,nr_inodes=1k,mode=755")
    inside = root + library
    os.makedirs(inside)
    _mount(library, inside, None, _BIND | _REC)
    _mount(None, inside, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)
    os.mkdir(root + "/work")
    os.chmod(root + "/work", 0o777)
    os.chdir(root)
    number = {"x86_64": 155, "aarch64": 41}[platform.machine()]
    _done(_libc.syscall(number, b".", b"."), "pivot_root")
    _done(_libc.umount2(b".", _DETACH), "umount2")
    os.chdir("/work")


def give_up_rights(seconds: int, memory_mb: int) -> None:
    """Limit this process for good; what it does after this is what an untrusted program may do.

    Args:
        seconds: of processor time.
        memory_mb: of memory.
    """
    _limit("RLIMIT_CPU", seconds)
    for name in ("RLIMIT_AS", "RLIMIT_DATA"):
        _limit(name, memory_mb << 20)
    _limit("RLIMIT_FSIZE", _FILE_BYTES)
    _limit("RLIMIT_NOFILE", _OPEN_FILES)
    for name in ("RLIMIT_NPROC", "RLIMIT_CORE", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE"):
        _limit(name, 0)
    _done(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    header = struct.pack("Ii", 0x20080522, 0)
    _done(_libc.capset(header, bytes(24)), "capset")
    _done(_libc.prctl(_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")  # it ends with its judge
    _filter()


def become_nobody() -> None:
    """Give up being root, where that is what one is."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _filter() -> None:
    """Have the kernel refuse :data:`_REFUSED`."""
    machine = platform.machine()
    numbers = [pair[machine == "aarch64"] for pair in _REFUSED.values()]
    numbers = [number for number in numbers if number >= 0]
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse, end = 0x7FFF0000, 0x00050001, 0x80000000
    lines = [(load, 0, 0, 4), (equal, 1, 0, _AUDIT[machine]), (answer, 0, 0, end), (load, 0, 0, 0)]
    count = len(numbers) + 1
    lines.append((at_least, count, 0, _X32))
    lines += [(equal, count - at, 0, number) for at, number in enumerate(numbers, 1)]
    lines += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    _done(_libc.prctl(_SET_SECCOMP, 2, program, 0, 0), "seccomp")


def _limit(name: str, value: int) -> None:
    resource.setrlimit(getattr(resource, name), (value, value))


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = [each and each.encode() for each in (source, target, kind, options)]
    done = _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])
    _done(done, f"mount {target}")


def _done(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
