"""The one place that writes: new repositories, for the demo and for tests of users' own code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from dulwich.index import commit_tree
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from zenml_pin.errors import PinError

# Paths to what they hold; a nested mapping is a folder.
Files = Mapping[str, "str | bytes | Files"]

_MAIN = Ref(b"refs/heads/main")


def init(path: str) -> None:
    """Make an empty repository with the branch `main` in an existing folder."""
    Repo.init(path, default_branch=b"main").close()


def commit(path: str, files: Files, message: str, *, author: str, time: int) -> str:
    """Commit a whole tree on the current branch, and leave index and worktree as if checked out.

    Args:
        path: The repository's worktree.
        files: Paths to texts or bytes, or to nested dicts for folders.
        message: The commit's message.
        author: "Name <email>", also the committer.
        time: Seconds since the epoch, UTC.

    Returns:
        The commit's full id.

    Raises:
        PinError: A path leads out of the repository, or into its `.git`.
    """
    held = dict(flat(files))
    with Repo(path) as repo:
        made = Commit()
        made.tree = _add_tree(repo, held)
        made.parents = [repo.head()] if _MAIN in repo.refs else []
        made.author = made.committer = author.encode()
        made.author_time = made.commit_time = time
        made.author_timezone = made.commit_timezone = 0
        made.message = message.encode()
        repo.object_store.add_object(made)
        repo.refs[_MAIN] = made.id
        _remove(repo, set(repo.open_index()) - {name.encode() for name in held})
        repo.get_worktree().reset_index(made.tree)
        return made.id.decode("ascii")


def flat(files: Files, folder: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file.

    Raises:
        PinError: A path leads out of the repository, or into its `.git`.
    """
    for name, held in files.items():
        path = f"{folder}{name}"
        if any(part.lower() in ("", ".", "..", ".git") for part in name.split("/")):
            raise PinError(
                f"'{path}' cannot be committed", "paths are relative to the repository, as 'steps/made.py'"
            )
        if isinstance(held, Mapping):
            yield from flat(held, f"{path}/")
        else:
            yield path, held.encode() if isinstance(held, str) else held


def _add_tree(repo: Repo, files: dict[str, bytes]) -> ObjectID:
    blobs = []
    for path, data in files.items():
        blob = Blob.from_string(data)
        repo.object_store.add_object(blob)
        blobs.append((path.encode(), blob.id, 0o100644))
    return commit_tree(repo.object_store, blobs)


def _remove(repo: Repo, paths: Iterable[bytes]) -> None:
    """Remove files that an earlier commit had, and folders that are empty then."""
    for path in paths:
        place = os.path.join(os.fsencode(repo.path), path)
        with suppress(OSError):
            os.unlink(place)
            os.removedirs(os.path.dirname(place))
