"""Runs a test module of CPython from inside a pin, in a process of its own.

    python suite_in_pin.py COMMIT REPOSITORY MODULE

The builtin name P is the pin's name and a dot. Prints JSON: how many tests ran, and {test: what went wrong}.
"""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def files_in(folder: Path) -> dict[str, Any]:
    """Return the files of a folder, for a commit."""
    return {
        path.name: files_in(path) if path.is_dir() else path.read_bytes()
        for path in folder.iterdir()
        if path.name != "__pycache__"
    }


def support_files(folder: Path) -> dict[str, Any]:
    """Return the files of `test.support`, which otherwise refuses to be imported under another name."""
    files = files_in(folder / "support")
    files["__init__.py"] = files["__init__.py"].replace(b"__name__ != 'test.support'", b"False")
    return files


def run_from_pin(
    commit_id: str, repository: str, module: str, folder: Path, *flags: str
) -> tuple[int, dict[str, str]]:
    """Run a test module of a commit in a folder; return the number of tests, and those that failed with the reason.

    Args:
        commit_id: The commit.
        repository: Its repository.
        module: The module, such as "test.test_annotationlib".
        folder: The current folder of the process.
        flags: Options of Python.
    """
    done = subprocess.run(
        [sys.executable, *flags, __file__, commit_id, repository, module],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, failed = json.loads(done.stdout.splitlines()[-1])
    return count, failed


def main(commit_id: str, repository: str, name: str) -> None:
    """Run the tests and print their outcome."""
    import difflib
    import pprint
    import traceback

    import zenml_pin

    # Reports of failures use these; the tests must not see that they are imported lazily.
    for module in (difflib, pprint, traceback):
        dir(module)
    getattr(sys.modules.get("_colorize"), "IO", None)
    vars(builtins)["P"] = f"zenml_pin.at.g{commit_id}."
    tests = unittest.defaultTestLoader.loadTestsFromModule(
        zenml_pin.import_module(name, commit_id, repo=repository)
    )
    result = unittest.TestResult()
    tests.run(result)
    failed = {
        str(test.id()).rpartition(f"{name.rpartition('.')[2]}.")[2]: text
        for test, text in result.failures + result.errors
    }
    print(json.dumps([result.testsRun, failed]))


if __name__ == "__main__":
    main(*sys.argv[1:])
