"""The private folder: the only one that a trial may write to. It is the trial's home, and is deleted after it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def private_folder() -> Iterator[str]:
    """Make a folder that nobody else can read; delete it at the end, whatever was done to it."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="zenml_pin-trial-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, onerror=_open_up)


def _open_up(remove: Callable[[str], object], path: str, _error: object) -> None:
    """Delete what could not be deleted because a folder was closed; what stays then is left."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            remove(path)
    except (OSError, RecursionError):
        return
