"""The floor plan: imports point down, and each thing that only one place may do is done there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import zenml_pin

ROOT = Path(zenml_pin.__file__).parent

# Top floor first; one line is one floor. A module may import from its own floor and from below.
FLOORS = [
    {"__main__"},
    {"cli", "demo"},
    {"integrations"},
    {"audit"},
    {"repository"},
    {"pipelines", "backends"},
    {"steps", "datasources"},
    {"component"},
    {"workspace", "scaffold", "settingsfile"},
    {"yamlbytes", "yamlnodes", "yamlplain", "yamlquick", "yamltext"},
    {"carry"},
    {"codeid"},
    {"resolver", "blocks", "classes", "loading", "lookup", "pinning", "provenance", "sourcing", "unpinned"}
    | {"integrity", "verification"},
    {"closure", "parsing", "origin", "definitions", "requirements", "unit"},
    {"at"},
    {"importing"},
    {"beside"},
    {"git"},
    {"source", "legacy", "warn", "cache"},
    {"errors", "environment", "hashes", "installed", "markup", "wholefile"},
    {"values", "locks", "lazy", "ordered"},
    {"__init__"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


@dataclass(frozen=True)
class Import:
    """One name that a module imports, and whether only a type checker sees it."""

    name: str
    line: int
    for_types: bool


def _is_type_checking(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _imports(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_bytes())
    hidden = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and _is_type_checking(node)
        for child in node.body
        for inner in ast.walk(child)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, node in hidden)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: the package imports itself by its full name"
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", node.lineno, node in hidden)


def _floor(module: str) -> str:
    """Return the part of the floor plan that a file belongs to."""
    return module.split("/")[0].removesuffix(".py")


def _target(name: str) -> str | None:
    """Return the part of the floor plan that an imported name belongs to; None outside the package."""
    package, _, rest = name.partition(".")
    if package != "zenml_pin":
        return None
    if rest in ("", "__version__"):
        return "__init__"
    first = rest.split(".")[0]
    # The package's lazy names are a facade of the resolver's.
    return first if (ROOT / first).is_dir() or (ROOT / f"{first}.py").is_file() else "resolver"


def _users(library: str) -> set[str]:
    return {
        module
        for module in MODULES
        for item in _imports(ROOT / module)
        if item.name == library or item.name.startswith(f"{library}.")
    }


def _calls(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / module).read_bytes())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_floor(module: str) -> None:
    """A new file at the top stands somewhere in the plan."""
    assert _floor(module) in LEVEL


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """No module imports from a floor above its own; `errors` and the lazy `__init__` may for types alone."""
    own = LEVEL[_floor(module)]
    upward = [
        f"line {item.line}: {item.name}"
        for item in _imports(ROOT / module)
        if (target := _target(item.name)) is not None
        and LEVEL[target] < own
        and not (item.for_types and _floor(module) in ("errors", "__init__"))
    ]

    assert upward == []


# A library or module, and who alone may import it. A prefix that ends in "/" is a folder.
OWNERS = {
    "dulwich": ("git/", "carry/"),
    "sshsig": ("git/sshsignature.py",),
    "yaml": ("yamltext.py",),
    "rich": ("cli/",),
    "argparse": ("cli/",),
    "sqlite3": ("pipelines/", "backends/"),
    "subprocess": ("audit/trial.py", "backends/"),
}


@pytest.mark.parametrize("library", OWNERS)
def test_library_has_one_owner(library: str) -> None:
    """So that it can be replaced, and so that nothing else starts slowly because of it."""
    strangers = {module for module in _users(library) if not module.startswith(OWNERS[library])}

    assert strangers == set()


def test_yaml_is_imported_in_one_file() -> None:
    """Loading and dumping have one place."""
    assert len(_users("yaml")) <= 1


@pytest.mark.parametrize("module", MODULES)
def test_only_environment_reads_the_environment(module: str) -> None:
    """`os.environ` and `os.getenv` stand in environment.py alone."""
    if module == "environment.py":
        return
    tree = ast.parse((ROOT / module).read_bytes())
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv")
    ]

    assert reads == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not module.startswith(("cli/", "__main__"))]
)
def test_only_the_command_line_prints_and_exits(module: str) -> None:
    """Elsewhere nothing writes to stdout, and nothing ends the process."""
    forbidden = {"print", "sys.exit", "exit", "quit", "os._exit", "sys.stdout.write", "sys.stderr.write"}
    if module == "backends/processes.py":
        # It ends the processes that it started itself, when nobody waits for them any more.
        forbidden.remove("os._exit")

    assert forbidden.isdisjoint(_calls(module))


@pytest.mark.parametrize("module", MODULES)
def test_no_subprocess_is_started(module: str) -> None:
    """Everything works with no git binary, because nothing ever asks for one."""
    starters = {"os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "os.posix_spawn", "os.fork"}

    assert starters.isdisjoint(_calls(module))


@pytest.mark.parametrize("module", MODULES)
def test_module_opens_with_its_idea(module: str) -> None:
    """Every module has a docstring, and is short enough to hold one idea."""
    text = (ROOT / module).read_text()

    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 450
