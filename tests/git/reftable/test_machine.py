"""A machine that changes refs step by step, in tables and in files, and compares all with git after each step."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.git.compare_with_git import run_git
from tests.support.git.written_by_git import assert_as_git, make_by_git, needs_reftable

_PARTS = st.sampled_from(["a", "b", "main", "x" * 31, "feature-of-a-long-name-for-images", "ü", "z-9"])
_PLACES = st.sampled_from(["heads", "tags", "remotes/origin", "worktree"])
NAMES = st.tuples(_PLACES, _PARTS, _PARTS).map(lambda parts: "/".join(["refs", *parts]))
COMMITS = st.integers(0, 2)


class Changing(RuleBasedStateMachine):
    """Refs are made, changed and deleted; each has the value that git gives."""

    @initialize(object_format=st.sampled_from(["sha1", "sha256"]), size=st.sampled_from(["0", "256", "1024"]))
    def start(self, object_format: str, size: str) -> None:
        self.folder = tempfile.mkdtemp()
        option = f"--object-format={object_format}"
        self.repo = make_by_git(os.path.join(self.folder, "repo"), option, commits=3)
        self.repo.git("config", "reftable.blockSize", size)
        self.repo.git("config", "reftable.restartInterval", "3")
        self.other = os.path.join(self.folder, "other")
        run_git("clone", "-q", self.repo.root, self.other, cwd=self.folder)
        self.linked = ""

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _git(self, *args: str, stdin: str = "") -> None:
        self.repo.git(*args, stdin=stdin, may_fail=True)

    @rule(names=st.lists(NAMES, min_size=1, max_size=4), commit=COMMITS)
    def update(self, names: list[str], commit: int) -> None:
        for name in names:
            self._git("update-ref", name, self.repo.commits[commit])

    @rule(count=st.integers(20, 120), commit=COMMITS)
    def update_many(self, count: int, commit: int) -> None:
        target = self.repo.commits[commit]
        lines = (f"update refs/changes/{number % 10:02}/{number} {target}\n" for number in range(count))
        self._git("update-ref", "--stdin", stdin="".join(lines))

    @rule(first=st.integers(0, 100))
    def delete_many(self, first: int) -> None:
        lines = (f"delete refs/changes/{number % 10:02}/{number}\n" for number in range(first, first + 15))
        self._git("update-ref", "--stdin", stdin="".join(lines))

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self._git("update-ref", "-d", name)

    @rule(name=NAMES, other=NAMES)
    def link(self, name: str, other: str) -> None:
        self._git("symbolic-ref", name, other)

    @rule(name=_PARTS)
    def tag(self, name: str) -> None:
        self._git("tag", "-f", "-a", "-m", "one", name)

    @rule(name=NAMES)
    def switch(self, name: str) -> None:
        self._git("symbolic-ref", "HEAD", name)

    @rule(commit=COMMITS)
    def detach(self, commit: int) -> None:
        self._git("update-ref", "--no-deref", "HEAD", self.repo.commits[commit])

    @rule()
    def commit(self) -> None:
        self._git("commit", "-q", "--allow-empty", "-m", "next")

    @rule()
    def pack(self) -> None:
        self._git("pack-refs", "--all")

    @rule(storage=st.sampled_from(["files", "reftable"]))
    def migrate(self, storage: str) -> None:
        self._git("refs", "migrate", f"--ref-format={storage}")

    @rule(name=_PARTS)
    def fetch(self, name: str) -> None:
        run_git("commit", "-q", "--allow-empty", "-m", "there", cwd=self.other)
        run_git("branch", "-f", name, cwd=self.other, may_fail=True)
        self._git("fetch", "-q", "-f", self.other, "+refs/heads/*:refs/remotes/other/*")

    @rule()
    def link_worktree(self) -> None:
        if not self.linked:
            path = os.path.join(self.folder, "linked")
            self._git("worktree", "add", "-q", "--detach", path, self.repo.commits[0])
            self.linked = path if os.path.isdir(path) else ""

    @rule(commit=COMMITS)
    def update_there(self, commit: int) -> None:
        if self.linked:
            run_git("update-ref", "refs/worktree/there", self.repo.commits[commit], cwd=self.linked)
            run_git("commit", "-q", "--allow-empty", "-m", "linked", cwd=self.linked, may_fail=True)

    @invariant()
    def all_refs_are_gits(self) -> None:
        if hasattr(self, "repo"):
            for root in filter(None, (self.repo.root, self.linked)):
                assert_as_git(
                    root, "FETCH_HEAD", "refs/worktree/there", "refs/changes/01/1", "refs/heads/a/a"
                )


Changing.TestCase.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)
TestChanging = pytest.mark.git(needs_reftable(Changing.TestCase))
