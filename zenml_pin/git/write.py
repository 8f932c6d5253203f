"""The one place that writes: new repositories, for the demo and for tests of users' own code."""

from __future__ import annotations

from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

Files = dict[str, "str | Files"]

_MAIN = Ref(b"refs/heads/main")


def init(path: str) -> None:
    """Make an empty repository with the branch `main` in an existing folder."""
    Repo.init(path, default_branch=b"main").close()


def commit(path: str, files: Files, message: str, *, author: str, time: int) -> str:
    """Commit a whole tree on the current branch, and leave index and worktree as if checked out.

    Args:
        path: The repository's worktree.
        files: Names to texts, or to nested dicts for folders.
        message: The commit's message.
        author: "Name <email>", also the committer.
        time: Seconds since the epoch, UTC.

    Returns:
        The commit's full id.
    """
    with Repo(path) as repo:
        made = Commit()
        made.tree = _add_tree(repo, files)
        made.parents = [repo.head()] if _MAIN in repo.refs else []
        made.author = made.committer = author.encode()
        made.author_time = made.commit_time = time
        made.author_timezone = made.commit_timezone = 0
        made.message = message.encode()
        repo.object_store.add_object(made)
        repo.refs[_MAIN] = made.id
        repo.get_worktree().reset_index(made.tree)
        return made.id.decode("ascii")


def _add_tree(repo: Repo, files: Files) -> ObjectID:
    tree = Tree()
    for name, held in files.items():
        if isinstance(held, str):
            blob = Blob.from_string(held.encode())
            repo.object_store.add_object(blob)
            tree.add(name.encode(), 0o100644, blob.id)
        else:
            tree.add(name.encode(), 0o040000, _add_tree(repo, held))
    repo.object_store.add_object(tree)
    return tree.id
