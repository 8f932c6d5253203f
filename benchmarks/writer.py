"""Writing a long history fast: only changed trees are written, and one pack at the end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from dulwich.objects import ShaFile
from dulwich.pack import write_pack

from tests.support.repositories import AUTHOR, FILE, FOLDER, START, STEP, Repo

_NUMBERS = {"commit": 1, "tree": 2, "blob": 3}


class Folder:
    """A folder that is committed many times; only its changes are written again."""

    def __init__(self) -> None:
        self._children: dict[str, Folder | str] = {}
        self._id: str | None = None

    def put(self, path: str, blob_id: str | None) -> None:
        """Put a file at a path, or remove it."""
        self._id = None
        name, slash, rest = path.partition("/")
        if slash:
            child = self._children.setdefault(name, Folder())
            assert isinstance(child, Folder)
            child.put(rest, blob_id)
        elif blob_id is None:
            del self._children[name]
        else:
            self._children[name] = blob_id

    def write(self, writer: Writer) -> str:
        """Return the id of its tree."""
        if self._id is None:
            self._id = writer.put("tree", b"".join(self._entries(writer)))
        return self._id

    def _entries(self, writer: Writer) -> Iterator[bytes]:
        def key(name: str) -> str:
            return name + "/" if isinstance(self._children[name], Folder) else name

        for name in sorted(self._children, key=key):
            child = self._children[name]
            mode, object_id = (FOLDER, child.write(writer)) if isinstance(child, Folder) else (FILE, child)
            yield f"{mode:o} {name}\0".encode() + bytes.fromhex(object_id)


class Writer:
    """Collects objects, and writes them as one pack."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._objects: dict[str, tuple[str, bytes]] = {}

    def put(self, kind: str, data: bytes) -> str:
        """Keep an object and return its id."""
        name = hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()
        self._objects[name] = kind, data
        return name

    def commit(self, root: Folder, parent: str | None, index: int, message: str = "a change\n") -> str:
        """Keep a commit, `index` minutes after the first, and return its id."""
        when = f"{START + index * STEP} +0000"
        head = f"tree {root.write(self)}\n" + (f"parent {parent}\n" if parent else "")
        text = f"{head}author {AUTHOR} {when}\ncommitter {AUTHOR} {when}\n\n{message}"
        return self.put("commit", text.encode())

    def close(self) -> None:
        """Write the pack."""
        objects = [ShaFile.from_raw_string(_NUMBERS[kind], data) for kind, data in self._objects.values()]
        name = hashlib.sha1("".join(sorted(self._objects)).encode()).hexdigest()
        stem = os.path.join(self._repo.objects, "pack", f"pack-{name}")
        write_pack(stem, objects, self._repo.format, deltify=False)
