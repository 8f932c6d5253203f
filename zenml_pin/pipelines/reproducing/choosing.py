"""Which recorded run is meant: by its id, or the newest of a pipeline."""

from __future__ import annotations

from zenml_pin.errors import PinError, RecordError, UnknownNameError
from zenml_pin.pipelines.documents.catalogue import choose, read_catalogue
from zenml_pin.pipelines.documents.folders import document_folders
from zenml_pin.pipelines.runs.run import FAILED, SUCCEEDED, Run
from zenml_pin.pipelines.runs.run_id import choose_id, hint_of_runs
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.workspace.config import Workspace


def choose_run(workspace: Workspace, store: LocalStore, what: str | None, number: int | None = None) -> Run:
    """Return a recorded run: of a pipeline the newest that succeeded, else that failed, else any.

    Args:
        workspace: Its documents give pipelines their names.
        store: The record.
        what: A pipeline's name; a run's id, or the beginning or the end of it; the name of a document's file; None for
            any pipeline.
        number: Which content of the pipeline's name; the newest run of any by default.

    Raises:
        UnknownNameError: The run does not exist.
        UnsupportedError: Several ids begin so.
        RecordError: There is no run at all.
    """
    runs = store.runs()
    if not runs:
        hint = "'zenml-pin run' records runs in .zenml/local_store"
        raise RecordError(store.folder, "it has no runs", hint)
    if what is None:
        return _newest(runs)
    of_name = [run for run in runs if run.pipeline == what]
    if not of_name:
        chosen = _find_by_id(runs, what)
        if chosen is not None:
            return chosen
        name = _name_of(workspace, what)
        of_name = [run for run in runs if run.pipeline == name]
    if not of_name:
        known = dict.fromkeys([*(run.pipeline for run in runs), *(run.id for run in runs)])
        raise UnknownNameError("run or pipeline with runs", what, known, hint_of_runs(what, known))
    of_number = [run for run in of_name if number in (None, run.number)]
    if not of_number:
        numbers = ", ".join(map(str, sorted({run.number for run in of_name})))
        raise UnknownNameError("run of pipeline", what, hint=f"its runs have {numbers}", number=number)
    return _newest(of_number)


def _find_by_id(runs: list[Run], text: str) -> Run | None:
    try:
        run_id = choose_id(text, [run.id for run in runs])
    except UnknownNameError:
        return None
    return next(run for run in runs if run.id == run_id)


def _newest(runs: list[Run]) -> Run:
    for outcome in (SUCCEEDED, FAILED):
        of_outcome = [run for run in runs if run.outcome == outcome]
        if of_outcome:
            return of_outcome[-1]
    return runs[-1]


def _name_of(workspace: Workspace, what: str) -> str:
    """Return the name in a document that is named after its file; the text itself if there is none."""
    try:
        return choose(read_catalogue(*document_folders(workspace)), what).name
    except PinError:
        return what
