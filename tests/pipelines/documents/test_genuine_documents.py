"""Documents that the releases' own code writes of the releases' own examples: all are read, and each can be green."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.network.source_archives import unpack_sources
from tests.support.old_zenml import load_pins
from tests.support.old_zenml.names import table
from tests.support.old_zenml.releases import PUBLISHED, find_python, install_libraries, write_documents
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
# Examples that their own release cannot run, with what they print; all others write a document.
BROKEN = {
    "0.1.5-gan": "cannot import name 'BaseTrainerStep'",
    "0.3.1-batch_inference": "No module named 'zenml.core.components.bulk_inferrer'",
    "0.3.2-batch_inference": "No module named 'zenml.core.components.bulk_inferrer'",
    "0.3.3-batch_inference": "No module named 'zenml.core.components.bulk_inferrer'",
    "0.3.1-cortex": "No module named 'zenml.core.steps.trainer.feedforward_trainer'",
    "0.3.2-cortex": "No module named 'zenml.core.steps.trainer.feedforward_trainer'",
    "0.3.7-nlp": "Mandatory step data not added",
}
_PIN = re.compile(r"@[0-9a-f]{40}\b")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The unpacked sources of each published release."""
    return unpack_sources(tmp_path_factory.mktemp("sources"), "zenml", PUBLISHED)


@pytest.fixture(scope="module")
def repositories(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A repository for each example of each release, with the documents that it wrote."""
    libraries = install_libraries(PYTHON or "", tmp_path_factory.mktemp("libraries"))
    root = tmp_path_factory.mktemp("repositories")

    def one(release: Path) -> dict[str, str]:
        return write_documents(PYTHON or "", libraries, release, root)

    with ThreadPoolExecutor(2) as pool:
        logs = {name: log for made in pool.map(one, sources.values()) for name, log in made.items()}
    silent = {name: log for name, log in logs.items() if not any((root / name).glob("pipelines/*.yaml"))}
    unexpected = {name: log for name, log in silent.items() if BROKEN.get(name, "-") not in log}
    assert unexpected == {}
    assert sorted(silent) == sorted(BROKEN)
    return {name: root / name for name in logs if name not in silent}


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
    assert (len(repositories), eras.total()) == (142, 142)
    assert pins == 42


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
    assert outcomes.total() == 42


def test_classes_load_where_the_users_own_libraries_are(repositories: dict[str, Path]) -> None:
    """Stand-ins take the place of TensorFlow, PyTorch and others; what then fails needs ZenML's own library."""
    folders = [str(folder) for folder in repositories.values()]
    ran = subprocess.run(
        [sys.executable, "-m", load_pins.__name__, *folders], capture_output=True, text=True, check=True
    )

    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    refused = [answer for answer in answers if answer["error"]]
    print(f"{len(answers) - len(refused)} loaded, {len(refused)} refused")
    assert len(answers) == 42
    assert len(refused) <= 13
    for answer in refused:
        assert "neither in an installed ZenML nor" in answer["error"], answer
        assert "has it: install that release, or write your own class" in answer["hint"], answer


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
