"""checkout, attach, unload and status: the functions beside load and pin."""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, tag, write
from zenml_pin import at

FILES: dict[str, Any] = {
    "trainers": {"__init__.py": "", "step.py": "class A: epochs = 1\n", "deep": {"data.txt": "one"}}
}


@pytest.fixture
def first(repo: Repo) -> str:
    """The commit that v1 names."""
    first = commit(repo, FILES)
    tag(repo, "v1", first)
    commit(repo, {"trainers": {"step.py": "class A: epochs = 2\n"}})
    return first


def loaded(commit_id: str) -> set[str]:
    """The names below a pin's root in sys.modules."""
    root = f"zenml_pin.at.g{commit_id}"
    return {name[len(root) :].lstrip(".") for name in sys.modules if name.startswith(root)}


def test_block_loads_classes_modules_bytes_and_entries(repo: Repo, first: str) -> None:
    """The in-memory checkout returns each of them; entries are recursive and have path, mode and id."""
    with zenml_pin.checkout("v1", repo=repo.path) as tree:
        cls: Any = tree.load("trainers.step.A")
        module = tree.import_module("trainers.step")

        assert tree.commit_id == first
        assert cls.epochs == 1
        assert module.A is cls
        assert tree.read_bytes("trainers/deep/data.txt") == b"one"
        assert [(entry.path, entry.mode) for entry in tree.entries("trainers")] == [
            ("trainers/__init__.py", 0o100644),
            ("trainers/deep/data.txt", 0o100644),
            ("trainers/step.py", 0o100644),
        ]


@pytest.mark.parametrize("end", ["success", "error", "interrupt"])
def test_leaving_a_block_unloads_what_it_loaded(repo: Repo, first: str, end: str) -> None:
    """On success, error and interrupt; a class that is still in use continues to work."""
    error = {"error": RuntimeError, "interrupt": KeyboardInterrupt}.get(end)
    taken: list[Any] = []
    try:
        with zenml_pin.checkout(first, repo=repo.path) as tree:
            taken.append(tree.load("trainers.step.A"))
            if error:
                raise error
    except (RuntimeError, KeyboardInterrupt):
        pass

    assert loaded(first) == set()
    assert taken[0]().epochs == 1


def test_modules_loaded_before_a_block_stay(repo: Repo, first: str) -> None:
    """The same commit and name give the same object: the block uses it and does not unload it."""
    before = zenml_pin.load(f"trainers.step.A@{first}", repo=repo.path)

    with zenml_pin.checkout(first, repo=repo.path) as tree:
        assert tree.load("trainers.step.A") is before
        tree.import_module("trainers.deep")

    assert loaded(first) == {"", "trainers", "trainers.step"}


def test_plain_load_inside_a_block_outlives_it(repo: Repo, first: str) -> None:
    """The caller of load keeps the module, even if a block was open at that time."""
    with zenml_pin.checkout(first, repo=repo.path):
        zenml_pin.load(f"trainers.step.A@{first}", repo=repo.path)

    assert "trainers.step" in loaded(first)


def test_last_of_two_blocks_unloads(repo: Repo, first: str) -> None:
    """Modules that another block of the same commit may use stay until that block ends."""
    with zenml_pin.checkout(first, repo=repo.path):
        with zenml_pin.checkout(first, repo=repo.path) as inner:
            inner.load("trainers.step.A")
        assert "trainers.step" in loaded(first)

    assert loaded(first) == set()


def test_block_in_another_thread_counts(repo: Repo, first: str) -> None:
    """Blocks are counted for the process."""
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with zenml_pin.checkout(first, repo=repo.path):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(30)
    with zenml_pin.checkout(first, repo=repo.path) as tree:
        tree.load("trainers.step.A")
    stayed = loaded(first)
    leave.set()
    thread.join()

    assert "trainers.step" in stayed
    assert loaded(first) == set()


def test_block_refuses_a_dirty_folder(repo: Repo, first: str) -> None:
    """tree.load refuses as load does; modules, bytes and entries do not refuse."""
    write(repo, {"trainers": {"new.py": ""}})

    with zenml_pin.checkout(first, repo=repo.path) as tree:
        with pytest.raises(zenml_pin.UncommittedChangesError, match=r"new\.py"):
            tree.load("trainers.step.A")
        assert tree.load("trainers.step.A", allow_dirty=True).__name__ == "A"
        assert tree.import_module("trainers.step").A.epochs == 1


def test_unload_drops_modules_and_the_next_load_runs_them_again(repo: Repo, first: str) -> None:
    """Classes in use continue to work; a new load gives new ones."""
    source = f"trainers.step.A@{first}"
    old = zenml_pin.load(source, repo=repo.path)

    zenml_pin.unload(first)

    assert loaded(first) == set()
    assert old().epochs == 1
    assert zenml_pin.load(source, repo=repo.path) is not old


def test_attached_repository_serves_dotted_imports(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the block, the pinned namespace looks for commits in that repository."""
    monkeypatch.chdir(tmp_path)
    # A commit that no other test of this process has loaded.
    name = f"zenml_pin.at.g{commit(repo, FILES, message='attached')}.trainers.step"
    with pytest.raises(ModuleNotFoundError, match="was not found"):
        importlib.import_module(name)

    with zenml_pin.attach(repo.path):
        assert importlib.import_module(name).A.epochs == 1


def test_import_module_lets_the_bodys_exception_through(repo: Repo) -> None:
    """Unlike load, which wraps it."""
    head = commit(repo, {"trainers": {"step.py": "raise RuntimeError('old')\n"}})

    with pytest.raises(RuntimeError, match="old"):
        zenml_pin.import_module("trainers.step", head, repo=repo.path)


def test_status_is_about_the_unit_of_a_class(repo: Repo, first: str) -> None:
    """A folder, a class and a source give the same answer."""
    write(repo, {"trainers": {"new.py": ""}})
    cls = zenml_pin.load("trainers.step.A", repo=repo.path)

    answers = [
        zenml_pin.status("trainers", repo=repo.path),
        zenml_pin.status(cls),
        zenml_pin.status(zenml_pin.Source("trainers.step", "A"), repo=repo.path),
    ]

    assert len(set(answers)) == 1
    assert [(change.path, change.kind.value) for change in answers[0].changes] == [
        ("trainers/new.py", "untracked")
    ]


def test_second_repository_with_the_same_commit_checks_its_own_folder(
    repo: Repo, first: str, tmp_path: Path
) -> None:
    """Objects may come from either repository; the working tree that is checked belongs to the named one."""
    import shutil

    other = tmp_path / "other"
    shutil.copytree(repo.path, other)
    (other / "trainers" / "new.py").write_text("")
    source = f"trainers.step.A@{first}"

    cls = zenml_pin.load(source, repo=repo.path)

    with pytest.raises(zenml_pin.UncommittedChangesError):
        zenml_pin.load(source, repo=other)
    assert zenml_pin.load(source, repo=repo.path) is cls


def test_second_repository_serves_what_the_first_no_longer_can(repo: Repo, tmp_path: Path) -> None:
    """As in a service that clones for each request: the first clone is gone before all files of the commit are read."""
    import shutil

    head = commit(repo, {"trainers": {"step.py": "class A: x = 1\n", "other.py": "class B: x = 2\n"}})
    clone = tmp_path / "clone"
    shutil.copytree(repo.path, clone)
    assert zenml_pin.load(f"trainers.step.A@{head}", repo=clone).x == 1
    shutil.rmtree(clone)

    with pytest.raises(zenml_pin.ObjectNotFoundError) as caught:
        zenml_pin.load(f"trainers.other.B@{head}", allow_dirty=True)
    assert (
        caught.value.hint
        == f"'{clone}' is gone: name another repository that has the commit with repo= (or -C)"
    )
    assert zenml_pin.load(f"trainers.other.B@{head}", repo=repo.path).x == 2


def test_limits_are_the_callers_alone(repo: Repo) -> None:
    """A file above the limit is refused by its size, and loads when the caller raises the limit."""
    head = commit(repo, {"trainers": {"step.py": f"class A: pass\n#{'x' * 3_000_000}\n"}})
    source = f"trainers.step.A@{head}"

    with pytest.raises(zenml_pin.LimitError, match="3000016 bytes"):
        zenml_pin.load(source, repo=repo.path)

    assert zenml_pin.load(source, repo=repo.path, limits=zenml_pin.Limits(source=2**22)).__name__ == "A"


def test_one_namespace_object_for_a_commit(repo: Repo, first: str) -> None:
    """However often and by whatever path a caller names it."""
    assert at.registry.get_namespace(first, at.registry.open(repo.path)) is at.registry.get_namespace(first)


def test_block_refuses_a_name_that_is_pinned_elsewhere(repo: Repo, first: str) -> None:
    """A source with the block's own commit loads; a source with another commit is an error."""
    with zenml_pin.checkout(first, repo=repo.path) as tree:
        assert tree.load(f"trainers.step.A@{first}").__name__ == "A"
        with pytest.raises(zenml_pin.UnsupportedError, match="is pinned to another commit than"):
            tree.load(f"trainers.step.A@{'1' * 40}")


@pytest.mark.slow
def test_repository_is_attached_twice_and_left_twice(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One object may be entered again: commits are available inside each block, and not after it."""
    monkeypatch.chdir(tmp_path)
    commit_id = commit(repo, FILES, message="attached twice")
    attached = zenml_pin.attach(repo.path)

    for _ in range(2):
        with attached:
            assert importlib.import_module(f"zenml_pin.at.g{commit_id}.trainers.step").A.epochs == 1
        zenml_pin.unload(commit_id)
        with pytest.raises(ModuleNotFoundError, match="was not found"):
            importlib.import_module(f"zenml_pin.at.g{commit_id}.trainers.step")


@pytest.mark.parametrize("named", [True, False], ids=["named", "found"])
def test_load_in_a_block_attaches_for_the_life_of_the_process(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """The end of the block takes back its own attachment alone, so that a class in use can import later."""
    monkeypatch.chdir(tmp_path)
    files = {
        "lazy.py": "class A:\n    def get(self):\n        import late\n        return late.N\n",
        "late.py": "N = 1\n",
    }
    commit_id = commit(repo, files, message=f"attached by a load, {named}")
    with zenml_pin.attach(repo.path):
        cls = zenml_pin.load(f"lazy.A@{commit_id}", repo=repo.path if named else None, allow_dirty=True)
    zenml_pin.unload(commit_id)

    assert cls().get() == 1


def test_limits_end_with_the_call_that_names_them(repo: Repo) -> None:
    """A later call without limits has the usual ones, after a lower and after a higher limit."""
    head = commit(repo, {"trainers": {"step.py": "class A: pass\n", "more.py": "class B: pass\n"}})

    with pytest.raises(zenml_pin.LimitError):
        zenml_pin.load(f"trainers.step.A@{head}", repo=repo.path, limits=zenml_pin.Limits(source=3))

    assert zenml_pin.load(f"trainers.more.B@{head}", repo=repo.path).__name__ == "B"


@pytest.mark.parametrize("path", ["nope/typo", "/trainers"])
def test_status_of_what_does_not_exist_is_an_error(repo: Repo, first: str, path: str) -> None:
    """ "Clean" would be a wrong answer."""
    with pytest.raises(zenml_pin.PinError):
        zenml_pin.status(path, repo=repo.path)


@pytest.mark.parametrize("name", ["..step", ".", "", "trainers.nope"])
def test_module_name_that_leads_nowhere(repo: Repo, first: str, name: str) -> None:
    """A PinError that is a ModuleNotFoundError, too."""
    with pytest.raises(zenml_pin.PinnedModuleNotFoundError):
        zenml_pin.import_module(name, first, repo=repo.path)
