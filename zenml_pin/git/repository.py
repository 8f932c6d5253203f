"""GitRepository: one repository, opened to be read.

In the hooks of a push, git keeps new objects in a *quarantine* while they decide. It tells its hooks by
GIT_OBJECT_DIRECTORY (the quarantine) and GIT_ALTERNATE_OBJECT_DIRECTORIES (the repository's own objects). Only folders
inside the git directory of the opened repository are read, so no other repository gets objects by way of the
environment.

Sources: git-receive-pack, "QUARANTINE ENVIRONMENT"; git, "GIT_ALTERNATE_OBJECT_DIRECTORIES".
"""

from __future__ import annotations

import os

from zenml_pin.base.environment import git_object_directories
from zenml_pin.base.files import read_regular
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.git.layout import Layout, get_layout
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.refs import Refs
from zenml_pin.git.storage import DiskSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from zenml_pin.git.index import IndexMemo
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.storage.commit_graph import CommitGraph

# A history that is cut by a date may have many ends.
_SHALLOW_LIMIT = 2**24


class GitRepository:
    """A repository's layout, objects and refs. Close it, or use it in a `with` block: its packs stay open until then.

    Attributes:
        layout: Its folders.
        source: Its raw objects, on disk.
        objects: Its verified objects.
        refs: Its HEAD, branches and tags, read again on each access.
    """

    def __init__(self, layout: Layout, limits: Limits = DEFAULT_LIMITS) -> None:
        self.layout = layout
        self.source = DiskSource(
            layout.objects,
            layout.object_format,
            layout.root,
            lambda: _remedy(layout),
            find_quarantine(layout),
        )
        self.objects = Objects(self.source, limits)

    @classmethod
    def open(cls, path: str, limits: Limits = DEFAULT_LIMITS) -> GitRepository:
        """Open the repository at or above a file or folder.

        Raises:
            NotARepositoryError: There is none.
            UnsupportedError: It has a format that is not supported.
        """
        return cls(get_layout(path), limits)

    @property
    def refs(self) -> Refs:
        """The refs as they are now; a load by id does not read them."""
        return Refs(self.layout)

    @lazy
    def index_memo(self) -> IndexMemo:
        """Earlier answers of its index."""
        # Not at the top: objects are read by their ids without an index.
        from zenml_pin.git.index import IndexMemo

        return IndexMemo()

    @property
    def root(self) -> str:
        """Its worktree, or its git directory if it has no worktree."""
        return self.layout.root

    @property
    def address(self) -> str:
        """The path that opens it in another process: its root, or its git directory if the root has no `.git`."""
        return self.layout.address

    @property
    def worktree(self) -> str | None:
        """The root of its checked-out files, None if it is bare."""
        return self.layout.worktree

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start with at least four hexadecimal digits."""
        return self.source.ids_with_prefix(prefix)

    def head_commit(self) -> Commit | None:
        """Return HEAD's commit, None before the first commit."""
        head = self.refs.head()
        return None if head is None else self.objects.get_commit(head)

    def find_head_tree(self) -> CommitTree | None:
        """Return HEAD's files, None before the first commit."""
        head = self.refs.head()
        if head is None:
            return None
        # Imported only here: the status of a folder reads no files of a commit by path.
        from zenml_pin.git.objects.commit_files import CommitTree

        return CommitTree(self.objects, head)

    def relative(self, path: str) -> str | None:
        """Return the path of a file or folder relative to the worktree; None if it is outside, or there is no worktree.

        Compares folders by their identity on disk, so it recognises a worktree that is reached through a link; the path
        of a link inside the worktree is the link's own.
        """
        if self.layout.worktree is None:
            return None
        root = os.stat(self.layout.worktree)
        head = os.path.abspath(path)
        parts: list[str] = []
        while True:
            try:
                if os.path.samestat(os.stat(head), root):
                    return "/".join(reversed(parts))
            except OSError:
                pass
            parent, name = os.path.split(head)
            if parent == head:
                return None
            parts.append(name)
            head = parent

    @property
    def is_shallow(self) -> bool:
        """Whether the parents of some commits are left out: then commits that exist need not be connected."""
        return os.path.exists(os.path.join(self.layout.commondir, "shallow"))

    @property
    def shallow_ends(self) -> frozenset[str]:
        """The commits whose parents a shallow clone leaves out."""
        try:
            ends = read_regular(os.path.join(self.layout.commondir, "shallow"), _SHALLOW_LIMIT) or b""
        except (OSError, OverflowError):
            return frozenset()
        return frozenset(ends.decode("ascii", "replace").split())

    @lazy
    def commit_graph(self) -> CommitGraph | None:
        """Git's own index of the history; None if it has none, or none that git would use.

        It is a cache that is not verified: only `versions` and `check` read it.
        """
        from zenml_pin.git.config import is_true, read_settings
        from zenml_pin.git.storage.commit_graph import read_graph

        if self.is_shallow:
            return None
        wanted = read_settings(os.path.join(self.layout.commondir, "config")).get(("core", "commitgraph"))
        if wanted is not None and not is_true(wanted):
            return None
        return read_graph(self.source.folders, self.layout.object_format)

    def fetch_whole(self, commit_id: str) -> None:
        """Do nothing: the repository is on this machine."""

    def close(self) -> None:
        """Close the packs."""
        self.source.close()

    def __enter__(self) -> GitRepository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _remedy(layout: Layout) -> str:
    from zenml_pin.git.clone import remedy_of

    return remedy_of(layout)


def find_quarantine(layout: Layout) -> tuple[str, ...]:
    """Return the folders of objects that git names in the environment and that are inside a repository."""
    named = git_object_directories()
    if not named:
        return ()
    own = os.path.realpath(layout.objects)
    inside = os.path.join(os.path.realpath(os.path.dirname(own)), "")
    folders = [os.path.realpath(folder) for folder in named]
    return tuple(folder for folder in dict.fromkeys(folders) if folder.startswith(inside) and folder != own)
