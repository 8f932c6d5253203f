"""The private folder: the only folder to which a trial may write. It is the trial's home, and is deleted afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def private_folder() -> Iterator[str]:
    """Make a folder that only this user can read; delete it at the end, whatever the trial did to it."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="zenml_pin-trial-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, onerror=_open_up)


def _open_up(remove: Callable[[str], object], path: str, _error: object) -> None:
    """Make a folder writable and delete a path in it again; leave what still cannot be deleted."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            remove(path)
    except (OSError, RecursionError):
        return
