"""Real history that nobody here wrote: releases of a dozen packages, every module of each, from pins.

Some open files beside their code when they are imported, some only when they are used; some have a source root of their
own. What a module is in a checkout, it is from its pin, with the exceptions in `SKIPPED`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents_by_line import FIRST_LINE, document
from tests.support.network.source_archives import unpack_sources
from tests.support.repositories import Files, Repo, commit, init, write
from tests.support.thorough import usually
from zenml_pin.audit import audit

pytestmark = pytest.mark.network

SURFACE = str(Path(__file__).parents[1] / "support" / "network" / "module_surface.py")

RELEASES = {
    "attrs": ["19.3.0", *usually([], ["21.4.0"]), "23.2.0"],
    "certifi": ["2023.7.22", "2024.8.30"],
    "chardet": ["4.0.0", "5.2.0"],
    "click": ["7.1.2", *usually([], ["8.0.4"]), "8.1.8"],
    "dask": [*usually([], ["2024.8.0"]), "2026.8.0"],
    "docutils": ["0.18.1", "0.21.2"],
    "emoji": ["2.8.0", "2.14.0"],
    "jinja2": ["3.0.3", "3.1.4"],
    "packaging": ["21.3", *usually([], ["22.0"]), "24.2"],
    "pycountry": ["22.3.5", "24.6.1"],
    "requests": ["2.28.2", "2.32.3"],
    "sqlalchemy": ["1.4.54", "2.0.36"],
    "text-unidecode": ["1.2", "1.3"],
}
# The packages of a distribution where they have another name. Its tests are not among them, unless they are inside.
PACKAGES = {"attrs": ["attr", "attrs"], "text-unidecode": ["text_unidecode"]}
# Modules that are another thing from a pin, and why.
SKIPPED = {
    "dask.array.tests.test_masked": "pytest.importorskip imports 'dask.array' by its plain name (N12)",
    "dask.dataframe.io.tests.test_csv": "pytest.importorskip imports 'dask.dataframe' by its plain name (N12)",
    "dask.dataframe.io.tests.test_sql": "pytest.importorskip imports 'dask.dataframe' by its plain name (N12)",
    "dask.tests.test_typing": "pytest.importorskip imports by its plain name (N12)",
    "requests.packages": "it keeps the name of the module of the process that was imported last",
}


@dataclass(frozen=True)
class Release:
    """An unpacked release: its folder, and the source root and modules of its packages."""

    title: str
    folder: Path
    root: Path
    modules: tuple[str, ...]


def _releases(name: str, folder: Path) -> list[Release]:
    """Return the releases of a distribution, downloaded and unpacked."""
    return [
        _release(name, version, unpacked)
        for version, unpacked in unpack_sources(folder, name, RELEASES[name]).items()
    ]


def _release(name: str, version: str, folder: Path) -> Release:
    root = next((folder / name for name in ("src", "lib") if (folder / name).is_dir()), folder)
    return Release(f"{name}-{version}", folder, root, tuple(_modules(root, PACKAGES.get(name, [name]))))


def _modules(root: Path, packages: list[str]) -> list[str]:
    paths = [path for package in packages for path in (root / package).rglob("*.py")]
    dotted = [".".join(path.relative_to(root).with_suffix("").parts) for path in sorted(paths)]
    names = [name.removesuffix(".__init__") for name in dotted]
    # The body of `__main__` is a program.
    return [name for name in names if name.rpartition(".")[2] != "__main__" and name not in SKIPPED]


def _files(folder: Path) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            *parents, name = path.relative_to(folder).parts
            holder = nested
            for parent in parents:
                holder = holder.setdefault(parent, {})
            holder[name] = path.read_bytes()
    return nested


def _commit(name: str, releases: list[Release], folder: Path) -> tuple[Repo, list[str]]:
    """Commit each release to one repository, whose working tree is a trap; return it with the commit ids."""
    repo = init(folder / "repository")
    ids = [commit(repo, _files(release.folder), checkout=False) for release in releases]
    _set_traps(repo, name)
    return repo, ids


def _set_traps(repo: Repo, name: str) -> None:
    trap = "raise AssertionError('the working tree ran')\n"
    files: Files = {package: {"__init__.py": trap} for package in PACKAGES.get(name, [name])}
    write(repo, {"src": files, "lib": files, **files})


def _run(*args: str) -> Any:
    # The order in which a set is printed must not differ.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "HOME": "/nonexistent"}
    command = [sys.executable, "-B", SURFACE, *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    # Some modules print when they are imported.
    return json.loads(done.stdout.splitlines()[-1])


def _differences(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """Yield where two structures differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from _differences(left.get(key), right.get(key), f"{at}/{key}")
    elif left != right and not _is_routed(left):
        yield f"{at}: {left!r:.200} is not {right!r:.200}"


def _is_routed(name: Any) -> bool:
    """Tell whether it is the name of a routed function, such as import_module: pickle finds it in the pin."""
    return isinstance(name, str) and name.startswith("__zenml_pin_")


@pytest.mark.parametrize("name", RELEASES)
def test_releases_are_the_same_from_their_pins(
    name: str, tmp_path: Path, announce: Callable[[str], None]
) -> None:
    """Every module of each has the names, kinds, signatures and docstrings of a plain import.

    The plain imports of each release are in a process of their own; all pins are in one.
    """
    releases = _releases(name, tmp_path)
    repo, ids = _commit(name, releases, tmp_path)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({id: release.modules for id, release in zip(ids, releases, strict=True)}))

    pinned = _run("pinned", repo.path, str(plan))

    differences: list[str] = []
    for commit_id, release in zip(ids, releases, strict=True):
        plain = _run("plain", str(release.folder), str(release.root), *release.modules)
        assert release.modules
        differences += _differences(pinned[commit_id], plain, release.title)
        raised = sum("raised" in plain[module] for module in release.modules)
        announce(f"{release.title}: {len(release.modules)} modules equal, {raised} of them raise the same")
    assert differences == []


# A class of some packages, by its defining module.
CLASSES = {
    "attrs": "attr._make.Attribute",
    "click": "click.core.Context",
    "packaging": "packaging.version.Version",
}


@pytest.mark.parametrize("name", CLASSES)
def test_audit_of_the_releases(name: str, tmp_path: Path) -> None:
    """A class of each release is there, loads from its pin, and is told from the others; a misspelt one is found."""
    repo, ids = _commit(name, _releases(name, tmp_path), tmp_path)
    good = [f"{CLASSES[name]}@{commit_id}" for commit_id in ids]
    bad = [source.replace("@", "X@") for source in good]
    folder = Path(repo.path, "pipelines")
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(document(*good, *bad))

    report = audit(repo=repo.path, load=True, jobs=2)

    pins = {pin.source: pin for pin in report.pins}
    assert all(pins[source].exists for source in good)
    assert not any(pins[source].exists for source in bad)
    outcomes = {source: load.outcome for source in good if (load := pins[source].load) is not None}
    assert outcomes == dict.fromkeys(good, "loaded")
    by_line = {(finding.line, finding.rule.id) for finding in report.findings}
    assert {(FIRST_LINE + len(good) + number, "ZP005") for number in range(len(bad))} <= by_line
