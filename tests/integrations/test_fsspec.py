"""The fsspec file system: tools that read URLs read the verified files of a commit."""

from __future__ import annotations

import configparser
import io
import os
import pickle
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import Any

import fsspec
import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit, git, put_commit, put_entries, snapshot, tag, write
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.integrations.fsspec import PinFileSystem

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123abcd\nsize 12345\n"
FILES: Files = {
    "data": {
        "x.csv": "a,b\n1,2\n3,4\n",
        "empty": "",
        "parts": {"p0.csv": "a\n0\n", "p1.csv": "a\n1\n"},
        "model.bin": POINTER,
        "name with space, ü.txt": "ü\n",
    },
    "setup.cfg": "",
}


@pytest.fixture(autouse=True)
def registered(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsspec knows the protocol, and the current folder is in the repository."""
    fsspec.register_implementation("pin", PinFileSystem, clobber=True)
    PinFileSystem.clear_instance_cache()
    monkeypatch.chdir(repo.path)


@pytest.fixture
def head(repo: Repo) -> str:
    """A commit with data; the working tree has other files by now."""
    head = commit(repo, FILES)
    write(repo, {"data": {"x.csv": "today\n", "parts": {"p2.csv": "a\n2\n"}}})
    return head


def test_entry_point_names_the_class() -> None:
    """fsspec finds it without an import: `fsspec.specs` of the distribution."""
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).parents[2] / "setup.cfg")
    name, _, value = settings["options.entry_points"]["fsspec.specs"].strip().partition(" = ")
    module, _, attribute = value.partition(":")

    assert (name, getattr(import_module(module), attribute)) == ("pin", PinFileSystem)


def test_url_gives_the_commits_content(head: str) -> None:
    """Not that of the working tree."""
    with fsspec.open(f"pin://{head}/data/x.csv") as file:
        assert file.read() == b"a,b\n1,2\n3,4\n"
    with fsspec.open(f"pin://{head}/data/name with space, ü.txt", "rt", encoding="utf-8") as file:
        assert file.read() == "ü\n"


def test_revision_is_resolved_at_each_use(repo: Repo, head: str) -> None:
    """A tag or a short id may be given; a branch that moves gives its new commit."""
    tag(repo, "v1")
    files = fsspec.filesystem("pin")
    assert files.cat("pin://v1/data/x.csv") == files.cat(f"pin://{head[:10]}/data/x.csv")
    commit(repo, {"data": {"x.csv": "new\n"}})

    assert files.cat("pin://main/data/x.csv") == b"new\n"
    assert files.cat("pin://v1/data/x.csv") != b"new\n"


@pytest.mark.git
def test_listing_is_that_of_git(repo: Repo, head: str) -> None:
    """`find` gives the paths of `git ls-tree -r`, with the sizes of their blobs and their ids."""
    lines = git("ls-tree", "-r", "-l", "-z", head, cwd=repo.path).split("\0")
    expected = {}
    for line in filter(None, lines):
        facts, path = line.split("\t")
        _, _, blob_id, size = facts.split()
        expected[f"{head}/{path}"] = blob_id, int(size)

    found = fsspec.filesystem("pin").find(f"pin://{head}", detail=True)

    # The size of a pointer is that of the data which it stands for.
    expected[f"{head}/data/model.bin"] = expected[f"{head}/data/model.bin"][0], 12345
    assert {path: (info["id"], info["size"]) for path, info in found.items()} == expected


def test_glob_and_walk_see_the_commit(head: str) -> None:
    """What the working tree has more is not there."""
    files = fsspec.filesystem("pin")

    assert files.glob(f"pin://{head}/data/parts/*.csv") == [
        f"{head}/data/parts/p0.csv",
        f"{head}/data/parts/p1.csv",
    ]
    assert files.ls(f"pin://{head}", detail=False) == [f"{head}/data", f"{head}/setup.cfg"]
    assert files.isdir(f"pin://{head}/data")
    assert not files.exists(f"pin://{head}/data/parts/p2.csv")
    assert files.du(f"pin://{head}/data/parts") == 8


def test_slices_are_those_of_the_content(head: str) -> None:
    """Readers of Parquet and zarr read parts of files."""
    files = fsspec.filesystem("pin")
    path = f"pin://{head}/data/x.csv"

    assert files.cat_file(path, 4, 7) == b"1,2"
    assert files.cat_file(path, -4) == b"3,4\n"
    assert files.head(path, 3) == b"a,b"
    assert files.read_block(path, 0, 5, b"\n") == b"a,b\n1,2\n"


def test_lfs_pointer_is_named_and_not_served(head: str) -> None:
    """A listing says what it stands for; its text is never taken for the data."""
    files = fsspec.filesystem("pin")
    path = f"pin://{head}/data/model.bin"

    info = files.info(path)

    assert (info["lfs"], info["size"]) == ("sha256:0123abcd", 12345)
    with pytest.raises(OSError, match=f"'data/model.bin' at commit {head} is a Git LFS pointer"):
        files.open(path)


@pytest.mark.git
def test_links_lead_to_their_targets_inside_the_commit(repo: Repo) -> None:
    """A link to a folder is listed and not walked, since it may lead to its own parent."""
    (Path(repo.path) / "data").mkdir()
    (Path(repo.path) / "data" / "x.csv").write_text("1\n")
    os.symlink("x.csv", Path(repo.path) / "data" / "file.csv")
    os.symlink("..", Path(repo.path) / "data" / "up")
    os.symlink("/etc/hostname", Path(repo.path) / "data" / "out")
    git("add", "-A", cwd=repo.path)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "links", cwd=repo.path)
    files = fsspec.filesystem("pin")

    types = {info["name"]: info["type"] for info in files.ls("pin://HEAD/data")}

    assert types == {
        "HEAD/data/file.csv": "file",
        "HEAD/data/out": "link",
        "HEAD/data/up": "link",
        "HEAD/data/x.csv": "file",
    }
    assert files.cat("pin://HEAD/data/file.csv") == b"1\n"
    assert files.find("pin://HEAD") == sorted(types)
    with pytest.raises(FileNotFoundError):
        files.cat("pin://HEAD/data/out")


def test_submodule_is_neither_file_nor_folder(repo: Repo, head: str) -> None:
    """Its files are in another repository."""
    with GitRepository.open(repo.path) as repository:
        folder = CommitTree(repository.objects, head).get("data").id
    linked = put_commit(repo, put_entries(repo, [(0o40000, "data", folder), (0o160000, "shared", head)]))
    files = fsspec.filesystem("pin")

    assert files.info(f"pin://{linked}/shared")["type"] == "other"
    with pytest.raises(OSError, match="it is a submodule"):
        files.open(f"pin://{linked}/shared")


@pytest.mark.parametrize(
    "change",
    [
        lambda files, path: files.open(path, "wb"),
        lambda files, path: files.open(path, "ab"),
        lambda files, path: files.pipe(path, b"x"),
        lambda files, path: files.touch(path),
        lambda files, path: files.rm(path),
        lambda files, path: files.mkdir(f"{path}.d"),
        lambda files, path: files.makedirs(f"{path}.d"),
        lambda files, path: files.cp(path, f"{path}.copy"),
        lambda files, path: files.mv(path, f"{path}.moved"),
    ],
)
def test_nothing_is_written(repo: Repo, head: str, change: Any) -> None:
    """Every change is refused, and the repository stays as it is."""
    files = fsspec.filesystem("pin")
    before = snapshot(repo.path)

    with pytest.raises(OSError, match="a commit never changes: pin:// is read-only"):
        change(files, f"pin://{head}/data/x.csv")

    assert snapshot(repo.path) == before


def test_what_does_not_exist_is_not_found(head: str) -> None:
    """A path, a folder that is read as a file, a commit, and a URL without one."""
    files = fsspec.filesystem("pin")

    with pytest.raises(FileNotFoundError, match="no such file at the pinned commit"):
        files.open(f"pin://{head}/data/y.csv")
    with pytest.raises(IsADirectoryError):
        files.open(f"pin://{head}/data")
    with pytest.raises(zenml_pin.CommitNotFoundError):
        files.open(f"pin://{'0' * 40}/data/x.csv")
    with pytest.raises(FileNotFoundError, match="name a commit"):
        files.ls("pin://")


def test_damaged_object_is_refused(repo: Repo, head: str) -> None:
    """Every byte hashes back to the commit."""
    files = fsspec.filesystem("pin")
    blob_id = files.ukey(f"pin://{head}/data/x.csv")
    PinFileSystem.clear_instance_cache()
    other = Path(repo.gitdir) / "objects" / files.ukey(f"pin://{head}/data/empty")[:2]
    source = next(other.iterdir())
    target = Path(repo.gitdir) / "objects" / blob_id[:2] / blob_id[2:]
    target.chmod(0o600)
    target.write_bytes(source.read_bytes())

    with pytest.raises(zenml_pin.ObjectCorruptError):
        fsspec.filesystem("pin").cat(f"pin://{head}/data/x.csv")


def test_large_file_is_refused_above_the_limit(head: str) -> None:
    """A file is read as a whole, so a limit protects the memory."""
    files = fsspec.filesystem("pin", max_bytes=11)

    with pytest.raises(zenml_pin.LimitError):
        files.cat(f"pin://{head}/data/x.csv")


def test_repository_is_named_in_the_options(
    repo: Repo, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder outside, and after pickling, as Dask sends it to its workers."""
    monkeypatch.chdir(tmp_path)
    files = pickle.loads(pickle.dumps(fsspec.filesystem("pin", repo=repo.path)))

    assert files.cat(f"pin://{head}/data/x.csv") == b"a,b\n1,2\n3,4\n"
    with fsspec.open("pin://main/data/empty", repo=repo.path) as file:
        assert file.read() == b""


def test_time_is_that_of_the_commit(repo: Repo, head: str) -> None:
    """A file of a commit has no time of its own."""
    files = fsspec.filesystem("pin")
    with GitRepository.open(repo.path) as repository:
        time = CommitTree(repository.objects, head).commit.time

    moment = files.modified(f"pin://{head}/data/x.csv")

    assert (moment.timestamp(), moment.tzinfo) == (time, UTC)


def test_compressed_and_chained_urls_work(repo: Repo) -> None:
    """fsspec's own layers read through it."""
    import gzip
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("inner.txt", "inside")
    head = commit(repo, {"x.gz": gzip.compress(b"text"), "a.zip": archive.getvalue()})

    with fsspec.open(f"pin://{head}/x.gz", compression="infer") as unpacked:
        assert unpacked.read() == b"text"
    with fsspec.open(f"zip://inner.txt::pin://{head}/a.zip") as inner:
        assert inner.read() == b"inside"
