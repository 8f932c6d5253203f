"""Real history that nobody here wrote: releases of a dozen packages, every module of each, from pins.

Some open files beside their code when they are imported, some only when they are used; some have a source root of their
own. What a module is in a checkout, it is from its pin, with the exceptions in `SKIPPED`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.support.documents_by_line import FIRST_LINE, document
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
TITLES = [f"{name}-{version}" for name, versions in RELEASES.items() for version in versions]
# What builds their metadata, which pip asks for when it downloads a release.
BACKENDS = [
    *("flit_core", "hatch-fancy-pypi-readme", "hatch-vcs", "hatchling", "poetry-core"),
    *("setuptools<81", "versioneer[toml]", "wheel"),
]
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


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """The releases' sources, downloaded and unpacked."""
    folder = tmp_path_factory.mktemp("releases")
    python = _downloader(folder / "downloader")
    rounds = max(map(len, RELEASES.values()))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: _download(python, folder / "archives", number), range(rounds)))
    return {title: _unpack(title, folder) for title in TITLES}


def _downloader(folder: Path) -> str:
    """Make an environment for pip with the build backends, so that it does not make one for each release."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *BACKENDS], check=True, capture_output=True)
    return python


def _download(python: str, folder: Path, number: int) -> None:
    """Download one version of each distribution; pip takes no two at once."""
    wanted = [f"{name}=={versions[number]}" for name, versions in RELEASES.items() if number < len(versions)]
    options = ["-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([python, "-m", "pip", "download", *options, *wanted], check=True, capture_output=True)


def _unpack(title: str, folder: Path) -> Release:
    name, version = title.rsplit("-", 1)
    archives = (folder / "archives").glob(f"*-{version}.tar.gz")
    (archive,) = [
        path for path in archives if canonicalize_name(path.name.removesuffix(f"-{version}.tar.gz")) == name
    ]
    target = folder / title
    with tarfile.open(archive) as file:
        file.extractall(target, filter="data") if hasattr(tarfile, "data_filter") else file.extractall(target)
    (inner,) = [path for path in target.iterdir() if path.is_dir()]
    root = next((inner / name for name in ("src", "lib") if (inner / name).is_dir()), inner)
    return Release(title, inner, root, tuple(_modules(root, PACKAGES.get(name, [name]))))


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


@dataclass(frozen=True)
class History:
    """A repository with a commit for each release of a distribution; the commit ids by title."""

    repo: Repo
    ids: dict[str, str]


@pytest.fixture(scope="module")
def histories(releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory) -> dict[str, History]:
    """The histories by name; their working trees are traps."""
    folder = tmp_path_factory.mktemp("histories")
    result = {}
    for name in RELEASES:
        repo = init(folder / name)
        titles = [f"{name}-{version}" for version in RELEASES[name]]
        ids = {title: commit(repo, _files(releases[title].folder), checkout=False) for title in titles}
        _set_traps(repo, name)
        result[name] = History(repo, ids)
    return result


def _set_traps(repo: Repo, name: str) -> None:
    trap = "raise AssertionError('the working tree ran')\n"
    files: Files = {package: {"__init__.py": trap} for package in PACKAGES.get(name, [name])}
    write(repo, {"src": files, "lib": files, **files})


@pytest.fixture(scope="module")
def pinned(
    releases: dict[str, Release], histories: dict[str, History], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What every module looks like from its pin, by title; the releases of a distribution are in one process."""
    folder = tmp_path_factory.mktemp("plans")

    def run(name: str) -> dict[str, Any]:
        history = histories[name]
        plan = folder / f"{name}.json"
        plan.write_text(json.dumps({history.ids[title]: releases[title].modules for title in history.ids}))
        surfaces = _run("pinned", history.repo.path, str(plan))
        return {title: surfaces[commit_id] for title, commit_id in history.ids.items()}

    with ThreadPoolExecutor(2) as pool:
        return {title: surface for part in pool.map(run, RELEASES) for title, surface in part.items()}


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


@pytest.fixture(scope="module")
def plain(releases: dict[str, Release]) -> dict[str, Any]:
    """What every module of every release looks like where the release is unpacked, each in a process of its own."""

    def run(release: Release) -> Any:
        return _run("plain", str(release.folder), str(release.root), *release.modules)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(TITLES, pool.map(run, [releases[title] for title in TITLES]), strict=True))


@pytest.mark.parametrize("title", TITLES)
def test_release_is_the_same_from_its_pin(
    title: str,
    releases: dict[str, Release],
    pinned: dict[str, Any],
    plain: dict[str, Any],
    announce: Callable[[str], None],
) -> None:
    """Every module of a release has the names, kinds, signatures and docstrings of a plain import."""
    release = releases[title]

    differences = list(_differences(pinned[title], plain[title]))

    assert release.modules
    assert differences == []
    raised = sum("raised" in plain[title][name] for name in release.modules)
    announce(f"{title}: {len(release.modules)} modules equal, {raised} of them raise the same")


# A class of some packages, by its defining module.
CLASSES = {
    "attrs": "attr._make.Attribute",
    "click": "click.core.Context",
    "packaging": "packaging.version.Version",
}


@pytest.mark.parametrize("name", CLASSES)
def test_audit_of_the_releases(name: str, histories: dict[str, History]) -> None:
    """A class of each release is there, loads from its pin, and is told from the others; a misspelt one is found."""
    history = histories[name]
    good = [f"{CLASSES[name]}@{commit_id}" for commit_id in history.ids.values()]
    bad = [source.replace("@", "X@") for source in good]
    folder = Path(history.repo.path, "pipelines")
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(document(*good, *bad))

    report = audit(repo=history.repo.path, load=True, jobs=2)

    pins = {pin.source: pin for pin in report.pins}
    assert all(pins[source].exists for source in good)
    assert not any(pins[source].exists for source in bad)
    outcomes = {source: load.outcome for source in good if (load := pins[source].load) is not None}
    assert outcomes == dict.fromkeys(good, "loaded")
    by_line = {(finding.line, finding.rule.id) for finding in report.findings}
    assert {(FIRST_LINE + len(good) + number, "ZP005") for number in range(len(bad))} <= by_line
