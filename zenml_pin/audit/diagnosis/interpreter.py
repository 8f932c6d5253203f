"""The interpreter: its version, the libraries, the extras and what makes them fast."""

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
    """Yield what is to be said of the interpreter."""
    yield _python()
    yield from map(_library, LIBRARIES)
    yield from (_compiled(name) for name, module in LIBRARIES.items() if module)
    yield from _extras()
    yield from _system()


def _python() -> Check:
    said = f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"
    if sys.version_info[:2] < _TESTED[0]:
        return Check(_AREA, "Python", Outcome.PROBLEM, said, "use Python 3.11 or later")
    if sys.version_info[:2] > _TESTED[1] or sys.implementation.name != "cpython":
        return Check(_AREA, "Python", Outcome.NOTE, f"{said}, which is not tested", "CPython 3.11 to 3.15 is")
    return Check(_AREA, "Python", Outcome.OK, said)


def _library(name: str) -> Check:
    found = version_of(name)
    if found is None:
        return Check(_AREA, name, Outcome.PROBLEM, "is not installed", f"pip install {name}")
    wanted = _OLDEST.get(name, ())
    if wanted and _numbers(found) < wanted:
        least = ".".join(map(str, wanted))
        return Check(_AREA, name, Outcome.PROBLEM, f"{found} is too old", f"pip install '{name}>={least}'")
    return Check(_AREA, name, Outcome.OK, found)


def _compiled(name: str) -> Check:
    if is_compiled(name):
        return Check(_AREA, f"{name} compiled", Outcome.OK, "yes")
    said = "no: it works, and takes longer"
    return Check(
        _AREA, f"{name} compiled", Outcome.NOTE, said, f"install a wheel of {name} for this platform"
    )


def _extras() -> Iterator[Check]:
    for extra, names in extras().items():
        missing = [name for name in names if version_of(name) is None]
        if missing:
            said = f"not installed: {', '.join(missing)}"
            yield Check(_AREA, f"extra {extra}", Outcome.NOTE, said, f"pip install 'zenml_pin[{extra}]'")
        else:
            yield Check(_AREA, f"extra {extra}", Outcome.OK, ", ".join(names))


def _system() -> Iterator[Check]:
    if sys.platform == "linux":
        yield Check(_AREA, "system", Outcome.OK, f"{platform.system()} {platform.machine()}")
    else:
        yield Check(_AREA, "system", Outcome.NOTE, f"{sys.platform} is not tested", "Linux is")
    if find_spec("resource"):
        yield _files()
    yield _sandbox()


def _sandbox() -> Check:
    walls = standing_walls()
    if walls.are_complete and walls.is_counted:
        return Check(_AREA, "sandbox", Outcome.OK, walls.text)
    if walls.are_complete:
        said = f"{walls.text}; the number of processes is not limited for root"
        return Check(_AREA, "sandbox", Outcome.OK if os.geteuid() else Outcome.NOTE, said)
    remedy = "loads in an audit use what there is; '--sandbox=require' refuses to load"
    return Check(_AREA, "sandbox", Outcome.NOTE, walls.text, remedy)


def _files() -> Check:
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if 0 <= files < _MIN_FILES:
        said = f"{files} may be open at once, and each pack takes four"
        return Check(_AREA, "open files", Outcome.NOTE, said, "ulimit -n 1024")
    return Check(_AREA, "open files", Outcome.OK, "enough")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
