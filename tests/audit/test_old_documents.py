"""Audits of documents that ZenML wrote: they can be green, and every finding is one that somebody can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.old_documents import UUID, old_document
from tests.support.pipeline_project import Project
from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run
from zenml_pin.audit import check
from zenml_pin.errors import DocumentError

EVALUATOR = """\
    evaluator:
      args: '{}'
      source: zenml.steps.evaluator.tfma_evaluator.TFMAEvaluator@zenml_0.3.8
    deployer:
      args: '{}'
      source: zenml.steps.deployer.gcaip_deployer.GCAIPDeployer@zenml_0.3.8
    data:
      args: '{}'
      source: zenml.steps.data.csv_data_step.CSVDataStep@zenml_0.3.8
version:"""
TRAINER = """\
from zenml.steps.trainer import BaseTrainerStep
class T(BaseTrainerStep):
    def run_fn(self, **inputs):
        return 1
"""
STEP = {"trainers": {"__init__.py": "", "step.py": TRAINER}}
BACKENDS = "  backends:\n    orchestrator: {args: {}, type: TYPE}\n"


def _old(head: str) -> str:
    return old_document("0.3.8", f"trainers.step.T@{head}").replace("version:", EVALUATOR)


def test_classes_of_zenml_itself_are_one_note_of_a_document(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can act on them where ZenML wrote the document; --strict warns of each, as in a document of today."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, STEP)
    commit(repo, {"pipelines": {"old.yaml": _old(head)}})

    note = run(capsys, "check")
    audited = run(capsys, "audit")
    strict = run(capsys, "check", "--strict")

    assert (note[0], audited[0], strict[0]) == (0, 0, 1)
    assert "note ZP008" in note[1]
    assert "2 classes of ZenML itself do not run here: TFMAEvaluator, GCAIPDeployer" in note[1]
    assert note[1].count("ZP008") == audited[1].count("ZP008") == 1
    assert strict[1].count("warning ZP008") == 2


@pytest.mark.parametrize(
    ("kind", "code", "listed", "refused"),
    [
        ("gcp", 0, "pinned", "'submit' of 'OrchestratorGCPBackend' needs"),
        ("moon", 1, "1 unpinned", "no release of ZenML from 0.1.0 to 0.3.8 has"),
        ("local", 0, "pinned", ""),
    ],
)
def test_a_backend_that_is_named_by_its_type_has_one_answer(
    project: Project, capsys: pytest.CaptureFixture[str], kind: str, code: int, listed: str, refused: str
) -> None:
    """check tells of it, pipelines counts it, run says what it needs."""
    head = commit(project.repo, STEP)
    text = old_document("0.1.4", f"trainers.step.T@{head}")
    stored = text.replace("  backends: {}\n", BACKENDS.replace("TYPE", kind))
    write(project.repo, {"pipelines": {"old.yaml": stored}})

    checked = run(capsys, "check")
    pipelines = run(capsys, "pipelines")[1]
    ran = run(capsys, "run", "old")

    assert checked[0] == code
    assert ("ZP008" in checked[1]) is (kind != "local")
    assert f"\t{listed}\t" in pipelines
    assert (ran[0], refused in ran[2]) == (0 if kind == "local" else 1, True)


def test_a_type_of_the_users_own_is_kept(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """ZenML stored `<type>_<name>_<id>`; the type is the class's PIPELINE_TYPE."""
    pipeline = (
        "from zenml.pipelines.training_pipeline import TrainingPipeline\n"
        "class Mine(TrainingPipeline):\n    PIPELINE_TYPE = 'forecast'\n"
    )
    head = commit(project.repo, {"own": {"__init__.py": "", "pipe.py": pipeline}})
    trainer = commit(project.repo, STEP)
    text = old_document("0.3.8", f"trainers.step.T@{trainer}")
    text = text.replace("name: training_old", "name: forecast_my_old")
    stored = text.replace(
        "zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8", f"own.pipe.Mine@{head}"
    )
    write(project.repo, {"pipelines": {"old.yaml": stored}})

    listed = run(capsys, "pipelines")[1]
    ran = project.repository.get_pipeline_by_name("my_old").run()

    assert listed.startswith("my_old\t1\tforecast\tpinned\t")
    assert ran.outcome == "succeeded"
    assert project.documents() == ["old.yaml"]


def test_runs_of_one_name_are_told_apart_by_their_ids(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ZenML gave each run an id; a copy of one run is still a name that is taken."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, STEP)
    text = old_document("0.1.4", f"trainers.step.T@{head}")
    other = text.replace(UUID, UUID.replace("7", "8"))
    write(repo, {"pipelines": {"training_old_1.yaml": text, "training_old_2.yaml": other}})

    apart = run(capsys, "check")
    write(repo, {"pipelines": {"copy.yaml": other}})
    copied = run(capsys, "check")

    assert (apart[0], copied[0]) == (0, 1)
    assert copied[1].count("ZP017") == 2


FOREIGN = "pipelines_dir: /home/ada/p/conf/pipes\n"


@pytest.mark.parametrize("verb", ["check", "audit"])
def test_a_gate_over_nothing_is_not_green(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """Where no folder of documents exists; an empty one is a folder. The folder can be named in three ways."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, STEP)
    document = old_document("0.1.4", f"trainers.step.T@{head}")
    commit(repo, {"conf": {"pipes": {"old.yaml": document}}, ".zenml": {".zenml_config": FOREIGN}}, base=head)

    nothing = run(capsys, verb)
    given = run(capsys, verb, "--documents", "conf/pipes")
    monkeypatch.chdir(Path(repo.path, "conf"))
    below = run(capsys, verb, "--documents", "pipes")
    monkeypatch.chdir(repo.path)
    setting = "[zenml_pin]\ndocuments = conf/pipes\n"
    commit(repo, {"setup.cfg": setting, "conf": {"pipes": {"old.yaml": document}}, **STEP}, base=head)
    listed = run(capsys, verb)

    assert nothing[0] == 1
    assert "error ZP020" in nothing[1]
    assert "names '/home/ada/p/conf/pipes', which is not on this machine" in nothing[1]
    for code, shown, _ in (given, below, listed):
        assert (code, "1 document, 1 source, 1 pin" in shown) == (0, True)


def test_a_folder_outside_is_refused(repo: Repo, tmp_path: Path) -> None:
    """The documents of a repository are inside it."""
    commit(repo, STEP)

    with pytest.raises(DocumentError, match="outside the repository"):
        check(repo=repo.path, folders=[tmp_path])
