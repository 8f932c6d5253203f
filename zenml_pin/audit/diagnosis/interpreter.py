"""The interpreter: its version, the libraries, the extras, the system and the sandbox."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.base.distributions import LIBRARIES, extras, is_compiled, version_of
from zenml_pin.isolation.walls_here import standing_walls

_AREA = "interpreter"
_TESTED = ((3, 11), (3, 15))
_OLDEST = {"dulwich": (1, 2, 21)}
_MIN_FILES = 256


def checks() -> Iterator[Check]:
    """Yield the checks of the interpreter."""
    yield _python()
    yield from map(_library, LIBRARIES)
    yield from (_compiled(name) for name, module in LIBRARIES.items() if module)
    yield from _extras()
    yield from _system()


def _python() -> Check:
    fact = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    if sys.version_info[:2] < _TESTED[0]:
        return Check(_AREA, "Python", Outcome.PROBLEM, fact, "use Python 3.11 or later")
    if sys.version_info[:2] > _TESTED[1] or sys.implementation.name != "cpython":
        return Check(
            _AREA, "Python", Outcome.NOTE, f"{fact}, which is not tested", "CPython 3.11 to 3.15 is tested"
        )
    return Check(_AREA, "Python", Outcome.OK, fact)


def _library(name: str) -> Check:
    version = version_of(name)
    if version is None:
        return Check(_AREA, name, Outcome.PROBLEM, "is not installed", f"pip install {name}")
    wanted = _OLDEST.get(name, ())
    if wanted and _numbers(version) < wanted:
        least = ".".join(map(str, wanted))
        return Check(_AREA, name, Outcome.PROBLEM, f"{version} is too old", f"pip install '{name}>={least}'")
    return Check(_AREA, name, Outcome.OK, version)


def _compiled(name: str) -> Check:
    if is_compiled(name):
        return Check(_AREA, f"{name} compiled", Outcome.OK, "yes")
    fact = "no: it works, but takes longer"
    return Check(
        _AREA, f"{name} compiled", Outcome.NOTE, fact, f"install a wheel of {name} for this platform"
    )


def _extras() -> Iterator[Check]:
    for extra, names in extras().items():
        missing = [name for name in names if version_of(name) is None]
        if missing:
            fact = f"not installed: {', '.join(missing)}"
            yield Check(_AREA, f"extra {extra}", Outcome.NOTE, fact, f"pip install 'zenml_pin[{extra}]'")
        else:
            yield Check(_AREA, f"extra {extra}", Outcome.OK, ", ".join(names))


def _system() -> Iterator[Check]:
    if sys.platform == "linux":
        yield Check(_AREA, "system", Outcome.OK, f"{platform.system()} {platform.machine()}")
    else:
        yield Check(_AREA, "system", Outcome.NOTE, f"{sys.platform} is not tested", "Linux is tested")
    if find_spec("resource"):
        yield _files()
    yield _sandbox()


def _sandbox() -> Check:
    walls = standing_walls()
    if walls.are_complete and walls.is_counted:
        return Check(_AREA, "sandbox", Outcome.OK, walls.text)
    if walls.are_complete:
        fact = f"{walls.text}; the number of processes is not limited for root"
        return Check(_AREA, "sandbox", Outcome.OK if os.geteuid() else Outcome.NOTE, fact)
    remedy = "an audit loads behind the walls that there are; with '--sandbox=require' it refuses to load"
    return Check(_AREA, "sandbox", Outcome.NOTE, walls.text, remedy)


def _files() -> Check:
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= files < _MIN_FILES:
        fact = f"{files} files may be open at once, and each pack needs four"
        return Check(_AREA, "open files", Outcome.NOTE, fact, "ulimit -n 1024")
    return Check(_AREA, "open files", Outcome.OK, "enough")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
