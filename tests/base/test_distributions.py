"""Installed distributions, simulated in a folder on `sys.path`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from zenml_pin.base import distributions

NAME = "made-up"


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    """Answers are cached for the life of a process, so each test begins and ends with an empty cache."""
    functions = (distributions.packages, distributions.distribution_of, distributions.required_by)
    for function in functions:
        function.cache_clear()
    yield
    for function in functions:
        function.cache_clear()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on `sys.path`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site: Path, name: str, version: str, *files: str, requires: Iterable[str] = ()) -> None:
    """Write files, and the folder that says to which distribution they belong."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    required = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).touch()


@pytest.mark.slow
def test_versions_are_those_of_importlib(site: Path) -> None:
    """The standard library gives the same versions; the first on the path counts."""
    install(site, NAME, "1.5")
    install(site, "attrs", "0.0")

    packages = distributions.packages()

    assert packages[NAME] == distributions.version_of(NAME) == "1.5"
    assert packages["attrs"] == "0.0"
    assert list(packages) == sorted(packages)
    others = {item.metadata["Name"]: item.version for item in metadata.distributions(path=sys.path[1:])}
    assert set(others) <= set(packages)


HEADERS = {
    "usual": "Metadata-Version: 2.1\nName: made-up\nVersion: 1.5\nSummary: x\n\nName: text\nVersion: 9\n",
    "other case": "metadata-version: 2.1\nversion:1.5\nNAME:  made-up  \n",
    "folded": "Name: made-up\nLicense: one\n Name: other\n\tVersion: 3\nVersion: 1.5\n",
    "twice": "Name: made-up\nName: other\nVersion: 1.5\nVersion: 2\n",
    "no version": "Name: made-up\nSummary: x\n\nVersion: 9\n",
    "no text": "",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_headers_are_read_as_importlib_reads_them(site: Path, text: str) -> None:
    """The first of a name counts, a folded line belongs to the one above, and the description does not count as one."""
    install(site, NAME, "1.5")
    (site / "made_up-1.5.dist-info" / "METADATA").write_text(text)
    (found,) = metadata.distributions(path=[str(site)])
    expected = (found.metadata.get("Name", ""), found.metadata.get("Version", "")) if text else ("", "")

    assert distributions._name_and_version(found) == expected


def test_installed_headers_are_read_as_importlib_reads_them() -> None:
    """Of everything that is installed here."""
    for found in metadata.distributions():
        expected = (found.metadata.get("Name", ""), found.metadata.get("Version", ""))
        assert distributions._name_and_version(found) == expected


_OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, details: event == "open" and opened.append(str(details[0])))
from zenml_pin.pipelines.runs.run_environment import environment
assert "attrs" in environment()["packages"]
print(sum(name.endswith("METADATA") for name in opened) > 3, [name for name in opened if name.endswith("RECORD")])
"""


def test_record_of_what_is_installed_reads_no_list_of_files() -> None:
    """A run asks for names and versions."""
    done = subprocess.run([sys.executable, "-c", _OPENED], capture_output=True, text=True, check=True)

    assert done.stdout == "True []\n"


@pytest.mark.parametrize("name", ["no-such-distribution", ""])
def test_absent_distribution_has_no_version(name: str) -> None:
    """The version is None, also for the empty name, which importlib refuses."""
    assert distributions.version_of(name) is None


def test_names_and_versions_read_no_list_of_files(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that records the installed versions, and a bug report, read only the metadata."""
    install(site, NAME, "1.5", "made/__init__.py")
    read = metadata.PathDistribution.read_text
    names: list[str] = []

    def noted(self: metadata.PathDistribution, filename: str) -> str | None:
        names.append(filename)
        return read(self, filename)

    monkeypatch.setattr(metadata.PathDistribution, "read_text", noted)

    distributions.packages()
    distributions.report_versions()

    assert "METADATA" in names
    assert not {"RECORD", "installed-files.txt", "SOURCES.txt"} & set(names)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("made.deep.module", "made-up 1.5"),
        ("made", "made-up 1.5"),
        ("alone", "other 2"),
        ("mad", None),
        ("deep", None),
        ("no_such_module.at_all", None),
    ],
)
def test_a_module_belongs_to_what_installed_it(site: Path, module: str, expected: str | None) -> None:
    """By its top-level package or module, compared as a whole name."""
    install(site, NAME, "1.5", "made/__init__.py", "made/deep/module.py")
    install(site, "other", "2", "alone.py", "unmade/deep.py")

    assert distributions.distribution_of(module) == expected


def test_a_file_belongs_to_what_installed_it(site: Path) -> None:
    """Two distributions may share a top-level package: then the file decides."""
    install(site, NAME, "1.5", "shared/one.py")
    install(site, "other", "2", "shared/two.py")
    stray = site / "shared" / "stray.py"
    stray.touch()

    def of(file: str) -> str | None:
        return distributions.distribution_of("shared.module", os.path.realpath(site / "shared" / file))

    assert (of("one.py"), of("two.py"), of("stray.py")) == ("made-up 1.5", "other 2", None)


def test_a_distribution_without_a_record_still_lists_its_files(site: Path) -> None:
    """setuptools installed such distributions in development mode."""
    info = site / "made_up.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.5\n")
    (info / "SOURCES.txt").write_text("made/__init__.py\n")
    (site / "made").mkdir()
    (site / "made" / "__init__.py").touch()

    assert distributions.distribution_of("made.step") == "made-up 1.5"


def test_a_required_distribution_is_one_however_its_name_is_spelled(site: Path) -> None:
    """Installers compare names without case, and take "_", "." and "-" for one another (PEP 503)."""
    install(site, NAME, "1.5", requires=["Deep_Parts>=2", "other"])
    install(site, "other", "2", requires=["deep.parts", "Made.Up"])
    install(site, "deep-parts", "3", requires=["last; python_version > '3'"])

    required = distributions.required_by(frozenset([NAME]))

    assert required == {NAME, "other", "deep-parts", "last"}
