"""git reads our bundles, and we read git's."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.bundles.conftest import Forget
from tests.support.example_trainer import TRAINER
from tests.support.repositories import Files, Repo, commit, get_head, git, init, listing, loose_ids
from zenml_pin import Bundle
from zenml_pin.errors import BundleError, CommitNotFoundError, ObjectNotFoundError
from zenml_pin.git.bundle import open_bundle, open_bundle_file

pytestmark = pytest.mark.git

FILES: Files = {
    "README": "what this is\n" * 50,
    "trainers": {"__init__.py": "", "mine": {"__init__.py": "", "step.py": TRAINER, "data.csv": "1,2\n"}},
    "other": {"__init__.py": "", "x.py": "class X: pass\n"},
}
NAME = "trainers.mine.step.MyTrainer"


@pytest.fixture
def history(repo: Repo) -> list[str]:
    """Thirty commits, packed by git; each changes a line of the trainer."""
    commits = []
    for number in range(30):
        text = (
            TRAINER.replace("epochs=20", f"epochs={number}") + "# padding that makes deltas worth it\n" * 30
        )
        changed: Files = {
            **FILES,
            "trainers": {"__init__.py": "", "mine": {"__init__.py": "", "step.py": text}},
        }
        commits.append(commit(repo, changed, checkout=False))
    git("repack", "-adfq", "--depth=20", "--window=30", cwd=repo.path)
    git("prune-packed", cwd=repo.path)
    return commits


# Our bundles, read by git


@pytest.fixture
def partial(tmp_path: Path) -> str:
    """A partial clone, in which absent objects count as omitted; an auditor would make one like this."""
    path = str(tmp_path / "partial")
    init(path)
    git("config", "extensions.partialClone", "origin", cwd=path)
    return path


def test_git_verifies_and_lists_our_bundle(repo: Repo, tmp_path: Path) -> None:
    """git says that the bundle is okay, and which filter it uses."""
    head = commit(repo, FILES)
    Bundle.create(f"{NAME}@{head}", tmp_path / "x.bundle", repo=repo.path)

    output = git("bundle", "verify", "../x.bundle", cwd=repo.path)

    assert "The bundle uses this filter: tree:0" in output
    assert git("bundle", "list-heads", "../x.bundle", cwd=repo.path) == f"{head} refs/zenml-pin/{head}\n"


def test_git_unbundles_it_and_finds_nothing_broken(repo: Repo, tmp_path: Path, partial: str) -> None:
    """The steps for an auditor: files can be shown by path, and fsck reports nothing if a ref points at the commit."""
    head = commit(repo, FILES)
    Bundle.create(f"{NAME}@{head}", tmp_path / "x.bundle", repo=repo.path)

    git("bundle", "unbundle", "../x.bundle", cwd=partial)
    git("update-ref", "refs/heads/kept", head, cwd=partial)

    assert git("show", f"{head}:trainers/mine/step.py", cwd=partial) == TRAINER
    assert git("show", f"{head}:trainers/mine/data.csv", cwd=partial) == "1,2\n"
    assert git("fsck", "--full", "--strict", "--no-dangling", cwd=partial) == ""
    with pytest.raises(subprocess.CalledProcessError):
        git("show", f"{head}:other/x.py", cwd=partial)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_git_clones_a_full_bundle(tmp_path: Path, object_format: str) -> None:
    """With the worktree of the newest of its pins, and all history."""
    repo = init(tmp_path / "full", object_format=object_format)
    first = commit(repo, FILES)
    second = commit(repo, {"README": "other\n"}, base=first)
    sources = [f"{NAME}@{first}", f"other.x.X@{second}"]
    files = {"pipelines/x.yaml": b"a: 1\n"}
    Bundle.create(sources, tmp_path / "x.bundle", repo=repo.path, full=True, files=files)

    git("clone", "-q", "x.bundle", "clone", cwd=tmp_path)

    clone = str(tmp_path / "clone")
    assert git("rev-parse", "HEAD", cwd=clone).strip() == second
    assert (tmp_path / "clone" / "README").read_text() == "other\n"
    assert git("rev-list", "--count", "HEAD", cwd=clone).strip() == "2"
    assert git("fsck", "--full", "--strict", "--no-dangling", cwd=clone) == ""
    assert git("status", "--porcelain", cwd=clone) == ""


def test_git_takes_a_bundle_that_carries_files(repo: Repo, tmp_path: Path, partial: str) -> None:
    """The files are a tree with its own ref."""
    head = commit(repo, FILES)
    files = {"pipelines/x.yaml": b"a: 1\n", "artifacts/1": b"\0" * 100}
    bundle = Bundle.create(f"{NAME}@{head}", tmp_path / "x.bundle", repo=repo.path, files=files)
    ref = next(ref for ref in bundle.place.header.refs if "/files/" in ref)

    git("bundle", "unbundle", "../x.bundle", cwd=partial)

    tree = bundle.place.header.refs[ref]
    assert git("ls-tree", "-r", "--name-only", tree, cwd=partial) == "artifacts/1\npipelines/x.yaml\n"
    assert git("show", f"{tree}:pipelines/x.yaml", cwd=partial) == "a: 1\n"
    git("update-ref", ref, tree, cwd=partial)
    assert git("fsck", "--full", "--strict", "--no-dangling", cwd=partial) == ""


def test_both_refuse_what_is_damaged(repo: Repo, tmp_path: Path, partial: str) -> None:
    """A flipped byte of the pack."""
    data = bytearray(Bundle.create(f"{NAME}@{commit(repo, FILES)}", repo=repo.path).data)
    data[-60] ^= 1
    (tmp_path / "x.bundle").write_bytes(data)

    with pytest.raises(subprocess.CalledProcessError):
        git("bundle", "unbundle", "../x.bundle", cwd=partial)
    with pytest.raises(BundleError):
        Bundle.open(tmp_path / "x.bundle")


# git's bundles, read by us


# The text before the file's name, and the text after it.
WAYS: dict[str, tuple[list[str], list[str]]] = {
    "everything": ([], ["--all"]),
    "version 3": (["--version=3"], ["--all"]),
    "without files": (["--version=3"], ["--filter=blob:none", "--all"]),
    "the last ten": ([], ["HEAD~10..HEAD"]),
    "bases by id": ([], ["--all"]),
}


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("way", WAYS)
def test_gits_bundles_are_read_object_by_object(
    repo: Repo, history: list[str], tmp_path: Path, way: str
) -> None:
    """Every object of the pack, deltas included, has the id that git gives it."""
    if way == "bases by id":
        git("config", "repack.useDeltaBaseOffset", "false", cwd=repo.path)
    before, behind = WAYS[way]
    git("bundle", "create", "-q", *before, "../x.bundle", *behind, cwd=repo.path)

    repository = open_bundle_file(str(tmp_path / "x.bundle"))

    packed = repository.source.pack
    assert packed._bases or packed.lacking
    ids = "".join(f"{name}\n" for name in packed.objects).encode()
    entries = [(name, *(repository.objects.find_any(name, 10**6) or ("", b""))) for name in packed.objects]
    expected = b"".join(
        b"%b %b %d\n%b\n" % (name.encode(), kind.encode(), len(data), data) for name, kind, data in entries
    )
    assert os.fsencode(git("cat-file", "--batch", cwd=repo.path, stdin=ids)) == expected
    wanted = git("rev-list", "--objects", *behind, cwd=repo.path).split("\n")
    assert len(packed.objects) + packed.lacking == len([line for line in wanted if line])
    assert set(packed.objects) <= {line[:40] for line in wanted}


@pytest.mark.slow
def test_a_pin_loads_from_gits_bundle(
    repo: Repo, history: list[str], tmp_path: Path, empty: Path, forget: Forget
) -> None:
    """As from ours; a filtered bundle names the missing object, and a bundle of other commits the missing commit."""
    git("bundle", "create", "-q", "../all.bundle", "--all", cwd=repo.path)
    git(
        "bundle",
        "create",
        "-q",
        "--version=3",
        "../bare.bundle",
        "--filter=blob:none",
        "--all",
        cwd=repo.path,
    )
    os.rename(repo.path, tmp_path / "gone")
    os.chdir(empty)
    forget()

    cls: Any = zenml_pin.load(f"{NAME}@{history[7]}", repo="../all.bundle")
    assert cls().epochs == 7
    forget()
    with pytest.raises(ObjectNotFoundError, match=r"trainers/mine/step\.py|trainers/__init__\.py"):
        zenml_pin.load(f"{NAME}@{history[7]}", repo="../bare.bundle")
    with pytest.raises(CommitNotFoundError):
        zenml_pin.load(f"{NAME}@{'1' * 40}", repo="../all.bundle")


def test_gits_bundle_is_explained(repo: Repo, history: list[str], tmp_path: Path) -> None:
    """The tip with all its classes, and the earlier commits as history."""
    git("bundle", "create", "-q", "../x.bundle", "--all", cwd=repo.path)

    report = Bundle.open(tmp_path / "x.bundle").verify()

    assert [carried.id for carried in report.commits] == [history[-1]]
    assert report.commits[0].is_whole
    assert {source.name for source in report.commits[0].sources} == {"MyTrainer", "X"}
    assert report.history == 29


def test_a_bundle_of_git_with_a_flipped_byte_is_refused(
    repo: Repo, history: list[str], tmp_path: Path
) -> None:
    """Deltas do not avoid the hashes: every hundredth byte of the pack is flipped."""
    git("bundle", "create", "-q", "../x.bundle", "--all", cwd=repo.path)
    data = (tmp_path / "x.bundle").read_bytes()
    for position in range(open_bundle(data).header.pack, len(data), 100):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        with pytest.raises(BundleError):
            open_bundle(bytes(damaged))


# Sizes


def test_a_bundle_of_one_module_is_at_most_twice_its_archive(repo: Repo, announce: Any) -> None:
    """`git archive FOLDER | gzip`, for a module as the documentation shows it."""
    head = commit(repo, FILES)
    archive = subprocess.run(
        ["git", "archive", head, "trainers/mine"], cwd=repo.path, capture_output=True, check=True
    ).stdout
    zipped = len(gzip.compress(archive, 9))
    size = len(Bundle.create(f"{NAME}@{head}", repo=repo.path).data)
    announce(f"one module: bundle {size} bytes, git archive | gzip {zipped} bytes, ratio {size / zipped:.2f}")

    assert size <= 1500
    assert size <= 2 * zipped


@pytest.mark.slow
def test_three_hundred_commits_of_one_module_fit_in_one_bundle(
    repo: Repo, tmp_path: Path, empty: Path, forget: Forget, announce: Any, partial: str
) -> None:
    """All load from it side by side, and git accepts it."""
    commits = [commit(repo, FILES)]
    for number in range(1, 300):
        changed: Files = {"trainers": {"mine": {"step.py": TRAINER.replace("epochs=20", f"epochs={number}")}}}
        commits.append(commit(repo, changed, base=commits[-1], checkout=False))
    bundle = Bundle.create([f"{NAME}@{name}" for name in commits], tmp_path / "x.bundle", repo=repo.path)
    report = bundle.verify()
    announce(f"300 commits of one module: {report.size} bytes, {report.objects} objects")
    git("bundle", "unbundle", "../x.bundle", cwd=partial)
    os.rename(repo.path, tmp_path / "gone")
    os.chdir(empty)
    forget()

    classes: list[Any] = [zenml_pin.load(f"{NAME}@{name}", repo=bundle) for name in commits]

    assert [cls().epochs for cls in classes[1:]] == list(range(1, 300))
    assert len(report.commits) == 300
    assert report.is_sound
    assert report.size < 300_000


def test_a_bundle_has_only_the_objects_that_its_pin_needs(repo: Repo) -> None:
    """Compared with git's listing: the folder, the parents' `__init__.py`, and no other file."""
    head = commit(repo, FILES)
    bundle = Bundle.create(f"{NAME}@{head}", repo=repo.path)
    ids = set(bundle.place.source.pack.objects)
    paths = {path for path, (_, name) in listing(repo, head).items() if name in ids}

    # The empty file in other/ and the one in trainers/ are the same object.
    assert paths == {
        "other/__init__.py",
        "trainers/__init__.py",
        "trainers/mine/__init__.py",
        "trainers/mine/data.csv",
        "trainers/mine/step.py",
    }
    assert len(ids) == 4 + 3
    assert ids < set(loose_ids(repo))
    assert get_head(repo) == head
