"""A bundle, and a shipped object, have the files beside the code: they load where there is no repository."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Link, Repo, commit
from zenml_pin.bundles import needed_objects
from zenml_pin.git.objects.object_store import object_id

FILES: dict[str, Any] = {
    "VERSION": "7",
    "unused.bin": b"\0" * 1000,
    "conf": {"a.yaml": "rate: 3"},
    "elsewhere": {"b.txt": "not beside"},
    "steps": {
        "__init__.py": "",
        "x.txt": Link("deep/real.txt"),
        "deep": {"real.txt": "data"},
        "mine": {
            "__init__.py": "",
            "step.py": "from pathlib import Path\nHERE = Path(__file__).parent\nclass Step:\n"
            "    def read(self):\n"
            "        names = ('../x.txt', '../deep/real.txt', '../../VERSION', '../../conf/a.yaml')\n"
            "        return [(HERE / name).read_text() for name in names]\n",
        },
    },
}
READ = ["data", "data", "7", "rate: 3"]


def in_new_process(folder: Path, code: str) -> str:
    """Return the output of code in a new process, in a folder without a repository."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_bundle_has_the_files_beside_the_code(repo: Repo, tmp_path: Path) -> None:
    """Those that a load lays, and no others."""
    source = f"steps.mine.step.Step@{commit(repo, FILES)}"
    bundle = zenml_pin.Bundle.create(source, repo=repo.path, path=tmp_path / "x.bundle")
    elsewhere = object_id("blob", b"not beside")

    output = in_new_process(
        tmp_path, f"import zenml_pin\nprint(zenml_pin.load({source!r}, repo='x.bundle')().read())"
    )

    assert output == str(READ)
    assert elsewhere not in bundle.place.source.pack.objects


def test_shipped_object_finds_the_files_beside_its_code(repo: Repo, tmp_path: Path) -> None:
    """On a worker that has only this package."""
    step = zenml_pin.load(f"steps.mine.step.Step@{commit(repo, FILES)}", repo=repo.path)
    payload = pickle.dumps(zenml_pin.ship(step()))

    output = in_new_process(tmp_path, f"import pickle\nprint(pickle.loads({payload!r}).open().read())")

    assert output == str(READ)


def test_bundle_of_an_older_release_loads_with_a_warning(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lacks files that only a load in memory needs: a class that never reads them goes on working."""
    monkeypatch.setattr(needed_objects, "find_files_beside", lambda *_: {})
    source = f"steps.mine.step.Step@{commit(repo, FILES)}"
    zenml_pin.Bundle.create(source, repo=repo.path, path=tmp_path / "old.bundle")
    script = (
        "import warnings, zenml_pin\nwith warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        f"    step = zenml_pin.load({source!r}, repo='old.bundle')\n"
        "print(*[f'{item.category.__name__}: {item.message}' for item in caught])\n"
        "try:\n    step().read()\nexcept FileNotFoundError as error:\n    print('not found')\n"
    )

    warning, outcome = in_new_process(tmp_path, script).splitlines()

    assert warning.startswith("IncompleteFilesWarning: ")
    assert "without their content" in warning
    assert outcome == "not found"
