"""The nine promises, each in the README's words. Other files test them in depth; this file is the list."""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.forget_caches import forget_code
from tests.support.repositories import (
    Repo,
    commit,
    detach,
    kind_of,
    linked_worktree,
    loose_ids,
    make_bare,
    snapshot,
    write,
)

NAME = "trainers.step.MyTrainer"
STEP = """\
import importlib, pkgutil
from importlib.resources import files
from trainers.helper import VALUE

class MyTrainer:
    value = {value}
    helped = VALUE

    def lazy(self):
        from trainers.lazy import VALUE
        return VALUE

    def by_name(self):
        return importlib.import_module("trainers.lazy").VALUE

    def by_call(self):
        return __import__("trainers.lazy").lazy.VALUE

    def by_exec(self):
        found = {{}}
        exec("from trainers.lazy import VALUE", found)
        return found["VALUE"]

    def resource(self):
        return int(files(__package__).joinpath("data.txt").read_text())

    def data(self):
        return int(pkgutil.get_data(__package__, "data.txt"))
"""
WAYS = ("lazy", "by_name", "by_call", "by_exec", "resource", "data")


def files(value: int) -> dict[str, Any]:
    """A trainer with many ways to read a value; each returns the version's value."""
    package_files = {
        "helper.py": f"VALUE = {value}\n",
        "lazy.py": f"VALUE = {value}\n",
        "data.txt": str(value),
    }
    return {"trainers": {"__init__.py": "", "step.py": STEP.format(value=value), **package_files}}


@pytest.fixture
def first(repo: Repo) -> str:
    """The commit of value 1; HEAD has 2; the working tree, which is first on sys.path, has 3."""
    first = commit(repo, files(1))
    commit(repo, files(2))
    write(repo, files(3))
    sys.path.insert(0, repo.path)
    return first


def load(repo: Repo, commit_id: str) -> Any:
    """Load the class of a commit, whatever is in the folder now."""
    return zenml_pin.load(f"{NAME}@{commit_id}", repo=repo.path, allow_dirty=True)


def test_p1_every_source_byte_hashes_back_or_an_error_names_the_object(repo: Repo, tmp_path: Path) -> None:
    """Damage each object of a pin in turn: no load returns another class, and the error names the object's id."""
    first = commit(repo, files(1))
    ids = [name for name in loose_ids(repo) if kind_of(repo, name) != "commit"]
    for number, name in enumerate(ids):
        copy = make_bare(repo, tmp_path / f"{number}.git")
        path = Path(copy.loose(name))
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-3])
        zenml_pin.unload(first)
        # Code that was verified before would not be read again.
        forget_code()

        with pytest.raises(zenml_pin.ObjectCorruptError, match=name):
            use(load(copy, first))

    # Two trees and four blobs: helper and lazy share one.
    assert len(ids) == 6


def use(cls: Any) -> None:
    """Use what a class reads late: a module and a data file."""
    assert (cls().lazy(), cls().resource()) == (1, 1)


def test_p1_a_committed_pyc_never_runs(repo: Repo) -> None:
    """Neither beside its source nor alone."""
    cached: dict[str, Any] = {
        "__pycache__": {f"step.{sys.implementation.cache_tag}.pyc": b"\0" * 16},
        "alone.pyc": b"\0" * 16,
    }
    first = commit(repo, {"trainers": {**files(1)["trainers"], **cached}})

    assert load(repo, first).value == 1
    with pytest.raises(zenml_pin.PinnedImportError, match="bytecode without its source"):
        zenml_pin.import_module("trainers.alone", first, repo=repo.path)


def test_p2_a_pinned_load_changes_nothing_outside_memory(repo: Repo, first: str) -> None:
    """Working tree, index, refs, HEAD, mtimes, `.git`; sys.path and hooks, cwd, environment, plain names."""

    def state() -> list[Any]:
        plain = sorted(name for name in sys.modules if name.split(".")[0] == "trainers")
        return [
            snapshot(repo.path),
            sys.path[:],
            sys.meta_path[:],
            sys.path_hooks[:],
            os.getcwd(),
            dict(os.environ),
            plain,
        ]

    before = state()
    instance = load(repo, first)()
    assert [getattr(instance, way)() for way in WAYS] == [1] * len(WAYS)

    assert state() == before


def test_p3_code_of_a_pin_stays_in_its_pin(repo: Repo, first: str) -> None:
    """Lazy imports, names, calls, exec, resources, data, source text and tracebacks all belong to the pin."""
    cls = load(repo, first)

    assert [getattr(cls(), way)() for way in WAYS] == [1] * len(WAYS)
    assert "value = 1" in inspect.getsource(cls)
    assert not any(name.split(".")[0] == "trainers" for name in sys.modules)


def test_p4_versions_live_side_by_side_in_many_threads(repo: Repo, first: str) -> None:
    """Two commits and the working tree, in twelve threads at once."""
    second = zenml_pin.pin(NAME, repo=repo.path, commit="HEAD").commit_id
    assert second is not None
    results: list[tuple[int, list[int]]] = []

    def work(number: int) -> None:
        if number == 3:
            cls: Any = importlib.import_module("trainers.step").MyTrainer
        else:
            cls = load(repo, {1: first, 2: second}[number])
        values = [cls.value, cls.helped, *(getattr(cls(), way)() for way in WAYS)]
        results.append((number, values))

    threads = [threading.Thread(target=work, args=(i % 3 + 1,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == sorted((i % 3 + 1, [i % 3 + 1] * 8) for i in range(12))


def test_p5_a_class_is_pinned_only_when_its_pin_reproduces_it(repo: Repo) -> None:
    """The whole folder, recursively, and its imports: one uncommitted file in either, and there is no pin."""
    step = "import common\nclass MyTrainer: pass\n"
    head = commit(repo, {"common.py": "", "trainers": {"step.py": step, "deep": {"er": {"x.txt": ""}}}})
    assert zenml_pin.pin(NAME, repo=repo.path).commit_id == head

    for change in ({"common.py": "x = 1\n"}, {"trainers": {"deep": {"er": {"x.txt": "1"}}}}):
        write(repo, change)
        with pytest.raises(zenml_pin.UncommittedChangesError):
            zenml_pin.pin(NAME, repo=repo.path, strict=True)
        write(repo, {"common.py": "", "trainers": {"deep": {"er": {"x.txt": ""}}}})

    assert zenml_pin.pin(NAME, repo=repo.path).commit_id == head


@pytest.mark.parametrize("name", ["new.py", "new.txt", "deep/new", "step.py"])
def test_p6_a_clean_check_never_says_committed_where_git_does_not(repo: Repo, name: str) -> None:
    """`tests/git/status/test_status_against_git.py` compares with git itself in some thousand cases."""
    commit(repo, files(1))
    assert zenml_pin.status("trainers", repo=repo.path).clean
    path = Path(repo.join("trainers", name))
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")

    changes = zenml_pin.status("trainers", repo=repo.path).changes

    assert [change.path for change in changes] == [f"trainers/{name}"]


def test_p7_a_stored_pin_never_moves_by_itself(repo: Repo, first: str) -> None:
    """Parsed, loaded, or pinned again from text, source or class: the pin stays the same."""
    text = f"{NAME}@{first}"

    again = [
        zenml_pin.pin(text, repo=repo.path),
        zenml_pin.pin(zenml_pin.Source.parse(text), repo=repo.path),
        zenml_pin.pin(load(repo, first), repo=repo.path),
    ]

    assert [str(source) for source in again] == [text] * 3


@pytest.mark.parametrize("kind", ["bare", "detached", "linked", "read-only"])
def test_p8_everything_works_without_git_and_wherever_the_objects_are(
    repo: Repo, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an empty PATH, and without starting any process."""
    monkeypatch.setenv("PATH", "")
    first = commit(repo, files(1))
    head = commit(repo, files(2))
    detach(repo, first)
    at = repo
    if kind == "bare":
        at = make_bare(repo, tmp_path / "bare.git")
    elif kind == "linked":
        at = linked_worktree(repo, tmp_path / "linked", head)
    elif kind == "read-only":
        for folder, _, names in os.walk(repo.path):
            for name in (*names, "."):
                os.chmod(os.path.join(folder, name), 0o500 if name == "." else 0o400)

    with no_processes():
        assert load(at, head).value == 2
        assert zenml_pin.pin(NAME, repo=at.path).commit_id == (head if kind == "linked" else first)
        if kind != "bare":
            assert zenml_pin.status("trainers", repo=at.path).clean


class no_processes:
    """Fail when a process starts inside the block; an audit hook cannot be removed."""

    _armed = False
    _installed = False

    def __enter__(self) -> None:
        if not no_processes._installed:
            sys.addaudithook(no_processes._hook)
            no_processes._installed = True
        no_processes._armed = True

    def __exit__(self, *error: object) -> None:
        no_processes._armed = False

    @staticmethod
    def _hook(event: str, arguments: tuple[object, ...]) -> None:
        starts = (
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.fork",
            "os.forkpty",
        )
        if no_processes._armed and event in starts:
            raise AssertionError(f"{event} {arguments}")


def test_p8_in_a_shallow_clone_for_the_commits_that_are_there(repo: Repo, first: str) -> None:
    """The error for the missing parent says how to fetch it; the commit that is there loads."""
    # No other repository that this process has attached may have this commit.
    missing = commit(repo, files(5), message="left out of a shallow clone")
    head = commit(repo, files(4), message="the only commit of a shallow clone")
    os.unlink(repo.loose(missing))
    Path(repo.gitdir, "shallow").write_text(f"{head}\n")

    assert load(repo, head).value == 4
    with pytest.raises(zenml_pin.CommitNotFoundError, match=missing) as caught:
        load(repo, missing)
    assert "shallow" in caught.value.hint


def test_p9_every_failure_is_one_line_with_a_hint_and_survives_pickling(repo: Repo, first: str) -> None:
    """A few failures of every kind of call."""
    calls: list[Any] = [
        lambda: zenml_pin.load("nonsense"),
        lambda: zenml_pin.load(f"{NAME}@{'0' * 40}", repo=repo.path),
        lambda: zenml_pin.load(f"{NAME}@{first}", repo=repo.path),
        lambda: zenml_pin.load(f"trainers.stop.A@{first}", repo=repo.path),
        lambda: zenml_pin.load(f"trainers.step.A@{first}", repo=repo.path, allow_dirty=True),
        lambda: zenml_pin.pin(NAME, repo=repo.path, strict=True),
        lambda: zenml_pin.pin(NAME, repo=repo.path, commit="nowhere"),
        lambda: zenml_pin.status("trainers", repo="/"),
        lambda: zenml_pin.checkout("v9", repo=repo.path),
    ]
    for call in calls:
        with pytest.raises(zenml_pin.PinError) as caught:
            call()
        error = caught.value
        copy = pickle.loads(pickle.dumps(error))
        assert "\n" not in error.message
        assert (type(copy), str(copy), copy.hint) == (type(error), str(error), error.hint)


def test_readme_quotes_every_promise() -> None:
    """The README contains P1 to P9, and each has a test here."""
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    tests = Path(__file__).read_text()

    for number in range(1, 10):
        assert re.search(rf"^- P{number}\. ", readme, re.MULTILINE)
        assert f"def test_p{number}_" in tests


def test_nothing_is_printed_when_an_interpreter_ends(repo: Repo, first: str) -> None:
    """No warning of an unclosed pack, nothing "ignored" at exit."""
    script = f"import zenml_pin; print(zenml_pin.load('{NAME}@{first}', allow_dirty=True).value)"

    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("1\n", "")
