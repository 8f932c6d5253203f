"""load: the mistakes of the original, and other possible failures. A leak shows as the working tree's value."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, init, put, snapshot, write

NAME = "trainers.step.MyTrainer"


def files(value: int) -> dict[str, Any]:
    """A trainer, a helper beside it, a lazy one, data, and a package that re-exports the class."""
    step = f"""\
        from trainers.helper import VALUE as HELPED

        class MyTrainer:
            value = {value}
            helped = HELPED

            def lazy(self):
                from trainers.lazy import VALUE
                return VALUE

            def data(self):
                import pkgutil
                return pkgutil.get_data(__package__, "data.txt").decode()
        """
    return {
        "trainers": {
            "__init__.py": "from trainers.step import MyTrainer\n",
            "step.py": "\n".join(line[8:] for line in step.splitlines()),
            "helper.py": f"VALUE = {value}\n",
            "lazy.py": f"VALUE = {value}\n",
            "data.txt": str(value),
        }
    }


@pytest.fixture
def first(repo: Repo) -> str:
    """The commit of value 1; HEAD and the working tree have value 2."""
    first = commit(repo, files(1))
    commit(repo, files(2))
    return first


def load(repo: Repo, commit_id: str, **options: Any) -> Any:
    """Load the class of a commit."""
    return zenml_pin.load(f"{NAME}@{commit_id}", repo=repo.path, **options)


def test_module_imported_from_the_working_tree_before(
    repo: Repo, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented script imports the class first; its pin still gives the old class, and the import stays."""
    monkeypatch.syspath_prepend(repo.path)
    plain = importlib.import_module("trainers.step")

    pinned = load(repo, first)

    assert (pinned.value, plain.MyTrainer.value) == (1, 2)
    assert sys.modules["trainers.step"] is plain


def test_working_tree_import_after_a_pinned_load(
    repo: Repo, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain import after a pinned load gives the working tree's module."""
    load(repo, first)
    monkeypatch.syspath_prepend(repo.path)

    assert importlib.import_module("trainers.step").MyTrainer.value == 2


def test_package_that_re_exports_the_class(repo: Repo, first: str) -> None:
    """The package's `__init__` imports the class by its full name, and gets the pinned one."""
    assert load(repo, first) is zenml_pin.load(f"trainers.MyTrainer@{first}", repo=repo.path)


def test_helper_imported_lazily_inside_a_method(repo: Repo, first: str) -> None:
    """An import long after the load still uses the pin, for both versions."""
    old, new = load(repo, first), zenml_pin.load(zenml_pin.pin(NAME, repo=repo.path), repo=repo.path)

    assert (old().lazy(), new().lazy()) == (1, 2)
    assert (old.helped, new.helped) == (1, 2)


def test_data_files_beside_the_class(repo: Repo, first: str) -> None:
    """The data comes from the commit, not from the working tree."""
    assert load(repo, first)().data() == "1"


def test_file_deleted_since_the_commit(repo: Repo, first: str) -> None:
    """A file that HEAD no longer has still loads, and does not appear on disk."""
    commit(repo, {"trainers": {"__init__.py": "", "other.py": ""}})

    assert load(repo, first).value == 1
    assert not os.path.exists(repo.join("trainers", "step.py"))


def test_module_folder_that_no_longer_exists(repo: Repo, first: str) -> None:
    """A folder whose deletion is committed is clean; its old pins load."""
    commit(repo, {"README": "gone\n"})

    assert load(repo, first).value == 1


def test_file_added_after_the_commit_is_not_seen(repo: Repo) -> None:
    """A module that was added later is missing in the commit."""
    first = commit(
        repo, {"trainers": {"step.py": "class MyTrainer:\n    def late(self):\n        import later\n"}}
    )
    commit(repo, {"later.py": "", "trainers": {"step.py": ""}})
    sys.path.insert(0, repo.path)

    with pytest.raises(ImportError, match="later"):
        load(repo, first)().late()


def test_same_size_edit_within_a_second(repo: Repo) -> None:
    """Two versions with the same size and mtime: neither bytecode nor the clean check confuses them."""
    first = commit(repo, {"trainers": {"step.py": "class MyTrainer: value = 1\n"}})
    second = commit(repo, {"trainers": {"step.py": "class MyTrainer: value = 2\n"}})
    path = repo.join("trainers", "step.py")
    info = os.stat(path)

    values = [load(repo, commit_id).value for commit_id in (first, second)]
    Path(path).write_text("class MyTrainer: value = 3\n")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))

    assert values == [1, 2]
    assert zenml_pin.load(NAME, repo=repo.path).value == 3
    with pytest.raises(zenml_pin.UncommittedChangesError):
        load(repo, second)


def test_import_error_in_the_old_code_is_reported(repo: Repo) -> None:
    """The error names the module, and contains the type and message of the original exception, which is its cause."""
    first = commit(repo, {"trainers": {"step.py": "raise RuntimeError('the old code is broken')\n"}})

    with pytest.raises(zenml_pin.PinnedImportError, match="RuntimeError: the old code is broken") as caught:
        load(repo, first)

    assert isinstance(caught.value.__cause__, RuntimeError)
    assert caught.value.name == "trainers.step"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "numpy\nno-such-library==1.2\n"),
        ("pyproject.toml", '[project]\ndependencies = ["numpy", "no_such_library==1.2"]\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    no-such-library==1.2\n"),
        (
            "setup.py",
            "from setuptools import setup\nsetup(install_requires=[\n    'no-such-library==1.2',\n])\n",
        ),
    ],
)
def test_missing_library_is_named_with_its_requirement(repo: Repo, path: str, text: str) -> None:
    """When the commit's requirements list the library that is missing, the hint quotes the line."""
    first = commit(repo, {path: text, "trainers": {"step.py": "import no_such_library.deep\n"}})

    with pytest.raises(zenml_pin.PinnedImportError, match="No module named 'no_such_library'") as caught:
        load(repo, first)

    assert path in caught.value.hint
    assert "==1.2" in caught.value.hint


def test_a_requirement_in_an_included_file_is_quoted_too(repo: Repo) -> None:
    """The hint also names the file with the line."""
    more = {"base.txt": "no-such-library==1.2  # why\n"}
    step = {"step.py": "import no_such_library\n"}
    first = commit(repo, {"requirements.txt": "-r more/base.txt\n", "more": more, "trainers": step})

    with pytest.raises(zenml_pin.PinnedImportError) as caught:
        load(repo, first)

    assert caught.value.hint.startswith("more/base.txt of that code requires 'no-such-library==1.2'")


@pytest.mark.parametrize("statement", ["import sys; sys.exit(3)", "raise SystemExit", "def f(): f()\nf()"])
def test_module_that_exits_or_recurses_is_an_error(repo: Repo, statement: str) -> None:
    """Old code cannot end the calling process."""
    first = commit(repo, {"trainers": {"step.py": f"{statement}\nclass MyTrainer: pass\n"}})

    with pytest.raises(zenml_pin.PinnedImportError):
        load(repo, first)

    assert not [name for name in sys.modules if name.endswith(f"{first}.trainers.step")]


def test_interrupt_passes(repo: Repo) -> None:
    """Ctrl-C does not count as a failure of the old code."""
    first = commit(repo, {"trainers": {"step.py": "raise KeyboardInterrupt\n"}})

    with pytest.raises(KeyboardInterrupt):
        load(repo, first)


def test_sys_path_entry_into_the_working_tree(repo: Repo) -> None:
    """`import helper` would load a file of the working tree; it loads the commit's file at the same path."""
    step = "import helper\nclass MyTrainer:\n    value = helper.VALUE\n"
    code = {"scripts": {"helper.py": "VALUE = 1\n"}, "trainers": {"step.py": step}}
    first = commit(repo, code)
    commit(repo, {"scripts": {"helper.py": "VALUE = 2\n"}}, base=first)
    sys.path.insert(0, repo.join("scripts"))

    assert load(repo, first).value == 1
    assert "helper" not in sys.modules


def test_sys_path_entry_with_a_file_that_the_commit_lacks(repo: Repo) -> None:
    """A file of the working tree that the commit does not have is refused; the error names both."""
    first = commit(repo, {"trainers": {"step.py": "import helper\nclass MyTrainer: pass\n"}})
    write(repo, {"scripts": {"helper.py": "VALUE = 2\n"}})
    sys.path.insert(0, repo.join("scripts"))

    with pytest.raises(zenml_pin.PinnedImportError, match=r"scripts/helper\.py") as caught:
        load(repo, first)

    assert first in str(caught.value)


def test_sixteen_threads_load_two_versions_at_once(repo: Repo, first: str) -> None:
    """Each thread gets its own version, and for one version all get the same class object."""
    second = zenml_pin.pin(NAME, repo=repo.path).commit_id
    assert second is not None
    barrier = threading.Barrier(16)
    results: list[tuple[str, Any]] = []

    def work(commit_id: str) -> None:
        barrier.wait()
        results.append((commit_id, load(repo, commit_id)))

    threads = [threading.Thread(target=work, args=([first, second][i % 2],)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 16
    assert {(commit_id, cls.value, cls.helped) for commit_id, cls in results} == {
        (first, 1, 1),
        (second, 2, 2),
    }
    assert len({cls for _, cls in results}) == 2


def test_class_of_a_pin_keeps_that_pin(repo: Repo, first: str) -> None:
    """Pinning a class that came from a pin keeps the pin, even if HEAD is elsewhere."""
    assert str(zenml_pin.pin(load(repo, first))) == f"{NAME}@{first}"


def test_unpinned_source_is_imported_from_the_source_root(repo: Repo, first: str) -> None:
    """Without a pin it is a plain import, whatever the current folder is."""
    cls: Any = zenml_pin.load(NAME, repo=repo.path)

    assert cls.value == 2
    assert cls is sys.modules["trainers.step"].MyTrainer


def test_unpinned_source_edited_after_its_import_is_loaded_afresh(repo: Repo, first: str) -> None:
    """A file that was saved after its import gives its current content, with a warning; the old import stays."""
    before: Any = zenml_pin.load(NAME, repo=repo.path)
    write(repo, files(3))
    later = os.stat(repo.join("trainers", "step.py")).st_mtime + 10
    os.utime(repo.join("trainers", "step.py"), (later, later))

    with pytest.warns(zenml_pin.UnpinnedWarning, match="was saved after its import"):
        after: Any = zenml_pin.load(NAME, repo=repo.path)

    assert (before.value, after.value, after.helped, after().lazy()) == (2, 3, 3, 3)
    assert after.__module__.startswith("zenml_pin.at.worktree")
    assert sys.modules["trainers.step"].MyTrainer is before


def test_release_of_this_package_loads(repo: Repo) -> None:
    """A class that ships with this package is pinned by its release."""
    source = zenml_pin.pin(zenml_pin.Source)

    assert str(source) == f"zenml_pin.source.Source@zenml_{zenml_pin.__version__}"
    assert zenml_pin.load(source) is zenml_pin.Source


def test_other_release_warns_and_strict_refuses() -> None:
    """Another release may behave differently, so there is a warning."""
    with pytest.warns(zenml_pin.ReleaseMismatchWarning, match=r"release 0\.0\.1"):
        zenml_pin.load("zenml_pin.source.Source@zenml_0.0.1")
    with pytest.raises(zenml_pin.ReleaseMismatchError):
        zenml_pin.load("zenml_pin.source.Source@zenml_0.0.1", strict=True)


def test_release_of_a_class_that_does_not_ship_with_this_package() -> None:
    """The original silently loaded the working tree in this case."""
    with pytest.raises(zenml_pin.UnsupportedError, match="does not ship"):
        zenml_pin.load("trainers.step.MyTrainer@zenml_9.9.9")


def test_strict_refuses_an_unpinned_source(repo: Repo, first: str) -> None:
    """With strict=True, a caller never gets a class from the working tree."""
    with pytest.raises(zenml_pin.UnpinnedError):
        zenml_pin.load(NAME, repo=repo.path, strict=True)


BAD = {
    "missing folder": ("minors.step.MyTrainer", zenml_pin.PinnedModuleNotFoundError, "no folder 'minors'"),
    "missing module": ("trainers.stop.MyTrainer", zenml_pin.PinnedModuleNotFoundError, "no module 'stop'"),
    "module as folder": (
        "trainers.step.deep.MyTrainer",
        zenml_pin.PinnedModuleNotFoundError,
        "is not a package",
    ),
    "missing class": (
        "trainers.step.MyTrainr",
        zenml_pin.PinnedAttributeError,
        "no class or function 'MyTrainr'",
    ),
    "no class": ("trainers.step.HELPED", zenml_pin.NotAClassError, "is a int, not a class or function"),
}


@pytest.mark.parametrize(("name", "error", "fact"), BAD.values(), ids=BAD)
def test_what_the_commit_lacks_is_named(
    repo: Repo, first: str, name: str, error: type[zenml_pin.PinError], fact: str
) -> None:
    """The error has its own class and names the missing part; similar names are in the hint."""
    with pytest.raises(error, match=fact) as caught:
        zenml_pin.load(f"{name}@{first}", repo=repo.path)

    assert first in caught.value.message


def test_near_misses_are_in_the_hint(repo: Repo, first: str) -> None:
    """So typing errors are easy to correct."""
    with pytest.raises(zenml_pin.PinnedAttributeError) as caught:
        zenml_pin.load(f"trainers.step.MyTrainr@{first}", repo=repo.path)

    assert "MyTrainer" in caught.value.hint


def test_unknown_commit(repo: Repo, first: str) -> None:
    """No repository has it: the error says where it was searched."""
    with pytest.raises(zenml_pin.CommitNotFoundError) as caught:
        load(repo, "0" * 40)

    assert repo.path in caught.value.searched


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_id_that_names_no_commit(repo: Repo, first: str, kind: str) -> None:
    """The id of a file or folder is not a pin."""
    name = put(repo, kind, b"")

    with pytest.raises(zenml_pin.NotACommitError, match=f"is a {kind}, not a commit"):
        load(repo, name)


def test_job_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint names ZENML_PIN_PATH and bundles."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(zenml_pin.CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{'1' * 40}")

    assert "ZENML_PIN_PATH" in caught.value.hint
    assert "bundle" in caught.value.hint


def test_fresh_process_finds_the_repository_through_the_environment(
    repo: Repo, first: str, tmp_path: Path
) -> None:
    """A dotted import in a new process needs no set-up call."""
    script = f"from zenml_pin.at.g{first}.trainers.step import MyTrainer; print(MyTrainer.value)"
    environment = {**os.environ, "ZENML_PIN_PATH": repo.path}

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "1\n"


@pytest.mark.slow
def test_only_the_two_files_are_read_of_a_large_repository(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load reads its commit, the trees on its path and its own files, however large the repository is."""
    from zenml_pin.git.storage import DiskSource

    many = {f"folder{i}": {f"file{j}.py": f"x = {i}, {j}\n" for j in range(50)} for i in range(100)}
    head = commit(repo, {**many, **files(1)})
    read: list[str] = []
    plain = DiskSource.copies

    def counting(self: DiskSource, object_id: str, limit: int) -> Any:
        read.append(object_id)
        return plain(self, object_id, limit)

    monkeypatch.setattr(DiskSource, "copies", counting)

    assert load(repo, head).value == 1
    # Commit, root tree, the folder's tree, three files that it runs; the clean check reads the commit again.
    assert len(set(read)) <= 7


def test_load_changes_nothing_outside_memory(repo: Repo, first: str) -> None:
    """Loading changes nothing outside memory: no byte, no mtime, and nothing in the interpreter."""
    before = interpreter(), snapshot(repo.path)
    plain = {name for name in sys.modules if name.startswith(("trainers", "scripts"))}

    load(repo, first)

    assert (interpreter(), snapshot(repo.path)) == before
    assert plain == {name for name in sys.modules if name.startswith(("trainers", "scripts"))}


def interpreter() -> list[object]:
    """Return the interpreter's state that a load must not change."""
    return [
        list(sys.path),
        list(sys.meta_path),
        list(sys.path_hooks),
        os.getcwd(),
        dict(os.environ),
    ]


def test_unpinned_source_is_the_named_repositorys(repo: Repo, tmp_path: Path) -> None:
    """Two repositories with one package name, in one process: each gives its own class."""
    other = init(tmp_path / "other")
    step = "class A: place = 1\n"
    commit(repo, {"trainers": {"__init__.py": "", "step.py": step, "other.py": "class B: place = 1\n"}})
    commit(other, {"trainers": {"__init__.py": "", "other.py": "class B: place = 2\n"}})
    zenml_pin.load("trainers.step.A", repo=repo.path)

    with pytest.warns(zenml_pin.UnpinnedWarning, match="another module has its name"):
        theirs: Any = zenml_pin.load("trainers.other.B", repo=other.path)
    ours: Any = zenml_pin.load("trainers.other.B", repo=repo.path)

    assert (theirs.place, ours.place) == (2, 1)
    assert zenml_pin.load("trainers.other.B", repo=other.path) is theirs


def test_unpinned_modules_that_another_one_imported_count_as_imported_then(repo: Repo) -> None:
    """Modules that are loaded later, and have not changed since, are the very same objects."""
    files = {
        "step.py": "from trainers.base import Base\nclass A(Base): pass\n",
        "base.py": "class Base: pass\n",
    }
    commit(repo, {"trainers": files})

    derived = zenml_pin.load("trainers.step.A", repo=repo.path)

    assert issubclass(derived, zenml_pin.load("trainers.base.Base", repo=repo.path))


def test_unpinned_file_that_was_deleted_is_gone(repo: Repo) -> None:
    """The load does not return the class that is still in sys.modules."""
    commit(repo, {"trainers": {"step.py": "class A: pass\n"}})
    zenml_pin.load("trainers.step.A", repo=repo.path)
    os.unlink(repo.join("trainers", "step.py"))

    with pytest.raises(zenml_pin.PinnedModuleNotFoundError):
        zenml_pin.load("trainers.step.A", repo=repo.path)


FAILING = [
    "raise ValueError('\\x1b[31m')",
    "import sys; sys.exit(0)",
    "x =",
    "raise ModuleNotFoundError('no', name=3)",
]


@pytest.mark.parametrize("statement", FAILING)
def test_unpinned_module_that_fails_is_an_error_of_ours(repo: Repo, statement: str) -> None:
    """As for a pinned one, and without escape sequences in the message."""
    write(repo, {"trainers": {"step.py": f"{statement}\nclass A: pass\n"}})

    with pytest.raises(zenml_pin.PinnedImportError) as caught:
        zenml_pin.load("trainers.step.A", repo=repo.path)

    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("statement", FAILING)
def test_module_of_no_repository_that_fails_is_an_error_of_ours(
    repo: Repo, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a module of the repository."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "step_of_nobody.py").write_text(f"{statement}\nclass A: pass\n")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")

    with pytest.raises(zenml_pin.PinnedImportError):
        zenml_pin.load("step_of_nobody.A", repo=repo.path)


def test_deleted_current_folder_does_not_matter(repo: Repo, first: str, tmp_path: Path) -> None:
    """If the caller names the repository, the current folder is not searched."""
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert load(repo, first).value == 1
    assert zenml_pin.pin(NAME, repo=repo.path).is_pinned
    with pytest.raises(zenml_pin.NotARepositoryError):
        zenml_pin.status("trainers")


def test_named_repository_must_exist(repo: Repo, first: str) -> None:
    """A path with a typing error is an error; parent folders are not searched."""
    with pytest.raises(zenml_pin.NotARepositoryError):
        load(Repo(repo.join("no", "such"), repo.gitdir, repo.commondir), first)


def test_class_of_a_notebook_is_in_its_own_process_only(first: str, repo: Repo) -> None:
    """Its document names `__main__`, which is another module in every other process; the hint explains this."""
    with pytest.raises(
        zenml_pin.PinnedAttributeError, match="'__main__' of this process has no class"
    ) as caught:
        zenml_pin.load("__main__.OfACell", repo=repo.path)

    assert "defined in a notebook" in caught.value.hint
