"""Limits: sizes above which an object or file is refused.

They protect against objects that inflate to gigabytes, so the sizes are checked before anything is inflated. Only the
caller's `limits=` changes them; nothing in a repository can.
"""

from __future__ import annotations

from zenml_pin.base.values import Value

MIB = 2**20


class Limits(Value):
    """Sizes in bytes, a depth, a time and a number of files.

    Args:
        source: A module's source file or data file. CPython needs 1 GiB to compile a dense 2 MiB file.
        tree: A tree, a commit or a tag, and every link of a delta chain. A tree entry takes about 40 bytes.
        document: A pipeline document.
        depth: Nested folders below a commit's root.
        bundle: A bundle file, and the sum of its inflated objects: opening a bundle inflates each object once. Also an
            answer of a remote repository's server.
        timeout: Seconds that such an answer may take, plus one for each 10 kB that arrived.
        files: The sum of the files that are laid in memory beside the code of one commit. They never take more than a
            quarter of what is free there.
        file_count: How many files these may be.
    """

    source: int = 2 * MIB
    tree: int = 32 * MIB
    document: int = MIB
    depth: int = 100
    bundle: int = 1024 * MIB
    timeout: float = 60
    files: int = 64 * MIB
    file_count: int = 10_000


DEFAULT_LIMITS = Limits()
