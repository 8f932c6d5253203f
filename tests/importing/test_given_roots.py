"""Source roots that a caller gives: a part of the name, for commits of the past whose files state none."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, write
from zenml_pin.at import registry
from zenml_pin.errors import PinnedModuleNotFoundError, UnknownRootsError, UnsupportedError
from zenml_pin.importing import given_roots
from zenml_pin.importing.given_roots import know, parse_roots, roots_id_of
from zenml_pin.source import Source

STEP = "import steps.helper\nfrom steps.helper import EPOCHS\n\n\nclass A:\n    epochs = EPOCHS\n"
FILES = {
    "ml": {"steps": {"__init__.py": "", "a.py": STEP, "helper.py": "EPOCHS = 1\n"}},
    "lab": {"steps": {"__init__.py": "", "a.py": STEP, "helper.py": "EPOCHS = 2\n"}},
}
ML, LAB = roots_id_of(("ml",)), roots_id_of(("lab",))


@pytest.fixture
def first(repo: Repo) -> str:
    """A commit whose modules are named from `ml`, and also from `lab`; its files state no source root."""
    return commit(repo, FILES)


def test_given_source_roots_name_the_modules_and_are_part_of_the_name(repo: Repo, first: str) -> None:
    """Classes, their helpers and tracebacks carry the roots id, so two answers never share a module."""
    source = f"steps.a.A@{first}"

    one: Any = zenml_pin.load(source, repo=repo.path, source_roots=["ml"])
    other: Any = zenml_pin.load(source, repo=repo.path, source_roots=["./lab/"])

    assert (one.epochs, other.epochs) == (1, 2)
    assert one.__module__ == f"zenml_pin.at.g{first}_r{ML}.steps.a"
    assert other.__module__ == f"zenml_pin.at.g{first}_r{LAB}.steps.a"
    assert sys.modules[f"zenml_pin.at.g{first}_r{ML}.steps.helper"].EPOCHS == 1
    assert inspect.getsource(one).endswith("epochs = EPOCHS\n")
    with pytest.raises(PinnedModuleNotFoundError):
        zenml_pin.load(source, repo=repo.path)


def test_a_class_of_given_roots_has_a_source_that_loads_it_again(repo: Repo, first: str) -> None:
    """`pin` returns the source with the roots id, and its text is enough in this process."""
    cls = zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=["ml"])

    source = zenml_pin.pin(cls)

    assert str(source) == f"steps.a.A@{first}_r{ML}"
    assert Source.parse(str(source)) == source
    assert source.dotted == f"{cls.__module__}.A"
    assert zenml_pin.load(str(source), repo=repo.path) is cls


def test_import_module_and_checkout_take_source_roots(repo: Repo, first: str) -> None:
    """Both name modules from the given folders; the end of the block unloads them."""
    module = zenml_pin.import_module("steps.helper", first, repo=repo.path, source_roots=["lab"])
    with zenml_pin.checkout("HEAD", repo=repo.path, source_roots=["ml"]) as tree:
        cls: Any = tree.load("steps.a.A")
        names = [name for name in sys.modules if f"_r{ML}" in name]

    assert module.__name__ == f"zenml_pin.at.g{first}_r{LAB}.steps.helper"
    assert cls.epochs == 1
    assert names
    assert not [name for name in sys.modules if f"_r{ML}" in name]


def test_attach_gives_source_roots_to_the_commits_of_a_repository(
    repo: Repo, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During the block, names without a roots id get that of the attached repository."""
    monkeypatch.chdir(tmp_path)
    with zenml_pin.attach(repo.path, source_roots=["ml"]):
        cls = zenml_pin.load(f"steps.a.A@{first}", allow_dirty=True)

    assert cls.__module__.startswith(f"zenml_pin.at.g{first}_r{ML}.")


def test_source_roots_of_an_attached_repository_end_with_the_block(
    repo: Repo, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a load has attached the repository for the life of the process, before the block or in it."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        with zenml_pin.attach(repo.path, source_roots=["ml"]):
            zenml_pin.load(f"steps.a.A@{first}", allow_dirty=True)

        assert zenml_pin.import_module("ml", first).__name__ == f"zenml_pin.at.g{first}.ml"


def test_the_environment_gives_source_roots_only_where_the_commit_states_none(
    repo: Repo, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ZENML_PIN_SOURCE_ROOTS is for the past that says nothing; a commit's own setting comes first."""
    second = commit(repo, {**FILES, "setup.cfg": "[zenml_pin]\nsource_roots = lab\n"})
    monkeypatch.setenv("ZENML_PIN_SOURCE_ROOTS", "ml")

    old: Any = zenml_pin.load(f"steps.a.A@{first}", repo=repo.path)
    new: Any = zenml_pin.load(f"steps.a.A@{second}", repo=repo.path)

    assert (old.epochs, new.epochs) == (1, 2)
    assert old.__module__ == f"zenml_pin.at.g{first}_r{ML}.steps.a"
    assert new.__module__ == f"zenml_pin.at.g{second}.steps.a"


def test_the_setting_of_the_working_tree_is_not_a_setting_of_an_older_commit(repo: Repo, first: str) -> None:
    """Source roots that HEAD or the working tree states today do not name modules of the past."""
    commit(repo, {**FILES, "setup.cfg": "[zenml_pin]\nsource_roots = ml\n"})
    write(repo, {"setup.cfg": "[zenml_pin]\nsource_roots = ml\n"})

    with pytest.raises(PinnedModuleNotFoundError):
        zenml_pin.load(f"steps.a.A@{first}", repo=repo.path)


def test_unload_drops_the_modules_of_all_source_roots(repo: Repo, first: str) -> None:
    """A commit is unloaded under each of its names."""
    for root in ("ml", "lab"):
        zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=[root])

    zenml_pin.unload(first)

    assert not [name for name in sys.modules if first in name]


@pytest.mark.slow
def test_cached_code_of_given_roots_is_kept_apart(
    repo: Repo, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One blob at one path has other code under given roots, also in the cache on disk."""
    second = commit(repo, {**FILES, "setup.cfg": "[zenml_pin]\nsource_roots = ml\n"})
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    program = (
        "import sys, zenml_pin\n"
        "source, *roots = sys.argv[1:]\n"
        "cls = zenml_pin.load(source, source_roots=roots or None)\n"
        "print(cls.__module__, cls.epochs)\n"
    )

    printed = [
        _python(repo, program, *arguments)
        for _ in range(2)
        for arguments in ((f"steps.a.A@{second}",), (f"steps.a.A@{first}", "ml"))
    ]

    assert printed[:2] == printed[2:]
    assert printed[0] == f"zenml_pin.at.g{second}.steps.a 1\n"
    assert printed[1] == f"zenml_pin.at.g{first}_r{ML}.steps.a 1\n"


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("roots", [["ml"], ["", "ml"], ["ml", ""]], ids=str)
def test_a_pickle_of_given_roots_opens_in_a_fresh_process(repo: Repo, first: str, roots: list[str]) -> None:
    """The roots id in the pickle is enough where it is that of one folder, alone or beside the root."""
    made = zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=roots)()

    printed = _python(repo, _OPEN, pickle.dumps(made).hex())

    assert printed == f"{type(made).__module__} 1\n"


@pytest.mark.slow
def test_a_pickle_of_several_roots_needs_them_in_a_fresh_process(repo: Repo, first: str) -> None:
    """An id that no folder explains is an error that says how to give the roots; given, the pickle opens."""
    made = zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=["none", "ml"])()
    data = pickle.dumps(made).hex()

    failed = _python(repo, _OPEN, data)
    opened = _python(repo, _OPEN, data, roots=os.pathsep.join(["none", "ml"]))

    assert "PinnedModuleNotFoundError" in failed
    assert "ZENML_PIN_SOURCE_ROOTS" in failed
    assert "source_roots=" in failed
    assert opened == f"{type(made).__module__} 1\n"


@pytest.mark.parametrize("roots", [("ml", "lab"), ("lab", "ml")], ids=str)
def test_the_id_of_two_folders_is_enough(
    repo: Repo, first: str, monkeypatch: pytest.MonkeyPatch, roots: tuple[str, ...]
) -> None:
    """In their order; three folders, or one that the commit does not have, must be given."""
    tree = registry.find_tree(first, registry.open(repo.path))
    monkeypatch.setattr(given_roots, "_known", {})

    assert given_roots.get_roots(roots_id_of(roots), tree) == roots
    for unknown in ((*roots, ""), (*roots[:1], "none")):
        with pytest.raises(UnknownRootsError):
            given_roots.get_roots(roots_id_of(unknown), tree)


def test_an_unknown_roots_id_says_how_to_give_the_roots(repo: Repo, first: str) -> None:
    """A name with a roots id never means the commit's own roots."""
    with pytest.raises(UnknownRootsError, match="_r01234567") as caught:
        zenml_pin.load(f"steps.a.A@{first}_r01234567", repo=repo.path)

    assert all(
        way in caught.value.hint for way in ("source_roots=", "--source-root", "ZENML_PIN_SOURCE_ROOTS")
    )


def test_other_roots_than_those_of_the_name_are_refused(repo: Repo, first: str) -> None:
    """A roots id in a source is checked against the roots of the call."""
    with pytest.raises(UnsupportedError, match="other source roots"):
        zenml_pin.load(f"steps.a.A@{first}_r{ML}", repo=repo.path, source_roots=["lab"])


WRONG = {
    "none": [],
    "text": "ml",
    "outside": ["../ml"],
    "absolute": ["/srv/ml"],
    "no text": [3],
    "missing": ["nowhere"],
    "a file": ["ml/steps/a.py"],
}


@pytest.mark.parametrize("roots", WRONG.values(), ids=WRONG)
def test_source_roots_that_are_not_folders_are_refused(repo: Repo, first: str, roots: list[str]) -> None:
    """One line says which root is wrong."""
    with pytest.raises(UnsupportedError, match="root"):
        zenml_pin.load(f"steps.a.A@{first}", repo=repo.path, source_roots=roots)


def test_two_lists_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """8 digits may be equal by chance; then the second list is an error, never the first one's modules."""
    from zenml_pin.importing import given_roots

    monkeypatch.setattr(given_roots, "_known", {roots_id_of(("one",)): ("other",)})

    with pytest.raises(UnsupportedError, match="same id"):
        know(["one"])


def test_roots_are_kept_in_their_order_and_once() -> None:
    """The order is the order of the search, so it is part of the id."""
    assert parse_roots(["b/", "a", "./b", "."]) == ("b", "a", "")
    assert know(["a", "b"]) != know(["b", "a"])


_OPEN = (
    "import sys, pickle\n"
    "try:\n"
    "    made = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
    "    print(type(made).__module__, made.epochs)\n"
    "except Exception as error:\n"
    "    print(type(error).__name__, error, getattr(error, 'hint', ''))\n"
)


def _python(repo: Repo, program: str, *arguments: str, roots: str = "") -> str:
    """Return what a fresh Python prints in a repository."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=repo.path,
        env={**os.environ, "ZENML_PIN_SOURCE_ROOTS": roots},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
