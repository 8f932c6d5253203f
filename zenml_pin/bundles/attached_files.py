"""Files that travel in a bundle beside pins, such as a pipeline's document: a tree of git's, under a ref of ours.

    refs/zenml-pin/files/<tree id>

Their content is named by hashes, but nothing outside the bundle says which files are meant.
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
    """Return the id of the tree that holds some files, and its objects by id.

    Args:
        files: Contents by path, posix and relative.
        object_format: "sha1" or "sha256".
    """
    made: dict[str, tuple[str, bytes]] = {}

    def add(kind: str, data: bytes) -> str:
        name = object_id(kind, data, object_format)
        made[name] = kind, data
        return name

    def folder(held: Mapping[str, bytes]) -> str:
        below: dict[str, dict[str, bytes]] = {}
        entries = []
        for path, data in held.items():
            first, slash, rest = path.partition("/")
            if slash:
                below.setdefault(first, {})[rest] = data
            else:
                entries.append(Entry(first, FILE, add("blob", data)))
        entries += [Entry(name, FOLDER, folder(inner)) for name, inner in below.items()]
        return add("tree", format_tree(entries))

    return folder(files), made


def read_files(objects: Objects, tree_id: str, limit: int) -> dict[str, bytes]:
    """Return the files of a tree by path, sorted.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: One is not there, or no file.
        BundleError: There are too many: a few trees that name each other can stand for any number.
    """
    try:
        entries = dict(walk_tree(objects, tree_id, most=_MOST))
    except UnsupportedError as error:
        raise BundleError(objects.source.place, f"it carries more than {_MOST} files and folders") from error
    return {path: objects.get(entry.id, "blob", limit) for path, entry in sorted(entries.items())}
