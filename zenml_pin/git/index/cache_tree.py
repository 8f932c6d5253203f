"""The index's `TREE` extension: the ids of the trees that the index would write.

    node = name NUL entry-count SP subtree-count LF [id] *node

A node is valid until a change below it is staged: then git makes the count negative and leaves out the id. So if a
valid node has the id of HEAD's tree, index and HEAD are equal there, and no entry has to be compared. git's status
relies on it in the same way.

Sources: gitformat-index(5), "Cache tree".
"""

from __future__ import annotations

from zenml_pin.load_errors import UnsupportedError


def find_trees(data: bytes, folder: bytes, id_length: int) -> dict[bytes, str | None]:
    """Return the tree ids of a folder and of all folders above it, by path ("" is the root); None for an invalid node.

    A folder without a node is left out.

    Raises:
        UnsupportedError: The extension is damaged.
    """
    try:
        return _find(data, folder.split(b"/") if folder else [], id_length) if data else {}
    except (ValueError, IndexError) as error:
        raise UnsupportedError("the index is damaged: its cached trees cannot be read") from error


def _find(data: bytes, parts: list[bytes], id_length: int) -> dict[bytes, str | None]:
    _, tree_id, children, position = _node(data, 0, id_length)
    trees, path = {b"": tree_id}, b""
    for part in parts:
        for _ in range(children):
            name, tree_id, below, position = _node(data, position, id_length)
            if name == part:
                break
            position = _skip(data, position, below, id_length)
        else:
            return trees
        children = below
        path = path + b"/" + part if path else part
        trees[path] = tree_id
    return trees


def _node(data: bytes, position: int, id_length: int) -> tuple[bytes, str | None, int, int]:
    """Return a node's name, tree id or None, number of children, and where it ends."""
    nul = data.index(b"\0", position)
    line = data.index(b"\n", nul)
    count, children = map(int, data[nul + 1 : line].split(b" "))
    end = line + 1 + (id_length if count >= 0 else 0)
    if end > len(data) or children < 0:
        raise ValueError("cut off")
    return data[position:nul], data[line + 1 : end].hex() or None, children, end


def _skip(data: bytes, position: int, pending: int, id_length: int) -> int:
    """Return where the next `pending` nodes end, with all below them."""
    while pending:
        nul = data.index(b"\0", position)
        line = data.index(b"\n", nul)
        count, _, children = data[nul + 1 : line].partition(b" ")
        position = line + 1 if count[:1] == b"-" else line + 1 + id_length
        pending += int(children) - 1
    return position
