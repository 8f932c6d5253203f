"""The workspace: found from any folder, made once, and filled with examples that run."""

from __future__ import annotations

import ast
import configparser
import json
import os
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, make_bare, snapshot, write
from zenml_pin.errors import DocumentError, NotARepositoryError, UnsupportedError
from zenml_pin.workspace.config import Workspace, find_workspace, init_workspace
from zenml_pin.workspace.edits import add_ignore_lines, add_source_root
from zenml_pin.workspace.scaffold import lay_scaffold, scaffold_files


def test_init_makes_a_workspace(repo: Repo) -> None:
    """The config with relative paths, the ignore lines, the pipelines folder; the store comes with the first run."""
    workspace = init_workspace(repo.path)

    root = os.path.realpath(repo.path)
    store = f"{root}/.zenml/local_store"
    assert workspace == Workspace(root, f"{root}/pipelines", store, store, root)
    config = Path(repo.join(".zenml", ".zenml_config")).read_text()
    assert "artifact_store: .zenml/local_store\npipelines_dir: pipelines\n" in config
    assert Path(repo.join(".gitignore")).read_text() == "# zenml_pin\n.zenml/\n__pycache__/\n"
    assert os.path.isdir(workspace.pipelines_dir)
    assert not os.path.exists(repo.join("setup.cfg"))


@pytest.mark.parametrize("scaffold", [False, True], ids=["plain", "scaffold"])
def test_init_again_changes_nothing(repo: Repo, scaffold: bool) -> None:
    """Not a byte, not a time stamp."""
    first = init_workspace(repo.path, scaffold=scaffold)
    before = snapshot(repo.path)

    assert init_workspace(repo.path, scaffold=scaffold) == first
    assert snapshot(repo.path) == before


def test_init_outside_git_gives_a_remedy(tmp_path: Path) -> None:
    """Pins need commits; nothing is written."""
    with pytest.raises(NotARepositoryError) as caught:
        init_workspace(tmp_path / "project")

    assert "git init" in caught.value.hint
    assert os.listdir(tmp_path) == []


def test_init_in_a_bare_repository_is_refused(repo: Repo, tmp_path: Path) -> None:
    """It has no working tree."""
    bare = make_bare(repo, tmp_path / "bare.git")

    with pytest.raises(UnsupportedError, match="is bare: a workspace needs a worktree"):
        init_workspace(bare.path)


def test_init_makes_a_missing_folder(repo: Repo) -> None:
    """As git does."""
    assert init_workspace(repo.join("new", "project")).root == os.path.realpath(repo.join("new", "project"))


# Finding


@pytest.mark.parametrize("below", ["", "trainers/mine", "trainers/mine/step.py", "absent/folder"])
def test_workspace_is_found_from_any_folder_below(repo: Repo, below: str) -> None:
    """Folders, files, and paths that do not exist yet."""
    write(repo, {"trainers": {"mine": {"step.py": ""}}})
    workspace = init_workspace(repo.path)

    assert find_workspace(repo.join(*below.split("/"))) == workspace


def test_workspace_below_the_git_root_is_found(repo: Repo) -> None:
    """From inside it; from a folder beside it, no workspace is found."""
    workspace = init_workspace(repo.join("projects", "one"))
    write(repo, {"other": {"a.py": ""}})

    assert workspace.git_root == os.path.realpath(repo.path)
    assert find_workspace(repo.join("projects", "one", "pipelines")) == workspace
    assert find_workspace(repo.join("other")) is None


def test_workspace_is_found_through_links(repo: Repo, tmp_path: Path) -> None:
    """A link to the workspace, and a link inside it that leads out: the path as written goes first."""
    workspace = init_workspace(repo.path)
    outside = tmp_path / "data"
    outside.mkdir()
    os.symlink(repo.path, tmp_path / "link")
    os.symlink(outside, repo.join("data"))
    (outside / "back").symlink_to(repo.join("pipelines"))

    assert find_workspace(tmp_path / "link" / "pipelines") == workspace
    assert find_workspace(repo.join("data")) == workspace
    assert find_workspace(outside / "back") == workspace
    assert find_workspace(outside) is None


def test_search_stops_at_the_git_root(repo: Repo, tmp_path: Path) -> None:
    """A workspace above the repository does not belong to it."""
    (tmp_path / ".zenml").mkdir()
    (tmp_path / ".zenml" / ".zenml_config").write_text("")

    assert find_workspace(repo.path) is None
    assert find_workspace(tmp_path) is not None


def test_workspace_without_git_can_be_read(tmp_path: Path) -> None:
    """A sandbox may have bundles instead of a repository."""
    (tmp_path / ".zenml").mkdir()
    (tmp_path / ".zenml" / ".zenml_config").write_text("pipelines_dir: p\n")

    workspace = find_workspace(tmp_path)

    assert workspace is not None
    assert (workspace.pipelines_dir, workspace.git_root) == (str(tmp_path / "p"), None)


CONFIGS = {
    "empty": ("", "pipelines", ".zenml/local_store"),
    "relative": ("pipelines_dir: runs/yaml\nartifact_store: store\n", "runs/yaml", "store"),
    "absolute": ("pipelines_dir: ROOT/old\nartifact_store: ROOT/old\n", "old", "old"),
    "old, moved": (
        "artifact_store: /gone/.zenml/local_store\nmetadata: {args: {uri: x}, type: sqlite}\npipelines_dir: /gone/p\n",
        "pipelines",
        ".zenml/local_store",
    ),
    "remote store": ("artifact_store: gs://bucket/store\n", "pipelines", ".zenml/local_store"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_config_of_any_age_is_read(repo: Repo, name: str) -> None:
    """Our relative paths, ZenML's absolute ones; a folder that no longer exists means the default."""
    text, pipelines, store = CONFIGS[name]
    write(repo, {"old": {"a": ""}, ".zenml": {".zenml_config": text.replace("ROOT", repo.path)}})

    workspace = find_workspace(repo.path)

    root = os.path.realpath(repo.path)
    assert workspace is not None
    assert (workspace.pipelines_dir, workspace.store_dir) == (f"{root}/{pipelines}", f"{root}/{store}")


BROKEN = {"list": "- a", "number": "pipelines_dir: 3", "no YAML": "a: b: c", "tag": "a: !!python/none x"}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_config_is_reported_and_kept(repo: Repo, text: str) -> None:
    """The error names its file, and the file is never overwritten."""
    write(repo, {".zenml": {".zenml_config": text}})

    for call in (find_workspace, init_workspace):
        with pytest.raises(DocumentError, match=r"\.zenml_config:1:"):
            call(repo.path)

    assert Path(repo.join(".zenml", ".zenml_config")).read_text() == text


# Users' files


IGNORES = {
    "nothing": (b"", b"# zenml_pin\n.zenml/\n__pycache__/\n"),
    "other lines": (b"*.log\n", b"*.log\n\n# zenml_pin\n.zenml/\n__pycache__/\n"),
    "no line end": (b"*.log", b"*.log\n\n# zenml_pin\n.zenml/\n__pycache__/\n"),
    "CRLF": (b"*.log\r\n", b"*.log\r\n\r\n# zenml_pin\r\n.zenml/\r\n__pycache__/\r\n"),
    "half of it, by ZenML": (b"\n\n# ZenML\n.zenml/", b"\n\n# ZenML\n.zenml/\n\n# zenml_pin\n__pycache__/\n"),
    "all of it, otherwise": (b"/.zenml\n __pycache__\n", b"/.zenml\n __pycache__\n"),
    "no UTF-8": (b"\xff\xfe\n", b"\xff\xfe\n\n# zenml_pin\n.zenml/\n__pycache__/\n"),
}


@pytest.mark.parametrize("name", IGNORES)
def test_ignore_lines_are_added_once(tmp_path: Path, name: str) -> None:
    """After the existing lines, which stay byte for byte."""
    before, after = IGNORES[name]
    path = tmp_path / ".gitignore"
    path.write_bytes(before)

    for _ in range(2):
        add_ignore_lines(str(path), [".zenml/", "__pycache__/"])
        assert path.read_bytes() == after


def test_file_that_is_not_a_settings_file_is_left(tmp_path: Path) -> None:
    """A file larger than a person writes, or a folder with its name."""
    (tmp_path / "large").write_bytes(b"#" * 2**21)
    (tmp_path / "folder").mkdir()

    with pytest.raises(UnsupportedError, match="nothing is added"):
        add_ignore_lines(str(tmp_path / "large"), [".zenml/"])
    with pytest.raises(FileExistsError):
        add_ignore_lines(str(tmp_path / "folder"), [".zenml/"])


SETTINGS = {
    "nothing": (b"", b"[zenml_pin]\nsource_roots = a/b\n"),
    "other sections": (
        b"[metadata]\nname = x\n",
        b"[metadata]\nname = x\n\n[zenml_pin]\nsource_roots = a/b\n",
    ),
    "no line end, CRLF": (b"[m]\r\nn = 1", b"[m]\r\nn = 1\r\n\r\n[zenml_pin]\r\nsource_roots = a/b\r\n"),
    "section without it": (
        b"[zenml_pin]\n# mine\nx = 1\n[m]\n",
        b"[zenml_pin]\nsource_roots = a/b\n# mine\nx = 1\n[m]\n",
    ),
    "one line": (b"[zenml_pin]\nsource_roots = src\n[m]\n", b"[zenml_pin]\nsource_roots = src, a/b\n[m]\n"),
    "empty value": (b"[zenml_pin]\nsource_roots =\n", b"[zenml_pin]\nsource_roots = a/b\n"),
    "colon, capitals, no line end": (
        b"[zenml_pin]\nSource_Roots: src",
        b"[zenml_pin]\nSource_Roots: src, a/b",
    ),
    "many lines": (
        b"[zenml_pin]\nsource_roots =\n    src\n    # old\n    tools\n\n[m]\nx = 1 ; \xff\n",
        b"[zenml_pin]\nsource_roots =\n    src\n    # old\n    tools\n    a/b\n\n[m]\nx = 1 ; \xff\n",
    ),
    "there already": (
        b"[zenml_pin]\nsource_roots = src,\n  a/b\n",
        b"[zenml_pin]\nsource_roots = src,\n  a/b\n",
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_source_root_is_added_once(tmp_path: Path, name: str) -> None:
    """The rest of setup.cfg stays byte for byte, and the setting has its meaning."""
    before, after = SETTINGS[name]
    path = tmp_path / "setup.cfg"
    path.write_bytes(before)

    for _ in range(2):
        add_source_root(str(path), ["a/b"])
        assert path.read_bytes() == after

    parser = configparser.RawConfigParser()
    parser.read_string(after.decode("utf-8", "replace"))
    value = parser.get("zenml_pin", "source_roots").replace("\n", ",")
    assert "a/b" in [part.strip() for part in value.split(",")]


def test_modules_below_the_git_root_are_named_from_the_workspace(repo: Repo) -> None:
    """`init` writes the source root, and the pin of a class there has no prefix."""
    workspace = init_workspace(repo.join("projects", "one"))
    setting = Path(repo.join("setup.cfg")).read_text()
    first = commit(
        repo,
        {
            "setup.cfg": setting,
            "projects": {"one": {"trainers": {"step.py": "class MyTrainer:\n    n = 1\n"}}},
        },
    )

    source = zenml_pin.pin("trainers.step.MyTrainer", repo=workspace.root)

    assert str(source) == f"trainers.step.MyTrainer@{first}"
    assert zenml_pin.load(source, repo=workspace.root).n == 1


def test_two_workspaces_in_one_repository(repo: Repo) -> None:
    """One in the root and one below: both roots are listed."""
    init_workspace(repo.path)
    init_workspace(repo.join("one"))
    init_workspace(repo.join("two"))

    assert Path(repo.join("setup.cfg")).read_text() == "[zenml_pin]\nsource_roots = ., one, two\n"


def test_folder_that_setup_cfg_cannot_name_is_refused(repo: Repo) -> None:
    """Before anything is written."""
    with pytest.raises(UnsupportedError, match="'a, b' cannot be a source root"):
        init_workspace(repo.join("a, b"))

    assert os.listdir(repo.path) == [".git"]


# The scaffold


def test_scaffold_is_the_recommended_structure() -> None:
    """From ZenML's documentation."""
    files = scaffold_files()

    assert {path.split("/")[0] for path in files} == {
        "Dockerfile",
        "notebooks",
        "other_step",
        "pipeline_run_script.py",
        "pipelines",
        "preprocessing",
        "requirements.txt",
        "split",
        "trainers",
    }
    assert files["requirements.txt"] == f"zenml_pin=={zenml_pin.__version__}\n"
    assert "trainers/my_awesome_trainer/my_trainer_step.py" in files


@pytest.mark.parametrize("path", [path for path in scaffold_files() if path.endswith((".py", ".ipynb"))])
def test_scaffold_file_is_sound(path: str) -> None:
    """The Python files compile, with a docstring where there is code; the notebook is JSON with Python."""
    text = scaffold_files()[path]

    if path.endswith(".ipynb"):
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        assert all(ast.parse("".join(cell["source"])) for cell in cells)
        return
    tree = ast.parse(text)
    assert not text or ast.get_docstring(tree)


def test_scaffold_replaces_nothing(repo: Repo) -> None:
    """The user's files stay; missing ones are added."""
    write(repo, {"Dockerfile": "FROM mine\n", "split": {"my_split": {"my_split_step.py": "# mine\n"}}})

    init_workspace(repo.path, scaffold=True)

    assert Path(repo.join("Dockerfile")).read_text() == "FROM mine\n"
    assert Path(repo.join("split", "my_split", "my_split_step.py")).read_text() == "# mine\n"
    assert os.path.exists(repo.join("trainers", "my_awesome_trainer", "my_trainer_step.py"))
    assert lay_scaffold(repo.path) == []


LINKS = {
    ".gitignore": (".gitignore", "file", "."),
    "the workspace's folder": (".zenml", "folder", "."),
    "the same below the root": ("app/.zenml", "folder", "app"),
    "setup.cfg": ("setup.cfg", "file", "app"),
    "a folder of the scaffold": ("pipelines", "folder", "."),
}


@pytest.mark.parametrize(("name", "target", "where"), LINKS.values(), ids=LINKS)
def test_init_writes_nothing_where_links_lead_out(
    repo: Repo, tmp_path: Path, name: str, target: str, where: str
) -> None:
    """A repository from others may contain links to any of your files."""
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("mine\n")
    before = snapshot(outside)
    link = Path(repo.join(name))
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside / target)

    with pytest.raises(UnsupportedError, match="is a link out of"):
        init_workspace(repo.join(where), scaffold=True)

    assert snapshot(outside) == before
