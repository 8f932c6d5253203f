"""A bundle of one commit with one file, and its three objects."""

from __future__ import annotations

from zenml_pin.git.bundle import write_bundle
from zenml_pin.git.objects.object_store import object_id

HELLO = b"hello\n" * 20
TREE_OF_HELLO = b"100644 hello\0" + bytes.fromhex(object_id("blob", HELLO))
COMMIT_OF_HELLO = (
    f"tree {object_id('tree', TREE_OF_HELLO)}\n"
    "author Ada Lovelace <ada@example.org> 1610366400 +0000\n"
    "committer Ada Lovelace <ada@example.org> 1610366400 +0000\n\nfirst\n"
).encode()
ID_OF_COMMIT = object_id("commit", COMMIT_OF_HELLO)


def small_bundle(object_format: str = "sha1") -> bytes:
    """Return a bundle of a commit with one file."""
    blob = object_id("blob", HELLO, object_format)
    tree = b"100644 hello\0" + bytes.fromhex(blob)
    tree_id = object_id("tree", tree, object_format)
    text = COMMIT_OF_HELLO.replace(object_id("tree", TREE_OF_HELLO).encode(), tree_id.encode())
    name = object_id("commit", text, object_format)
    objects = {blob: ("blob", HELLO), tree_id: ("tree", tree), name: ("commit", text)}
    return write_bundle(objects, {f"refs/zenml-pin/{name}": name}, object_format=object_format)
