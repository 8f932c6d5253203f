"""uv.lock: it means what `uv export` says that it means, and leads nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny_wheels import Wheels
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.uv import get_uv
from zenml_pin.backends.environments.wanted import Libraries
from zenml_pin.errors import BackendError, DocumentError

Read = Callable[..., Libraries]
WORKSPACE = {
    "pyproject.toml": """\
[project]
name = "app"
version = "0"
requires-python = ">=3.11"
dependencies = ["user", "old; python_version < '3.12'", "part"]
[project.optional-dependencies]
more = ["extra-one"]
[dependency-groups]
dev = ["tool"]
docs = ["pages"]
[tool.uv.workspace]
members = ["parts/*"]
[tool.uv.sources]
part = {workspace = true}
""",
    "parts/part/pyproject.toml": """\
[project]
name = "part"
version = "0"
requires-python = ">=3.11"
dependencies = ["tiny"]
""",
}
FOLDERS = ("app", "parts/part")


@pytest.fixture
def locked(tmp_path: Path, wheels: Wheels) -> Path:
    """A workspace that uv has locked."""
    for name in ("tiny", "old", "tool", "pages"):
        wheels.add(name, "1.0")
    wheels.add("tiny", "2.0")
    wheels.add("extra_one", "1.0")
    wheels.add("user", "1.0", requires=("tiny<2",))
    folder = tmp_path / "workspace"
    for path, text in WORKSPACE.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    uv(folder, "lock")
    return folder


def uv(folder: Path, *arguments: str) -> str:
    """Run uv as a user would; return its output."""
    # There may be no Python on PATH.
    variables = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON": sys.executable}
    done = subprocess.run(
        [get_uv(), *arguments], cwd=folder, env=variables, check=True, capture_output=True, text=True
    )
    return done.stdout


def files_of(folder: Path) -> dict[str, Any]:
    """Return the files of a locked workspace, for a commit."""
    files = {path: text for path, text in WORKSPACE.items() if "/" not in path}
    part = {"pyproject.toml": WORKSPACE["parts/part/pyproject.toml"], "step.py": ""}
    return {**files, "parts": {"part": part}, "step.py": "", "uv.lock": (folder / "uv.lock").read_text()}


CHOICES = {
    "usual": ("", (), {}),
    "extra": ("", ("--extra", "more"), {"extras": ("more",)}),
    "group": ("", ("--group", "docs"), {"groups": ("docs",)}),
    "member": ("parts/part", ("--package", "part"), {}),
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize(("folder", "options", "settings"), CHOICES.values(), ids=CHOICES)
def test_it_asks_for_what_uv_exports(
    read: Read, locked: Path, folder: str, options: tuple[str, ...], settings: dict[str, Any]
) -> None:
    """The project nearest to the class counts, with the groups that uv installs; no project is installed."""
    asked = uv(locked, "export", "--frozen", "--no-emit-workspace", "--no-hashes", "--no-header", *options)
    # uv evaluates markers when it installs.
    expected = [
        line.split(";")[0].strip()
        for line in asked.splitlines()
        if line and not line.startswith((" ", "old=="))
    ]

    libraries = read(files_of(locked), folder, **settings)

    assert [item.requirement for item in libraries.wanted] == expected
    assert libraries.is_locked


@pytest.mark.slow
def test_markers_are_those_of_the_environment_s_python(read: Read, locked: Path) -> None:
    """Not those of the Python that reads the lock."""
    older = read(files_of(locked), python=InstalledPython("/nowhere", "3.11.2"))

    assert [item.requirement for item in older.wanted] == ["old==1.0", "tiny==1.0", "tool==1.0", "user==1.0"]


@pytest.mark.slow
def test_an_extra_that_does_not_exist_is_an_error(read: Read, locked: Path) -> None:
    """It lists those that exist; so do groups."""
    with pytest.raises(BackendError, match="has no extra 'none'") as caught:
        read(files_of(locked), extras=("none",))
    assert caught.value.hint == "it has: more"
    with pytest.raises(BackendError, match="has no group 'none'"):
        read(files_of(locked), groups=("none",))


LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "tiny" }]

[[package]]
name = "tiny"
version = "1.0"
source = { SOURCE }
wheels = [{ url = "https://files.example.org/tiny-1.0-py3-none-any.whl", hash = "sha256:HASH" }]
"""
HASH = "b" * 64


def lock(source: str, digest: str = HASH) -> dict[str, str]:
    """Return a lock with one package of some source."""
    return {"uv.lock": LOCK.replace("SOURCE", source).replace("HASH", digest)}


def test_registries_of_a_lock_are_not_asked(read: Read) -> None:
    """A package is asked for by name, version and hash; the URLs of the lock are followed where it is trusted."""
    files = lock('registry = "https://index.example.org/simple"')

    libraries = read(files)

    assert [item.line("") for item in libraries.wanted] == [f"tiny==1.0 --hash=sha256:{HASH}"]
    assert libraries.options == ()
    assert read(files, trust=True).options == ("--index=https://index.example.org/simple",)


REFUSED = {
    "git": ('git = "https://example.org/tiny?rev=main#' + "c" * 40 + '"', "from a git repository"),
    "url": ('url = "https://example.org/tiny-1.0-py3-none-any.whl"', "from a URL"),
    "path": ('path = "wheels/tiny-1.0-py3-none-any.whl"', "from the path"),
}


@pytest.mark.parametrize(("source", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_leads_elsewhere_is_refused_by_name(read: Read, source: str, reason: str) -> None:
    """The error names file and line; a trusted lock is followed."""
    with pytest.raises(DocumentError, match=r"^uv\.lock@\w{8}:10:1: 'tiny' is required ") as caught:
        read(lock(source))

    assert reason in caught.value.message
    files = {**lock(source), "wheels": {"tiny-1.0-py3-none-any.whl": b"PK"}}
    assert "tiny @ " in read(files, trust=True).wanted[0].line("/files")


def test_a_vcs_requirement_of_a_trusted_lock_names_its_commit(read: Read) -> None:
    """The revision that was locked counts, and not the branch."""
    source = 'git = "https://example.org/tiny?rev=main&subdirectory=lib#' + "c" * 40 + '"'

    libraries = read(lock(source), trust=True)

    wanted = f"tiny @ git+https://example.org/tiny@{'c' * 40}#subdirectory=lib"
    assert libraries.wanted[0].requirement == wanted


BROKEN = {
    "version": ({"uv.lock": "version = 99\n"}, "1:1: version 99"),
    "no project": ({"uv.lock": "version = 1\n"}, "1:1: it locks no project"),
    "no source": (
        {"uv.lock": 'version = 1\n\n[[package]]\nname = "x"\n'},
        "3:1: a package has no name or no source",
    ),
    "no package": ({"uv.lock": LOCK.partition('[[package]]\nname = "tiny"')[0]}, "no packages are 'tiny'"),
    "hash": (lock('registry = "x"', "xyz"), "10:1: 'sha256:xyz' of 'tiny' is not a hash"),
    "outside": (lock('directory = "../tiny"'), "10:1: 'tiny' is in '../tiny', outside the repository"),
    "variable": (lock('url = "https://${TOKEN}/x"'), "10:1: 'https://${TOKEN}/x' has '${'"),
    "two lines": (
        {"uv.lock": LOCK.replace('name = "tiny"', 'name = "tiny\\n--index-url https://example.org"')},
        "are not a name",
    ),
}


@pytest.mark.parametrize(("files", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_lock_is_an_error_with_file_and_line(read: Read, files: dict[str, Any], reason: str) -> None:
    """It is one line; nothing of the lock reaches the installer unread."""
    with pytest.raises(DocumentError, match=r"^uv\.lock@\w{8}:\d+:\d+: ") as caught:
        read(files, trust=True)

    if reason != "are not a name":
        assert reason in caught.value.message
    assert "\n" not in caught.value.message
