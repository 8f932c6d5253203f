"""The recommended structure of a workspace: one working example of each kind, as text files in this folder.

A file `files/split/my_split/my_split_step.py.txt` becomes `split/my_split/my_split_step.py`. Because of the suffix
Python, test runners and linters do not treat an example as part of this package.
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
    """Return the scaffold: the text of each file by its path, relative to the workspace."""
    return dict(sorted(_walk(files(__name__).joinpath("files"), "")))


def lay_scaffold(root: str) -> list[str]:
    """Write the files of the scaffold that do not exist yet; return their paths, relative to the root."""
    written = []
    for path, text in scaffold_files().items():
        target = os.path.join(root, path)
        if not os.path.lexists(target):
            refuse_link_out(target, root)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write_whole(target, text)
            written.append(path)
    return written


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(_SUFFIX):
            text = entry.read_text(encoding="utf-8").replace("@VERSION@", __version__)
            yield prefix + entry.name.removesuffix(_SUFFIX), text
