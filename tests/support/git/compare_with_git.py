"""git judges the clean check: what git reports about a path, and how our answer compares.

For git, a path is dirty when `git status --porcelain -uall` prints something or refuses. A path is also dirty when
HEAD has something that is not on disk, or when Python could import an ignored file; git then prints nothing.
`__pycache__` folders never count.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from importlib.machinery import all_suffixes

from tests.support.repositories import snapshot
from zenml_pin.errors import PinError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Change, Status, get_status
from zenml_pin.git.status.kinds import ChangeKind

IMPORTABLE = tuple({*all_suffixes(), ".so", ".pyd"})
STATUS = [
    *("--literal-pathspecs", "-c", "status.renames=false", "--no-optional-locks"),
    *("status", "--porcelain", "-z", "-uall"),
]
# A newer git starts background maintenance that changes `.git` shortly after a command has ended.
NO_UPKEEP = ["-c", "maintenance.auto=false", "-c", "gc.auto=0"]
IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Lovelace",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "1610366400 +0000",
    "GIT_COMMITTER_NAME": "Ada Lovelace",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "1610366400 +0000",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def run_git(*args: str | bytes, cwd: str, may_fail: bool = False, stdin: bytes = b"") -> bytes:
    """Run git with this process's environment, so that both sides see the same settings."""
    done = subprocess.run(
        ["git", *NO_UPKEEP, *args],
        cwd=cwd,
        env={**os.environ, **IDENTITY},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode and not may_fail:
        raise AssertionError(f"git {args}: {os.fsdecode(done.stderr)}")
    return done.stdout


@dataclass(frozen=True)
class Judgement:
    """What git and we report about one path.

    Attributes:
        path: The path.
        refused: Whether git could not answer.
        git_paths: What git reports.
        missing: What HEAD has and the disk does not have.
        importable: Ignored files that Python could import.
        status: Our answer.
    """

    path: str
    refused: bool
    git_paths: frozenset[str]
    missing: frozenset[str]
    importable: frozenset[str]
    status: Status

    @property
    def dirty(self) -> bool:
        """Whether the path must not be called clean."""
        return bool(self.refused or self.git_paths or self.missing or self.importable)

    @property
    def is_false_clean(self) -> bool:
        """Whether we call a dirty path clean, which must never happen."""
        return self.dirty and self.status.clean

    @property
    def unlisted(self) -> frozenset[str]:
        """What git reports and we do not, if our answer lists paths."""
        ours = {change.path for change in self.status.changes}
        if any(path == self.status.folder for path in ours):
            return frozenset()
        expected = self.git_paths | self.missing | self.importable
        return frozenset(
            path for path in expected - ours if not any(path.startswith(f"{other}/") for other in ours)
        )

    @property
    def stricter(self) -> frozenset[str]:
        """What only we report. Where git calls the path dirty too, unsupported files do not count."""
        if self.refused:
            return frozenset()
        expected = self.git_paths | self.missing | self.importable
        return frozenset(
            change.path
            for change in self.status.changes
            if change.path not in expected and not (self.dirty and change.kind is ChangeKind.UNSUPPORTED)
        )

    def __str__(self) -> str:
        changes = ", ".join(f"{change.path!r} ({change.label})" for change in self.status.changes) or "clean"
        return (
            f"{self.path!r}: git {'refuses' if self.refused else sorted(self.git_paths) or 'clean'}, missing "
            f"{sorted(self.missing)}, importable {sorted(self.importable)}; we say {changes}"
        )


def judge(root: str, paths: tuple[str, ...], watched: str | None = None) -> list[Judgement]:
    """Ask both about each path; our check must not change anything below `watched`, by default the root."""
    before = snapshot(watched or root)
    answers = {path: _ask(root, path) for path in paths}
    assert snapshot(watched or root) == before
    committed, ignored = _committed(root), _ignored(root)
    return [_judge(root, path, answers[path], committed, ignored) for path in paths]


def _ask(root: str, path: str) -> Status:
    """Return our answer; one of our errors counts as an answer."""
    try:
        with GitRepository.open(root) as repository:
            return get_status(repository, path)
    except PinError as error:
        return Status(path, (Change(path, ChangeKind.UNSUPPORTED, error.message),))


def _judge(root: str, path: str, status: Status, committed: set[str], ignored: set[str]) -> Judgement:
    refused, git_paths = git_status(root, path)
    return Judgement(
        path,
        refused,
        frozenset(git_paths),
        frozenset(
            name for name in committed if is_at(name, path) and not os.path.lexists(os.path.join(root, name))
        ),
        frozenset(name for name in ignored if is_at(name, path) and _could_import(root, name, path)),
        status,
    )


def git_status(root: str, path: str) -> tuple[bool, set[str]]:
    """Return whether git refuses, and the paths that it reports."""
    done = _run_status(root, path)
    if done.returncode < 0:
        # git 2.39 aborts on a split index if index.sparse is set: "BUG: sparse-index.c". That is not an answer.
        done = _run_status(root, path, "-c", "index.sparse=false")
    names = [os.fsdecode(line[3:]).rstrip("/") for line in done.stdout.split(b"\0") if line]
    return done.returncode != 0, {name for name in names if not _in_cache(name)}


def _run_status(root: str, path: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", *NO_UPKEEP, *options, *STATUS, "--", path or "."],
        cwd=root,
        env={**os.environ, **IDENTITY},
        capture_output=True,
        timeout=60,
        check=False,
    )


def _in_cache(path: str) -> bool:
    """Tell whether a path is in a `__pycache__` that is a folder, or was one."""
    *folders, _ = path.split("/")
    return "__pycache__" in folders


def _committed(root: str) -> set[str]:
    listed = run_git("ls-tree", "-r", "-z", "--name-only", "HEAD", cwd=root, may_fail=True)
    return {os.fsdecode(name) for name in listed.split(b"\0") if name and b"__pycache__/" not in name}


def _ignored(root: str) -> set[str]:
    listed = run_git("ls-files", "-z", "-o", "-i", "--exclude-standard", cwd=root, may_fail=True)
    return {os.fsdecode(name).rstrip("/") for name in listed.split(b"\0") if name}


def _could_import(root: str, name: str, path: str) -> bool:
    *folders, _ = name[len(path) :].split("/")
    last = name.rpartition("/")[2]
    if "__pycache__" in folders or any("." in part for part in folders):
        return False
    full = os.path.join(root, name)
    return last.endswith(IMPORTABLE) or ("." not in last and os.path.islink(full) and os.path.isdir(full))


def is_at(name: str, path: str) -> bool:
    """Tell whether a path is another path, or is below it."""
    return not path or name == path or name.startswith(f"{path}/")
