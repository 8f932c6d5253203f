"""What tests of remote repositories share: a repository behind a server, with its own cache and registry."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zenml_pin
from tests.support.forget_caches import forget as forget, forgotten
from tests.support.git_servers import Served, http_backend
from tests.support.repositories import Files, Repo, commit, configure, init, pack
from zenml_pin.base.limits import Limits
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.remote.object_source import RemoteSource

NAME = "trainers.mine.step.MyTrainer"
FILES: Files = {
    "trainers": {
        "__init__.py": "",
        "mine": {
            "__init__.py": "",
            "step.py": "from trainers.mine.helper import EPOCHS\n\n\nclass MyTrainer:\n    epochs = EPOCHS\n",
            "helper.py": "EPOCHS = 1\n",
        },
    },
    "README.md": "A repository.\n",
}


# One of its files.
PATH = "trainers/mine/helper.py"
PATIENT = Limits(timeout=20)
SOON = Limits(timeout=0.3)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """An empty cache folder, and an empty registry; the current folder is not in a repository."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    (tmp_path / "empty").mkdir()
    os.chdir(tmp_path / "empty")
    with forgotten():
        yield tmp_path / "cache" / "zenml_pin"


def small(root: Path, *, filters: bool = True, object_format: str = "sha1") -> tuple[Repo, str]:
    """Make a repository with one commit; return it and the commit's id."""
    repo = init(root / "repo", bare=True, object_format=object_format)
    configure(repo, "uploadpack", "allowFilter", "true" if filters else "false")
    return repo, commit(repo, FILES)


def large(root: Path) -> tuple[Repo, str, str]:
    """Make a repository of 4 MB and some history; return it and the ids of its first commit and of its last."""
    numbers = random.Random(1)
    data: Files = {
        f"data{folder}": {f"rows{number}.txt": numbers.randbytes(4100).hex() for number in range(40)}
        for folder in range(25)
    }
    repo = init(root / "repo", bare=True)
    first = last = commit(repo, {**FILES, **data})
    for epochs in range(2, 20):
        last = commit(repo, {"trainers": {"mine": {"helper.py": f"EPOCHS = {epochs}\n"}}}, base=last)
    pack(repo)
    return repo, first, last


def epochs(source: str, repo: str) -> int:
    """Load the trainer and return its number."""
    value = vars(zenml_pin.load(source, repo=repo))["epochs"]
    assert isinstance(value, int)
    return value


@pytest.fixture
def server_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Served]:
    """Starts a server of the test's folder, which ends with the test."""

    def start() -> Served:
        context = http_backend(tmp_path)
        served = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        return served

    return start


def read(url: str, commit_id: str, limits: Limits = PATIENT) -> bytes:
    """Read a file of a commit from a server."""
    source = RemoteSource(url, limits)
    try:
        return CommitTree(Objects(source, limits), commit_id).read(PATH)
    finally:
        source.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Served, str, str]]:
    """A server, the URL of its repository, and the repository's only commit."""
    _, first = small(tmp_path)
    with http_backend(tmp_path, replay=True) as server:
        yield server, f"{server.url}/repo", first
