"""Files of a commit that are run by their path stay in the pin, or are refused by name; also if a library runs them."""

from __future__ import annotations

import importlib.util
import os
import runpy
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World

Build = Callable[..., World]

# Each function runs `plug_one.py`, which imports `common`, in another way, and returns the plugin's VALUE.
WAYS = {
    "spec_from_file_location": """
        spec = importlib.util.spec_from_file_location("plug", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.VALUE, module.__name__
        """,
    "spec_from_file_location, imported by name": """
        from importlib.util import module_from_spec, spec_from_file_location
        spec = spec_from_file_location("plug", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.VALUE, module.__name__
        """,
    "SourceFileLoader": """
        from importlib.machinery import SourceFileLoader
        loader = SourceFileLoader("plug", path)
        module = types.ModuleType("plug")
        loader.exec_module(module)
        return module.VALUE, module.__name__
        """,
    "importlib.machinery.SourceFileLoader": """
        import importlib.machinery
        loader = importlib.machinery.SourceFileLoader("plug", path)
        spec = importlib.util.spec_from_loader("plug", loader)
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        return module.VALUE, module.__name__
        """,
    "run_path": """
        import runpy
        space = runpy.run_path(path, run_name="plug")
        return space["VALUE"], space["__name__"]
        """,
    "exec of its text": """
        space = {"__name__": "plug", "__file__": path}
        with open(path) as file:
            exec(compile(file.read(), path, "exec"), space)
        return space["VALUE"], "plug"
        """,
    "finder of its folder": """
        import pkgutil
        for finder, name, _ in pkgutil.iter_modules([os.path.dirname(path)]):
            if name == "plug_one":
                spec = finder.find_spec(name)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module.VALUE, "plug"
        """,
    "PathFinder": """
        from importlib.machinery import PathFinder
        spec = PathFinder.find_spec("plug_one", [os.path.dirname(path)])
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.VALUE, "plug"
        """,
    "folder on sys.path": """
        sys.path.insert(0, os.path.dirname(path))
        module = importlib.import_module("plug_one")
        return module.VALUE, "plug"
        """,
}
STEP = "import glob, importlib, importlib.util, os, sys, types\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
FILES: dict[str, Any] = {
    "common.py": "VALUE = 'VERSION'\n",
    "steps": {
        "__init__.py": "",
        "plug_one.py": "from common import VALUE\nimport common\nfrom common import VALUE as AGAIN\n",
        "plain.py": "import math\nVALUE = math.pi\n",
    },
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An installed library that runs a file by its path, as plugin systems do."""
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "pluginlib.py").write_text(
        "import importlib.util, runpy\n"
        "def load(path):\n"
        "    spec = importlib.util.spec_from_file_location('plug', path)\n"
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    return module\n"
        "def run(path):\n"
        "    return runpy.run_path(path)\n"
    )
    monkeypatch.syspath_prepend(site)
    yield
    sys.modules.pop("pluginlib", None)


def world_of(build: Build, ways: dict[str, str]) -> World:
    """Return a world whose class runs a plugin in some ways; the working tree's `common` differs."""
    step = f"{STEP}PATH = os.path.join(HERE, 'plug_one.py')\nclass Step:\n    ways = {{}}\n"
    for name, body in ways.items():
        lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
        step += f"def run(path):\n{lines}\nStep.ways[{name!r}] = run\n"
    return build({**FILES, "steps": {**FILES["steps"], "step.py": step}})


def load(world: World, **options: Any) -> tuple[dict[str, Callable[[str], Any]], str]:
    """Return the ways of the first commit's class, and the path of its plugin."""
    step: Any = zenml_pin.load(
        f"steps.step.Step@{world.first}", repo=world.repo.path, allow_dirty=True, **options
    )
    return step.ways, sys.modules[step.__module__].PATH


@pytest.fixture(params=["laid", "materialized"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """How files come to be beside the code."""
    return {} if request.param == "laid" else {"materialize": tmp_path / "out"}


def test_plugin_that_is_run_by_its_path_stays_in_the_pin(build: Build, options: dict[str, Any]) -> None:
    """Its `import common` is the commit's, although the working tree has another one on `sys.path`."""
    world = world_of(build, WAYS)
    ways, path = load(world, **options)

    values = {name: run(path) for name, run in ways.items()}

    assert values == dict.fromkeys(WAYS, ("v1", "plug"))
    assert "common" not in sys.modules
    assert Path(path).read_text() == FILES["steps"]["plug_one.py"]
    zenml_pin.unload(world.first)


def test_library_that_runs_a_plugin_by_its_path_never_gets_the_working_trees_modules(
    build: Build, options: dict[str, Any], library: None
) -> None:
    """With importlib's own loader it is refused by name; through the path hook it runs in the pin."""
    names = ("load", "run")
    world = world_of(build, {name: f"import pluginlib\nreturn pluginlib.{name}(path)\n" for name in names})
    ways, path = load(world, **options)

    with pytest.raises(zenml_pin.PinnedImportError, match="would run outside its pin") as caught:
        ways["load"](path)

    assert caught.value.hint == f"name it '{world.root}.steps.plug_one' instead of its path"
    assert ways["load"](path.replace("plug_one", "plain")).VALUE > 3
    assert ways["run"](path)["VALUE"] == "v1"
    assert "common" not in sys.modules
    zenml_pin.unload(world.first)


COMMANDS: dict[str, Callable[[str], Any]] = {
    "a list": lambda path: subprocess.run([sys.executable, path], check=False),
    "a relative path": lambda path: subprocess.run(
        [sys.executable, os.path.basename(path)], cwd=os.path.dirname(path), check=False
    ),
    "a module": lambda path: subprocess.run(
        [sys.executable, "-m", "plug_one"], cwd=os.path.dirname(path), check=False
    ),
    "a shell": lambda path: subprocess.run(f"python3 '{path}'", shell=True, check=False),
    "os.system": lambda path: os.system(f"python3 '{path}'"),
    "PYTHONPATH": lambda path: subprocess.run(
        [sys.executable, "-c", ""], env={"PYTHONPATH": os.path.dirname(path)}, check=False
    ),
}


# Python 3.15 warns of a fork beside threads, which the test processes have.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_new_process_on_a_file_of_the_commit_is_refused(build: Build) -> None:
    """It would import the working tree's modules; the error names the file, and how to start it."""
    _, path = load(world_of(build, WAYS))

    for start in COMMANDS.values():
        with pytest.raises(zenml_pin.UnsupportedError, match="outside") as caught:
            start(path)
        assert "zenml_pin.at.g" in caught.value.hint

    # The fork that would become the new process fails.
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, path]) == 127
    assert subprocess.run(["cat", path], capture_output=True, check=True).stdout
    assert (
        subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"
    )


def test_file_of_the_working_tree_is_run_as_of_the_commit(build: Build) -> None:
    """Code that names an absolute path of the working tree gets the commit's file; one that it lacks is refused."""
    world = world_of(build, WAYS)
    Path(world.repo.join("steps/new.py")).write_text("VALUE = 'worktree'\n")
    ways, _ = load(world)

    for name in ("spec_from_file_location", "SourceFileLoader", "run_path"):
        assert ways[name](world.repo.join("steps/plug_one.py")) == ("v1", "plug")
        with pytest.raises(zenml_pin.PinnedImportError, match="is a file of the working tree"):
            ways[name](world.repo.join("steps/new.py"))


def test_files_elsewhere_are_run_as_always(build: Build, tmp_path: Path) -> None:
    """A configuration that a user names, outside every repository."""
    (tmp_path / "settings.py").write_text("VALUE = 5\n")

    ways, _ = load(world_of(build, WAYS))

    for name in ("spec_from_file_location", "SourceFileLoader", "run_path"):
        assert ways[name](str(tmp_path / "settings.py"))[0] == 5


def test_plain_import_of_the_user_is_not_the_commits(build: Build) -> None:
    """Code of the pin put its folder first on `sys.path`; a plain import elsewhere still means the working tree."""
    world = world_of(build, WAYS)
    ways, path = load(world)
    ways["folder on sys.path"](path)
    Path(world.repo.join("plug_one.py")).write_text("VALUE = 'the user'\n")

    try:
        assert importlib.import_module("plug_one").VALUE == "the user"
    finally:
        sys.modules.pop("plug_one", None)


def test_loader_is_an_instance_of_importlibs(build: Build) -> None:
    """`isinstance(loader, SourceFileLoader)` holds for ordinary modules too."""
    world = build(
        {
            "step.py": "from importlib.machinery import SourceFileLoader\nimport json, runpy\n"
            "VALUE = isinstance(json.__spec__.loader, SourceFileLoader), SourceFileLoader.__name__\n"
        }
    )

    assert world.module("step").VALUE == (True, "SourceFileLoader")
    assert runpy is sys.modules["runpy"]
