"""Modules are named as the wheel of each build backend names them; what the backends build is the judge."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.packaged_projects import PROJECTS, Project
from tests.support.repositories import Repo, commit, write
from zenml_pin.at import registry

_BUILT = {name: project for name, project in PROJECTS.items() if project.requires}


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_modules_have_the_names_of_the_wheel(repo: Repo, project: Project) -> None:
    """Each module of the example loads by its name in the wheel, from its file."""
    first = commit(repo, project.files)

    loaded: dict[str, Any] = {
        path: zenml_pin.import_module(module, first, repo=repo.path)
        for path, module in project.modules.items()
    }

    assert registry.get_namespace(first).source_roots == project.roots
    for path, module in project.modules.items():
        assert loaded[path].__name__ == f"zenml_pin.at.g{first}.{module}"
        assert loaded[path].__file__.endswith(f"/{path}")
        assert f"zenml_pin.at.g{first}.{module.partition('.')[0]}" == loaded[path].NAME


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_a_class_is_pinned_by_the_name_of_the_wheel(repo: Repo, project: Project) -> None:
    """`pin` names the class as its users do, and the pin loads from a bundle, which has the packaging files."""
    first = commit(repo, project.files)
    module = next(module for module in project.modules.values() if module.endswith(".step"))

    source = zenml_pin.pin(f"{module}.A", repo=repo.path)
    bundle = zenml_pin.Bundle.create(source, repo=repo.path)
    zenml_pin.unload(first)
    cls: Any = zenml_pin.load(source, repo=bundle)

    assert str(source) == f"{module}.A@{first}"
    assert cls.name == f"zenml_pin.at.g{first}.{module.partition('.')[0]}"


@pytest.mark.network
@pytest.mark.parametrize("project", _BUILT.values(), ids=_BUILT)
def test_the_backend_builds_a_wheel_with_the_same_modules(
    repo: Repo, tmp_path: Path, project: Project
) -> None:
    """The wheel that the backend itself builds of these files has exactly these modules."""
    if "maturin" in project.requires and shutil.which("cargo") is None:
        pytest.skip("maturin asks cargo about every project, and cargo is not on PATH")
    write(repo, project.files)

    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), repo.path],
        # Rust's own tools are below the user's home, which tests have elsewhere.
        env={**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    files = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}

    assert files == {_in_wheel(path, module) for path, module in project.modules.items()}


def _in_wheel(path: str, module: str) -> str:
    folder = module.replace(".", "/")
    return f"{folder}/__init__.py" if path.endswith("/__init__.py") else f"{folder}.py"
