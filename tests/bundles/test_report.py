"""Bundle.verify: the content of a bundle, commit by commit, from its objects."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

import zenml_pin
from tests.support.git.bundle_bytes import BLOB, COMMIT, TREE, V2, bundle, entry
from tests.support.git.small_bundle import small_bundle
from tests.support.repositories import AUTHOR, START, Repo, commit, get_head
from zenml_pin import Bundle
from zenml_pin.cli import main
from zenml_pin.errors import BundleError, ObjectCorruptError
from zenml_pin.git.bundle import write_bundle
from zenml_pin.git.objects.object_store import object_id

FILES = {
    "m": {"__init__.py": "", "step.py": "from lib import x\nclass A: pass\nclass B(A): pass\n"},
    "lib": {"__init__.py": "", "x.py": "class X: pass\n", "y.py": "class Y: pass\n"},
    "other": {"z.py": "class Z: pass\n"},
}


def test_a_report_tells_functions_from_classes(
    repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In its text and as data; a function that is not public is left out."""
    code = "class A: pass\n\ndef train(): return 1\n\ndef _own(): return 2\n"
    head = commit(repo, {"m": {"__init__.py": "", "step.py": code}})
    bundle = Bundle.create(f"m.step.train@{head}", repo=repo.path)
    path = tmp_path / "train.bundle"
    path.write_bytes(bundle.data)

    assert main(["verify", str(path)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [f"class   m.step.A@{head}", f"function m.step.train@{head}"]
    [carried] = bundle.verify().to_dict()["commits"]
    assert list(carried["functions"]) == [f"m.step.train@{head}"]


def test_a_report_names_what_loads_from_the_bundle(repo: Repo) -> None:
    """Every class of the modules that are present with all their imports; no class of the other modules."""
    head = commit(repo, FILES, message="the first line\n\nand more\n")
    bundle_of_class = Bundle.create(f"m.step.A@{head}", repo=repo.path)

    report = bundle_of_class.verify()
    [carried] = report.commits

    assert [str(source).partition("@")[0] for source in carried.sources] == [
        "lib.x.X",
        "m.step.A",
        "m.step.B",
    ]
    assert (carried.id, carried.author, carried.time, carried.zone) == (head, AUTHOR, START, 0)
    assert (carried.subject, carried.missing, carried.is_whole) == ("the first line", (), False)
    # The commit, three trees (of m, lib and the root), and three files, of which two are empty.
    assert (carried.objects, report.objects) == (7, 7)
    assert carried.size == sum(item.size for item in bundle_of_class.place.source.pack.objects.values())
    assert (report.history, report.unfulfilled, report.prerequisites, report.files) == (0, (), (), ())
    assert report.size == len(bundle_of_class.data)
    assert report.is_sound
    for source in carried.sources:
        assert zenml_pin.load(source, repo=bundle_of_class).__name__ == source.name


def test_commits_are_listed_oldest_first(repo: Repo) -> None:
    """Each once, whatever the number of its classes."""
    first = commit(repo, FILES)
    second = commit(repo, {"x": "1"}, base=first)
    names = [f"m.step.{name}@{head}" for name in "AB" for head in (second, first)]

    report = Bundle.create(names, repo=repo.path).verify()

    assert [carried.id for carried in report.commits] == [first, second]


def test_what_an_import_lacks_is_missing(repo: Repo) -> None:
    """By its path; the importing module is not listed as loadable."""
    head = commit(repo, FILES)
    repository = Bundle.create(f"m.step.A@{head}", repo=repo.path).place
    lacking = object_id("blob", b"class X: pass\n")
    objects = {
        name: repository.objects.find_any(name, 10**6) or ("", b"")
        for name in repository.source.pack.objects
        if name != lacking
    }

    report = Bundle.open(write_bundle(objects, repository.header.refs)).verify()

    assert report.commits[0].missing == ("lib/x.py",)
    assert report.commits[0].sources == ()
    assert not report.is_sound


def test_refs_are_looked_up(repo: Repo) -> None:
    """A ref to an absent commit is unfulfilled; a commit without a ref is history."""
    first = commit(repo, FILES)
    second = commit(repo, {"x": "1"}, base=first)
    repository = Bundle.create([f"m.step.A@{first}", f"m.step.A@{second}"], repo=repo.path).place
    objects = {
        name: repository.objects.find_any(name, 10**6) or ("", b"") for name in repository.source.pack.objects
    }

    lying = Bundle.open(
        write_bundle(objects, {"refs/heads/main": second, "refs/zenml-pin/x": "1" * 40})
    ).verify()
    silent = Bundle.open(write_bundle(objects, {})).verify()

    assert [carried.id for carried in lying.commits] == [second]
    assert (lying.history, lying.unfulfilled) == (1, ("refs/zenml-pin/x",))
    assert [carried.id for carried in silent.commits] == [first, second]


def test_a_report_is_plain_data_and_survives_pickling(repo: Repo) -> None:
    """For JSON, with a version of its format."""
    bundle_of_class = Bundle.create(f"m.step.A@{commit(repo, FILES)}", repo=repo.path)
    report = bundle_of_class.verify()

    data = json.loads(json.dumps(report.to_dict()))

    assert data["schema_version"] == 1
    assert data["commits"][0]["sources"][0] == f"lib.x.X@{get_head(repo)}"
    assert pickle.loads(pickle.dumps(report)) == report


def test_a_commit_without_its_trees_is_reported() -> None:
    """As in the history of a bundle that git filtered."""
    text = b"tree " + b"1" * 40 + b"\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n"
    report = Bundle.open(bundle([entry(COMMIT, text)], V2)).verify()

    assert report.commits[0].objects == 1
    assert not report.commits[0].is_whole
    assert report.commits[0].missing == (".",)


def test_a_tree_that_git_would_refuse_is_damage() -> None:
    """Its hash is right, but it has two files with one name."""
    tree = (b"100644 a\0" + b"\1" * 20) * 2
    text = (
        f"tree {object_id('tree', tree)}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n".encode()
    )

    with pytest.raises(ObjectCorruptError, match="two entries named 'a'"):
        Bundle.open(bundle([entry(COMMIT, text), entry(TREE, tree)], V2)).verify()


def test_trees_that_stand_for_millions_of_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven trees of ten entries each, where each leads to the next: ten million paths."""
    monkeypatch.setattr("zenml_pin.bundles.report._MOST_FILES", 20_000)
    entries = [entry(BLOB, b"x")]
    below = b"100644 %d\0", object_id("blob", b"x")
    for _ in range(7):
        tree = b"".join(below[0] % number + bytes.fromhex(below[1]) for number in range(10))
        entries.append(entry(TREE, tree))
        below = b"40000 %d\0", object_id("tree", tree)
    text = f"tree {below[1]}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n".encode()
    carried = V2 + f"{below[1]} refs/zenml-pin/files/x\n".encode()

    with pytest.raises(BundleError, match="more than 20000 files"):
        Bundle.open(bundle([*entries, entry(COMMIT, text)])).verify()
    with pytest.raises(BundleError, match="carries more than 10000 files"):
        _ = Bundle.open(bundle(entries, carried)).files


def test_a_bundle_without_python_is_told() -> None:
    """It has a commit, and no class."""
    report = Bundle.open(small_bundle()).verify()

    assert report.commits[0].is_whole
    assert report.commits[0].sources == ()
