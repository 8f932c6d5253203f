"""Given source roots in a bundle: a small file for each list, and a ref with its roots id.

    refs/zenml-pin/source-roots/<roots id>  ->  the roots, separated by NUL

A reader compares the file with the id, so the ref need not be trusted.
"""

from __future__ import annotations

from zenml_pin.git.objects.object_store import object_id
from zenml_pin.importing.given_roots import ROOTS_REF, find_known, to_bytes
from zenml_pin.source import split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def roots_to_objects(
    pins: Iterable[str], object_format: str
) -> tuple[dict[str, tuple[str, bytes]], dict[str, str]]:
    """Return the objects and refs that carry the given source roots of some pins.

    Args:
        pins: Commit ids, with roots ids where a caller gave source roots.
        object_format: "sha1" or "sha256".
    """
    objects: dict[str, tuple[str, bytes]] = {}
    refs: dict[str, str] = {}
    for _, roots_id in filter(None, map(split_pin, pins)):
        roots = find_known(roots_id) if roots_id is not None else None
        if roots is not None:
            data = to_bytes(roots)
            name = object_id("blob", data, object_format)
            objects[name] = "blob", data
            refs[f"{ROOTS_REF}{roots_id}"] = name
    return objects, refs
