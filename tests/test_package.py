"""The package: lazy, with exactly its documented names."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit

MINE = """version: '1'
pipeline: {name: mine, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_%s}
steps: {split: {source: zenml_pin.steps.RandomSplit@zenml_%s, args: {}}}
"""

# The public names of DESIGN that exist.
PUBLIC = {
    "Bundle",
    "Change",
    "Limits",
    "PinError",
    "Repository",
    "Source",
    "Status",
    "attach",
    "checkout",
    "import_module",
    "load",
    "pin",
    "ship",
    "status",
    "unload",
}

# A plain import of the package must not load these.
HEAVY = {"attr", "attrs", "yaml", "dulwich", "typing", "re", "inspect", "subprocess", "asyncio"}


def _modules_after(statement: str) -> set[str]:
    """Return the modules that a statement adds to a new interpreter without site-packages."""
    root = str(Path(zenml_pin.__file__).parents[1])
    script = (
        f"import sys; sys.path.insert(0, {root!r}); before = set(sys.modules); {statement}\n"
        "after = sorted(set(sys.modules) - before); import json; print(json.dumps(after))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_else() -> None:
    """`import zenml_pin` loads neither attrs, yaml, dulwich nor typing."""
    loaded = _modules_after("import zenml_pin")

    assert loaded == {"zenml_pin"}


def test_the_grammar_needs_no_more_than_the_errors() -> None:
    """Parsing a source does not load the heavy libraries either."""
    loaded = _modules_after("import zenml_pin; zenml_pin.Source.parse('m.C')")

    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("zenml_pin.")} == {
        "zenml_pin.base",
        "zenml_pin.base.text",
        "zenml_pin.base.values",
        "zenml_pin.load_errors",
        "zenml_pin.source",
    }


@pytest.mark.parametrize("name", zenml_pin.__all__)
def test_public_name_resolves(name: str) -> None:
    """Every name in `__all__` exists, and is the object of its module."""
    value = getattr(zenml_pin, name)

    assert value is not None
    if isinstance(value, type):
        assert value.__name__ == name
        assert value is getattr(importlib.import_module(value.__module__), name)


def test_public_names_are_the_documented_ones() -> None:
    """The list in DESIGN, and the family of errors and warnings."""
    rest = set(zenml_pin.__all__) - PUBLIC - {"__version__"}

    assert set(zenml_pin.__all__) >= PUBLIC
    assert {name for name in rest if not name.endswith(("Error", "Warning"))} <= {"ChangeKind"}


def test_every_error_is_public() -> None:
    """Callers can name every error that they have to catch."""
    from zenml_pin import errors

    family = {name for name, value in vars(errors).items() if isinstance(value, type)}

    assert family <= set(zenml_pin.__all__)


def test_dir_lists_the_public_names() -> None:
    """Tab completion shows the names before they are loaded."""
    assert set(dir(zenml_pin)) >= set(zenml_pin.__all__)
    assert dir(zenml_pin) == sorted(dir(zenml_pin))


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As in any module."""
    with pytest.raises(AttributeError, match="module 'zenml_pin' has no attribute 'nothing'"):
        _ = zenml_pin.nothing
    assert not hasattr(zenml_pin, "nothing")


def test_star_import_gives_all() -> None:
    """`from zenml_pin import *` works."""
    names: dict[str, object] = {}
    exec("from zenml_pin import *", names)

    assert set(names) >= set(zenml_pin.__all__)


@pytest.mark.slow
def test_package_works_from_a_zip_file(repo: Repo, tmp_path: Path) -> None:
    """Some launchers keep a program in a zip file; the package reads its own files through its loader."""
    package = Path(zenml_pin.__file__).parent
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        for path in package.rglob("*"):
            if path.suffix != ".pyc":
                file.write(path, path.relative_to(package.parent))
    commit(repo, {"pipelines": {"mine.yaml": MINE.replace("%s", zenml_pin.__version__)}})
    script = (
        "import zenml_pin; from zenml_pin.audit.formats.json import schema; from zenml_pin.cli import main\n"
        "print('all.zip' in zenml_pin.__file__, len(schema()) > 0, main(['check']), main(['init', '--scaffold']))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repo.path,
        env={"PYTHONPATH": str(tmp_path / "all.zip")},
        capture_output=True,
        text=True,
    )

    assert done.stdout.endswith("True True 0 0\n"), done.stdout + done.stderr
