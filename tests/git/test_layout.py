"""Layouts: where the parts of a repository are, however it was made."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.git.hostile_git_files import HOSTILE_GIT_FILES
from tests.support.repositories import Repo, commit, configure, git, init, linked_worktree, make_bare
from zenml_pin.errors import NotARepositoryError, PinError, UnsupportedError
from zenml_pin.git.layout import find_layout, get_layout
from zenml_pin.git.repository import GitRepository


def _put(path: str | Path, data: str | bytes) -> None:
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)


@pytest.mark.parametrize("start", ["", "trainers", "trainers/mine", "trainers/mine/step.py"])
def test_a_repository_is_found_from_anywhere_in_it(repo: Repo, start: str) -> None:
    """From its root, a folder or a file."""
    commit(repo, {"trainers": {"mine": {"step.py": ""}}})
    layout = get_layout(repo.join(start))

    assert layout.worktree == repo.path
    assert layout.gitdir == layout.commondir == repo.gitdir
    assert layout.objects == repo.objects
    assert layout.index == repo.index
    assert layout.root == repo.path
    assert (layout.object_format, layout.ref_storage) == ("sha1", "files")


def test_a_start_that_does_not_exist_is_searched_upward(repo: Repo) -> None:
    """A deleted folder still belongs to its repository."""
    assert get_layout(repo.join("gone", "deeper", "step.py")).worktree == repo.path


def test_without_a_repository_there_is_none_or_an_error_with_the_path(tmp_path: Path) -> None:
    """`find_layout` gives None, `get_layout` says where it looked."""
    # The temporary folder itself must not be in a repository, or the search would find that one.
    assert find_layout(str(tmp_path)) is None
    with pytest.raises(NotARepositoryError) as caught:
        get_layout(str(tmp_path))
    assert caught.value.path == str(tmp_path)


def test_a_bare_repository_has_no_worktree(repo: Repo, tmp_path: Path) -> None:
    """Found from its own folder and from below."""
    commit(repo, {"a": "1"})
    bare = make_bare(repo, tmp_path / "bare.git")

    for start in (bare.path, bare.objects, os.path.join(bare.path, "HEAD")):
        layout = get_layout(start)
        assert layout.worktree is None
        assert layout.gitdir == bare.path
        assert layout.root == bare.path


def test_a_start_inside_dot_git_has_the_worktree_beside_it(repo: Repo) -> None:
    """The current folder of a hook may be `.git`."""
    assert get_layout(repo.objects).worktree == repo.path


def test_a_linked_worktree_has_its_own_gitdir_and_shares_the_rest(repo: Repo, tmp_path: Path) -> None:
    """HEAD and index are its own; objects, refs and config belong to the main one."""
    commit(repo, {"trainers": {"step.py": ""}})
    linked = linked_worktree(repo, tmp_path / "linked")

    for start in (linked.path, linked.join("trainers"), linked.gitdir):
        layout = get_layout(start)
        assert layout.worktree == linked.path
        assert layout.gitdir == linked.gitdir
        assert layout.commondir == repo.gitdir
        assert layout.objects == repo.objects


def test_a_linked_worktree_of_a_bare_repository_has_a_worktree(repo: Repo, tmp_path: Path) -> None:
    """core.bare applies only to the main one."""
    commit(repo, {"a": ""})
    bare = make_bare(repo, tmp_path / "bare.git")
    linked = linked_worktree(bare, tmp_path / "linked")

    assert get_layout(linked.path).worktree == linked.path


@pytest.mark.parametrize("ending", ["\n", "", "\r\n", "\n\n"], ids=["newline", "none", "crlf", "two"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_git_file_leads_to_a_separate_git_directory(repo: Repo, relative: bool, ending: str) -> None:
    """As after `git init --separate-git-dir`, and in a submodule."""
    away = repo.path + "-git"
    os.rename(repo.gitdir, away)
    _put(repo.gitdir, f"gitdir: {'../repo-git' if relative else away}{ending}")

    layout = get_layout(repo.path)

    assert (layout.worktree, layout.gitdir) == (repo.path, away)


def test_a_dot_git_that_is_a_link_is_followed(repo: Repo) -> None:
    """As `git-new-workdir` and some build systems make it."""
    away = repo.path + "-git"
    os.rename(repo.gitdir, away)
    os.symlink(away, repo.gitdir)

    assert get_layout(repo.path).gitdir == away


@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_core_worktree_moves_the_worktree(repo: Repo, tmp_path: Path, relative: bool) -> None:
    """It is relative to the git directory."""
    (tmp_path / "files").mkdir()
    configure(repo, "core", "worktree", "../../files" if relative else str(tmp_path / "files"))

    assert get_layout(repo.path).worktree == str(tmp_path / "files")


def test_empty_core_worktree_is_refused(repo: Repo) -> None:
    """git refuses it too."""
    configure(repo, "core", "worktree", "")

    with pytest.raises(UnsupportedError, match=r"empty core\.worktree"):
        get_layout(repo.path)


@pytest.mark.git
def test_settings_of_one_worktree_move_it(repo: Repo, tmp_path: Path) -> None:
    """With extensions.worktreeConfig, config.worktree in the git directory counts, also for a linked worktree."""
    commit(repo, {"a": "1"})
    (tmp_path / "files").mkdir()
    linked = linked_worktree(repo, tmp_path / "linked")
    _put(os.path.join(linked.gitdir, "config.worktree"), "[core]\n\tbare = true\n")
    _put(os.path.join(repo.gitdir, "config.worktree"), f"[core]\n\tworktree = {tmp_path}/files\n")
    assert get_layout(repo.path).worktree == repo.path
    configure(repo, "extensions", "worktreeConfig", "true")

    assert get_layout(linked.path).worktree is None
    assert git("rev-parse", "--is-bare-repository", cwd=linked.path).strip() == "true"
    assert get_layout(repo.path).worktree == str(tmp_path / "files")
    assert git("rev-parse", "--show-toplevel", cwd=repo.gitdir).strip() == str(tmp_path / "files")


def test_a_worktree_reached_through_a_link_is_the_same(repo: Repo, tmp_path: Path) -> None:
    """Returned paths are resolved."""
    os.symlink(repo.path, tmp_path / "link")
    commit(repo, {"trainers": {"step.py": ""}})

    assert get_layout(str(tmp_path / "link" / "trainers")).worktree == repo.path


def test_the_inner_of_two_repositories_wins(repo: Repo) -> None:
    """The nearest one above counts."""
    inner = init(repo.join("vendor", "inner"))

    assert get_layout(inner.path).worktree == inner.path
    assert get_layout(repo.join("vendor")).worktree == repo.path


def test_the_environment_does_not_override_a_given_repository(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_DIR and similar variables, which a hook leaves behind, are ignored."""
    other = init(tmp_path / "other")
    head = commit(repo, {"a": "1"})
    for name, value in {
        "GIT_DIR": other.gitdir,
        "GIT_WORK_TREE": other.path,
        "GIT_COMMON_DIR": other.gitdir,
        "GIT_OBJECT_DIRECTORY": other.objects,
        "GIT_INDEX_FILE": other.index,
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)

    with GitRepository.open(repo.path) as repository:
        assert repository.layout.gitdir == repo.gitdir
        assert repository.refs.head() == head
        assert repository.objects.get_commit(head).id == head


@pytest.mark.parametrize("content", HOSTILE_GIT_FILES.values(), ids=HOSTILE_GIT_FILES)
def test_a_hostile_git_file_is_not_a_repository(tmp_path: Path, content: bytes) -> None:
    """It is ignored, and the search goes on."""
    _put(tmp_path / "file", "")
    folder = tmp_path / "repo"
    folder.mkdir()
    _put(folder / ".git", content)

    assert find_layout(str(folder)) is None


def test_a_fifo_in_place_of_dot_git_does_not_hang(tmp_path: Path) -> None:
    """Nothing opens it and waits for a writer."""
    os.mkfifo(tmp_path / ".git")

    assert find_layout(str(tmp_path)) is None


def test_a_socket_in_place_of_dot_git_is_not_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a device."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(".git")
        assert find_layout(str(tmp_path)) is None
    os.symlink("/dev/zero", "zero")
    (tmp_path / "inner").mkdir()
    os.symlink("/dev/zero", tmp_path / "inner" / ".git")

    assert find_layout(str(tmp_path / "inner")) is None


@pytest.mark.parametrize("name", ["commondir", "config", "HEAD"])
def test_a_fifo_inside_dot_git_does_not_hang(repo: Repo, name: str) -> None:
    """Whichever file of a repository is a FIFO: the result is an answer or our error, at once."""
    path = os.path.join(repo.gitdir, name)
    if os.path.exists(path):
        os.remove(path)
    os.mkfifo(path)

    try:
        with GitRepository.open(repo.path) as repository:
            assert repository.refs.head() is None
    except PinError:
        pass


def test_nul_bytes_in_any_path_do_not_crash(repo: Repo, tmp_path: Path) -> None:
    """In the start, a setting, and the files of a linked worktree."""
    commit(repo, {"a": "1"})
    linked = linked_worktree(repo, tmp_path / "linked")
    _put(os.path.join(linked.gitdir, "gitdir"), "/tmp\0/.git\n")

    assert find_layout(repo.path + "\0") is None
    assert get_layout(linked.gitdir).worktree is None
    with open(os.path.join(repo.gitdir, "config"), "ab") as file:
        file.write(b"[core]\n\tworktree = /tmp\0x\n")
    with pytest.raises(UnsupportedError, match="cannot be read"):
        get_layout(repo.path)


def test_an_empty_dot_git_folder_is_not_a_repository(tmp_path: Path) -> None:
    """git needs HEAD, objects and refs; without them it continues upward."""
    outer = init(tmp_path / "outer")
    os.makedirs(outer.join("inner", ".git"))

    assert get_layout(outer.join("inner")).worktree == outer.path


# Settings of the format, and whether git reads a repository with them.
FORMATS: dict[str, tuple[dict[str, str], str | None]] = {
    "version 1": ({"core.repositoryformatversion": "1"}, None),
    "partial clone": ({"core.repositoryformatversion": "1", "extensions.partialClone": "origin"}, None),
    "paths of submodules": (
        {"core.repositoryformatversion": "1", "extensions.submodulePathConfig": "true"},
        None,
    ),
    "precious objects": ({"core.repositoryformatversion": "1", "extensions.preciousObjects": "true"}, None),
    "worktree config": ({"core.repositoryformatversion": "1", "extensions.worktreeConfig": "true"}, None),
    "unknown in version 0": ({"extensions.novel": "1"}, None),
    "unknown in version 1": ({"core.repositoryformatversion": "1", "extensions.novel": "1"}, "novel"),
    "version 2": ({"core.repositoryformatversion": "2"}, "format version '2'"),
    "version text": ({"core.repositoryformatversion": "x"}, "format version 'x'"),
    "unknown hash": (
        {"core.repositoryformatversion": "1", "extensions.objectFormat": "md5"},
        "hashes objects with 'md5'",
    ),
    "unknown refs": (
        {"core.repositoryformatversion": "1", "extensions.refStorage": "sqlite"},
        "stores its refs as 'sqlite'",
    ),
    "sizes with units": ({"pack.windowMemory": "100m", "core.bigFileThreshold": "1k"}, None),
}


@pytest.mark.parametrize(("settings", "refusal"), FORMATS.values(), ids=FORMATS)
def test_formats_are_read_or_refused_as_git_does(
    repo: Repo, settings: dict[str, str], refusal: str | None
) -> None:
    """A format that git does not read is refused by name; all others are read."""
    head = commit(repo, {"a": "1"})
    for name, value in settings.items():
        section, _, last = name.rpartition(".")
        configure(repo, section, last, value)

    if refusal is None:
        with GitRepository.open(repo.path) as repository:
            assert repository.objects.get_commit(head).id == head
    else:
        with pytest.raises(UnsupportedError, match=refusal):
            get_layout(repo.path)


def test_a_damaged_config_is_an_error_that_repeats_no_line_of_it(repo: Repo) -> None:
    """The file may be one that the caller must not read."""
    _put(os.path.join(repo.gitdir, "config"), "[core\nsecret = hunter2\n")

    with pytest.raises(UnsupportedError) as caught:
        get_layout(repo.path)
    assert "hunter2" not in str(caught.value) + repr(caught.value.__cause__)


def test_config_includes_are_not_followed(repo: Repo) -> None:
    """A repository cannot make us read another file."""
    with open(os.path.join(repo.gitdir, "config"), "a") as file:
        file.write("[include]\n\tpath = /etc/passwd\n")

    assert get_layout(repo.path).worktree == repo.path


def test_a_repository_without_config_is_read(repo: Repo) -> None:
    """Every setting has a default."""
    os.remove(os.path.join(repo.gitdir, "config"))

    assert get_layout(repo.path).object_format == "sha1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_config_is_an_error_of_ours(repo: Repo) -> None:
    """Not a PermissionError."""
    os.chmod(os.path.join(repo.gitdir, "config"), 0)

    with pytest.raises(UnsupportedError):
        get_layout(repo.path)


def test_a_commondir_that_leads_nowhere_is_not_a_repository(repo: Repo) -> None:
    """For example, the main worktree of a linked one was deleted."""
    _put(os.path.join(repo.gitdir, "commondir"), "/nowhere\n")

    assert find_layout(repo.path) is None


def test_core_worktree_does_not_count_beside_a_commondir(repo: Repo, tmp_path: Path) -> None:
    """Whatever it names, as for git: the setting belongs to the main worktree."""
    configure(repo, "core", "worktree", str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    assert get_layout(repo.path).worktree == str(tmp_path / "elsewhere")

    _put(os.path.join(repo.gitdir, "commondir"), "\n")

    assert get_layout(repo.path).worktree == repo.path


@pytest.mark.git
def test_git_reads_a_commondir_in_the_same_way(repo: Repo, tmp_path: Path) -> None:
    """An empty line means the folder itself; an empty file is an error."""
    configure(repo, "core", "worktree", str(tmp_path))
    _put(os.path.join(repo.gitdir, "commondir"), "\n")
    assert git("rev-parse", "--show-toplevel", cwd=repo.path).strip() == get_layout(repo.path).worktree

    _put(os.path.join(repo.gitdir, "commondir"), "")

    with pytest.raises(subprocess.CalledProcessError):
        git("status", cwd=repo.path)
    with pytest.raises(UnsupportedError, match="empty file 'commondir'"):
        get_layout(repo.path)


@pytest.mark.git
@pytest.mark.parametrize("kind", ["plain", "bare", "separate", "linked", "submodule"])
def test_layouts_are_where_git_says(tmp_path: Path, kind: str) -> None:
    """For every kind of repository that git makes."""
    first = tmp_path / "first"
    git("init", "-q", str(first), cwd=tmp_path)
    git("commit", "-q", "--allow-empty", "-m", "first", cwd=first)
    where = tmp_path / "where"
    if kind == "bare":
        git("init", "-q", "--bare", str(where), cwd=tmp_path)
    elif kind == "separate":
        git("init", "-q", "--separate-git-dir", str(tmp_path / "away"), str(where), cwd=tmp_path)
    elif kind == "linked":
        git("worktree", "add", "-q", "--detach", str(where), cwd=first)
    elif kind == "submodule":
        top = tmp_path / "top"
        git("init", "-q", str(top), cwd=tmp_path)
        git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(first), "sub", cwd=top)
        where = top / "sub"
    else:
        where = first

    layout = get_layout(str(where))

    ask = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"]
    gitdir, commondir = git(*ask, cwd=where).split()
    worktree = None if kind == "bare" else git("rev-parse", "--show-toplevel", cwd=where).strip()
    assert (layout.gitdir, layout.commondir, layout.worktree) == (gitdir, commondir, worktree)


def test_relative_gives_paths_from_the_root(repo: Repo, tmp_path: Path) -> None:
    """Also through links to the worktree; outside of it there is None."""
    commit(repo, {"trainers": {"step.py": ""}})
    os.symlink(repo.path, tmp_path / "link")
    with GitRepository.open(repo.path) as repository:
        assert repository.relative(repo.join("trainers", "step.py")) == "trainers/step.py"
        assert repository.relative(repo.path) == ""
        assert repository.relative(str(tmp_path / "link" / "trainers")) == "trainers"
        assert repository.relative(repo.join("gone.py")) == "gone.py"
        assert repository.relative(str(tmp_path)) is None
