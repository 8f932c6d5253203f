"""runs: list, one run with all that is known of it, and two runs compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.parsed_html import Seen
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head, write
from zenml_pin import load, pin
from zenml_pin.audit import compare_runs
from zenml_pin.cli import main
from zenml_pin.cli.plain_data import schema
from zenml_pin.errors import StepFailedError, UnknownNameError, UnpinnedWarning, UnsupportedError
from zenml_pin.pipelines.runs.run import Run
from zenml_pin.pipelines.runs.run_id import choose_id


class Answer:
    """What a command printed."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *command: str, code: int = 0) -> str:
        """Run a command; return what it printed on stdout, or on stderr where it failed."""
        self._capfd.readouterr()
        assert main(["runs", *command]) == code
        out, err = self._capfd.readouterr()
        return err if code == 2 else out

    def json(self, kind: str, *command: str, code: int = 0) -> Any:
        """Return what it printed as JSON, which follows its schema."""
        facts = json.loads(self(*command, "--format", "json", code=code))
        jsonschema.validate(facts, schema(kind))
        return facts


@pytest.fixture
def runs(capfd: pytest.CaptureFixture[str]) -> Answer:
    """`zenml-pin runs` in this process."""
    return Answer(capfd)


def fail(project: Project) -> Run:
    """Run a trainer that says something and fails."""
    text = trainer(1.0).replace("return Line(1.0)", "print('half way'); raise ValueError('no rows')")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})
    with pytest.raises(StepFailedError):
        project.pipeline().run()
    return project.repository.get_runs()[-1]


def run_uncommitted(project: Project, slope: float) -> Run:
    """Run a trainer that is edited and not committed."""
    project.edit_trainer(slope)
    sys.modules.pop("trainers.step", None)
    with pytest.warns(UnpinnedWarning):
        return project.pipeline().run()


def test_one_run_shows_all_that_is_known(project: Project, runs: Answer) -> None:
    """Code, arguments, inputs, outputs, times, metrics, Python and packages."""
    run = project.pipeline().run()

    text = runs(run.id)

    step = run.step("training")
    wanted = [
        run.id,
        "mine (1)",
        step.source,
        step.code_id,
        '{"epochs": 3}',
        step.inputs["splits"],
        step.output,
    ]
    assert [word for word in wanted if str(word) not in text] == []
    assert "metric       rows 10" in text
    assert f"attrs=={run.environment['packages']['attrs']}" in runs(run.id, "--packages")
    facts = runs.json("run_details", run.id)["run"]
    assert facts["steps"][2]["args"] == {"epochs": 3}
    assert facts["environment"] == run.environment
    assert facts["uncommitted"] is None


@pytest.mark.slow
def test_a_failed_run_shows_its_traceback_and_log(project: Project, runs: Answer) -> None:
    """And `--log` the log alone."""
    run = fail(project)

    text = runs(run.id[-6:])

    assert (
        "error        StepFailedError: step 'training' of pipeline 'mine' failed: ValueError: no rows" in text
    )
    assert "    ValueError: no rows" in text
    assert "    half way" in text
    assert runs(run.id, "--log") == "== training\nhalf way\n"
    facts = runs.json("run_details", run.id)["run"]
    assert facts["steps"][2]["log"] == "half way\n"
    assert facts["steps"][2]["traceback"].endswith("ValueError: no rows\n")


@pytest.mark.slow
def test_uncommitted_code_is_shown_as_a_patch(project: Project, runs: Answer) -> None:
    """With HEAD's id; a run whose code had pins says so."""
    pinned, run = project.pipeline().run(), run_uncommitted(project, 2.0)

    assert f"HEAD       {get_head(project.repo)}" in runs(run.id)
    patch = runs(run.id, "--patch")
    assert patch.startswith("diff --git a/trainers/step.py b/trainers/step.py\n")
    assert "+        return Line(2.0)\n" in patch
    assert runs.json("run_details", run.id)["run"]["uncommitted"]["patch"] == patch
    assert runs(pinned.id, "--patch") == ""


@pytest.mark.slow
def test_lists_are_limited_chosen_and_sorted(project: Project, runs: Answer) -> None:
    """The newest N, those that failed, by time or by a metric."""
    first = project.pipeline().run()
    project.commit_trainer(2.0)
    sys.modules.pop("trainers.step", None)
    second = project.pipeline().run()
    failed = fail(project)

    def listed(*options: str) -> list[str]:
        return [line.split("\t")[0] for line in runs(*options).splitlines()]

    assert listed() == [first.id, second.id, failed.id]
    assert listed("mine", "--last", "1") == [failed.id]
    assert listed("--failed") == [failed.id]
    assert listed("--last", "2", "--reverse", "--sort", "began") == [failed.id, second.id]
    errors = {
        name: first.metrics[name] for name in first.metrics if first.metrics[name] != second.metrics[name]
    }
    metric = min(errors)
    ordered = sorted((first, second), key=lambda run: run.metrics[metric])
    assert listed("--sort", metric) == [failed.id, *(run.id for run in ordered)]
    assert runs("--failed").rstrip().endswith("ValueError: no rows")
    assert [run["id"] for run in runs.json("runs", "--failed")["runs"]] == [failed.id]


@pytest.mark.slow
def test_runs_are_compared_by_code_arguments_packages_and_metrics(project: Project, runs: Answer) -> None:
    """A run and itself are the same: exit code 0, else 1."""
    first = project.pipeline().run()
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": trainer(2.0)}})
    sys.modules.pop("trainers.step", None)
    second = project.pipeline(step=project.trainer_class()(epochs=5)).run()

    text = runs("--compare", first.id, second.id, code=1)

    assert [line.split()[1:] for line in text.splitlines() if line.startswith("training epochs")] == [
        ["3", "5"]
    ] or ("training epochs" in text and "3" in text)
    assert (
        "training: the class is the same, its module changed around it" in text or "the class changed" in text
    )
    assert "the same code: datasource, split, evaluator" in text
    patch = runs("--compare", first.id, second.id, "--patch", code=1)
    assert "\n\n== training\n" in patch
    assert "+        return Line(2.0)" in patch
    facts = runs.json("run_comparison", "--compare", first.id, second.id, code=1)
    [step] = [step for step in facts["steps"] if step["key"] == "training"]
    assert step["args"] == [{"name": "epochs", "old": 3, "new": 5}]
    assert step["is_same_code"] is False
    assert facts["packages"] == []
    assert runs.json("run_comparison", "--compare", first.id, first.id)["same"] is True
    seen = Seen(compare_runs(first, second)._repr_html_()).text
    assert "two runs differ" in seen
    assert "training epochs" in seen


@pytest.mark.slow
def test_uncommitted_code_is_compared_like_committed_code(project: Project, runs: Answer) -> None:
    """With a commit, with other uncommitted code, and with the same code."""
    pinned = project.pipeline().run()
    two, again, three = (run_uncommitted(project, slope) for slope in (2.0, 2.0, 3.0))

    def verdict(old: Run, new: Run) -> tuple[bool | None, str]:
        step = compare_runs(old, new).steps[2]
        return step.is_same_code, step.note

    assert verdict(pinned, two) == (False, "the class changed")
    assert verdict(two, three) == (False, "the class changed")
    assert verdict(two, again) == (True, "nothing differs")
    text = runs("--compare", two.id, three.id, "--patch", code=1)
    assert "-        return Line(2.0)" in text
    assert "+        return Line(3.0)" in text
    assert f"uncommitted code of run {two.id}" in text


@pytest.mark.slow
def test_a_changed_helper_is_told(project: Project) -> None:
    """Also one that only the run's uncommitted code has."""
    text = "from trainers.helper import SLOPE\n" + trainer(1.0).replace("Line(1.0)", "Line(SLOPE)")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text, "helper.py": "SLOPE = 1.0\n"}})
    first = project.pipeline().run()
    write(project.repo, {"trainers": {"helper.py": "SLOPE = 2.0\n"}})
    with pytest.warns(UnpinnedWarning):
        second = project.pipeline().run()

    note = compare_runs(first, second).steps[2].note

    assert note == "the class is the same, its helper changed: trainers/helper.py"


@pytest.mark.slow
def test_bad_input_is_one_line(project: Project, runs: Answer) -> None:
    """An id without a run, an ambiguous one, runs of two pipelines, a metric that no run has."""
    first, second, other = (project.pipeline(name).run() for name in ("mine", "mine", "other"))

    def error(*command: str) -> str:
        lines = [line for line in runs(*command, code=2).splitlines() if not line.startswith("hint: ")]
        assert len(lines) == 1
        return lines[0]

    assert error("20200101").startswith("error: no run is named '20200101'")
    assert error("nothing").startswith("error: no pipeline is named 'nothing'")
    assert error(first.id[:4]) == f"error: '{first.id[:4]}' is the beginning of 3 ids of runs"
    assert error("--compare", second.id, other.id).startswith(
        f"error: run '{second.id}' is of pipeline 'mine'"
    )
    assert error("--sort", "beauty") == "error: no run has a metric 'beauty'"
    assert error("--patch") == "error: --patch shows one run"
    with pytest.raises(SystemExit):
        main(["runs", "--last", "none"])


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["20200101"], "'zenml-pin runs' lists all"),
        (["last~9"], "'zenml-pin runs' lists all"),
        (["--compare", "last", "mine"], "'zenml-pin runs' lists all"),
        (["--sort", "beauty"], "sort by began, seconds, pipeline, outcome, mae, mse, r2, rmse, rows"),
    ],
)
def test_bad_input_has_a_hint(project: Project, runs: Answer, command: list[str], hint: str) -> None:
    """What does not exist is answered with what does."""
    project.pipeline().run()

    assert runs(*command, code=2).splitlines()[1] == f"hint: {hint}"


def test_a_list_of_nothing_says_so(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On stderr, with the store that was looked at; a mistyped one is told as what it is."""

    def said(*words: str) -> str:
        assert main(["runs", *words]) == 0
        out, err = capsys.readouterr()
        assert out == ""
        return err.rstrip("\n")

    store = f"{project.repo.path}/.zenml/local_store"
    assert said() == f"no runs: the store '{store}' does not exist"
    assert said("-q") == ""
    project.pipeline().run()
    assert said("--failed") == f"no failed runs in the store '{store}'"
    monkeypatch.setenv("ZENML_PIN_STORE", str(tmp_path / "mistyped"))
    assert said() == f"no runs: the store '{tmp_path}/mistyped' does not exist"


def test_metrics_inside_others_sort(project: Project, runs: Answer) -> None:
    """By names with dots, as `bisect --metric` takes them; the hint lists them."""
    code = "def judge(model, value):\n    return {'report': {'f1': value}}\n"
    commit(project.repo, {"judges": {"__init__.py": "", "mine.py": code}}, base=get_head(project.repo))
    judge = load(pin("judges.mine.judge"))
    ids = [project.pipeline("nested").add_evaluator(judge, value=value).run().id for value in (0.9, 0.5)]

    lines = runs("--sort", "report.f1").splitlines()

    assert [line.split("\t")[0] for line in lines] == ids[::-1]
    assert runs("--sort", "report.f2", code=2).endswith("outcome, report.f1\n")


def test_the_beginning_of_an_id_or_its_digits_name_a_run() -> None:
    """If only one run has them."""
    ids = ["20261130-164745-3fa2b1", "20261130-170000-aaaaaa", "20261201-170000-bbbbbb"]

    assert choose_id("202612", ids) == ids[2]
    assert choose_id("3fa2b1", ids) == ids[0]
    assert choose_id(ids[1], ids) == ids[1]
    assert [choose_id(text, ids) for text in ("last", "last~0", "last~2")] == [ids[2], ids[2], ids[0]]
    for text, kind in (
        ("20261130", UnsupportedError),
        ("fa2b1", UnknownNameError),
        ("last~3", UnknownNameError),
    ):
        with pytest.raises(kind):
            choose_id(text, ids)


FAILURES = {"failed": ("raise ValueError('no')", 1), "interrupted": ("raise KeyboardInterrupt", 130)}


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_run_that_does_not_end_well_prints_its_id(project: Project, failure: tuple[str, int]) -> None:
    """On stderr, also after Ctrl-C; `runs` takes it."""
    project.pipeline().save()
    text = trainer(1.0).replace("return Line(1.0)", failure[0])
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})
    sys.modules.pop("trainers.step", None)
    project.pipeline().save()

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "run", "mine"], capture_output=True, text=True, check=False
    )

    assert done.returncode == failure[1]
    [run] = project.repository.get_runs()
    assert f"run: {run.id}\n" in done.stderr


def test_steps_and_runs_show_themselves_in_a_notebook(project: Project) -> None:
    """A run with its folded logs, its steps as a table, one step with its traceback."""
    run = fail(project)

    assert "half way" in Seen(run._repr_html_()).text
    table = Seen(run.steps._repr_html_()).text  # type: ignore[attr-defined]
    assert "training" in table
    assert "ValueError: no rows" in table
    step = Seen(run.step("training")._repr_html_()).text
    assert "trainers/step.py@" in step
    with pytest.raises(UnknownNameError, match="no step is named 'deployer'"):
        run.step("deployer")
    assert "+0000" in repr(run)


PLOT = """\
from zenml_pin.steps import BaseDeployerStep

class Plot(BaseDeployerStep):
    def run_fn(self, model, output_dir):
        print("<b>drawn</b>")
        path = output_dir / "plot.png"
        path.write_bytes(b"\\x89PNG not a real one")
        return path
"""


def test_a_run_is_a_page_with_the_pictures_that_its_steps_returned(
    project: Project, runs: Answer, tmp_path: Path
) -> None:
    """The page holds them, and its policy allows nothing that is outside of it. Text of steps stays text."""
    commit(project.repo, {"trainers": {"plot.py": PLOT}}, base=get_head(project.repo))
    plot = project.trainer_class("Plot", "trainers.plot")
    run = project.pipeline().add_deployment(plot()).run()

    runs(run.id, "--format", "html", "-o", str(tmp_path / "run.html"))

    seen = Seen((tmp_path / "run.html").read_text(encoding="utf-8"))
    (picture,) = [attributes for tag, attributes in seen.tags if tag == "img"]
    assert str(picture["src"]).startswith("data:image/png;base64,")
    (policy,) = [one["content"] for _, one in seen.tags if one.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith("default-src 'none'; style-src 'sha256-")
    assert str(policy).endswith("; img-src data:")
    assert "<b>drawn</b>" in seen.text
    assert run.id in seen.text
    assert run.step("training").source.partition("@")[2] in seen.text


@pytest.mark.slow
def test_two_runs_are_a_page(project: Project, runs: Answer) -> None:
    """It says what their comparison says."""
    first, second = project.pipeline().run(), run_uncommitted(project, 3.0)

    seen = Seen(runs("--compare", first.id, second.id, "--format", "html", code=1))

    assert "two runs differ" in seen.text
    assert "img-src" not in str(seen.tags)


@pytest.mark.parametrize(
    ("command", "message"),
    [(("--format", "html"), "a page shows one run, or two"), (("-o", "x.txt"), "-o writes a page")],
)
def test_a_list_is_no_page(project: Project, runs: Answer, command: tuple[str, ...], message: str) -> None:
    """One line says what is."""
    project.pipeline().run()

    assert runs(*command, code=2).startswith(f"error: {message}\n")
