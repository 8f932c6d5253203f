"""Commits, tags, HEAD and refs that are wrong, or name what they must not name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.support.repositories import AUTHOR, START, Repo, put, put_entries, set_ref
from tests.support.trust.hostile_case import EPOCHS, Ask, Case, Cases, Make, cat, resolve, sound, step_entry
from zenml_pin.errors import (
    CommitNotFoundError,
    LimitError,
    NotACommitError,
    ObjectCorruptError,
    ObjectNotFoundError,
    PinError,
    RevisionError,
)

_PERSON = f"{AUTHOR} {START} +0000"


def commit_text(change: Callable[[str, str], str]) -> Make:
    """Commit a text that is made from the sound text and the id of the sound tree."""

    def make(repo: Repo) -> str:
        tree = put_entries(repo, [(0o40000, "pkg", put_entries(repo, [step_entry(repo)]))])
        text = f"tree {tree}\nauthor {_PERSON}\ncommitter {_PERSON}\n\n{repo.path}\n"
        return put(repo, "commit", os.fsencode(change(text, tree)))

    return make


def other_kind(kind: str) -> Make:
    """Return the id of a sound object of another kind."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        data = {
            "blob": b"x",
            "tree": b"",
            "tag": f"object {commit_id}\ntype commit\ntag v\ntagger {_PERSON}\n\nv\n".encode(),
        }
        return put(repo, kind, data[kind])

    return make


def tagged(text: Callable[[str], str]) -> Make:
    """Make `refs/tags/v` a tag object with a text that is made from the sound commit."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        set_ref(repo, "refs/tags/v", put(repo, "tag", text(commit_id).encode()))
        return commit_id

    return make


def tags(count: int) -> Make:
    """Make `refs/tags/v` a chain of tags."""

    def make(repo: Repo) -> str:
        target = commit_id = sound(repo)
        for number in range(count):
            kind = "tag" if number else "commit"
            text = f"object {target}\ntype {kind}\ntag v{number}\ntagger {_PERSON}\n\nv\n"
            target = put(repo, "tag", text.encode())
        set_ref(repo, "refs/tags/v", target)
        return commit_id

    return make


def file(path: str, content: str | bytes | Callable[[str], str]) -> Make:
    """Write a file of the git directory."""

    def make(repo: Repo) -> str:
        commit_id = sound(repo)
        text = content(commit_id) if callable(content) else content
        target = Path(repo.gitdir, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return commit_id

    return make


def packed(lines: Callable[[str], str]) -> Make:
    """Write packed-refs; no ref is in its own file."""

    def make(repo: Repo) -> str:
        commit_id = file("packed-refs", lines)(repo)
        os.remove(os.path.join(repo.gitdir, "refs/heads/main"))
        return commit_id

    return make


_MAIN: Ask = resolve("main")
# Refs that do not name a commit. Using the branch is an error; a load by id needs no refs.
REFS: dict[str, str | bytes] = {
    "is empty": "",
    "is a text": "hello",
    "is a short id": "e9448e0a",
    "is in upper case": "E" * 40,
    "is a missing commit": "f" * 40,
    "is 64 digits here": "a" * 64,
    "leads to itself": "ref: refs/heads/main",
    "leads out": "ref: ../../../etc/passwd",
    "leads out by a name": "ref: refs/heads/../../../config",
    "leads to an absolute path": "ref: /etc/passwd",
    "leads to nothing": "ref: refs/heads/nowhere",
    "holds a NUL": b"ref: refs/heads/ma\0in",
    "is no text": b"\xff" * 40,
    "is a megabyte": "a" * 2**20,
}
COMMITS: dict[str, tuple[Callable[[str, str], str], object]] = {
    "no tree": (lambda text, tree: text.partition("\n")[2], ObjectCorruptError),
    "a short tree id": (lambda text, tree: text.replace(tree, tree[:39]), ObjectCorruptError),
    "a tree id in upper case": (lambda text, tree: text.replace(tree, "F" * 40), ObjectCorruptError),
    "the tree of another hash": (lambda text, tree: text.replace(tree, "f" * 64), PinError),
    "a missing tree": (lambda text, tree: text.replace(tree, "f" * 40), ObjectNotFoundError),
    "nothing": (lambda text, tree: "", ObjectCorruptError),
    "a NUL in front": (lambda text, tree: "\0" + text, ObjectCorruptError),
    "the tree behind the message": (
        lambda text, tree: text.partition("\n")[2] + f"tree {tree}\n",
        ObjectCorruptError,
    ),
    "no persons": (lambda text, tree: f"tree {tree}\n\nx\n", EPOCHS),
    "a broken person": (lambda text, tree: text.replace("<", ">").replace(">", ""), EPOCHS),
    "a time beyond all": (lambda text, tree: text.replace(str(START), "9" * 300), EPOCHS),
    "a thousand parents that are missing": (
        lambda text, tree: text.replace("author", f"parent {'f' * 40}\n" * 1000 + "author", 1),
        EPOCHS,
    ),
    "a parent that is no id": (lambda text, tree: text.replace("author", "parent HEAD\nauthor", 1), PinError),
    "an unknown encoding": (lambda text, tree: text.replace("\n\n", "\nencoding no-such\n\n", 1), EPOCHS),
    "a second tree": (lambda text, tree: text.replace("author", f"tree {'f' * 40}\nauthor", 1), EPOCHS),
    "escapes in the message": (lambda text, tree: text + "\x1b]0;title\x07\x1b[2J\r\u202e", EPOCHS),
}
TAGS: dict[str, Callable[[str], str]] = {
    "of nothing": lambda commit_id: "",
    "of a missing object": lambda commit_id: f"object {'f' * 40}\ntype commit\ntag v\n\n",
    "of a text": lambda commit_id: "object HEAD\ntype commit\ntag v\n\n",
    "of an unknown kind": lambda commit_id: f"object {commit_id}\ntype thing\ntag v\n\n",
    "without a kind": lambda commit_id: f"object {commit_id}\ntag v\n\n",
}

CASES: Cases = {
    **{
        f"a commit with {name}": Case(commit_text(change), expected)
        for name, (change, expected) in COMMITS.items()
    },
    **{f"a pin of a {kind}": Case(other_kind(kind), NotACommitError) for kind in ("blob", "tree", "tag")},
    "a commit of 40 MB": Case(commit_text(lambda text, tree: text + "x" * 40 * 2**20), LimitError),
    "a pin of nothing": Case(lambda repo: "f" * 40, CommitNotFoundError),
    "a pin of the other hash": Case(lambda repo: "f" * 64, CommitNotFoundError),
    **{f"a tag {name}": Case(tagged(text), PinError, resolve("v")) for name, text in TAGS.items()},
    "a tag that lies of the kind": Case(
        tagged(lambda commit_id: f"object {commit_id}\ntype blob\ntag v\n\n"), True, resolve("v")
    ),
    "19 tags of each other": Case(tags(19), True, resolve("v")),
    "21 tags of each other": Case(tags(21), RevisionError, resolve("v")),
    "500 tags of each other": Case(tags(500), RevisionError, resolve("v")),
    **{
        f"a branch that {name}": Case(file("refs/heads/main", content), PinError, _MAIN)
        for name, content in REFS.items()
    },
    **{
        f"a load past a branch that {name}": Case(file("refs/heads/main", content), EPOCHS)
        for name, content in REFS.items()
    },
    **{
        f"a load past a HEAD that {name}": Case(file("HEAD", content), EPOCHS)
        for name, content in REFS.items()
    },
    "a branch of a tree": Case(
        lambda repo: file("refs/heads/main", put(repo, "tree", b""))(repo), RevisionError, _MAIN
    ),
    "packed refs of a missing commit": Case(
        packed(lambda at: f"{'f' * 40} refs/heads/main\n"), PinError, _MAIN
    ),
    "packed refs that lead out": Case(
        packed(lambda at: f"{at} refs/heads/../../config\n"), PinError, resolve("heads/../../config")
    ),
    "packed refs with a false peeled line": Case(
        packed(lambda at: f"# pack-refs with: peeled\n{at} refs/heads/main\n^{'f' * 40}\n"), True, _MAIN
    ),
    "packed refs of junk": Case(packed(lambda at: "\0\1\2 junk\n" * 100), PinError, _MAIN),
    "packed refs that say it twice": Case(
        packed(lambda at: f"{at} refs/heads/main\n{'f' * 40} refs/heads/main\n"), PinError, _MAIN
    ),
    "a replacement of the commit": Case(
        lambda repo: file("refs/replace/" + sound(repo), "f" * 40)(repo), EPOCHS
    ),
    "grafts": Case(file("info/grafts", lambda at: f"{at} {'f' * 40}\n"), EPOCHS),
    "a shallow file of junk": Case(file("shallow", b"\0junk\n"), EPOCHS),
    "alternates to nowhere, a device and itself": Case(
        file("objects/info/alternates", "/nowhere\n/dev/zero\n../objects\n\xff\n"), EPOCHS
    ),
    "a message shown": Case(
        commit_text(lambda text, tree: text), b"class A:\n    epochs = 1\n", cat("pkg/step.py")
    ),
    "an ambiguous revision": Case(sound, RevisionError, resolve("HEAD~99999999")),
    "a revision of control characters": Case(sound, RevisionError, resolve("HEAD\n\x1b[2J")),
    "a revision of 100,000 carets": Case(sound, PinError, resolve("HEAD" + "^" * 100_000)),
    "a revision with a NUL": Case(sound, PinError, resolve("ma\0in")),
}
