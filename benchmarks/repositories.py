"""The measured repositories. A script with a fixed seed makes them with `git fast-import`: the ids are always the same.

    small     145 files, 20 commits          packs50    medium in 50 packs
    medium    5,000 files, 2,000 commits     packs500   medium in 500 packs
    large     100,000 files, 20,000 commits, in one pack with delta chains of up to 250 (git's default is 50)

Each has two modules that are loaded. The `version` of their class is the number of the commit that wrote it:

    trainers/mine    2 files, 5.7 KB
    models/large     100 files, 1 MB, all of them imported

A quarter of the commits change the first module. The pin is a tenth of the way into history; HEAD is checked out. A
folder beside the repository has both modules of the pin as plain files: this floor is compared with every way.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

# The folder's name contains it, so that a changed script makes new repositories.
VERSION = 3
FILES_IN_A_FOLDER = 50
PARTS = 98


@dataclass(frozen=True)
class Shape:
    """How large a repository is."""

    name: str
    files: int
    commits: int
    packs: int = 1
    depth: int = 50


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("small", 145, 20),
        Shape("medium", 5_000, 2_000),
        Shape("large", 100_000, 20_000, depth=250),
        Shape("packs50", 5_000, 2_000, packs=50),
        Shape("packs500", 5_000, 2_000, packs=500),
    )
}


@dataclass(frozen=True)
class Module:
    """A module that is loaded."""

    unit: str
    name: str
    cls: str

    @property
    def dotted(self) -> str:
        """The class's dotted name."""
        return f"{self.name}.{self.cls}"


MODULES = {
    "2 files": Module("trainers/mine", "trainers.mine.step", "Trainer"),
    "1 MB": Module("models/large", "models.large.step", "Model"),
}


@dataclass(frozen=True)
class Commit:
    """A commit, and the versions of the two classes at it."""

    id: str
    versions: dict[str, int]


@dataclass(frozen=True)
class Built:
    """A repository on disk.

    Attributes:
        root: Its worktree, with HEAD checked out.
        floor: The folder with the pin's modules as plain files.
        commits: Its history, oldest first.
    """

    shape: Shape
    root: str
    floor: str
    commits: list[Commit]

    @property
    def pin(self) -> Commit:
        """The commit that is loaded, a tenth of the way into history."""
        return self.commits[len(self.commits) // 10]

    def copy(self) -> str:
        """Return the root of a copy for the ways that change a repository; make it if it does not exist."""
        path = Path(self.root).with_name("copy")
        if not path.exists():
            shutil.copytree(self.root, f"{path}-unfinished", symlinks=True, dirs_exist_ok=True)
            os.rename(f"{path}-unfinished", path)
            git(path, "update-index", "-q", "--refresh")
        return str(path)


def build(shape: Shape, parent: Path) -> Built:
    """Return a repository; make it if it does not exist.

    Args:
        shape: How large it is.
        parent: The folder of the repositories.
    """
    folder = parent / f"{shape.name}-{VERSION}"
    listed = folder / "commits.json"
    if not listed.exists():
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=f"{shape.name}-") as work:
            _make(shape, Path(work))
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(work, folder)
            os.mkdir(work)
    commits = [Commit(id, versions) for id, versions in json.loads(listed.read_text())]
    return Built(shape, str(folder / "repo"), str(folder / "floor"), commits)


def _make(shape: Shape, folder: Path) -> None:
    repo = folder / "repo"
    git(folder, "init", "-q", "-b", "main", "repo")
    git(repo, "config", "gc.auto", "0")
    history = History(shape)
    bounds = [shape.commits * number // shape.packs for number in range(shape.packs + 1)]
    for first, end in pairwise(bounds):
        _import(repo, history.stream(first, end), shape.depth)
    ids = git(repo, "rev-list", "--reverse", "main").split()
    git(repo, "reset", "-q", "--hard")
    # Writes the index again, so that it is newer than every file in it.
    git(repo, "update-index", "-q", "--refresh")
    (folder / "commits.json").write_text(json.dumps(list(zip(ids, history.versions, strict=True))))
    for path, data in history.at_pin.items():
        target = folder / "floor" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def git(folder: Path, *args: str) -> str:
    """Run git without the user's settings; return its output."""
    completed = subprocess.run(
        ["git", *args], cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    )
    return completed.stdout


def environment() -> dict[str, str]:
    """Return an environment in which git reads only the repository's settings."""
    return {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def _import(repo: Path, stream: Iterator[bytes], depth: int) -> None:
    """Make one pack of a stream, with delta chains of at most a length."""
    options = ("-c", "fastimport.unpackLimit=0", "-c", "core.compression=1", "fast-import")
    command = ["git", *options, "--quiet", f"--depth={depth}"]
    with subprocess.Popen(command, cwd=repo, env=environment(), stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.writelines(stream)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


class History:
    """The changes of the commits of a shape, in the format of `git fast-import`.

    Attributes:
        versions: After each commit so far, the versions of the two classes.
        at_pin: The modules' files as of the pin.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._random = random.Random(20210111)
        self._modules = _modules()
        self._others = [_other_path(number) for number in range(shape.files - len(self._modules))]
        self.versions: list[dict[str, int]] = []
        self.at_pin: dict[str, bytes] = {}

    def stream(self, first: int, end: int) -> Iterator[bytes]:
        """Yield the commits from the first up to, but without, the end."""
        for number in range(first, end):
            changes = self._first() if number == 0 else self._changes(number)
            time = 1610366400 + number * 60
            yield b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\n" % time
            yield b"data 9\na change\n\n"
            if number == first and number:
                yield b"from refs/heads/main^0\n"
            for path, data in changes.items():
                yield b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(data), data)
            self.versions.append(dict(self.versions[-1] if number else dict.fromkeys(MODULES, 0)))
            for name, module in MODULES.items():
                if f"{module.unit}/step.py" in changes:
                    self.versions[-1][name] = number
            self._modules |= {path: data for path, data in changes.items() if path in self._modules}
            if number == self._shape.commits // 10:
                self.at_pin = dict(self._modules)

    def _first(self) -> dict[str, bytes]:
        return {**self._modules, **{path: _other(path, 0, self._random) for path in self._others}}

    def _changes(self, number: int) -> dict[str, bytes]:
        choice = self._random.random()
        if choice < 0.25:
            return {"trainers/mine/step.py": _trainer(number)}
        if choice < 0.27:
            return {"models/large/step.py": _model(number)}
        path = self._random.choice(self._others)
        return {path: _other(path, number, self._random)}


def _other_path(number: int) -> str:
    folder = number // FILES_IN_A_FOLDER
    return f"pkg{folder // 50:02}/mod{folder:04}/step{number % FILES_IN_A_FOLDER:02}.py"


def _other(path: str, number: int, source: random.Random) -> bytes:
    noise = source.getrandbits(400)
    return f"# {path}\nclass Step:\n    version = {number}\n    noise = {noise}\n".encode()


def _modules() -> dict[str, bytes]:
    parts = {f"models/large/part{number:02}.py": _part(number) for number in range(PARTS)}
    return {
        "trainers/__init__.py": b"",
        "trainers/mine/__init__.py": b'"""A trainer and what it needs."""\n\nSCALE = 3\n',
        "trainers/mine/step.py": _trainer(0),
        "models/__init__.py": b"",
        "models/large/__init__.py": b'"""A large model."""\n',
        "models/large/step.py": _model(0),
        **parts,
    }


def _trainer(number: int) -> bytes:
    """Return a step of 5.6 KB with an absolute import of its own package, as steps are written."""
    methods = _functions("method", 22, "    ", "self, ")
    text = (
        f"from trainers.mine import SCALE\n\n\nclass Trainer:\n    version = {number}\n    scale = SCALE\n\n"
    )
    return (text + methods).encode()


def _model(number: int) -> bytes:
    imports = "".join(
        f"from models.large.part{part:02} import function_0 as f{part}\n" for part in range(PARTS)
    )
    functions = ", ".join(f"f{part}" for part in range(PARTS))
    return f"{imports}\n\nclass Model:\n    version = {number}\n    parts = ({functions})\n".encode()


def _part(number: int) -> bytes:
    return f"import math\n\nPART = {number}\n\n\n{_functions('function', 43, '', '')}".encode()


def _functions(name: str, count: int, indent: str, first: str) -> str:
    """Return functions of about 245 bytes each."""
    lines = (
        "def {name}_{n}({first}values, scale={n}):\n",
        "    '''Return what belongs to number {n}.'''\n",
        "    total = [value * scale + {n} for value in values if value % 2]\n",
        "    for key, value in enumerate(total):\n",
        "        total[key] = value - {n}\n",
        "    return total\n",
        "\n",
    )
    text = "".join(indent * (line != "\n") + line for line in lines)
    return "".join(text.format(name=name, n=n, first=first) for n in range(count))
