"""reproduce: a recorded run runs again from its pins; what differs is told as what it is."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit
from zenml_pin.backends import ProcessesBackend
from zenml_pin.datasources import CSVDatasource
from zenml_pin.errors import RecordError, UnknownNameError, UnpinnedWarning, UnsupportedError
from zenml_pin.pipelines import Run, TrainingPipeline, reproduce
from zenml_pin.pipelines.comparison.result import Sameness
from zenml_pin.pipelines.reproducing import reproducing
from zenml_pin.pipelines.reproducing.context import environments_differ
from zenml_pin.pipelines.runs.options import Options, using
from zenml_pin.pipelines.runs.run_environment import environment

CHANCE = "import random\n" + trainer(1.0, **{"Line(1.0)": "Line(random.random())"})


def outcomes(reproduction: Any) -> dict[str, str]:
    """Return how each step came out."""
    return {step.key: step.outcome for step in reproduction.steps}


def write_rows(rows: list[dict[str, float]], path: str = "rows.csv") -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def csv_pipeline(project: Project, **options: Any) -> TrainingPipeline:
    """Build a pipeline whose data is in a file that is not committed."""
    write_rows([{"x": x, "y": 2 * x + 1} for x in range(20)])
    pipeline = project.pipeline(**options)
    return pipeline.add_datasource(CSVDatasource("rows", "rows.csv"))


def change_record(project: Project, statement: str, *values: object) -> None:
    with sqlite3.connect(Path(project.repo.path, ".zenml/local_store/runs.sqlite")) as connection:
        connection.execute(statement, values)
    connection.close()


def forget_artifact(project: Project, sha256: str | None) -> None:
    [path] = Path(project.repo.path, ".zenml/local_store/artifacts").rglob(f"{sha256}.*")
    path.unlink()


def test_a_run_is_reproduced(project: Project) -> None:
    """Every output has the recorded bytes, the data is the recorded one, and nothing is written."""
    run = project.pipeline().run()
    files = {path: path.stat().st_mtime_ns for path in Path(project.repo.path).rglob("*")}

    reproduction = reproduce()

    assert reproduction.run.id == run.id
    assert set(outcomes(reproduction).values()) == {"identical"}
    assert reproduction.is_reproduced
    assert reproduction.has_recorded_data
    assert (reproduction.context, reproduction.explanation) == ((), ())
    assert reproduction.summary == "reproduced: 4 outputs are identical"
    after = {path: path.stat().st_mtime_ns for path in Path(project.repo.path).rglob("*")}
    kept = {path for path in files if "local_store" not in str(path) or path.is_file()}
    assert {path: after.get(path) for path in kept} == {path: files[path] for path in kept}
    assert len(project.repository.get_runs()) == 1


def test_later_commits_and_edits_do_not_matter(project: Project) -> None:
    """The pins of the record run, whatever HEAD and the working tree have."""
    first = project.pipeline().run()
    project.commit_trainer(5.0)
    project.edit_trainer(7.0)

    assert reproduce(first).is_reproduced


def test_a_cached_run_is_reproduced_without_the_cache(project: Project) -> None:
    """Its outputs come from the earlier run; now each step runs."""
    project.pipeline().run()
    cached = project.pipeline().run()

    reproduction = reproduce(cached.id)

    assert any(step.cached for step in cached.steps)
    assert reproduction.is_reproduced
    assert all(step.seconds is not None for step in reproduction.steps)


@pytest.mark.slow
def test_the_seconds_of_a_step_are_its_own(project: Project) -> None:
    """Not those until all steps have ended, which all begin at once because each has its recorded inputs."""
    text = trainer(1.0, **{"return Line": "__import__('time').sleep(1)\n        return Line"})
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    seconds = {step.key: step.seconds or 0.0 for step in reproduce(project.pipeline().run()).steps}

    assert seconds["training"] >= 1
    assert seconds["training"] > seconds["split"]


def test_edited_data_is_told_as_data(project: Project) -> None:
    """The datasource differs, with the keys and how far; the steps get the recorded data and are identical."""
    csv_pipeline(project).run()
    write_rows([{"x": x, "y": 2 * x + 1 + (x == 3)} for x in range(20)])

    reproduction = reproduce()

    assert not reproduction.is_reproduced
    assert reproduction.has_recorded_data is False
    assert outcomes(reproduction) == {
        "datasource": "different",
        "split": "identical",
        "training": "identical",
        "evaluator": "identical",
    }
    [difference] = reproduction.steps[0].comparison.differences  # type: ignore[union-attr]
    assert str(difference) == "[3]['y']: recorded 7, now 8 (1 apart, 0.14 of it)"
    assert reproduction.explanation == (
        "the input data is not the recorded one; from the recorded data, 3 outputs are identical",
    )


def test_data_that_cannot_be_read_is_told(project: Project) -> None:
    """Its error is told; the steps still get the recorded data."""
    csv_pipeline(project).run()
    Path("rows.csv").unlink()

    reproduction = reproduce()

    assert outcomes(reproduction)["datasource"] == "failed"
    assert "rows.csv" in reproduction.steps[0].reason
    assert outcomes(reproduction)["training"] == "identical"


def test_numbers_in_other_bytes_are_equal(project: Project) -> None:
    """A file that now has 1.0 where it had 1 gives equal values: it is the recorded data."""
    csv_pipeline(project).run()
    write_rows([{"x": float(x), "y": 2 * x + 1} for x in range(20)])

    reproduction = reproduce()

    assert outcomes(reproduction)["datasource"] == "equal"
    assert reproduction.has_recorded_data
    assert reproduction.summary == "reproduced: 3 outputs are identical, 1 is equal"


def test_chance_is_named_where_nothing_differs_around(project: Project) -> None:
    """The same code, data and packages with another output: the step itself is not reproducible."""
    commit(project.repo, {"trainers": {"__init__.py": "", "chance.py": CHANCE}})
    step = project.trainer_class(module="trainers.chance")()
    project.pipeline(step=step).run()

    reproduction = reproduce()

    training = next(step for step in reproduction.steps if step.key == "training")
    assert training.outcome == "different"
    assert training.comparison is not None
    assert [difference.path for difference in training.comparison.differences] == [".slope"]
    assert outcomes(reproduction)["evaluator"] == "identical"
    assert "chance" in reproduction.explanation[0]


def test_tolerance_makes_near_numbers_equal(project: Project) -> None:
    """The caller says how far apart two numbers may be."""
    commit(project.repo, {"trainers": {"__init__.py": "", "chance.py": CHANCE}})
    project.pipeline(step=project.trainer_class(module="trainers.chance")()).run()

    assert outcomes(reproduce(rtol=0, atol=1.0))["training"] == "equal"


def test_another_pin_of_a_helper_is_told_as_code(project: Project) -> None:
    """A record whose pin was changed to a commit with another helper: its code is not what ran."""
    helper = "from trainers.helper import SLOPE\n" + trainer(1.0, **{"Line(1.0)": "Line(SLOPE)"})
    commit(project.repo, {"trainers": {"step.py": helper, "helper.py": "SLOPE = 1.0\n"}})
    run = project.pipeline().run()
    later = commit(project.repo, {"trainers": {"step.py": helper, "helper.py": "SLOPE = 9.0\n"}})
    source = next(step.source for step in run.steps if step.key == "training")
    change_record(
        project, "UPDATE steps SET source = ? WHERE source = ?", f"{source.partition('@')[0]}@{later}", source
    )

    reproduction = reproduce(run.id)

    kinds = {(item.kind, item.name) for item in reproduction.context}
    assert ("code", "training") in kinds
    assert outcomes(reproduction)["training"] == "different"
    assert reproduction.explanation == ("possible causes: the code of training",)


def test_a_document_with_another_pin_is_told(project: Project) -> None:
    """The recorded pin runs and is identical; that the document names another commit is told."""
    run = project.pipeline().run()
    later = project.commit_trainer(9.0)
    path = Path(project.repo.path, run.document)
    pin = next(step.source for step in run.steps if step.key == "training").partition("@")[2]
    path.write_text(path.read_text().replace(pin, later))

    reproduction = reproduce(run.id)

    assert reproduction.is_reproduced
    [moved] = reproduction.context
    assert (moved.kind, moved.name) == ("document", "training")
    assert moved.now is not None
    assert moved.now.endswith(later)


def test_packages_are_told_and_those_that_a_step_imports_come_first(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library with another version, told beside the output that it changed."""
    code = "import attrs, random\n" + trainer(1.0, **{"Line(1.0)": "Line(random.random())"})
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": code}})
    project.pipeline().run()
    real = environment()
    packages = {**real["packages"], "attrs": "99.0", "aaa": "1.0"}
    monkeypatch.setattr(
        reproducing, "environment", lambda: {**real, "python": "3.99.0", "packages": packages}
    )

    reproduction = reproduce()

    assert [(item.kind, item.name, item.now) for item in reproduction.context] == [
        ("python", "", "3.99.0"),
        ("package", "attrs", "99.0"),
        ("package", "aaa", "1.0"),
    ]
    assert "attrs" in reproduction.explanation[0]
    assert "aaa" not in reproduction.explanation[0]


def test_this_package_is_not_a_difference_of_an_environment() -> None:
    """An environment's packages are those of the lock; this package comes beside them."""
    here = {"packages": {"zenml-pin": "0.1.0", "attrs": "25.1.0"}}
    there = {"packages": {"attrs": "24.1.0"}, "environments": [{}]}

    assert environments_differ(here, there) == ["attrs"]
    assert environments_differ(here, {"packages": {"attrs": "25.1.0"}}) == ["zenml-pin"]


@pytest.mark.slow
def test_a_run_with_an_unpinned_step_says_which(project: Project) -> None:
    """No commit has the code; the other steps are run again."""
    project.edit_trainer(3.0)
    with pytest.warns(UnpinnedWarning):
        project.pipeline().run()
    events: list[tuple[str, str]] = []

    with using(Options(progress=lambda event: events.append((event.step, event.kind)))):
        reproduction = reproduce()

    assert [event for event in events if event[0] == "training"] == [("training", "not run")]

    training = next(step for step in reproduction.steps if step.key == "training")
    assert training.outcome == "not run"
    assert training.reason == "no pin says which code of 'trainers.step.MyTrainer' ran"
    assert outcomes(reproduction)["evaluator"] == "identical"
    assert reproduction.summary == "not reproduced: training not run"
    run_id = reproduction.run.id
    assert reproduction.explanation == (
        f"'zenml-pin runs {run_id} --patch' shows the code that was in no commit",
    )


def test_a_failed_run_is_reproduced_if_it_fails_the_same(project: Project) -> None:
    """With the same exception and message."""
    code = trainer(1.0, **{"return Line": "raise ValueError('no rows')\n        return Line"})
    commit(project.repo, {"trainers": {"step.py": code}})
    with pytest.raises(RuntimeError):
        project.pipeline().run()

    reproduction = reproduce()

    assert reproduction.run.outcome == "failed"
    assert reproduction.is_reproduced
    assert reproduction.steps[-1].reason == "it failed as recorded: ValueError: no rows"


def test_lost_inputs_come_from_the_steps_that_return_them(project: Project) -> None:
    """If they return the recorded bytes, which their hash tells."""
    run = csv_pipeline(project).run()
    for step in run.steps[:3]:
        forget_artifact(project, step.output)

    assert reproduce().is_reproduced


def test_lost_data_is_named(project: Project) -> None:
    """An input that nothing returns any more, and a recorded output that is needed for comparing."""
    run = csv_pipeline(project).run()
    forget_artifact(project, run.steps[0].output)
    write_rows([{"x": 1, "y": 1}, {"x": 2, "y": 2}])

    reproduction = reproduce()

    assert outcomes(reproduction)["datasource"] == "not comparable"
    assert "the recorded output is missing" in reproduction.steps[0].reason
    assert outcomes(reproduction)["split"] == "not run"
    assert str(run.steps[0].output) in reproduction.steps[1].reason
    assert reproduction.has_recorded_data is None


def test_a_record_of_an_older_release_without_packages_is_read(project: Project) -> None:
    """What it does not have is not compared."""
    project.pipeline().run()
    change_record(project, "UPDATE environments SET content = '{}'")

    assert reproduce().is_reproduced


@pytest.mark.slow
def test_a_commit_that_is_gone_is_told(project: Project) -> None:
    """The step is not run, and the message names the commit."""
    run = project.pipeline().run()
    gone = "1" * 40
    source = next(step.source for step in run.steps if step.key == "training")
    change_record(
        project, "UPDATE steps SET source = ? WHERE source = ?", f"{source.partition('@')[0]}@{gone}", source
    )

    reproduction = reproduce(run.id)

    training = next(step for step in reproduction.steps if step.key == "training")
    assert (training.outcome, gone in training.reason) == ("not run", True)
    assert "code" not in {item.kind for item in reproduction.context}, "lost code is not other code"
    assert not any("code" in cause for cause in reproduction.explanation)


@pytest.mark.slow
def test_a_backend_runs_the_steps(project: Project) -> None:
    """In another process, from the same pins, with the same bytes."""
    project.pipeline().run()

    reproduction = reproduce(backend=ProcessesBackend())

    assert reproduction.is_reproduced
    assert reproduction.backend == "ProcessesBackend"


@pytest.mark.slow
def test_a_run_is_chosen_by_id_or_name(project: Project) -> None:
    """The beginning of an id is enough; a name means its newest run that succeeded, and its number may be given."""
    first = project.pipeline().run()
    project.commit_trainer(2.0)
    second = project.pipeline().run()

    assert reproduce(first.id).run.id == first.id
    assert reproduce(first.id[:-1]).run.id == first.id
    assert reproduce(first.id[-6:]).run.id == first.id
    assert reproduce("mine").run.id == second.id
    assert reproduce("mine", number=1).run.id == first.id


@pytest.mark.parametrize(
    ("arguments", "options", "message", "hint"),
    [
        (
            ["nobody"],
            {},
            "no run or pipeline with runs is named 'nobody' (2 here)",
            "'zenml-pin runs' lists all",
        ),
        ([""], {}, "no run or pipeline with runs is named '' (2 here)", "'zenml-pin runs' lists all"),
        (
            ["min"],
            {},
            "no run or pipeline with runs is named 'min' (2 here)",
            "near misses: mine; 'zenml-pin runs' lists all",
        ),
        (["mine"], {"number": 9}, "run of pipeline 'mine' has no number 9", "its runs have 1"),
    ],
)
def test_what_is_no_run_is_refused(
    project: Project, arguments: list[str], options: dict[str, Any], message: str, hint: str
) -> None:
    """In one line, with the names that exist."""
    project.pipeline().run()

    with pytest.raises(UnknownNameError) as caught:
        reproduce(*arguments, **options)

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_run_that_was_killed_is_told(project: Project) -> None:
    """A step without an output, and a run without a step, have nothing to compare with."""
    run = project.pipeline().run()
    change_record(project, "UPDATE runs SET outcome = 'killed'")
    change_record(project, "UPDATE steps SET outcome = 'killed', output = NULL WHERE key = 'evaluator'")

    killed = reproduce(run.id)
    change_record(project, "DELETE FROM steps")
    empty = reproduce(run.id)

    assert killed.steps[-1].reason == "it was killed when it was recorded, so it has no output"
    assert not killed.is_reproduced
    assert empty.summary == "not reproduced: the run has no steps"


def test_without_a_run_there_is_nothing_to_reproduce(project: Project) -> None:
    """It says how runs are recorded; a tolerance must be a number from 0 on."""
    with pytest.raises(RecordError, match="it has no runs"):
        reproduce()
    with pytest.raises(UnsupportedError, match="rtol is -1"):
        reproduce(rtol=-1)


def test_the_result_is_plain_data_and_a_notebooks_card(project: Project) -> None:
    """With each step and the reason."""
    from tests.support.parsed_html import Seen

    run: Run = csv_pipeline(project).run()
    write_rows([{"x": 1, "y": 1}])

    reproduction = reproduce()

    data = reproduction.to_dict()
    assert data["run"]["id"] == run.id
    assert data["steps"][0]["comparison"]["sameness"] == Sameness.DIFFERENT.value
    text = Seen(reproduction._repr_html_()).text
    assert run.id in text
    assert "recorded 20 items, now 1 item" in text
