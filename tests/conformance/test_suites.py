"""The own test suites of packages, run from inside a pin: the same outcomes as natively, less the named exclusions.

Package and tests are committed; a file for pytest takes each test module's names from the commit. In the working tree,
which stands first on `sys.path`, every module raises, so a plain import of the package shows as a failed test; and at
the end no plain name of the package is in `sys.modules`, and nothing that a test uses comes from one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.conformance.package_suites import SUITES, Suite
from tests.support.network.source_archives import unpack_sources
from tests.support.repositories import commit, init, write

pytestmark = [pytest.mark.network, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def files_of(folder: Path) -> dict[str, Any]:
    """Return a folder's files as a nested dict."""
    found: dict[str, Any] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            found[path.name] = files_of(path)
        elif path.is_file():
            found[path.name] = path.read_bytes()
    return found


TRAP = "raise AssertionError('the working tree ran')\n"

STUB = """
    import zenml_pin
    module = zenml_pin.import_module({name!r}, {commit_id!r}, repo={repo!r}, materialize={directory!r})
    globals().update({{n: v for n, v in vars(module).items() if not n.startswith("__")}})
"""

GUARD = """
    import sys

    PACKAGES = {packages!r}

    def is_plain(name):
        return str(name).partition(".")[0] in PACKAGES

    def pytest_sessionfinish(session):
        plain = [n for n in sys.modules if is_plain(n)]
        values = [v for n in plain for v in vars(sys.modules[n]).values()]
        made = {{id(v) for v in values if is_plain(getattr(v, "__module__", ""))}}
        modules = {{item.module for item in session.items}}
        used = [f"{{m.__name__}}.{{n}}" for m in modules for n in vars(m) if id(vars(m)[n]) in made]
        if used or (plain and {checked!r}):
            print("LEAKED", sorted({{*used, *plain}}), file=sys.stderr)
            session.exitstatus = 9
"""


def traps(files: dict[str, Any]) -> dict[str, Any]:
    """Return the same modules, each of which raises."""
    found = {name: traps(node) if isinstance(node, dict) else TRAP for name, node in files.items()}
    return {name: node for name, node in found.items() if isinstance(node, dict) or name.endswith(".py")}


def stubs(suite: Suite, inner: Path, target: Path, **pin: str | None) -> None:
    """Write a file for each test module, that takes its names from the commit."""
    target.mkdir()
    prefix = "" if suite.tests in suite.source_roots else suite.tests.replace("/", ".") + "."
    for path in sorted((inner / suite.tests).glob("*.py")):
        if path.name.startswith(("test_", "conftest")) or path.name.endswith("_test.py"):
            (target / path.name).write_text(textwrap.dedent(STUB).format(name=prefix + path.stem, **pin))
    guard = textwrap.dedent(GUARD).format(packages=suite.packages, checked=not suite.used_by_pytest)
    (target / "guard.py").write_text(guard)


def run(
    folder: Path, report: Path, path: list[str], environment: dict[str, str], *options: str
) -> dict[str, str]:
    """Run pytest over a folder; return the outcome of each test."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), f"--junitxml={report}", *options, str(folder)],
        cwd=report.parent,
        # Installed plugins may import the package themselves.
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(path),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    return dict(map(outcome, ElementTree.parse(report).iter("testcase")))


def outcome(case: ElementTree.Element) -> tuple[str, str]:
    """Return a test's name, as `test_module.Class::test[parameters]`, and what became of it."""
    parts = case.get("classname", "").split(".")
    start = next((n for n, part in enumerate(parts) if part.startswith("test_")), 0)
    kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    return f"{'.'.join(parts[start:])}::{case.get('name')}", kinds[0] if kinds else "passed"


def run_natively(suite: Suite, inner: Path, place: Path, environment: dict[str, str]) -> dict[str, str]:
    """Run the tests of an unpacked sdist as they are."""
    path = [str(inner / suite.root), str(place / "needs")]
    return run(inner / suite.tests, place / "plain.xml", path, environment, *suite.deselections())


def run_pinned(
    suite: Suite, inner: Path, place: Path, environment: dict[str, str], materialize: bool
) -> dict[str, str]:
    """Commit an unpacked sdist, and run its tests from the commit."""
    repo = init(place / "repo")
    files = files_of(inner)
    if suite.source_roots:
        files["setup.cfg"] = f"[zenml_pin]\nsource_roots = {', '.join(suite.source_roots)}\n"
    commit_id = commit(repo, files, checkout=False)
    write(repo, traps(files))
    directory = str(place / "files") if materialize else None
    stubs(suite, inner, place / "stubs", commit_id=commit_id, repo=repo.path, directory=directory)
    worktree = [] if suite.used_by_pytest else [repo.path, repo.join("src")]
    path = [str(place / "stubs"), *worktree, str(place / "needs"), str(ROOT)]
    options = ["-p", "guard", *suite.deselections()]
    return run(place / "stubs", place / "pinned.xml", path, environment, *options)


@pytest.mark.parametrize(
    ("name", "materialize"), [*((name, False) for name in SUITES), ("jinja2", True)], ids=str
)
def test_suite_from_a_pin_has_the_outcomes_of_a_plain_run(
    name: str, materialize: bool, tmp_path: Path, announce: Callable[[str], None]
) -> None:
    """Test by test, and no plain name of the package is imported."""
    suite = SUITES[name]
    (tmp_path / "files").mkdir()
    distribution, _, version = suite.requirement.partition("==")
    inner = unpack_sources(tmp_path / "sdist", distribution, [version])[version]
    if suite.needs:
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tmp_path / "needs")]
        subprocess.run([*command, *suite.needs], check=True, capture_output=True)
    environment = {n: v.replace("FOLDER", str(inner)) for n, v in suite.environment.items()}

    plain = run_natively(suite, inner, tmp_path, environment)
    pinned = run_pinned(suite, inner, tmp_path, environment, materialize)

    excluded = suite.exclusions(materialize)
    differing = {t: (plain.get(t), pinned.get(t)) for t in {*plain, *pinned} if plain.get(t) != pinned.get(t)}
    assert {t: both for t, both in differing.items() if t.partition("[")[0] not in excluded} == {}
    assert excluded - {t.partition("[")[0] for t in differing} == set(), "no longer needed"
    title = f"{name} with materialize=" if materialize else name
    passed, natively = (list(found.values()).count("passed") for found in (pinned, plain))
    announce(f"{title}: {passed} passed from the pin, {natively} natively, {len(differing)} excluded")
    assert passed > 100
