"""A class from a repository on a server: the requests, what is kept, and what the user sees.

git's own server answers, behind a small HTTP server on loopback.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.git_servers import daemon, dulwich_web, fake_ssh, http_backend
from tests.support.repositories import Repo, branch, commit, configure, init, set_ref, snapshot, tag
from tests.support.repository_on_server import (
    NAME,
    epochs,
    forget,
    fresh as fresh,
    large,
    server_of as server_of,
    small,
)
from zenml_pin.errors import (
    CommitNotFoundError,
    NotARepositoryError,
    RemoteError,
    RevisionError,
)

pytestmark = [pytest.mark.git, pytest.mark.usefixtures("fresh")]

KIB = 1024


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, str, str]:
    """A packed repository of 4 MB, its first commit and its last."""
    return large(tmp_path_factory.mktemp("large"))


# What it costs


@pytest.mark.slow
def test_one_module_moves_less_than_10_kib(
    big: tuple[Repo, str, str], announce: Callable[[str], None]
) -> None:
    """From a server with filters, out of 4 MB; a second load needs no request, another commit only its differences."""
    repo, first, last = big
    configure(repo, "uploadpack", "allowFilter", "true")
    stored = sum(path.stat().st_size for path in Path(repo.objects).rglob("*.pack"))
    with http_backend(Path(repo.path).parent) as server:
        url = f"{server.url}/repo"

        assert epochs(f"{NAME}@{first}", url) == 1
        one = server.sent, server.requests
        server.reset()
        assert epochs(f"{NAME}@{last}", url) == 19
        another = server.sent, server.requests
        server.reset()
        forget()
        assert epochs(f"{NAME}@{first}", url) == 1
        again = server.sent, server.requests

    announce(
        f"remote, filters: of {stored / KIB:,.0f} KiB one module moves {one[0]:,} bytes in {one[1]} requests, "
        f"the module at another commit {another[0]:,} in {another[1]}, loaded again {again[0]} in {again[1]}"
    )
    assert stored > 4_000 * KIB
    assert one[0] <= 10 * KIB
    assert one[1] <= 6
    assert another[0] < one[0]
    assert again == (0, 0)


SERVERS = [
    pytest.param("true", 2, 10 * KIB, id="filters, v2"),
    pytest.param("true", 0, 6_000 * KIB, id="filters, v0", marks=pytest.mark.slow),
    pytest.param("false", 2, 6_000 * KIB, id="no filters, v2"),
    pytest.param("false", 0, 6_000 * KIB, id="no filters, v0", marks=pytest.mark.slow),
]


@pytest.mark.quick(every=2)
@pytest.mark.parametrize(("filters", "version", "most"), SERVERS)
def test_every_kind_of_server_serves_a_commit(
    big: tuple[Repo, str, str], filters: str, version: int, most: int, announce: Callable[[str], None]
) -> None:
    """Without filters, or with the old protocol, the whole tree of the commit comes, in one request."""
    repo, _, last = big
    configure(repo, "uploadpack", "allowFilter", filters)
    with http_backend(Path(repo.path).parent, version=version) as server:
        assert epochs(f"{NAME}@{last}", f"{server.url}/repo") == 19
        announce(
            f"remote, filters {filters}, v{version}: {server.sent:,} bytes in {server.requests} requests"
        )

        assert server.sent <= most
        assert server.requests <= 6


def test_server_that_refuses_a_depth_of_trees_sends_the_commit_alone(tmp_path: Path) -> None:
    """Some servers allow only `tree:0`."""
    repo, first = small(tmp_path)
    configure(repo, "uploadpackfilter.tree", "maxDepth", "0")
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_server_that_refuses_every_filter_gets_a_request_without_one(tmp_path: Path) -> None:
    """It announces filters, and allows none."""
    repo, first = small(tmp_path)
    configure(repo, "uploadpackfilter", "allow", "false")
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


@pytest.mark.slow
def test_whole_commit_takes_few_requests(big: tuple[Repo, str, str], tmp_path: Path) -> None:
    """For a list of its 1,000 files, and for real files."""
    repo, first, _ = big
    configure(repo, "uploadpack", "allowFilter", "true")
    with http_backend(Path(repo.path).parent) as server:
        with zenml_pin.checkout(first, repo=f"{server.url}/repo") as tree:
            assert len(list(tree.entries())) == 1_005
        listed = server.requests, server.sent
        forget()
        server.reset()
        zenml_pin.load(f"{NAME}@{first}", repo=f"{server.url}/repo", materialize=tmp_path / "real")

    forget()
    shutil.rmtree(tmp_path / "real")
    # The server has stopped.
    zenml_pin.load(f"{NAME}@{first}", repo=f"{server.url}/repo", materialize=tmp_path / "real")

    assert listed[0] <= 12
    assert listed[1] < 100 * KIB
    assert server.requests <= 10
    assert len([path for path in (tmp_path / "real").rglob("*") if path.is_file()]) == 1_005


# Which commits


def test_commit_that_only_a_pin_names_is_fetched(tmp_path: Path) -> None:
    """No branch leads to it any more; in version 2, git's server sends any object by its id."""
    repo, first = small(tmp_path)
    other = commit(repo, {"README.md": "again\n"}, parent=None)
    set_ref(repo, "refs/heads/main", other)
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_commit_that_an_old_server_does_not_send_is_not_found(tmp_path: Path) -> None:
    """The hint repeats the server's answer, and says what would help."""
    repo, first = small(tmp_path)
    set_ref(repo, "refs/heads/main", commit(repo, {"README.md": "again\n"}, parent=None))
    with http_backend(tmp_path, version=0) as server, pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{first}", repo=f"{server.url}/repo")

    assert caught.value.commit_id == first
    assert f"{server.url}/repo" in caught.value.searched
    assert "not our ref" in caught.value.hint
    assert "so put a tag on the commit" in caught.value.hint


@pytest.mark.parametrize("version", [0, 2])
@pytest.mark.parametrize("filters", [True, False])
def test_missing_commit_is_not_found(tmp_path: Path, version: int, filters: bool) -> None:
    """In whatever way the server says so."""
    small(tmp_path, filters=filters)
    with http_backend(tmp_path, version=version) as server, pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{'f' * 40}", repo=f"{server.url}/repo")

    assert "not our ref" in caught.value.hint


@pytest.mark.slow
def test_server_decides_what_a_revision_names(tmp_path: Path) -> None:
    """Branches, tags, annotated tags, HEAD, parents; each call asks the server again."""
    repo, first = small(tmp_path)
    tag(repo, "v1", first, annotated=True)
    second = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 2\n"}}}, base=first)
    branch(repo, "topic", second)
    with http_backend(tmp_path) as server:
        url = f"{server.url}/repo"
        commit_ids = {}
        for revision in ("v1", "topic", "HEAD", "main~1", "v1^{commit}", second[:8], "@"):
            with zenml_pin.checkout(revision, repo=url) as tree:
                commit_ids[revision] = tree.commit_id
        branch(repo, "topic", first)
        with zenml_pin.checkout("topic", repo=url) as tree:
            moved = tree.commit_id
        with pytest.raises(RevisionError, match="does not name a commit here"):
            zenml_pin.checkout("nowhere", repo=url)

    assert commit_ids == {
        "v1": first,
        "topic": second,
        "HEAD": second,
        "main~1": first,
        "v1^{commit}": first,
        second[:8]: second,
        "@": second,
    }
    assert moved == first


@pytest.mark.slow
def test_signatures_are_searched_in_the_commit_and_its_tags(tmp_path: Path) -> None:
    """Of a server's tags, only those of the commit are fetched, tag objects included."""
    from zenml_pin.verification import verify

    repo, first = small(tmp_path)
    other = commit(repo, {"README.md": "again\n"}, base=first)
    for number in range(30):
        tag(repo, f"other{number}", other, annotated=True)
    tag(repo, "v1", first, annotated=True)
    with http_backend(tmp_path) as server:
        report = verify(f"{NAME}@{first}", repo=f"{server.url}/repo")

        assert report.is_verified
        assert not report.is_signed
        assert server.requests <= 10


def test_sha256_repository_is_read(tmp_path: Path) -> None:
    """Its ids have 64 digits."""
    repo = init(tmp_path / "repo", bare=True, object_format="sha256")
    configure(repo, "uploadpack", "allowFilter", "true")
    first = commit(repo, {"step.py": "class A:\n    epochs = 3\n"})
    with http_backend(tmp_path) as server:
        assert epochs(f"step.A@{first}", f"{server.url}/repo") == 3


# Other protocols than HTTP


@pytest.mark.slow
def test_git_protocol(tmp_path: Path) -> None:
    """`git daemon` with its default settings."""
    _, first = small(tmp_path)
    with daemon(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"git://127.0.0.1:{server.port}/repo") == 1


def test_ssh(tmp_path: Path) -> None:
    """By the program `ssh`, if the URL says so; an option in place of a host is refused."""
    _, first = small(tmp_path)
    (tmp_path / "bin").mkdir()
    log = fake_ssh(tmp_path / "bin")
    os.environ["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    assert epochs(f"{NAME}@{first}", f"ssh://git@example.org:2222{tmp_path}/repo") == 1

    called = log.read_text().splitlines()
    assert "-p 2222" in called[0]
    assert f"git@example.org git-upload-pack '{tmp_path}/repo'" in called[0]
    forget()
    with pytest.raises(RemoteError):
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://-oProxyCommand=touch/repo")
    assert log.read_text().splitlines() == called


def test_short_form_of_ssh_uses_the_users_command(tmp_path: Path) -> None:
    """GIT_SSH_COMMAND, as for git; a repository's config is never used."""
    _, first = small(tmp_path)
    (tmp_path / "bin").mkdir()
    log = fake_ssh(tmp_path / "bin")
    os.environ["GIT_SSH_COMMAND"] = f"{tmp_path / 'bin' / 'ssh'} -i key"

    assert epochs(f"{NAME}@{first}", f"git@example.org:{tmp_path}/repo") == 1
    assert "-i key" in log.read_text()


def test_ssh_says_why_it_failed(tmp_path: Path) -> None:
    """The error repeats ssh's message; a password is refused before ssh starts."""
    (tmp_path / "ssh").write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    (tmp_path / "ssh").chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    with pytest.raises(RemoteError, match=r"Permission denied \(publickey\)"):
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git@example.org/repo")
    with pytest.raises(RemoteError, match="use a key") as caught:
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git:s3cret@example.org/repo")
    assert "s3cret" not in str(caught.value)


def test_no_ssh_program(tmp_path: Path) -> None:
    """The error names it."""
    os.environ["PATH"] = str(tmp_path)

    with pytest.raises(RemoteError, match="needs the program 'ssh'"):
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git@example.org/repo")


def test_file_url_is_the_repository_itself(tmp_path: Path, fresh: Path) -> None:
    """Nothing is fetched and nothing is cached."""
    _, first = small(tmp_path)

    assert epochs(f"{NAME}@{first}", f"file://{tmp_path}/repo") == 1
    assert not fresh.exists()
    with pytest.raises(NotARepositoryError):
        zenml_pin.load(f"{NAME}@{first}", repo=f"file://{tmp_path}/nothing")


def test_dulwich_server_serves_its_tips(tmp_path: Path) -> None:
    """It refuses any other commit with its own error, which we report as such."""
    repo, first = small(tmp_path)
    second = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 2\n"}}}, base=first)
    with dulwich_web(repo) as server:
        assert epochs(f"{NAME}@{second}", server.url) == 2
        with pytest.raises((RemoteError, CommitNotFoundError)) as caught:
            zenml_pin.load(f"{NAME}@{first}", repo=server.url)

    assert server.url in str(caught.value)


# The cache


def test_cache_is_enough(tmp_path: Path, fresh: Path) -> None:
    """A fetched commit loads again when the server is gone; only the user can read the cache."""
    repo, first = small(tmp_path)
    with http_backend(tmp_path) as server:
        epochs(f"{NAME}@{first}", f"{server.url}/repo")
    forget()
    shutil.rmtree(repo.path)

    assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1
    folders = [fresh, *(path for path in fresh.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folders} == {0}
    assert not list(fresh.rglob("tmp_*"))


def test_load_from_a_server_writes_the_cache_and_nothing_else(tmp_path: Path) -> None:
    """P2: nothing in the current folder, the home folder or the interpreter changes."""
    _, first = small(tmp_path)
    del os.environ["XDG_CACHE_HOME"]
    os.environ["HOME"] = str(tmp_path / "home")
    (tmp_path / "home").mkdir()
    before = (sys.path[:], sys.meta_path[:], dict(os.environ), os.getcwd(), snapshot("."))
    with http_backend(tmp_path) as server:
        epochs(f"{NAME}@{first}", f"{server.url}/repo")

    assert (sys.path, sys.meta_path, dict(os.environ), os.getcwd(), snapshot(".")) == before
    written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert written
    assert {path.relative_to(tmp_path / "home").parts[:3] for path in written} == {
        (".cache", "zenml_pin", "objects")
    }


@pytest.mark.slow
def test_damaged_cache_is_fetched_again(tmp_path: Path, fresh: Path) -> None:
    """Every file is hashed when it is read: cut off, emptied, swapped with another, or unreadable."""
    _, first = small(tmp_path)
    with http_backend(tmp_path) as server:
        url = f"{server.url}/repo"
        epochs(f"{NAME}@{first}", url)
        files = sorted(path for path in fresh.rglob("*") if path.is_file())
        whole = {path: path.read_bytes() for path in files}
        for number, path in enumerate(files):
            damaged = [whole[path][:-3], b"", whole[files[number - 1]], b"\0" * 40][number % 4]
            path.write_bytes(damaged)
        server.reset()
        forget()

        assert epochs(f"{NAME}@{first}", url) == 1
        assert server.requests > 0
    assert {path: path.read_bytes() for path in files} == whole


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("spot", ["a file is in its place", "no variable names it"])
def test_load_needs_no_cache(tmp_path: Path, fresh: Path, spot: str) -> None:
    """Without a writable cache, objects stay in memory, silently."""
    _, first = small(tmp_path)
    if spot == "a file is in its place":
        fresh.parent.write_text("")
    else:
        del os.environ["XDG_CACHE_HOME"], os.environ["HOME"]
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_cache_is_a_folder_of_loose_objects(tmp_path: Path, fresh: Path) -> None:
    """git can read it too."""
    _, first = small(tmp_path)
    with http_backend(tmp_path) as server:
        epochs(f"{NAME}@{first}", f"{server.url}/repo")
    other = init(tmp_path / "other", bare=True)
    environment = {"PATH": os.environ["PATH"], "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(fresh / "objects")}

    shown = subprocess.run(
        ["git", "show", f"{first}:trainers/mine/helper.py"],
        cwd=other.path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "EPOCHS = 1\n"
