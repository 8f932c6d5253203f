"""Given source roots travel: in bundles, with shipped objects, to isolated loads and to other processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit, git
from zenml_pin import isolated
from zenml_pin.backends import ProcessesBackend
from zenml_pin.bundles.report import report_on
from zenml_pin.git.bundle import write_bundle
from zenml_pin.importing.given_roots import roots_id_of
from zenml_pin.verification import verify

STEP = "from steps.helper import EPOCHS\n\n\nclass A:\n    epochs = EPOCHS\n\n    def run(self):\n        return 1\n"
FILES: Files = {
    "ml": {"steps": {"__init__.py": "", "a.py": STEP, "helper.py": "EPOCHS = 1\n"}},
    "lab": {"x.py": ""},
    "more": {"y.py": ""},
}
# Three folders, so that neither one folder nor two of the commit explain the id.
ROOTS = ["lab", "ml", "more"]
ID = roots_id_of(("lab", "ml", "more"))


@pytest.fixture
def pinned(repo: Repo) -> str:
    """The source of a class of given roots."""
    first = commit(repo, FILES)
    cls = zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=ROOTS)
    return str(zenml_pin.pin(cls))


def _python(program: str, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env={**os.environ, "ZENML_PIN_PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.git
def test_a_bundle_carries_given_roots(repo: Repo, pinned: str, tmp_path: Path) -> None:
    """A fresh process loads the source with nothing but the bundle, and git accepts the bundle."""
    path = tmp_path / "pins.bundle"
    bundle = zenml_pin.Bundle.create(pinned, path, repo=repo.path)
    program = "import sys, zenml_pin\nprint(zenml_pin.load(sys.argv[1], repo='pins.bundle').epochs)\n"

    printed = _python(program, pinned, cwd=tmp_path)

    assert printed == "1\n"
    assert pinned.endswith(f"_r{ID}")
    assert f"refs/zenml-pin/source-roots/{ID}" in git("bundle", "list-heads", str(path), cwd=repo.path)
    assert pinned in map(str, report_on(bundle.place, ()).commits[0].sources)
    assert bundle.verify().commits[0].missing == ()


def test_a_shipped_object_carries_given_roots(pinned: str, repo: Repo, tmp_path: Path) -> None:
    """The other process needs no repository and no setting."""
    made = zenml_pin.load(pinned, repo=repo.path)()
    (tmp_path / "shipped").write_bytes(pickle.dumps(zenml_pin.ship(made)))
    program = "import pickle\nprint(pickle.loads(open('shipped', 'rb').read()).open().run())\n"

    assert _python(program, cwd=tmp_path) == "1\n"


@pytest.mark.slow
def test_the_processes_of_the_backend_know_given_roots(pinned: str, repo: Repo) -> None:
    """A call is opened in a new process that finds the same class."""
    cls: Any = zenml_pin.load(pinned, repo=repo.path)

    with ProcessesBackend() as backend:
        assert backend.submit(cls.run, cls()).result() == 1


def test_an_isolated_load_gets_given_roots(pinned: str, repo: Repo) -> None:
    """The process behind walls has only the bundle."""
    trial = isolated.load(pinned, repo=repo.path)

    assert trial.outcome == "loaded", trial.message


def test_verify_checks_the_files_of_given_roots(pinned: str, repo: Repo) -> None:
    """Each object that the class needs is hashed again."""
    verification = verify(pinned, repo=repo.path)

    assert verification.is_verified
    assert {item.path for item in verification.objects} >= {"ml/steps/a.py", "ml/steps/helper.py"}


def test_a_false_list_in_a_bundle_is_not_taken(repo: Repo, pinned: str, tmp_path: Path) -> None:
    """The refs of a bundle are not trusted: roots that do not have the id do not count."""
    place = zenml_pin.Bundle.create(pinned, repo=repo.path).place
    name = place.header.refs[f"refs/zenml-pin/source-roots/{ID}"]
    objects = {
        each: place.objects.find_any(each, 10_000) for each in place.source.pack.objects if each != name
    }
    kept = {each: content for each, content in objects.items() if content is not None}
    refs = {**place.header.refs, f"refs/zenml-pin/source-roots/{ID}": next(iter(kept))}
    (tmp_path / "false.bundle").write_bytes(write_bundle(kept, refs))
    program = (
        "import sys, zenml_pin\n"
        "try:\n    zenml_pin.load(sys.argv[1], repo='false.bundle')\n"
        "except zenml_pin.UnknownRootsError as error:\n    print('refused')\n"
    )

    assert _python(program, pinned, cwd=tmp_path) == "refused\n"
