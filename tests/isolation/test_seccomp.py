"""The filter of system calls, run by an interpreter of its own for each processor."""

from __future__ import annotations

import errno
import struct

import pytest

from zenml_pin.isolation import seccomp
from zenml_pin.isolation.seccomp import ALWAYS, WITHOUT, make_filter
from zenml_pin.isolation.syscalls import MACHINES, number
from zenml_pin.isolation.walls import WALLS

OWN = 4321
EVERY = tuple(name for name in WALLS if name != "seccomp")
REFUSED = 0x00050000 | errno.EPERM
# Numbers that programs need all the time, on x86_64 and aarch64: read, write, openat, mmap, execve, exit_group.
NEEDED = {"x86_64": (0, 1, 257, 9, 59, 231), "aarch64": (63, 64, 56, 222, 221, 94)}


def run(program: list[tuple[int, int, int, int]], call: int, *arguments: int, processor: int) -> int:
    """Do what the kernel does with a filter: return the answer for a call."""
    data = struct.pack("<iIQ6Q", call, processor, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    position, value = 0, 0
    for _ in range(10_000):
        code, then, otherwise, operand = program[position]
        position += 1
        if code == 0x20:
            value = struct.unpack_from("<I", data, operand)[0]
        elif code == 0x54:
            value &= operand
        elif code == 0x06:
            return operand
        else:
            is_true = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            position += then if is_true else otherwise
    raise AssertionError("the program does not end")


def answer(of: str, name: str, *arguments: int, walls: tuple[str, ...] = EVERY) -> int | None:
    """Return what the filter answers to a call of this name; None on a processor that has none."""
    call = number(name, of)
    if call is None:
        return None
    return run(make_filter(of, walls, OWN), call, *arguments, processor=MACHINES[of][1])


@pytest.mark.parametrize("of", MACHINES)
def test_named_calls_are_refused_without_other_walls(of: str) -> None:
    """Whatever their arguments are."""
    names = [*ALWAYS, *(name for names in WITHOUT.values() for name in names)]

    assert [name for name in names if answer(of, name, walls=()) not in (REFUSED, None)] == []


@pytest.mark.parametrize("of", MACHINES)
@pytest.mark.parametrize("wall", WITHOUT)
def test_calls_that_another_wall_watches_are_allowed_behind_it(of: str, wall: str) -> None:
    """Libraries change modes and times of their own files."""
    answers = {answer(of, name) for name in WITHOUT[wall]} - {None}

    assert answers == {seccomp.ALLOW}


@pytest.mark.parametrize("of", MACHINES)
@pytest.mark.parametrize("walls", [EVERY, ()], ids=["all walls", "no walls"])
def test_calls_that_every_program_makes_are_allowed(of: str, walls: tuple[str, ...]) -> None:
    """Read, write, open, map, start, end."""
    program = make_filter(of, walls, OWN)

    assert {run(program, call, processor=MACHINES[of][1]) for call in NEEDED[of]} == {seccomp.ALLOW}


@pytest.mark.parametrize("of", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "is_allowed"),
    [
        ("clone", (17,), True),
        ("clone", (0x003D0F00,), True),
        ("clone", (17 | 0x10000000,), False),
        ("clone", (17 | 0x40000000,), False),
        ("clone", (17 | 0x00020000,), False),
        ("socketpair", (1, 1), True),
        ("socketpair", (1, 1 | 0o2000000), True),
        ("socketpair", (1, 5), True),
        ("socketpair", (1, 2), False),
        ("socketpair", (2, 1), False),
        ("ioctl", (0, 0x5413), True),
        ("ioctl", (0, 0x5412), False),
        ("ioctl", (0, 0x5412 | 1 << 32), False),
        ("ioctl", (0, 0x541C), False),
        ("personality", (0xFFFFFFFF,), True),
        ("personality", (0x0040000,), False),
        ("prctl", (38,), True),
        ("prctl", (22,), False),
        ("prlimit64", (0,), True),
        ("prlimit64", (OWN,), True),
        ("prlimit64", (OWN + 1,), False),
        ("kill", (OWN + 1,), True),
        ("setpriority", (0, OWN + 1), True),
    ],
)
def test_calls_that_depend_on_their_arguments(
    of: str, name: str, arguments: tuple[int, ...], is_allowed: bool
) -> None:
    """The upper half of an argument does not matter to the kernel in these either."""
    assert answer(of, name, *arguments) == (seccomp.ALLOW if is_allowed else REFUSED)


@pytest.mark.parametrize("of", MACHINES)
@pytest.mark.parametrize("name", ["kill", "tgkill", "sched_setaffinity", "sched_setscheduler"])
def test_only_its_own_process_is_reached_where_no_other_wall_watches(of: str, name: str) -> None:
    """Without Landlock's scopes and without a process namespace."""
    assert answer(of, name, OWN, walls=()) == seccomp.ALLOW
    assert answer(of, name, OWN + 1, walls=()) == REFUSED
    assert answer(of, name, -1 & 0xFFFFFFFFFFFFFFFF, walls=()) == REFUSED


@pytest.mark.parametrize("of", MACHINES)
def test_flags_in_memory_are_not_known_to_the_kernel(of: str) -> None:
    """clone3 does not exist, so that the C library takes clone."""
    assert answer(of, "clone3") == 0x00050000 | errno.ENOSYS


@pytest.mark.parametrize("of", MACHINES)
@pytest.mark.parametrize("call", [0, 1, 59])
def test_another_processor_is_refused(of: str, call: int) -> None:
    """A 32-bit program has other numbers, which would mean other calls."""
    assert run(make_filter(of, EVERY, OWN), call, processor=0x40000003) == REFUSED


def test_the_x32_interface_is_refused() -> None:
    """It has numbers of its own on the same processor."""
    program = make_filter("x86_64", EVERY, OWN)

    assert run(program, 0x40000000, processor=MACHINES["x86_64"][1]) == REFUSED
    assert run(program, 0x40000000 + 41, processor=MACHINES["x86_64"][1]) == REFUSED


@pytest.mark.parametrize("of", MACHINES)
def test_program_is_one_that_the_kernel_takes(of: str) -> None:
    """Short enough, jumps in range, no jump past the end."""
    for walls in (EVERY, ()):
        program = make_filter(of, walls, OWN, seccomp.ASK)

        assert len(program) < 4096
        for position, (code, then, otherwise, _) in enumerate(program):
            assert max(then, otherwise) < 256
            assert code == 0x06 or position + 1 + max(then, otherwise) < len(program)


@pytest.mark.parametrize("of", MACHINES)
def test_numbers_are_those_of_one_call_each(of: str) -> None:
    """No two names share one."""
    from zenml_pin.isolation.syscalls import _NUMBERS

    values = [value for name in _NUMBERS if (value := number(name, of)) is not None]

    assert len(values) == len(set(values))
