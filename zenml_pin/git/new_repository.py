"""New repositories, for the demo and for tests of users' code. No other file of this room writes to a repository."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from dulwich.index import commit_tree
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from zenml_pin.errors import PinError

# Texts or bytes by path; a nested mapping is a folder.
Files = Mapping[str, "str | bytes | Files"]

_MAIN = Ref(b"refs/heads/main")


def init(path: str) -> None:
    """Create an empty repository with the branch `main` in an existing folder."""
    Repo.init(path, default_branch=b"main").close()


def commit(path: str, files: Files, message: str, *, author: str, time: int) -> str:
    """Commit a whole tree on the current branch, and leave index and worktree as if checked out.

    Args:
        path: The repository's worktree.
        files: Texts or bytes by path, or nested dicts for folders.
        message: The commit's message.
        author: "Name <email>", also the committer.
        time: Seconds since the epoch, UTC.

    Returns:
        The commit's full id.

    Raises:
        PinError: A path leads out of the repository, or into its `.git`.
    """
    data_by_path = dict(flat(files))
    with Repo(path) as repo:
        commit = Commit()
        commit.tree = _add_tree(repo, data_by_path)
        commit.parents = [repo.head()] if _MAIN in repo.refs else []
        commit.author = commit.committer = author.encode()
        commit.author_time = commit.commit_time = time
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = message.encode()
        repo.object_store.add_object(commit)
        repo.refs[_MAIN] = commit.id
        _remove(repo, set(repo.open_index()) - {name.encode() for name in data_by_path})
        repo.get_worktree().reset_index(commit.tree)
        return commit.id.decode("ascii")


def flat(files: Files, folder: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file.

    Raises:
        PinError: A path leads out of the repository, or into its `.git`.
    """
    for name, content in files.items():
        path = f"{folder}{name}"
        if any(part.lower() in ("", ".", "..", ".git") for part in name.split("/")):
            raise PinError(
                f"'{path}' cannot be committed", "paths are relative to the repository, as 'steps/made.py'"
            )
        if isinstance(content, Mapping):
            yield from flat(content, f"{path}/")
        else:
            yield path, content.encode() if isinstance(content, str) else content


def _add_tree(repo: Repo, files: dict[str, bytes]) -> ObjectID:
    blobs = []
    for path, data in files.items():
        blob = Blob.from_string(data)
        repo.object_store.add_object(blob)
        blobs.append((path.encode(), blob.id, 0o100644))
    return commit_tree(repo.object_store, blobs)


def _remove(repo: Repo, paths: Iterable[bytes]) -> None:
    """Remove files that an earlier commit had, and the folders that become empty."""
    for path in paths:
        file = os.path.join(os.fsencode(repo.path), path)
        with suppress(OSError):
            os.unlink(file)
            os.removedirs(os.path.dirname(file))
