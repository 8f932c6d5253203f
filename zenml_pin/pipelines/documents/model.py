"""The content of a pipeline document as values: the document, and its components' sources and arguments."""

from __future__ import annotations

from zenml_pin.base.forms import classes_in
from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Sourced(Protocol):
        """A component of a document, or a step of a run."""

        @property
        def source(self) -> str:
            """The source of its class."""

        @property
        def args(self) -> dict[str, Any]:
            """Its arguments, as plain data."""


# Keys of components that are not steps.
DATASOURCE = "datasource"
ORCHESTRATOR = "orchestrator"
# The steps of a pipeline in the order in which they are written, and run.
STEP_KEYS = ("data", "split", "sequencer", "preprocesser", "training", "evaluator", "deployer")


class ComponentEntry(Value):
    """A component: its class, and the arguments that it was built with.

    Attributes:
        source: The source as the document has it, pinned or not; its grammar is not checked here.
        args: Plain data; `{$class: ..}`, `{$tuple: [..]}` and `{$artifact: ..}` are left as they are.
        id, name: Its id and name in the document; a datasource has both.
    """

    source: str
    args: dict[str, Any] = {}
    id: str | None = None
    name: str | None = None


class Document(Value):
    """A pipeline document of any era, read to one shape.

    Attributes:
        name: The pipeline's name; the file's name does not count.
        number: Which content of that name, from 1.
        type: "training", "data" or another kind of pipeline.
        pipeline: The pipeline's own class. Its `name` is None: the document has the name.
        steps: Keys as `STEP_KEYS` has them, in the order of the document; a pipeline class may have others.
        backends: "orchestrator", and by key those of a datasource or steps that have a different one.
        artifact_store, metadata: None for the workspace's own.
        path: The file that it was read from; equal documents may come from different files.
        run_id: The id in the name that ZenML stored, which tells runs of one name apart; "" in documents of today.
        era: "1", or the release of ZenML that wrote it: "0.1.4", "0.3.8"; "steps" for a document with steps alone.
    """

    name: str
    number: int
    type: str
    pipeline: ComponentEntry
    datasource: ComponentEntry | None = None
    steps: dict[str, ComponentEntry] = {}
    backends: dict[str, ComponentEntry] = {}
    artifact_store: str | None = None
    metadata: dict[str, Any] | None = None
    enable_cache: bool = True
    path: str | None = None
    run_id: str = ""
    era: str = "1"

    def _compared(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._public if name not in ("path", "run_id")])


def entries_of(document: Document) -> list[ComponentEntry]:
    """Return all components of a document: its own class, the datasource, the steps and the backends."""
    datasource = [document.datasource] if document.datasource is not None else []
    return [document.pipeline, *datasource, *document.steps.values(), *document.backends.values()]


def sources_of(component: Sourced) -> list[str]:
    """Return the sources of a component: its class, and the classes in its arguments."""
    return [component.source, *classes_in(component.args)]


def sources_in(document: Document) -> list[str]:
    """Return the sources of all components of a document, in its order; one may come several times."""
    return [text for entry in entries_of(document) for text in sources_of(entry)]
