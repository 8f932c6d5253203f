"""A fresh environment as `pip install zenml_pin` makes it, without a network: this package, and what it requires."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import zenml_pin

PROGRAM = "#!{python}\nimport sys\nfrom {module} import {name}\nsys.exit({name}())\n"


class Environment:
    """A virtual environment, and a home with nothing in it.

    Attributes:
        bin: The folder of its programs, `python` and `zenml-pin` among them.
        home: An empty folder; its user's home.
    """

    def __init__(self, bin: Path, home: Path) -> None:
        self.bin = bin
        self.home = home

    def run(self, *command: str, cwd: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs: nothing else is on PATH, git least of all."""
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=cwd,
            env={"PATH": str(self.bin), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )


def make_environment(folder: Path, *others: str) -> Environment:
    """Make one, with other distributions if they are named; all are links to what is installed here."""
    home = folder / "home"
    home.mkdir(parents=True)
    venv.create(folder / "venv", symlinks=True)
    bin = folder / "venv" / "bin"
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    for name in {*required("zenml_pin"), *others, *(held for other in others for held in required(other))}:
        for held in {file.parts[0] for file in metadata.files(name) or ()} - {"..", "__pycache__"}:
            site.joinpath(held).symlink_to(str(metadata.distribution(name).locate_file(held)))
        _write_programs(name, bin)
    _install_this(site)
    _write_programs("zenml_pin", bin)
    return Environment(bin, home)


def required(name: str) -> Iterator[str]:
    """Yield the distributions that one requires, and that these require."""
    for line in metadata.requires(name) or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield canonicalize_name(wanted.name)
            yield from required(wanted.name)


def _install_this(site: Path) -> None:
    """Put this package there with its metadata: it may be here as an editable installation."""
    found = metadata.distribution("zenml_pin")
    site.joinpath("zenml_pin").symlink_to(Path(zenml_pin.__file__).parent)
    info = site / f"zenml_pin-{zenml_pin.__version__}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(found.read_text("METADATA") or found.read_text("PKG-INFO") or "")
    info.joinpath("entry_points.txt").write_text(found.read_text("entry_points.txt") or "")


def _write_programs(name: str, bin: Path) -> None:
    for entry in metadata.distribution(name).entry_points:
        if entry.group == "console_scripts":
            program = bin / entry.name
            python = bin / Path(sys.executable).name
            program.write_text(PROGRAM.format(python=python, module=entry.module, name=entry.attr))
            program.chmod(0o755)
