"""The workspace: the folder that contains ZenML's files.

    ROOT/.zenml/.zenml_config     the paths of the two below; relative to ROOT, absolute in old configs
    ROOT/pipelines/               pipeline documents
    ROOT/.zenml/local_store/      runs and artifacts

ROOT is the git root or a folder below it. In the second case modules are named from ROOT, so `init_workspace` writes
ROOT into the `setup.cfg` of the git root.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.base.environment import store_directory
from zenml_pin.base.files import read_small
from zenml_pin.base.values import Value
from zenml_pin.errors import NotARepositoryError, UnsupportedError
from zenml_pin.git.layout import find_layout
from zenml_pin.workspace.folders import CONFIG, PIPELINES, STORE, resolve_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_DEFAULTS = {"artifact_store": STORE, "pipelines_dir": PIPELINES}
# Most workspaces have this one: it is known without YAML.
_DEFAULT_CONFIG = (
    "# Where this workspace keeps its files; paths are relative to the folder that holds .zenml.\n"
    f"artifact_store: {STORE}\npipelines_dir: {PIPELINES}\n"
)
_IGNORED = (".zenml/", "__pycache__/")


class Workspace(Value):
    """A workspace. Paths are absolute; `root` has no symbolic link in it.

    Attributes:
        root: The folder that contains `.zenml`.
        pipelines_dir: The folder of pipeline documents.
        store_dir: The folder of runs and artifacts: the one that ZENML_PIN_STORE names, else the workspace's own.
        own_store_dir: The workspace's own folder of them, which only differs from `store_dir` with ZENML_PIN_STORE.
        git_root: The worktree of the repository that contains it; None outside git.
    """

    root: str
    pipelines_dir: str
    store_dir: str
    own_store_dir: str
    git_root: str | None


def find_workspace(start: str | os.PathLike[str]) -> Workspace | None:
    """Return the workspace at or above a file or folder, or None. Searches upward to the git root.

    Tries the path first as it is written, then with its symbolic links resolved.

    Raises:
        DocumentError: Its config cannot be read.
    """
    path = os.path.abspath(os.fspath(start))
    for candidate in dict.fromkeys([path, os.path.realpath(path)]):
        for folder in _upward(candidate):
            if os.path.isfile(os.path.join(folder, CONFIG)):
                return _read(os.path.realpath(folder))
    return None


def init_workspace(path: str | os.PathLike[str], *, scaffold: bool = False) -> Workspace:
    """Make a folder of a git repository a workspace. A second call adds only what is missing.

    Writes `.zenml/.zenml_config`, two lines of `.gitignore` and the pipelines folder; for a folder below the git root
    also the source root into the `setup.cfg` of the git root. Existing content stays, byte for byte.

    Args:
        path: The folder; it is created where it is missing.
        scaffold: Also write the recommended structure, with one working example of each kind. No file is replaced.

    Raises:
        NotARepositoryError: The folder is not in a git repository.
        UnsupportedError: The repository is bare, `setup.cfg` cannot contain the folder's name, or a file to write is a
            link out of the folder.
        DocumentError: There is a config, and it cannot be read.
    """
    from zenml_pin.base.atomic import write_whole
    from zenml_pin.workspace.edits import add_ignore_lines, add_source_root, refuse_link_out
    from zenml_pin.workspace.scaffold import lay_scaffold

    root = os.path.realpath(os.fspath(path))
    layout = find_layout(root)
    if layout is not None and layout.worktree is None:
        raise UnsupportedError(
            f"repository '{layout.root}' is bare: a workspace needs a worktree", "clone it, and use the clone"
        )
    git_root = None if layout is None else layout.worktree
    if git_root is None:
        raise NotARepositoryError(
            root, "pins are commits: create a repository with 'git init' or 'dulwich init' first"
        )
    below = os.path.relpath(root, git_root).replace(os.sep, "/")
    if any(char in below for char in ",\n\r") or below != below.strip():
        raise UnsupportedError(
            f"folder '{below}' cannot be a source root: setup.cfg separates them by commas"
        )
    os.makedirs(os.path.join(root, os.path.dirname(CONFIG)), exist_ok=True)
    if not os.path.lexists(os.path.join(root, CONFIG)):
        refuse_link_out(os.path.join(root, CONFIG), root)
        write_whole(os.path.join(root, CONFIG), _DEFAULT_CONFIG)
    workspace = _read(root)
    add_ignore_lines(os.path.join(root, ".gitignore"), _IGNORED)
    if below != ".":
        # A workspace at the git root has modules too, which are named from there.
        first = (".",) if os.path.lexists(os.path.join(git_root, CONFIG)) else ()
        add_source_root(os.path.join(git_root, "setup.cfg"), (*first, below))
    if scaffold:
        lay_scaffold(root)
    os.makedirs(workspace.pipelines_dir, exist_ok=True)
    return workspace


def _read(root: str) -> Workspace:
    data = _read_config(os.path.join(root, CONFIG))
    own_store = resolve_folder(root, data.get("artifact_store"), STORE)
    return Workspace(
        root=root,
        pipelines_dir=resolve_folder(root, data.get("pipelines_dir"), PIPELINES),
        store_dir=store_directory() or own_store,
        own_store_dir=own_store,
        git_root=_git_root(root),
    )


def _read_config(path: str) -> dict[str, Any]:
    if read_small(path) == _DEFAULT_CONFIG.encode("ascii"):
        return _DEFAULTS
    from zenml_pin.yaml.reading import read_yaml_file

    config = read_yaml_file(path)
    data = config.data if config.data is not None else {}
    if not isinstance(data, dict):
        raise config.error("expected a mapping")
    for key in _DEFAULTS:
        if not isinstance(data.get(key, ""), str):
            raise config.error("expected text", (key,), "a path, relative to the folder that holds .zenml")
    return data


def _git_root(path: str) -> str | None:
    layout = find_layout(path)
    return None if layout is None else layout.worktree


def _upward(path: str) -> Iterator[str]:
    """Yield a path and the folders above it, up to the root of its repository."""
    while True:
        yield path
        parent = os.path.dirname(path)
        if os.path.lexists(os.path.join(path, ".git")) or parent == path:
            return
        path = parent


def get_current_workspace(script: str | None = None) -> Workspace:
    """Return the workspace of the main script, else of the current folder, else a default one.

    Args:
        script: The script that will run, where it is not the main script yet.
    """
    starts = [os.getcwd()]
    script = script or _main_script()
    if script is not None:
        starts.insert(0, os.path.dirname(script))
    for start in starts:
        workspace = find_workspace(start)
        if workspace is not None:
            return workspace
    return get_workspace_at(next((start for start in starts if _git_root(start) is not None), starts[-1]))


def get_workspace_at(path: str) -> Workspace:
    """Return the workspace at or above a folder, else a default one at the git root, or outside git at the folder."""
    workspace = find_workspace(path)
    if workspace is not None:
        return workspace
    git_root = _git_root(path)
    root = os.path.realpath(git_root or path)
    own_store = os.path.join(root, STORE)
    return Workspace(root, os.path.join(root, PIPELINES), store_directory() or own_store, own_store, git_root)


def _main_script() -> str | None:
    """Return the script that this process runs; None for a tool of the environment, such as our own command."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(file, str) or not os.path.isfile(file):
        return None
    path = os.path.realpath(file)
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    tools = [os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix), package]
    return None if any(path.startswith(folder + os.sep) for folder in tools) else path
