"""Writing bundles: objects and refs become bytes, the same for the same input.

No deltas are made: the few objects of a pin are small, and equal ones are there once.

Sources: gitformat-bundle(5), gitformat-pack(5).
"""

from __future__ import annotations

import hashlib
import os
import zlib

from zenml_pin.git.packentry import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What a bundle says that holds single commits, with the trees and files that somebody needs of them: git then takes
# what is not there for left out, and does not look for it.
SUBSET = "tree:0"
_NUMBERS = {kind: number for number, kind in KINDS.items()}


def write_bundle(
    objects: Mapping[str, tuple[str, bytes]],
    refs: Mapping[str, str],
    *,
    filter: str = SUBSET,
    object_format: str = "sha1",
) -> bytes:
    """Return a bundle, of version 2 where that can say all.

    Args:
        objects: Kind and raw content by id; commits are written first, then trees, then files, each sorted by id.
        refs: Ids by ref; written sorted.
        filter: What was left out; "" claims that nothing was, and all that commits and trees name is there.
        object_format: "sha1" or "sha256".
    """
    # The order in which git writes them too.
    ordered = sorted(objects.items(), key=lambda item: (_NUMBERS[item[1][0]], item[0]))
    entries = [_entry(kind, data) for _, (kind, data) in ordered]
    pack = b"".join([b"PACK", (2).to_bytes(4, "big"), len(entries).to_bytes(4, "big"), *entries])
    digest = hashlib.new(object_format, pack, usedforsecurity=False).digest()
    lines = [f"{name} {ref}\n" for ref, name in sorted(refs.items())]
    return os.fsencode("".join([*_signature(filter, object_format), *lines, "\n"])) + pack + digest


def _signature(filter: str, object_format: str) -> list[str]:
    if not filter and object_format == "sha1":
        return ["# v2 git bundle\n"]
    lines = ["# v3 git bundle\n", f"@object-format={object_format}\n"]
    return [*lines, f"@filter={filter}\n"] if filter else lines


def _entry(kind: str, data: bytes) -> bytes:
    size = len(data)
    head = [_NUMBERS[kind] << 4 | size & 15]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + zlib.compress(data, 9)
