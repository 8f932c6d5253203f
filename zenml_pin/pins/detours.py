"""Detours: imports that reach a file of the repository only through `sys.path`, which no pin has.

    found now        an import would take the file, with the `sys.path` of this process
    not found now    the file is beside the code that imports it; or that code uses `sys.path`, or certainly runs the
                     import: then any file of that name

The second is what the command line sees of code that edits `sys.path` itself. It is not a detour where the requirements
name a library of that name, which is only not installed here. A name that a source root has in the working tree is
none either: the import takes that file, committed or not.
"""

from __future__ import annotations

import posixpath
import sys

from zenml_pin.base.values import evolve
from zenml_pin.errors import PinnedImportError, UnpinnedError
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.importing.locate import follow
from zenml_pin.importing.worktree_guard import find_files, worktree_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.objects.commit_files import CommitTree, Tree
    from zenml_pin.pins.file_imports import Stray
    from zenml_pin.pins.import_closure import Closure

# Folders whose code no other code imports.
ASIDE = ("benchmarks", "doc", "docs", "examples", "test", "tests")
_HINT = "import it by its full name, or list its folder as source_roots in section [zenml_pin] of setup.cfg"


def iter_detours(
    head: CommitTree, files: Tree, roots: tuple[str, ...], worktree: str | None, closure: Closure
) -> Iterator[UnpinnedError]:
    """Yield why imports keep a class from being pinned, once for each name: they take files that no source root has.

    Args:
        head: HEAD's files.
        files: The files where the imports were searched: those of HEAD, or of the working tree.
        roots: The source roots.
        worktree: The working tree of the repository, if it has one.
        closure: What the class's unit imports in `files`.

    Cost: lists all folders of HEAD if the last rule has names to ask for.
    """
    strays = [stray for stray in closure.strays if not _is_of_python(stray.root)]
    own = {name: _at_roots(worktree, roots, name) for name in {stray.root for stray in strays}}
    taken = {_key(stray): _taken(files, worktree, stray, own[stray.root]) for stray in strays}
    users = closure.path_users
    asked = [stray for stray in strays if taken[_key(stray)] is None and (users or stray.is_certain)]
    if asked:
        taken |= _elsewhere(head, worktree if files is not head and users else None, asked, users)
    first = {stray.root: stray for stray in reversed(strays) if taken[_key(stray)]}
    for stray in strays:
        if first.get(stray.root) is stray:
            yield UnpinnedError(
                f"{stray.path}:{stray.line}: 'import {stray.root}' takes '{taken[_key(stray)]}' through sys.path, "
                "which is not part of a pin",
                _HINT,
            )


def _key(stray: Stray) -> tuple[str, str]:
    """Return what tells the imports of a closure apart."""
    return stray.root, stray.path


def without_aside(closure: Closure) -> Closure:
    """Return a closure without the imports of its tests and examples, which no load runs."""
    strays = tuple(
        stray for stray in closure.strays if not set(stray.path.split("/")[:-1]).intersection(ASIDE)
    )
    return evolve(closure, strays=strays)


def _is_of_python(name: str) -> bool:
    return name in sys.builtin_module_names or name in sys.stdlib_module_names


def _taken(files: Tree, worktree: str | None, stray: Stray, own: tuple[str, ...]) -> str | None:
    """Return the file (or folder) of the repository that an import takes; "" for others, None if none is found.

    Those in `own` count as others.
    """
    installed = find_files(stray.root)
    if installed is not None:
        inside = [path for file in installed if (path := worktree_path(worktree, file)) is not None]
        return next((path for path in inside if path not in own), "")
    if own:
        return ""
    if not stray.is_certain and posixpath.basename(stray.path) == "__init__.py":
        # It is not a script, so its folder is not on the path; the import of a library may fail there.
        return None
    siblings = follow(files, (posixpath.dirname(stray.path),), stray.root)
    # A file that wraps a library may have the library's name.
    return next((located.path for located in siblings if located.path != stray.path), None)


def _at_roots(worktree: str | None, roots: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the files or folders that the source roots have now under a name."""
    if worktree is None:
        return ()
    try:
        return tuple(
            path for located in follow(WorktreeTree(worktree), roots, name) for path in located.paths
        )
    except PinnedImportError:
        # The search in the working tree gives this reason.
        return ()


def _elsewhere(
    head: CommitTree, worktree: str | None, strays: list[Stray], path_users: frozenset[str]
) -> dict[tuple[str, str], str]:
    """Return for imports the file that each could take from any folder.

    Args:
        head: HEAD's files.
        worktree: The working tree, if it is searched for what HEAD lacks.
        strays: The imports.
        path_users: The files that use `sys.path`.
    """
    # Imported only here, because most code has no such imports.
    from zenml_pin.pins.missing_requirement import find_requirement
    from zenml_pin.pins.path_folders import files_at_head, files_on_disk

    names = {stray.root for stray in strays}
    found = files_at_head(head, names)
    unknown = [name for name in names if not found[name]]
    if worktree is not None and unknown:
        found |= files_on_disk(worktree, unknown)
    taken = {}
    for stray in strays:
        paths = [path for path in found[stray.root] if path != stray.path]
        if stray.path not in path_users:
            is_likely = stray.is_certain and bool(path_users)
            paths = [path for path in paths if not _is_by_chance(head, stray, path, is_likely)]
        if paths and find_requirement(head, stray.root) is None:
            taken[_key(stray)] = paths[0]
    return taken


def _is_by_chance(tree: CommitTree, stray: Stray, path: str, is_likely: bool) -> bool:
    """Tell whether a file only has the name of a library, which the import means.

    The file that wraps a library, or its folder, often has the library's name; so has a test.
    """
    from zenml_pin.pins.path_folders import is_in_package

    top = path.partition("/")[0]
    return (
        stray.root in stray.path.removesuffix(".py").split("/")
        or (not is_likely and is_in_package(tree, path))
        or (top in ASIDE and not stray.path.startswith(f"{top}/"))
    )
