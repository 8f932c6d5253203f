"""Real history that nobody here wrote: releases of attrs, click and packaging, every module of each, from pins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents_by_line import FIRST_LINE, document
from tests.support.repositories import Files, Repo, commit, init, write
from zenml_pin.audit import audit

pytestmark = pytest.mark.network

SURFACE = str(Path(__file__).parents[1] / "support" / "network" / "module_surface.py")

RELEASES = {
    "attrs": ["19.3.0", "21.4.0", "23.2.0"],
    "click": ["7.1.2", "8.0.4", "8.1.8"],
    "packaging": ["21.3", "22.0", "24.2"],
}
PACKAGES = {"attrs": ["attr", "attrs"], "click": ["click"], "packaging": ["packaging"]}
TITLES = [f"{name}-{version}" for name, versions in RELEASES.items() for version in versions]


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
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(TITLES, pool.map(lambda title: _fetch(title, folder), TITLES), strict=True))


def _fetch(title: str, folder: Path) -> Release:
    name, version = title.rsplit("-", 1)
    target = folder / title
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name]
    subprocess.run([*command, "-d", str(target), f"{name}=={version}"], check=True, capture_output=True)
    (archive,) = target.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(target, filter="data") if hasattr(tarfile, "data_filter") else file.extractall(target)
    (inner,) = [path for path in target.iterdir() if path.is_dir()]
    root = inner / "src" if (inner / "src").is_dir() else inner
    return Release(title, inner, root, tuple(_modules(root, PACKAGES[name])))


def _modules(root: Path, packages: list[str]) -> list[str]:
    paths = [path for package in packages for path in (root / package).rglob("*.py")]
    dotted = [".".join(path.relative_to(root).with_suffix("").parts) for path in sorted(paths)]
    return [name.removesuffix(".__init__") for name in dotted]


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


@pytest.fixture(scope="module")
def history(releases: dict[str, Release], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One repository with a commit for each release; the commit ids by title, and its path as "repository"."""
    repo = init(tmp_path_factory.mktemp("history") / "repo")
    ids = {title: commit(repo, _files(releases[title].folder), checkout=False) for title in TITLES}
    _set_traps(repo)
    return {**ids, "repository": repo.path}


def _set_traps(repo: Repo) -> None:
    trap = "raise AssertionError('the working tree ran')\n"
    package = {"__init__.py": trap}
    files: Files = {name: package for names in PACKAGES.values() for name in names}
    write(repo, {"src": files, **files})


@pytest.fixture(scope="module")
def pinned(
    releases: dict[str, Release], history: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What every module of every release looks like from its pin, all in one process."""
    plan = tmp_path_factory.mktemp("plan") / "plan.json"
    plan.write_text(json.dumps({history[title]: releases[title].modules for title in TITLES}))
    result: dict[str, Any] = _run("pinned", history["repository"], str(plan))
    return result


def _run(*args: str) -> Any:
    # The order in which a set is printed must not differ.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-B", SURFACE, *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _differences(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """Yield where two structures differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from _differences(left.get(key), right.get(key), f"{at}/{key}")
    elif left != right:
        yield f"{at}: {left!r:.200} is not {right!r:.200}"


@pytest.mark.parametrize("title", TITLES)
def test_release_is_the_same_from_its_pin(
    title: str,
    releases: dict[str, Release],
    history: dict[str, str],
    pinned: dict[str, Any],
    announce: Callable[[str], None],
) -> None:
    """Every module of a release has the names, kinds, signatures and docstrings of a plain import."""
    release = releases[title]

    plain = _run("plain", str(release.root), *release.modules)

    assert len(release.modules) > 5
    assert list(_differences(pinned[history[title]], plain)) == []
    raised = sum("raised" in plain[name] for name in release.modules)
    announce(f"{title}: {len(release.modules)} modules equal, {raised} of them raise the same")


# A class of each package, by its defining module.
CLASSES = {
    "attrs": "attr._make.Attribute",
    "click": "click.core.Context",
    "packaging": "packaging.version.Version",
}


def test_audit_of_the_releases(history: dict[str, str], tmp_path: Path) -> None:
    """A class of each release is there, loads from its pin, and is told from the others; a misspelt one is found."""
    repository = history["repository"]
    good = [f"{CLASSES[title.rsplit('-', 1)[0]]}@{history[title]}" for title in TITLES]
    bad = [source.replace("@", "X@") for source in good]
    folder = Path(repository, "pipelines")
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(document(*good, *bad))

    report = audit(repo=repository, load=True, jobs=2)

    pins = {pin.source: pin for pin in report.pins}
    assert all(pins[source].exists for source in good)
    assert not any(pins[source].exists for source in bad)
    outcomes = {source: load.outcome for source in good if (load := pins[source].load) is not None}
    assert outcomes == dict.fromkeys(good, "loaded")
    by_line = {(finding.line, finding.rule.id) for finding in report.findings}
    assert {(FIRST_LINE + len(good) + number, "ZP005") for number in range(len(bad))} <= by_line
