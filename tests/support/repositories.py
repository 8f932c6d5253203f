"""Repositories from nested dicts, built without git, so that a test shows what its repository contains.

    first = commit(repo, {"trainers": {"__init__.py": "", "step.py": "class A: epochs = 1\\n"}})
    second = commit(repo, {"trainers": {"step.py": "class A: epochs = 2\\n"}}, base=first)

    files   = { name: str | bytes | Executable | Link | Submodule | files | None }

A str or bytes is a file's content, a dict a folder, None a path to delete. Author, committer and times are
fixed, so commit ids are constants. The branch is `main`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dulwich.config import ConfigFile
from dulwich.index import Index, IndexEntry, index_entry_from_stat
from dulwich.object_format import OBJECT_FORMATS, ObjectFormat
from dulwich.object_store import DiskObjectStore, iter_tree_contents
from dulwich.objects import Commit, ObjectID
from dulwich.pack import write_pack
from dulwich.repo import Repo as DulwichRepo

AUTHOR = "Ada Lovelace <ada@example.org>"
# 2021-01-11 12:00 UTC; every commit is a minute later than its parents.
START = 1610366400
STEP = 60

FILE = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
FOLDER = 0o040000
SUBMODULE = 0o160000


@dataclass(frozen=True)
class Executable:
    """A file with its executable bit set."""

    content: str | bytes


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """A submodule at a commit of another repository."""

    commit_id: str


Node = str | bytes | Executable | Link | Submodule
Files = Mapping[str, "Node | Files | None"]
Flat = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Repo:
    """The paths of a test repository.

    Attributes:
        path: Its worktree, or the repository itself where it is bare.
        gitdir: Holds HEAD and the index.
        commondir: Holds objects, refs and config.
        bare: Whether it has no worktree.
        object_format: "sha1" or "sha256".
    """

    path: str
    gitdir: str
    commondir: str = field(repr=False)
    bare: bool = False
    object_format: str = "sha1"

    @property
    def objects(self) -> str:
        """The folder of loose objects and packs."""
        return os.path.join(self.commondir, "objects")

    @property
    def index(self) -> str:
        """The index file's path."""
        return os.path.join(self.gitdir, "index")

    @property
    def format(self) -> ObjectFormat:
        """The hash algorithm, in dulwich's form."""
        return OBJECT_FORMATS[self.object_format]

    def join(self, *parts: str) -> str:
        """Return the absolute path of something in the worktree."""
        return os.path.join(self.path, *parts)

    def loose(self, object_id: str) -> str:
        """Return the path of a loose object."""
        return os.path.join(self.objects, object_id[:2], object_id[2:])


# Making and changing repositories


def init(path: str | os.PathLike[str], *, bare: bool = False, object_format: str = "sha1") -> Repo:
    """Make an empty repository with the branch `main`, and its folder if that is missing."""
    path = os.fspath(path)
    os.makedirs(path, exist_ok=True)
    make = DulwichRepo.init_bare if bare else DulwichRepo.init
    new = make(path, default_branch=b"main", object_format=object_format, config=None)
    new.close()
    gitdir = path if bare else os.path.join(path, ".git")
    return Repo(path, gitdir, gitdir, bare, object_format)


def nest(flat: Mapping[str, object]) -> dict[str, Any]:
    """Return files by path as folders in folders, as `commit` and `write` take them."""
    nested: dict[str, Any] = {}
    for path, entry in flat.items():
        *folders, name = path.split("/")
        inner = nested
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = entry
    return nested


def commit(
    repo: Repo,
    files: Files,
    *,
    base: str | None = None,
    parent: str | Sequence[str] | None = "HEAD",
    message: str = "a change\n",
    checkout: bool = True,
) -> str:
    """Commit files on the current branch (or a detached HEAD) and return the commit's id.

    Index and worktree then have the content of the commit; files that were never committed stay.

    Args:
        repo: The repository.
        files: The whole tree; with `base`, changes to it.
        base: The commit whose tree `files` changes.
        parent: "HEAD" (none before the first commit), one id, several for a merge, None for a first commit.
        message: The commit's message.
        checkout: False leaves the worktree as it is. The index is written in either case.
    """
    flat = dict(_flat(_merge(repo, nest(_listing(repo, base) if base else {}), files)))
    head = find_head(repo)
    if parent == "HEAD":
        parents = [head] if head else []
    else:
        parents = [parent] if isinstance(parent, str) else list(parent or [])
    commit_id = put_commit(repo, put_tree(repo, flat), parents, message)
    previous = _listing(repo, head) if head else {}
    set_head(repo, commit_id)
    if not repo.bare:
        if checkout:
            _write_worktree(repo, flat, previous)
        _write_index(repo, flat, with_stat=checkout)
    return commit_id


def branch(repo: Repo, name: str, commit_id: str | None = None, *, switch: bool = False) -> None:
    """Make or move a branch to a commit, HEAD's by default; `switch=True` also checks it out."""
    target = commit_id or get_head(repo)
    set_ref(repo, f"refs/heads/{name}", target)
    if switch:
        checkout(repo, target)
        _put(os.path.join(repo.gitdir, "HEAD"), f"ref: refs/heads/{name}\n".encode())


def tag(repo: Repo, name: str, commit_id: str | None = None, *, annotated: bool = False) -> str:
    """Tag a commit (or any object), HEAD's by default; return the id that the tag holds."""
    target = commit_id or get_head(repo)
    if annotated:
        kind = kind_of(repo, target)
        text = f"object {target}\ntype {kind}\ntag {name}\ntagger {AUTHOR} {START} +0000\n\n{name}\n"
        target = put(repo, "tag", text.encode())
    set_ref(repo, f"refs/tags/{name}", target)
    return target


def detach(repo: Repo, commit_id: str) -> None:
    """Check out a commit with a detached HEAD."""
    if repo.bare:
        _put(os.path.join(repo.gitdir, "HEAD"), f"{commit_id}\n".encode())
        return
    checkout(repo, commit_id)
    _put(os.path.join(repo.gitdir, "HEAD"), f"{commit_id}\n".encode())


def checkout(repo: Repo, commit_id: str) -> None:
    """Give index and worktree the content of a commit; HEAD does not change."""
    head = find_head(repo)
    flat = _listing(repo, commit_id)
    _write_worktree(repo, flat, _listing(repo, head) if head else {})
    _write_index(repo, flat, with_stat=True)


def write(repo: Repo, files: Files) -> None:
    """Change files only in the worktree; files that are not in `files` stay."""
    for path, node in _flatten(files):
        _write_file(repo.join(path), node)


def pack(repo: Repo, ids: Iterable[str] | None = None, *, deltas: bool = False) -> str:
    """Move loose objects (all of them by default) into one pack; return its path without the suffix."""
    chosen = sorted(loose_ids(repo) if ids is None else ids)
    store = _store(repo)
    try:
        objects = [store[ObjectID(name.encode())] for name in chosen]
    finally:
        store.close()
    name = hashlib.sha1("".join(chosen).encode()).hexdigest()
    stem = os.path.join(repo.objects, "pack", f"pack-{name}")
    write_pack(stem, objects, repo.format, deltify=deltas)
    for name in chosen:
        os.remove(repo.loose(name))
    return stem


def linked_worktree(repo: Repo, path: str | os.PathLike[str], commit_id: str | None = None) -> Repo:
    """Do what `git worktree add --detach` does: make another worktree, by default at HEAD's commit."""
    path = os.fspath(path)
    gitdir = os.path.join(repo.commondir, "worktrees", os.path.basename(path))
    os.makedirs(path)
    os.makedirs(gitdir)
    _put(os.path.join(path, ".git"), f"gitdir: {gitdir}\n".encode())
    _put(os.path.join(gitdir, "gitdir"), f"{os.path.join(path, '.git')}\n".encode())
    _put(os.path.join(gitdir, "commondir"), b"../..\n")
    linked = Repo(path, gitdir, repo.commondir, False, repo.object_format)
    target = commit_id or get_head(repo)
    _put(os.path.join(gitdir, "HEAD"), f"{target}\n".encode())
    _write_worktree(linked, _listing(linked, target), {})
    _write_index(linked, _listing(linked, target), with_stat=True)
    return linked


def make_bare(repo: Repo, path: str | os.PathLike[str]) -> Repo:
    """Copy a repository without its worktree and index, as `git clone --bare` does."""
    path = os.fspath(path)
    shutil.copytree(repo.commondir, path, ignore=shutil.ignore_patterns("index", "worktrees"))
    bare = Repo(path, path, path, True, repo.object_format)
    configure(bare, "core", "bare", "true")
    return bare


def configure(repo: Repo, section: str, name: str, value: str) -> None:
    """Set `section.name`, or `section.subsection.name`, in the repository's config."""
    path = os.path.join(repo.commondir, "config")
    config = ConfigFile.from_path(path)
    config.set(tuple(section.encode().split(b".", 1)), name.encode(), value.encode())
    config.write_to_path(path)


# Objects, one by one: these functions write whatever they get, sound or not


def put(repo: Repo, kind: str, data: bytes) -> str:
    """Write a loose object and return its id."""
    raw = f"{kind} {len(data)}\0".encode() + data
    name = hashlib.new(repo.object_format, raw).hexdigest()
    path = repo.loose(name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _put(path, zlib.compress(raw, 1))
        os.chmod(path, 0o444)
    return name


def put_entries(repo: Repo, entries: Iterable[tuple[int, str, str]]) -> str:
    """Write a tree of (mode, name, id) in the given order, whatever the names are; return its id."""
    return put(
        repo,
        "tree",
        b"".join(b"%o %b\0%b" % (mode, os.fsencode(name), bytes.fromhex(id)) for mode, name, id in entries),
    )


def put_tree(repo: Repo, flat: Flat) -> str:
    """Write the trees of a listing, path to (mode, id), and return the root's id."""
    folders: dict[str, Flat] = {}
    entries: list[tuple[int, str, str]] = []
    for path, (mode, name) in flat.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = mode, name
        else:
            entries.append((mode, head, name))
    entries += [(FOLDER, head, put_tree(repo, inner)) for head, inner in folders.items()]
    entries.sort(key=lambda entry: os.fsencode(entry[1]) + (b"/" if entry[0] == FOLDER else b""))
    return put_entries(repo, entries)


def put_commit(repo: Repo, tree: str, parents: Iterable[str] = (), message: str = "a change\n") -> str:
    """Write a commit, a minute later than its parents, and return its id. No ref moves."""
    parents = list(parents)
    time = max([START - STEP, *(_time(repo, parent) for parent in parents)]) + STEP
    person = f"{AUTHOR} {time} +0000"
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        f"author {person}",
        f"committer {person}",
    ]
    return put(repo, "commit", ("\n".join(lines) + "\n\n" + message).encode())


def loose_ids(repo: Repo) -> list[str]:
    """Return the ids of all loose objects, sorted."""
    return sorted(
        folder + name
        for folder in os.listdir(repo.objects)
        if len(folder) == 2
        for name in os.listdir(os.path.join(repo.objects, folder))
    )


def kind_of(repo: Repo, object_id: str) -> str:
    """Return "commit", "tree", "blob" or "tag"."""
    store = _store(repo)
    try:
        return store[ObjectID(object_id.encode())].type_name.decode()
    finally:
        store.close()


def listing(repo: Repo, commit_id: str) -> Flat:
    """Return every path of a commit that is not a folder, with its mode and id."""
    return _listing(repo, commit_id)


# Refs


def set_ref(repo: Repo, name: str, value: str) -> None:
    """Write a ref as a file: an id, or "ref: " and another ref's name."""
    path = os.path.join(repo.commondir, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    _put(path, f"{value}\n".encode())


def set_head(repo: Repo, commit_id: str) -> None:
    """Move the branch that HEAD names, or HEAD itself where it is detached."""
    head = os.path.join(repo.gitdir, "HEAD")
    text = _get(head).decode().strip()
    if text.startswith("ref: "):
        set_ref(repo, text.removeprefix("ref: "), commit_id)
    else:
        _put(head, f"{commit_id}\n".encode())


def find_head(repo: Repo) -> str | None:
    """Return the id of HEAD's commit; None before the first."""
    text = _get(os.path.join(repo.gitdir, "HEAD")).decode().strip()
    if not text.startswith("ref: "):
        return text
    name = text.removeprefix("ref: ")
    path = os.path.join(repo.commondir, name)
    if os.path.exists(path):
        return _get(path).decode().strip()
    packed = os.path.join(repo.commondir, "packed-refs")
    lines = _get(packed).decode().splitlines() if os.path.exists(packed) else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)


def get_head(repo: Repo) -> str:
    """Return the id of HEAD's commit, which must exist."""
    head = find_head(repo)
    assert head is not None
    return head


# What tests compare with


def snapshot(path: str | os.PathLike[str]) -> dict[str, tuple[int, int, int, str]]:
    """Return (mode, size, mtime in ns, sha256 or a link's target) of a folder and everything below it, by path."""
    root = os.fspath(path)
    states = {}
    for folder, folders, files in os.walk(root):
        for name in [".", *folders, *files] if folder == root else [*folders, *files]:
            item = os.path.join(folder, name)
            info = os.lstat(item)
            digest = ""
            if stat.S_ISLNK(info.st_mode):
                digest = os.readlink(item)
            elif stat.S_ISREG(info.st_mode):
                digest = hashlib.sha256(_get(item)).hexdigest()
            states[os.path.relpath(item, root)] = info.st_mode, info.st_size, info.st_mtime_ns, digest
    return states


def git(*args: str, cwd: str | os.PathLike[str], stdin: bytes | None = None) -> str:
    """Run the git binary, the judge, with the repository's own settings only; return its output.

    Only tests that are marked `git` may call this. A failure raises CalledProcessError with git's message in `stderr`.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Ada Lovelace",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": f"{START} +0000",
        "GIT_COMMITTER_NAME": "Ada Lovelace",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_COMMITTER_DATE": f"{START} +0000",
    }
    done = subprocess.run(
        # A newer git starts background maintenance that changes `.git` shortly after a command has ended.
        ["git", "-c", "maintenance.auto=false", "-c", "gc.auto=0", *args],
        cwd=cwd,
        env=environment,
        input=stdin or b"",
        capture_output=True,
        timeout=60,
        check=True,
    )
    return os.fsdecode(done.stdout)


# The remaining functions are private


def _flatten(files: Files, prefix: str = "") -> Iterator[tuple[str, Node | None]]:
    for name, node in files.items():
        if isinstance(node, Mapping):
            yield from _flatten(node, f"{prefix}{name}/")
        else:
            yield prefix + name, node


def _merge(repo: Repo, nested: dict[str, Any], files: Files) -> dict[str, Any]:
    """Apply changes to nested entries: a file replaces a folder of its name and the other way round."""
    for name, node in files.items():
        if isinstance(node, Mapping):
            inner = nested.get(name)
            nested[name] = _merge(repo, inner if isinstance(inner, dict) else {}, node)
        elif node is None:
            nested.pop(name, None)
        else:
            nested[name] = _put_node(repo, node)
    return nested


def _flat(nested: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, tuple[int, str]]]:
    for name, entry in nested.items():
        if isinstance(entry, dict):
            yield from _flat(entry, f"{prefix}{name}/")
        else:
            yield prefix + name, entry


def _put_node(repo: Repo, node: Node) -> tuple[int, str]:
    if isinstance(node, Submodule):
        return SUBMODULE, node.commit_id
    if isinstance(node, Link):
        return LINK, put(repo, "blob", os.fsencode(node.target))
    if isinstance(node, Executable):
        return EXECUTABLE, put(repo, "blob", _bytes(node.content))
    return FILE, put(repo, "blob", _bytes(node))


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _listing(repo: Repo, commit_id: str) -> Flat:
    store = _store(repo)
    try:
        commit = store[ObjectID(commit_id.encode())]
        assert isinstance(commit, Commit)
        return {
            os.fsdecode(entry.path): (entry.mode, entry.sha.decode())
            for entry in iter_tree_contents(store, commit.tree)
            if entry.path is not None and entry.mode is not None and entry.sha is not None
        }
    finally:
        store.close()


def _time(repo: Repo, commit_id: str) -> int:
    store = _store(repo)
    try:
        commit = store[ObjectID(commit_id.encode())]
        assert isinstance(commit, Commit)
        return int(commit.commit_time)
    finally:
        store.close()


def _store(repo: Repo) -> DiskObjectStore:
    return DiskObjectStore(repo.objects, object_format=repo.format)


def _write_worktree(repo: Repo, flat: Flat, previous: Flat) -> None:
    for path in previous:
        if path not in flat:
            _remove(repo.join(path))
            _remove_empty(repo, os.path.dirname(path))
    store = _store(repo)
    try:
        for path, (mode, name) in flat.items():
            if mode == SUBMODULE:
                _write_file(repo.join(path), Submodule(name))
                continue
            content = store[ObjectID(name.encode())].as_raw_string()
            node: Node = Link(os.fsdecode(content)) if mode == LINK else content
            _write_file(repo.join(path), Executable(content) if mode == EXECUTABLE else node)
    finally:
        store.close()


def _write_file(path: str, node: Node | None) -> None:
    if isinstance(node, Submodule):
        os.makedirs(path, exist_ok=True)
        return
    _remove(path)
    if node is None:
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(node, Link):
        os.symlink(node.target, path)
        return
    content = node.content if isinstance(node, Executable) else node
    _put(path, _bytes(content))
    os.chmod(path, 0o755 if isinstance(node, Executable) else 0o644)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def _remove_empty(repo: Repo, folder: str) -> None:
    while folder and os.path.isdir(repo.join(folder)) and not os.listdir(repo.join(folder)):
        os.rmdir(repo.join(folder))
        folder = os.path.dirname(folder)


def _write_index(repo: Repo, flat: Flat, *, with_stat: bool) -> None:
    if os.path.exists(repo.index):
        os.remove(repo.index)
    index = Index(repo.index, read=False, object_format=repo.format)
    for path, (mode, name) in flat.items():
        if with_stat:
            info = os.lstat(repo.join(path))
            index[os.fsencode(path)] = index_entry_from_stat(info, name.encode(), mode=mode)
        else:
            index[os.fsencode(path)] = IndexEntry(0, 0, 0, 0, mode, 0, 0, 0, ObjectID(name.encode()))
    index.write()


def _get(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _put(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
