"""The import path of a trial: folders whose names it cannot list, and whose modules it imports all the same.

A right to list a folder is one to list all below it, so that it is not granted for a folder that contains the
repository or a home. Python's finder lists a folder before it imports from it; here it does so before the walls are
up, and keeps what it has seen.
"""

from __future__ import annotations

import pkgutil
from importlib.machinery import FileFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def list_now(entries: Iterable[str]) -> None:
    """Let the finders of some entries list their folders now, and never again."""
    for entry in entries:
        finder = pkgutil.get_importer(entry)
        fill = getattr(finder, "_fill_cache", None)
        if isinstance(finder, FileFinder) and fill is not None:
            fill()
            # Public names offer no way to keep it from listing the folder when that has changed.
            vars(finder)["_fill_cache"] = _keep


def _keep() -> None:
    """Keep what was listed."""
