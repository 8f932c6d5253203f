"""The own test suites of packages, run from inside a pin: the same outcomes as natively, less the named exclusions.

Package and tests are committed; a file beside pytest imports each test module from the commit, so that every import
in it is the commit's, and no plain name of the package is in `sys.modules` at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import textwrap
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.repos import commit, init

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Suite:
    """A package's tests.

    Attributes:
        requirement: What to download.
        packages: Its top-level packages, which must not be imported by their plain names.
        tests: The folder of its tests in the sdist.
        root: The folder that makes its packages importable, "" or "src".
        needs: What to install beside it.
        environment: Variables for its tests; FOLDER stands for the unpacked sdist.
        excluded: Why some tests cannot hold in memory or under another name, and their names.
    """

    requirement: str
    packages: tuple[str, ...]
    tests: str
    root: str = ""
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)


FILE_NAME = "asserts that the file name of code is __file__ (N9)"
FILES_BESIDE = "reads or imports files that lie beside the test on disk (N9: with materialize= only)"
PLAIN_NAME = "asserts the plain dotted name in a text or in __module__"

SUITES = {
    "toolz": Suite(
        "toolz==1.2.0",
        ("toolz",),
        "toolz/tests",
        excluded={
            PLAIN_NAME: "test_module_name test_curry_module",
            "asks for the version of the installed distribution": "test_has_version",
            "tlz puts modules into sys.modules under plain names of its own": "test_tlz",
        },
    ),
    "more-itertools": Suite(
        "more-itertools==11.2.1",
        ("more_itertools",),
        "tests",
        excluded={"mock.patch of a plain name in a string (N12)": "test_groupby_calls"},
    ),
    "jsonschema": Suite(
        "jsonschema==4.26.0",
        ("jsonschema",),
        "jsonschema/tests",
        needs=("jsonschema[format]==4.26.0", "jsonpath-ng"),
        environment={"JSON_SCHEMA_TEST_SUITE": "FOLDER/json"},
        excluded={
            FILE_NAME: "test_ErrorTree_setitem test_FormatChecker_cls_checks test_RefResolutionError "
            "test_RefResolver test_RefResolver_in_scope test_Validator_is_valid_two_arguments "
            "test_Validator_iter_errors_two_arguments test_Validator_resolver test_Validator_subclassing "
            "test_draftN_format_checker test_import_ErrorTree test_import_FormatError test_import_Validator "
            "test_validators_ErrorTree test_validators_meta_schemas test_validators_validators test_version "
            "test_warns_if_meta_schema_specified_was_not_found",
        },
    ),
    "jinja2": Suite(
        "jinja2==3.1.6",
        ("jinja2",),
        "tests",
        "src",
        ("markupsafe", "trio"),
        excluded={
            FILES_BESIDE: "test_simple test_runtime_error test_syntax_error test_regular_syntax_error "
            "test_include_syntax_error_source test_get_corresponding_lineno_traceback test_package_loader "
            "test_filesystem_loader_overlapping_names test_choice_loader test_prefix_loader test_searchpath_as_str "
            "test_searchpath_as_pathlib test_searchpath_as_list_including_pathlib "
            "test_caches_template_based_on_mtime test_uses_specified_encoding test_filename_normpath test_log "
            "test_deflated_zip_compile test_stored_zip_compile test_filesystem_compile test_weak_references "
            "test_path_as_pathlib test_supports_pathlib_in_list_of_paths test_package_dir_source "
            "test_package_dir_list test_package_file_source test_package_file_list test_package_zip_source "
            "test_package_zip_list test_package_zip_omit_curdir test_pep_451_import_hook",
            PLAIN_NAME: "test_object_type_repr",
        },
    ),
    # pytest itself imports pluggy by its plain name.
    "pluggy": Suite(
        "pluggy==1.7.0",
        (),
        "testing",
        "src",
        excluded={
            FILE_NAME: "test_wrapper_too_many_yield test_hookwrapper_too_many_yield test_hook_conflict "
            "test_not_all_arguments_warning_points_at_the_caller test_teardown_raised_warning",
            PLAIN_NAME: "test_dunder_getattr_missing_raises",
        },
    ),
}


def unpack(suite: Suite, folder: Path) -> Path:
    """Download a package's sdist, and return its unpacked folder."""
    name = suite.requirement.partition("==")[0]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name]
    subprocess.run([*command, "-d", str(folder), suite.requirement], check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else file.extractall(folder)
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    return inner


def files_of(folder: Path) -> dict[str, Any]:
    """Return a folder's files as a nested dict."""
    found: dict[str, Any] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found[path.name] = files_of(path)
        elif path.is_file() and path.name != "setup.cfg":
            found[path.name] = path.read_bytes()
    return found


STUB = """
    import importlib
    module = importlib.import_module({name!r})
    globals().update({{n: v for n, v in vars(module).items() if not n.startswith("__")}})
"""

GUARD = """
    import sys
    def pytest_sessionfinish(session):
        leaked = [n for n in sys.modules if n.partition(".")[0] in {packages!r}]
        if leaked:
            print("LEAKED", leaked)
            session.exitstatus = 9
"""


def stubs(suite: Suite, inner: Path, root: str, target: Path) -> None:
    """Write a file for each test module, that takes its names from the commit."""
    target.mkdir()
    dotted = suite.tests.replace("/", ".")
    for path in sorted((inner / suite.tests).glob("*.py")):
        if path.name.startswith(("test_", "conftest")) or path.name.endswith("_test.py"):
            (target / path.name).write_text(textwrap.dedent(STUB).format(name=f"{root}.{dotted}.{path.stem}"))
    (target / "guard.py").write_text(textwrap.dedent(GUARD).format(packages=suite.packages))


def run(
    folder: Path, report: Path, path: list[str], environment: dict[str, str], *options: str
) -> dict[str, str]:
    """Run pytest over a folder; return the outcome of each test."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", "-c", os.devnull]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), f"--junitxml={report}", *options, str(folder)],
        cwd=report.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        parts = case.get("classname", "").split(".")
        start = next((n for n, part in enumerate(parts) if part.startswith("test_")), 0)
        title = f"{'.'.join(parts[start:])}::{case.get('name')}"
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        found[title] = kinds[0] if kinds else "passed"
    return found


@pytest.mark.parametrize("name", SUITES)
def test_suite_from_a_pin_has_the_outcomes_of_a_plain_run(name: str, tmp_path: Path) -> None:
    """Test by test, and no plain name of the package is imported."""
    suite = SUITES[name]
    (tmp_path / "sdist").mkdir()
    inner = unpack(suite, tmp_path / "sdist")
    needs = tmp_path / "needs"
    if suite.needs:
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(needs), *suite.needs]
        subprocess.run(command, check=True, capture_output=True)
    repo = init(tmp_path / "repo")
    commit_id = commit(repo, files_of(inner), checkout=False)
    stubs(suite, inner, f"zenml_pin.at.g{commit_id}", tmp_path / "stubs")
    environment = {n: v.replace("FOLDER", str(inner)) for n, v in suite.environment.items()}

    plain = run(
        inner / suite.tests, tmp_path / "plain.xml", [str(inner / suite.root), str(needs)], environment
    )
    pinned = run(
        tmp_path / "stubs",
        tmp_path / "pinned.xml",
        [str(ROOT), str(needs), str(tmp_path / "stubs")],
        {**environment, "ZENML_PIN_PATH": repo.path},
        "-p",
        "guard",
    )

    differing = {t: (plain.get(t), pinned.get(t)) for t in {*plain, *pinned} if plain.get(t) != pinned.get(t)}
    excluded = set(" ".join(suite.excluded.values()).split())
    print(f"{name}: natively {dict(Counter(plain.values()))}, from a pin {dict(Counter(pinned.values()))}")
    assert {
        t: o for t, o in differing.items() if t.partition("::")[2].partition("[")[0] not in excluded
    } == {}
    assert len(plain) > 50
