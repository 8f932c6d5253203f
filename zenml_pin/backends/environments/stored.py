"""Environments on disk: each is made once, used by many processes, listed and removed.

    FOLDER/                   the user's own, closed to others (0700)
        <key>.lock            held by those who use the environment; alone by who makes or removes it
        <key>/venv            the environment
        <key>/environment.json    what it is; written last, so an environment without it does not count

The key is a hash of all that decides what is installed: Python, platform, and what the lock asks for.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs

from zenml_pin.base.atomic import write_whole
from zenml_pin.base.files import read_small
from zenml_pin.base.process_environment import environments_directory
from zenml_pin.errors import BackendError, UnknownNameError

_RECORD = "environment.json"
_FORMAT = 1
_OTHERS = 0o077


@attrs.frozen
class StoredEnvironment:
    """An environment on disk.

    Attributes:
        key: Its name: a hash of what it was made from.
        folder: Its folder.
        python: Python's full version.
        lock: The file of the commit that it was made from.
        commit: The commit for which it was made first; others with the same libraries use it too.
        is_locked: Whether the lock gives exact versions for all libraries.
        notes: What a person should know of it.
        packages: The version of each distribution, by name.
        created: When it was made, in seconds since the epoch UTC.
    """

    key: str
    folder: str = attrs.field(repr=False)
    python: str
    lock: str
    commit: str
    is_locked: bool
    notes: tuple[str, ...] = attrs.field(repr=False, converter=tuple)
    packages: dict[str, str] = attrs.field(repr=False)
    created: float

    @property
    def venv(self) -> str:
        """The environment's own folder."""
        return os.path.join(self.folder, "venv")

    @property
    def executable(self) -> str:
        """The path of its Python."""
        return os.path.join(self.venv, "bin", "python")

    @property
    def used(self) -> float:
        """When it was used last, in seconds since the epoch UTC."""
        try:
            return os.stat(os.path.join(self.folder, _RECORD)).st_mtime
        except OSError:
            return self.created

    @property
    def size(self) -> int:
        """How many bytes its files have. Files that it shares with uv's cache count too."""
        files = (os.path.join(folder, name) for folder, _, names in os.walk(self.folder) for name in names)
        return sum(os.lstat(file).st_size for file in files)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        names = ("key", "folder", "python", "lock", "commit", "is_locked", "created", "used", "size")
        data = {name: getattr(self, name) for name in names}
        return {**data, "notes": list(self.notes), "packages": self.packages}


class Held:
    """An environment in use: nobody removes it until it is released.

    Attributes:
        environment: The environment.
    """

    def __init__(self, environment: StoredEnvironment, descriptor: int) -> None:
        self.environment = environment
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others remove it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def hold(key: str, make: Callable[[str], dict[str, Any]]) -> Held:
    """Return an environment by its key; make it where it is missing. Other processes wait meanwhile.

    Args:
        key: Its key.
        make: Fills the folder that it is given, and returns the facts of the record.
    """
    from fcntl import LOCK_EX, LOCK_SH, flock

    root = environments_folder()
    descriptor = os.open(os.path.join(root, f"{key}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            flock(descriptor, LOCK_SH)
            environment = _read(root, key)
            if environment is not None and os.access(environment.executable, os.X_OK):
                os.utime(os.path.join(environment.folder, _RECORD))
                return Held(environment, descriptor)
            flock(descriptor, LOCK_EX)
            environment = _read(root, key)
            if environment is None or not os.access(environment.executable, os.X_OK):
                _make(os.path.join(root, key), make)
    except BaseException:
        os.close(descriptor)
        raise


def list_environments() -> list[StoredEnvironment]:
    """Return all environments, the latest used first."""
    root = environments_directory()
    try:
        names = os.listdir(root)
    except OSError:
        return []
    environments = (_read(root, name) for name in names)
    return sorted(
        (item for item in environments if item is not None), key=lambda item: item.used, reverse=True
    )


def remove_environment(key: str) -> StoredEnvironment:
    """Remove an environment.

    Args:
        key: Its key, or the beginning of it.

    Raises:
        UnknownNameError: There is none with that key, or more than one.
        BackendError: It is in use.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock

    environments = list_environments()
    matching = [item for item in environments if key and item.key.startswith(key)]
    if len(matching) != 1:
        known = [item.key for item in environments]
        hint = "'zenml-pin env' lists them" if not matching else f"{len(matching)} begin like that"
        raise UnknownNameError("environment", key, known, hint)
    (environment,) = matching
    descriptor = os.open(f"{environment.folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
        _clear(environment.folder)
    except BlockingIOError as error:
        raise BackendError(
            f"environment '{environment.key}' is in use", "wait until the runs that use it have ended"
        ) from error
    finally:
        os.close(descriptor)
    return environment


def environments_folder() -> str:
    """Return the folder of environments; make it where it is missing.

    Raises:
        BackendError: It cannot be made, or another user owns it or may enter it.
    """
    root = environments_directory()
    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
        info = os.stat(root)
    except OSError as error:
        raise BackendError(
            f"the folder of environments '{root}' cannot be made: {error.strerror}",
            "name another one with ZENML_PIN_ENVIRONMENTS",
        ) from error
    if info.st_uid != os.geteuid() or info.st_mode & _OTHERS or not stat.S_ISDIR(info.st_mode):
        raise BackendError(
            f"the folder of environments '{root}' is not used: another user owns it or may enter it",
            f"chmod 700 '{root}', or name another one with ZENML_PIN_ENVIRONMENTS",
        )
    return root


def _make(folder: str, make: Callable[[str], dict[str, Any]]) -> None:
    _clear(folder)
    os.mkdir(folder, 0o700)
    try:
        facts = make(folder)
    except BaseException:
        _clear(folder)
        raise
    record = {"format": _FORMAT, "created": time.time(), **facts}
    write_whole(os.path.join(folder, _RECORD), json.dumps(record, indent=1))


def _clear(folder: str) -> None:
    # The record first: what is left of a removal that was killed does not count.
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, _RECORD))
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _read(root: str, key: str) -> StoredEnvironment | None:
    folder = os.path.join(root, key)
    data = read_small(os.path.join(folder, _RECORD))
    try:
        record = json.loads(data or b"{}")
        if record.pop("format", None) != _FORMAT:
            return None
        return StoredEnvironment(key=key, folder=folder, **record)
    except (ValueError, TypeError, AttributeError):
        return None
