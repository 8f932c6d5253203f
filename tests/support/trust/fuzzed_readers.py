"""What is fuzzed: readers of bytes from others, and sound inputs to start from.

A new reader is one more line of `TARGETS`: a function that takes bytes and a folder for its own files, and seeds.
Any answer is allowed here, and so is a PinError; any other exception is a fault.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.git.index_bytes import TREE, Staged, build, extension
from tests.support.git.pack_bytes import BLOB, OFFSET_DELTA, Record, blob_id, copy, delta, insert, write_pack
from tests.support.git.reftable_bytes import put_tables, tables_of
from tests.support.repositories import init, put_commit, put_tree
from zenml_pin.base.limits import Limits
from zenml_pin.git.bundle import open_bundle
from zenml_pin.git.config import read_settings
from zenml_pin.git.index import Index
from zenml_pin.git.index.cache_tree import find_trees
from zenml_pin.git.objects.commit import parse_commit
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tag import parse_tag
from zenml_pin.git.objects.tree import parse_tree
from zenml_pin.git.reftable.stack import Stack
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.attributes import AttributesFile
from zenml_pin.git.status.ignore import parse_ignore
from zenml_pin.git.storage import DiskSource
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pipelines.documents.document import dump_document, parse_document
from zenml_pin.source import Source

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"
_RAW = bytes.fromhex(ID)
_BASE = b"class A:\n    epochs = 1\n" * 20
_NEXT = _BASE + b"end\n"


@dataclass(frozen=True)
class Target:
    """A reader and sound inputs.

    Attributes:
        read: Reads bytes; gets its own folder.
        seeds: Inputs that it accepts.
    """

    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]


def _source(data: bytes, folder: Path) -> object:
    text = data.decode("utf-8", "surrogateescape")
    source = Source.parse(text)
    assert str(source) == text
    return source


def _tree(data: bytes, folder: Path) -> object:
    entries = parse_tree(ID, data, 20, "a tree")
    assert all("/" not in name and name not in ("", ".", "..") for name in entries)
    return entries


def _index(data: bytes, folder: Path) -> object:
    path = folder / "index"
    path.write_bytes(data)
    index = Index(os.fspath(path), 20, Objects(MemorySource()))
    try:
        return index.entries(b""), index.entries(b"pkg"), index.tree_id(b"pkg"), index.find(b"pkg/step.py")
    finally:
        index.close()


def _cached_trees(data: bytes, folder: Path) -> object:
    return find_trees(data, b"pkg", 20)


def _document(data: bytes, folder: Path) -> object:
    return dump_document(parse_document(data))


def _reftable(data: bytes, folder: Path) -> object:
    put_tables(folder, {"a.ref": data})
    stack = Stack(os.fspath(folder), "sha1")
    refs = stack.scan("")
    # A search and a scan give the same answer, or refuse.
    assert all(stack.find(name) == value for name, value in list(refs.items())[:20])
    return refs


def _commit(data: bytes, folder: Path) -> object:
    return parse_commit(ID, data, "a commit")


def _tag(data: bytes, folder: Path) -> object:
    return parse_tag(ID, data, "a tag")


def _settings(data: bytes, folder: Path) -> object:
    (folder / "config").write_bytes(data)
    return read_settings(os.fspath(folder / "config"))


def _attributes(data: bytes, folder: Path) -> object:
    return AttributesFile(data, True)


def _ignore(data: bytes, folder: Path) -> object:
    return [pattern.matches(b"pkg/step.py", False) for pattern in parse_ignore(data)]


def _module(data: bytes, folder: Path) -> object:
    return Definitions.of(data)


def _loose(data: bytes, folder: Path) -> object:
    name = blob_id(_BASE)
    fanout = folder / name[:2]
    fanout.mkdir(exist_ok=True)
    (fanout / name[2:]).write_bytes(data)
    source = DiskSource(os.fspath(folder), "sha1", "a folder")
    return Objects(source).find_any(name, 10_000)


def _pack_part(suffix: str) -> Callable[[bytes, Path], object]:
    """Read every object of the small pack; one of its files has the given bytes."""

    def read(data: bytes, folder: Path) -> object:
        stem = _small_pack(folder)
        Path(stem + suffix).write_bytes(data)
        objects = Objects(DiskSource(os.fspath(folder), "sha1", "a folder"), Limits(source=10_000))
        try:
            for content in (_BASE, _NEXT):
                assert objects.find_any(blob_id(content), 10_000) in (None, ("blob", content))
            return objects.source.ids_with_prefix("e944")  # type: ignore[attr-defined]
        finally:
            objects.source.close()

    return read


def _small_pack(folder: Path) -> str:
    (folder / "pack").mkdir(exist_ok=True)
    step = delta(len(_BASE), len(_NEXT), copy(0, len(_BASE)), insert(b"end\n"))
    records = [Record(blob_id(_BASE), BLOB, _BASE), Record(blob_id(_NEXT), OFFSET_DELTA, step, 0)]
    return write_pack(os.fspath(folder), records)


def _bundle(data: bytes, folder: Path) -> object:
    repository = open_bundle(data, Limits(source=10_000))
    return [repository.objects.find_any(name, 10_000) for name in repository.source.ids_with_prefix("")]


def _sound_bundle() -> bytes:
    content = _sample(".pack")
    return (
        f"# v3 git bundle\n@object-format=sha1\n@filter=tree:0\n{blob_id(_BASE)} refs/heads/main\n\n".encode()
        + content
    )


def _refs_part(name: str) -> Callable[[bytes, Path], object]:
    """Read the refs of a repository; one of its files has the given bytes."""

    def read(data: bytes, folder: Path) -> object:
        path = folder / "repo"
        if not path.exists():
            repo = init(path)
            put_commit(repo, put_tree(repo, {}))
        (path / ".git" / name).write_bytes(data)
        with GitRepository.open(os.fspath(path)) as repository:
            return repository.refs.head(), repository.refs.all(), repository.refs.find("refs/heads/main")

    return read


def _sample(suffix: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return Path(_small_pack(Path(folder)) + suffix).read_bytes()


_STAGED = [
    Staged(b"a.py", b"1"),
    Staged(b"pkg/__init__.py"),
    Staged(b"pkg/step.py", b"x = 1\n", extended=0x4000),
]
_COMMIT = (
    f"tree {ID}\nparent {ID}\nauthor Ada <a@b> 1610366400 +0000\ncommitter Ada <a@b> 1610366400 -0130\n"
    "gpgsig -----BEGIN\n more\n\nmessage\n"
).encode()
_DOCUMENT = f"""\
version: '1'
pipeline: {{name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0, args: {{}}}}
datasource: {{id: d, name: d, source: a.b.C, args: {{path: x.csv}}}}
steps:
  training: {{source: a.b.C@{ID}, args: {{epochs: 20, x: &x [1, 2.5, null, 'é'], y: *x, z: {{$tuple: [1]}}}}}}
""".encode()

TARGETS: dict[str, Target] = {
    "source grammar": Target(
        _source, (f"a.b.C@{ID}".encode(), b"zenml.steps.Split@zenml_0.1.4", "é.Ü".encode())
    ),
    "tree reader": Target(_tree, (b"100644 a\0" + _RAW + b"40000 pkg\0" + _RAW, b"")),
    "index reader": Target(
        _index,
        tuple(
            build(_STAGED, version, extension(TREE, b"\x003 1\n" + _RAW + b"pkg\x002 0\n" + _RAW))
            for version in (3, 4)
        ),
    ),
    "cached trees": Target(_cached_trees, (b"\x003 1\n" + _RAW + b"pkg\x002 0\n" + _RAW,)),
    "document reader": Target(_document, (_DOCUMENT,)),
    "commit reader": Target(_commit, (_COMMIT,)),
    "tag reader": Target(
        _tag, (f"object {ID}\ntype commit\ntag v\ntagger Ada <a@b> 1 +0000\n\nv\n".encode(),)
    ),
    "loose reader": Target(_loose, (zlib.compress(b"blob %d\0" % len(_BASE) + _BASE),)),
    "pack reader": Target(_pack_part(".pack"), (_sample(".pack"),)),
    "pack index reader": Target(_pack_part(".idx"), (_sample(".idx"),)),
    "bundle reader": Target(_bundle, (_sound_bundle(),)),
    "settings reader": Target(
        _settings, (b'[core]\n\tbare = false\n[remote "x"] url = "a\\"b" ; c\n[include]\npath = y\n',)
    ),
    "attributes reader": Target(
        _attributes, (b'[attr]m -text\n"a b" m !diff eol=crlf\n*.py text=auto # c\n',)
    ),
    "ignore reader": Target(_ignore, (b"*.log\n!keep\n/a/**/b\n[!a-z]?\\ \n**/x/\n",)),
    "HEAD reader": Target(_refs_part("HEAD"), (b"ref: refs/heads/main\n", ID.encode() + b"\n")),
    "reftable reader": Target(_reftable, (*tables_of("one-sha1").values(), *tables_of("many-sha1").values())),
    "packed-refs reader": Target(
        _refs_part("packed-refs"),
        (f"# pack-refs with: peeled fully-peeled sorted \n{ID} refs/heads/main\n^{ID}\n".encode(),),
    ),
}
