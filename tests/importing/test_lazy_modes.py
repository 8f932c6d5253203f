"""Everything works where all imports are lazy (PEP 810: `-X lazy_imports=all`, PYTHON_LAZY_IMPORTS=all)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit

PACKAGE = Path(zenml_pin.__file__).parent
COMMANDS = {
    "version": ["--version"],
    "pipelines": ["pipelines"],
    "status": ["status", "trainers"],
    "pin": ["pin", "trainers.step.T"],
    "load": ["load", "trainers.step.T@COMMIT"],
    "cat": ["cat", "trainers.step.T@COMMIT"],
    "ls": ["ls", "COMMIT"],
    "diff": ["diff", "trainers.step.T@COMMIT"],
    "versions": ["versions", "trainers.step.T"],
    "audit": ["audit"],
    "audit --load": ["audit", "--load"],
    "check": ["check"],
    "verify": ["verify", "trainers.step.T@COMMIT"],
    "bundle": ["bundle", "trainers.step.T@COMMIT", "-o", "b.bundle"],
    "doctor": ["doctor"],
    "demo": ["demo"],
    "runs": ["runs"],
    "steps": ["steps"],
}


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")
@pytest.mark.parametrize("args", COMMANDS.values(), ids=COMMANDS)
def test_command_is_the_same_where_all_imports_are_lazy(repo: Repo, args: list[str]) -> None:
    """The option and the variable change nothing of what a command says, nor its exit code."""
    commit_id = commit(
        repo,
        {
            "trainers": {
                "__init__.py": "",
                "step.py": "import trainers.helper\nfrom trainers.helper import value\nclass T:\n    v = value\n",
                "helper.py": "value = 1\n",
            }
        },
    )
    said = []
    for flags, variables in (
        ([], {}),
        (["-X", "lazy_imports=all"], {}),
        ([], {"PYTHON_LAZY_IMPORTS": "all"}),
    ):
        command = [
            sys.executable,
            *flags,
            "-m",
            "zenml_pin",
            *[arg.replace("COMMIT", commit_id) for arg in args],
        ]
        done = subprocess.run(
            command,
            cwd=repo.path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **variables},
        )
        said.append((done.returncode, done.stdout if "demo" not in args else "", done.stderr))
        Path(repo.join("b.bundle")).unlink(missing_ok=True)

    assert said[0][0] in (0, 1)
    assert "Traceback" not in said[0][2]
    assert said[1] == said[2] == said[0]


def test_no_package_binds_the_name_of_its_own_module_to_something_else() -> None:
    """Where all imports are lazy, Python puts the module in the place of the function."""
    wrong = []
    for init in PACKAGE.rglob("__init__.py"):
        modules = {path.stem for path in init.parent.glob("*.py")} | {
            path.parent.name for path in init.parent.glob("*/*.py")
        }
        # The constructor of a class there.
        modules.discard("__init__")
        package = ".".join(init.parent.relative_to(PACKAGE.parent).parts)
        for node in ast.walk(ast.parse(init.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module != package:
                wrong += [
                    f"{init}:{node.lineno}" for alias in node.names if (alias.asname or alias.name) in modules
                ]
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in modules:
                wrong.append(f"{init}:{node.lineno}")

    assert not wrong
