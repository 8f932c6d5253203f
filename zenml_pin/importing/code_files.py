"""Code files: `coverage run -m` of a pinned module, which runs a file and not what the module's loader gives.

coverage takes the origin of a module's spec, reads that file and compiles it: where there is one, its imports would not
be routed into the pin. So coverage gets as the origin a file of bytecode that has the module's routed code, in a
temporary folder that is removed when the process ends. coverage leaves the lines of pinned code out, as always (N9).
"""

from __future__ import annotations

import sys
from importlib.util import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, FrameType

# The module of coverage that looks for the module to run.
_RUNNER = "coverage.execfile"


def give_file(spec: ModuleSpec) -> None:
    """Make the origin of a module's spec a file of its code, if it is coverage that looks for the module."""
    get_code = getattr(spec.loader, "get_code", None)
    if get_code is not None and _is_wanted():
        spec.origin = _write(get_code(spec.name), spec.name.rpartition(".")[2])


def _is_wanted() -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_on_the_way(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == _RUNNER


def _is_on_the_way(name: str) -> bool:
    return name.startswith(("zenml_pin.importing.", "importlib.", "_frozen_importlib"))


def _write(code: CodeType, name: str) -> str:
    """Write code as a file of bytecode, `NAME.pyc`; return its path. The file is removed when the process ends."""
    import atexit
    import marshal
    import os
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="zenml-pin-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, f"{name}.pyc")
    with open(path, "wb") as file:
        # No flags; neither the time nor the size of a source.
        file.write(MAGIC_NUMBER + bytes(12) + marshal.dumps(code))
    return path
