"""uv.lock: what `uv sync` installs for the project of a class, without the projects of the workspace themselves.

    [[package]]             name, version, source, dependencies, sdist, wheels
    source                  registry | git | url | path | directory | editable | virtual
    dependencies            name, and where it is not clear: version, source, marker, extra
    optional-dependencies, dev-dependencies        of a project: extras and groups

The URLs of registries and of files are not used: a package is asked for by its name, version and hashes where the
user's own settings say. A trusted lock adds its registries.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from zenml_pin.backends.environments.lock_file import PROJECT, LockFile, lines_of_tables
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.toml_values import table_of, tables_of
from zenml_pin.backends.environments.urls import allowed_url, own_file, own_folder, vcs_url
from zenml_pin.backends.environments.wanted import Libraries, Wanted, sorted_libraries
from zenml_pin.errors import BackendError, DocumentError

_VERSION = 1
_OWN = ("editable", "virtual", "directory")
_EXTRA = re.compile(r"""extra\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)")""")
# Markers that hold everywhere, and nowhere.
_TRUE, _FALSE = "os_name != '!'", "os_name == '!'"
# A package, and the extra of it that is needed; "" for the package without extras.
_Need = tuple[int, str]


def read_uv_lock(lock: LockFile, settings: EnvSettings, python: InstalledPython) -> Libraries:
    """Return what a uv.lock asks for in a Python.

    Raises:
        DocumentError: The lock is broken, or asks for something that only a trusted lock may ask for.
        BackendError: An extra or a group does not exist.
    """
    return _Graph(lock, settings, python).libraries()


class _Graph:
    def __init__(self, lock: LockFile, settings: EnvSettings, python: InstalledPython) -> None:
        self._lock = lock
        self._settings = settings
        self._markers = python.markers()
        data = lock.data()
        if data.get("version") != _VERSION:
            raise lock.broken(f"version {data.get('version')!r} of uv.lock is not read here, only {_VERSION}")
        self._packages = tables_of(data.get("package"))
        self._lines = lines_of_tables(lock.text, "package")
        self._by_name: dict[str, list[int]] = {}
        for index, package in enumerate(self._packages):
            if not isinstance(package.get("name"), str) or not isinstance(package.get("source"), dict):
                raise lock.broken("a package has no name or no source", self._line(index))
            self._by_name.setdefault(package["name"], []).append(index)
        self._active: set[str] = set()

    def libraries(self) -> Libraries:
        """Return what the project of the class needs."""
        wanted: dict[int, Wanted] = {}
        waiting, seen = list(self._begin()), set[_Need]()
        while waiting:
            need = waiting.pop()
            if need in seen:
                continue
            seen.add(need)
            index, extra = need
            package = self._packages[index]
            if not self._is_own(index):
                wanted[index] = self._wanted(index)
            dependencies = table_of(package, "optional-dependencies").get(extra, []) if extra else None
            waiting += self._needs(
                tables_of(package.get("dependencies", []) if dependencies is None else dependencies)
            )
        self._refuse_twice(wanted)
        return sorted_libraries(wanted.values(), options=self._options(wanted))

    def _begin(self) -> Iterator[_Need]:
        """Yield the projects that the class belongs to; their groups' needs with them."""
        projects = self._projects()
        for index in projects:
            package = self._packages[index]
            name, extras, groups = package["name"], self._extras(package), self._groups(index)
            self._active |= {f"extra-{len(name)}-{name}-{extra}" for extra in extras}
            self._active |= {f"group-{len(name)}-{name}-{group}" for group in groups}
            self._active.add(f"project-{len(name)}-{name}")
        for index in projects:
            package = self._packages[index]
            yield index, ""
            yield from ((index, extra) for extra in self._extras(package))
            for group in self._groups(index):
                yield from self._needs(tables_of(table_of(package, "dev-dependencies")[group]))
        self._refuse_unknown(projects)

    def _projects(self) -> list[int]:
        """Return the project whose folder is nearest above the class; all projects where none is above it."""
        folders = {}
        for index, package in enumerate(self._packages):
            source = package["source"]
            folder = own_folder(self._lock, str(source.get("editable", source.get("virtual", "//"))))
            if folder is not None:
                folders[index] = folder
        if not folders:
            raise self._lock.broken("it locks no project")
        near = f"{self._lock.near}/"
        above = {
            index: folder for index, folder in folders.items() if not folder or near.startswith(f"{folder}/")
        }
        return [max(above, key=lambda index: len(above[index]))] if above else list(folders)

    def _extras(self, package: dict[str, Any]) -> list[str]:
        known = table_of(package, "optional-dependencies")
        return [extra for extra in self._settings.extras if extra in known]

    def _groups(self, index: int) -> list[str]:
        package = self._packages[index]
        known = table_of(package, "dev-dependencies")
        wanted = [*self._default_groups(package, list(known)), *self._settings.groups]
        return [group for group in dict.fromkeys(wanted) if group in known]

    def _default_groups(self, package: dict[str, Any], known: list[str]) -> list[str]:
        """Return the groups that uv installs by default: those that the project's pyproject.toml lists, else "dev"."""
        source = package["source"]
        folder = own_folder(self._lock, str(source.get("editable", source.get("virtual")))) or ""
        path = posixpath.join(folder, PROJECT)
        entry = self._lock.tree.find(path)
        data = self._lock.data_of(path) if entry is not None and entry.is_file else {}
        groups = table_of(data, "tool", "uv").get("default-groups", ["dev"])
        return known if groups == "all" else [str(group) for group in groups]

    def _refuse_unknown(self, projects: list[int]) -> None:
        for field, key, names in (
            ("extra", "optional-dependencies", self._settings.extras),
            ("group", "dev-dependencies", self._settings.groups),
        ):
            known = sorted({name for index in projects for name in table_of(self._packages[index], key)})
            for name in names:
                if name not in known:
                    raise BackendError(
                        f"'{self._lock.label}' has no {field} '{name}'",
                        f"it has: {', '.join(known) or 'none'}",
                    )

    def _needs(self, dependencies: list[dict[str, Any]]) -> Iterator[_Need]:
        for dependency in dependencies:
            if self._holds(str(dependency.get("marker", ""))):
                index = self._find(dependency)
                yield index, ""
                yield from ((index, str(extra)) for extra in dependency.get("extra", []))

    def _find(self, dependency: dict[str, Any]) -> int:
        """Return the package that a dependency means."""
        name = str(dependency.get("name"))
        indexes = [
            index
            for index in self._by_name.get(name, [])
            if all(
                self._packages[index].get(key) == dependency[key]
                for key in ("version", "source")
                if key in dependency
            )
        ]
        if len(indexes) > 1:
            indexes = [index for index in indexes if self._is_for_here(self._packages[index])]
        if len(indexes) != 1:
            raise self._lock.broken(f"{len(indexes) or 'no'} packages are '{name}', which another one needs")
        return indexes[0]

    def _is_for_here(self, package: dict[str, Any]) -> bool:
        return any(self._holds(str(marker)) for marker in package.get("resolution-markers", [""]))

    def _holds(self, marker: str) -> bool:
        from packaging.markers import InvalidMarker, Marker

        if not marker:
            return True

        def decided(match: re.Match[str]) -> str:
            is_active = (match[2] or match[3] or "") in self._active
            return _TRUE if is_active == (match[1] == "==") else _FALSE

        try:
            return Marker(_EXTRA.sub(decided, marker)).evaluate(self._markers)
        except InvalidMarker as error:
            raise self._lock.broken(f"'{marker}' is not a marker") from error

    def _is_own(self, index: int) -> bool:
        """Tell whether a package is a folder of the repository: its code comes from the pin."""
        source = self._packages[index]["source"]
        kind = next((kind for kind in _OWN if kind in source), None)
        if kind is None:
            return False
        if own_folder(self._lock, str(source[kind])) is None:
            raise self._lock.broken(
                f"'{self._packages[index]['name']}' is in '{source[kind]}', outside the repository",
                self._line(index),
            )
        return True

    def _wanted(self, index: int) -> Wanted:
        package, line = self._packages[index], self._line(index)
        name, source = package["name"], package["source"]
        where = f"{self._lock.label}:{line}"
        files = tables_of(package.get("wheels", []))
        wheels = tuple(_file_name(file) for file in files)
        sdist = table_of(package, "sdist")
        hashes = tuple(str(file["hash"]) for file in [*files, sdist] if "hash" in file)
        self._check(name, hashes, package, line)
        if "registry" in source:
            return Wanted(name, f"{name}=={package.get('version')}", hashes, wheels, None, where)
        if "git" in source:
            return Wanted(
                name, f"{name} @ {self._git(name, str(source['git']), line)}", (), None, None, where
            )
        if "url" in source:
            url = allowed_url(self._lock, self._settings, line, name, str(source["url"]))
            return Wanted(name, f"{name} @ {url}", hashes, None, None, where)
        path = own_file(self._lock, self._settings, line, name, str(source.get("path", "")))
        return Wanted(name, name, hashes, None, path, where)

    def _git(self, name: str, text: str, line: int) -> str:
        parts = urlsplit(text)
        subfolder = parse_qs(parts.query).get("subdirectory", [""])[0]
        url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return vcs_url(self._lock, self._settings, line, name, ("git", url, parts.fragment, subfolder))

    def _check(self, name: str, hashes: tuple[str, ...], package: dict[str, Any], line: int) -> None:
        from packaging.utils import InvalidName, canonicalize_name
        from packaging.version import InvalidVersion, Version

        try:
            canonicalize_name(name, validate=True)
            Version(str(package.get("version", "0")))
        except (InvalidName, InvalidVersion) as error:
            raise self._lock.broken(str(error), line) from error
        check_hashes(self._lock, name, hashes, line)

    def _refuse_twice(self, wanted: dict[int, Wanted]) -> None:
        names: dict[str, Wanted] = {}
        for item in wanted.values():
            if names.setdefault(item.name, item) is not item:
                raise DocumentError(
                    f"two versions of '{item.name}' are needed at once: {names[item.name].where}",
                    path=item.where,
                )

    def _options(self, wanted: dict[int, Wanted]) -> list[str]:
        """Return the registries of a trusted lock."""
        if not self._settings.trust:
            return []
        registries = (str(self._packages[index]["source"].get("registry", "")) for index in sorted(wanted))
        return [f"--index={url}" for url in registries if url.startswith(("https://", "http://"))]

    def _line(self, index: int) -> int:
        return self._lines[index] if index < len(self._lines) else 1


def check_hashes(lock: LockFile, name: str, hashes: tuple[str, ...], line: int) -> None:
    """Refuse a hash that is not one: it would go into the installer's file.

    Raises:
        DocumentError: One is not an algorithm and hex digits.
    """
    for text in hashes:
        if re.fullmatch(r"(sha256|sha384|sha512|blake2b):[0-9a-f]{64,128}", text) is None:
            raise lock.broken(f"'{text[:80]}' of '{name}' is not a hash that can be checked", line)


def _file_name(file: dict[str, Any]) -> str:
    place = str(file.get("filename") or file.get("url") or file.get("path") or "")
    return unquote(posixpath.basename(urlsplit(place).path))
