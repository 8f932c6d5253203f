"""What all repositories, bundles and servers have in common. For type checkers: no other code imports this."""

from __future__ import annotations

from typing import Protocol

from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.object_store import Objects


class NamedRefs(Protocol):
    """The refs of a repository; none if they cannot be trusted, as in a bundle."""

    def find(self, name: str) -> str | None:
        """Return the id of a ref's object, None if there is none."""

    def head(self) -> str | None:
        """Return the id of HEAD's commit, None if there is none."""

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return the sorted full names of the refs that start with a prefix.

        With a commit, a server returns only the refs on it; others may return all.
        """


class AnyRepository(Protocol):
    """An open repository, bundle or server. After `close`, a later read opens packs or connections again."""

    @property
    def root(self) -> str:
        """Its name in messages, a path if it has one. Two with the same name have the same objects."""

    @property
    def worktree(self) -> str | None:
        """The root of its checked-out files, None if it has none."""

    @property
    def objects(self) -> Objects:
        """Its verified objects."""

    @property
    def refs(self) -> NamedRefs:
        """Its refs as they are now."""

    @property
    def address(self) -> str | bytes:
        """The argument with which `Registry.open` opens it in another process."""

    def head_commit(self) -> Commit | None:
        """Return HEAD's commit, None if there is none."""

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids that start with at least four digits."""

    def relative(self, path: str) -> str | None:
        """Return a file's path relative to the worktree; None if it is outside, or there is no worktree."""

    def fetch_whole(self, commit_id: str) -> None:
        """Fetch all objects of a commit at once from a server; do nothing otherwise."""

    def close(self) -> None:
        """Close open files and connections."""
