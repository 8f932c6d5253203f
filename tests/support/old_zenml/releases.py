"""The published releases, and documents that the examples in their sources write under Python 3.8."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.old_zenml import stand_ins

PUBLISHED = (
    *("0.1.0", "0.1.1", "0.1.2", "0.1.3", "0.1.4", "0.1.5", "0.2.0", "0.3.1", "0.3.2", "0.3.3", "0.3.4"),
    *("0.3.5", "0.3.6", "0.3.6.1", "0.3.7", "0.3.8"),
)
# What the code of the releases needs and stand-ins cannot give, in versions for Python 3.8.
_LIBRARIES = ("GitPython<3.2", "PyYAML<6", "click<8.2")
# Accounts of clouds that examples read from the environment; nothing calls a cloud.
_ACCOUNTS = {
    "GCP_PROJECT": "project",
    "GCP_BUCKET": "gs://bucket",
    "GCP_REGION": "europe-west1",
    "GCP_CLOUD_SQL_INSTANCE_NAME": "instance",
    "IAM_ROLE": "role",
    "S3_BUCKET": "s3://bucket",
    "MODEL_NAME": "model",
    "CORTEX_MODEL_NAME": "model",
    "MYSQL_DB": "zenml",
    "MYSQL_USER": "ada",
    "MYSQL_PWD": "password",
    "MYSQL_HOST": "127.0.0.1",
    "MYSQL_PORT": "3306",
}
_SCRIPTS = ("run.py", "gan_run.py", "quickstart.py")


def find_python() -> str | None:
    """Return an interpreter of Python 3.8, for which these releases were written; None without one."""
    for folder in sorted(Path.home().glob(".pyenv/versions/3.8*")):
        if (folder / "bin" / "python").exists():
            return str(folder / "bin" / "python")
    return None


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


def write_documents(python: str, libraries: Path, release: Path, folder: Path) -> dict[str, str]:
    """Copy each example of a release into a new repository below a folder, commit it, run it, commit what it wrote.

    Returns what the run of each example printed, by the name of its repository in the folder.
    """
    work = {
        folder / f"{release.name.removeprefix('zenml-')}-{name}": script for name, script in examples(release)
    }
    for repository in work:
        name = repository.name.partition("-")[2]
        shutil.copytree(release / "examples" / name, repository / "examples" / name)
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=repository, check=True)
        _commit(repository, ".", "example")
    scripts = [
        text
        for repository, script in work.items()
        for text in (str(repository), f"examples/{repository.name.partition('-')[2]}/{script}")
    ]
    home = folder / f"{release.name}-home"
    home.mkdir()
    subprocess.run(
        [python, "-W", "ignore", stand_ins.__file__, str(release), *scripts],
        # Releases before 0.1.5 refuse a step whose folder has a __pycache__.
        env={
            **os.environ,
            **_ACCOUNTS,
            "PYTHONPATH": str(libraries),
            "HOME": str(home),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        check=True,
        capture_output=True,
        timeout=180,
    )
    for repository in work:
        if any(repository.glob("pipelines/*.yaml")):
            _commit(repository, "pipelines", "documents")
    return {repository.name: Path(f"{repository}.log").read_text() for repository in work}


def _commit(repository: Path, path: str, message: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gc.auto=0")
    subprocess.run(["git", "add", "-A", path], cwd=repository, check=True)
    subprocess.run(["git", *identity, "commit", "-q", "-m", message], cwd=repository, check=True)
