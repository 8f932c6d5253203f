"""Cleaning the store: what a kept run or a document needs stays, and the rest goes."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import Project
from zenml_pin.base.values import evolve
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import RecordError
from zenml_pin.pipelines import Run, TrainingPipeline
from zenml_pin.pipelines.runs.run import KILLED
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.pipelines.runs.store_cleaning import Cleaning, clean_store, runs_to_remove
from zenml_pin.pipelines.runs.store_contents import read_contents

DAY = 86400.0


def ran(project: Project, data: list[int], name: str = "mine") -> Run:
    """Run a pipeline with its data in the store."""
    step = project.trainer_class()()
    return TrainingPipeline(name=name).add_datasource(MemoryDatasource(data)).add_trainer(step).run()


def clean(project: Project, **options: object) -> Cleaning:
    """Clean the store of a project."""
    return clean_store(project.repository.store, "pipelines", **options)  # type: ignore[arg-type]


def ids(project: Project) -> list[str]:
    """Return the ids of all runs."""
    return [run.id for run in project.repository.get_runs()]


def test_without_options_every_run_and_every_artifact_of_one_stays(project: Project) -> None:
    """Only what nothing refers to goes: here an artifact of a run that was killed before it could name it."""
    run = ran(project, [1, 2])
    store = project.repository.store
    orphan = store.put_value("nobody names me")
    half = Path(store.artifacts.folder, "ab", ".zenml-pin-0123.pickle")
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")

    tried = clean(project, dry_run=True)
    before = sorted(path.name for path in Path(store.folder).rglob("*"))
    done = clean(project)

    assert (tried.artifacts, tried.leftovers) == (done.artifacts, done.leftovers) == ((orphan,), (str(half),))
    assert ".zenml-pin-0123.pickle" in before
    assert done.runs == ()
    assert dict(ids_of_outputs(run)) == dict(ids_of_outputs(project.repository.get_run(run.id)))
    assert project.repository.get_run(run.id).output("data") == [1, 2]
    assert clean(project) == Cleaning((), (), (), 0, False)


def ids_of_outputs(run: Run) -> list[tuple[str, str | None]]:
    """Return the artifact of each output."""
    return [(step.output_name, step.output) for step in run.steps]


@pytest.mark.slow
def test_of_each_document_the_newest_runs_are_kept(project: Project) -> None:
    """Other documents are not counted together, and what a kept run refers to stays."""
    first = [ran(project, [1]) for _ in range(3)]
    other = [ran(project, [2], "other") for _ in range(2)]

    done = clean(project, keep_runs=1)

    assert [run.id for run in done.runs] == [run.id for run in (*first[:2], other[0])]
    assert ids(project) == [first[2].id, other[1].id]
    # The last run got its outputs from the first one, by way of the cache.
    assert first[2].steps[-1].cached
    assert project.repository.get_run(first[2].id).output("model").slope == 1.0


def test_what_a_document_needs_stays_when_all_runs_go(project: Project) -> None:
    """The data of an in-memory datasource is in the store alone."""
    ran(project, [1, 2, 3])
    ran(project, [4, 5])

    clean(project, keep_runs=0)

    assert ids(project) == []
    again = [project.repository.get_pipeline_by_name("mine", number).run() for number in (1, 2)]
    assert [run.output("data") for run in again] == [[1, 2, 3], [4, 5]]


def test_the_data_of_a_document_goes_with_it(project: Project) -> None:
    """When neither a run nor a document needs it any more."""
    ran(project, [1, 2, 3])
    os.unlink("pipelines/mine.yaml")

    clean(project, keep_runs=0)

    assert list(project.repository.store.artifacts.files()) == []
    assert os.listdir(project.repository.store.artifacts.folder) == []


def test_a_document_that_cannot_be_read_still_keeps_what_it_names(project: Project) -> None:
    """An edit may have broken its syntax for a moment."""
    run = ran(project, [1, 2, 3])
    text = Path("pipelines/mine.yaml").read_text()
    Path("pipelines/mine.yaml").write_text(text + "\n\t[")

    clean(project, keep_runs=0)

    Path("pipelines/mine.yaml").write_text(text)
    assert project.repository.store.get_value(run.steps[0].args["data"]["$artifact"]) == [1, 2, 3]


@pytest.mark.parametrize("kind", ["endless", "link"])
def test_a_document_that_cannot_be_opened_stops_the_cleaning(project: Project, kind: str) -> None:
    """What it needs is not known, so no artifact is removed."""
    ran(project, [1])
    if kind == "link":
        os.symlink("/nowhere/mine.yaml", "pipelines/link.yaml")
    else:
        with open("pipelines/endless.yaml", "wb") as file:
            file.truncate(65 * 2**20)

    with pytest.raises(RecordError, match=rf"{kind}\.yaml"):
        clean(project, keep_runs=0)

    assert len(list(project.repository.store.artifacts.files())) > 0


def test_runs_go_by_age_and_by_count(project: Project) -> None:
    """With both conditions a run goes when both say so; one that runs never goes."""
    run = ran(project, [1])
    now = time.time()

    def at(number: int, days: float, outcome: str = "succeeded") -> Run:
        return _evolved(run, id=str(number), started=now - days * DAY, outcome=outcome)

    runs = [at(1, 40), at(2, 35), at(3, 20), at(4, 1), at(5, 50, "running")]

    def gone(keep: int | None, days: float | None) -> list[str]:
        since = None if days is None else now - days * DAY
        return [one.id for one in runs_to_remove(runs, keep, since)]

    assert gone(None, None) == []
    assert gone(None, 30) == ["1", "2"]
    assert gone(1, None) == ["1", "2", "3"]
    assert gone(3, 30) == ["1"]
    assert gone(0, 30) == ["1", "2"]


def _evolved(run: Run, **changes: Any) -> Run:

    return evolve(run, **changes)


def test_a_run_whose_process_is_gone_is_recorded_as_killed(project: Project) -> None:
    """Then it can be removed like the others."""
    run = ran(project, [1])
    store = project.repository.store
    store.record.begin(_evolved(run, id="dead", outcome="running", started=time.time()))
    Path(store.folder, "running", "dead").touch()

    clean(project)

    assert project.repository.get_run("dead").outcome == KILLED
    assert [one.id for one in clean(project, keep_runs=0).runs] == [run.id, "dead"]
    assert not Path(store.folder, "running", "dead").exists()


def test_the_contents_say_what_refers_to_what(project: Project) -> None:
    """Runs with the use that they make of an artifact, documents with theirs, and references without a file."""
    run = ran(project, [1, 2])
    data, model = run.steps[0].output, run.steps[1].output
    store = project.repository.store
    Path(store.artifacts.path_of(model or "")).unlink()
    orphan = store.put_value("nobody names me")

    contents = read_contents(store, os.path.abspath("pipelines"))

    uses = {one.id: [(ref.kind, ref.use) for ref in one.references] for one in contents.artifacts}
    assert ("run", "output 'data' of datasource") in uses[data or ""]
    assert any(kind == "document" for used in uses.values() for kind, _ in used)
    assert uses[orphan] == []
    assert [one.id for one in contents.unused] == [orphan]
    assert list(contents.missing) == [model]
    assert contents.size > sum(one.size for one in contents.artifacts) > 0
    assert contents.outcomes == {"succeeded": 1}


def test_a_store_that_does_not_exist_is_empty(project: Project) -> None:
    """Neither command makes it."""
    store = LocalStore(str(Path("nowhere").absolute()))

    assert clean_store(store, "pipelines") == Cleaning((), (), (), 0, False)
    assert read_contents(store, "pipelines").artifacts == ()
    assert not Path("nowhere").exists()


def test_files_of_others_in_the_folder_stay(project: Project) -> None:
    """Only names of artifacts count."""
    ran(project, [1])
    folder = Path(project.repository.store.artifacts.folder)
    mine = [folder / "README", folder / "ab" / "note.txt"]
    sha256 = hashlib.sha256(b"x").hexdigest()
    mine.append(folder / "zz" / f"{sha256}.pickle")
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")

    clean(project, keep_runs=0)

    assert all(path.exists() for path in mine)


def test_the_record_gets_smaller(project: Project) -> None:
    """SQLite keeps the space of removed rows; where it is much, the file is written again."""
    run = ran(project, [1])
    record = project.repository.store.record
    for number in range(3):
        environment = {"packages": {str(number): "x" * 600_000}}
        record.begin(_evolved(run, id=str(number), started=1.0, environment=environment))
    for number in range(3):
        record.end(str(number), KILLED, "", None)
    before = record.size

    clean(project, keep_runs=1)

    assert before > 1_800_000
    assert record.size < 200_000
    assert ids(project) == [run.id]


def test_a_process_that_writes_before_its_run_begins_is_left_alone(project: Project) -> None:
    """Its half written artifact looks like one of a killed run, which another process finds at that moment."""
    run = ran(project, [1])
    store = project.repository.store
    half = Path(store.artifacts.folder, "ab", ".zenml-pin-0123.pickle")
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")

    there = []
    for number in range(2):
        store.record.begin(_evolved(run, id=f"dead{number}", outcome="running", started=time.time()))
        with store.keeping() if number == 0 else nullcontext():
            store.runs()
        there.append(half.exists())

    assert there == [True, False]
