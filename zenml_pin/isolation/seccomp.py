"""seccomp: a filter of system calls, as a program for the kernel's BPF machine, put together here.

    load the processor      another one than expected: refused
    load the number         of the x32 interface: refused
    for each rule           the number is not this one: next rule
                            conditions on arguments, if any
                            refuse
    allow

What is not named is allowed: this wall closes doors that the other walls do not watch. A refused call fails with
"operation not permitted"; where the kernel supports it, the supervisor is asked, refuses, and knows what was tried.

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

# Nothing of a trial needs them, whatever other walls there are.
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
# What another wall watches, where that wall is there.
WITHOUT = {
    # Landlock does not know who owns a file, its mode, its times and its attributes.
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
# Text put into the input of a terminal, and orders to a console.
_TERMINAL = (0x5412, 0x541C, 0x5423)
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
    there = set(standing)
    return [*ALWAYS, *(name for wall, names in WITHOUT.items() if wall not in there for name in names)]


def make_filter(of: str, standing: Iterable[str], own_pid: int, refusal: int = REFUSE) -> list[Instruction]:
    """Return the program.

    Args:
        of: The processor, as `uname -m` says it.
        standing: The other walls that are there.
        own_pid: The process that it is for.
        refusal: What the kernel does with a call that is refused.

    Raises:
        KeyError: The processor is not known.
    """
    _, processor = MACHINES[of]
    there = set(standing)
    program: list[Instruction] = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_JUMP_EQUAL, 1, 0, processor),
        (_RETURN, 0, 0, REFUSE),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if of == "x86_64":
        program += [(_JUMP_ABOVE, 0, 1, _X32), (_RETURN, 0, 0, REFUSE)]
    for refused in numbers(refused_names(there), of):
        program += [(_JUMP_EQUAL, 0, 1, refused), (_RETURN, 0, 0, refusal)]
    for name, conditions in _conditions(there, own_pid, refusal).items():
        if (value := number(name, of)) is not None:
            program += [(_JUMP_EQUAL, 0, len(conditions), value), *conditions]
    return [*program, (_RETURN, 0, 0, ALLOW)]


def _conditions(standing: set[str], own_pid: int, refusal: int) -> dict[str, list[Instruction]]:
    """Return, for calls that depend on their arguments, instructions that end with an answer."""
    allow, refuse = (_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, refusal)
    rules = {
        "clone": [_argument(0), (_JUMP_ANY, 0, 1, _NAMESPACES), refuse, allow],
        # Its flags are in memory, where no filter can look; the C library then takes clone.
        "clone3": [(_RETURN, 0, 0, _NOT_KNOWN)],
        # Not datagrams: such a pair can be connected to another socket.
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
        "prlimit64": [_argument(0), *_one_of((0, own_pid), allow, refuse)],
    }
    if "processes" not in standing:
        # Not the priorities and processors of other processes of the user.
        who = {"sched_setaffinity": 0, "sched_setattr": 0, "sched_setparam": 0, "sched_setscheduler": 0}
        for name, index in {**who, "setpriority": 1, "ioprio_set": 1}.items():
            rules[name] = [_argument(index), *_one_of((0, own_pid), allow, refuse)]
    if "signals" not in standing:
        own = [_argument(0), *_one_of((own_pid,), allow, refuse)]
        rules |= {"kill": own, "tgkill": own}
    return rules


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument; both processors are little-endian."""
    return _LOAD, 0, 0, _ARGUMENTS + 8 * index


def _one_of(values: tuple[int, ...], then: Instruction, otherwise: Instruction) -> list[Instruction]:
    """Answer by whether what is loaded is one of some values."""
    return [line for value in values for line in ((_JUMP_EQUAL, 0, 1, value), then)] + [otherwise]


def enter(standing: Iterable[str], own_pid: int) -> int | None:
    """Install the filter for this process and its children, for good.

    Returns:
        The descriptor on which a supervisor is asked about refused calls; None where the kernel refuses by itself.

    Raises:
        OSError: There is no such filter here.
    """
    names = list(standing)
    if machine() not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter is known for {machine()}")
    prctl(_NO_NEW_PRIVS, 1)
    try:
        return _install(make_filter(machine(), names, own_pid, ASK), _NEW_LISTENER)
    except OSError:
        # Another supervisor is already asked, or the kernel is older than 5.0.
        _install(make_filter(machine(), names, own_pid), 0)
        return None


def _install(program: list[Instruction], flags: int) -> int:
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    held = ctypes.create_string_buffer(code, len(code))
    prepared = _Program(len(program), ctypes.cast(held, ctypes.c_void_p))
    return system_call("seccomp", _SET_MODE_FILTER, flags, ctypes.byref(prepared))


def answer_one(listener: int) -> tuple[str, tuple[int, ...]]:
    """Refuse one call that the kernel asks about; return its name and its arguments.

    Raises:
        OSError: The process that made it has gone.
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
