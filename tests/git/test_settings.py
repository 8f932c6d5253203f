"""Settings from all layers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.repositories import Repo
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import GitSettings
from zenml_pin.git.layout import get_layout
from zenml_pin.git.settings import expand, repository_settings


def read(repo: Repo, branch: str | None = "refs/heads/main") -> GitSettings:
    """Return a repository's settings."""
    return repository_settings(get_layout(repo.path), branch)


def append(repo: Repo, text: str) -> None:
    """Add text to a repository's config."""
    with open(os.path.join(repo.gitdir, "config"), "a") as file:
        file.write(text)


def test_later_layers_win(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """System, XDG, home, repository, environment: a later one goes before an earlier one."""
    for name, value in {"system": "1", "xdg/git/config": "2", "home/.gitconfig": "3"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[a]\n\tall = {value}\n\t{path.name.lstrip('.')} = {value}\n")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "0")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "system"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    settings = read(repo)

    assert settings["a", "all"] == "3"
    assert settings["a", "system"] == "1"
    assert settings["a", "config"] == "2"
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'a.all'='4' 'a.b.c=5'")
    assert read(repo)["a", "all"] == "4"
    assert read(repo)["a", "b", "c"] == "5"


def test_include_counts_at_its_position(repo: Repo, tmp_path: Path) -> None:
    """A setting after an include wins over it, and the other way round."""
    (tmp_path / "included").write_text("[a]\n\tone = included\n\ttwo = included\n")
    append(repo, f"[a]\n\tone = own\n[include]\n\tpath = {tmp_path}/included\n[a]\n\ttwo = own\n")

    settings = read(repo)

    assert (settings["a", "one"], settings["a", "two"]) == ("included", "own")


def test_condition_of_an_included_file_starts_from_its_own_folder(repo: Repo, tmp_path: Path) -> None:
    """`./` in a condition is the folder of the file with the condition."""
    (tmp_path / "second").write_text("[a]\n\tone = yes\n")
    (tmp_path / "first").write_text('[includeIf "gitdir:./"]\n\tpath = second\n')
    append(repo, f"[include]\n\tpath = {tmp_path}/first\n")

    assert read(repo)["a", "one"] == "yes"


def test_included_path_is_found_in_any_case(repo: Repo, tmp_path: Path) -> None:
    """Upper and lower case do not matter in names of settings."""
    (tmp_path / "one").write_text("[a]\n\tone = 1\n")
    (tmp_path / "two").write_text("[a]\n\ttwo = 2\n")
    append(
        repo, f'[Include]\n\tPATH = {tmp_path}/one\n[includeIF "onbranch:main"]\n\tPath = {tmp_path}/two\n'
    )

    settings = read(repo)

    assert (settings["a", "one"], settings["a", "two"]) == ("1", "2")


def test_environment_includes_too(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `git -c include.path=...`."""
    (tmp_path / "one").write_text("[a]\n\tone = 1\n")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'include.path={tmp_path}/one'")

    assert read(repo)["a", "one"] == "1"


def test_files_that_include_each_other_are_refused(repo: Repo, tmp_path: Path) -> None:
    """git stops at a depth of ten."""
    (tmp_path / "one").write_text("[include]\n\tpath = two\n")
    (tmp_path / "two").write_text("[include]\n\tpath = one\n")
    append(repo, f"[include]\n\tpath = {tmp_path}/one\n")

    with pytest.raises(UnsupportedError, match="too deep"):
        read(repo)


def test_condition_on_a_link_to_the_repository_is_refused(repo: Repo, tmp_path: Path) -> None:
    """git's answer depends on the path of its start."""
    os.symlink(repo.path, tmp_path / "link")
    append(repo, f'[includeIf "gitdir:{tmp_path}/link/"]\n\tpath = x\n')

    with pytest.raises(UnsupportedError, match="links"):
        read(repo)


REFUSED = {
    "a condition of later versions": (
        '[includeIf "worktree:x"]\n\tpath = x\n',
        "versions of git evaluate differently",
    ),
    "a damaged section": ("[core\n", "cannot be read"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_unknown_setting_is_refused(repo: Repo, text: str, message: str) -> None:
    """ "Not committed, because": a setting that we do not understand could change the answer."""
    layout = get_layout(repo.path)
    append(repo, text)

    with pytest.raises(UnsupportedError, match=message):
        repository_settings(layout, None)


def test_broken_parameters_are_refused(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """P9 for the text in the environment."""
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'a.b")

    with pytest.raises(UnsupportedError, match="GIT_CONFIG_PARAMETERS"):
        read(repo)


def test_paths_start_from_the_root_or_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """git runs in the worktree's root, so a relative path starts there."""
    monkeypatch.setenv("HOME", "/home/ada")

    assert [expand(path, "/root") for path in ("a/b", "/a", "~/a")] == ["/root/a/b", "/a", "/home/ada/a"]


HASCONFIG: dict[str, tuple[str, str, bool]] = {
    "a host": ("https://work.example/**", "https://work.example/a/b.git", True),
    "one star": ("https://*/a", "https://work.example/a", True),
    "one star is one name": ("https://*", "https://work.example/a", False),
    "another host": ("https://work.example/**", "https://home.example/a", False),
    "ssh": ("git@work.example:*/**", "git@work.example:team/a.git", True),
    "two stars beside another letter": ("git@work.example:**", "git@work.example:team/a.git", False),
    "ssh of two names": ("git@work.example:*", "git@work.example:team/a.git", False),
    "case": ("https://WORK.example/**", "https://work.example/a", False),
    "a folder in front": ("**/team/**", "https://work.example/team/a", True),
    "exactly": ("file:///srv/a", "file:///srv/a", True),
}


@pytest.mark.git
@pytest.mark.parametrize(("pattern", "url", "holds"), HASCONFIG.values(), ids=HASCONFIG)
def test_a_condition_on_the_urls_of_remotes(
    repo: Repo, tmp_path: Path, pattern: str, url: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual way to have another e-mail address at work; git is the judge."""
    (tmp_path / "work").write_text("[user]\n\temail = ada@work.example\n[core]\n\tautocrlf = true\n")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[includeIf "hasconfig:remote.*.url:{pattern}"]\n\tpath = {tmp_path}/work\n'
    )
    monkeypatch.setenv("HOME", str(home))
    append(repo, f'[remote "origin"]\n\turl = {url}\n')
    done = subprocess.run(
        ["git", "config", "core.autocrlf"], cwd=repo.path, capture_output=True, text=True, check=False
    )

    assert (read(repo).get(("core", "autocrlf")) == "true") is holds is (done.stdout == "true\n")


@pytest.mark.git
@pytest.mark.parametrize("pattern", ["**", "nothing"])
def test_a_file_included_by_url_may_not_name_one(
    repo: Repo, tmp_path: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor through another include, or where the condition is false; git refuses it."""
    (tmp_path / "work").write_text("[include]\n\tpath = deeper\n")
    (tmp_path / "deeper").write_text('[remote "x"]\n\turl = y\n')
    append(repo, f'[includeIf "hasconfig:remote.*.url:{pattern}"]\n\tpath = {tmp_path}/work\n')
    append(repo, '[remote "origin"]\n\turl = https://a.example/b\n')
    done = subprocess.run(["git", "config", "--list"], cwd=repo.path, capture_output=True, check=False)

    assert done.returncode != 0
    with pytest.raises(UnsupportedError, match="names the remote URL 'y'"):
        read(repo)
