"""Bundles carry the packaging files that state source roots; bundles from before these files counted still load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.older_bundles import OLDER_BUNDLES
from tests.support.repositories import Files, Repo, commit
from zenml_pin.bundles.report import report_on
from zenml_pin.source import Source

STEP = "from mypkg.helper import N\n\n\nclass A:\n    value = N\n"
PACKAGE: Files = {"__init__.py": "", "step.py": STEP, "helper.py": "N = 3\n"}
_SYSTEM = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
_WHERE = _SYSTEM + '[tool.setuptools.packages.find]\nwhere = ["{}"]\n'
# The files of the commits in `OLDER_BUNDLES`.
LAYOUTS: dict[str, Files] = {
    "src layout": {"pyproject.toml": _WHERE.format("src"), "src": {"mypkg": PACKAGE}},
    "below the root": {
        "pyproject.toml": _WHERE.format("lib"),
        "mypkg": PACKAGE,
        "lib": {"other": {"__init__.py": ""}},
    },
    "by its path": {
        "pyproject.toml": _WHERE.format("lib"),
        "lib": {"mypkg": {**PACKAGE, "step.py": STEP.replace("mypkg", "lib.mypkg")}},
    },
    "no project": {"tools": {"mine": {"pyproject.toml": _WHERE.format("src")}}, "mypkg": PACKAGE},
}


@pytest.mark.parametrize("layout", OLDER_BUNDLES)
def test_an_older_bundle_loads_as_before(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the packaging files the former rule counts: the name resolves to the file that it had."""
    monkeypatch.chdir(tmp_path)
    source, data = OLDER_BUNDLES[layout]
    path = tmp_path / "pins.bundle"
    path.write_bytes(data)

    cls: Any = zenml_pin.load(source, repo=path)

    assert cls.value == 3
    assert cls.__module__ == Source.parse(source).dotted.removesuffix(".A")


@pytest.mark.parametrize("layout", OLDER_BUNDLES)
def test_the_repository_of_an_older_bundle_gives_the_same_file(repo: Repo, layout: str) -> None:
    """A stored pin does not move: with the packaging files its name leads to the same file."""
    source, _ = OLDER_BUNDLES[layout]
    first = commit(repo, LAYOUTS[layout])

    cls: Any = zenml_pin.load(source, repo=repo.path)

    assert source.endswith(first)
    assert cls.value == 3


@pytest.mark.parametrize("layout", OLDER_BUNDLES)
def test_an_older_bundle_and_a_new_one_load_side_by_side(repo: Repo, layout: str, tmp_path: Path) -> None:
    """What an older bundle lacks is taken from the repository where that is known too."""
    source, data = OLDER_BUNDLES[layout]
    commit(repo, LAYOUTS[layout])
    path = tmp_path / "pins.bundle"
    path.write_bytes(data)

    with zenml_pin.attach(repo.path):
        cls: Any = zenml_pin.load(source, repo=path, allow_dirty=True)

    assert cls.value == 3


MEMBERS: Files = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    "packages": {
        "one": {"pyproject.toml": _WHERE.format("code"), "code": {"mypkg": PACKAGE}},
        "two": {"pyproject.toml": _SYSTEM, "src": {"other": {"__init__.py": ""}}},
    },
}


@pytest.mark.parametrize(
    ("files", "paths"),
    {
        "root": (
            {"pyproject.toml": _WHERE.format("lib"), "lib": {"mypkg": PACKAGE}},
            {"pyproject.toml", "lib/mypkg/__init__.py", "lib/mypkg/step.py", "lib/mypkg/helper.py"},
        ),
        "members": (
            MEMBERS,
            {
                "pyproject.toml",
                "packages/one/pyproject.toml",
                "packages/two/pyproject.toml",
                *(f"packages/one/code/mypkg/{name}" for name in PACKAGE),
            },
        ),
    }.values(),
    ids=("root", "members"),
)
def test_a_bundle_carries_each_packaging_file_that_was_read(
    repo: Repo, files: Files, paths: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh process with nothing but the bundle decides the same, also when the decision is remembered here."""
    monkeypatch.chdir(tmp_path)
    first = commit(repo, files)
    source = Source("mypkg.step", "A", first)
    zenml_pin.load(source, repo=repo.path)
    zenml_pin.unload(first)

    bundle = zenml_pin.Bundle.create(source, repo=repo.path)
    cls: Any = zenml_pin.load(source, repo=bundle)
    tree = bundle.place.objects.get_commit(first).tree
    carried = {path for path in paths if _has(bundle, tree, path)}

    assert cls.value == 3
    assert carried == paths
    assert str(source) in map(str, report_on(bundle.place, ()).commits[0].sources)


def _has(bundle: zenml_pin.Bundle, tree: str, path: str) -> bool:
    """Tell whether a bundle has the file at a path of a commit."""
    for name in path.split("/"):
        tree = bundle.place.objects.entries(tree)[name].id
    return tree in bundle.place.source.pack.objects
