"""The import path of a trial: folders that it cannot list, but from which it imports modules.

The right to list a folder includes all folders below it, so it is not granted for a folder that contains the repository
or a home. Python's finder lists a folder before it imports from it. Here it does so before the walls are up, and keeps
the list.
"""

from __future__ import annotations

import pkgutil
from importlib.machinery import FileFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def list_now(entries: Iterable[str]) -> None:
    """Make the finders of some entries list their folders now, and never again."""
    for entry in entries:
        finder = pkgutil.get_importer(entry)
        fill = getattr(finder, "_fill_cache", None)
        if isinstance(finder, FileFinder) and fill is not None:
            fill()
            # No public name prevents the finder from listing the folder again after a change.
            vars(finder)["_fill_cache"] = _keep


def _keep() -> None:
    """Keep the list."""
