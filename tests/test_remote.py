"""A class from a repository on a server: what is asked of whom, what is kept, and what a user is told.

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
from tests.pipelines.conftest import Project, project as project, trainer as trainer
from tests.remote import NAME, forget, fresh as fresh, large, small
from tests.repos import Repo, branch, commit, configure, get_head, init, set_ref, snapshot, tag
from tests.servers import Served, daemon, dulwich_web, fake_ssh, http_backend
from zenml_pin.cli import main
from zenml_pin.datasources import CSVDatasource
from zenml_pin.errors import (
    CommitNotFoundError,
    NotARepositoryError,
    ObjectNotFoundError,
    RemoteError,
    RevisionError,
    UnsupportedError,
)
from zenml_pin.pipelines import TrainingPipeline

pytestmark = [pytest.mark.git, pytest.mark.usefixtures("fresh")]

KIB = 1024


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, str, str]:
    """A packed repository of 4 MB, its first commit and its last."""
    return large(tmp_path_factory.mktemp("large"))


def epochs(source: str, repo: str) -> int:
    """Load the trainer and return its number."""
    value = vars(zenml_pin.load(source, repo=repo))["epochs"]
    assert isinstance(value, int)
    return value


# What it costs


def test_one_module_moves_less_than_10_kib(
    big: tuple[Repo, str, str], announce: Callable[[str], None]
) -> None:
    """From a server with filters, out of 4 MB; a second load asks nobody, and another commit only for what differs."""
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


@pytest.mark.parametrize(("filters", "version", "most"), SERVERS)
def test_every_kind_of_server_serves_a_commit(
    big: tuple[Repo, str, str], filters: str, version: int, most: int, announce: Callable[[str], None]
) -> None:
    """Where it has no filters, or speaks the old protocol, the commit's whole tree comes, at once and once."""
    repo, _, last = big
    configure(repo, "uploadpack", "allowFilter", filters)
    with http_backend(Path(repo.path).parent, version=version) as server:
        assert epochs(f"{NAME}@{last}", f"{server.url}/repo") == 19
        announce(
            f"remote, filters {filters}, v{version}: {server.sent:,} bytes in {server.requests} requests"
        )

        assert server.sent <= most
        assert server.requests <= 6


def test_server_that_refuses_a_depth_of_trees_is_asked_for_the_commit_alone(tmp_path: Path) -> None:
    """Some allow `tree:0` and no more."""
    repo, first = small(tmp_path)
    configure(repo, "uploadpackfilter.tree", "maxDepth", "0")
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_server_that_refuses_every_filter_is_asked_without(tmp_path: Path) -> None:
    """It says that it has filters, and allows none."""
    repo, first = small(tmp_path)
    configure(repo, "uploadpackfilter", "allow", "false")
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


# Which commits


def test_commit_that_only_a_pin_names_is_fetched(tmp_path: Path) -> None:
    """No branch leads to it any more; git's server sends any object by its id, in version 2."""
    repo, first = small(tmp_path)
    other = commit(repo, {"README.md": "again\n"}, parent=None)
    set_ref(repo, "refs/heads/main", other)
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_commit_that_an_old_server_does_not_send_is_not_found(tmp_path: Path) -> None:
    """The hint says what the server said, and what would help."""
    repo, first = small(tmp_path)
    set_ref(repo, "refs/heads/main", commit(repo, {"README.md": "again\n"}, parent=None))
    with http_backend(tmp_path, version=0) as server, pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{first}", repo=f"{server.url}/repo")

    assert caught.value.commit_id == first
    assert f"{server.url}/repo" in caught.value.searched
    assert "not our ref" in caught.value.hint
    assert "a tag on the commit would do" in caught.value.hint


@pytest.mark.parametrize("version", [0, 2])
@pytest.mark.parametrize("filters", [True, False])
def test_missing_commit_is_not_found(tmp_path: Path, version: int, filters: bool) -> None:
    """Whatever the server's way to say so."""
    small(tmp_path, filters=filters)
    with http_backend(tmp_path, version=version) as server, pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{'f' * 40}", repo=f"{server.url}/repo")

    assert "not our ref" in caught.value.hint


def test_revision_is_what_the_server_says(tmp_path: Path) -> None:
    """Branches, tags, annotated tags, HEAD, parents; asked anew each time."""
    repo, first = small(tmp_path)
    tag(repo, "v1", first, annotated=True)
    second = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 2\n"}}}, base=first)
    branch(repo, "topic", second)
    with http_backend(tmp_path) as server:
        url = f"{server.url}/repo"
        found = {}
        for revision in ("v1", "topic", "HEAD", "main~1", "v1^{commit}", second[:8], "@"):
            with zenml_pin.checkout(revision, repo=url) as tree:
                found[revision] = tree.commit_id
        branch(repo, "topic", first)
        with zenml_pin.checkout("topic", repo=url) as tree:
            moved = tree.commit_id
        with pytest.raises(RevisionError, match="names no commit here"):
            zenml_pin.checkout("nowhere", repo=url)

    assert found == {
        "v1": first,
        "topic": second,
        "HEAD": second,
        "main~1": first,
        "v1^{commit}": first,
        second[:8]: second,
        "@": second,
    }
    assert moved == first


def test_sha256_repository_is_read(tmp_path: Path) -> None:
    """Ids of 64 digits."""
    repo = init(tmp_path / "repo", bare=True, object_format="sha256")
    configure(repo, "uploadpack", "allowFilter", "true")
    first = commit(repo, {"step.py": "class A:\n    epochs = 3\n"})
    with http_backend(tmp_path) as server:
        assert epochs(f"step.A@{first}", f"{server.url}/repo") == 3


# Other ways than HTTP


def test_git_protocol(tmp_path: Path) -> None:
    """`git daemon`, as it is set up by default."""
    _, first = small(tmp_path)
    with daemon(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"git://127.0.0.1:{server.port}/repo") == 1


def test_ssh(tmp_path: Path) -> None:
    """By the program `ssh`, for a URL that says so; an option in the place of a host is refused."""
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
    """GIT_SSH_COMMAND, as git does; what a repository's config says is never read."""
    _, first = small(tmp_path)
    (tmp_path / "bin").mkdir()
    log = fake_ssh(tmp_path / "bin")
    os.environ["GIT_SSH_COMMAND"] = f"{tmp_path / 'bin' / 'ssh'} -i key"

    assert epochs(f"{NAME}@{first}", f"git@example.org:{tmp_path}/repo") == 1
    assert "-i key" in log.read_text()


def test_ssh_says_why_it_failed(tmp_path: Path) -> None:
    """Its own words are in the error; a password is refused before anything is started."""
    (tmp_path / "ssh").write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    (tmp_path / "ssh").chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    with pytest.raises(RemoteError, match=r"Permission denied \(publickey\)"):
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git@example.org/repo")
    with pytest.raises(RemoteError, match="use a key") as caught:
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git:s3cret@example.org/repo")
    assert "s3cret" not in str(caught.value)


def test_no_ssh_program(tmp_path: Path) -> None:
    """It is named."""
    os.environ["PATH"] = str(tmp_path)

    with pytest.raises(RemoteError, match="needs the program 'ssh'"):
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo="ssh://git@example.org/repo")


def test_file_url_is_the_repository_itself(tmp_path: Path, fresh: Path) -> None:
    """Nothing is fetched and nothing kept."""
    _, first = small(tmp_path)

    assert epochs(f"{NAME}@{first}", f"file://{tmp_path}/repo") == 1
    assert not fresh.exists()
    with pytest.raises(NotARepositoryError):
        zenml_pin.load(f"{NAME}@{first}", repo=f"file://{tmp_path}/nothing")


def test_dulwich_server_serves_its_tips(tmp_path: Path) -> None:
    """Another commit it refuses with an error of its own, which is no answer."""
    repo, first = small(tmp_path)
    second = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 2\n"}}}, base=first)
    with dulwich_web(repo) as server:
        assert epochs(f"{NAME}@{second}", server.url) == 2
        with pytest.raises((RemoteError, CommitNotFoundError)) as caught:
            zenml_pin.load(f"{NAME}@{first}", repo=server.url)

    assert server.url in str(caught.value)


# The cache


def test_cache_is_enough(tmp_path: Path, fresh: Path) -> None:
    """What was fetched loads again when the server is gone; only the user may look into it."""
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
    """P2: neither in the current folder nor in the home folder, nor in the interpreter."""
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


def test_damaged_cache_is_fetched_again(tmp_path: Path, fresh: Path) -> None:
    """Every file is hashed when it is read: cut off, emptied, another object's, or not to be read at all."""
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


@pytest.mark.parametrize("spot", ["a file is in its place", "no variable names it"])
def test_load_needs_no_cache(tmp_path: Path, fresh: Path, spot: str) -> None:
    """Where none can be written, objects stay in memory, without a word."""
    _, first = small(tmp_path)
    if spot == "a file is in its place":
        fresh.parent.write_text("")
    else:
        del os.environ["XDG_CACHE_HOME"], os.environ["HOME"]
    with http_backend(tmp_path) as server:
        assert epochs(f"{NAME}@{first}", f"{server.url}/repo") == 1


def test_cache_is_a_folder_of_loose_objects(tmp_path: Path, fresh: Path) -> None:
    """git reads it too."""
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


# Never without being asked


def clone(url: str, path: Path, *options: str) -> str:
    """Clone with git; return the clone's path."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", "clone", "-q", *options, url, str(path)], env=environment, check=True)
    return str(path)


def two_commits(root: Path) -> tuple[Repo, str, str]:
    """Make a repository with an older and a newer commit."""
    repo, first = small(root)
    configure(repo, "uploadpack", "allowAnySHA1InWant", "true")
    return repo, first, commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 2\n"}}}, base=first)


def test_shallow_clone_fetches_when_asked(tmp_path: Path, server_of: Callable[[], Served]) -> None:
    """Without `fetch=True` nobody is asked, and the hint says what helps; with it, the clone stays as it is."""
    _, first, _ = two_commits(tmp_path)
    server = server_of()
    local = clone(f"{server.url}/repo", tmp_path / "clone", "--depth=1")
    before = snapshot(local)
    server.reset()

    with pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{first}", repo=local)
    assert server.requests == 0
    assert f"'{local}' is a shallow clone: run 'git fetch --unshallow' there" in caught.value.hint

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1
    assert server.requests > 0
    assert snapshot(local) == before


def test_partial_clone_fetches_when_asked(tmp_path: Path, server_of: Callable[[], Served]) -> None:
    """It has every commit and tree, and no file."""
    _, first, _ = two_commits(tmp_path)
    server = server_of()
    local = clone(f"{server.url}/repo", tmp_path / "clone", "--filter=blob:none", "--no-checkout", "--bare")
    before = snapshot(local)
    server.reset()

    with pytest.raises(ObjectNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{first}", repo=local)
    assert server.requests == 0
    assert "is a partial clone: run 'git fetch --refetch' there" in caught.value.hint

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1
    assert snapshot(local) == before


def test_clone_without_the_commit_says_how_to_fetch_it(
    tmp_path: Path, server_of: Callable[[], Served]
) -> None:
    """A full clone that is behind."""
    repo, first, _ = two_commits(tmp_path)
    local = clone(f"{server_of().url}/repo", tmp_path / "clone")
    newer = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 3\n"}}}, base=first)

    with pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{newer}", repo=local)
    assert f"run 'git fetch origin <commit id>' in '{local}'" in caught.value.hint


def test_nothing_to_fetch_from(tmp_path: Path) -> None:
    """A repository that was not cloned names no remote; one whose remote is gone names it."""
    repo, _ = small(tmp_path)

    with pytest.raises(UnsupportedError, match="names no remote 'origin'"):
        zenml_pin.attach(repo.path, fetch=True)
    configure(repo, "remote.origin", "url", str(tmp_path / "gone"))
    with pytest.raises(NotARepositoryError, match="gone"):
        zenml_pin.attach(repo.path, fetch=True)


def test_origin_that_is_a_folder_is_read_where_it_is(tmp_path: Path, fresh: Path) -> None:
    """Also by a path relative to the clone."""
    _, first, _ = two_commits(tmp_path)
    local = clone(f"file://{tmp_path}/repo", tmp_path / "clone", "--depth=1")
    subprocess.run(["git", "config", "remote.origin.url", "../repo"], cwd=local, check=True)

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1
    assert not fresh.exists()


def test_command_in_an_origin_is_not_run(tmp_path: Path) -> None:
    """git's `ext::` transport, and settings that name programs, are data that nobody asks."""
    repo, _ = small(tmp_path)
    touched = tmp_path / "touched"
    for section, name in (("core", "sshCommand"), ("core", "gitProxy"), ("credential", "helper")):
        configure(repo, section, name, f"touch {touched}")
    configure(repo, "remote.origin", "url", f"ext::touch {touched}")
    with pytest.raises(NotARepositoryError):
        zenml_pin.attach(repo.path, fetch=True)
    configure(repo, "remote.origin", "url", "ssh://127.0.0.1:1/repo")
    os.environ["PATH"] = str(tmp_path)
    with zenml_pin.attach(repo.path, fetch=True), pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{'e' * 40}", repo=repo.path)

    assert "needs the program 'ssh'" in caught.value.hint
    assert not touched.exists()


def test_attached_server_that_fails_hides_no_other_place(tmp_path: Path) -> None:
    """A commit that is found elsewhere loads; one that is not says why the server did not help."""
    repo, first = small(tmp_path)
    os.environ["ZENML_PIN_PATH"] = repo.path

    with zenml_pin.attach("http://127.0.0.1:1/repo"):
        assert vars(zenml_pin.load(f"{NAME}@{first}"))["epochs"] == 1
        with pytest.raises(CommitNotFoundError, match=r"http://127\.0\.0\.1:1/repo") as caught:
            zenml_pin.load(f"{NAME}@{'e' * 40}")
    assert "remote repository 'http://127.0.0.1:1/repo' failed" in caught.value.hint


# On the command line


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command, as of a new process."""
    forget()
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_commands_read_a_url(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """`-C URL`, with any revision."""
    _, first = small(tmp_path)
    url = f"{server_of().url}/repo"

    code, out, err = run(capsys, "-C", url, "load", f"{NAME}@{first}")
    assert (code, err) == (0, "")
    assert f"commit  {first}" in out
    assert run(capsys, "-C", url, "cat", "main:trainers/mine/helper.py") == (0, "EPOCHS = 1\n", "")
    code, out, err = run(capsys, "-C", url, "ls", f"{NAME}@HEAD")
    assert [line.split("\t")[1] for line in out.splitlines()] == [
        "trainers/mine/__init__.py",
        "trainers/mine/helper.py",
        "trainers/mine/step.py",
    ]


def test_unreachable_url_is_unreadable_input(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, one line, and no password in it."""
    code, out, err = run(
        capsys, "-v", "-C", "http://ada:s3cret@127.0.0.1:1/repo", "cat", f"{NAME}@{'e' * 40}"
    )

    assert (code, out) == (2, "")
    assert "error: remote repository 'http://127.0.0.1:1/repo' failed" in err
    assert "s3cret" not in err


def test_commands_fetch_when_asked(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """In a shallow clone the hint names the option, and the option helps."""
    _, first, _ = two_commits(tmp_path)
    server = server_of()
    os.chdir(clone(f"{server.url}/repo", tmp_path / "clone", "--depth=1"))
    server.reset()

    for command, *what in (
        ("load", f"{NAME}@{first}"),
        ("cat", f"{NAME}@{first}"),
        ("ls", f"{NAME}@{first}"),
        ("cat", f"{first}:trainers/mine/helper.py"),
    ):
        code, out, err = run(capsys, command, *what)
        assert (code != 0, out) == (True, "")
        assert "or let it be fetched into the cache: use --fetch" in err
        assert server.requests == 0
    for command, *what in (("load", f"{NAME}@{first}"), ("ls", f"{NAME}@{first}")):
        assert run(capsys, command, "--fetch", *what)[::2] == (0, "")
    assert run(capsys, "cat", "--fetch", f"{first}:trainers/mine/helper.py")[1] == "EPOCHS = 1\n"


def test_pipeline_runs_in_a_shallow_clone(
    tmp_path: Path,
    project: Project,
    server_of: Callable[[], Served],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its document pins a commit that the clone lacks."""
    rows = "".join(f"{x},{2 * x + 1}\n" for x in range(20))
    pinned = commit(project.repo, {"rows.csv": f"x,y\n{rows}"}, base=get_head(project.repo))
    pipeline = TrainingPipeline(name="mine").add_datasource(CSVDatasource("rows", "rows.csv"))
    pipeline.add_trainer(project.trainer_class()()).run()
    text = Path("pipelines/mine.yaml").read_text()
    commit(project.repo, {"pipelines": {"mine.yaml": text}}, base=pinned)
    url = f"{server_of().url}/repo/.git"
    os.chdir(clone(url, tmp_path / "clone", "--depth=1"))
    sys.path.remove(project.repo.path)

    code, _, err = run(capsys, "run", "pipelines/mine.yaml")
    assert code == 1
    assert "use --fetch" in err
    code, out, err = run(capsys, "run", "--fetch", "pipelines/mine.yaml")
    assert (code, err) == (0, "")
    assert f"trainers.step.MyTrainer@{pinned}" in out


def test_whole_commit_takes_few_requests(big: tuple[Repo, str, str], tmp_path: Path) -> None:
    """To list its 1,000 files, and to have them as real ones."""
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
    # The server is gone.
    zenml_pin.load(f"{NAME}@{first}", repo=f"{server.url}/repo", materialize=tmp_path / "real")

    assert listed[0] <= 12
    assert listed[1] < 100 * KIB
    assert server.requests <= 10
    assert len([path for path in (tmp_path / "real").rglob("*") if path.is_file()]) == 1_005


def test_bundle_is_made_from_a_server(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """One command takes a pin from where it lies to where nothing can be asked."""
    _, first = small(tmp_path)

    made = run(capsys, "-C", f"{server_of().url}/repo", "bundle", f"{NAME}@{first}", "-o", "pins.bundle")
    assert (made[0], made[2]) == (0, "")
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    forget()

    assert epochs(f"{NAME}@{first}", "pins.bundle") == 1


@pytest.fixture
def server_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Served]:
    """Starts a server of the test's folder, which ends with the test."""

    def start() -> Served:
        context = http_backend(tmp_path)
        served = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        return served

    return start
