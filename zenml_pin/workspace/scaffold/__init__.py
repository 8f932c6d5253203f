"""The recommended structure of a workspace: one working example of each kind, kept here as text files.

A file `files/split/my_split/my_split_step.py.txt` becomes `split/my_split/my_split_step.py`. The suffix keeps
Python, test runners and linters from taking an example for a part of this package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files

from zenml_pin.base.atomic import write_whole
from zenml_pin.base.version import __version__
from zenml_pin.workspace.edits import refuse_link_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SUFFIX = ".txt"


def scaffold_files() -> dict[str, str]:
    """Return the scaffold: paths relative to the workspace, and texts."""
    return dict(sorted(_walk(files(__name__).joinpath("files"), "")))


def lay_scaffold(root: str) -> list[str]:
    """Write those files of the scaffold that are not there yet; return their paths, relative to the root."""
    laid = []
    for path, text in scaffold_files().items():
        target = os.path.join(root, path)
        if not os.path.lexists(target):
            refuse_link_out(target, root)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write_whole(target, text)
            laid.append(path)
    return laid


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(_SUFFIX):
            text = entry.read_text(encoding="utf-8").replace("@VERSION@", __version__)
            yield prefix + entry.name.removesuffix(_SUFFIX), text
