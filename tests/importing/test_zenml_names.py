"""Old repositories import from ZenML: inside a pin, each name comes from an installed ZenML, or else from us."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit
from zenml_pin import steps
from zenml_pin.datasources import CSVDatasource
from zenml_pin.pipelines import TrainingPipeline

FORMS = {
    "0.3.8": "from zenml.steps.trainer import BaseTrainerStep\nclass T(BaseTrainerStep): pass\n",
    "0.1.4": "from zenml.core.steps.trainer.base_trainer import BaseTrainerStep as B\nclass T(B): pass\n",
    "dotted": "import zenml.core.steps.trainer\nclass T(zenml.core.steps.trainer.BaseTrainerStep): pass\n",
    "as": "import zenml.steps.trainer as t\nclass T(t.BaseTrainerStep): pass\n",
    "submodule": "from zenml.steps import trainer\nclass T(trainer.BaseTrainerStep): pass\n",
    "inside a string": (
        "from importlib import import_module\n"
        "class T(import_module('zenml.steps.trainer').BaseTrainerStep): pass\n"
    ),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_old_imports_give_our_classes(repo: Repo, text: str) -> None:
    """Without ZenML, in the import style of any release."""
    head = commit(repo, {"trainers": {"step.py": text}})

    cls = zenml_pin.load(f"trainers.step.T@{head}", repo=repo.path)

    assert issubclass(cls, steps.BaseTrainerStep)
    assert "zenml" not in sys.modules


def test_other_kinds_are_there_too(repo: Repo) -> None:
    """Pipelines, datasources and the logger that most old steps import."""
    text = (
        "from zenml.pipelines import TrainingPipeline\n"
        "from zenml.core.datasources.csv_datasource import CSVDatasource\n"
        "from zenml.logger import get_logger\n"
        "class A:\n    held = TrainingPipeline, CSVDatasource, get_logger(__name__).name\n"
    )
    head = commit(repo, {"a": {"m.py": text}})

    held = zenml_pin.load(f"a.m.A@{head}", repo=repo.path).held

    assert held[:2] == (TrainingPipeline, CSVDatasource)


def test_a_name_is_not_a_module(repo: Repo) -> None:
    """Python 3.15 looks for a module first where such a name is imported lazily."""
    text = (
        "try:\n    import zenml.logger.get_logger\nexcept ImportError:\n    found = False\n"
        "class A:\n    held = found\n"
    )
    head = commit(repo, {"a": {"m.py": text}})

    assert zenml_pin.load(f"a.m.A@{head}", repo=repo.path).held is False


def test_an_unknown_name_is_in_the_error(repo: Repo) -> None:
    """The error names it, and comes as an ImportError inside the module."""
    commit(repo, {"a": {"m.py": "from zenml.steps.trainer import ThirdTrainer\nclass A: pass\n"}})

    with pytest.raises(zenml_pin.PinError, match=r"zenml\.steps\.trainer\.ThirdTrainer"):
        zenml_pin.load(f"a.m.A@{zenml_pin.pin('a.m.A', repo=repo.path).commit_id}", repo=repo.path)


def test_a_private_name_of_a_release_is_in_the_error(repo: Repo) -> None:
    """A genuine example of 0.3.8 imports one; the hint says which releases have it."""
    module = "zenml.steps.preprocesser.standard_preprocesser.methods.methods_nonseq_filling"
    head = commit(repo, {"a": {"m.py": f"from {module} import _impute\nclass A: pass\n"}})

    with pytest.raises(zenml_pin.PinError, match=r"methods_nonseq_filling\._impute' is neither") as caught:
        zenml_pin.load(f"a.m.A@{head}", repo=repo.path)

    assert caught.value.hint.startswith("ZenML 0.3.4 to 0.3.8 has it")


def test_a_module_that_never_existed_is_missing(repo: Repo) -> None:
    """`try: import zenml.x except ImportError` in old code works."""
    text = (
        "try:\n    import zenml.client\nexcept ImportError:\n    found = False\nclass A:\n    held = found\n"
    )
    head = commit(repo, {"a": {"m.py": text}})

    assert zenml_pin.load(f"a.m.A@{head}", repo=repo.path).held is False


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small version of today's ZenML: it has `zenml.steps` with a BaseStep, and no trainers."""
    package = tmp_path / "site-packages" / "zenml"
    (package / "steps").mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = '0.98.0'\n")
    (package / "steps" / "__init__.py").write_text(
        "class BaseStep:\n    def __init__(self, *, name=None): pass\ndef step(fn): return fn\n"
    )
    monkeypatch.syspath_prepend(str(package.parent))


@pytest.mark.usefixtures("installed")
def test_an_installed_name_goes_first(repo: Repo) -> None:
    """For each name: BaseStep and the version come from the installed one, StepTypes comes from us."""
    text = (
        "import zenml\nfrom zenml.steps import BaseStep\nfrom a.n import StepTypes\n"
        "class A:\n    held = zenml.__version__, BaseStep, StepTypes.data.name\n"
    )
    head = commit(repo, {"a": {"m.py": text, "n.py": "from zenml.enums import StepTypes\n"}})

    held = zenml_pin.load(f"a.m.A@{head}", repo=repo.path).held

    assert held == ("0.98.0", sys.modules["zenml.steps"].BaseStep, "data")


OLD = {
    "a module of the past": "from zenml.steps.trainer import BaseTrainerStep\n{import}\nclass A(BaseStep): pass\n",
    "a package of the past": "{import}\nimport zenml.core.repo.repo\nclass A(BaseStep): pass\n",
    "an argument of the past": (
        "{import}\nclass A(BaseStep):\n    def __init__(self, epochs=3, **kwargs):\n"
        "        super().__init__(epochs=epochs, **kwargs)\n"
    ),
    "a method of the past": "{import}\nclass A(BaseStep):\n    def run_fn(self): pass\n",
}
NEW = {
    "a method of today": "{import}\nclass A(BaseStep):\n    def entrypoint(self): pass\n",
    "a name of today": "from zenml.steps import step\n{import}\nclass A(BaseStep):\n    def run_fn(self): pass\n",
    "an argument of today": (
        "{import}\nclass A(BaseStep):\n    def __init__(self):\n        super().__init__(name='a')\n"
    ),
    "nothing that tells": "{import}\nclass A(BaseStep): pass\n",
}
IMPORT = "from zenml.steps import BaseStep"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("text", [*OLD.values(), *NEW.values()], ids=[*OLD, *NEW])
def test_code_of_the_past_gets_the_classes_of_the_past(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Modules, names, arguments and methods in the file decide; a setting decides for all files."""
    head = commit(repo, {"a": {"m.py": text.replace("{import}", IMPORT)}})
    is_old = text in OLD.values()

    base = zenml_pin.load(f"a.m.A@{head}", repo=repo.path).__mro__[1]
    chosen = []
    for setting in ("installed", "zenml_pin"):
        zenml_pin.unload(head)
        monkeypatch.setenv("ZENML_PIN_ZENML", setting)
        chosen.append(zenml_pin.load(f"a.m.A@{head}", repo=repo.path).__mro__[1])

    assert (base is steps.BaseStep) is is_old
    assert chosen == [sys.modules["zenml.steps"].BaseStep, steps.BaseStep]


@pytest.mark.usefixtures("installed")
def test_a_commit_can_say_which_zenml_it_means(repo: Repo) -> None:
    """In section [zenml_pin] of its setup.cfg; another value is an error."""
    step = {"m.py": "from zenml.steps import BaseStep\nclass A(BaseStep): pass\n"}
    own = commit(repo, {"a": step, "setup.cfg": "[zenml_pin]\nzenml = zenml_pin\n"})
    wrong = commit(repo, {"a": step, "setup.cfg": "[zenml_pin]\nzenml = best\n"})

    assert zenml_pin.load(f"a.m.A@{own}", repo=repo.path).__mro__[1] is steps.BaseStep
    with pytest.raises(zenml_pin.PinError, match="'best' does not say which ZenML"):
        zenml_pin.load(f"a.m.A@{wrong}", repo=repo.path)


@pytest.mark.usefixtures("installed")
def test_a_repositorys_own_zenml_goes_before_everything(repo: Repo) -> None:
    """A first-party package with this name comes from the commit."""
    files = {
        "zenml": {"__init__.py": "X = 7\n"},
        "a": {"m.py": "import zenml\nclass A:\n    held = zenml.X\n"},
    }
    head = commit(repo, files)

    assert zenml_pin.load(f"a.m.A@{head}", repo=repo.path).held == 7
