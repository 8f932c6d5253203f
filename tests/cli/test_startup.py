"""What commands import that hooks and prompts call: no more than they answer with. Times would differ by machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin.workspace import config
from zenml_pin.workspace.config import init_workspace
from zenml_pin.yaml.writing import dump

_SCRIPT = """
import atexit, sys
# An environment may import things at its start, such as the finder of an editable installation.
before = set(sys.modules)
atexit.register(lambda: print("imported", *sorted({*sys.modules} - before), file=sys.stderr))
from zenml_pin.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def workspace(repo: Repo) -> Repo:
    """A workspace with one committed class."""
    commit(repo, {"trainers": {"__init__.py": "", "step.py": "class Mine: pass\n"}})
    init_workspace(repo.path)
    return repo


def imported(repo: Repo, *words: str) -> set[str]:
    """Run a command; return the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *words], cwd=repo.path, capture_output=True, text=True, check=True
    )
    return set(done.stderr.rpartition("imported ")[2].split())


def parsers(modules: set[str]) -> set[str]:
    """Return the commands whose parsers were imported."""
    return {name.rpartition(".")[2] for name in modules if name.startswith("zenml_pin.cli.commands.")}


def test_version_imports_no_parser(workspace: Repo) -> None:
    """Neither argparse nor a command's file, but the one that answers."""
    modules = imported(workspace, "--version")

    assert parsers(modules) == {"version"}
    assert modules.isdisjoint({"argparse", "re", "zenml_pin.errors"})
    assert len([name for name in modules if name.startswith("zenml_pin")]) <= 7


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("command", ["status", "runs", "pipelines", "check"])
def test_command_imports_its_own_parser_alone(workspace: Repo, command: str) -> None:
    """The other commands' parsers are for `--help`, completion and mistakes."""
    words = [command, "trainers"] if command == "status" else [command]
    words += ["--allow-empty"] if command == "check" else []

    modules = imported(workspace, *words)

    assert parsers(modules) == {command}
    # A usual line needs none of it.
    assert modules.isdisjoint({"argparse", "gettext", "shutil"})


def test_status_of_a_folder_imports_nothing_to_read_code(workspace: Repo) -> None:
    """It compares files; classes, imports and documents need more."""
    modules = imported(workspace, "status", "trainers")

    assert modules.isdisjoint({"ast", "hashlib", "threading", "json", "yaml", "dulwich", "attr", "typing"})
    assert modules.isdisjoint({"re", "enum", "functools", "collections", "contextlib", "zenml_pin.importing"})


def test_status_of_a_class_imports_nothing_to_load_one(workspace: Repo) -> None:
    """It parses the files that the class imports, without ast; the finder, OpenSSL and attrs are for others."""
    modules = imported(workspace, "status", "trainers.step.Mine")

    assert modules.isdisjoint(
        {"ast", "hashlib", "threading", "json", "yaml", "dulwich", "attr", "typing", "symtable"}
    )
    assert modules.isdisjoint(
        {"zenml_pin.at", "zenml_pin.importing.finder", "zenml_pin.importing.laid_files"}
    )


def test_list_of_runs_imports_neither_code_nor_documents(workspace: Repo) -> None:
    """No backend, step, YAML or dulwich; a document's name needs more."""
    modules = imported(workspace, "runs")

    rooms = {name.split(".")[1] for name in modules if name.startswith("zenml_pin.")}
    assert rooms.isdisjoint({"backends", "bundles", "datasources", "pins", "resolver", "steps", "yaml"})
    assert modules.isdisjoint({"yaml", "dulwich", "multiprocessing", "importlib.metadata", "zenml_pin.at"})
    assert modules.isdisjoint(
        {"attr", "inspect", "ast", "hashlib", "logging", "threading", "pathlib", "pickle", "typing"}
    )
    assert modules.isdisjoint(
        {"urllib", "base64", "zenml_pin.importing", "zenml_pin.pipelines.runs.displays"}
    )


def test_list_of_pipelines_imports_neither_code_nor_runs(workspace: Repo) -> None:
    """It reads YAML; no step, database, git objects or attrs."""
    modules = imported(workspace, "pipelines")

    rooms = {name.split(".")[1] for name in modules if name.startswith("zenml_pin.")}
    assert rooms.isdisjoint({"backends", "bundles", "datasources", "pins", "resolver", "steps", "importing"})
    assert modules.isdisjoint(
        {"attr", "sqlite3", "json", "hashlib", "logging", "typing", "contextlib", "difflib"}
    )
    assert modules.isdisjoint({"zenml_pin.pipelines.runs", "zenml_pin.git.objects.object_store"})


def test_check_without_a_document_imports_nothing_to_examine_one(workspace: Repo) -> None:
    """As a hook of a repository without pipelines: no code is read, no YAML, no signature."""
    modules = imported(workspace, "check", "--allow-empty")

    assert modules.isdisjoint(
        {"attr", "ast", "yaml", "dulwich", "json", "hashlib", "re", "contextlib", "typing"}
    )
    assert modules.isdisjoint(
        {"zenml_pin.audit.facts.pins", "zenml_pin.verification", "zenml_pin.pins.text_facts"}
    )


def test_usual_configuration_is_the_one_that_is_known_without_yaml() -> None:
    """It says what YAML says."""
    text = config._DEFAULT_CONFIG

    assert text.partition("\n")[2] == dump(config._DEFAULTS)


@pytest.mark.slow
def test_help_before_a_command_lists_all(workspace: Repo) -> None:
    """Also where a command follows; so does `-h` beside other letters."""
    for words in (["-h", "check"], ["-qh", "check"], ["--help", "-C", "check", "check"]):
        done = subprocess.run(
            [sys.executable, "-m", "zenml_pin", *words], cwd=workspace.path, capture_output=True, text=True
        )

        assert done.returncode == 0
        assert "    versions " in done.stdout
