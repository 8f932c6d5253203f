"""Repository: a workspace with its documents and runs, under ZenML's names.

    repository = Repository.get_instance()
    repository.get_pipeline_by_name("My Awesome Pipeline").run()

Loading a pipeline, a datasource or a step runs the code of its module, at its pin. Everything else only reads
documents.
"""

from __future__ import annotations

import os

from zenml_pin.errors import PinError, UnknownNameError
from zenml_pin.source import Source
from zenml_pin.workspace.config import Workspace, get_current_workspace, get_workspace_at, init_workspace

# A list of runs needs no document, a document no code, so each method imports what it needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from zenml_pin.datasources.base import BaseDatasource
    from zenml_pin.pipelines.base import BasePipeline
    from zenml_pin.pipelines.documents.catalogue import Catalogue
    from zenml_pin.pipelines.documents.model import Document
    from zenml_pin.pipelines.runs.run import Run
    from zenml_pin.pipelines.runs.store import LocalStore
    from zenml_pin.steps.base import BaseStep

    # A class, a function, or the dotted name of one.
    Named = type | Callable[..., Any] | str


class Repository:
    """A workspace: its pipelines, datasources and steps, by name.

    Args:
        path: A folder in the workspace; by default the main script's folder, else the current folder.

    Attributes:
        root: The folder that holds `.zenml`; outside a workspace the git root, else the current folder.
        broken: Errors of the documents that could not be read the last time, by path.
    """

    _instances: dict[str, Repository] = {}

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._workspace = get_current_workspace() if path is None else get_workspace_at(os.fspath(path))
        self.broken: dict[str, PinError] = {}
        # The command line does not log: what a log would say is a part of its answer.
        self._is_logging = True

    @classmethod
    def get_instance(cls, path: str | os.PathLike[str] | None = None) -> Repository:
        """Return the repository at a path, the same object for the same root."""
        repository = cls(path)
        # Two threads may come here at once: setdefault keeps the first.
        known = cls._instances.setdefault(repository.root, repository)
        if known._workspace != repository._workspace:
            cls._instances[repository.root] = known = repository
        return known

    @classmethod
    def init_repo(
        cls, repo_path: str | os.PathLike[str] | None = None, *, scaffold: bool = False
    ) -> Repository:
        """Make a folder of a git repository a workspace. A second call adds only what is missing.

        Raises:
            NotARepositoryError: The folder is not in a git repository.
        """
        workspace = init_workspace(repo_path if repo_path is not None else os.getcwd(), scaffold=scaffold)
        return cls.get_instance(workspace.root)

    @property
    def root(self) -> str:
        """The folder that holds `.zenml`."""
        return self._workspace.root

    @property
    def workspace(self) -> Workspace:
        """The folders of the workspace."""
        return self._workspace

    @property
    def store(self) -> LocalStore:
        """The runs and artifacts."""
        from zenml_pin.pipelines.runs.store import LocalStore

        return LocalStore.of(self._workspace)

    def __fspath__(self) -> str:
        """Return the root, so that a repository is taken as a path: `zenml_pin.load(source, repo=repository)`."""
        return self._workspace.git_root or self.root

    def __repr__(self) -> str:
        return f"Repository({self.root!r})"

    # Documents

    def documents(self) -> tuple[Document, ...]:
        """Return all documents, sorted by name and number. Errors of unreadable ones are logged and go to `broken`."""
        return self._catalogue().documents

    def get_document(self, name: str, number: int | None = None) -> Document:
        """Return a document by its pipeline's name or its file's name: the newest number, or the given one.

        Raises:
            UnknownNameError: No document has that name; the hint has similar names.
        """
        from zenml_pin.pipelines.documents.catalogue import choose

        return choose(self._catalogue(), name, number)

    def get_pipeline_names(self) -> list[str]:
        """Return the names of all pipelines, sorted."""
        return self._catalogue().names

    def get_pipeline_file_paths(self, only_file_names: bool = False) -> list[str]:
        """Return the paths of all documents that can be read, or their names, sorted."""
        paths = sorted(document.path or "" for document in self.documents())
        return [os.path.basename(path) for path in paths] if only_file_names else paths

    def load_pipeline_config(self, file_name: str) -> dict[str, Any]:
        """Return a document as plain data; the file's name is relative to the pipelines folder."""
        from zenml_pin.pipelines.documents.document import read_document

        return read_document(os.path.join(self._workspace.pipelines_dir, file_name))

    def register_pipeline(self, file_name: str, config: Mapping[str, Any]) -> str:
        """Write a document, given as plain data, to a new file; return its path.

        Raises:
            DocumentError: The data is not a document, the file name does not fit, or the file exists already.
            SourceSyntaxError: The source of a class in it cannot be parsed.
        """
        from zenml_pin.pipelines.documents.catalogue import register
        from zenml_pin.yaml.writing import dump

        with self.store.exclusive():
            return register(self._workspace.pipelines_dir, file_name, dump(dict(config)))

    # Pipelines

    def get_pipeline_by_name(
        self, name: str, number: int | None = None, allow_dirty: bool = False
    ) -> BasePipeline:
        """Return a pipeline from its document, each class from its commit. The working tree stays as it is.

        With a number, `run` and `save` use that document or raise an UnpinnedError: if a class has no pin in it and can
        be pinned now, the code that it means is not known.

        Args:
            name: The pipeline's name, or its file's name without the suffix.
            number: Which content of that name; the newest by default.
            allow_dirty: Load the pipeline although folders of its classes have uncommitted changes now.

        Raises:
            UnknownNameError: No document has that name; the hint has similar names.
            UncommittedChangesError: The folder of a pinned class has uncommitted changes.
        """
        pipeline = self.load(self.get_document(name, number), allow_dirty)
        pipeline._is_exact = number is not None
        return pipeline

    def load(self, document: Document, allow_dirty: bool = False) -> BasePipeline:
        """Return the pipeline of a document, which may come from another commit or folder."""
        from zenml_pin.pipelines.loading import load_pipeline
        from zenml_pin.pipelines.runs.options import current_options

        return load_pipeline(document, self._workspace, current_options(allow_dirty=allow_dirty))

    def get_pipelines(self) -> list[BasePipeline]:
        """Return every pipeline that can be loaded, sorted by name and number."""
        return self._load_all(self.documents())

    def get_pipelines_by_type(self, type_filter: str | Iterable[str]) -> list[BasePipeline]:
        """Return the pipelines of a type, or of several, such as "training"."""
        wanted = {type_filter} if isinstance(type_filter, str) else set(type_filter)
        return self._load_all(document for document in self.documents() if document.type in wanted)

    def get_pipelines_by_datasource(self, datasource: BaseDatasource | str) -> list[BasePipeline]:
        """Return the pipelines that use a datasource of this id or name."""
        wanted = {datasource} if isinstance(datasource, str) else {datasource.id, datasource.name}
        return self._load_all(
            document
            for document in self.documents()
            if document.datasource is not None and wanted & {document.datasource.id, document.datasource.name}
        )

    # Steps and datasources

    def get_step_versions(self) -> dict[str, set[str]]:
        """Return the pins of each step's class and of the classes in its arguments, by dotted name.

        The pin of a source without one is "unpinned".
        """
        from zenml_pin.pipelines.documents.model import sources_of

        versions: dict[str, set[str]] = {}
        for document in self.documents():
            for text in (text for entry in document.steps.values() for text in sources_of(entry)):
                source = Source.parse(text)
                versions.setdefault(f"{source.module}.{source.name}", set()).add(pin_of(source))
        return versions

    def get_step_versions_by_type(self, step_type: Named) -> set[str]:
        """Return the pins of a step's class, or of its dotted name.

        Raises:
            UnknownNameError: No document has it.
        """
        versions = self.get_step_versions()
        name = _dotted(step_type)
        if name not in versions:
            raise UnknownNameError("step", name, versions)
        return versions[name]

    def get_step_by_version(self, step_type: Named, version: str, allow_dirty: bool = False) -> BaseStep:
        """Return a step of a class at a pin, with the arguments of the first document that has it.

        Raises:
            UnknownNameError: No document has it as a step.
        """
        name = _dotted(step_type)
        for document in self.documents():
            for key, entry in document.steps.items():
                source = Source.parse(entry.source)
                if f"{source.module}.{source.name}" == name and pin_of(source) == version:
                    step: BaseStep = self.load(document, allow_dirty).steps[key]
                    return step
        raise UnknownNameError("step", f"{name}@{version}", self._step_sources())

    def get_datasource_names(self) -> list[str]:
        """Return the names of all datasources, sorted."""
        return sorted(self._datasources())

    def get_datasource_by_name(self, name: str, allow_dirty: bool = False) -> BaseDatasource:
        """Return a datasource by name, from the newest document that has it.

        Raises:
            UnknownNameError: No document has it.
        """
        documents = self._datasources()
        if name not in documents:
            raise UnknownNameError("datasource", name, documents)
        datasource: BaseDatasource = self.load(documents[name], allow_dirty).datasource
        return datasource

    def get_datasources(self) -> list[BaseDatasource]:
        """Return every datasource that can be loaded, one for each name, sorted."""
        pipelines = self._load_all(document for _, document in sorted(self._datasources().items()))
        return [pipeline.datasource for pipeline in pipelines]

    # Runs

    def get_runs(
        self,
        pipeline: str | None = None,
        number: int | None = None,
        *,
        last: int | None = None,
        failed: bool = False,
    ) -> list[Run]:
        """Return the runs that the store has recorded, oldest first.

        Args:
            pipeline: Only runs of this pipeline.
            number: Only runs of this number of it.
            last: How many at most; the newest ones.
            failed: Only those that failed, were interrupted or were killed.
        """
        from zenml_pin.pipelines.runs.run_list import RunList

        return RunList(self.store.runs(pipeline, number, last, failed))

    def get_run(self, run_id: str) -> Run:
        """Return a run by its id, the beginning of its id, the six digits at its end, or "last", "last~1".

        Raises:
            UnknownNameError: No run has that id.
            UnsupportedError: Several ids begin with it.
        """
        return self.store.run(run_id)

    def _catalogue(self) -> Catalogue:
        from zenml_pin.pipelines.documents.catalogue import read_catalogue
        from zenml_pin.pipelines.documents.folders import document_folders

        catalogue = read_catalogue(*document_folders(self._workspace))
        self.broken = dict(catalogue.broken)
        for path, error in catalogue.broken.items():
            self._log("document '%s' is left out: %s", path, error.message)
        return catalogue

    def _log(self, text: str, *values: str) -> None:
        if self._is_logging:
            import logging

            logging.getLogger("zenml_pin").warning(text, *values)

    def _load_all(self, documents: Iterable[Document]) -> list[BasePipeline]:
        """Load documents. Where one fails, the error is logged and kept in `broken`, and the others load."""
        loaded = []
        for document in documents:
            try:
                loaded.append(self.load(document))
            except PinError as error:
                self.broken[document.path or document.name] = error
                self._log("pipeline '%s' is left out: %s", document.name, error.message)
        return loaded

    def _datasources(self) -> dict[str, Document]:
        """Return the newest document of each datasource, by the datasource's name."""
        documents = {}
        for document in self.documents():
            if document.datasource is not None:
                documents[document.datasource.name or document.datasource.source] = document
        return documents

    def _step_sources(self) -> list[str]:
        steps = (entry.source for document in self.documents() for entry in document.steps.values())
        return list(dict.fromkeys(steps))


def pin_of(source: Source) -> str:
    """Return a source's pin as it is written; "unpinned" when it has none."""
    return str(source).partition("@")[2] or "unpinned"


def _dotted(step_type: Named) -> str:
    if isinstance(step_type, str):
        return step_type.partition("@")[0]
    from zenml_pin.pins.origin import origin_of
    from zenml_pin.pipelines.runs.plan import public_source

    origin = origin_of(step_type)
    own = origin.source or Source(origin.module, origin.name)
    return str(public_source(own, step_type).at(None))
