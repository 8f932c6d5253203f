"""doctor: what works here and what does not, with a remedy for each problem."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.repositories import (
    Files,
    Repo,
    Submodule,
    commit,
    configure,
    detach,
    git,
    init,
    linked_worktree,
    make_bare,
    write,
)
from zenml_pin.audit.diagnosis import Diagnosis, Outcome, doctor

DOCUMENT = (
    "pipeline: {{name: a, type: training, source: a.P}}\nsteps: {{training: {{source: t.step.A@{}}}}}\n"
)
FILES: Files = {"t": {"step.py": "class A: pass\n"}}


def outcomes(diagnosis: Diagnosis) -> dict[str, tuple[str, str]]:
    return {check.name: (check.outcome.value, check.said) for check in diagnosis.checks}


def test_healthy_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every area is checked, and every line that is not ok has a remedy."""
    commit_id = commit(repo, FILES)
    write(repo, {"pipelines": {"a.yaml": DOCUMENT.format(commit_id)}})
    monkeypatch.chdir(repo.path)

    diagnosis = doctor()

    assert diagnosis.is_healthy
    assert {check.area for check in diagnosis.checks} == {
        "interpreter",
        "repository",
        "workspace",
        "environment",
    }
    assert outcomes(diagnosis)["HEAD"] == ("ok", f"{commit_id}, on main")
    assert outcomes(diagnosis)["pins"] == ("ok", "the commits of all 1 are here")
    assert all(check.remedy for check in diagnosis.checks if check.outcome is not Outcome.OK)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("store", "but runs cannot be recorded"),
        ("pipelines", "runs can be recorded, but no new documents"),
        ("other", "runs can be recorded"),
    ],
)
def test_a_folder_that_cannot_be_written(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """Of a read-only checkout with a store elsewhere runs are recorded; each note says what does not work."""
    commit(repo, FILES)
    write(repo, {"pipelines": {"a.yaml": DOCUMENT.format(commit(repo, FILES))}})
    (tmp_path / "store").mkdir()
    monkeypatch.setenv("ZENML_PIN_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(f"/{name}"))
    monkeypatch.chdir(repo.path)

    outcome, text = outcomes(doctor())["write access"]

    assert outcome == ("ok" if name == "other" else "note")
    assert text.endswith(said)


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter and the environment are checked too."""
    monkeypatch.chdir(tmp_path)

    diagnosis = doctor()

    assert not diagnosis.is_healthy
    assert outcomes(diagnosis)["repository"][0] == "problem"
    assert {check.area for check in diagnosis.checks} == {"interpreter", "repository", "environment"}


def test_no_commit_yet(repo: Repo) -> None:
    """Nothing can be pinned yet."""
    assert outcomes(doctor(repo=repo.path))["HEAD"] == ("problem", "there is no commit yet")


def test_head_that_cannot_be_read(repo: Repo) -> None:
    """ "There is no commit yet" would be a wrong reason."""
    commit(repo, FILES)
    write(repo, {".git": {"HEAD": "\n"}})

    results = outcomes(doctor(repo=repo.path))
    assert results["HEAD"] == ("problem", f"there is no HEAD in '{repo.path}' that can be read")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_repository_of_another_user(repo: Repo) -> None:
    """git refuses it; we read it, and say whose it is."""
    commit(repo, FILES)
    assert "owner" not in outcomes(doctor(repo=repo.path))

    os.chown(repo.gitdir, 4321, -1)
    outcome, results = outcomes(doctor(repo=repo.path))["owner"]

    assert outcome == "note"
    assert results.startswith(
        f"'{repo.gitdir}' belongs to user 4321, and this process runs as 0: git refuses"
    )


def test_documents_and_pins_that_are_lost(repo: Repo) -> None:
    """Unreadable documents and missing commits are problems; the line names the first of them."""
    commit(repo, FILES)
    write(repo, {"pipelines": {"a.yaml": DOCUMENT.format("a" * 40), "b.yaml": "{"}})

    results = outcomes(doctor(repo=repo.path))

    assert results["documents"][0] == results["pins"][0] == "problem"
    assert "pipelines/b.yaml:2:1" in results["documents"][1]
    assert f"t.step.A@{'a' * 40}" in results["pins"][1]


def test_history_that_is_not_whole(repo: Repo) -> None:
    """Shallow and partial clones, sparse checkouts, replacements and missing alternates, each with its remedy."""
    commit_id = commit(repo, FILES)
    write(repo, {".git": {"shallow": commit_id + "\n", "objects": {"info": {"alternates": "/not/there\n"}}}})
    write(repo, {".git": {"refs": {"replace": {"1" * 40: commit_id + "\n"}}}})

    results = outcomes(doctor(repo=repo.path))

    assert results["history"][0] == results["replacements"][0] == "note"
    assert results["alternates"] == (
        "problem",
        "objects are borrowed from '/not/there', which does not exist",
    )
    configure(repo, "core", "sparseCheckout", "true")
    assert "sparse" in outcomes(doctor(repo=repo.path))["git settings"][1]
    configure(repo, "remote.origin", "promisor", "true")
    assert "partial" in outcomes(doctor(repo=repo.path))["git settings"][1]
    write(repo, {".git": {"config": "[core"}})
    assert not doctor(repo=repo.path).is_healthy


def test_what_cannot_be_loaded_or_compared(repo: Repo) -> None:
    """Submodules, Git LFS, and filters in the settings."""
    attributes = "*.bin filter=lfs\n*.ipynb filter=strip\n*.x filter=unset\n"
    commit(
        repo, {**FILES, "deep": {".gitattributes": attributes}, "sub": Submodule("1" * 40)}, checkout=False
    )
    configure(repo, "filter.strip", "clean", "touch /tmp/never")

    results = outcomes(doctor(repo=repo.path))

    assert {results[name][0] for name in ("submodules", "Git LFS", "filters")} == {"note"}
    assert results["filters"][1].startswith("strip: not run")


def test_kinds_of_repositories(repo: Repo, tmp_path: Path) -> None:
    """Bare, linked, detached and sha256 repositories are named."""
    commit_id = commit(repo, FILES)
    bare = make_bare(repo, tmp_path / "bare")
    linked = linked_worktree(repo, tmp_path / "linked")
    other = init(tmp_path / "sha256", object_format="sha256")
    detach(other, commit(other, FILES))

    assert outcomes(doctor(repo=bare.path))["working tree"][0] == "note"
    assert "linked worktree" in outcomes(doctor(repo=linked.path))["repository"][1]
    assert "sha256" in outcomes(doctor(repo=other.path))["repository"][1]
    assert outcomes(doctor(repo=other.path))["HEAD"][1].endswith(", detached")
    assert outcomes(doctor(repo=repo.path))["HEAD"][1] == f"{commit_id}, on main"


def test_environment_is_checked(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of ZENML_PIN_PATH must exist; a cache must be a writable folder."""
    commit(repo, FILES)
    monkeypatch.setenv("ZENML_PIN_PATH", os.pathsep.join([repo.path, str(tmp_path / "gone")]))
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "none"))

    diagnosis = [check for check in doctor(repo=repo.path).checks if check.area == "environment"]

    assert [check.outcome.value for check in diagnosis] == ["ok", "problem", "problem"]
    (tmp_path / "none").mkdir(mode=0o755)
    (cache,) = [check for check in doctor(repo=repo.path).checks if check.name == "ZENML_PIN_CACHE"]
    assert (cache.outcome.value, cache.remedy) == ("problem", f"chmod 700 {tmp_path / 'none'}")


def test_damaged_repository_does_not_hide_the_rest(repo: Repo) -> None:
    """A missing tree is one problem; the other areas are still checked."""
    commit_id = commit(repo, FILES)
    os.remove(repo.loose(commit_id))

    diagnosis = doctor(repo=repo.path)

    assert not diagnosis.is_healthy
    assert diagnosis.checks[-1].area == "environment"


def test_repository_that_cannot_be_opened_has_a_remedy(repo: Repo) -> None:
    """Every line that is not ok has one."""
    Path(repo.join(".git", "config")).write_text("[broken\n")

    diagnosis = doctor(repo=repo.path)

    assert outcomes(diagnosis)["repository"][0] == "problem"
    assert all(check.remedy for check in diagnosis.checks if check.outcome is not Outcome.OK)


@pytest.mark.git
def test_remedy_of_a_partial_clone_brings_what_is_missing(repo: Repo, tmp_path: Path) -> None:
    """The old files exist after git has done what the remedy says."""
    old = commit(repo, FILES)
    commit(repo, {"t": {"step.py": "class A: epochs = 2\n"}})
    configure(repo, "uploadpack", "allowFilter", "true")
    git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    [check] = [held for held in doctor(repo=os.fspath(clone)).checks if held.name == "git settings"]

    git(*check.remedy.split()[1:], cwd=clone)

    missing = git("rev-list", "--objects", "--missing=print", old, cwd=clone)
    assert "?" not in missing


def test_diagnosis_is_plain_data_and_text(repo: Repo) -> None:
    """Hostile names cannot move the cursor."""
    commit(repo, {**FILES, "\x1b[31m": Submodule("1" * 40)}, checkout=False)

    diagnosis = doctor(repo=repo.path)

    assert json.loads(json.dumps(diagnosis.to_dict()))["is_healthy"] == diagnosis.is_healthy
    assert "\x1b" not in diagnosis.to_text()
    assert "→ pin their classes in their own repository" in diagnosis.to_text()
