"""Documents that the releases' own code writes of the releases' own examples: all are read, and each can be green."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.old_zenml.names import table
from tests.support.old_zenml.releases import (
    download,
    examples,
    find_python,
    install_libraries,
    write_documents,
)
from zenml_pin import resolver
from zenml_pin.audit import check
from zenml_pin.audit.rules import Level
from zenml_pin.errors import PinError
from zenml_pin.importing import zenml_releases
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pipelines.documents.document import load_document
from zenml_pin.pipelines.documents.source_spans import source_spans
from zenml_pin.source import Source

PYTHON = find_python()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(PYTHON is None, reason="ZenML 0.1 to 0.3 needs Python 3.8"),
    pytest.mark.xdist_group("genuine documents"),
]
# One release of each shape of documents and of names; all of them would take three times as long.
WRITING = ("0.1.0", "0.1.4", "0.2.0", "0.3.1", "0.3.3", "0.3.8")
_PIN = re.compile(r"@[0-9a-f]{40}\b")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The unpacked sources of each published release."""
    return download(PYTHON or "", tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def repositories(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A repository for each example of each release, with the documents that it wrote."""
    libraries = install_libraries(PYTHON or "", tmp_path_factory.mktemp("libraries"))
    root = tmp_path_factory.mktemp("repositories")
    work = [(release, example) for release in WRITING for example in examples(sources[release])]

    def one(item: tuple[str, tuple[str, str]]) -> tuple[str, Path]:
        release, example = item
        folder = root / f"{release}-{example[0]}"
        write_documents(PYTHON or "", libraries, sources[release], example, folder)
        return folder.name, folder

    with ThreadPoolExecutor(2) as pool:
        made = dict(pool.map(one, work))
    return {name: folder for name, folder in made.items() if any(folder.glob("pipelines/*.yaml"))}


def test_the_names_are_those_of_the_releases(sources: dict[str, Path]) -> None:
    """The table of names is what the releases' own files say."""
    written = Path(zenml_releases.__file__).with_suffix(".txt").read_text().splitlines()

    assert table(sources) == written


def test_every_genuine_document_is_read_and_every_repository_can_be_green(
    repositories: dict[str, Path],
) -> None:
    """Every pin is seen, and nothing but notes is found; what was made is enough to judge by."""
    faults: list[str] = []
    eras, pins = Counter[str](), 0
    for name, folder in repositories.items():
        report = check(repo=str(folder))
        found = [finding for finding in report.findings if finding.level is not Level.NOTE]
        faults += [f"{name}: {finding.rule.id} {finding.message}" for finding in found]
        for path in sorted(folder.glob("pipelines/*.yaml")):
            text = path.read_text()
            spans = [span.source for span in source_spans(text)]
            written = len(_PIN.findall(text))
            assert written == sum(_PIN.search(span) is not None for span in spans), path
            pins += written
            eras[load_document(path).era] += 1

    print(f"{len(repositories)} repositories, {eras.total()} documents, {pins} pins")
    assert faults == []
    assert set(eras) == {"0.1.4", "0.3.8"}
    assert len(repositories) >= 25
    assert pins >= 10


def test_every_pinned_class_loads_or_its_error_names_what_is_missing(repositories: dict[str, Path]) -> None:
    """In an environment without the users' own libraries."""
    faults: list[str] = []
    outcomes = Counter[str]()
    for folder in repositories.values():
        paths = folder.glob("pipelines/*.yaml")
        texts = {span.source for path in paths for span in source_spans(path.read_text())}
        for source in sorted(filter(_PIN.search, texts)):
            outcome, fault = _load(source, folder)
            outcomes[outcome] += 1
            faults += [f"{folder.name}: {source}: {fault}"] if fault else []

    print(dict(outcomes))
    assert faults == []
    assert outcomes.total() >= 10


def _load(source: str, folder: Path) -> tuple[str, str]:
    """Return "loaded" or "names what is missing", and what is wrong with the answer."""
    repository = str(folder)
    try:
        resolver.load(
            named_from_below(Source.parse(source), find_repository(repository)),
            repo=repository,
            allow_dirty=True,
        )
    except PinError as error:
        is_clear = error.hint.startswith("install") and "zenml_pin" not in error.hint
        return "names what is missing", "" if is_clear else f"{error.message} ({error.hint})"
    return "loaded", ""
