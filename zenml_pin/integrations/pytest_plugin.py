"""The pytest plugin: a test for every source of every pipeline document, and repositories for users' own tests.

    pytest --zenml-pin          or zenml_pin = true in pytest's configuration; off by default

A document's tests are named after its keys, as in `pipelines/mine.yaml::steps.training.source`. A test that fails shows
the findings of `zenml-pin check`, with the line of the source. The fixture `pinned_repository` is always available.
"""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zenml_pin.audit import DocumentReport, Finding
    from zenml_pin.git.new_repository import Files

# Time of a repository's first commit, in seconds since the epoch.
_BEGIN = 1_600_000_060
_folders = pytest.StashKey["set[Path]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    text = "test every source of every pipeline document, as 'zenml-pin check' does"
    parser.getgroup("zenml_pin").addoption("--zenml-pin", action="store_true", help=text)
    parser.addini("zenml_pin", text, type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DocumentFile | None:
    """Collect the documents of the pipelines folders, and documents that the command line names."""
    config = parent.config
    if not (config.getoption("zenml_pin") or config.getini("zenml_pin")):
        return None
    # Not at the top: pytest imports this plugin even if it is not used.
    from zenml_pin.workspace.folders import has_document_suffix

    if not has_document_suffix(file_path.name):
        return None
    if parent.session.isinitpath(file_path) or file_path.parent.resolve() in _pipelines_folders(config):
        return DocumentFile.from_parent(parent, path=file_path)
    return None


def _pipelines_folders(config: pytest.Config) -> set[Path]:
    """Return the pipelines folders of the repository around pytest's root; an empty set outside a repository."""
    if _folders not in config.stash:
        from zenml_pin.audit.facts.document_texts import folders_of
        from zenml_pin.git.any_repository import comparable
        from zenml_pin.pins.lookup import find_repository

        root = config.rootpath
        with _as_collect_error():
            repository = find_repository(None, str(root))
            folders = folders_of(comparable(repository), str(root)) if repository is not None else []
        top = repository.root if repository is not None else ""
        config.stash[_folders] = {root.joinpath(top, folder).resolve() for folder in folders}
    return config.stash[_folders]


@contextmanager
def _as_collect_error() -> Iterator[None]:
    """Turn PinErrors of a block into pytest's CollectError, which is shown without a traceback."""
    from zenml_pin.errors import PinError

    try:
        yield
    except PinError as error:
        raise pytest.Collector.CollectError(
            f"{error}\n  hint: {error.hint}" if error.hint else str(error)
        ) from error


class DocumentFile(pytest.File):
    """A pipeline document; it has a test for each source."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each source, and one for the document if it has findings of its own or no source."""
        from zenml_pin.audit import check

        with _as_collect_error():
            (document,) = check([self.path], repo=self.path.parent).documents
        for source in document.sources:
            yield SourceItem.from_parent(
                self, name=source.key_path, line=source.line, findings=source.findings
            )
        others = _of_the_whole(document)
        if others or not document.sources:
            yield SourceItem.from_parent(self, name="document", line=1, findings=others)


def _of_the_whole(document: DocumentReport) -> tuple[Finding, ...]:
    """Return the findings that do not belong to a source."""
    of_sources = {finding for source in document.sources for finding in source.findings}
    return tuple(finding for finding in document.findings if finding not in of_sources)


class SourceItem(pytest.Item):
    """A test of one source. It fails if the source has findings above the level of notes."""

    def __init__(self, *, line: int, findings: tuple[Finding, ...], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._line = line
        self._findings = findings

    def runtest(self) -> None:
        """Fail with the findings."""
        from zenml_pin.audit import Level

        findings = [finding for finding in self._findings if finding.level is not Level.NOTE]
        if findings:
            raise SourceFailure("\n".join(map(_to_text, findings)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """Return the findings without a traceback: no code of the user has run."""
        if isinstance(excinfo.value, SourceFailure):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return path, line (from 0) and name of the source."""
        return self.path, self._line - 1, self.name


class SourceFailure(Exception):
    """A source has findings."""


def _to_text(finding: Finding) -> str:
    line = f"{finding.place}: {finding.rule.id} {finding.message}"
    return f"{line}\n  hint: {finding.hint}" if finding.hint else line


class PinnedRepository:
    """A git repository for a test. It needs no git binary.

    Attributes:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._commits: list[str] = []

    def write(self, files: Files) -> None:
        """Write files into the folder.

        Args:
            files: Texts or bytes by path; a nested dict is a folder.
        """
        from zenml_pin.git import new_repository

        for path, data in list(new_repository.flat(files)):
            file = self.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    def commit(self, files: Files, message: str = "a change\n") -> str:
        """Write files and commit them as the whole tree; return the commit's id. The same calls give the same ids."""
        from zenml_pin.git import new_repository

        author, time = "Test <test@example.org>", _BEGIN + 60 * len(self._commits)
        self._commits.append(new_repository.commit(str(self.path), files, message, author=author, time=time))
        return self._commits[-1]

    def unload(self) -> None:
        """Drop the modules of its commits, so that another repository with the same commits loads them again."""
        import zenml_pin

        for commit_id in self._commits:
            zenml_pin.unload(commit_id)


@pytest.fixture
def pinned_repository(tmp_path: Path) -> Iterator[PinnedRepository]:
    """An empty git repository in a new folder: `commit({"steps/train.py": "..."})` returns the commit's id."""
    from zenml_pin.git import new_repository

    path = tmp_path / "repository"
    path.mkdir()
    new_repository.init(str(path))
    repository = PinnedRepository(path)
    yield repository
    repository.unload()
