"""What a trial may read: Python wherever it is, the system's libraries, and neither the repository nor a home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from zenml_pin.isolation.readable import SYSTEM, Allowed, Grant, grants

SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a key, a project, a Python and modules in it."""
    root = Path(os.path.realpath(tmp_path)) / "home"
    for name in (
        ".ssh/id",
        "project/setup.py",
        "project/.git/config",
        f"project/venv/{SITE}/lib.py",
        "beside.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    for name in (
        f"pyenv/{SITE}/lib.py",
        "modules/package/__init__.py",
        "modules/data/file.txt",
        "package/__init__.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


def readable(home: Path, *path: Path | str, monkeypatch: pytest.MonkeyPatch, prefix: str = "/usr") -> Allowed:
    """Return what is allowed where Python is at a prefix."""
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sys, name, prefix)
    project = str(home / "project")
    return Allowed(grants([str(item) for item in path], [project], [str(home)], "/private"))


def test_python_below_a_home_is_readable_and_nothing_beside_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pyenv, conda and virtualenv put it."""
    allowed = readable(home, monkeypatch=monkeypatch, prefix=str(home / "pyenv"))

    assert allowed.can_read(str(home / "pyenv" / SITE / "lib.py"))
    assert not allowed.can_read(str(home / ".ssh/id"))
    assert not allowed.can_read(str(home))
    assert not allowed.can_write(str(home / "pyenv" / SITE / "lib.py"))


def test_environment_in_the_repository_is_readable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder, and nothing else of the repository."""
    allowed = readable(home, monkeypatch=monkeypatch, prefix=str(home / "project/venv"))

    assert allowed.can_read(str(home / "project/venv" / SITE / "lib.py"))
    assert not allowed.can_read(str(home / "project/setup.py"))


@pytest.mark.parametrize("prefix", ["project", ""])
def test_environment_that_is_the_repository_or_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """Of it, what is Python's is readable."""
    (home / prefix / SITE).mkdir(parents=True)
    allowed = readable(home, monkeypatch=monkeypatch, prefix=str(home / prefix))

    assert allowed.can_read(str(home / prefix / SITE / "lib.py"))
    assert not allowed.can_read(str(home / "project/setup.py"))
    assert not allowed.can_read(str(home / ".ssh/id"))


def test_import_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entries, below a home too."""
    allowed = readable(home, home / "modules", monkeypatch=monkeypatch)

    assert allowed.can_read(str(home / "modules/data/file.txt"))
    assert not allowed.can_read(str(home / ".ssh/id"))


@pytest.mark.parametrize("entry", ["project", "project/src", "project/.git"])
def test_import_path_in_the_repository_is_not_readable(
    home: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """A pin needs no module of the working tree."""
    allowed = readable(home, home / entry, monkeypatch=monkeypatch)

    assert not allowed.can_read(str(home / entry / "setup.py"))
    assert not allowed.can_read(str(home / entry))


def test_import_path_that_holds_a_home_or_the_repository(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the modules and packages in it: as where a script in the home folder asks."""
    for entry in (home, home.parent):
        allowed = readable(home, entry, monkeypatch=monkeypatch)

        assert not allowed.can_read(str(home / ".ssh/id"))
        assert not allowed.can_read(str(home / "project/setup.py"))
        assert not allowed.can_read(str(entry))
    allowed = readable(home, home, monkeypatch=monkeypatch)
    assert allowed.can_read(str(home / "beside.py"))
    assert allowed.can_read(str(home / "package/__init__.py"))


def test_repository_below_the_systems_folders_is_not_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As /usr/src/app in a container: what is around it is granted piece by piece."""
    allowed = Allowed(grants([], ["/usr/share/zoneinfo"], [], "/private"))

    assert not allowed.can_read("/usr/share/zoneinfo/UTC")
    assert not allowed.can_read("/usr/share")
    assert allowed.can_read("/usr/lib/x")
    assert allowed.can_read("/usr/share/doc/x")


def test_only_the_private_folder_is_writable() -> None:
    """And files of /dev that hold nothing."""
    granted = grants([], [], [], "/private")

    assert {grant.path for grant in granted if grant.kind == "write"} == {"/private"}
    assert all(grant.path.startswith("/dev/") for grant in granted if grant.kind == "device")


def test_every_grant_has_a_reason() -> None:
    """A reader can judge each of them."""
    assert all(grant.reason and grant.kind in ("read", "run", "device") for grant in SYSTEM)


@pytest.mark.parametrize(
    "secret", ["/etc/shadow", "/etc/ssl/private/x", "/root/x", "/home/x", "/run/x", "/var/lib/x"]
)
def test_secrets_of_the_system_are_not_readable(secret: str) -> None:
    """Neither they nor the folders that they are in."""
    allowed = Allowed([grant for grant in SYSTEM if not os.path.islink(grant.path)])

    assert not allowed.can_read(secret)
    assert not allowed.can_read(os.path.dirname(secret))


def test_path_that_goes_up_is_looked_at() -> None:
    """It may lead anywhere."""
    allowed = Allowed([Grant("/usr", "run", "x")])

    assert allowed.is_library("/usr/lib/x")
    assert not allowed.is_library("/usr/../home/x")
    assert not allowed.is_library("/usrlocal")


@pytest.mark.parametrize("has_own_proc", [True, False])
def test_what_torch_looks_up_is_readable(has_own_proc: bool) -> None:
    """As `strace` shows it for an import of torch 2.14, and for work on the processor."""
    allowed = Allowed(grants([], [], [], "/private", has_own_proc=has_own_proc))
    own = os.path.realpath("/proc/self")
    paths = [
        *("/proc/cpuinfo", f"{own}/maps", f"{own}/environ", "/proc/sys/vm/overcommit_memory"),
        *(f"/sys/devices/system/cpu/{name}" for name in ("possible", "present", "kernel_max")),
        *("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null"),
    ]

    assert [path for path in paths if not allowed.can_read(os.path.realpath(path))] == []
