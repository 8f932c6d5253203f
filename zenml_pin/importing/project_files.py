"""Project files: which folders of a commit are projects, and whether their packaging files may state source roots.

Every load looks, so this reads few objects and imports no parser; `packaging` reads what the files state.

    pyproject.toml with [project]...    a project; one with the settings of tools alone is none
    python/pyproject.toml               below a root that is no project, a folder with one of the usual names and with
                                        packaging files is a project
    packages/one/setup.py               and so is each folder in it, where it has no Python files itself

Only the usual names count, because every load of a commit without packaging files looks: to read the trees of all
folders takes 1 ms, and a load 40.
"""

from __future__ import annotations

from zenml_pin.errors import LimitError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, MutableMapping

    from zenml_pin.git.objects.commit_files import Tree

PYPROJECT, SETUP_CFG, SETUP_PY = "pyproject.toml", "setup.cfg", "setup.py"
HATCH, MESON = "hatch.toml", "meson.build"
PROJECT_FILES = frozenset((PYPROJECT, SETUP_PY, SETUP_CFG))
MOST_MEMBERS = 1000

# What a pyproject.toml of a project has; others only have the settings of tools.
_OF_A_PROJECT = (b"[project", b"[build-system", b"[tool.poetry", b"[tool.flit")
# One of them is in every TOML file that states a source root or the members of a workspace.
_TOML_KEYS = (
    *(b"source_roots", b"package-dir", b"where", b"packages", b"sources", b"module-root", b"python-source"),
    *(b"members", b"uv_build", b"scikit_build_core", b"mesonpy"),
)
_CFG_KEYS = (b"package_dir", b"package-dir", b"where")
_FINDERS = (b"find_packages(", b"find_namespace_packages(")


class ProjectFiles:
    """The packaging files of one folder, each read when it is needed.

    Args:
        tree: The files.
        folder: Path of the folder.
        known: Files that the caller has read already, by path.

    Attributes:
        names: The names in the folder.
        read: The files that were read, by path.
    """

    def __init__(self, tree: Tree, folder: str, known: dict[str, bytes] | None = None) -> None:
        self._tree = tree
        self._prefix = f"{folder}/" if folder else ""
        self.names: Collection[str] = tree.names(folder)
        self.read: dict[str, bytes] = dict(known or {})

    def path(self, name: str) -> str:
        """Return the path of a file."""
        return self._prefix + name

    def get(self, name: str) -> bytes:
        """Return the content of a file; b"" where it does not exist, is not a file, or is too long to be read."""
        if name.partition("/")[0] not in self.names:
            return b""
        path = self.path(name)
        if path not in self.read:
            entry = self._tree.find(path)
            try:
                self.read[path] = self._tree.read(path) if entry is not None and entry.is_file else b""
            except LimitError:
                self.read[path] = b""
        return self.read[path]

    def is_project(self) -> bool:
        """Tell whether the folder is a project, and not only has settings of tools."""
        if SETUP_PY in self.names or any(word in self.get(PYPROJECT) for word in _OF_A_PROJECT):
            return True
        setup_cfg = self.get(SETUP_CFG)
        return b"[metadata" in setup_cfg or b"[options" in setup_cfg

    def may_state(self) -> bool:
        """Tell whether any of the files may state a source root, or the members of a workspace."""
        return (
            may_toml_state(self.get(PYPROJECT))
            or may_setup_cfg_state(self.get(SETUP_CFG))
            or may_setup_py_state(self.get(SETUP_PY))
            or may_toml_state(self.get(HATCH))
        )


def may_toml_state(data: bytes) -> bool:
    """Tell whether a TOML file has one of the keys that `packaging.pyproject` reads."""
    return any(key in data for key in _TOML_KEYS)


def may_setup_cfg_state(data: bytes) -> bool:
    """Tell whether a setup.cfg has one of the keys that setuptools reads."""
    return any(key in data for key in _CFG_KEYS)


def may_setup_py_state(data: bytes) -> bool:
    """Tell whether a setup.py may state a root. Most call `find_packages()` without a folder."""
    if b"package_dir" in data:
        return True
    for finder in _FINDERS:
        for part in data.split(finder)[1:]:
            inside = part.partition(b")")[0].strip()
            if inside and not inside.startswith((b"exclude", b"include")):
                return True
    return False


def find_projects(
    tree: Tree, groups: Collection[str], known: MutableMapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the projects in the folders of a root that is no project, sorted. Reads trees and no files.

    Args:
        tree: The commit.
        groups: Names of the folders.
        known: By the id of such a folder, the projects in it, relative to it; used and filled.

    Raises:
        UnsupportedError: There are more than 1,000.
    """
    projects = []
    for folder, tree_id in _folders(tree, ""):
        if folder not in groups:
            continue
        inside = known.get(tree_id) if tree_id else None
        if inside is None:
            inside = tuple(_inside(tree, folder))
            if tree_id:
                known[tree_id] = inside
        projects += [f"{folder}/{path}" if path else folder for path in inside]
    if len(projects) > MOST_MEMBERS:
        raise UnsupportedError(
            f"the commit has more than {MOST_MEMBERS} folders with packaging files",
            "name its source roots with source_roots=[...], or --source-root FOLDER",
        )
    return tuple(sorted(projects))


def _folders(tree: Tree, folder: str) -> Iterator[tuple[str, str]]:
    """Yield path and id of the folders in a folder."""
    for name, entry in tree.children(folder).items():
        if entry.is_folder and not name.startswith("."):
            yield entry.path, entry.id


def _inside(tree: Tree, folder: str) -> Iterator[str]:
    """Yield the projects at or in a folder of the root, relative to it: "" for the folder itself."""
    names = tree.names(folder)
    if not PROJECT_FILES.isdisjoint(names):
        yield ""
    elif not any(name.endswith(".py") for name in names):
        for path, _ in _folders(tree, folder):
            if not PROJECT_FILES.isdisjoint(tree.names(path)):
                yield path[len(folder) + 1 :]
