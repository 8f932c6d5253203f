"""EnvBackend: calls run with the libraries that the pinned commit locks, in a process of that environment's Python."""

from __future__ import annotations

import inspect
import os
import sys
from concurrent.futures import Future
from typing import Any

import pytest

from tests.support.repositories import Repo, commit
from tests.support.tiny_wheels import Wheels
from zenml_pin.backends import EnvBackend
from zenml_pin.backends.environments.stored import list_environments
from zenml_pin.errors import BackendError, DocumentError, ShippedError
from zenml_pin.resolver import load

STEP = """\
import inspect
import os


class Mine:
    def __init__(self, code=""):
        self.code = code

    def version(self, *values):
        import tiny
        return tiny.VERSION

    def run(self, *values):
        return eval(self.code)
"""


def mine(repo: Repo, lock: str, code: str = "", **files: str) -> Any:
    """Commit a class and a lock; return an object of the class, from the pin."""
    commit_id = commit(
        repo, {"trainers": {"__init__.py": "", "step.py": STEP}, "requirements.txt": lock, **files}
    )
    return load(f"trainers.step.Mine@{commit_id}", repo=repo.path)(code)


@pytest.mark.slow
def test_each_pin_gets_the_libraries_of_its_commit(repo: Repo, wheels: Wheels) -> None:
    """Two versions of one library are used side by side; this process has none. Each environment is made once."""
    first = mine(repo, wheels.line("tiny", "1.0"))
    second = mine(repo, wheels.line("tiny", "2.0"))

    with EnvBackend() as backend:
        results = [backend.submit(thing.version).result() for thing in (first, second, first)]

    assert results == ["1.0", "2.0", "1.0"]
    assert "tiny" not in sys.modules
    assert len(list_environments()) == 2
    wheels.folder.rename(f"{wheels.folder}-gone")
    with EnvBackend() as backend:
        assert backend.submit(first.version).result() == "1.0"


@pytest.mark.slow
class TestWorkers:
    """What a worker is, and how it ends."""

    @pytest.fixture
    def lock(self, wheels: Wheels) -> str:
        """A lock of one library."""
        return wheels.line("tiny", "1.0")

    def run(self, repo: Repo, lock: str, code: str, *values: Any) -> Any:
        """Return what some code gives in the environment."""
        thing = mine(repo, lock, code)
        with EnvBackend() as backend:
            return backend.submit(thing.run, *values).result()

    def test_our_libraries_stand_behind_the_environment_s(self, repo: Repo, lock: str) -> None:
        """Only what opens shipped objects is there; what else is installed here is not."""
        code = (
            "[name for name in ('tiny', 'dulwich', 'yaml', 'attr', 'pytest', 'numpy', 'packaging') "
            "if __import__('importlib.util').util.find_spec(name)]"
        )

        assert self.run(repo, lock, code) == ["tiny", "dulwich", "yaml", "attr"]
        path = self.run(repo, lock, "__import__('sys').path")
        assert path[-1].endswith("behind")
        assert "site-packages" in path[-2]

    def test_a_locked_version_wins(self, repo: Repo, wheels: Wheels) -> None:
        """Also of a library that this package needs, as long as it works."""
        lock = wheels.line("urllib3", "0.5")

        assert self.run(repo, lock, "__import__('urllib3').VERSION") == "0.5"

    def test_a_locked_version_that_breaks_this_package_is_an_error_that_names_both(
        self, repo: Repo, wheels: Wheels
    ) -> None:
        """It names the lock's version and this package's."""
        lock = wheels.line("attr", "0.1", code="raise ImportError('too old')\n") + wheels.line(
            "attrs", "0.1", code="from attr import define\n"
        )

        with pytest.raises(
            BackendError, match=r"'requirements.txt' locks attrs 0.1, with which zenml_pin "
        ) as caught:
            self.run(repo, lock, "1")

        assert "here it uses attrs " in caught.value.hint

    def test_exceptions_come_back_with_the_other_traceback(self, repo: Repo, lock: str) -> None:
        """A class that is not known here becomes a RuntimeError with its text."""
        with pytest.raises(ZeroDivisionError) as caught:
            self.run(repo, lock, "1 / 0")

        assert "step.py" in str(caught.value.__cause__)

    def test_a_worker_that_ends_fails_its_call_and_no_other(self, repo: Repo, lock: str) -> None:
        """The next call gets a new process."""
        thing, other = mine(repo, lock, "os.kill(os.getpid(), 9)"), mine(repo, lock, "1 + 1")

        with EnvBackend() as backend:
            with pytest.raises(BackendError, match="was killed by signal 9"):
                backend.submit(thing.run).result()
            assert backend.submit(other.run).result() == 2

    def test_workers_run_calls_side_by_side(self, repo: Repo, lock: str) -> None:
        """As many as the backend has workers."""
        thing = mine(repo, lock, "os.getpid()")

        with EnvBackend(workers=2) as backend:
            futures: list[Future[int]] = [backend.submit(thing.run) for _ in range(8)]
            pids = {future.result() for future in futures}

        assert len(pids) <= 2
        assert os.getpid() not in pids

    def test_a_result_that_cannot_be_opened_names_the_versions_on_both_sides(
        self, repo: Repo, wheels: Wheels
    ) -> None:
        """Here the library is missing."""
        lock = wheels.line("tiny", "1.0", code="class Value: pass\n")

        with pytest.raises(ShippedError, match=r"tiny 1\.0 wrote it and none reads it"):
            self.run(repo, lock, "__import__('tiny').Value()")

    def test_variables_of_python_do_not_reach_it(
        self, repo: Repo, lock: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PYTHONPATH would put other libraries first; programs of the environment are found first."""
        monkeypatch.setenv("PYTHONPATH", repo.path)

        assert self.run(repo, lock, "os.environ.get('PYTHONPATH')") is None
        assert self.run(repo, lock, "os.environ['PATH']").split(":")[0].endswith("venv/bin")


def test_what_names_no_pin_cannot_run(wheels: Wheels) -> None:
    """No commit says which libraries it needs."""
    with EnvBackend() as backend, pytest.raises(BackendError, match="names no pinned class"):
        backend.submit(len, [1])
    with pytest.raises(BackendError, match="the backend is not open"):
        EnvBackend().submit(len, [1])


BROKEN = {
    "hash": ("tiny==1.0 --hash=sha256:" + "0" * 64, BackendError, "(?i)hash"),
    "missing": ("absent==1.0", BackendError, "absent"),
    "broken": ("tiny==\n", DocumentError, r"^requirements\.txt@\w{8}:1:1: "),
}


@pytest.mark.parametrize(("line", "kind", "reason"), BROKEN.values(), ids=BROKEN)
@pytest.mark.slow
def test_a_lock_that_cannot_be_installed_is_one_line(
    repo: Repo, wheels: Wheels, line: str, kind: type[Exception], reason: str
) -> None:
    """No half of an environment stays."""
    wheels.add("tiny", "1.0")
    thing = mine(repo, line)

    with EnvBackend() as backend, pytest.raises(kind, match=reason) as caught:
        backend.submit(thing.version)

    assert "\n" not in str(caught.value)
    assert list_environments() == []


@pytest.mark.slow
def test_a_function_of_a_pin_runs_there(repo: Repo, wheels: Wheels) -> None:
    """It is not imported here."""
    code = "import tiny\n\ndef scaled(x, *, by=2):\n    return x * by, tiny.VERSION\n"
    files: dict[str, Any] = {
        "work": {"__init__.py": "", "sums.py": code},
        "requirements.txt": wheels.line("tiny", "1.0"),
    }
    pin = commit(repo, files)

    with EnvBackend() as backend:
        scaled = backend.load(f"work.sums.scaled@{pin}", repo=repo.path)
        assert backend.submit(scaled, 3).result() == (6, "1.0")
        assert str(inspect.signature(scaled)) == "(x, *, by=None)"
        with pytest.raises(BackendError, match="'scaled' runs in the environment of its commit only"):
            scaled(3)
