"""What a worker gets from here: this package in front, and the libraries that it needs behind the environment's own.

Two folders of links. Only `zenml_pin` is in the first; in the second are dulwich, PyYAML and attrs with what they need,
and nothing else that is installed here. It is the last entry of `sys.path`, so a locked version wins.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from importlib.util import find_spec

from zenml_pin.backends.environments.stored import environments_folder
from zenml_pin.base.version import PACKAGE

# The modules of our dependencies, and of theirs.
BEHIND = ("attr", "attrs", "dulwich", "typing_extensions", "urllib3", "yaml", "_yaml")


def support_folders() -> tuple[str, str]:
    """Return the folder for the front of `sys.path`, and the one for its end; make them where they are missing."""
    places = {name: place for name in (PACKAGE, *BEHIND) if (place := _place(name)) is not None}
    digest = hashlib.sha256(repr(sorted(places.items())).encode()).hexdigest()[:16]
    folder = os.path.join(environments_folder(), f"support-{digest}")
    if not os.path.isdir(folder):
        _make(folder, places)
    return os.path.join(folder, "front"), os.path.join(folder, "behind")


def _make(folder: str, places: dict[str, str]) -> None:
    new = f"{folder}.{secrets.token_hex(4)}"
    for name, place in places.items():
        part = os.path.join(new, "front" if name == PACKAGE else "behind")
        os.makedirs(part, mode=0o700, exist_ok=True)
        os.symlink(place, os.path.join(part, os.path.basename(place)))
    # Another process may have been faster; its folder has the same links.
    with suppress(OSError):
        os.rename(new, folder)


def _place(name: str) -> str | None:
    """Return the folder of a package or the file of a module; None where it is not installed."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return os.path.dirname(spec.origin) if spec.submodule_search_locations is not None else spec.origin
