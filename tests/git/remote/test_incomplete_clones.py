"""Clones that lack a commit or its files, and commands: missing objects are fetched on request, and never otherwise."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.git_servers import Answer, Served
from tests.support.pipeline_project import Project
from tests.support.repositories import Repo, commit, configure, get_head, init, snapshot
from tests.support.repository_on_server import (
    NAME,
    epochs,
    forget,
    fresh as fresh,
    server_of as server_of,
    small,
)
from tests.support.time_limit import time_limit
from zenml_pin.cli import main
from zenml_pin.datasources import CSVDatasource
from zenml_pin.errors import (
    CommitNotFoundError,
    NotARepositoryError,
    ObjectNotFoundError,
    UnsupportedError,
)
from zenml_pin.git.repository import GitRepository
from zenml_pin.pipelines import TrainingPipeline

pytestmark = [pytest.mark.git, pytest.mark.usefixtures("fresh")]

KIB = 1024


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


@pytest.mark.slow
def test_shallow_clone_fetches_on_request(tmp_path: Path, server_of: Callable[[], Served]) -> None:
    """Without `fetch=True` no server is contacted, and the hint names it; with it, the clone does not change."""
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


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("command", ["check", "audit"])
def test_gate_fetches_on_request(
    command: str,
    tmp_path: Path,
    server_of: Callable[[], Served],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a shallow clone, `check --fetch` and `audit --fetch` see what the clone lacks; the hint names it."""
    repo, first, second = two_commits(tmp_path)
    step = f"steps: {{training: {{source: {NAME}@{first}}}}}\n"
    header = "pipeline: {name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline}\n"
    commit(repo, {"pipelines": {"p.yaml": header + step}}, base=second)
    local = clone(f"{server_of().url}/repo", tmp_path / "clone", "--depth=1")
    monkeypatch.chdir(local)

    def found(*options: str) -> set[str]:
        main([command, *options, "--format", "json"])
        return {finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]}

    assert "ZP003" in found()
    assert found("--fetch") == {"ZP001"}
    main([command])
    out = capsys.readouterr().out
    assert "or let it be fetched into the cache: use --fetch" in out


@pytest.mark.parametrize("style", ["text", "json", "github", "sarif"])
def test_fetch_that_was_given_is_not_proposed(
    style: str, tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """A hint would send the user round in a circle."""
    repo, _, second = two_commits(tmp_path)
    step = f"steps: {{training: {{source: {NAME}@{'e' * 40}}}}}\n"
    header = "pipeline: {name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline}\n"
    commit(repo, {"pipelines": {"p.yaml": header + step}}, base=second)
    os.chdir(clone(f"{server_of().url}/repo", tmp_path / "clone", "--depth=1"))

    assert "use --fetch" in run(capsys, "check", "--format", style)[1]
    _, out, err = run(capsys, "check", "--format", style, "--fetch")
    assert "ZP003" in out
    assert "use --fetch" not in out + err


@pytest.mark.parametrize("command", [["check"], ["audit"], ["audit", "--all-history"]], ids=" ".join)
def test_gate_does_not_fetch_the_history(
    command: list[str], tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """A walk ends where a shallow clone is cut, also with `--fetch`: no older commit is asked for."""
    repo, first, second = two_commits(tmp_path)
    step = f"steps: {{training: {{source: {NAME}@{second}}}}}\n"
    header = "pipeline: {name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline}\n"
    commit(repo, {"pipelines": {"p.yaml": header + step}}, base=second)
    server = server_of()
    os.chdir(clone(f"{server.url}/repo", tmp_path / "clone", "--depth=2"))
    bodies: list[bytes] = []

    def note(path: str, body: bytes, answer: Answer) -> Answer:
        bodies.append(body)
        return answer

    server.spoil = note

    run(capsys, *command, "--fetch")

    assert first.encode() not in b"".join(bodies)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("left_out", ["blob:none", "tree:0"])
def test_gate_fetches_the_files_of_a_partial_clone(
    left_out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clone has the commit, and so much is missing: `verify`, `check` and `audit` fetch it, for that call only."""
    repo, first, second = two_commits(tmp_path)
    step = f"steps: {{training: {{source: {NAME}@{first}}}}}\n"
    header = "pipeline: {name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"
    commit(repo, {"pipelines": {"p.yaml": header + step}}, base=second)
    os.chdir(clone(f"file://{repo.path}", tmp_path / "clone", f"--filter={left_out}", "--bare"))
    before = snapshot(os.getcwd())

    for command in (["verify", f"{NAME}@{first}"], ["check"], ["audit"], ["audit", "--all-history"]):
        assert run(capsys, *command)[0] != 0
        code, out, err = run(capsys, *command, "--fetch")
        assert (code, err) == (0, ""), out
        assert main([*command, "-q"]) != 0, "a later call without the option may not fetch"
    assert snapshot(os.getcwd()) == before


@pytest.mark.slow
def test_partial_clone_fetches_on_request(tmp_path: Path, server_of: Callable[[], Served]) -> None:
    """It has every commit and tree, but no files."""
    _, first, _ = two_commits(tmp_path)
    server = server_of()
    local = clone(f"{server.url}/repo", tmp_path / "clone", "--filter=blob:none", "--no-checkout", "--bare")
    before = snapshot(local)
    server.reset()

    with pytest.raises(ObjectNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{first}", repo=local)
    assert server.requests == 0
    assert "is a partial clone: run 'git fetch --refetch --no-filter' there" in caught.value.hint

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1
    assert snapshot(local) == before


def test_partial_clone_of_sha256_fetches_on_request(tmp_path: Path, server_of: Callable[[], Served]) -> None:
    """Its commit is here, so the first request to the server is for a file."""
    _, first = small(tmp_path, object_format="sha256")
    local = clone(
        f"{server_of().url}/repo", tmp_path / "clone", "--filter=blob:none", "--no-checkout", "--bare"
    )

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1


def test_clone_without_the_commit_says_how_to_fetch_it(
    tmp_path: Path, server_of: Callable[[], Served]
) -> None:
    """A full clone that is out of date."""
    repo, first, _ = two_commits(tmp_path)
    local = clone(f"{server_of().url}/repo", tmp_path / "clone")
    newer = commit(repo, {"trainers": {"mine": {"helper.py": "EPOCHS = 3\n"}}}, base=first)

    with pytest.raises(CommitNotFoundError) as caught:
        zenml_pin.load(f"{NAME}@{newer}", repo=local)
    assert f"run 'git fetch origin <commit id>' in '{local}'" in caught.value.hint


def test_nothing_to_fetch_from(tmp_path: Path) -> None:
    """A repository that is not a clone has no remote; the error names a remote that is gone."""
    repo, _ = small(tmp_path)

    with pytest.raises(UnsupportedError, match="has no remote 'origin'"):
        zenml_pin.attach(repo.path, fetch=True)
    configure(repo, "remote.origin", "url", str(tmp_path / "gone"))
    with pytest.raises(NotARepositoryError, match="gone"):
        zenml_pin.attach(repo.path, fetch=True)


def test_origin_that_is_a_folder_is_read_in_place(tmp_path: Path, fresh: Path) -> None:
    """Also with a path relative to the clone."""
    _, first, _ = two_commits(tmp_path)
    local = clone(f"file://{tmp_path}/repo", tmp_path / "clone", "--depth=1")
    subprocess.run(["git", "config", "remote.origin.url", "../repo"], cwd=local, check=True)

    with zenml_pin.attach(local, fetch=True):
        assert epochs(f"{NAME}@{first}", local) == 1
    assert not fresh.exists()


def test_command_in_an_origin_is_not_run(tmp_path: Path) -> None:
    """git's `ext::` transport, and settings that name programs, are never used."""
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


def test_attached_server_that_fails_does_not_hide_other_repositories(tmp_path: Path) -> None:
    """A commit that another repository has loads; otherwise the error says why the server failed."""
    repo, first = small(tmp_path)
    os.environ["ZENML_PIN_PATH"] = repo.path

    with zenml_pin.attach("http://127.0.0.1:1/repo"):
        assert vars(zenml_pin.load(f"{NAME}@{first}"))["epochs"] == 1
        with pytest.raises(CommitNotFoundError, match=r"http://127\.0\.0\.1:1/repo") as caught:
            zenml_pin.load(f"{NAME}@{'e' * 40}")
    assert "remote repository 'http://127.0.0.1:1/repo' failed" in caught.value.hint


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command, as in a new process."""
    forget()
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.slow
def test_commands_read_a_url(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """`-C URL` works with any revision."""
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


@pytest.mark.slow
def test_commands_fetch_on_request(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """In a shallow clone the hint names the option, and the option works."""
    _, first, _ = two_commits(tmp_path)
    server = server_of()
    os.chdir(clone(f"{server.url}/repo", tmp_path / "clone", "--depth=1"))
    server.reset()

    for command, *arguments in (
        ("verify", f"{NAME}@{first}"),
        ("load", f"{NAME}@{first}"),
        ("cat", f"{NAME}@{first}"),
        ("ls", f"{NAME}@{first}"),
        ("cat", f"{first}:trainers/mine/helper.py"),
    ):
        code, out, err = run(capsys, command, *arguments)
        assert (code != 0, out) == (True, "")
        assert "or let it be fetched into the cache: use --fetch" in err
        assert server.requests == 0
    for command, *arguments in (
        ("load", f"{NAME}@{first}"),
        ("ls", f"{NAME}@{first}"),
        ("verify", f"{NAME}@{first}"),
    ):
        assert run(capsys, command, "--fetch", *arguments)[::2] == (0, "")
    assert run(capsys, "cat", "--fetch", f"{first}:trainers/mine/helper.py")[1] == "EPOCHS = 1\n"


@pytest.mark.slow
def test_pipeline_runs_in_a_shallow_clone(
    tmp_path: Path,
    project: Project,
    server_of: Callable[[], Served],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its document pins a commit that the clone does not have."""
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
    code, out, err = run(capsys, "-q", "run", "--fetch", "pipelines/mine.yaml")
    assert (code, err) == (0, "")
    assert f"trainers.step.MyTrainer@{pinned}" in out


def test_bundle_is_made_from_a_server(
    tmp_path: Path, server_of: Callable[[], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    """One command brings a pin to a machine without network access."""
    _, first = small(tmp_path)

    result = run(capsys, "-C", f"{server_of().url}/repo", "bundle", f"{NAME}@{first}", "-o", "pins.bundle")
    assert (result[0], result[2]) == (0, "")
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    forget()

    assert epochs(f"{NAME}@{first}", "pins.bundle") == 1


def test_clone_around_the_current_folder_does_not_advise_for_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch into the clone here does not help a caller who named another repository."""
    local = init(tmp_path / "clone")
    configure(local, "remote.origin", "url", "http://127.0.0.1:1/repo")
    other = init(tmp_path / "other")
    monkeypatch.chdir(local.path)

    with pytest.raises(CommitNotFoundError) as named:
        zenml_pin.load(f"a.b.C@{'0' * 40}", repo=other.path)
    with pytest.raises(CommitNotFoundError) as here:
        zenml_pin.load(f"a.b.C@{'0' * 40}")

    assert "git fetch origin" not in named.value.hint
    assert f"run 'git fetch origin <commit id>' in '{local.path}'" in here.value.hint
    assert "ZENML_PIN_PATH" in here.value.hint


def test_fifo_in_the_place_of_the_shallow_file_does_not_hang(tmp_path: Path) -> None:
    """Nothing waits for a writer; no commit is an end."""
    repo, _ = small(tmp_path)
    os.mkfifo(os.path.join(repo.commondir, "shallow"))

    with time_limit(), GitRepository.open(repo.path) as repository:
        assert repository.shallow_ends == frozenset()
