"""pyproject.toml, where a commit has no lock: what its [project] table asks for. uv chooses the versions."""

from __future__ import annotations

import re
from typing import Any

from zenml_pin.backends.environments.lock_file import LockFile
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.requirements import RequirementReader
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.toml_values import list_of, table_of
from zenml_pin.backends.environments.urls import own_folder
from zenml_pin.backends.environments.wanted import Libraries
from zenml_pin.base.distribution_names import normal_name
from zenml_pin.errors import BackendError

_NOTE = "the commit has no uv.lock, pylock.toml or requirements.txt, and '{}' gives ranges"
_GROUP = "dev"


def read_project(lock: LockFile, settings: EnvSettings, python: InstalledPython) -> Libraries:
    """Return what a pyproject.toml asks for in a Python.

    Raises:
        DocumentError: It is broken, or asks for something that only a trusted lock may ask for.
        BackendError: It has no [project] table, or lacks an extra or a group.
    """
    data = lock.data()
    project = data.get("project")
    if not isinstance(project, dict):
        raise BackendError(
            f"'{lock.label}' has no [project] table, and commit {lock.tree.commit_id} has no lock",
            "commit a lock, or run it without --env",
        )
    reader = RequirementReader(lock, settings, python)
    own = _own_projects(lock, settings, data)
    for text in _stated(lock, settings, data, project):
        if _name_of(text) not in own:
            reader.add(lock, lock.line_of(text), text)
    for path in _dynamic_files(data) if "dependencies" in project.get("dynamic", ()) else ():
        inside = own_folder(lock, path)
        if inside is None or lock.tree.find(inside) is None:
            raise lock.broken(f"it includes '{path}', which is not a file of the commit", lock.line_of(path))
        reader.read(inside)
    return reader.libraries(_NOTE.format(lock.path))


def _stated(
    lock: LockFile, settings: EnvSettings, data: dict[str, Any], project: dict[str, Any]
) -> list[str]:
    groups = table_of(data, "dependency-groups")
    optional = table_of(project, "optional-dependencies")
    stated = list_of(project.get("dependencies"))
    for extra in settings.extras:
        stated += list_of(_known(lock, "extra", optional, extra))
    for group in settings.groups:
        _known(lock, "group", groups, group)
    for group in (_GROUP, *settings.groups):
        stated += _group(lock, groups, group, ())
    if not all(isinstance(text, str) for text in stated):
        raise lock.broken("a dependency is not a text", lock.line_of("dependencies"))
    return list(dict.fromkeys(stated))


def _group(lock: LockFile, groups: dict[str, Any], name: str, within: tuple[str, ...]) -> list[Any]:
    """Return the requirements of a dependency group (PEP 735), and of those that it includes."""
    if name in within:
        raise lock.broken(f"dependency group '{name}' includes itself", lock.line_of(name))
    items: list[Any] = []
    for item in list_of(groups.get(name)):
        if isinstance(item, dict):
            items += _group(lock, groups, str(item.get("include-group")), (*within, name))
        else:
            items.append(item)
    return items


def _known(lock: LockFile, kind: str, table: dict[str, Any], name: str) -> Any:
    if name not in table:
        raise BackendError(
            f"'{lock.label}' has no {kind} '{name}'", f"it has: {', '.join(sorted(table)) or 'none'}"
        )
    return table[name]


def _own_projects(lock: LockFile, settings: EnvSettings, data: dict[str, Any]) -> set[str]:
    """Return the projects of the repository, whose code comes from the pin; refuse all other sources of uv."""
    own = set()
    for name, source in table_of(data, "tool", "uv", "sources").items():
        if isinstance(source, dict) and (source.get("workspace") or _is_inside(lock, source)):
            own.add(_name_of(name))
            continue
        line = lock.line_of(name)
        if not settings.trust:
            raise lock.refused(line, name, "has a source of its own")
        raise lock.broken(f"the source of '{name}' is followed from a lock only", line)
    return own


def _name_of(text: str) -> str:
    return normal_name(re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0])


def _is_inside(lock: LockFile, source: dict[str, Any]) -> bool:
    path = source.get("path")
    return isinstance(path, str) and own_folder(lock, path) is not None and not path.endswith((".whl", ".gz"))


def _dynamic_files(data: dict[str, Any]) -> list[str]:
    files = table_of(data, "tool", "setuptools", "dynamic", "dependencies").get("file", [])
    return [files] if isinstance(files, str) else [str(item) for item in list_of(files)]
