"""FIFOs, sockets, devices and folders where a file is read: the call returns or raises, and never waits for ever."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import zenml_pin
from tests.support.repositories import FILE, Repo, checkout, put, put_tree
from tests.support.trust.hostile_case import STEP, Case, Cases, commit_of
from zenml_pin.cli import main
from zenml_pin.errors import PinError

ANSWERED = "answered, or refused"


def fifo(path: str) -> None:
    """Make a FIFO that has no writer."""
    os.mkfifo(path)


def unix_socket(path: str) -> None:
    """Make a socket without a listener; its path may be longer than a socket address."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)


def device(path: str) -> None:
    """Make a link to a device that never ends."""
    os.symlink("/dev/zero", path)


def terminal(path: str) -> None:
    """Make a link to a device that waits for input."""
    os.symlink("/dev/tty", path)


def directory(path: str) -> None:
    """Make a folder."""
    os.mkdir(path)


THINGS: dict[str, Callable[[str], None]] = {
    "a FIFO": fifo,
    "a socket": unix_socket,
    "a device without end": device,
    "a terminal": terminal,
    "a folder": directory,
}
# The files to replace, relative to the worktree.
PLACES = [
    *(".git/HEAD", ".git/index", ".git/config", ".git/packed-refs", ".git/refs/heads/main", ".git/commondir"),
    *(".git/info/exclude", ".git/info/attributes", ".git/objects/info/alternates", ".git/refs/replace"),
    *(
        ".git/objects/pack/pack-1.pack",
        ".git/objects/pack/pack-1.idx",
        ".git/objects/pack",
        ".git/MERGE_HEAD",
    ),
    *(
        "pkg/step.py",
        "pkg/__init__.py",
        "pkg/helper.py",
        "pkg/.gitattributes",
        "pkg/.gitignore",
        ".gitattributes",
    ),
    *(".gitignore", ".gitmodules", "setup.cfg", ".zenml/.zenml_config", ".zenml/local_store/runs.sqlite"),
    *("pipelines", "pipelines/p.yaml", "pipelines/p.bundle", ".zenml", ".zenml/local_store"),
]


def ask_all(repo: Repo, commit_id: str) -> object:
    """Call everything that reads the working tree and the repository; each call returns or raises one of our errors."""
    os.chdir(repo.path)
    asks: list[Callable[[], object]] = [
        lambda: zenml_pin.load(f"pkg.step.A@{commit_id}", repo=repo.path),
        lambda: zenml_pin.load(f"pkg.step.A@{commit_id}", repo=repo.path, allow_dirty=True),
        lambda: zenml_pin.pin("pkg.step.A", repo=repo.path, strict=True),
        lambda: zenml_pin.status("", repo=repo.path),
        lambda: zenml_pin.status("pkg", repo=repo.path),
        lambda: zenml_pin.Repository(repo.path).get_pipeline_names(),
        lambda: zenml_pin.Repository(repo.path).get_step_versions(),
        lambda: zenml_pin.Repository(repo.path).get_runs(),
    ]
    for ask in asks:
        try:
            ask()
        except PinError as error:
            if not error.message.isprintable():
                raise AssertionError(repr(error.message)) from error
    for command in (["pipelines"], ["steps"], ["runs"], ["ls"], ["cat", "pkg.step.A"], ["status"]):
        assert main(command) in (0, 1, 2)
    return ANSWERED


def _replaced(location: str, make: Callable[[str], None]) -> Callable[[Repo], str]:
    def build(repo: Repo) -> str:

        files = {
            "pkg/step.py": STEP,
            "pkg/__init__.py": b"",
            "pkg/helper.py": b"X = 1\n",
            ".gitignore": b"*.log\n",
        }
        flat = {path: (FILE, put(repo, "blob", data)) for path, data in files.items()}
        commit_id = commit_of(repo, put_tree(repo, flat))
        checkout(repo, commit_id)
        path = Path(repo.path, location)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            path.rename(repo.path + ".moved")
        elif path.exists():
            path.unlink()
        make(str(path))
        return commit_id

    return build


CASES: Cases = {
    f"{name} for {location}": Case(_replaced(location, make), ANSWERED, ask_all)
    for location in PLACES
    for name, make in THINGS.items()
}
