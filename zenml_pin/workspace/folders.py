"""The files that runs write beside code: pipeline documents and bundles, in the pipelines folder of a workspace.

    workspace         a folder with .zenml/.zenml_config; without one, the git root if runs have their store there
    pipelines folder  the config's line `pipelines_dir: ...`, else `pipelines`
    document, bundle  *.yaml, *.yml, *.bundle, directly in that folder

Only this file decides by a file's name whether it can be a document; the reader of documents decides by its content.

Documents and bundles cannot reach a pin. So a pipeline class in the pipelines folder still counts as committed after
its first run. One line of the config is read without a YAML parser, because a load must not import one.
"""

from __future__ import annotations

import os

from zenml_pin.base.files import BUNDLE_SUFFIX, read_small

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = ".zenml/.zenml_config"
PIPELINES = "pipelines"
STORE = ".zenml/local_store"
# Runs write the first one.
DOCUMENT_SUFFIXES = (".yaml", ".yml")


def has_document_suffix(path: str) -> bool:
    """Tell whether a name that a user gives can be a document's file, rather than a class or a pipeline's name."""
    return path.endswith(DOCUMENT_SUFFIXES)


def is_document_name(path: str) -> bool:
    """Tell whether a file of a pipelines folder is a document by its name; hidden files are not."""
    return has_document_suffix(path) and not path.rpartition("/")[2].startswith(".")


def documents_of(worktree: str) -> Callable[[str], bool]:
    """Return a function that tells whether a path, relative to the worktree, is a document or bundle of a workspace."""
    folders: dict[str, str | None] = {}

    def is_document(path: str) -> bool:
        if not has_document_suffix(path) and not path.endswith(BUNDLE_SUFFIX):
            return False
        folder = os.path.dirname(os.path.join(worktree, path))
        if folder not in folders:
            folders[folder] = _pipelines_above(folder, worktree)
        return folders[folder] == folder

    return is_document


def list_bundles(folder: str) -> list[str]:
    """Return the paths of the bundles directly in a folder, sorted."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(
        os.path.join(folder, name) for name in names if name.endswith(BUNDLE_SUFFIX) and name[0] != "."
    )


def bundles_of(worktree: str, start: str) -> list[str]:
    """Return the paths of a worktree's bundles.

    They are in the pipelines folder of its root, and in that of the workspace at or above `start`, a folder in it.
    """
    folders = [_pipelines_above(worktree, worktree) or os.path.join(worktree, PIPELINES)]
    if start.startswith(worktree.rstrip("/") + "/"):
        folders.append(_pipelines_above(start, worktree) or folders[0])
    return [path for folder in dict.fromkeys(folders) for path in list_bundles(folder)]


def resolve_folder(root: str, value: str | None, default: str) -> str:
    """Return the absolute path of a folder that a config names, relative to the workspace's root.

    Old configs name absolute paths. If such a path does not exist, because the workspace was moved or belongs to
    another person, it means the default. So does a value that is not a folder, such as `gs://bucket`.
    """
    if not value or "://" in value or (os.path.isabs(value) and not os.path.isdir(value)):
        value = default
    path = os.path.normpath(os.path.join(root, value))
    return os.path.realpath(path) if os.path.isabs(value) else path


def named_pipelines_folder(root: str) -> str | None:
    """Return the pipelines folder that the config of a workspace names, as it is written; None without one."""
    config = read_small(os.path.join(root, CONFIG))
    return None if config is None else _pipelines_line(config)


def _pipelines_above(folder: str, worktree: str) -> str | None:
    """Return the pipelines folder of the nearest workspace at or above a folder."""
    worktree = worktree.rstrip("/") or "/"
    while True:
        config = read_small(os.path.join(folder, CONFIG))
        if config is not None:
            return resolve_folder(folder, _pipelines_line(config), PIPELINES)
        if folder == worktree and os.path.isdir(os.path.join(folder, STORE)):
            return os.path.join(folder, PIPELINES)
        if folder == worktree or os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)


def _pipelines_line(config: bytes) -> str | None:
    for line in config.decode("utf-8", "replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip("'\" ") == "pipelines_dir" and key[:1] != " ":
            return value.partition(" #")[0].strip().strip("'\"")
    return None
