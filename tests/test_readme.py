"""A new user types the README and the manual: a new environment, an empty home, without git on PATH and with it.

With README_ENVIRONMENT=FOLDER, that environment is used, into which a built wheel was installed.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from tests.readme import PAGES, README, ROOT, Block, anchors, links, read_blocks, session, shows
from tests.support.documents_by_line import document
from tests.support.new_environment import Environment, make_environment
from tests.support.repositories import commit, init
from zenml_pin.audit.rules import RULES
from zenml_pin.cli.parser import make_parser
from zenml_pin.pins.removed_names import MODULES, NAMES

BLOCKS = read_blocks()
SESSIONS = list(dict.fromkeys(block.session for block in BLOCKS if block.session))
# The programs that the pages use; PATH has these only, without git.
TOOLS = ("bash", "cat", "cp", "env", "grep", "ls", "mkdir", "rm", "sed", "sh")
END = "----- end of a block:"
GIVEN = os.environ.get("README_ENVIRONMENT")


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A new user's environment; ours also has pytest."""
    folder = tmp_path_factory.mktemp("user")
    if GIVEN:
        (folder / "home").mkdir()
        return Environment(Path(GIVEN).resolve() / "bin", folder / "home")
    return make_environment(folder, "pytest")


def type_in(blocks: list[Block], user: Environment, folder: Path, *others: str) -> list[tuple[str, int]]:
    """Type blocks into one shell; return the output and the exit code of each."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in (*TOOLS, *others):
        (tools / tool).symlink_to(shutil.which(tool) or pytest.fail(f"there is no {tool} here"))
    script = "".join(f"{block.text}\nprintf '\\n{END} %s\\n' $?\n" for block in blocks)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        # A git without settings: no author is known, and none may be guessed from the name of the machine. Temporary
        # folders may be a file system of their own, at whose border a search for a repository ends with another hint.
        env={
            "PATH": f"{user.bin}:{tools}",
            "HOME": str(user.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "user.useConfigOnly",
            "GIT_CONFIG_VALUE_0": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    parts = re.split(rf"\n{END} (\d+)\n", done.stdout)
    return list(zip(parts[:-1:2], map(int, parts[1::2]), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("git", [(), pytest.param(("git",), marks=pytest.mark.git)], ids=["none", "git"])
@pytest.mark.parametrize("name", SESSIONS)
def test_session_goes_as_written(name: str, git: tuple[str, ...], user: Environment, tmp_path: Path) -> None:
    """Each block ends as expected, and shows the text below it, both without git and with it."""
    blocks = session(name, BLOCKS)
    for block in blocks:
        wanted = block.option("with")
        if wanted and GIVEN and subprocess.run([user.bin / "python", "-c", f"import {wanted}"]).returncode:
            pytest.skip(f"{wanted} is not installed there")

    answers = type_in(blocks, user, tmp_path, *git)

    assert len(answers) == len(blocks), answers
    for block, (shown, code) in zip(blocks, answers, strict=True):
        assert code == int(block.option("exit") or 0), f"{block.text}\n{shown}"
        assert "Traceback" not in shown
        if block.shown is not None:
            assert shows(shown, block.shown), f"{block.text}\n{shown}"


def test_every_block_is_run() -> None:
    """A block that never runs would become wrong one day."""
    alone = [block for block in BLOCKS if not _is_run(block)]

    assert alone == []
    for block in BLOCKS:
        if block.marker.startswith("tested: "):
            assert (ROOT / block.marker.removeprefix("tested: ")).is_file()


def _is_run(block: Block) -> bool:
    if block.language == "python" and ">>> " in block.text:
        return True
    return block.marker.startswith(("command: ", "typed: ", "tested: "))


def test_workflows_of_the_pages_are_what_they_seem(tmp_path: Path) -> None:
    """They are valid YAML; steps of a composite action name their shell, and hooks exist."""
    import yaml

    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    for block in BLOCKS:
        if block.language != "yaml":
            continue
        document = yaml.safe_load(block.text)
        for step in document.get("runs", {}).get("steps", ()):
            assert "uses" in step or step["shell"] == "bash"
        for repo in document.get("repos", ()):
            assert {hook["id"] for hook in repo["hooks"]} <= hooks


@pytest.mark.slow
def test_steps_of_the_composite_action_run(user: Environment, tmp_path: Path) -> None:
    """In a checkout with no git on PATH, and with nothing to report."""
    import yaml

    (action,) = [
        yaml.safe_load(block.text)
        for block in BLOCKS
        if block.language == "yaml" and "composite" in block.text
    ]
    repo = init(tmp_path / "repo")
    head = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    commit(repo, {"pipelines": {"mine.yaml": document(f"trainers.step.Mine@{head}")}})
    lines = [step["run"] for step in action["runs"]["steps"] if step.get("run", "").startswith("zenml-pin")]
    assert len(lines) > 1
    blocks = [Block("", "sh", f"cd {shlex.quote(repo.path)}\n{line}") for line in lines]

    assert [code for _, code in type_in(blocks, user, tmp_path)] == [0] * len(lines)


def test_commands_in_the_text_have_the_options_that_they_name() -> None:
    """Even lines that only show an example."""
    parser = make_parser()
    (verbs,) = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    text = "\n".join(page.read_text() for page in PAGES)
    lines = re.findall(r"^(?:    |.*`)(zenml-pin [^`\n]*?)(?:  .*)?(?:`.*)?$", text, re.MULTILINE)
    assert len(lines) > 30

    for line in lines:
        words = re.split(r"[\s\[\]|]+", re.sub(r"-C \S+ ", "", line.removeprefix("zenml-pin ")))
        if words[0] in verbs:
            actions = list(verbs[words[0]]._actions)
            for inner in [action.choices for action in actions if isinstance(action.choices, dict)]:
                actions += [action for name in words[1:2] if name in inner for action in inner[name]._actions]
            known = {option for action in actions for option in action.option_strings}
            assert {word for word in words if re.match(r"--?\w", word)} - known == set(), line
        else:
            assert words[0] == "COMMAND" or words[0].startswith("-"), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    """Each link of a page leads to a file of the project, another page or a heading."""
    assert links(page)
    for file, anchor in links(page):
        assert file.is_file(), file
        assert not anchor or anchor in anchors(file), f"{file.name}#{anchor}"


def test_files_that_the_pages_name_exist() -> None:
    """Files of the tests and of the package."""
    text = "".join(page.read_text() for page in PAGES)
    paths = set(re.findall(r"`((?:tests|zenml_pin)/[^`\s]*)`", text))
    assert len(paths) > 5

    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_files_that_contributing_names_exist() -> None:
    """In the package, or from the root of the project; placeholders are in capitals."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text()
    paths = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.\w+)?|\.ci/[\w-]+|\w+\.(?:py|cfg))`", text))
    assert len(paths) > 50

    # "x" is a module of the reader's.
    missing = [path for path in paths if not path.startswith("x") and not _exists(path)]
    assert missing == []


def _exists(path: str) -> bool:
    if "/" in path or (ROOT / path).exists():
        return any((folder / path).exists() for folder in (ROOT, ROOT / "zenml_pin"))
    return any((ROOT / "zenml_pin").rglob(path))


def test_table_of_rules_is_the_list() -> None:
    """Each rule, in its order and with its level."""
    page = (ROOT / "zenml_pin" / "docs" / "audit.md").read_text()
    rows = re.findall(r"^\| (ZP[\dZP, ]*) \| .* \| (\w+) \|$", page, re.MULTILINE)

    listed = [(rule, level) for ids, level in rows for rule in ids.split(", ")]
    assert listed == [(rule.id, rule.level.value) for rule in RULES.values()]


def test_tables_of_old_code_are_the_lists() -> None:
    """Each module and name that a Python removed, with that Python, in the order of the list."""
    page = (ROOT / "zenml_pin" / "docs" / "old-code.md").read_text()
    modules = re.findall(r"^\| (\d+)\.(\d+) \| ([^|]*) \|$", page, re.MULTILINE)
    names = re.findall(r"^\| (\d+)\.(\d+) \| `([\w.]+)` \| ([^|]*) \|$", page, re.MULTILINE)

    assert [(int(a), int(b), _words(removed)) for a, b, removed in modules] == [
        (*version, removed.split()) for version, removed in MODULES.items()
    ]
    listed = [
        (int(a), int(b), f"{module}.{name}") for a, b, module, removed in names for name in _words(removed)
    ]
    assert listed == [(*version, name) for version, removed in NAMES.items() for name in removed.split()]


def _words(cell: str) -> list[str]:
    words = re.findall(r"`([\w.]+)`", cell)
    assert cell == ", ".join(f"`{word}`" for word in words)
    return words


def test_readme_leads_to_every_page() -> None:
    """The README is short, and lists all pages."""
    assert len(README.read_text().splitlines()) <= 250
    assert {file for file, _ in links(README)} >= set(PAGES) - {README}


def test_session_is_of_one_page() -> None:
    """A reader can type it from its first block on, without another page."""
    for name in SESSIONS:
        assert len({block.page for block in session(name, BLOCKS)}) == 1, name


def test_changes_begin_with_this_release() -> None:
    """Below the heading for unreleased changes, if there is one."""
    changes = (ROOT / "zenml_pin" / "docs" / "changes.md").read_text()

    headings = [title for title in re.findall(r"^## (.*)$", changes, re.MULTILINE) if title != "Unreleased"]
    assert headings[0] == metadata.version("zenml_pin")


@pytest.mark.slow
def test_messages_of_troubleshooting_exist() -> None:
    """The table's messages are texts of the package: if a message changes there, it must change here."""
    page = (ROOT / "zenml_pin" / "docs" / "troubleshooting.md").read_text()
    messages = re.findall(r"^\| `([^`]*)` \|", page, re.MULTILINE)
    assert len(messages) > 20

    texts = [
        node.value
        for file in (ROOT / "zenml_pin").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for message in messages:
        for part in re.split(r"'?\.\.\.'?", message):
            assert any(part in text for text in texts), part
