"""Seeded random repositories: settings and operations that users might choose, compared with git.

python -m tests.support.git.random_repositories COUNT [FIRST_SEED]      prints differences and counts
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator

from tests.support.git.compare_with_git import Judgement, judge
from tests.support.git.git_versions import git_version
from tests.support.git.scenario_repository import BINARY, Box, copy_box, make_box
from zenml_pin.git import index as index_module

FOLDERS = ["", "pkg", "pkg/deep", "pkg/deep/er", "other", "pkg/fresh", "build", "pkg/build"]
NAMES = [
    "step.py",
    "helper.py",
    "notes.txt",
    "a.log",
    "secret.py",
    "data.bin",
    "crlf.txt",
    "x.so",
    "inner.py",
]
CONTENTS = [
    b"",
    b"a = 1\n",
    b"a = 2\n",
    b"a = 1\r\n",
    b"a = 1\r\nb = 2\n",
    b"a = 1\nb = 2\n",
    b"a\rb\r\n",
    b"one\ntwo\nthree\n",
    BINARY,
    b"\0\r\n",
]
PATTERNS = [
    b"*.log",
    b"!a.log",
    b"build/",
    b"secret*",
    b"/pkg/fresh",
    b"*.txt",
    b"deep",
    b"!*.py",
    b"*",
    b"!/pkg/",
]
ATTRIBUTES = [
    b"* text=auto",
    b"*.py text",
    b"*.py -text",
    b"*.txt eol=crlf",
    b"*.txt text",
    b"*.bin binary",
    b"* !text",
    b"[attr]source text",
    b"*.py source",
    b"*.txt crlf=input",
]
SETTINGS = {
    "core.autocrlf": ["true", "false", "input"],
    "core.fileMode": ["true", "false"],
    "core.ignoreCase": ["true", "false"],
    "core.symlinks": ["true", "false"],
    "core.eol": ["lf", "crlf"],
    "core.safecrlf": ["false"],
    "core.untrackedCache": ["true", "false"],
    "core.checkStat": ["minimal", "default"],
    "index.version": ["2", "4"],
}
# Options of `git init`; each seed takes the next ones. An older git knows only the first of these.
FORMATS = [
    [],
    ["--ref-format=reftable"],
    ["--object-format=sha256"],
    ["--object-format=sha256", "--ref-format=reftable"],
]
# After these operations, git does not look at some files.
BLINDING = {"assume_unchanged", "skip_worktree", "sparse"}


class Walk:
    """One random scenario."""

    def __init__(self, box: Box, seed: int) -> None:
        self.box = box
        self.random = random.Random(seed)
        self.log: list[str] = []

    def run(self, steps: int) -> None:
        """Choose settings, then carry out operations."""
        for _ in range(self.random.randrange(3)):
            self.setting()
        for _ in range(steps):
            operation = self.random.choice(OPERATIONS)
            self.log.append(operation.__name__)
            with contextlib.suppress(OSError, AssertionError):
                operation(self)

    def path(self) -> str:
        """Return a path that may exist."""
        folder, name = self.random.choice(FOLDERS), self.random.choice(NAMES)
        if self.random.random() < 0.4:
            folder, name = "pkg", "step.py"
        return f"{folder}/{name}" if folder else name

    def folder(self) -> str:
        """Return a folder that may exist."""
        return self.random.choice(FOLDERS[1:])

    def git(self, *args: str) -> None:
        """Run git; git may refuse."""
        self.log[-1] += f" {args}"
        self.box.git(*args, may_fail=True)

    def write(self) -> None:
        path, content = self.path(), self.random.choice(CONTENTS)
        self.log[-1] += f" {path} {content[:10]!r}"
        self.box.write(path, content)

    def append(self) -> None:
        path = self.path()
        self.box.write(path, self.box.read(path) + self.random.choice(CONTENTS))

    def remove(self) -> None:
        self.box.remove(self.random.choice([self.path(), self.path(), self.folder()]))

    def stage(self) -> None:
        self.git("add", self.random.choice(["-A", "-f", "-v"]), "--", self.random.choice([self.path(), "."]))

    def stage_name(self) -> None:
        self.git("add", "-N", "--", self.path())

    def unstage(self) -> None:
        self.git("reset", "-q", "--", self.random.choice([self.path(), "."]))

    def untrack(self) -> None:
        self.git("rm", "-rq", "--cached", "--", self.random.choice([self.path(), self.folder()]))

    def commit(self) -> None:
        self.git("commit", "-qm", "random", *self.random.choice([[], ["-a"], ["--allow-empty"]]))

    def commit_all(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "random")

    def restore(self) -> None:
        self.git("checkout", "-q", "--", self.random.choice([self.path(), "."]))

    def reset(self) -> None:
        self.git("reset", "-q", self.random.choice(["--soft", "--mixed", "--hard"]), "HEAD~1")

    def ignore(self) -> None:
        path = self.random.choice([".gitignore", "pkg/.gitignore", ".git/info/exclude"])
        self._append_line(path, self.random.choice(PATTERNS))

    def attribute(self) -> None:
        path = self.random.choice([".gitattributes", "pkg/.gitattributes", ".git/info/attributes"])
        self._append_line(path, self.random.choice(ATTRIBUTES))

    def _append_line(self, path: str, line: bytes) -> None:
        self.log[-1] += f" {path} {line!r}"
        before = self.box.read(path) if os.path.isfile(self.box.at(path)) else b""
        self.box.write(path, before + line + b"\n")

    def chmod(self) -> None:
        self.box.chmod(self.path(), self.random.choice([0o644, 0o755, 0o654]))

    def link(self) -> None:
        path = self.random.choice([self.path(), self.path(), self.folder()])
        self.log[-1] += f" {path}"
        self.box.link(path, self.random.choice(["step.py", "deep", "a = 1\n", "/nowhere"]))

    def rename(self) -> None:
        os.rename(self.box.at(self.path()), self.box.at(self.path()))

    def rename_folder(self) -> None:
        os.rename(self.box.at(self.folder()), self.box.at(self.folder()))

    def move(self) -> None:
        self.git("mv", "-f", self.path(), self.path())

    def touch(self) -> None:
        os.utime(self.box.at(self.path()), (1, self.random.randrange(2**31)))

    def to_crlf(self) -> None:
        path = self.path()
        self.box.write(path, self.box.read(path).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def to_lf(self) -> None:
        path = self.path()
        self.log[-1] += f" {path}"
        self.box.write(path, self.box.read(path).replace(b"\r\n", b"\n"))

    def setting(self) -> None:
        name = self.random.choice(list(SETTINGS))
        self.log.append("")
        self.git("config", name, self.random.choice(SETTINGS[name]))

    def folder_for_file(self) -> None:
        path = self.path()
        self.box.remove(path)
        os.makedirs(self.box.at(path))

    def nested(self) -> None:
        self.box.init(self.random.choice([self.folder(), "pkg/nested"]), commit=self.random.random() < 0.5)

    def cache(self) -> None:
        self.box.write(f"{self.folder()}/__pycache__/step.pyc", self.random.choice(CONTENTS))

    def read_tree(self) -> None:
        self.git("read-tree", "HEAD")

    def refresh(self) -> None:
        self.git("update-index", "-q", "--refresh")

    def renormalise(self) -> None:
        self.git("add", "--renormalize", ".")

    def index_format(self) -> None:
        option = self.random.choice(
            ["--split-index", "--no-split-index", "--index-version=4", "--index-version=2"]
        )
        self.git("update-index", option)

    def mode_in_index(self) -> None:
        self.git("update-index", self.random.choice(["--chmod=+x", "--chmod=-x"]), self.path())

    def assume_unchanged(self) -> None:
        self.git(
            "update-index", self.random.choice(["--assume-unchanged", "--no-assume-unchanged"]), self.path()
        )

    def skip_worktree(self) -> None:
        self.git("update-index", self.random.choice(["--skip-worktree", "--no-skip-worktree"]), self.path())

    def sparse(self) -> None:
        kind = self.random.choice(
            [
                ["set", "--cone", "pkg/deep"],
                ["set", "--cone", "--sparse-index", "other"],
                ["set", "--no-cone", "/*", "!pkg/step.py"],
                ["disable"],
            ]
        )
        self.git("sparse-checkout", *kind)

    def branch(self) -> None:
        self.git("checkout", "-q", *self.random.choice([["-B", "side"], ["main"], ["--detach"]]))

    def merge(self) -> None:
        self.git("merge", "-q", "--no-edit", "side")

    def stash(self) -> None:
        self.git("stash", self.random.choice(["push", "pop"]), "-q")

    def orphan(self) -> None:
        self.git("checkout", "-q", "--orphan", "fresh")

    def collect(self) -> None:
        self.git("gc", "-q")

    def worktree(self) -> None:
        path = os.path.join(self.box.outside, f"tree{len(self.log)}")
        self.git("worktree", "add", "-q", "-f", "--detach", path)
        if os.path.isdir(path):
            self.box.root = path


# Frequent operations are here more than once.
OPERATIONS: list[Callable[[Walk], None]] = [
    *[Walk.write] * 8,
    *[Walk.commit_all] * 4,
    *[Walk.stage] * 4,
    *[Walk.ignore, Walk.attribute, Walk.to_crlf, Walk.to_lf, Walk.touch, Walk.chmod] * 2,
    *[value for name, value in vars(Walk).items() if callable(value) and not name.startswith("_")],
]
OPERATIONS = [
    operation
    for operation in OPERATIONS
    if operation.__name__ not in ("run", "path", "folder", "git", "collect", "orphan")
] + [Walk.collect, Walk.orphan]


def make_templates(folder: str) -> list[Box]:
    """Make a repository of each format that git knows, to be copied later."""
    formats = FORMATS if git_version() >= (2, 45) else FORMATS[:1]
    return [
        make_box(os.path.join(folder, f"template{number}"), os.path.join(folder, "none"), *options)
        for number, options in enumerate(formats)
    ]


def template_of(seed: int, templates: list[Box]) -> Box:
    """Return the template of a seed; it depends on the number alone."""
    return templates[seed // 4 % len(templates)]


def try_seed(seed: int, template: Box, folder: str) -> tuple[list[Judgement], list[str]]:
    """Make one random repository and compare; return the judgements and the list of operations."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    box = copy_box(template, os.path.join(folder, "repo"), os.path.join(folder, "outside"))
    walk = Walk(box, seed)
    before = index_module.SEARCH_FROM
    # Every second repository is treated as if its index were large.
    index_module.SEARCH_FROM = 0 if seed % 2 else before
    try:
        walk.run(4 + seed % 8)
        if seed % 4:
            _touch_all(folder)
        paths = ("", "pkg", walk.folder(), walk.path())
        return judge(walk.box.root, paths, folder), walk.log
    finally:
        index_module.SEARCH_FROM = before


def _touch_all(root: str) -> None:
    """Change every file's time, so that git has to compare content, as we do."""
    for folder, _, names in os.walk(root):
        if ".git" not in folder.split(os.sep):
            for name in names:
                os.utime(os.path.join(folder, name), (1, 1), follow_symlinks=False)


def faults(judgements: list[Judgement], log: list[str], touched: bool) -> Iterator[str]:
    """Yield the faults: a false "clean", a path that only git lists, or (without a known reason) only we list."""
    blind = any(name.split(" ")[0] in BLINDING for name in log)
    for judgement in judgements:
        if judgement.is_false_clean:
            yield f"FALSE CLEAN {judgement}"
        elif judgement.unlisted:
            yield f"UNLISTED {judgement}"
        elif judgement.stricter and not blind and not is_expected(judgement, touched):
            yield f"STRICTER {judgement}"


def is_expected(judgement: Judgement, touched: bool) -> bool:
    """Tell whether each path that only we report has a known reason; git may trust times that did not change."""
    kinds = {change.path: change.kind.value for change in judgement.status.changes}
    reasons = ["unsupported", "ignored-importable", *([] if touched else ["modified"])]
    return all(kinds[path] in reasons for path in judgement.stricter)


def main(count: int, first: int) -> int:
    """Try seeds and print each difference."""
    os.environ.update(HOME=os.devnull, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull)
    folder = tempfile.mkdtemp()
    templates = make_templates(folder)
    wrong = checks = dirty = stricter = 0
    for seed in range(first, first + count):
        judgements, log = try_seed(seed, template_of(seed, templates), os.path.join(folder, "walk"))
        checks += len(judgements)
        dirty += sum(judgement.dirty for judgement in judgements)
        stricter += sum(not judgement.dirty and not judgement.status.clean for judgement in judgements)
        for fault in faults(judgements, log, seed % 4 != 0):
            wrong += 1
            print(f"seed {seed}: {fault}\n    {log}", flush=True)
    shutil.rmtree(folder)
    print(
        f"{count} scenarios from seed {first} in {len(templates)} formats: {checks} checks, "
        f"{dirty} dirty for git, {stricter} stricter, {wrong} disagreements"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
