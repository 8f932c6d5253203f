"""Today's ZenML: code is tracked where no git binary exists, and a step from an old commit runs as it was.

ZenML is large and pins other versions of common libraries, so it has an environment of its own in the gate; each test
is a script that runs there, with a home and a store of its own and no git on PATH.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.readme import read_blocks
from tests.support.repositories import Repo, commit, set_ref, snapshot, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("zenml") is None, reason="ZenML is not installed: pip install zenml_pin[zenml]"
    ),
]

STEP = "from zenml import step\n\n\n@step\ndef value() -> int:\n    return {}\n"
HEADER = """
import sys
from zenml import pipeline
from zenml.client import Client
from zenml.utils import code_repository_utils, source_utils

def register(**config):
    from zenml.config.source import Source
    Client().create_code_repository(
        name="mine",
        config=config,
        source=Source.from_import_path("zenml_pin.integrations.zenml.PinCodeRepository"),
    )
    code_repository_utils._CODE_REPOSITORY_CACHE.clear()
    return code_repository_utils.find_active_code_repository()
"""


def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a ZenML user: a home and a store of the test's own, and no program but Python's."""
    empty = tmp_path / "bin"
    empty.mkdir(exist_ok=True)
    return {
        **os.environ,
        "PATH": str(empty),
        "HOME": str(tmp_path),
        "ZENML_CONFIG_PATH": str(tmp_path / "zenml"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_LOGGING_VERBOSITY": "WARN",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def script(repo: Repo, tmp_path: Path, text: str, *, inside: bool = False) -> list[str]:
    """Run a script in a repository, as ZenML's user would; return the lines that it printed behind "said".

    ZenML wants a pipeline's own file to lie inside the repository; elsewhere it does not make that dirty.
    """
    file = (Path(repo.path) if inside else tmp_path) / "script.py"
    file.write_text(HEADER + text)
    done = subprocess.run(
        [sys.executable, str(file)],
        cwd=repo.path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [line.removeprefix("said ") for line in done.stdout.splitlines() if line.startswith("said ")]


@pytest.fixture
def first(repo: Repo) -> str:
    """The first of two commits: its step returns 1, HEAD's returns 2. ZenML's root is the repository's."""
    first = commit(repo, {"steps": {"__init__.py": "", "made.py": STEP.format(1)}})
    commit(repo, {"steps": {"made.py": STEP.format(2)}})
    (Path(repo.path) / ".zen").mkdir()
    (Path(repo.path) / ".git" / "info").mkdir(exist_ok=True)
    (Path(repo.path) / ".git" / "info" / "exclude").write_text(".zen\n")
    return first


def test_step_of_an_old_commit_runs_in_a_pipeline(repo: Repo, first: str, tmp_path: Path) -> None:
    """It returns the old value, and ZenML's record names the commit; loading that record gives the step again."""
    said = script(
        repo,
        tmp_path,
        f"""
from zenml_pin.integrations.zenml import load_step

old = load_step("steps.made.value@{first}")

@pipeline(enable_cache=False)
def both():
    from steps.made import value
    old()
    value(id="new")

run = both()
print("said", run.steps["value"].output.load(), run.steps["new"].output.load())
source = run.steps["value"].spec.source
print("said", source.import_path)
print("said", source_utils.load(source) is old)
print("said", source_utils.load(source.import_path) is old)
""",
        inside=True,
    )

    assert said == ["1 2", f"zenml_pin.at.g{first}.steps.made.value", "True", "True"]


def test_code_is_tracked_without_git(repo: Repo, first: str, tmp_path: Path) -> None:
    """ZenML records the commit that the working tree is at, and downloads its files."""
    head = commit(repo, {"steps": {"made.py": STEP.format(3)}, ".hidden": {"data": "1"}})
    before = {path: facts for path, facts in snapshot(repo.path).items() if not path.startswith(".zen")}

    said = script(
        repo,
        tmp_path,
        f"""
import os, tempfile
context = register()
print("said", context.root == os.getcwd(), context.current_commit, context.is_dirty, context.has_local_changes)
sys.path.insert(0, os.getcwd())
import steps.made
source = steps.made.value.resolve()
print("said", type(source).__name__, source.commit)
folder = tempfile.mkdtemp()
context.code_repository.download_files("{first}", folder, "steps")
print("said", sorted(os.listdir(folder)), "return 1" in open(folder + "/made.py").read())
folder = tempfile.mkdtemp()
context.code_repository.download_files("{head}", folder, "./.hidden/")
print("said", sorted(os.listdir(folder)))
for commit, subfolder in (("{first}", "nowhere"), ("{"0" * 40}", None)):
    try:
        context.code_repository.download_files(commit, folder, subfolder)
    except RuntimeError as error:
        print("said", str(error).partition(": ")[2])
""",
    )

    assert said[:4] == [
        f"True {head} False False",
        f"CodeRepositorySource {head}",
        "['__init__.py', 'made.py'] True",
        "['data']",
    ]
    assert said[4].startswith(f"path 'nowhere' does not exist at commit {first}")
    assert said[5].startswith(f"commit '{'0' * 40}' was not found")
    assert {path: facts for path, facts in snapshot(repo.path).items() if path in before} == before


def test_code_that_cannot_be_tracked_is_said(repo: Repo, first: str, tmp_path: Path) -> None:
    """ZenML goes on without a record; that nothing is recorded is in the log."""
    said = script(
        repo,
        tmp_path,
        """
import logging, os
tracked = register().code_repository
logging.basicConfig(format="said %(message)s", stream=sys.stdout, force=True)
with open(".git/config", "w") as file:
    file.write("[core]\\n\\trepositoryformatversion = 9\\n")
print("said", tracked.get_local_context(os.getcwd()))
""",
    )

    assert said[0].startswith(f"the code in '{repo.path}' is not tracked: ")
    assert said[1:] == ["None"]


def test_only_named_folders_have_to_be_committed(repo: Repo, first: str, tmp_path: Path) -> None:
    """An edit elsewhere is no local change; one in a named folder is."""
    write(repo, {"notes.txt": "mine\n"})
    text = """
for folders in ([""], ["steps"]):
    context = register(folders=folders)
    print("said", context.is_dirty)
    Client().delete_code_repository("mine")
"""

    assert script(repo, tmp_path, text) == ["True", "False"]
    write(repo, {"steps": {"made.py": STEP.format(9)}})
    assert script(repo, tmp_path, text) == ["True", "True"]


def test_commit_that_was_not_pushed_is_a_local_change(repo: Repo, first: str, tmp_path: Path) -> None:
    """A remote-tracking branch that does not hold HEAD says so; a detached HEAD that was pushed is none."""
    set_ref(repo, "refs/remotes/origin/main", first)
    text = """
for pushed in (True, False):
    print("said", register(require_pushed=pushed).has_local_changes)
    Client().delete_code_repository("mine")
"""
    assert script(repo, tmp_path, text) == ["True", "False"]

    head = commit(repo, {"steps": {"made.py": STEP.format(3)}})
    later = commit(repo, {"steps": {"made.py": STEP.format(4)}})
    set_ref(repo, "refs/remotes/origin/main", later)
    from tests.support.repositories import checkout, detach

    checkout(repo, head)
    detach(repo, head)
    assert script(repo, tmp_path, text) == ["False", "False"]


def test_what_is_no_step_is_refused(repo: Repo, first: str, tmp_path: Path) -> None:
    """One line says so, and nothing runs without a pin."""
    said = script(
        repo,
        tmp_path,
        f"""
from zenml_pin import PinError
from zenml_pin.integrations.zenml import load_step
for source in ("steps.made.value", "steps.made.step@{first}", "steps.made.values@{first}"):
    try:
        load_step(source)
    except PinError as error:
        print("said", error)
""",
    )

    assert said == [
        "'steps.made.value' is not pinned",
        f"'steps.made.step@{first}' is not a ZenML step",
        f"'steps.made.values@{first}' is not a ZenML step",
    ]


def test_what_the_readme_says_of_zenml(repo: Repo, first: str, tmp_path: Path) -> None:
    """Its command registers the code repository, and its pipeline runs the step of the commit."""
    command, code = (
        block.text for block in read_blocks() if block.marker == "tested: tests/integrations/test_zenml.py"
    )
    words = shlex.split(command.replace("\\\n", " "))
    program = Path(sys.executable).with_name(words[0])
    done = subprocess.run(
        [program, *words[1:]], cwd=repo.path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr

    ending = """
run = compared()
print("said", run.steps["value"].output.load())
context = code_repository_utils.find_active_code_repository()
print("said", type(context.code_repository).__name__, context.code_repository.config.folders)
"""
    said = script(repo, tmp_path, code.replace("<commit id>", first) + ending, inside=True)

    assert said == ["1", "PinCodeRepository ['steps']"]
