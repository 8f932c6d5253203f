"""Source roots: the folders of a repository from which its modules are named, decided from the commit alone.

    [zenml_pin]                         in setup.cfg: these and no others
    source_roots = src, tools/python

Without that setting the search goes, in this order, through

    1. `source_roots` in section [tool.zenml_pin] of pyproject.toml
    2. what the packaging files of the root state (see `packaging`)
    3. the repository root, and `src/` too unless that is a package: the *former rule*
    4. the roots of projects below the root: members of a workspace, folders with packaging files of their own

A stored pin does not move: a name that the former rule resolves leads to the same file, or is an error that names both
files (`locate.follow`). A module is named from the longest source root that contains it.
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import SourceRoots
from zenml_pin.load_errors import ObjectNotFoundError, PinError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from zenml_pin.git.objects.commit_files import Tree

_FILES = ("setup.cfg", "pyproject.toml", "setup.py", "hatch.toml", "meson.build")
# Folders of a root that is no project in which repositories of several projects have them.
_GROUPS = (
    *(
        "apps",
        "backend",
        "clients",
        "components",
        "frontend",
        "libs",
        "modules",
        "packages",
        "plugins",
        "projects",
    ),
    *("providers", "py", "python", "sdk", "server", "services", "tools"),
)
# The entries of a commit's root that decide its source roots, where no pattern names other folders.
DECIDING = (*_FILES, "src", *_GROUPS)
_KEPT = 4096


class _Decision:
    """The source roots of a commit.

    Args:
        roots: The roots.
        files: Paths of the packaging files that were read.
        are_stated: Whether the files state them.
        has_patterns: Whether they depend on more than the entries in `DECIDING`.
        has_groups: Whether they depend on the folders in `_GROUPS`, because the root is no project.
    """

    __slots__ = ("are_stated", "files", "has_groups", "has_patterns", "roots")

    def __init__(
        self,
        roots: tuple[str, ...],
        files: tuple[str, ...],
        are_stated: bool,
        has_patterns: bool,
        has_groups: bool,
    ) -> None:
        self.roots = roots
        self.files = files
        self.are_stated = are_stated
        self.has_patterns = has_patterns
        self.has_groups = has_groups


# By the id of a root tree, or by the ids of the deciding entries where only these decide.
_decided: Bounded[object, _Decision] = Bounded(_KEPT)
_projects: Bounded[str, tuple[str, ...]] = Bounded(_KEPT)


def source_roots(tree: Tree) -> tuple[str, ...]:
    """Return the source roots of a commit as paths, "" for the repository root, in the order of the search.

    Raises:
        UnsupportedError: A file that states them is malformed; the message has path and line.
    """
    return _decide(tree).roots


def read_source_roots(tree: Tree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the source roots of a commit and the packaging files that decide them, all read again.

    Raises:
        UnsupportedError: As for `source_roots`.
    """
    decision = _read(tree, {})
    return decision.roots, decision.files


def deciding_files(tree: Tree) -> tuple[str, ...]:
    """Return the packaging files that decide the source roots of a commit.

    Raises:
        UnsupportedError: As for `source_roots`.
    """
    return _decide(tree).files


def stated_roots(tree: Tree) -> bool:
    """Tell whether a commit's own files state source roots.

    Raises:
        UnsupportedError: As for `source_roots`.
    """
    return _decide(tree).are_stated


def depends_on_folders(tree: Tree) -> bool:
    """Tell whether the source roots depend on more than the entries in `DECIDING`."""
    try:
        return _decide(tree).has_patterns
    except PinError:
        return True


def deciding_entries(tree: Tree) -> tuple[str, ...] | None:
    """Return the names in the root, existing or not, whose content decides the source roots; None if others do too.

    Whether `src/` is a package decides too.
    """
    decision = _decide(tree)
    if decision.has_patterns:
        return None
    return (*_FILES, *_GROUPS) if decision.has_groups else _FILES


def _decide(tree: Tree) -> _Decision:
    # A bundle may lack files that decide, and folders that another source's decision names.
    keys = _keys(tree) if not _is_partial(tree) else ()
    for key in keys:
        known = _decided.get(key)
        if known is not None:
            return known
    decision = _read(tree, _projects)
    for key in keys[:1] if decision.has_patterns else keys:
        _decided.add(key, decision)
    return decision


def _keys(tree: Tree) -> tuple[object, ...]:
    """Return the keys of a commit's decision: its root tree's id, and the ids of the entries that may decide alone."""
    if not isinstance(tree, CommitTree):
        return ()
    names = tree.names("")
    entries = [(name, tree.find(name)) for name in DECIDING if name in names]
    return tree.commit.tree, tuple((name, entry.id if entry is not None else "") for name, entry in entries)


def _read(tree: Tree, projects: MutableMapping[str, tuple[str, ...]]) -> _Decision:
    setup_cfg = _setup_cfg(tree)
    listed = _setting(setup_cfg)
    if listed:
        return _Decision(listed, ("setup.cfg",), are_stated=True, has_patterns=False, has_groups=False)
    former = _former(tree)
    names = tree.names("")
    if not any(name in names for name in DECIDING):
        return _Decision(former, (), are_stated=False, has_patterns=False, has_groups=True)
    try:
        decision = _of_packaging(tree, setup_cfg, former, projects)
        if _is_partial(tree):
            for root in decision.roots:
                tree.names(root)
        return decision
    except ObjectNotFoundError:
        # A bundle from before packaging files counted has none of them, and not all of their roots; the former rule
        # decided what is in it. Another source may have the same packaging file.
        if not _is_partial(tree):
            raise
        return _Decision(former, (), are_stated=False, has_patterns=True, has_groups=True)


def _of_packaging(
    tree: Tree, setup_cfg: bytes, former: tuple[str, ...], projects: MutableMapping[str, tuple[str, ...]]
) -> _Decision:
    """Return the source roots that packaging files state, with those of the former rule between them."""
    from zenml_pin.importing.project_files import ProjectFiles, find_projects

    files = ProjectFiles(tree, "", {"setup.cfg": setup_cfg})
    setting: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    folders: tuple[str, ...] | None = None
    # `packaging` and its parsers are imported only where there is something to read.
    if files.may_state():
        from zenml_pin.importing.packaging.projects import read_root

        stated = read_root(tree, files)
        setting, own, folders = stated.setting, stated.own, stated.members
    # A meson.build includes those of other folders.
    has_patterns = folders is not None or any("/" in path for path in files.read)
    has_groups = folders is None and not files.is_project()
    if has_groups:
        folders = find_projects(tree, _GROUPS, projects)
    read: dict[str, bytes] = files.read
    members: tuple[str, ...] = ()
    if folders:
        from zenml_pin.importing.packaging.projects import read_members

        members = read_members(tree, folders, read)
    roots = tuple(dict.fromkeys((*setting, *own, *former, *members)))
    return _Decision(
        former if roots == former else SourceRoots(roots, former),
        tuple(path for path, data in read.items() if data),
        bool(setting or own or members),
        has_patterns,
        has_groups,
    )


def _is_partial(tree: Tree) -> bool:
    return isinstance(tree, CommitTree) and getattr(tree.objects.source, "is_partial", False)


def _former(tree: Tree) -> tuple[str, ...]:
    src = tree.find("src")
    if src is not None and src.is_folder and "__init__.py" not in tree.children("src"):
        return "", "src"
    return ("",)


def stated_folders(tree: Tree, option: str) -> tuple[str, ...]:
    """Return the folders that an option of section [zenml_pin] in a commit's setup.cfg lists; () without it.

    Raises:
        UnsupportedError: The file is malformed, or a folder is not one of the repository.
    """
    return _setting(_setup_cfg(tree), option)


def _setup_cfg(tree: Tree) -> bytes:
    """Return the content of setup.cfg; b"" without one."""
    entry = tree.find("setup.cfg")
    return tree.read("setup.cfg") if entry is not None and entry.is_file else b""


def _setting(setup_cfg: bytes, option: str = "source_roots") -> tuple[str, ...]:
    if b"[zenml_pin]" not in setup_cfg:
        return ()
    text = setup_cfg.decode("utf-8", "replace")
    from configparser import Error, RawConfigParser

    # A file that has some other option twice is still good for this one.
    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except Error as error:
        raise UnsupportedError(f"setup.cfg has a section [zenml_pin], and is malformed: {error}") from error
    value = parser.get("zenml_pin", option, fallback="")
    return tuple(
        dict.fromkeys(_clean(part, option) for part in value.replace(",", "\n").split("\n") if part.strip())
    )


def _clean(listed: str, option: str) -> str:
    path = posixpath.normpath(listed.strip())
    if path.startswith(("/", "../")) or path == "..":
        raise UnsupportedError(
            f"setup.cfg lists '{listed.strip()}' in {option}, which is not a folder of the repository"
        )
    return "" if path == "." else path


def to_dotted(path: str, roots: tuple[str, ...]) -> str | None:
    """Return the dotted name of a module's file, or None when it is not below a source root.

    >>> to_dotted("src/pkg/step.py", ("", "src"))
    'pkg.step'
    >>> to_dotted("trainers/__init__.py", ("",))
    'trainers'
    """
    candidates = [root for root in roots if not root or path.startswith(root + "/")]
    if not candidates or not path.endswith(".py"):
        return None
    root = max(candidates, key=len)
    parts = path[len(root) :].strip("/").removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and not any("." in part for part in parts) else None
