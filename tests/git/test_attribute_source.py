"""Attributes that git takes from a tree or from optional files, and the system's attributes left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.git_versions import needs_git
from tests.support.git.scenario_repository import Box

pytestmark = pytest.mark.git

CRLF, LF = b"x = 1\r\ny = 2\r\n", b"x = 1\ny = 2\n"


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A repository with a tag `plain` of a commit without attributes, and HEAD with `text`; CRLF on disk.

    Both commits store LF; the file on disk is the same only with `text`.
    """
    new_box = Box(str(tmp_path / "repo"), str(tmp_path / "outside"), ["pkg"])
    os.makedirs(new_box.root)
    new_box.git("init", "-q", "-b", "main")
    new_box.write("pkg/a.py", LF)
    new_box.write("pkg/deep/b.py", LF)
    new_box.commit()
    new_box.git("tag", "-a", "-m", "plain", "plain")
    new_box.write(".gitattributes", b"*.py text\n")
    new_box.write("pkg/deep/.gitattributes", b"b.py -text\n")
    new_box.commit()
    new_box.write("pkg/a.py", CRLF)
    new_box.write("pkg/deep/b.py", CRLF)
    new_box.git("add", "-A")
    new_box.git("commit", "-q", "-m", "crlf", "--allow-empty")
    for name in ("pkg/a.py", "pkg/deep/b.py"):
        os.utime(new_box.at(name), (1767312000, 1767312000))
    return new_box


needs_attr_tree = needs_git(2, 46, "attr.tree as it is since then")


def _agree(box: Box) -> bool:
    """Return whether both call the folder dirty; fail if only one of them does."""
    (judgement,) = judge(box.root, ("pkg",))
    assert judgement.dirty is not judgement.status.clean, str(judgement)
    return judgement.dirty


SOURCES = ["plain", "HEAD", "main", "@", "refs/heads/main", "tags/plain", "nothing", "no/such/branch"]


@needs_attr_tree
@pytest.mark.parametrize("source", SOURCES)
def test_a_tree_that_a_setting_names(box: Box, source: str) -> None:
    """Through tags and commits; a name that leads nowhere does not count."""
    box.config("attr.tree", source)

    _agree(box)


@needs_attr_tree
@pytest.mark.parametrize("source", [*SOURCES, ""])
def test_a_tree_that_the_environment_names(box: Box, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes before the setting; a name that leads nowhere is refused."""
    box.config("attr.tree", "main")
    monkeypatch.setenv("GIT_ATTR_SOURCE", source)

    assert _agree(box) or source not in ("plain", "")


@needs_attr_tree
def test_a_tree_by_its_id(box: Box) -> None:
    """The id of a commit, or of the tree itself."""
    for name in ("plain", "plain^{commit}", "plain^{tree}", "HEAD:pkg", "HEAD:pkg/a.py"):
        box.config("attr.tree", run_git("rev-parse", name, cwd=box.root).decode().strip())
        _agree(box)


@needs_attr_tree
@pytest.mark.parametrize("source", ["HEAD~1", "plain^{tree}", "HEAD:pkg", "abcdef", "@{1}"])
def test_unsupported_value_is_named(box: Box, source: str) -> None:
    """The folder is never clean, because git might see a change."""
    box.config("attr.tree", source)
    (judgement,) = judge(box.root, ("pkg",))

    assert not judgement.status.clean
    assert "attr.tree" in " ".join(change.reason for change in judgement.status.changes)


@needs_git(2, 52, "optional paths")
@pytest.mark.parametrize("kind", ["there", "missing", "a folder"])
@pytest.mark.parametrize("setting", ["core.attributesFile", "core.excludesFile"])
def test_an_optional_path(box: Box, setting: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is missing, the user's usual file counts."""
    home = Path(box.outside, "home")
    (home / "git").mkdir(parents=True)
    (home / "git" / "attributes").write_text("*.py -text\n")
    (home / "git" / "ignore").write_text("*.log\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    box.git("rm", "-q", "--cached", ".gitattributes", "pkg/deep/.gitattributes")
    box.remove(".gitattributes")
    box.remove("pkg/deep/.gitattributes")
    box.commit()
    box.write("pkg/a.log")
    path = Path(box.outside, "rules")
    if kind == "there":
        path.write_text("*.py text\n" if "attributes" in setting else "*.txt\n")
    elif kind == "a folder":
        path.mkdir()
    box.config(setting, f":(optional){path}")
    for name in ("pkg/a.py", "pkg/deep/b.py"):
        os.utime(box.at(name), (1767398400, 1767398400))

    _agree(box)


@pytest.mark.parametrize("value", ["1", "true", "0", "no", "", "bogus"])
def test_the_systems_attributes_can_be_left_out(
    box: Box, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that is not a boolean is refused."""
    monkeypatch.setenv("GIT_ATTR_NOSYSTEM", value)
    box.remove(".gitattributes")

    assert _agree(box) or value != "bogus"
