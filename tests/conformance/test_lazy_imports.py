"""CPython's own tests of lazy imports (PEP 810), run from inside a pin, where the distribution has them.

The commit holds `test.support` and `test.test_lazy_import` of the running Python. Where a test looks for a name in
`sys.modules` or `sys.lazy_modules`, the pin's name is put before it; what runs in a process of its own stays as it is.
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

HAS_SUITE = sys.version_info >= (3, 15) and find_spec("test.test_lazy_import") is not None
pytestmark = pytest.mark.skipif(not HAS_SUITE, reason="needs the test suite of Python 3.15")

# By the reason why they cannot hold in a pin. One that passes has to leave.
EXCLUDED = {
    "compiles a text, in which a name that is not found asks at its first use where it goes": {
        "LazyImportDisTests.test_lazy_import_dis"
    },
    "gives exec an __import__ of its own, which rewritten statements call with names of ours": {
        "LazyImportTypeTests.test_deeply_dotted_name"
    },
}
NAME = r"test\.test_lazy_import\.data[\w.]*"


def suite_files(folder: Path) -> dict[str, Any]:
    """Return the files of the suite, with the pin's name where modules are looked for by name."""

    files: dict[str, Any] = {
        "__init__.py": b"",
        "support": support_files(folder),
        "test_lazy_import": files_in(folder / "test_lazy_import"),
    }
    text = files["test_lazy_import"]["__init__.py"].decode()
    text = re.sub(
        rf"""(["'])({NAME})\1(?=, sys\.(?:modules|lazy_modules)\)| (?:not )?in sys\.|\])""", r'P + "\2"', text
    )
    text = re.sub(rf'(?m)^( +)"({NAME})"(?=\n? *[,\n]*(?:\s*sys\.modules|\s*\]))', r'\1P + "\2"', text)
    text = text.replace("startswith('test.test_lazy", "startswith(P + 'test.test_lazy")
    scripts = r"textwrap\.dedent\(f?(\"{3}|'{3})(.*?)\1"
    text = re.sub(scripts, lambda match: match[0].replace("P + ", ""), text, flags=re.DOTALL)
    files["test_lazy_import"]["__init__.py"] = text.encode()
    return {"test": files}


def test_cpythons_tests_pass_from_inside_a_pin(repo: Repo, tmp_path: Path) -> None:
    """All but those that are excluded by name, and these do fail."""
    spec = find_spec("test")
    assert spec is not None
    assert spec.origin is not None
    commit_id = commit(repo, suite_files(Path(spec.origin).parent))
    shutil.rmtree(repo.join("test"))

    count, wrong = run_from_pin(commit_id, repo.path, "test.test_lazy_import", tmp_path)

    excluded = set().union(*EXCLUDED.values())
    assert count > 150
    assert {name: text for name, text in wrong.items() if name not in excluded} == {}
    assert excluded <= set(wrong)
