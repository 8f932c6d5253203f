"""A run's classes are pinned when it runs, and the code that runs comes from the pins."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.pipeline_project import ROWS, Project, trainer
from tests.support.repositories import Repo, commit, get_head, init, write
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import (
    ComponentError,
    ReleaseMismatchError,
    ReleaseMismatchWarning,
    StepFailedError,
    UncommittedChangesError,
    UnpinnedWarning,
)
from zenml_pin.pipelines import DataPipeline, TrainingPipeline, read_document
from zenml_pin.steps import BaseTrainerStep


def source_of(path: str, key: str = "training") -> str:
    """Return a step's source in a document."""
    return str(read_document(path)["steps"][key]["source"])


def test_a_run_names_the_commit_in_its_document(project: Project) -> None:
    """`steps: training: source:` is the class and 40 hexadecimal digits."""
    run = project.pipeline().run()

    assert run.outcome == "succeeded"
    assert source_of(run.document) == f"trainers.step.MyTrainer@{get_head(project.repo)}"
    assert [step.key for step in run.steps] == ["datasource", "split", "training", "evaluator"]
    assert run.metrics["rows"] == 10


def test_import_edit_commit_run_runs_the_committed_code(project: Project) -> None:
    """The object that the user built is the recipe: the commit's code at the time of the run is what runs."""
    step = project.trainer_class()(epochs=3)
    second = project.commit_trainer(2.0)

    run = project.pipeline(step=step).run()

    assert run.output("model").slope == 2.0
    assert run.metrics["mse"] == 0
    assert source_of(run.document).endswith(f"@{second}")


def test_class_of_another_repository_runs_from_its_own_pin(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, of a library that is installed from its clone: its repository provides the commit."""
    library = init(tmp_path / "library")
    pin = commit(library, {"beyond": {"__init__.py": "", "step.py": trainer(2.0)}})
    monkeypatch.syspath_prepend(library.path)

    run = project.pipeline(step=project.trainer_class(module="beyond.step")()).run(require_pins=True)

    assert source_of(run.document) == f"beyond.step.MyTrainer@{pin}"
    assert run.output("model").slope == 2.0


@pytest.mark.slow
def test_uncommitted_code_runs_as_built_with_one_warning(project: Project) -> None:
    """The warning names the file and points to the user's own line; the document has no pin."""
    project.edit_trainer(5.0)
    pipeline = project.pipeline()

    with pytest.warns(UnpinnedWarning, match=r"step\.py \(modified\)") as caught:
        run = pipeline.run()

    assert [warning.filename for warning in caught] == [__file__]
    assert run.output("model").slope == 5.0
    assert source_of(run.document) == "trainers.step.MyTrainer"


def test_require_pins_raises_and_leaves_nothing(project: Project) -> None:
    """There is no document and no run."""
    project.edit_trainer(5.0)

    with pytest.raises(UncommittedChangesError, match=r"step\.py"):
        project.pipeline().run(require_pins=True)

    assert project.documents() == []
    assert project.repository.get_runs() == []


def test_another_release_warns_and_is_refused_where_pins_are_required(project: Project) -> None:
    """The installed release runs, which may behave differently."""
    path = Path(project.pipeline().save())
    path.write_text(path.read_text().replace(f"zenml_{zenml_pin.__version__}", "zenml_0.0.1"))

    with pytest.warns(ReleaseMismatchWarning, match=r"release 0\.0\.1"):
        loaded = project.repository.get_pipeline_by_name("mine")

    with pytest.raises(ReleaseMismatchError, match=r"release 0\.0\.1"):
        loaded.run(require_pins=True)
    assert f"zenml_{zenml_pin.__version__}" in loaded.run().source


def test_a_loaded_pipeline_keeps_its_pins(project: Project) -> None:
    """P7: through run, save and copy, whatever HEAD is now."""
    project.pipeline().run()
    first = source_of("pipelines/mine.yaml")
    before = Path("pipelines/mine.yaml").read_bytes()
    project.commit_trainer(2.0)

    loaded = project.repository.get_pipeline_by_name("mine")
    run = loaded.run()
    loaded.save()
    copied = loaded.copy("other").save()

    assert run.steps[2].source == first
    assert run.output("model").slope == 1.0
    assert source_of(copied) == first
    assert Path("pipelines/mine.yaml").read_bytes() == before
    assert project.documents() == ["mine.yaml", "other.yaml"]


def test_a_loaded_pipeline_is_refused_while_its_folder_is_dirty(project: Project) -> None:
    """Both loading and running; allow_dirty skips it."""
    project.pipeline().run()
    loaded = project.repository.get_pipeline_by_name("mine")
    project.edit_trainer(5.0)

    with pytest.raises(UncommittedChangesError, match=r"step\.py"):
        project.repository.get_pipeline_by_name("mine")
    with pytest.raises(UncommittedChangesError, match=r"step\.py"):
        loaded.run()

    assert loaded.run(allow_dirty=True).output("model").slope == 1.0
    loaded = project.repository.get_pipeline_by_name("mine", allow_dirty=True)
    assert loaded.run(allow_dirty=True).output("model").slope == 1.0


def test_step_args_come_back_field_by_field(project: Project) -> None:
    """Tuples, floats, classes, and strings that look like something else."""
    args = {
        "epochs": 3,
        "rate": 1e-7,
        "huge": float("inf"),
        "sizes": (1, (2.0, "3"), []),
        "names": ["yes", "null", "1e3", "0x10", "2021-01-11", "~", "", " a ", "a: b", "\tü\n", "@x"],
        "weights": {0: 0.5, "1": True, "none": None},
        "kind": project.trainer_class("Line"),
        "built_in": int,
        "dotted": "json.loads",
    }
    project.pipeline(step=project.trainer_class()(**args)).run()

    loaded = project.repository.get_pipeline_by_name("mine").steps["training"].args

    kind = loaded.pop("kind")
    assert loaded == {name: value for name, value in args.items() if name != "kind"}
    assert repr(loaded["sizes"]) == repr(args["sizes"])
    assert list(map(type, loaded["weights"])) == [int, str, str]
    assert kind.__module__ == f"zenml_pin.at.g{get_head(project.repo)}.trainers.step"


def test_uncommitted_class_in_an_argument_gives_a_warning(project: Project) -> None:
    """Each class is checked once in a run: there is one warning for the dirty one."""
    commit(project.repo, {"other": {"kind.py": "class Kind: pass\n"}}, base=get_head(project.repo))
    write(project.repo, {"other": {"new.py": ""}})
    kind = project.trainer_class("Kind", "other.kind")
    pipeline = project.pipeline(step=project.trainer_class()(a=kind, b=[kind]))

    with pytest.warns(UnpinnedWarning, match=r"other\.kind\.Kind") as caught:
        run = pipeline.run()

    assert len(caught) == 1
    assert "@" in run.steps[2].source
    assert read_document(run.document)["steps"]["training"]["args"]["a"] == {"$class": "other.kind.Kind"}


CUSTOM = """\
from zenml_pin.pipelines import TrainingPipeline


class MyPipeline(TrainingPipeline):
    def __init__(self, name, flavour="plain"):
        super().__init__(name=name)
        self.flavour = flavour
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("where", ["pipelines", "root"])
def test_a_custom_pipeline_class_pins_and_loads_after_its_first_run(project: Project, where: str) -> None:
    """Beside its documents, or in a root-level file: the files that a run writes do not make it dirty."""
    files = {"pipelines": {"flow.py": CUSTOM}} if where == "pipelines" else {"flow.py": CUSTOM}
    head = commit(project.repo, files, base=get_head(project.repo))
    module = "pipelines.flow" if where == "pipelines" else "flow"
    cls = project.trainer_class("MyPipeline", module)

    def build() -> TrainingPipeline:
        custom: TrainingPipeline = cls("custom", flavour="salty")
        custom.add_datasource(MemoryDatasource(ROWS, name="line"))
        return custom.add_trainer(project.trainer_class()())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = build().run(), build().run()
        loaded = project.repository.get_pipeline_by_name("custom")
        third = loaded.run()

    assert first.source == second.source == third.source == f"{module}.MyPipeline@{head}"
    assert loaded.flavour == "salty"  # type: ignore[attr-defined]
    assert project.documents() == ["custom.yaml"]
    text = Path("pipelines/custom.yaml").read_text()
    commit(project.repo, {"pipelines": {"custom.yaml": text}}, base=head)
    assert build().run().number == 1
    assert project.documents() == ["custom.yaml"]


def test_a_step_in_a_root_level_file_pins_and_loads_after_its_first_run(project: Project) -> None:
    """Its unit is the file, so the documents and the store beside it do not count."""
    head = commit(project.repo, {"mytrainer.py": trainer(3.0)}, base=get_head(project.repo))
    step = project.trainer_class(module="mytrainer")

    for _ in range(2):
        run = project.pipeline(step=step(epochs=1)).run(require_pins=True)
    loaded = project.repository.get_pipeline_by_name("mine")

    assert run.steps[2].source == f"mytrainer.MyTrainer@{head}"
    assert loaded.run().output("model").slope == 3.0


def test_a_loaded_pipeline_runs_after_its_folder_was_deleted(project: Project) -> None:
    """Only the commit is read."""
    first = project.pipeline(enable_cache=False).run()
    commit(project.repo, {"readme.txt": ""})

    again = project.repository.get_pipeline_by_name("mine").run()

    assert again.metrics == first.metrics
    assert not again.steps[2].cached


SCRIPT = """\
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import BaseTrainerStep

class T(BaseTrainerStep):
    def run_fn(self, data):
        return 7

TrainingPipeline(name="script").add_datasource(MemoryDatasource([1])).add_trainer(T()).run()
"""


@pytest.mark.slow
def test_a_script_without_a_guard_gets_a_message_about_it(project: Project) -> None:
    """The module of its class is the script: an import would run the pipeline again, so it is refused."""
    commit(project.repo, {"script.py": SCRIPT}, base=get_head(project.repo))

    done = subprocess.run(
        [sys.executable, "script.py"], cwd=project.repo.path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "would run pipeline 'script' again" in done.stderr, done.stderr


def test_object_that_is_not_a_component_is_refused_when_it_is_added() -> None:
    """At once, with its name: a class instead of an instance, another kind of step, an unserialisable argument."""

    class NotOurs:
        pass

    class Mine(BaseTrainerStep):
        def run_fn(self, **kwargs: Any) -> int:
            return 1

    pipeline = TrainingPipeline(name="p")
    with pytest.raises(ComponentError, match="'NotOurs' is not a BaseTrainerStep"):
        pipeline.add_trainer(NotOurs())  # type: ignore[arg-type]
    with pytest.raises(ComponentError, match="'Mine' is not a BaseSplitStep"):
        pipeline.add_split(Mine())  # type: ignore[arg-type]
    with pytest.raises(ComponentError, match=r"'Mine' is not a BaseTrainerStep") as caught:
        pipeline.add_trainer(Mine)
    assert "Mine(...)" in caught.value.hint
    with pytest.raises(ComponentError, match="'callback' of 'Mine' is a function"):
        pipeline.add_trainer(Mine(callback=lambda: 0))
    with pytest.raises(ComponentError, match="has no training step"):
        pipeline.run()


def test_a_step_with_an_absent_input_is_named(project: Project) -> None:
    """The message lists what exists."""
    text = trainer(1.0, **{"run_fn(self, splits)": "run_fn(self, metrics)"})
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    with pytest.raises(StepFailedError, match="needs 'metrics'") as caught:
        project.pipeline(step=project.trainer_class()()).run()

    assert isinstance(caught.value, zenml_pin.PinError)
    assert caught.value.step == "training"


OTHERS = """\
from concurrent.futures import Future

from zenml_pin.backends import BaseBackend
from zenml_pin.datasources import BaseDatasource


class MyDatasource(BaseDatasource):
    def __init__(self, name, count):
        self.count = count

    def process(self):
        return list(range(self.count))


class MyBackend(BaseBackend):
    calls = []

    def submit(self, fn, *args):
        self.calls.append(args[1])
        future = Future()
        future.set_result(fn(*args))
        return future
"""


def test_datasources_and_backends_are_pinned_too(project: Project) -> None:
    """Every custom class runs from its pin, also the backend."""
    head = commit(project.repo, {"others": {"mine.py": OTHERS}}, base=get_head(project.repo))
    datasource, backend = (
        project.trainer_class(name, "others.mine") for name in ("MyDatasource", "MyBackend")
    )
    pipeline = DataPipeline(name="numbers").add_datasource(datasource("counted", count=3))

    run = pipeline.run(backend())

    assert run.output("data") == [0, 1, 2]
    assert run.steps[0].source == f"others.mine.MyDatasource@{head}"
    assert run.backend == f"others.mine.MyBackend@{head}"
    assert backend.calls == []
    assert zenml_pin.load(run.backend).calls == ["process"]
    loaded = project.repository.get_datasource_by_name("counted")
    assert (loaded.name, loaded.args) == ("counted", {"name": "counted", "count": 3})


@pytest.mark.slow
def test_outside_git_a_pipeline_runs_unpinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a warning for each class; document and store are in the current folder."""
    (tmp_path / "loose_step.py").write_text(trainer(2.0))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    step = Project.trainer_class(None, module="loose_step")  # type: ignore[arg-type]
    pipeline = TrainingPipeline(name="loose").add_datasource(MemoryDatasource(ROWS)).add_trainer(step())

    with pytest.warns(UnpinnedWarning, match="is not in a repository"):
        run = pipeline.run()

    assert run.output("model").slope == 2.0
    assert source_of("pipelines/loose.yaml") == "loose_step.MyTrainer"


def test_before_the_first_commit_a_pipeline_runs_unpinned(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git init; zenml-pin init; run` works."""
    write(repo, {"early": {"step.py": trainer(2.0)}})
    monkeypatch.chdir(repo.path)
    monkeypatch.syspath_prepend(repo.path)
    step = Project(repo).trainer_class(module="early.step")

    with pytest.warns(UnpinnedWarning, match="has no commit yet"):
        run = Project(repo).pipeline(step=step()).run()

    assert run.outcome == "succeeded"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zenml_pin.errors.UnpinnedWarning")
def test_a_number_that_is_asked_for_runs_or_is_refused(project: Project) -> None:
    """A document without a pin does not say what it ran, and HEAD's code never runs under its number."""
    project.pipeline().run()
    project.edit_trainer(2.0)
    project.pipeline().run()
    project.commit_trainer(2.0)
    repository = project.repository

    asked = repository.get_pipeline_by_name("mine", number=2)
    for call in (asked.run, asked.save):
        with pytest.raises(zenml_pin.UnpinnedError, match="document 2 of 'mine' has no pin for") as caught:
            call()
    assert "zenml-pin pin" in caught.value.hint
    assert project.documents() == ["mine-2.yaml", "mine.yaml"]
    assert repository.get_pipeline_by_name("mine", number=1).run().number == 1

    assert repository.get_pipeline_by_name("mine").run().number == 3
    changed: Any = repository.get_pipeline_by_name("mine", number=2)
    assert changed.add_trainer(project.trainer_class()(epochs=9)).run().number == 4


@pytest.mark.slow
def test_a_copied_document_runs_under_its_own_number(project: Project) -> None:
    """A person copied the file and gave the copy another number: the content is the same, the number that is asked for
    counts."""
    project.pipeline().run()
    text = Path("pipelines/mine.yaml").read_text()
    Path("pipelines/copy.yaml").write_text(text.replace("name: mine", "name: mine\n  number: 7", 1))
    repository = project.repository

    numbers = [repository.get_pipeline_by_name("mine", number=number).run().number for number in (1, 7)]

    assert numbers == [1, 7]
