"""A new environment as `pip install zenml_pin` makes it, without a network: this package and its requirements."""

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
    """A virtual environment, and an empty home folder.

    Attributes:
        bin: The folder of its programs; `python` and `zenml-pin` are there.
        home: The home folder of its user; empty.
    """

    def __init__(self, bin: Path, home: Path) -> None:
        self.bin = bin
        self.home = home

    def run(self, *command: str, cwd: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs. PATH has nothing else; above all, no git."""
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=cwd,
            env={"PATH": str(self.bin), "HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )


def make_environment(folder: Path, *others: str) -> Environment:
    """Make an environment, with other distributions if they are named; all files are links to installed ones."""
    home = folder / "home"
    home.mkdir(parents=True)
    venv.create(folder / "venv", symlinks=True)
    bin = folder / "venv" / "bin"
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    for name in {
        *required("zenml_pin"),
        *others,
        *(needed for other in others for needed in required(other)),
    }:
        for top in {file.parts[0] for file in metadata.files(name) or ()} - {"..", "__pycache__"}:
            site.joinpath(top).symlink_to(str(metadata.distribution(name).locate_file(top)))
        _write_programs(name, bin)
    _install_this(site)
    _write_programs("zenml_pin", bin)
    return Environment(bin, home)


def required(name: str) -> Iterator[str]:
    """Yield the distributions that a distribution requires, and those that they require."""
    for line in metadata.requires(name) or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield canonicalize_name(wanted.name)
            yield from required(wanted.name)


def _install_this(site: Path) -> None:
    """Put this package with its metadata into the environment; here it may be an editable installation."""
    distribution = metadata.distribution("zenml_pin")
    site.joinpath("zenml_pin").symlink_to(Path(zenml_pin.__file__).parent)
    info = site / f"zenml_pin-{zenml_pin.__version__}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(
        distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    )
    info.joinpath("entry_points.txt").write_text(distribution.read_text("entry_points.txt") or "")


def _write_programs(name: str, bin: Path) -> None:
    for entry in metadata.distribution(name).entry_points:
        if entry.group == "console_scripts":
            program = bin / entry.name
            python = bin / Path(sys.executable).name
            program.write_text(PROGRAM.format(python=python, module=entry.module, name=entry.attr))
            program.chmod(0o755)
