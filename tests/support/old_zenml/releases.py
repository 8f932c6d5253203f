"""The releases' own sources, from the package registry, and documents that their examples write under Python 3.8."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.old_zenml import stand_ins

PUBLISHED = (
    *("0.1.0", "0.1.1", "0.1.2", "0.1.3", "0.1.4", "0.1.5", "0.2.0", "0.3.1", "0.3.2", "0.3.3", "0.3.4"),
    *("0.3.5", "0.3.6", "0.3.6.1", "0.3.7", "0.3.8"),
)
# What the code of the releases needs and stand-ins cannot give, in versions for Python 3.8.
_LIBRARIES = ("GitPython<3.2", "PyYAML<6", "click<8.2")
_SCRIPTS = ("run.py", "gan_run.py", "quickstart.py")


def find_python() -> str | None:
    """Return an interpreter of Python 3.8, for which these releases were written; None without one."""
    for folder in sorted(Path.home().glob(".pyenv/versions/3.8*")):
        if (folder / "bin" / "python").exists():
            return str(folder / "bin" / "python")
    return None


def download(python: str, folder: Path) -> dict[str, Path]:
    """Return the unpacked sources of every published release, oldest first. pip runs their `setup.py`."""
    # 0.1.0 cannot be built with a newer setuptools.
    (folder / "constraint.txt").write_text("setuptools<58\n")

    def one(release: str) -> Path:
        options = ["--no-deps", "--no-binary", ":all:", "--ignore-requires-python", "-q"]
        command = [python, "-m", "pip", "download", *options, "-d", str(folder), f"zenml=={release}"]
        constraint = {"PIP_CONSTRAINT": str(folder / "constraint.txt")}
        subprocess.run(command, check=True, env={**os.environ, **constraint}, capture_output=True)
        with tarfile.open(folder / f"zenml-{release}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        return folder / f"zenml-{release}"

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(PUBLISHED, pool.map(one, PUBLISHED), strict=True))


def install_libraries(python: str, folder: Path) -> Path:
    """Install the few libraries that are needed for real."""
    command = [python, "-m", "pip", "install", "-q", "--target", str(folder), *_LIBRARIES]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def examples(release: Path) -> list[tuple[str, str]]:
    """Return folder and script of each example of a release."""
    found = []
    for folder in sorted((release / "examples").iterdir()) if (release / "examples").is_dir() else ():
        script = next((name for name in _SCRIPTS if (folder / name).is_file()), None)
        if script is not None:
            found.append((folder.name, script))
    return found


def write_documents(
    python: str, libraries: Path, release: Path, example: tuple[str, str], folder: Path
) -> str:
    """Copy an example into a new repository, commit it, run it, commit what it wrote; return its last words."""
    name, script = example
    shutil.copytree(release / "examples" / name, folder / "examples" / name)
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *identity, "commit", "-q", "-m", "example"], cwd=folder, check=True)
    home = folder.parent / f"{folder.name}-home"
    home.mkdir()
    ran = subprocess.run(
        [python, "-W", "ignore", stand_ins.__file__, str(release), f"examples/{name}/{script}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(libraries), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    subprocess.run(["git", "add", "-A", "pipelines"], cwd=folder, check=False, capture_output=True)
    subprocess.run(
        ["git", *identity, "commit", "-q", "-m", "documents"], cwd=folder, check=False, capture_output=True
    )
    return ran.stderr[-2000:]
