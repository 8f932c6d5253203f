"""Repositories with reftables that git wrote, and what git reports about their refs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.git.compare_with_git import run_git
from tests.support.git.git_versions import needs_git
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs

# For `git init --ref-format=reftable`.
needs_reftable = needs_git(2, 45, "reftables")


@dataclass(frozen=True)
class ByGit:
    """A repository that git made and that git changes.

    Attributes:
        root: Its worktree.
        commits: Ids of commits in it.
    """

    root: str
    commits: tuple[str, ...]

    def git(self, *args: str, stdin: str = "", may_fail: bool = False) -> str:
        """Run git in the repository."""
        return os.fsdecode(run_git(*args, cwd=self.root, stdin=os.fsencode(stdin), may_fail=may_fail))

    def update(self, commands: Iterable[str]) -> None:
        """Send commands to `git update-ref --stdin`."""
        self.git("update-ref", "--stdin", stdin="".join(f"{command}\n" for command in commands))

    def create(self, *names: str, at: int = 0) -> None:
        """Create refs at a commit."""
        self.update(f"create {name} {self.commits[at]}" for name in names)

    @property
    def refs(self) -> Refs:
        """Our reading of the refs, as they are now."""
        return Refs(get_layout(self.root))


def make_by_git(root: str, *init_args: str, commits: int = 2) -> ByGit:
    """Make a repository with some commits, its refs in reftables."""
    os.makedirs(root, exist_ok=True)
    run_git("init", "-q", "-b", "main", "--ref-format=reftable", *init_args, cwd=root)
    ids = []
    for number in range(commits):
        run_git("commit", "-q", "--allow-empty", "-m", f"{number}", cwd=root)
        ids.append(run_git("rev-parse", "HEAD", cwd=root).decode().strip())
    return ByGit(root, tuple(ids))


def refs_of_git(root: str) -> dict[str, str]:
    """Return every ref below `refs/`, as git reports it."""
    lines = os.fsdecode(run_git("for-each-ref", "--format=%(refname) %(objectname)", cwd=root)).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


def id_of_git(root: str, name: str) -> str | None:
    """Return the id that a ref's full name leads to, as git reports it."""
    return run_git("rev-parse", "-q", "--verify", name, cwd=root, may_fail=True).decode().strip() or None


def branch_of_git(root: str) -> str | None:
    """Return HEAD's branch, as git reports it."""
    return os.fsdecode(run_git("symbolic-ref", "-q", "HEAD", cwd=root, may_fail=True)).strip() or None


def assert_as_git(root: str, *names: str) -> dict[str, str]:
    """Compare all refs, HEAD, its branch and further names; each is also looked up alone. Return all refs."""
    expected = refs_of_git(root)
    refs = Refs(get_layout(root))
    assert refs.all() == expected
    assert set(refs.names("refs/")) >= set(expected)
    assert refs.head() == id_of_git(root, "HEAD")
    assert refs.branch() == branch_of_git(root)
    step = max(1, len(expected) // 300)
    for name in [*list(expected)[::step], *names]:
        again = Refs(get_layout(root))
        assert again.find(name) == (expected.get(name) or id_of_git(root, name)), name
        assert again.names(name[:-1])[:1] or name not in expected
    return expected
