"""CommitTree: the files of one commit by path; links are followed inside the commit only."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.repositories import (
    Executable,
    Files,
    Link,
    Repo,
    Submodule,
    commit,
    git,
    init,
    put,
    put_commit,
    put_entries,
    put_tree,
)
from zenml_pin.base.limits import Limits
from zenml_pin.errors import (
    CommitNotFoundError,
    LimitError,
    NotACommitError,
    PathNotFoundError,
    UnsupportedError,
)
from zenml_pin.git.objects.commit_files import CommitTree, describe_entry, is_lfs_pointer
from zenml_pin.git.objects.tree import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE
from zenml_pin.git.repository import GitRepository

FILES: Files = {
    "a.py": "root\n",
    "a": {"__init__.py": "", "b": {"c.py": "deep\n"}, "up": Link("../a.py"), "here": Link("b")},
    "run": Executable("#!"),
    "to-file": Link("a/b/c.py"),
    "to-folder": Link("a"),
    "to-link": Link("to-folder/here/c.py"),
    "dots": Link("./a/../a/./b//c.py"),
    "slash": Link("a/b/"),
    "root": Link("."),
    "out": Link("../outside"),
    "far-out": Link("a/../../a.py"),
    "absolute": Link("/etc/passwd"),
    "dangling": Link("nothing/at/all"),
    "self": Link("self"),
    "ping": Link("pong"),
    "pong": Link("ping/x"),
    "through-file": Link("a.py/x"),
    "file-slash": Link("a.py/"),
    "sub": Submodule("e9448e0abbc6f03252578ca877bc80c94f137edd"),
}


def _tree(repo: Repo, commit_id: str, limits: Limits | None = None) -> CommitTree:
    # Only loose objects are read, so no file stays open.
    return CommitTree(GitRepository.open(repo.path, limits or Limits()).objects, commit_id)


@pytest.fixture
def tree(repo: Repo) -> CommitTree:
    """The files above, in a commit."""
    return _tree(repo, commit(repo, FILES, checkout=False))


# A path, and where it leads: the real path, or None.
PATHS = {
    "": "",
    ".": "",
    "a.py": "a.py",
    "a": "a",
    "a/": "a",
    "a//b": "a/b",
    "a/./b": "a/b",
    "a/b/..": "a",
    "a/b/../../a.py": "a.py",
    "a/b/c.py": "a/b/c.py",
    "run": "run",
    "sub": "sub",
    "to-file": "a/b/c.py",
    "to-folder": "a",
    "to-folder/b/c.py": "a/b/c.py",
    "to-folder/up": "a.py",
    "to-link": "a/b/c.py",
    "a/here/c.py": "a/b/c.py",
    "a/here/..": "a",
    "dots": "a/b/c.py",
    "slash": "a/b",
    "slash/c.py": "a/b/c.py",
    "root": "",
    "root/root/root/a.py": "a.py",
    "..": None,
    "../a.py": None,
    "a/../../a.py": None,
    "/a.py": "a.py",
    "out": None,
    "far-out": None,
    "absolute": None,
    "dangling": None,
    "self": None,
    "ping": None,
    "pong": None,
    "through-file": None,
    "file-slash": None,
    "a.py/": None,
    "a.py/x": None,
    "a.py/..": None,
    "a.py/.": None,
    "sub/x": None,
    "nothing": None,
    "A.py": None,
    "a.py\0": None,
    "to-link/x": None,
}


@pytest.mark.parametrize("path", PATHS, ids=[ascii(path) or "root" for path in PATHS])
def test_a_path_leads_where_a_file_system_would_lead(tree: CommitTree, path: str) -> None:
    """But nothing leads out of the commit, neither links nor `..`."""
    entry = tree.find(path)

    assert (entry.path if entry else None) == PATHS[path]


def test_paths_lead_where_the_worktree_leads(tmp_path: Path) -> None:
    """The same table, checked with the operating system."""
    repo = init(tmp_path / "repo")
    commit(repo, FILES)
    for path, expected in PATHS.items():
        # A leading slash and paths outside mean something else there.
        if path.startswith("/") or "\0" in path or path in ("..", "../a.py", "a/../../a.py", "absolute"):
            continue
        try:
            real = os.path.realpath(repo.join(path), strict=True)
            os.stat(repo.join(path))
        except OSError:
            assert expected is None, path
            continue
        relative = os.path.relpath(real, repo.path)
        if relative.startswith(".."):
            assert expected is None, path
        else:
            assert posixpath.normpath(expected or ".") == relative, path


def test_the_last_link_is_left_alone_when_asked(tree: CommitTree) -> None:
    """`find_link` works like `lstat`, `find` like `stat`; both follow links on the way."""
    link = tree.find_link("to-file")
    assert link is not None
    assert (link.path, link.mode) == ("to-file", LINK)

    inner = tree.find_link("to-folder/up")
    assert inner is not None
    assert (inner.path, inner.mode) == ("a/up", LINK)


def test_at_most_forty_links_are_followed(repo: Repo) -> None:
    """Linux has the same limit; more links count as a circle."""
    chain: dict[str, str | Link] = {f"l{number}": Link(f"l{number - 1}") for number in range(1, 60)}
    tree = _tree(repo, commit(repo, {**chain, "l0": "end"}, checkout=False))

    assert tree.read("l40") == b"end"
    assert tree.find("l41") is None


def test_a_link_that_multiplies_ends(repo: Repo) -> None:
    """Each link goes through the one before twice, which would be 2 to the 60th steps."""
    links: dict[str, str | Link] = {
        f"l{number}": Link(f"l{number - 1}/../l{number - 1}") for number in range(1, 60)
    }
    tree = _tree(repo, commit(repo, {**links, "l0": Link(".")}, checkout=False))

    assert tree.find("l59/l59/l59") is None


def test_a_link_longer_than_any_path_leads_nowhere(repo: Repo) -> None:
    """A megabyte of dots and slashes is not a target."""
    tree = _tree(repo, commit(repo, {"long": Link("./" * 500_000 + "x"), "x": "1"}, checkout=False))

    assert tree.find("long") is None


def test_content_is_read_through_links(tree: CommitTree) -> None:
    """The bytes are as committed."""
    assert tree.read("a/b/c.py") == b"deep\n"
    assert tree.read("to-link") == b"deep\n"
    assert tree.read("run") == b"#!"


def test_entry_that_is_not_a_file_cannot_be_read(tree: CommitTree) -> None:
    """Folders, submodules and absent paths, each with its own message."""
    with pytest.raises(UnsupportedError, match="'a' is a folder at commit"):
        tree.read("a")
    with pytest.raises(UnsupportedError, match="'sub' is a submodule"):
        tree.read("sub")
    with pytest.raises(PathNotFoundError) as caught:
        tree.read("dangling")
    assert (caught.value.path, caught.value.commit_id) == ("dangling", tree.commit_id)


def test_children_have_paths_from_the_root(tree: CommitTree) -> None:
    """Folders have children, also through a link; other entries have none."""
    assert {name: entry.path for name, entry in tree.children("a").items()} == {
        "__init__.py": "a/__init__.py",
        "b": "a/b",
        "here": "a/here",
        "up": "a/up",
    }
    assert tree.children("to-folder") == tree.children("a")
    assert set(tree.children("")) == set(FILES)
    assert tree.children("a.py") == tree.children("nothing") == tree.children("sub") == {}


def test_modes_are_gits(tree: CommitTree) -> None:
    """There are five."""
    modes = {entry.path: entry.mode for entry in tree.iter_entries()}

    assert modes["a.py"] == FILE
    assert modes["run"] == EXECUTABLE
    assert modes["out"] == LINK
    assert modes["sub"] == SUBMODULE
    assert FOLDER not in modes.values()


def test_entries_of_a_file_or_link_are_itself(tree: CommitTree) -> None:
    """A link to a folder is not followed."""
    assert [entry.path for entry in tree.iter_entries("a.py")] == ["a.py"]
    assert [entry.mode for entry in tree.iter_entries("to-folder")] == [LINK]
    with pytest.raises(PathNotFoundError):
        list(tree.iter_entries("nothing"))


def test_entries_below_a_folder_have_paths_from_the_root(tree: CommitTree) -> None:
    """In git's order."""
    assert [entry.path for entry in tree.iter_entries("a")] == ["a/__init__.py", "a/b/c.py", "a/here", "a/up"]


def test_an_unknown_commit_is_an_error_with_its_id(repo: Repo) -> None:
    """The id of a tree or file is not a commit id."""
    commit(repo, {"a": "1"})
    with pytest.raises(CommitNotFoundError) as caught:
        _tree(repo, "f" * 40)
    assert caught.value.commit_id == "f" * 40
    with pytest.raises(NotACommitError, match="is a blob, not a commit"):
        _tree(repo, put(repo, "blob", b"1"))


@pytest.mark.slow
def test_folders_that_nest_too_deep_are_refused(repo: Repo) -> None:
    """The caller's limit counts, and there is no recursion: a hostile tree may be thousands of folders deep."""
    inner = put_entries(repo, [(FILE, "x", put(repo, "blob", b""))])
    for _ in range(3000):
        inner = put_entries(repo, [(FOLDER, "d", inner)])
    head = put_commit(repo, inner)

    with pytest.raises(LimitError, match="levels of folders"):
        list(_tree(repo, head).iter_entries())
    assert len(list(_tree(repo, head, Limits(depth=4000)).iter_entries())) == 1
    assert _tree(repo, head).find("d/" * 3000 + "x") is not None


def test_a_tree_without_entries_is_empty(repo: Repo) -> None:
    """The commit deleted everything."""
    tree = _tree(repo, put_commit(repo, put_tree(repo, {})))

    assert list(tree.iter_entries()) == []
    assert tree.children("") == {}


def test_a_commit_whose_tree_is_missing_is_an_error_of_ours(repo: Repo) -> None:
    """As in a partial clone."""
    head = commit(repo, {"a": {"b": "1"}})
    tree = _tree(repo, head)
    inner = tree.find("a")
    assert inner is not None
    os.remove(repo.loose(inner.id))

    with pytest.raises(LookupError, match="is missing from"):
        _tree(repo, head).find("a/b")


def test_names_that_are_not_text_are_paths_too(repo: Repo) -> None:
    """Bytes that are not UTF-8 become surrogate escapes, as in `os.fsdecode`."""
    name = os.fsdecode(b"caf\xe9.py")
    tree = _tree(repo, commit(repo, {"d": {name: "x"}, "link": Link(f"d/{name}")}, checkout=False))

    assert tree.read(f"d/{name}") == b"x"
    assert tree.read("link") == b"x"


def test_describe_uses_gits_words(tree: CommitTree) -> None:
    """For use in messages."""
    words = {
        path: describe_entry(tree.find_link(path) or pytest.fail(path))
        for path in ("a", "a.py", "out", "sub", "run")
    }

    assert words == {"a": "folder", "a.py": "file", "out": "symbolic link", "sub": "submodule", "run": "file"}


def test_an_lfs_pointer_is_known_by_its_first_line() -> None:
    """And only if it is small."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n"

    assert is_lfs_pointer(pointer)
    assert not is_lfs_pointer(pointer + b"x" * 2000)
    assert not is_lfs_pointer(b"version = 1\n")


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=4).filter(
    lambda name: name not in (".", "..") and name.lower() != ".git"
)
leaves = st.one_of(
    st.binary(max_size=5),
    st.builds(Executable, st.just("x")),
    st.builds(Link, st.sampled_from(["a", "../b"])),
)
folders = st.dictionaries(
    names,
    st.recursive(leaves, lambda inner: st.dictionaries(names, inner, max_size=4), max_leaves=8),
    max_size=4,
)


@pytest.mark.slow
@pytest.mark.git
def test_iteration_equals_git_ls_tree(repo: Repo) -> None:
    """For any files: the same paths, modes and ids in the same order."""
    heads: dict[str, None] = {}

    @given(folders)
    def collect(files: Files) -> None:
        heads[commit(repo, files, parent=None, checkout=False)] = None

    collect()
    assert len(heads) > 10

    with GitRepository.open(repo.path) as repository:
        for head in list(heads)[:40]:
            ours = [
                f"{entry.mode:06o} {'commit' if entry.mode == SUBMODULE else 'blob'} {entry.id}\t{entry.path}"
                for entry in CommitTree(repository.objects, head).iter_entries()
            ]
            assert ours == git("ls-tree", "-r", "-z", head, cwd=repo.path).split("\0")[:-1]
