"""Content and names: which runs share a document, and how documents of one name are numbered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.errors import ComponentError, UnpinnedWarning
from zenml_pin.pipelines import TrainingPipeline


@pytest.mark.slow
def test_fifty_runs_make_one_document_and_fifty_records(project: Project) -> None:
    """The same script, each time with new objects and a new id of its datasource."""
    before = None
    for _ in range(50):
        run = project.pipeline().run()
        before = before or Path(run.document).read_bytes()

    assert project.documents() == ["mine.yaml"]
    assert Path("pipelines/mine.yaml").read_bytes() == before
    assert [run.number for run in project.repository.get_runs("mine")] == [1] * 50


def test_committing_the_document_changes_nothing(project: Project) -> None:
    """Another commit with the same code: the stored document stays, with its older pins, and is what runs."""
    first = project.pipeline().run()
    head = get_head(project.repo)
    text = Path(first.document).read_text()
    commit(project.repo, {"pipelines": {"mine.yaml": text}, "readme.txt": "hello"}, base=head)

    second = project.pipeline().run()

    assert get_head(project.repo) != head
    assert second.number == 1
    assert second.steps[2].source.endswith(f"@{head}")
    assert second.steps[2].cached
    assert project.documents() == ["mine.yaml"]


@pytest.mark.slow
def test_other_arguments_or_code_make_a_numbered_document(project: Project) -> None:
    """Both load, by default the newest; a return to the first content uses the first document again."""
    cls = project.trainer_class()
    runs = [project.pipeline(step=cls(epochs=epochs)).run() for epochs in (1, 2, 1)]
    project.commit_trainer(2.0)
    runs.append(project.pipeline(step=cls(epochs=1)).run())

    assert [run.number for run in runs] == [1, 2, 1, 3]
    assert project.documents() == ["mine-2.yaml", "mine-3.yaml", "mine.yaml"]
    repository = project.repository
    assert repository.get_pipeline_by_name("mine").run().output("model").slope == 2.0
    assert repository.get_pipeline_by_name("mine", number=2).steps["training"].args == {"epochs": 2}
    assert repository.get_pipeline_by_name("mine-2").steps["training"].args == {"epochs": 2}


@pytest.mark.slow
def test_where_it_runs_is_not_content(project: Project) -> None:
    """Another backend is recorded with the run; results and document are the same."""
    local = project.pipeline(enable_cache=False).run(LocalBackend())
    spawned = project.pipeline(enable_cache=False).run(ProcessesBackend(workers=1))

    assert spawned.number == local.number == 1
    assert spawned.metrics == local.metrics
    assert [step.output for step in spawned.steps if step.key != "training"] == [
        step.output for step in local.steps if step.key != "training"
    ]
    assert spawned.output("model").slope == local.output("model").slope
    assert "ProcessesBackend" in spawned.backend


@pytest.mark.slow
def test_processes_run_what_is_not_committed_too(project: Project) -> None:
    """The pipeline runs as it was built, with its warning."""
    project.edit_trainer(4.0)

    with pytest.warns(UnpinnedWarning):
        run = project.pipeline().run(ProcessesBackend())

    assert run.output("model").slope == 4.0


NAMES = [
    "My Awesome Pipeline",
    "snake_case_name",
    "nlp/été",
    "v1.2.3",
    "..",
    "名前",
    "a: b #c",
    "'q'",
    "1",
    "x" * 300,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_be_any_text(project: Project, name: str) -> None:
    """The file contains it, so it comes back unchanged."""
    project.pipeline(name).run()

    assert project.repository.get_pipeline_names() == [name]
    loaded = project.repository.get_pipeline_by_name(name)
    assert loaded.name == name
    assert [run.pipeline for run in project.repository.get_runs(name)] == [name]
    assert len(project.documents()) == 1


def test_names_with_one_file_name_have_two_documents(project: Project) -> None:
    """'a b' and 'a/b' would have the same file name."""
    project.pipeline("a b").save()
    project.pipeline("a/b").save()

    assert project.repository.get_pipeline_names() == ["a b", "a/b"]


def test_saving_runs_nothing(project: Project) -> None:
    """It stores the same document as a run."""
    path = project.pipeline().save()

    assert project.repository.get_runs() == []
    assert project.pipeline().run().number == 1
    assert Path(path).name == "mine.yaml"


def test_changed_data_is_other_content(project: Project) -> None:
    """A data file of an imported module counts as code: the new commit runs, not the older one."""
    code = trainer(1.0).replace("return Line(1.0)", "from common.helper import slope; return Line(slope)")
    helper = "import json, pkgutil\nslope = json.loads(pkgutil.get_data('common', 'params.json'))\n"
    files = {"trainers": {"__init__.py": "", "step.py": code}}
    runs = []
    for slope in ("1.0", "2.0"):
        commit(
            project.repo, {**files, "common": {"__init__.py": "", "helper.py": helper, "params.json": slope}}
        )
        runs.append(project.pipeline().run())

    assert [run.output("model").slope for run in runs] == [1.0, 2.0]
    assert [run.number for run in runs] == [1, 2]


def test_older_pins_are_logged(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    """The log says when the stored document's pins run and HEAD is another commit."""
    caplog.set_level("INFO", "zenml_pin")
    project.pipeline().run()
    head = get_head(project.repo)
    assert not caplog.records
    commit(project.repo, {"readme.txt": "hello"}, base=head)

    project.pipeline().run()

    assert "keeps the pins" in caplog.text
    assert f"trainers.step.MyTrainer@{head}" in caplog.text


def test_the_order_of_a_dict_is_content(project: Project) -> None:
    """Code sees the order inside an argument, but not the order of the arguments."""
    cls = project.trainer_class()
    steps = [
        cls(epochs=1, layers={"a": 1, "b": 2}),
        cls(layers={"a": 1, "b": 2}, epochs=1),
        cls(epochs=1, layers={"b": 2, "a": 1}),
    ]

    runs = [project.pipeline(step=step).run() for step in steps]

    assert [run.number for run in runs] == [1, 1, 2]
    assert [run.steps[2].cached for run in runs] == [False, True, False]


def test_whether_it_caches_is_content(project: Project) -> None:
    """A document says what its script said; a loaded pipeline may be run differently, and its document stays."""
    runs = [project.pipeline(enable_cache=cache).run() for cache in (True, False, True)]
    loaded = project.repository.get_pipeline_by_name("mine", number=1)
    loaded.enable_cache = False
    runs.append(loaded.run())

    assert [run.number for run in runs] == [1, 2, 1, 1]
    assert [run.steps[2].cached for run in runs] == [False, False, True, False]
    assert not project.repository.get_pipeline_by_name("mine").enable_cache
    assert project.repository.get_pipeline_by_name("mine", number=1).enable_cache


@pytest.mark.parametrize("value", ["no", 0, None])
def test_whether_it_caches_is_true_or_false(value: object) -> None:
    """Any text would count as true."""
    with pytest.raises(ComponentError, match="enable_cache"):
        TrainingPipeline(name="mine", enable_cache=value)  # type: ignore[arg-type]
