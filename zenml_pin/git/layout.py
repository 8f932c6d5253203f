"""The folders of a repository: `.git` folders and files, linked worktrees, bare repositories.

    worktree   the checked-out files; a bare repository has no worktree
    gitdir     HEAD and the index, one for each worktree
    commondir  objects, refs and config, shared by all worktrees; the gitdir unless a `commondir` file says otherwise

Environment variables such as GIT_DIR are not read: the caller gets the repository that it names.

Sources: gitrepository-layout(5), git-worktree(1).
"""

from __future__ import annotations

import os
import stat

from zenml_pin.base.files import read_small
from zenml_pin.base.stat_memo import remember
from zenml_pin.base.values import Value
from zenml_pin.git.config import GitSettings, is_true, read_settings
from zenml_pin.load_errors import NotARepositoryError, UnsupportedError
from zenml_pin.source import ID_LENGTHS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.stat_memo import Memo

_KNOWN_EXTENSIONS = frozenset(
    [
        "compatobjectformat",
        "noop",
        "noop-v1",
        "objectformat",
        "partialclone",
        "preciousobjects",
        "refstorage",
        "relativeworktrees",
        # It moves the git directories of submodules; the submodule's own `.git` file still names its directory.
        "submodulepathconfig",
        "worktreeconfig",
    ]
)

# A layout depends on these files of a `.git` folder. HEAD must exist too, and the folder's own stat shows that; objects
# and refs may be links to folders that appear and disappear.
_FILES = ("config", "commondir", "config.worktree", "objects", "refs")
_known: Memo[Layout | None] = {}


class Layout(Value):
    """The folders of one repository, absolute paths, and its formats.

    Args:
        worktree: Root of the checked-out files, None in a bare repository.
        gitdir: Holds HEAD and the index.
        commondir: Holds objects, refs and config.
        object_format: "sha1" or "sha256".
        ref_storage: "files" or "reftable".
        ref_path: Where refs are, relative to the commondir or absolute; None for the usual folders.
    """

    worktree: str | None
    gitdir: str
    commondir: str
    object_format: str = "sha1"
    ref_storage: str = "files"
    ref_path: str | None = None

    @property
    def objects(self) -> str:
        """The folder of loose objects and packs."""
        return os.path.join(self.commondir, "objects")

    @property
    def index(self) -> str:
        """The index file, which may not exist."""
        return f"{self.gitdir}/index"

    @property
    def key(self) -> str:
        """A text that no other repository or worktree has."""
        return os.path.join(self.gitdir, self.worktree or "")

    @property
    def root(self) -> str:
        """The name of this repository in messages: its worktree, or its git directory if it has no worktree."""
        return self.worktree or self.gitdir

    @property
    def address(self) -> str:
        """A path that opens this repository: its root, or its git directory if the root has no `.git`."""
        # A worktree that core.worktree names may have no `.git`.
        has_dotgit = os.path.lexists(os.path.join(self.root, ".git"))
        return self.root if has_dotgit else self.gitdir


def find_layout(start: str) -> Layout | None:
    """Return the layout of the repository at or above a file or folder, or None.

    Raises:
        UnsupportedError: The repository has a format that is not supported; or a `.git` file on the way does not lead
            to a repository, and the repository around it is a different one.
    """
    return _search(start)[0]


def get_layout(start: str) -> Layout:
    """Return the layout of the repository at or above a file or folder.

    Raises:
        NotARepositoryError: Neither that folder nor one above it is a repository.
        UnsupportedError: The repository has a format that is not supported; or a `.git` file on the way does not lead
            to a repository, and the repository around it is a different one.
    """
    layout, hint = _search(start)
    if layout is None:
        # Only an error needs it.
        from zenml_pin.git.jujutsu import describe_workspace

        raise NotARepositoryError(start, hint or describe_workspace(start))
    return layout


def _search(start: str) -> tuple[Layout | None, str]:
    """Return the layout at or above a path, or None and why the search ended before the root, "" if it did not."""
    if "\0" in start:
        return None, ""
    path = os.path.realpath(start)
    layout = _layout_at(path)
    return _search_above(path) if layout is None else (layout, "")


def _search_above(path: str) -> tuple[Layout | None, str]:
    """Return what `_search` does, for a path without links that is not a repository's root itself."""
    # Most calls name a repository's root, and a load then needs none of this.
    from zenml_pin.git.discovery import MEND_GIT_FILE, Bounds, describe_broken

    bounds = Bounds(path)
    layout, broken = None, ""
    while True:
        if layout is not None and broken:
            raise UnsupportedError(
                f"{broken}; the repository around it, '{layout.root}', is another one", MEND_GIT_FILE
            )
        if layout is not None:
            return layout, ""
        broken = broken or describe_broken(os.path.join(path, ".git"))
        parent = os.path.dirname(path)
        reason = bounds.why_not(parent) if parent != path else ""
        if parent == path or reason:
            return None, f"{broken}: {MEND_GIT_FILE}" if broken else reason
        path = parent
        layout = _layout_at(path)


def _layout_at(path: str) -> Layout | None:
    dotgit = os.path.join(path, ".git")
    layout = None
    if os.path.isdir(dotgit):
        files = (dotgit, *(f"{dotgit}/{name}" for name in _FILES))
        layout = remember(_known, files, lambda: _read_ordinary(path, dotgit))
    return layout or _read_at(path, dotgit)


def _read_ordinary(path: str, dotgit: str) -> Layout | None:
    """Return the layout of a repository if it depends only on the files of the memo, else None."""
    layout = _read_at(path, dotgit)
    if layout is None or not layout.gitdir == layout.commondir == dotgit:
        return None
    settings = read_settings(f"{dotgit}/config")
    # Such a path may contain links, which the memo does not check.
    is_set = ("core", "worktree") in settings | (_own_settings(dotgit, settings) or {})
    return None if is_set else layout


def _read_at(path: str, dotgit: str) -> Layout | None:
    gitdir = resolve_gitdir(dotgit)
    if gitdir is not None:
        return _read_layout(path, gitdir)
    if not _is_gitdir(path):
        return None
    parent = os.path.dirname(path) if os.path.basename(path) == ".git" else None
    return _read_layout(parent, path)


def resolve_gitdir(dotgit: str) -> str | None:
    """Return the git directory that a `.git` folder, link or file leads to, or None if it leads to none."""
    try:
        mode = os.stat(dotgit).st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode):
        return os.path.realpath(dotgit) if _is_gitdir(dotgit) else None
    line = read_small(dotgit)
    if line is None or not line.startswith(b"gitdir: "):
        return None
    target = os.fsdecode(line.removeprefix(b"gitdir: ").rstrip(b"\r\n"))
    if not target or "\0" in target:
        return None
    gitdir = os.path.realpath(os.path.join(os.path.dirname(dotgit), target))
    return gitdir if _is_gitdir(gitdir) else None


def _is_gitdir(path: str) -> bool:
    common = _commondir(path)
    return (
        os.path.lexists(os.path.join(path, "HEAD"))
        and os.path.isdir(os.path.join(common, "objects"))
        and os.path.isdir(os.path.join(common, "refs"))
    )


def _commondir(gitdir: str) -> str:
    line = _commondir_line(gitdir)
    if line is None or b"\0" in line:
        return gitdir
    if not line:
        raise UnsupportedError(f"repository '{gitdir}' has an empty file 'commondir'")
    return os.path.realpath(os.path.join(gitdir, os.fsdecode(line.rstrip(b"\r\n"))))


def _commondir_line(gitdir: str) -> bytes | None:
    return read_small(os.path.join(gitdir, "commondir"))


def _read_layout(parent: str | None, gitdir: str) -> Layout:
    commondir = _commondir(gitdir)
    settings = read_settings(os.path.join(commondir, "config"))
    object_format, ref_storage, ref_path = _formats(gitdir, settings)
    own = _own_settings(gitdir, settings)
    if _commondir_line(gitdir) is not None and own is None:
        worktree = parent or _linked_worktree(gitdir)
    else:
        worktree = _worktree(parent, gitdir, commondir, settings | (own or {}))
    return Layout(worktree, gitdir, commondir, object_format, ref_storage, ref_path)


def _formats(gitdir: str, settings: GitSettings) -> tuple[str, str, str | None]:
    """Check the repository's format as git does, and return its hash, how it stores refs, and their path."""
    version = settings.get(("core", "repositoryformatversion"), "0")
    if version not in ("0", "1"):
        raise UnsupportedError(f"repository '{gitdir}' has format version {version!r}, known are 0 and 1")
    extensions = {
        key[1]: value for key, value in settings.items() if key[0] == "extensions" and len(key) == 2
    }
    unknown = sorted(set(extensions) - _KNOWN_EXTENSIONS)
    if version == "1" and unknown:
        raise UnsupportedError(f"repository '{gitdir}' uses the unknown extension '{unknown[0]}'")
    object_format = extensions.get("objectformat", "sha1").lower()
    if object_format not in ID_LENGTHS:
        raise UnsupportedError(f"repository '{gitdir}' hashes objects with {object_format!r}")
    return object_format, *parse_ref_storage(extensions.get("refstorage", "files"), gitdir)


def parse_ref_storage(value: str, gitdir: str) -> tuple[str, str | None]:
    """Return how refs are stored, "files" or "reftable", and the path that a value such as "files://PATH" names.

    Raises:
        UnsupportedError: Refs are stored in another way.
    """
    storage, colon, path = value.partition("://")
    if storage not in ("files", "reftable"):
        whose = f"repository '{gitdir}' stores its refs" if gitdir else "GIT_REFERENCE_BACKEND stores refs"
        raise UnsupportedError(f"{whose} as {storage!r}")
    return storage, path if colon else None


def _own_settings(gitdir: str, settings: GitSettings) -> GitSettings | None:
    """Return the settings of one worktree alone, None if worktrees of this repository have no settings."""
    if not is_true(settings.get(("extensions", "worktreeconfig"))):
        return None
    return read_settings(os.path.join(gitdir, "config.worktree"))


def _worktree(parent: str | None, gitdir: str, commondir: str, settings: GitSettings) -> str | None:
    """Apply core.worktree and core.bare; they count for the main worktree, or if worktrees have settings."""
    setting = settings.get(("core", "worktree"))
    if setting == "":
        raise UnsupportedError(f"repository '{gitdir}' has an empty core.worktree")
    if setting is not None:
        return os.path.realpath(os.path.join(gitdir, setting))
    if is_true(settings.get(("core", "bare"))):
        return None
    return parent if gitdir == commondir else parent or _linked_worktree(gitdir)


def _linked_worktree(gitdir: str) -> str | None:
    """Return the worktree that a `worktrees/<name>` folder belongs to: its `gitdir` file names the `.git` file."""
    line = read_small(os.path.join(gitdir, "gitdir"))
    if line is None or b"\0" in line:
        return None
    dotgit = os.path.join(gitdir, os.fsdecode(line.rstrip(b"\r\n")))
    return os.path.dirname(os.path.realpath(dotgit))
