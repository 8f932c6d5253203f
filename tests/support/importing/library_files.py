"""The files of Python's standard library, which tests of rewriting take as examples."""

from __future__ import annotations

import sysconfig
from pathlib import Path

ROOT = "zenml_pin.at.g" + "a" * 40
LIBRARY = Path(sysconfig.get_path("stdlib"))


def _library_files() -> list[Path]:
    files = sorted(LIBRARY.rglob("*.py"))
    # These contain old syntax and broken encodings on purpose, and the fixtures of lib2to3 are not Python 3.
    return [path for path in files if not {"site-packages", "lib2to3", "bad_coding"} & set(path.parts)]


LIBRARY_FILES = _library_files()
