"""Projects: the source roots that a folder's packaging files state, and those of the projects below it."""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value
from zenml_pin.importing.packaging.meson import read_meson
from zenml_pin.importing.packaging.pyproject import Pyproject, read_hatch, read_pyproject
from zenml_pin.importing.packaging.setuptools_files import read_setup_cfg, read_setup_py
from zenml_pin.importing.packaging.statements import resolve
from zenml_pin.importing.project_files import (
    HATCH,
    MESON,
    PYPROJECT,
    SETUP_CFG,
    SETUP_PY,
    ProjectFiles,
    may_setup_cfg_state,
    may_setup_py_state,
    may_toml_state,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.commit_files import Tree

_MOST_MESON = 200


class Statements(Value):
    """What the packaging files of the root state.

    Args:
        setting: `[tool.zenml_pin] source_roots` of its pyproject.toml.
        own: The source roots of the root's own project.
        members: The folders of a workspace's members; None where none are listed.
    """

    setting: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None


def read_root(tree: Tree, files: ProjectFiles) -> Statements:
    """Return what the packaging files of a commit's root state.

    Raises:
        UnsupportedError: A file is malformed, a root is outside the repository, or there are too many members.
    """
    pyproject = _pyproject(files)
    setting = tuple(resolve(pyproject.setting, PYPROJECT))
    own = tuple(dict.fromkeys(_roots(files, pyproject)))
    if pyproject.members is None:
        return Statements(setting, own)
    from zenml_pin.importing.packaging.workspaces import find_members

    return Statements(setting, own, find_members(tree, pyproject.members, pyproject.excluded, PYPROJECT))


def read_members(tree: Tree, folders: Iterable[str], read: dict[str, bytes]) -> tuple[str, ...]:
    """Return the source roots of the projects in some folders below the root.

    Args:
        tree: The commit.
        folders: Their paths.
        read: Filled with the files that were read, by path.

    Raises:
        UnsupportedError: A file is malformed, or a root is outside the repository.
    """
    roots: dict[str, None] = {}
    for folder in folders:
        files = ProjectFiles(tree, folder)
        stated = tuple(_roots(files, _pyproject(files)))
        roots.update(dict.fromkeys(stated or (_unstated(tree, folder),)))
        read.update(files.read)
    return tuple(roots)


def _unstated(tree: Tree, folder: str) -> str:
    """Return the source root of a project below the root that states none."""
    src = tree.find(f"{folder}/src")
    is_root = src is not None and src.is_folder and "__init__.py" not in tree.names(f"{folder}/src")
    return f"{folder}/src" if is_root else folder


def _pyproject(files: ProjectFiles) -> Pyproject:
    data = files.get(PYPROJECT)
    if may_toml_state(data):
        return read_pyproject(data, files.path(PYPROJECT))
    # Another backend than setuptools, with nothing to say here: a setup.py that was left does not count.
    is_other = b"build-backend" in data and b"setuptools" not in data
    return Pyproject(backend="other" if is_other else "")


def _roots(files: ProjectFiles, pyproject: Pyproject) -> Iterator[str]:
    """Yield the source roots of one project, some of them twice."""
    backend = pyproject.backend
    yield from resolve(pyproject.statements, files.path(PYPROJECT))
    hatch = files.get(HATCH) if backend in ("", "other", "hatchling.build") else b""
    if may_toml_state(hatch):
        yield from resolve(read_hatch(hatch, files.path(HATCH)), files.path(HATCH))
    if backend == "mesonpy":
        yield from _of_meson(files)
    if not backend or backend.startswith("setuptools"):
        if may_setup_cfg_state(setup_cfg := files.get(SETUP_CFG)):
            yield from resolve(read_setup_cfg(setup_cfg), files.path(SETUP_CFG))
        if may_setup_py_state(setup_py := files.get(SETUP_PY)):
            yield from resolve(read_setup_py(setup_py), files.path(SETUP_PY))


def _of_meson(files: ProjectFiles) -> Iterator[str]:
    left = [MESON]
    for _ in range(_MOST_MESON):
        if not left:
            return
        name = left.pop()
        folder = posixpath.dirname(name)
        statements, included = read_meson(files.get(name), posixpath.dirname(files.path(name)))
        yield from resolve(statements, files.path(name))
        left += [posixpath.join(folder, item, MESON) for item in included if not item.startswith((".", "/"))]
