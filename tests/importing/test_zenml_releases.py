"""The names of ZenML's releases: each is ours, or is refused by its name."""

from __future__ import annotations

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.errors import PinnedAttributeError, ReleaseMismatchError, ReleaseMismatchWarning
from zenml_pin.importing import zenml_names, zenml_releases
from zenml_pin.source import Source

CSV = "zenml.core.datasources.csv_datasource.CSVDatasource"
# Written to a step's module; what its first use, or its import, must say.
HOLLOW = {
    "from zenml.utils import path_utils\nclass A:\n    x = path_utils.create_dir_if_not_exists\n": (
        "ZenML 0.1.0 to 0.3.8 has it"
    ),
    "from zenml.utils import never_was\nclass A: pass\n": "no release of ZenML from 0.1.0 to 0.3.8 has it",
    "from zenml.steps import step\nclass A: pass\n": "no release of ZenML from 0.1.0 to 0.3.8 has it",
    "from zenml.steps.trainer import CSVDatasource\nclass A: pass\n": "no release of ZenML",
    "from zenml.core.backends import BackendFactory\nclass A: pass\n": "ZenML 0.1.0 to 0.2.0 has it",
    "import zenml.client\nclass A: pass\n": "zenml",
}


def test_every_name_is_ours_or_is_refused() -> None:
    """And every name of ours is one that a release had."""
    ours: set[str] = set()
    refused: dict[str, str] = {}
    for module, names in zenml_releases._table().items():
        for name in names:
            try:
                assert zenml_names.get_named(module, name) is not None
                ours.add(name)
            except PinnedAttributeError as error:
                refused[name] = error.message

    assert ours == set(zenml_names._homes())
    assert {"BackendFactory", "DataExecutor", "BinaryClassifier"} <= set(refused)
    assert not ours & set(refused)
    assert all(f"'{name}' of ZenML has no counterpart" in message for name, message in refused.items())


def test_the_module_decides_between_two_classes_of_one_name() -> None:
    """PyTorch's and TensorFlow's feed-forward trainers had the same name, in their modules."""
    torch = zenml_names.get_named(
        "zenml.core.steps.trainer.pytorch_trainers.torch_ff_trainer", "FeedForwardTrainer"
    )
    tensorflow = zenml_names.get_named("zenml.core.steps.trainer.feedforward_trainer", "FeedForwardTrainer")

    assert (torch.__name__, tensorflow.__name__) == ("TorchFeedForwardTrainer", "TFFeedForwardTrainer")  # type: ignore[attr-defined]


FAULTS = {
    f"{CSV}@zenml_0.1.4": "",
    f"{CSV}@zenml_0.3.7rc0": "",
    CSV: "",
    f"{CSV}@zenml_9.9": "'9.9' is not a release",
    "zenml.nowhere.CSVDatasource@zenml_0.1.4": "no release of ZenML from 0.1.0 to 0.3.8 has 'zenml.nowhere",
    "zenml.steps.trainer.CSVDatasource": "no release of ZenML from 0.1.0 to 0.3.8 has",
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.items(), ids=list(FAULTS))
def test_only_a_name_that_a_release_had_is_answered(text: str, fault: str) -> None:
    """Neither another module nor an unheard-of release answers."""
    found, _ = zenml_names.find_fault(Source.parse(text))

    assert found.startswith(fault) if fault else found == ""


def test_a_class_that_takes_the_place_is_told(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a warning, and with strict it is refused."""
    monkeypatch.chdir(repo.path)

    with pytest.warns(ReleaseMismatchWarning, match="takes its place"):
        cls = zenml_pin.load(f"{CSV}@zenml_0.3.3")
    with pytest.raises(ReleaseMismatchError, match="is a class of ZenML itself"):
        zenml_pin.load(f"{CSV}@zenml_0.3.3", strict=True)
    with pytest.raises(PinnedAttributeError, match="is not a release of ZenML"):
        zenml_pin.load("zenml.nowhere.CSVDatasource@zenml_9.9")

    assert cls.__module__ == "zenml_pin.datasources.csv"


@pytest.mark.parametrize(("text", "hint"), HOLLOW.items(), ids=list(HOLLOW))
def test_no_module_is_hollow(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, hint: str
) -> None:
    """A name that is not ours is refused where it is imported or used, and the hint is about ZenML."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, {"steps": {"a.py": text}})

    code, _, shown = run(capsys, "load", f"steps.a.A@{head}")

    assert code == 1
    assert hint in shown
    assert "install 'zenml_pin'" not in shown
