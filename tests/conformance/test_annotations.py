"""CPython's own tests of annotations (PEP 649, PEP 749), run from inside a pin, where the distribution has them.

The commit holds `test.test_annotationlib` of the running Python, and the annotated modules that it imports.
"""

from __future__ import annotations

import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.conformance.suite_in_pin import files_in, run_from_pin, support_files
from tests.support.repositories import Repo, commit

HAS_SUITE = sys.version_info >= (3, 14) and find_spec("test.test_annotationlib") is not None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_SUITE, reason="needs the test suite of Python 3.14 or later"),
]

# By the reason why they cannot hold in a pin. One that passes has to leave.
EXCLUDED: dict[str, set[str]] = {}
MODES = [(), ("-X", "lazy_imports=all")] if sys.version_info >= (3, 15) else [()]


@pytest.mark.parametrize("flags", MODES, ids=lambda flags: " ".join(flags) or "normal")
def test_cpythons_tests_pass_from_inside_a_pin(repo: Repo, tmp_path: Path, flags: tuple[str, ...]) -> None:
    """All but those that are excluded by name, and these do fail."""
    spec = find_spec("test")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    text = (folder / "test_annotationlib.py").read_text("utf-8")
    files: dict[str, Any] = {
        "__init__.py": b"",
        "support": support_files(folder),
        "test_inspect": {**files_in(folder / "test_inspect"), "__init__.py": b""},
        # From 3.15 on, annotations may be imported lazily.
        "test_lazy_import": files_in(folder / "test_lazy_import") if sys.version_info >= (3, 15) else {},
        "typinganndata": files_in(folder / "typinganndata"),
        # What a test imports it takes away again, here under the pin's name.
        "test_annotationlib.py": re.sub(r"(unload,\s+)(\"test\.)", r"\1P + \2", text),
    }
    commit_id = commit(repo, {"test": files})
    shutil.rmtree(repo.join("test"))

    count, wrong = run_from_pin(commit_id, repo.path, "test.test_annotationlib", tmp_path, *flags)

    excluded = set().union(*EXCLUDED.values())
    assert count > 100
    assert {name: text for name, text in wrong.items() if name not in excluded} == {}
    assert excluded <= set(wrong)
