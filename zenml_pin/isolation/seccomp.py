"""seccomp: a filter of system calls, written as a program for the kernel's BPF machine.

    load the processor      not the expected one: refuse
    load the number         a number of the x32 interface: refuse
    for each rule           not the number of the rule: next rule
                            conditions on arguments, if any
                            refuse
    allow

Calls that are not named are allowed: this wall covers what the other walls do not. A refused call fails with "operation
not permitted". If the kernel supports it, it asks the supervisor, which refuses and so knows about the attempt.

Sources: seccomp(2), the kernel's include/uapi/linux/{seccomp,filter,bpf_common}.h.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import struct

from zenml_pin.isolation.syscalls import MACHINES, machine, number, numbers, prctl, system_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# No trial needs these, whatever other walls exist.
ALWAYS = [
    *("acct", "add_key", "adjtimex", "bind", "bpf", "chroot", "clock_adjtime", "clock_settime", "connect"),
    *(
        "delete_module",
        "fanotify_init",
        "finit_module",
        "fsconfig",
        "fsmount",
        "fsopen",
        "fspick",
        "init_module",
    ),
    *("io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load"),
    *(
        "kexec_load",
        "keyctl",
        "listen",
        "lsm_set_self_attr",
        "modify_ldt",
        "mount",
        "mount_setattr",
        "move_mount",
    ),
    *(
        "name_to_handle_at",
        "open_by_handle_at",
        "open_tree",
        "open_tree_attr",
        "perf_event_open",
        "pidfd_getfd",
    ),
    *("pivot_root", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl"),
    # With a filter of its own, code could hide from the supervisor what this one refuses.
    "seccomp",
    *(
        "quotactl_fd",
        "reboot",
        "request_key",
        "setdomainname",
        "sethostname",
        "setns",
        "settimeofday",
        "socket",
    ),
    *("swapoff", "swapon", "syslog", "umount2", "unshare", "userfaultfd", "vhangup"),
]
# By wall: the calls that are refused here if that wall is missing.
WITHOUT = {
    # Landlock does not protect a file's owner, mode, times and attributes.
    "mounts": [
        *("chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "file_setattr"),
        *("fremovexattr", "fsetxattr", "futimesat", "lchown", "lremovexattr", "lsetxattr", "removexattr"),
        *("removexattrat", "setxattr", "setxattrat", "utime", "utimensat", "utimes"),
    ],
    "ipc": ["mq_open", "msgget", "semget", "shmget"],
    "processes": ["setpgid", "setsid"],
    "signals": ["pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tkill"],
}
_NAMESPACES = 0x7E020000
_UNIX, _STREAM, _SEQPACKET = 1, 1, 5
# Calls that put text into the input of a terminal, or control a console.
_TERMINAL = (0x5412, 0x541C, 0x5423)
_SET_SECCOMP = 22
_PERSONALITIES = (0, 0xFFFFFFFF)

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
ALLOW, ASK = 0x7FFF0000, 0x7FC00000
REFUSE = 0x00050000 | errno.EPERM
_NOT_KNOWN = 0x00050000 | errno.ENOSYS

_SET_MODE_FILTER, _NEW_LISTENER, _NO_NEW_PRIVS = 1, 1 << 3, 38
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_NOTICE = struct.Struct("<QIIiIQ6Q")

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refused_names(standing: Iterable[str]) -> list[str]:
    """Return the system calls that are refused whatever their arguments are, given the other walls."""
    present = set(standing)
    return [*ALWAYS, *(name for wall, names in WITHOUT.items() if wall not in present for name in names)]


def make_filter(of: str, standing: Iterable[str], own_pid: int, refusal: int = REFUSE) -> list[Instruction]:
    """Return the program of the filter.

    Args:
        of: The processor, as `uname -m` names it.
        standing: The other walls that exist.
        own_pid: The process for which the filter is.
        refusal: The kernel's answer to a refused call.

    Raises:
        KeyError: The processor is not known.
    """
    _, processor = MACHINES[of]
    present = set(standing)
    program: list[Instruction] = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_JUMP_EQUAL, 1, 0, processor),
        (_RETURN, 0, 0, REFUSE),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if of == "x86_64":
        program += [(_JUMP_ABOVE, 0, 1, _X32), (_RETURN, 0, 0, REFUSE)]
    for refused in numbers(refused_names(present), of):
        program += [(_JUMP_EQUAL, 0, 1, refused), (_RETURN, 0, 0, refusal)]
    for name, conditions in _conditions(present, own_pid, refusal).items():
        if (value := number(name, of)) is not None:
            program += [(_JUMP_EQUAL, 0, len(conditions), value), *conditions]
    return [*program, (_RETURN, 0, 0, ALLOW)]


def _conditions(standing: set[str], own_pid: int, refusal: int) -> dict[str, list[Instruction]]:
    """Return, for calls that depend on their arguments, instructions that end with an answer."""
    allow, refuse = (_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, refusal)
    rules = {
        "clone": [_argument(0), (_JUMP_ANY, 0, 1, _NAMESPACES), refuse, allow],
        # Its flags are in memory, which no filter can read; the C library then uses clone.
        "clone3": [(_RETURN, 0, 0, _NOT_KNOWN)],
        # No datagrams: such a pair can be connected to another socket.
        "socketpair": [
            _argument(0),
            (_JUMP_EQUAL, 1, 0, _UNIX),
            refuse,
            _argument(1),
            (0x54, 0, 0, 0xF),
            *_one_of((_STREAM, _SEQPACKET), allow, refuse),
        ],
        "ioctl": [_argument(1), *_one_of(_TERMINAL, refuse, allow)],
        "personality": [_argument(0), *_one_of(_PERSONALITIES, allow, refuse)],
        # As for the call "seccomp".
        "prctl": [_argument(0), *_one_of((_SET_SECCOMP,), refuse, allow)],
        "prlimit64": [_argument(0), *_one_of((0, own_pid), allow, refuse)],
    }
    if "processes" not in standing:
        # The code must not change priorities and processors of the user's other processes.
        pid_arguments = {
            "sched_setaffinity": 0,
            "sched_setattr": 0,
            "sched_setparam": 0,
            "sched_setscheduler": 0,
        }
        for name, index in {**pid_arguments, "setpriority": 1, "ioprio_set": 1}.items():
            rules[name] = [_argument(index), *_one_of((0, own_pid), allow, refuse)]
    if "signals" not in standing:
        own = [_argument(0), *_one_of((own_pid,), allow, refuse)]
        rules |= {"kill": own, "tgkill": own}
    return rules


def _argument(index: int) -> Instruction:
    """Return the instruction that loads the lower half of an argument; both processors are little-endian."""
    return _LOAD, 0, 0, _ARGUMENTS + 8 * index


def _one_of(values: tuple[int, ...], then: Instruction, otherwise: Instruction) -> list[Instruction]:
    """Return instructions that answer by whether the loaded number is one of some values."""
    return [line for value in values for line in ((_JUMP_EQUAL, 0, 1, value), then)] + [otherwise]


def enter(standing: Iterable[str], own_pid: int) -> int | None:
    """Install the filter for this process and its children, for good.

    Returns:
        The descriptor on which the kernel asks a supervisor about refused calls; None if it refuses by itself.

    Raises:
        OSError: This machine has no such filter.
    """
    names = list(standing)
    if machine() not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter is known for {machine()}")
    prctl(_NO_NEW_PRIVS, 1)
    try:
        return _install(make_filter(machine(), names, own_pid, ASK), _NEW_LISTENER)
    except OSError:
        # The process already has another supervisor, or the kernel is older than 5.0.
        _install(make_filter(machine(), names, own_pid), 0)
        return None


def _install(program: list[Instruction], flags: int) -> int:
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    prepared = _Program(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    return system_call("seccomp", _SET_MODE_FILTER, flags, ctypes.byref(prepared))


def answer_one(listener: int) -> tuple[str, tuple[int, ...]]:
    """Refuse one call that the kernel asks about; return its name and its arguments.

    Raises:
        OSError: The process that made the call has ended.
    """
    notice = bytearray(_NOTICE.size)
    fcntl.ioctl(listener, _RECEIVE, notice, True)
    key, _pid, _flags, value, _processor, _pointer, *arguments = _NOTICE.unpack(notice)
    fcntl.ioctl(listener, _ANSWER, bytearray(struct.pack("<QqiI", key, 0, -errno.EPERM, 0)), True)
    known = numbers(tell_names(), machine())
    return known.get(value, f"system call {value}"), tuple(arguments)


def tell_names() -> list[str]:
    """Return every system call that a filter may refuse."""
    own = [*_conditions(set(), 0, REFUSE), *ALWAYS]
    return [*own, *(name for names in WITHOUT.values() for name in names)]
