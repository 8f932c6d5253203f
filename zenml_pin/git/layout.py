"""Where a repository keeps what: `.git` folders and files, linked worktrees, bare repositories.

    worktree   the checked-out files; none in a bare repository
    gitdir     HEAD and the index, one for each worktree
    commondir  objects, refs and config, shared by all worktrees; the gitdir unless a `commondir` file says otherwise

Environment variables such as GIT_DIR are not asked: whoever names a repository gets that one.

Sources: gitrepository-layout(5), git-worktree(1).
"""

from __future__ import annotations

import os
import stat

from zenml_pin.base.files import read_small
from zenml_pin.base.stat_memo import remember
from zenml_pin.base.values import Value
from zenml_pin.errors import NotARepositoryError, UnsupportedError
from zenml_pin.git.config import Settings, is_true, read_settings
from zenml_pin.git.discovery import MEND_GIT_FILE, Bounds, describe_broken
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
        # Where git puts submodules' git directories; each is found through the submodule's own `.git` file.
        "submodulepathconfig",
        "worktreeconfig",
    ]
)


# What a layout is read from, in a `.git` folder. HEAD, which must be there, shows in the folder's own stat; objects and
# refs may be links to folders that come and go.
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
        """The index file, which need not exist."""
        return f"{self.gitdir}/index"

    @property
    def key(self) -> str:
        """What tells this repository, with this worktree, from others."""
        return os.path.join(self.gitdir, self.worktree or "")

    @property
    def root(self) -> str:
        """What to call this repository in messages: its worktree, or its git directory where it has none."""
        return self.worktree or self.gitdir

    @property
    def place(self) -> str:
        """A path at which this repository is found: a worktree that a setting names need not have a `.git`."""
        has_mark = os.path.lexists(os.path.join(self.root, ".git"))
        return self.root if has_mark else self.gitdir


def find_layout(start: str) -> Layout | None:
    """Return the layout of the repository at or above a file or folder, or None.

    Raises:
        UnsupportedError: A repository is there, in a format that is not supported; or a `.git` file on the way leads
            to none, and the repository around it must not stand in.
    """
    return _search(start)[0]


def get_layout(start: str) -> Layout:
    """Return the layout of the repository at or above a file or folder.

    Raises:
        NotARepositoryError: There is none.
        UnsupportedError: One is there, in a format that is not supported.
    """
    layout, hint = _search(start)
    if layout is None:
        raise NotARepositoryError(start, hint)
    return layout


def _search(start: str) -> tuple[Layout | None, str]:
    """Return the layout at or above a path, and where there is none, why the search ended, if not at the root."""
    if "\0" in start:
        return None, ""
    path = first = os.path.realpath(start)
    bounds: Bounds | None = None
    broken = ""
    while True:
        layout = _layout_at(path)
        if layout is not None and broken:
            raise UnsupportedError(
                f"{broken}; the repository around it, '{layout.root}', is another one", MEND_GIT_FILE
            )
        if layout is not None:
            return layout, ""
        broken = broken or describe_broken(os.path.join(path, ".git"))
        parent = os.path.dirname(path)
        bounds = bounds or Bounds(first)
        reason = bounds.why_not(parent) if parent != path else ""
        if parent == path or reason:
            return None, f"{broken}: {MEND_GIT_FILE}" if broken else reason
        path = parent


def _layout_at(path: str) -> Layout | None:
    dotgit = os.path.join(path, ".git")
    layout = None
    if os.path.isdir(dotgit):
        files = (dotgit, *(f"{dotgit}/{name}" for name in _FILES))
        layout = remember(_known, files, lambda: _read_ordinary(path, dotgit))
    return layout or _read_at(path, dotgit)


def _read_ordinary(path: str, dotgit: str) -> Layout | None:
    """Return the layout of a repository that depends on the memo's files alone, None of any other and of none."""
    layout = _read_at(path, dotgit)
    if layout is None or not layout.gitdir == layout.commondir == dotgit:
        return None
    settings = read_settings(f"{dotgit}/config")
    # It may lead through links.
    is_set = ("core", "worktree") in settings | (_own_settings(dotgit, settings) or {})
    return None if is_set else layout


def _read_at(path: str, dotgit: str) -> Layout | None:
    gitdir = resolve_gitdir(dotgit)
    if gitdir is not None:
        return _read_layout(path, gitdir)
    if not _is_gitdir(path):
        return None
    holder = os.path.dirname(path) if os.path.basename(path) == ".git" else None
    return _read_layout(holder, path)


def resolve_gitdir(dotgit: str) -> str | None:
    """Return the git directory that a `.git` folder, link or file stands for, or None when it is no such thing."""
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


def _read_layout(holder: str | None, gitdir: str) -> Layout:
    commondir = _commondir(gitdir)
    settings = read_settings(os.path.join(commondir, "config"))
    object_format, ref_storage, ref_path = _formats(gitdir, settings)
    own = _own_settings(gitdir, settings)
    if _commondir_line(gitdir) is not None and own is None:
        worktree = holder or _linked_worktree(gitdir)
    else:
        worktree = _worktree(holder, gitdir, commondir, settings | (own or {}))
    return Layout(worktree, gitdir, commondir, object_format, ref_storage, ref_path)


def _formats(gitdir: str, settings: Settings) -> tuple[str, str, str | None]:
    """Check the repository's format as git does, and return its hash, its way to store refs, and where."""
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
        UnsupportedError: They are stored in another way.
    """
    storage, colon, path = value.partition("://")
    if storage not in ("files", "reftable"):
        whose = f"repository '{gitdir}' stores its refs" if gitdir else "GIT_REFERENCE_BACKEND stores refs"
        raise UnsupportedError(f"{whose} as {storage!r}")
    return storage, path if colon else None


def _own_settings(gitdir: str, settings: Settings) -> Settings | None:
    """Return the settings of one worktree alone, None where the repository keeps none."""
    if not is_true(settings.get(("extensions", "worktreeconfig"))):
        return None
    return read_settings(os.path.join(gitdir, "config.worktree"))


def _worktree(holder: str | None, gitdir: str, commondir: str, settings: Settings) -> str | None:
    """Apply core.worktree and core.bare, which count for the main worktree, or where each has its own settings."""
    setting = settings.get(("core", "worktree"))
    if setting == "":
        raise UnsupportedError(f"repository '{gitdir}' has an empty core.worktree")
    if setting is not None:
        return os.path.realpath(os.path.join(gitdir, setting))
    if is_true(settings.get(("core", "bare"))):
        return None
    return holder if gitdir == commondir else holder or _linked_worktree(gitdir)


def _linked_worktree(gitdir: str) -> str | None:
    """Return the worktree that a `worktrees/<name>` folder belongs to: its `gitdir` file names the `.git` file."""
    line = read_small(os.path.join(gitdir, "gitdir"))
    if line is None or b"\0" in line:
        return None
    dotgit = os.path.join(gitdir, os.fsdecode(line.rstrip(b"\r\n")))
    return os.path.dirname(os.path.realpath(dotgit))
