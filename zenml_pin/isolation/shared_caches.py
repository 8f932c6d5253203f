"""Shared caches: files of the user's cache folder that a trial may read, so that libraries need not make them again.

The cache folder of a trial is its private folder, where a library finds nothing. A link there leads to the user's file,
which the walls let the trial read. A file is shared only if it names nothing in a home folder: it then tells the code
nothing that the code may not read anyway.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatch

from zenml_pin.base.files import read_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# By folder in the cache folder: the names of files, and what they hold.
CACHES = {
    "matplotlib": ("fontlist-v*.json", "the fonts of the system, which Matplotlib otherwise reads one by one")
}
_LARGEST = 4 * 2**20


def find_shared(
    cache_folder: str | None, homes: Iterable[str], repositories: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield the files that are shared, and their places in the cache folder of a trial.

    Args:
        cache_folder: The user's cache folder, if it is known.
        homes: Home folders, without links.
        repositories: Folders that a trial may not read, without links.
    """
    if cache_folder is None:
        return
    hidden = [form for home in homes for form in _forms(home.rstrip("/") + "/")]
    for library, (pattern, _) in CACHES.items():
        folder = os.path.join(os.path.realpath(cache_folder), library)
        if any(f"{folder}/".startswith(f"{closed}/") for closed in repositories):
            continue
        for name in _names(folder):
            path = os.path.join(folder, name)
            if fnmatch(name, pattern) and _is_public(path, hidden):
                yield path, os.path.join(library, name)


def link_shared(shared: Iterable[tuple[str, str]], folder: str) -> None:
    """Make the links in the cache folder of a trial."""
    for path, place in shared:
        os.makedirs(os.path.join(folder, os.path.dirname(place)), exist_ok=True)
        os.symlink(path, os.path.join(folder, place))


def _names(folder: str) -> list[str]:
    if os.path.realpath(folder) != folder:
        return []
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _forms(folder: str) -> tuple[bytes, bytes]:
    """Return a path as a file of JSON may contain it: as it is, or with escapes."""
    return os.fsencode(folder), json.dumps(folder)[1:-1].encode("ascii")


def _is_public(path: str, hidden: Iterable[bytes]) -> bool:
    """Tell whether a file is regular, and names nothing below some folders."""
    try:
        content = None if os.path.islink(path) else read_regular(path, _LARGEST)
    except (OSError, OverflowError):
        return False
    return content is not None and not any(folder in content for folder in hidden)
