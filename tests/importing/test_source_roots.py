"""Source roots of a commit: its setting, its packaging files, workspaces; and pins from before these counted."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Files, Link, Repo, commit
from zenml_pin.at import registry
from zenml_pin.errors import PinnedImportError, UnpinnedWarning, UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing import source_roots as deciding
from zenml_pin.importing.source_roots import source_roots

STEP = "class A:\n    value = 1\n"
OTHER = "class A:\n    value = 2\n"
PACKAGE: Files = {"__init__.py": "", "step.py": STEP}
SYSTEM = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
WHERE = SYSTEM + '[tool.setuptools.packages.find]\nwhere = ["{}"]\n'


def roots_of(repo: Repo, files: Files) -> tuple[str, ...]:
    """Return the source roots of a commit with these files."""
    first = commit(repo, files)
    return source_roots(CommitTree(registry.open(repo.path).objects, first))


UV = "[tool.uv.workspace]\nmembers = [{}]\n"
# Files, and the source roots.
LAYOUTS: dict[str, tuple[Files, tuple[str, ...]]] = {
    "nothing": ({"pkg": PACKAGE}, ("",)),
    "src": ({"src": {"pkg": PACKAGE}}, ("", "src")),
    "src is a package": ({"src": PACKAGE}, ("",)),
    "setting of setup.cfg": (
        {"setup.cfg": "[zenml_pin]\nsource_roots = lib, .\n", "pyproject.toml": WHERE.format("src")},
        ("lib", ""),
    ),
    "setting of pyproject.toml": (
        {"pyproject.toml": f'{WHERE.format("src")}[tool.zenml_pin]\nsource_roots = ["lib", "tools/py"]\n'},
        ("lib", "tools/py", "src", ""),
    ),
    "packaging before root and src": (
        {"pyproject.toml": WHERE.format("lib"), "src": {"pkg": PACKAGE}},
        ("lib", "", "src"),
    ),
    "src that packaging states": (
        {"pyproject.toml": WHERE.format("src"), "src": {"pkg": PACKAGE}},
        ("src", ""),
    ),
    "settings of tools alone": ({"pyproject.toml": "[tool.ruff]\nwhere = 3\n", "pkg": PACKAGE}, ("",)),
    "another backend": (
        {
            "pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"\n',
            "setup.py": "setup(package_dir={'': 'lib'})\n",
        },
        ("",),
    ),
    "an unknown backend": (
        {
            "pyproject.toml": '[build-system]\nbuild-backend = "mine"\n[tool.poetry]\n'
            'packages = [{include = "a", from = "lib"}]\n'
        },
        ("lib", ""),
    ),
    "setup.py of Python 2": ({"setup.py": "print 'x'\nsetup(package_dir={'': 'lib'})\n"}, ("",)),
    "setup.py that computes": (
        {"setup.py": "setup(package_dir={'': root()}, packages=find_packages(x))\n"},
        ("",),
    ),
    "setup.cfg that is malformed": (
        {"setup.cfg": "package_dir =\n  = lib\n[options]\n", "setup.py": ""},
        ("",),
    ),
    "a package under another name": (
        {"pyproject.toml": SYSTEM + '[tool.setuptools]\npackage-dir = {mypkg = "code"}\n'},
        ("",),
    ),
    "pyproject.toml behind a link": (
        {"pyproject.toml": Link("config/project.toml"), "config": {"project.toml": WHERE.format("lib")}},
        ("lib", ""),
    ),
    "members": (
        {
            "pyproject.toml": UV.format('"packages/*"') + 'exclude = ["packages/old"]\n',
            "packages": {
                "one": {"pyproject.toml": SYSTEM, "src": {"one": PACKAGE}},
                "two": {"pyproject.toml": WHERE.format("code"), "code": {"two": PACKAGE}},
                "three": {"pyproject.toml": SYSTEM, "three": PACKAGE},
                "old": {"pyproject.toml": SYSTEM, "old": PACKAGE},
                "notes": {"README": "no member"},
            },
        },
        ("", "packages/one/src", "packages/three", "packages/two/code"),
    ),
    "members at any depth": (
        {
            "pyproject.toml": UV.format('"libs/**"'),
            "libs": {"a": {"b": {"pyproject.toml": SYSTEM, "src": {"b": PACKAGE}}}},
        },
        ("", "libs/a/b/src"),
    ),
    "members of a project": (
        {
            "pyproject.toml": WHERE.format("lib") + UV.format('"libs/a"'),
            "lib": {"pkg": PACKAGE},
            "libs": {"a": {"pyproject.toml": SYSTEM, "a": PACKAGE}, "b": {"pyproject.toml": SYSTEM}},
        },
        ("lib", "", "libs/a"),
    ),
    "projects below a root that is none": (
        {
            "README": "a monorepo",
            "python": {"setup.py": "setup(packages=find_packages())\n", "pkg": PACKAGE},
            "libs": {
                "one": {"setup.cfg": "[metadata]\nname = one\n", "src": {"one": PACKAGE}},
                "two": {"x": PACKAGE},
            },
            "tools": {"main.py": "", "deep": {"setup.py": "setup()\n"}},
            "unusual": {"pyproject.toml": SYSTEM},
            ".hidden": {"pyproject.toml": SYSTEM},
        },
        ("", "libs/one/src", "python"),
    ),
    "projects below a project": (
        {"pyproject.toml": SYSTEM, "examples": {"one": {"pyproject.toml": WHERE.format("src")}}},
        ("",),
    ),
}


@pytest.mark.parametrize(("files", "roots"), LAYOUTS.values(), ids=LAYOUTS)
def test_source_roots_of_a_commit(repo: Repo, files: Files, roots: tuple[str, ...]) -> None:
    """They are decided from the files of the commit alone."""
    assert roots_of(repo, files) == roots


def test_modules_of_a_workspace_import_each_other(repo: Repo) -> None:
    """Code of one member imports another member's package from the same commit."""
    files: Files = {
        "pyproject.toml": UV.format('"packages/*"'),
        "packages": {
            "one": {"pyproject.toml": SYSTEM, "src": {"one": {"__init__.py": "from two.step import A\n"}}},
            "two": {"pyproject.toml": SYSTEM, "two": PACKAGE},
        },
    }
    first = commit(repo, files)

    module: Any = zenml_pin.import_module("one", first, repo=repo.path)

    assert module.A.__module__ == f"zenml_pin.at.g{first}.two.step"


# A file, its content, and what the message says.
FAULTS: dict[str, tuple[str, str, str]] = {
    "malformed": ("pyproject.toml", SYSTEM + "where = [\n\n", "'pyproject.toml', line 6"),
    "malformed value": ("pyproject.toml", "[tool]\nwhere = nothing\n", "'pyproject.toml', line 2"),
    "outside": ("pyproject.toml", WHERE.format("../lib"), "'pyproject.toml', line 5: .*'../lib' is outside"),
    "absolute": ("pyproject.toml", WHERE.format("/srv/lib"), "'pyproject.toml', line 5: .*outside"),
    "outside, setup.py": (
        "setup.py",
        "setup(\n    package_dir={'': '../lib'})\n",
        "'setup.py', line 2: .*outside",
    ),
    "outside, setup.cfg": (
        "setup.cfg",
        "[options]\npackage_dir =\n  = ..\n",
        "'setup.cfg', line 3: .*outside",
    ),
    "setting": ("pyproject.toml", "[tool.zenml_pin]\nsource_roots = 'lib'\n", "line 2: .*not a list"),
    "hatch.toml": ("hatch.toml", "[build]\npackages = [", "'hatch.toml', line 2"),
}


@pytest.mark.parametrize(("name", "content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_malformed_statement_is_an_error_with_path_and_line(
    repo: Repo, name: str, content: str, message: str
) -> None:
    """The error says where, and given source roots load the commit all the same."""
    first = commit(repo, {name: content, "pkg": PACKAGE})

    with pytest.raises(UnsupportedError, match=message) as caught:
        zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path)
    cls: Any = zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path, source_roots=["."])

    assert "source_roots=" in caught.value.hint or name == "pyproject.toml"
    assert cls.value == 1


def test_bytes_that_are_not_utf_8_are_an_error_with_path_and_line(repo: Repo) -> None:
    """TOML is UTF-8."""
    with pytest.raises(UnsupportedError, match=r"'pyproject.toml', line 2: it is not UTF-8"):
        roots_of(repo, {"pyproject.toml": b"[tool]\nwhere = '\xff'\n"})


@pytest.mark.slow
def test_a_pattern_with_more_than_a_thousand_members_is_an_error(repo: Repo) -> None:
    """The message has path, line and pattern."""
    packages: Files = {f"p{number}": {"pyproject.toml": "[project]\n"} for number in range(1001)}

    with pytest.raises(
        UnsupportedError, match=r"'pyproject.toml', line 2: 'packages/\*' matches more than 1000"
    ):
        roots_of(repo, {"pyproject.toml": UV.format('"packages/*"'), "packages": packages})


# Files, a name, and the two files: of the packaging files, and of the former rule.
MOVED: dict[str, tuple[Files, str, str, str]] = {
    "two packages": (
        {
            "pyproject.toml": WHERE.format("lib"),
            "lib": {"pkg": PACKAGE},
            "pkg": {**PACKAGE, "step.py": OTHER},
        },
        "pkg.step",
        "lib/pkg/__init__.py",
        "pkg/__init__.py",
    ),
    "a script of that name": (
        {"pyproject.toml": WHERE.format("lib"), "lib": {"pkg": PACKAGE}, "pkg.py": OTHER},
        "pkg",
        "lib/pkg/__init__.py",
        "pkg.py",
    ),
    "two folders without __init__": (
        {"pyproject.toml": WHERE.format("lib"), "lib": {"ns": {"step.py": STEP}}, "ns": {"step.py": OTHER}},
        "ns.step",
        "lib/ns/step.py",
        "ns/step.py",
    ),
    "a project in a folder of its own name": (
        {"tools": {"setup.py": "setup()\n", "tools": PACKAGE}},
        "tools.tools.step",
        "tools/tools/__init__.py",
        "tools/tools/__init__.py",
    ),
}


@pytest.mark.parametrize(("files", "name", "now", "before"), MOVED.values(), ids=MOVED)
def test_a_name_that_had_another_file_is_an_error_that_names_both(
    repo: Repo, files: Files, name: str, now: str, before: str
) -> None:
    """A stored pin never moves; with given source roots each of the two files loads."""
    first = commit(repo, files)

    with pytest.raises(PinnedImportError, match=r"is ambiguous") as caught:
        zenml_pin.load(f"{name}.A@{first}", repo=repo.path)

    assert f"'{now}'" in caught.value.message
    assert f"'{before}'" in caught.value.message
    with pytest.raises(PinnedImportError, match=r"is ambiguous"):
        zenml_pin.import_module(name, first, repo=repo.path)


def test_each_of_two_files_of_one_name_loads_with_given_roots(repo: Repo) -> None:
    """The hint of the error above helps."""
    first = commit(repo, MOVED["two packages"][0])

    one: Any = zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path, source_roots=["lib"])
    other: Any = zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path, source_roots=["."])

    assert (one.value, other.value) == (1, 2)


def test_a_class_with_an_ambiguous_name_stays_unpinned(repo: Repo) -> None:
    """`pin` says which two files the name may mean."""
    commit(repo, MOVED["two packages"][0])

    with pytest.warns(UnpinnedWarning, match="ambiguous") as caught:
        source = zenml_pin.pin(zenml_pin.Source("lib.pkg.step", "A"), repo=repo.path)

    assert not source.is_pinned
    assert "lib/pkg" in str(caught[0].message)


def test_names_below_the_root_go_on_to_load(repo: Repo) -> None:
    """A pin that names a module by its path from the root keeps its file, and its new name has it too."""
    first = commit(repo, {"pyproject.toml": WHERE.format("lib"), "lib": {"pkg": PACKAGE}})

    before = zenml_pin.load(f"lib.pkg.step.A@{first}", repo=repo.path)
    now = zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path)

    assert before.__module__.endswith(".lib.pkg.step")
    assert now.__module__ == f"zenml_pin.at.g{first}.pkg.step"


def test_no_toml_parser_is_imported_where_no_key_is_relevant(repo: Repo) -> None:
    """Nor any other parser: a load in a repository without such settings imports nothing new."""
    files: Files = {
        "pyproject.toml": '[build-system]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "pkg"\n',
        "setup.py": "from setuptools import find_packages, setup\nsetup(packages=find_packages(exclude=['tests']))\n",
        "setup.cfg": "[metadata]\nname = pkg\n",
        "pkg": PACKAGE,
    }
    first = commit(repo, files)
    program = (
        "import sys, zenml_pin\n"
        f"zenml_pin.load('pkg.step.A@{first}')\n"
        "print(sorted({'tomllib', 'configparser'} & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repo.path, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_a_decision_is_remembered_by_the_files_that_decide(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits with the same packaging files share it; another file of these makes a new one."""
    first = commit(repo, {"pyproject.toml": WHERE.format("one"), "one": {"pkg": PACKAGE}})
    second = commit(repo, {"one": {"pkg": {"step.py": OTHER}}}, base=first)
    third = commit(repo, {"pyproject.toml": WHERE.format("other")}, base=second)
    objects = registry.open(repo.path).objects
    monkeypatch.setattr(deciding, "_decided", type(deciding._decided)(16))

    trees = [CommitTree(objects, commit_id) for commit_id in (first, second, third)]
    roots = [source_roots(tree) for tree in trees]

    assert roots[0] is roots[1]
    assert roots[2] == ("other", "")
