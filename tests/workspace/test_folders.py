"""P6's second exception: documents and bundles in the pipelines folder do not make it dirty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dulwich import porcelain

import zenml_pin
from tests.support.repositories import Link, Repo, commit, write
from zenml_pin.workspace.folders import documents_of, resolve_folder

MINE = """\
from zenml_pin.pipelines import BasePipeline
from zenml_pin.steps import BaseStep


class Mine(BaseStep):
    def run_fn(self):
        return 1


class MyPipeline(BasePipeline):
    pass
"""
SCRIPT = """\
from pipelines.mine import Mine, MyPipeline

print(MyPipeline().add_step("mine", Mine()).run().source)
"""
PIPELINE = {"__init__.py": "", "mine.py": "class MyPipeline:\n    epochs = 1\n", "old.yaml": "a: 1\n"}


@pytest.fixture
def workspace(repo: Repo) -> str:
    """A committed workspace with a class and a document in its pipelines folder; the commit's id."""
    first = commit(repo, {".gitignore": ".zenml/\n", "pipelines": PIPELINE, "trainers": {"a.yaml": ""}})
    write(repo, {".zenml": {".zenml_config": "pipelines_dir: pipelines\n"}})
    return first


DOCUMENTS = {
    "untracked document": {"new.yaml": "x"},
    "untracked .yml": {"new.yml": "x"},
    "untracked bundle": {"new.bundle": "x"},
    "modified document": {"old.yaml": "a: 2\n"},
    "deleted document": {"old.yaml": None},
}


@pytest.mark.parametrize("files", DOCUMENTS.values(), ids=DOCUMENTS)
def test_pipeline_class_beside_its_documents_pins_and_loads(
    repo: Repo, workspace: str, files: dict[str, str | None]
) -> None:
    """A custom pipeline class in pipelines/, beside its documents, still pins and loads after a run."""
    write(repo, {"pipelines": files})

    source = zenml_pin.pin("pipelines.mine.MyPipeline", repo=repo.path)

    assert source.commit_id == workspace
    assert zenml_pin.load(source, repo=repo.path).epochs == 1
    assert zenml_pin.status("", repo=repo.path).clean


def test_staged_document_does_not_count_either(repo: Repo, workspace: str) -> None:
    """Before it is committed, it is still a document."""
    write(repo, {"pipelines": {"new.yaml": "x", "old.yaml": "y"}})
    porcelain.add(repo.path, paths=[repo.join("pipelines", "new.yaml"), repo.join("pipelines", "old.yaml")])

    assert zenml_pin.status("pipelines", repo=repo.path).clean


OTHERS = {
    "module": ({"pipelines": {"new.py": ""}}, "pipelines/new.py"),
    "other data": ({"pipelines": {"data.csv": ""}}, "pipelines/data.csv"),
    "document below": ({"pipelines": {"sub": {"x.yaml": ""}}}, "pipelines/sub/x.yaml"),
    "document elsewhere": ({"trainers": {"a.yaml": "x"}}, "trainers/a.yaml"),
    "link in a document's place": ({"pipelines": {"old.yaml": Link("mine.py")}}, "pipelines/old.yaml"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_count(repo: Repo, workspace: str, name: str) -> None:
    """Only documents and bundles are excepted, and only directly in that folder."""
    files, path = OTHERS[name]
    write(repo, files)  # type: ignore[arg-type]

    assert [change.path for change in zenml_pin.status("", repo=repo.path).changes] == [path]


def test_without_a_workspace_every_file_counts(repo: Repo, workspace: str) -> None:
    """A folder is not special only because it is called pipelines."""
    os.unlink(repo.join(".zenml", ".zenml_config"))
    write(repo, {"pipelines": {"new.yaml": ""}})

    assert not zenml_pin.status("pipelines", repo=repo.path).clean


@pytest.mark.slow
def test_where_a_run_was_made_without_init_its_documents_do_not_count(repo: Repo) -> None:
    """Such a run uses the git root as its workspace, and writes the same documents."""
    first = commit(repo, {".gitignore": ".zenml/\n", "pipelines": {"__init__.py": "", "mine.py": MINE}})
    write(repo, {"run.py": SCRIPT})

    ran = [
        subprocess.run([sys.executable, repo.join("run.py")], capture_output=True, text=True) for _ in "12"
    ]

    assert [(run.stdout, run.stderr) for run in ran] == [(f"pipelines.mine.MyPipeline@{first}\n", "")] * 2


CONFIGS = {
    "default": ("", "pipelines/x.yaml", True),
    "relative": ("pipelines_dir: runs/yaml\n", "runs/yaml/x.yaml", True),
    "quoted": ("'pipelines_dir': \"my runs\"  # here\n", "my runs/x.yaml", True),
    "the other folder": ("pipelines_dir: runs\n", "pipelines/x.yaml", False),
    "below another key": ("metadata:\n  pipelines_dir: runs\n", "runs/x.yaml", False),
    "moved away": ("pipelines_dir: /gone/pipelines\n", "pipelines/x.yaml", True),
    "absolute": ("pipelines_dir: ROOT/runs\n", "runs/x.yaml", True),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_pipelines_folder_is_read_from_the_config(tmp_path: Path, name: str) -> None:
    """Relative to the workspace, or absolute as in old configs; the workspace may be below the git root."""
    config, path, expected = CONFIGS[name]
    root = tmp_path / "project"
    (root / ".zenml").mkdir(parents=True)
    (root / "runs").mkdir()
    (root / ".zenml" / ".zenml_config").write_text(config.replace("ROOT", str(root)))

    assert documents_of(str(tmp_path))(f"project/{path}") is expected


def test_no_config_above_the_worktree_is_read(tmp_path: Path) -> None:
    """Files above the repository do not apply to it."""
    (tmp_path / ".zenml").mkdir()
    (tmp_path / ".zenml" / ".zenml_config").write_text("pipelines_dir: repo/pipelines\n")

    assert not documents_of(str(tmp_path / "repo"))("pipelines/x.yaml")


def test_a_remote_store_means_the_default(tmp_path: Path) -> None:
    """An address is not a folder."""
    assert resolve_folder("/w", "gs://bucket/store", ".zenml/local_store") == "/w/.zenml/local_store"
