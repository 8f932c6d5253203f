"""Tools that take a dotted path take a pinned one, since it is an ordinary name (DESIGN.md, section 3)."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging.config
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, write

FILES = {
    "trainers": {
        "__init__.py": "",
        "step.py": "import logging\nfrom trainers.helper import LABEL\n"
        "class Trainer:\n    label = LABEL\n    def __init__(self, epochs=1): self.epochs = epochs\n"
        "class Handler(logging.Handler):\n    label = LABEL\n    def emit(self, record): pass\n",
        "helper.py": "LABEL = 'v1'\n",
    }
}


@pytest.fixture
def root(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The pinned package `trainers.step`, whose working tree says otherwise."""
    commit_id = commit(repo, FILES)
    write(repo, {"trainers": {"helper.py": "LABEL = 'worktree'\n"}})
    monkeypatch.chdir(repo.path)
    monkeypatch.syspath_prepend(repo.path)
    return f"zenml_pin.at.g{commit_id}.trainers.step"


def check(cls: Any) -> None:
    """It is the commit's class, and no plain name was imported."""
    assert cls.label == "v1"
    assert "trainers" not in sys.modules


def test_pkgutil_resolve_name(root: str) -> None:
    check(pkgutil.resolve_name(f"{root}:Trainer"))
    check(pkgutil.resolve_name(f"{root}.Trainer"))


def test_entry_point(root: str) -> None:
    check(importlib.metadata.EntryPoint("mine", f"{root}:Trainer", "zenml").load())


def test_installed_entry_point(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: made\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[made.group]\nmine = {root}:Trainer\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    (found,) = importlib.metadata.entry_points(group="made.group")

    check(found.load())


def test_yaml_names_a_class(root: str) -> None:
    import yaml

    text = f"!!python/object/apply:{root}.Trainer [5]"
    trainer = yaml.load(text, Loader=yaml.UnsafeLoader)

    check(type(trainer))
    assert trainer.epochs == 5
    check(type(yaml.load(yaml.dump(trainer), Loader=yaml.UnsafeLoader)))


def test_yaml_names_the_class_of_an_object(root: str) -> None:
    import yaml

    text = f"!!python/object:{root}.Trainer {{epochs: 3}}"
    trainer = yaml.load(text, Loader=yaml.UnsafeLoader)

    check(type(trainer))
    assert trainer.epochs == 3


def test_pickle_in_a_new_process(root: str, tmp_path: Path) -> None:
    """It needs no set-up there: the commit is found from the current folder."""
    (tmp_path / "trainer.pickle").write_bytes(pickle.dumps(pkgutil.resolve_name(f"{root}:Trainer")(4)))

    assert (
        in_a_new_process("import pickle", "pickle.load(open(path, 'rb'))", tmp_path / "trainer.pickle")
        == "v1 4"
    )


@pytest.mark.slow
def test_joblib_dump_in_a_new_process(root: str, tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    joblib.dump(pkgutil.resolve_name(f"{root}:Trainer")(4), tmp_path / "trainer.joblib")

    assert in_a_new_process("import joblib", "joblib.load(path)", tmp_path / "trainer.joblib") == "v1 4"


def in_a_new_process(imports: str, load: str, path: Path) -> str:
    """Return the label and epochs of what a new process loads from a file."""
    code = f"{imports}, sys\npath = sys.argv[1]\ntrainer = {load}\nprint(trainer.label, trainer.epochs)"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_logging_configuration(root: str) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"mine": {"class": f"{root}.Handler"}},
            "loggers": {"made.up": {"handlers": ["mine"]}},
        }
    )

    check(type(logging.getLogger("made.up").handlers[0]))


def test_pydantic_import_string(root: str) -> None:
    """A model's field takes the name, holds the class, and writes the name again."""
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Settings", trainer=(pydantic.ImportString, ...))

    settings = model(trainer=f"{root}.Trainer")

    check(settings.trainer)
    assert settings.model_dump_json() == f'{{"trainer":"{root}.Trainer"}}'
    assert model.model_validate_json(settings.model_dump_json()).trainer is settings.trainer


@pytest.mark.slow
def test_django_import_string(root: str) -> None:
    django = pytest.importorskip("django.utils.module_loading")

    check(django.import_string(f"{root}.Trainer"))


def test_hydra_target(root: str) -> None:
    """Built, prepared for building, and taken as it is."""
    hydra = pytest.importorskip("hydra.utils")

    trainer = hydra.instantiate({"_target_": f"{root}.Trainer", "epochs": 7})
    prepared = hydra.instantiate({"_target_": f"{root}.Trainer", "_partial_": True})

    check(type(trainer))
    assert trainer.epochs == 7
    assert prepared(epochs=8).epochs == 8
    check(hydra.get_class(f"{root}.Trainer"))


def test_text_with_an_id_is_no_dotted_name(root: str) -> None:
    """Tools split at the last dot: they take `source.dotted`, which leads back to the source."""
    source = zenml_pin.Source.parse(f"trainers.step.Trainer@{root.split('.')[2][1:]}")
    cls = pkgutil.resolve_name(source.dotted)

    assert source.dotted == f"{root}.Trainer"
    assert zenml_pin.pin(cls) == source
    with pytest.raises(ValueError, match="invalid format"):
        pkgutil.resolve_name(str(source))


def test_mock_patch_of_the_pinned_name(root: str) -> None:
    """Of the plain name it patches the working tree's (N12)."""
    from unittest import mock

    with mock.patch(f"{root}.Trainer.label", "patched"):
        assert importlib.import_module(root).Trainer.label == "patched"
    check(importlib.import_module(root).Trainer)


def test_load_and_the_dotted_name_are_one_class(root: str) -> None:
    commit_id = root.split(".")[2][1:]

    cls = zenml_pin.load(f"trainers.step.Trainer@{commit_id}", allow_dirty=True)

    assert cls is pkgutil.resolve_name(f"{root}:Trainer")
