"""The steps of a recorded run, built again from their pins and their recorded arguments."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

from zenml_pin.at import registry
from zenml_pin.base.distributions import distribution_of
from zenml_pin.errors import PinError
from zenml_pin.pipelines.documents.document import load_document
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry, Document, sources_of
from zenml_pin.pipelines.resolving import Resolver
from zenml_pin.pipelines.runs.options import Options
from zenml_pin.pipelines.runs.run import Run, StepRun
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.source import Source
from zenml_pin.workspace.config import Workspace


class Rebuilder:
    """Builds the components of one run.

    Args:
        run: The run.
        workspace: Says which repository to ask first.
        store: Has values that arguments refer to.
        options: How pins are loaded. A folder with uncommitted changes does not matter: the pins are what ran.
    """

    def __init__(self, run: Run, workspace: Workspace, store: LocalStore, options: Options) -> None:
        registry.watch(workspace.pipelines_dir)
        self.document = document_of(run, workspace)
        is_old = self.document is not None and self.document.era != "1"
        self._resolver = Resolver(options, store.put_value, store.get_value, workspace.git_root, is_old)

    def component(self, step: StepRun) -> Any:
        """Return what ran. Raises what loading or building it raises."""
        return self._resolver.rebuild(step.key, self._entry(step))

    def _entry(self, step: StepRun) -> ComponentEntry:
        recorded = self.document.datasource if self.document is not None else None
        if step.key != DATASOURCE or recorded is None or _dotted(recorded.source) != _dotted(step.source):
            return ComponentEntry(step.source, step.args)
        # The record has no name and id of the datasource; no document changes them.
        return ComponentEntry(step.source, step.args, recorded.id, recorded.name)


def document_of(run: Run, workspace: Workspace) -> Document | None:
    """Return the document of a run as it is now; None if it cannot be read or is of another pipeline."""
    path = os.path.join(workspace.root, run.document)
    try:
        document = load_document(path)
    except (PinError, OSError):
        return None
    return document if (document.name, document.number) == (run.pipeline, run.number) else None


def unpinned_in(step: StepRun) -> list[str]:
    """Return the classes of a step, and of its arguments, whose code no pin and no installed library tells."""
    return [text for text in sources_of(step) if not _is_known(Source.parse(text))]


def _is_known(source: Source) -> bool:
    root = source.module.partition(".")[0]
    if source.is_pinned or root in sys.stdlib_module_names:
        return True
    try:
        # Of the first part alone, because of others this would import the packages around it.
        spec = find_spec(root)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    return distribution_of(root, os.path.realpath(spec.origin)) is not None


def _dotted(text: str) -> str:
    return text.partition("@")[0]
