"""Other files in a bundle, such as a pipeline's document: a git tree, with a ref of this package.

    refs/zenml-pin/files/<tree id>

Ids protect the content of the files, but nothing outside the bundle says which files belong in it.
"""

from __future__ import annotations

from zenml_pin.errors import BundleError, UnsupportedError
from zenml_pin.git.objects.object_store import Objects, object_id
from zenml_pin.git.objects.tree import FILE, FOLDER, Entry, format_tree
from zenml_pin.git.objects.walk import walk_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILES = "refs/zenml-pin/files/"
_MOST = 10_000


def files_to_objects(
    files: Mapping[str, bytes], object_format: str
) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """Return the id of the tree of some files, and all objects of it by id.

    Args:
        files: Contents by path, posix and relative.
        object_format: "sha1" or "sha256".
    """
    objects: dict[str, tuple[str, bytes]] = {}

    def add(kind: str, data: bytes) -> str:
        name = object_id(kind, data, object_format)
        objects[name] = kind, data
        return name

    def folder(contents: Mapping[str, bytes]) -> str:
        below: dict[str, dict[str, bytes]] = {}
        entries = []
        for path, data in contents.items():
            first, slash, rest = path.partition("/")
            if slash:
                below.setdefault(first, {})[rest] = data
            else:
                entries.append(Entry(first, FILE, add("blob", data)))
        entries += [Entry(name, FOLDER, folder(inner)) for name, inner in below.items()]
        return add("tree", format_tree(entries))

    return folder(files), objects


def read_files(objects: Objects, tree_id: str, limit: int) -> dict[str, bytes]:
    """Return the files of a tree by path, sorted.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: An object is missing, or is not a file.
        BundleError: There are too many files. The limit is needed: a few trees that contain each other several times
            can list any number of files.
    """
    try:
        entries = dict(walk_tree(objects, tree_id, most=_MOST))
    except UnsupportedError as error:
        raise BundleError(objects.source.label, f"it carries more than {_MOST} files and folders") from error
    return {path: objects.get(entry.id, "blob", limit) for path, entry in sorted(entries.items())}
