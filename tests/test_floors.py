"""The order of the rooms: imports point down, no files import in a circle, and what has an owner is used only there.

The package is parsed once. A test lists everything that breaks its rule, with file and line.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import zenml_pin
from zenml_pin.base.lazy_attribute import lazy

ROOT = Path(zenml_pin.__file__).parent

# The top room first. A file imports from its own room, or from a room on a lower line.
FLOORS = [
    "__main__",
    "cli integrations",
    "audit",
    "legacy",
    "pipelines",
    "backends",
    "isolated",
    "isolation",
    "bundles",
    "resolver",
    "verification",
    "pins",
    "at",
    "importing",
    "workspace",
    "git datasources",
    "steps source yaml",
    "errors",
    "cache load_errors",
    "base",
]
LEVEL = {room: level for level, line in enumerate(FLOORS) for room in line.split()}
# The only files at the top, besides the rooms.
FILES = {"__init__", "__main__", "at", "cache", "errors", "isolated", "load_errors", "resolver", "source"}
# Rooms whose `__init__` states the order of what is in them, top first, one line of names a floor.
ORDERED = ("audit", "git", "importing", "isolation", "pipelines")
# The public door: for type checkers it names everything.
DOOR = "__init__.py"

# A library or module, and the only files that may import it. A prefix that ends in "/" is a folder.
OWNERS = {
    "dulwich": ("git/", "bundles/"),
    "sshsig": ("verification/ssh.py",),
    "yaml": ("yaml/",),
    "rich": ("cli/",),
    "shtab": ("cli/commands/completion.py",),
    "argparse": ("cli/",),
    "sqlite3": ("pipelines/", "backends/"),
    "importlib.metadata": ("base/distributions.py",),
    "subprocess": ("isolation/parent.py", "isolation/warm_parent.py", "backends/"),
}


@dataclass(frozen=True)
class Import:
    """One name that a file imports from a module, at module level, in a function or for types."""

    name: str
    line: int


@dataclass(frozen=True)
class File:
    """A file of the package: its path below the package, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room that the file belongs to."""
        return self.path.split("/")[0].removesuffix(".py")

    @lazy
    def nodes(self) -> list[ast.AST]:
        """All nodes of the syntax tree."""
        return list(ast.walk(self.tree))

    @lazy
    def imports(self) -> list[Import]:
        """The file's imports, wherever the statements are."""
        names = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                names += [Import(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: the package imports itself by its full name"
                names += [Import(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
        return names

    @lazy
    def own_imports(self) -> list[tuple[str, int]]:
        """The paths of the files of the package that this file imports, with the line."""
        paths = [(path_of(item.name), item.line) for item in self.imports]
        return [(path, line) for path, line in paths if path is not None and path != DOOR]

    @lazy
    def calls(self) -> list[tuple[str, int]]:
        """The text of each function that the file calls, with the line."""
        return [(ast.unparse(node.func), node.lineno) for node in self.nodes if isinstance(node, ast.Call)]


@cache
def files() -> dict[str, File]:
    """Return all files of the package by path."""
    paths = sorted(ROOT.rglob("*.py"))
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}
    return {path: File(path, text, ast.parse(text)) for path, text in texts.items()}


def path_of(name: str) -> str | None:
    """Return the file that an imported dotted name comes from; None outside the package."""
    parts = name.split(".")
    if parts[0] != "zenml_pin":
        return None
    for length in range(len(parts), 0, -1):
        stem = "/".join(parts[1:length])
        for path in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
            if path in files():
                return path
    raise AssertionError(f"no file has '{name}'")


def find_circle(edges: dict[str, set[str]]) -> list[str]:
    """Return the nodes of one circle; empty if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def order_of(room: str) -> list[list[str]]:
    """Return the levels inside a room as its docstring states them: the indented lines after "Order"."""
    text = ast.get_docstring(files()[f"{room}/__init__.py"].tree) or ""
    lines = re.search(r"^Order.*:\n\n?((?:    .*\n?)+)", text, re.MULTILINE)
    assert lines, f"{room}/__init__.py does not state the order of its parts"
    return [line.split() for line in lines.group(1).splitlines()]


def test_rooms_are_those_of_the_plan() -> None:
    """The top holds the files and folders of the plan, and nothing else."""
    rooms = {file.room for file in files().values()} - {"__init__"}
    loose = {path.removesuffix(".py") for path in files() if "/" not in path}

    assert rooms == set(LEVEL)
    assert loose == FILES


def test_imports_point_down() -> None:
    """At module level, inside functions, and for types: only the own room, or one on a lower line."""
    upward = [
        f"{file.path}:{line}: {path}"
        for file in files().values()
        if file.path != DOOR
        for path, line in file.own_imports
        if (room := files()[path].room) != file.room and LEVEL[room] <= LEVEL[file.room]
    ]

    assert upward == []


def test_no_files_import_in_a_circle() -> None:
    """Each file can be read, and tested, with only what is below it."""
    edges = {
        file.path: {path for path, _ in file.own_imports if path != file.path}
        for file in files().values()
        if file.path != DOOR
    }

    assert find_circle(edges) == []


@pytest.mark.parametrize("room", ORDERED)
def test_parts_of_a_room_keep_its_order(room: str) -> None:
    """The docstring of a large room states the order of its parts, all of them, and imports follow it."""
    order = order_of(room)
    level = {part: index for index, parts in enumerate(order) for part in parts}
    inside = {path: path.split("/")[1].removesuffix(".py") for path in files() if path.startswith(f"{room}/")}
    inside.pop(f"{room}/__init__.py")

    upward = [
        f"{path}:{line}: {target}"
        for path, part in inside.items()
        for target, line in files()[path].own_imports
        if inside.get(target, part) != part and level[inside[target]] <= level[part]
    ]
    assert sorted(level) == sorted(set(inside.values()))
    assert upward == []


def test_base_imports_nothing_of_ours() -> None:
    """The lowest room could belong to any project."""
    others = [
        f"{file.path}:{line}: {path}"
        for file in files().values()
        if file.room == "base"
        for path, line in file.own_imports
        if files()[path].room != "base"
    ]

    assert others == []


def test_no_submodule_has_the_name_of_a_function_beside_it() -> None:
    """Importing the submodule would replace the function."""
    both = []
    for path in files():
        if not path.endswith("/__init__.py") and path != DOOR:
            continue
        folder = (ROOT / path).parent
        package = import_module(".".join(("zenml_pin", *path.split("/")[:-1])))
        parts = {
            part.stem for part in folder.iterdir() if (part / "__init__.py").is_file() or part.suffix == ".py"
        }
        names = {*vars(package), *getattr(package, "_HOMES", ())}
        both += [
            f"{path}: {name}"
            for name in names & parts
            if not isinstance(getattr(package, name), type(pytest)) and name != "__main__"
        ]

    assert both == []


def test_libraries_have_one_owner() -> None:
    """So each library can be replaced, and no other file starts slowly because of it."""
    strangers = [
        f"{file.path}:{item.line}: {library}"
        for file in files().values()
        for item in file.imports
        for library, owners in OWNERS.items()
        if f"{item.name}.".startswith(f"{library}.") and not file.path.startswith(owners)
    ]

    assert strangers == []


def test_only_environment_reads_the_environment() -> None:
    """`os.environ` and `os.getenv` are used in two files: for what a load reads, and for other processes."""
    reads = [
        f"{file.path}:{node.lineno}"
        for file in files().values()
        if file.path not in ("base/environment.py", "base/process_environment.py")
        for node in file.nodes
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv")
    ]

    assert reads == []


def test_only_one_file_knows_the_suffixes_of_documents() -> None:
    """Whether a file's name is that of a pipeline document is decided there."""
    others = [
        f"{file.path}:{node.lineno}"
        for file in files().values()
        if file.path != "workspace/folders.py"
        for node in file.nodes
        if isinstance(node, ast.Constant) and node.value in (".yaml", ".yml")
    ]

    assert others == []


def test_only_the_command_line_prints_and_exits() -> None:
    """No other room writes to stdout, and none ends the process."""
    forbidden = {"print", "sys.exit", "exit", "quit", "os._exit", "sys.stdout.write", "sys.stderr.write"}
    # This file may end the processes that it started itself, when nothing waits for them any more.
    allowed = {("backends/processes.py", "os._exit")}
    allowed |= {("backends/environments/serving.py", "os._exit")}
    # The same for the processes of a trial, which are forked.
    allowed |= {("isolation/child.py", "os._exit"), ("isolation/supervisor.py", "os._exit")}
    allowed |= {("isolation/warm_process.py", "os._exit")}
    calls = [
        f"{file.path}:{line}: {name}"
        for file in files().values()
        if file.room not in ("cli", "__main__")
        for name, line in file.calls
        if name in forbidden and (file.path, name) not in allowed
    ]

    assert calls == []


def test_no_program_is_started_by_a_shell_or_a_fork() -> None:
    """Everything works without a git binary, because nothing calls one."""
    starters = {"os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "os.posix_spawn", "os.fork"}
    # A process namespace begins with a child.
    allowed = {(f"isolation/{name}.py", "os.fork") for name in ("child", "supervisor")}
    # Trials of a bisection are forks of a process that is warm; a user names the command that judges.
    allowed |= {(f"isolation/warm_{name}.py", "os.fork") for name in ("parent", "process")}
    allowed |= {("pipelines/bisecting/work.py", "os.execvp")}
    calls = [
        f"{file.path}:{line}: {name}"
        for file in files().values()
        for name, line in file.calls
        if name in starters and (file.path, name) not in allowed
    ]

    assert calls == []


def test_every_module_opens_with_its_idea() -> None:
    """It has a docstring, and is short enough for one idea."""
    silent = [file.path for file in files().values() if not ast.get_docstring(file.tree)]
    long = [file.path for file in files().values() if len(file.text.splitlines()) > 450]

    assert silent == []
    assert long == []


def test_a_class_name_is_used_once() -> None:
    """A reader who sees a name knows which class it is, in any file."""
    defined: dict[str, list[str]] = {}
    for file in files().values():
        for node in file.nodes:
            if isinstance(node, ast.ClassDef):
                defined.setdefault(node.name, []).append(f"{file.path}:{node.lineno}")

    assert {name: where for name, where in defined.items() if len(where) > 1} == {}


def test_the_circle_finder_finds_circles() -> None:
    """A circle of two files, and of more; none in a chain."""
    assert find_circle({"a": {"b"}, "b": {"a"}}) != []
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []
    assert find_circle({"a": {"b", "c"}, "b": {"c"}}) == []
