"""Imports of pinned code stay in its pin (N4, N6 to N9), whatever is in the working tree and on `sys.path`."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.repositories import Files, Link, Submodule, commit, write
from zenml_pin import PinnedImportError

Build = Callable[..., World]

PACKAGE = {
    "trainers": {
        "__init__.py": "from .step import Trainer\nVALUE = 'VERSION'\n",
        "step.py": "import trainers.helper\nclass Trainer:\n    value = trainers.helper.VALUE\n"
        "    def late(self):\n        from trainers import lazily\n        return lazily.VALUE\n",
        "helper.py": "VALUE = 'VERSION'\n",
        "lazily.py": "VALUE = 'VERSION'\n",
    }
}


def test_two_versions_and_the_working_tree_live_side_by_side(build: Build) -> None:
    """Each has its own class, in whatever order they are imported."""
    world = build(PACKAGE)

    plain = importlib.import_module("trainers.step").Trainer
    first = world.module("trainers.step").Trainer
    second = world.module("trainers.step", world.second).Trainer

    assert [cls.value for cls in (plain, first, second)] == ["worktree", "v1", "v2"]
    assert [cls().late() for cls in (first, plain, second)] == ["v1", "worktree", "v2"]
    assert not isinstance(first(), second)


def test_same_commit_and_name_are_one_module(build: Build) -> None:
    """Whichever way it is imported."""
    world = build(PACKAGE)

    module = world.module("trainers.step")

    assert importlib.import_module(f"{world.root}.trainers.step") is module
    assert sys.modules[f"{world.root}.trainers"].step is module
    assert zenml_pin.load(f"trainers.step.Trainer@{world.first}", allow_dirty=True) is module.Trainer


def test_lazy_import_runs_after_the_file_is_gone(build: Build) -> None:
    """An import inside a function gives its commit's module, even when the files on disk are deleted."""
    world = build(PACKAGE)
    trainer = world.module("trainers.step").Trainer()
    for path in Path(world.repo.join("trainers")).iterdir():
        path.unlink()

    assert trainer.late() == "v1"


LATE = {
    "import": "def get():\n    import trainers.lazily\n    return trainers.lazily.VALUE\n",
    "from": "def get():\n    from trainers.lazily import VALUE\n    return VALUE\n",
    "relative": "def get():\n    from .lazily import VALUE\n    return VALUE\n",
    "import_module": "import importlib\ndef get():\n    return importlib.import_module('trainers.lazily').VALUE\n",
    "inside a function": "def get():\n    from importlib import import_module as load\n"
    "    return load('trainers.lazily').VALUE\n",
    "__import__": "def get():\n    return __import__('trainers.lazily').lazily.VALUE\n",
    "exec": "def get():\n    names = {}\n    exec('from trainers.lazily import VALUE', names)\n"
    "    return names['VALUE']\n",
    "find_spec": "import importlib.util as util\ndef get():\n    spec = util.find_spec('trainers.lazily')\n"
    "    module = util.module_from_spec(spec)\n    spec.loader.exec_module(module)\n    return module.VALUE\n",
    "resolve_name": "import pkgutil\ndef get():\n    return pkgutil.resolve_name('trainers.lazily:VALUE')\n",
    "thread": "import threading\ndef get():\n    found = []\n    def run():\n        import trainers.lazily as lazily\n"
    "        found.append(lazily.VALUE)\n    thread = threading.Thread(target=run)\n    thread.start()\n"
    "    thread.join()\n    return found[0]\n",
    "eval": "def get():\n    return eval(\"__import__('trainers.lazily').lazily.VALUE\")\n",
}


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, text in LATE.items() if name != "eval"]
)
def test_import_that_runs_later_stays_in_the_pin(build: Build, text: str) -> None:
    """Also when the working tree's module of that name is already imported."""
    world = build({"trainers": {"__init__.py": "", "step.py": text, "lazily.py": "VALUE = 'VERSION'\n"}})
    importlib.import_module("trainers.lazily")

    assert world.module("trainers.step").get() == "v1"
    assert world.module("trainers.step", world.second).get() == "v2"


def test_missing_module_is_not_taken_from_the_working_tree(build: Build) -> None:
    """A module that the commit lacks is missing, even if the working tree has it."""
    files = {"trainers": {"__init__.py": "", "step.py": "def get():\n    import trainers.added\n"}}
    world = build(files, {"trainers": {"added.py": "VALUE = 'worktree'\n"}})
    importlib.import_module("trainers.added")

    with pytest.raises(ModuleNotFoundError, match=r"trainers\.added"):
        world.module("trainers.step").get()
    with pytest.raises(ModuleNotFoundError):
        world.module("trainers.added")


def test_missing_top_level_module_is_refused_naming_both(build: Build) -> None:
    """N7: an import that would run the working tree's file says so."""
    world = build({"step.py": "def get():\n    import helper\n"}, {"helper.py": "VALUE = 'worktree'\n"})

    with pytest.raises(PinnedImportError, match="working tree's file") as caught:
        world.module("step").get()

    assert world.repo.join("helper.py") in str(caught.value)
    assert world.first in str(caught.value)
    assert "helper" not in sys.modules


REFUSED = {
    "import": "import helper",
    "import as": "import helper as h",
    "import submodule": "import helper.sub",
    "from": "from helper import VALUE",
    "star": "from helper import *",
    "import_module": "import importlib; importlib.import_module('helper')",
    "__import__": "__import__('helper')",
    "exec": "exec('import helper')",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_working_tree_module_never_runs(build: Build, text: str) -> None:
    """Neither from disk nor in the form that was imported before."""
    world = build({"step.py": text}, {"helper.py": "VALUE = 'worktree'\n"})
    with pytest.raises(PinnedImportError):
        world.module("step")

    importlib.import_module("helper")

    with pytest.raises(PinnedImportError):
        world.module("step", world.second)


def test_old_sys_path_code_takes_the_commits_file(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """N7: a working-tree folder on sys.path has `helper`; `import helper` gives the commit's file at the same path."""
    world = build(
        {"libs": {"helper.py": "VALUE = 'VERSION'\n"}, "step.py": "import helper\nVALUE = helper.VALUE\n"}
    )
    monkeypatch.syspath_prepend(world.repo.join("libs"))

    module = world.module("step")

    assert module.VALUE == "v1"
    assert module.helper.__name__ == f"{world.root}.libs.helper"
    assert "helper" not in sys.modules


def test_sys_path_that_the_body_extends_takes_the_commits_file(build: Build) -> None:
    """N7, for a name that is not known yet: the statement searches again when it runs."""
    text = "import sys\ndef get(folder):\n    sys.path.append(folder)\n    import helper\n    return helper.VALUE\n"
    world = build({"libs": {"helper.py": "VALUE = 'VERSION'\n"}, "step.py": text})

    assert world.module("step").get(world.repo.join("libs")) == "v1"
    assert world.module("step", world.second).get(world.repo.join("libs")) == "v2"
    assert "helper" not in sys.modules


OWN_FOLDER = {
    "append": "sys.path.append(os.path.dirname(os.path.abspath(__file__)))",
    "insert": "sys.path.insert(0, os.path.dirname(__file__))",
    "parent": "sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'scripts'))",
    "pathlib": "from pathlib import Path; sys.path.append(str(Path(__file__).resolve().parent))",
}


@pytest.mark.parametrize("statement", OWN_FOLDER.values(), ids=OWN_FOLDER)
def test_own_folder_on_sys_path_is_the_commits_folder(build: Build, statement: str) -> None:
    """Old code that puts its own file's folder on sys.path gets the files beside it from the commit."""
    text = f"import os, sys\n{statement}\nimport helper\nfrom helper import VALUE\nimport helper as h\n"
    world = build({"scripts": {"step.py": text, "helper.py": "VALUE = 'VERSION'\n"}})

    assert world.module("scripts.step").VALUE == "v1"
    assert world.module("scripts.step", world.second).VALUE == "v2"
    assert "helper" not in sys.modules


def test_module_found_outside_is_the_same_object(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed base class is one object in every version."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "installed_one.py").write_text("class Base: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    world = build({"step.py": "import installed_one\nclass A(installed_one.Base): pass\n"})

    first, second = world.module("step"), world.module("step", world.second)

    base = importlib.import_module("installed_one").Base
    assert first.A.__mro__[1] is second.A.__mro__[1] is base


def test_site_packages_inside_the_working_tree_are_installed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .venv in the repository is an environment, not working-tree code."""
    library = {".venv": {"lib": {"site-packages": {"inner_library.py": "VALUE = 'installed'\n"}}}}
    world = build({"step.py": "from inner_library import VALUE\n"}, library)
    monkeypatch.syspath_prepend(world.repo.join(".venv", "lib", "site-packages"))

    assert world.module("step").VALUE == "installed"


def test_link_from_outside_into_the_working_tree_is_followed(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old kind of editable install: a link elsewhere leads into the repository."""
    world = build(
        {"libs": {"linked": {"__init__.py": "VALUE = 'VERSION'\n"}}, "step.py": "from linked import VALUE\n"}
    )
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "linked").symlink_to(world.repo.join("libs", "linked"))
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))

    assert world.module("step").VALUE == "v1"


def test_editable_install_by_a_finder_takes_the_commits_package(build: Build) -> None:
    """Even if a finder, such as setuptools makes, answers for the name."""
    world = build(
        {"lib": {"edited": {"__init__.py": "VALUE = 'VERSION'\n"}}, "step.py": "from edited import VALUE\n"}
    )
    file = world.repo.join("lib", "edited", "__init__.py")

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> object:
            import importlib.util

            return importlib.util.spec_from_file_location(name, file) if name == "edited" else None

    sys.meta_path.append(Finder)  # type: ignore[arg-type]
    try:
        assert world.module("step").VALUE == "v1"
    finally:
        sys.meta_path.remove(Finder)  # type: ignore[arg-type]


def test_tree_file_named_like_the_standard_library_wins_in_the_pin_only(build: Build) -> None:
    """As in a run from the repository root; other code keeps the standard library's module."""
    world = build(
        {
            "colorsys.py": "VALUE = 'VERSION'\n",
            "step.py": "import colorsys\nimport json\nV = colorsys.VALUE\n",
        }
    )
    sys.path.remove(world.repo.path)

    assert world.module("step").V == "v1"
    assert hasattr(importlib.import_module("colorsys"), "rgb_to_hsv")
    assert world.module("step").json is importlib.import_module("json")


def test_builtin_modules_are_never_first_party(build: Build) -> None:
    """A file sys.py in the tree does not hide anything."""
    world = build({"sys.py": "VALUE = 'VERSION'\n", "step.py": "import sys\n"})

    assert world.module("step").sys is sys


def test_untracked_file_named_like_the_standard_library_is_refused(build: Build) -> None:
    """It belongs to the working tree; the commit does not have it."""
    world = build({"step.py": "import sunau_like_name\n"}, {"sunau_like_name.py": "VALUE = 'worktree'\n"})

    with pytest.raises(PinnedImportError):
        world.module("step")


def test_src_layout_is_a_source_root(build: Build) -> None:
    """Names start below src/."""
    world = build(
        {
            "src": {
                "pkg": {"__init__.py": "", "a.py": "from pkg.b import VALUE\n", "b.py": "VALUE = 'VERSION'\n"}
            }
        }
    )

    assert world.module("pkg.a").VALUE == "v1"


def test_source_roots_of_the_commit_count(build: Build) -> None:
    """The setting comes from the commit, not from the working tree."""
    files = {
        "tools": {"py": {"pkg": {"__init__.py": "from pkg.b import VALUE\n", "b.py": "VALUE = 'VERSION'\n"}}}
    }
    world = build({**files, "setup.cfg": "[zenml_pin]\nsource_roots = tools/py\n"}, {"setup.cfg": ""})

    assert world.module("pkg").VALUE == "v1"


NAMESPACE = {
    "spread": {"one": {"__init__.py": "from spread.two import VALUE\n"}, "two.py": "VALUE = 'VERSION'\n"}
}


def test_folder_without_init_is_a_namespace_package(build: Build) -> None:
    """Its modules come from the commit; it has no file."""
    world = build(NAMESPACE)

    module = world.module("spread.one")

    assert module.VALUE == "v1"
    assert not hasattr(sys.modules[f"{world.root}.spread"], "__file__")


def test_namespace_of_two_source_roots_adds_up(build: Build) -> None:
    """Its portions are searched in the order of the roots."""
    text = "from spread.b import VALUE as b\nfrom spread.a import VALUE as a\n"
    world = build(
        {
            "spread": {"a.py": "VALUE = 'VERSION root'\n"},
            "src": {"spread": {"b.py": "VALUE = 'VERSION src'\n"}},
            "step.py": text,
        }
    )

    module = world.module("step")

    assert (module.a, module.b) == ("v1 root", "v1 src")


def test_init_less_folder_named_like_an_installed_package_is_not_first_party(build: Build) -> None:
    """Repositories have plain folders such as attrs/ or docs/; the import means the installed package."""
    world = build({"attrs": {"notes.py": ""}, "step.py": "import attrs\n"})

    assert world.module("step").attrs is importlib.import_module("attrs")


def test_init_less_folder_wins_over_the_working_tree(build: Build) -> None:
    """A package that only the working tree has does not count as installed."""
    world = build(
        {"plain": {"part.py": "VALUE = 'VERSION'\n"}, "step.py": "from plain.part import VALUE\n"},
        {"plain": {"__init__.py": "raise AssertionError('the working tree ran')\n"}},
    )

    assert world.module("step").VALUE == "v1"


NATIVE = f"fast.{importlib.machinery.EXTENSION_SUFFIXES[0].strip('.')}"

UNLOADABLE: dict[str, tuple[Files, str]] = {
    "native code": ({NATIVE: b"\x7fELF"}, "native code"),
    "native code of another Python": ({"fast.cpython-27-sparc.so": b"\x7fELF"}, "native code"),
    "native code for Windows": ({"fast.cp310-win_amd64.pyd": b"MZ"}, "native code"),
    "native package": ({"fast": {f"__init__{importlib.machinery.EXTENSION_SUFFIXES[0]}": b"\x7fELF"}}, "native code"),
    "submodule": ({"fast": Submodule("1" * 40)}, "submodule"),
    "link out of the tree": ({"fast.py": Link("/etc/fast.py")}, "link that leads out"),
    "link above the tree": ({"fast.py": Link("../outside.py")}, "link that leads out"),
    "linked folder out of the tree": ({"fast": Link("../outside")}, "link that leads out"),
    "link to itself": ({"fast.py": Link("fast.py")}, "link that leads out"),
    "LFS pointer": (
        {"fast.py": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"},
        "Git LFS pointer",
    ),
    "bytecode alone": ({"fast.pyc": b"\0" * 16}, "bytecode without its source"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "reason"), UNLOADABLE.values(), ids=UNLOADABLE)
def test_what_cannot_be_loaded_says_why(build: Build, files: Files, reason: str) -> None:
    """N6: it is first-party, so nothing on sys.path replaces it; the ImportError names it."""
    world = build({"step.py": "def get():\n    import fast\n    return fast\n"})
    commit_id = commit(
        world.repo, {"step.py": "def get():\n    import fast\n    return fast\n", **files}, checkout=False
    )
    write(world.repo, {"fast.py": "VALUE = 'worktree'\n"})
    step = world.module("step", commit_id)

    for _ in range(2):
        with pytest.raises(ImportError, match=reason):
            step.get()
    with pytest.raises(ImportError, match=reason):
        zenml_pin.load(f"fast.Model@{commit_id}", repo=world.repo.path, allow_dirty=True)
    assert "fast" not in sys.modules


def test_native_neighbour_of_a_python_file_of_another_platform_is_ignored(build: Build) -> None:
    """Python takes fast.py if the native file is for another interpreter."""
    world = build({"fast.py": "VALUE = 'VERSION'\n", "fast.cpython-27-sparc.so": "no"})

    assert world.module("fast").VALUE == "v1"


def test_committed_bytecode_never_runs(build: Build, tmp_path: Path) -> None:
    """P1: neither a __pycache__ in the commit nor one on disk."""
    import py_compile

    (tmp_path / "x.py").write_text("VALUE = 'bytecode'\n")
    data = Path(py_compile.compile(str(tmp_path / "x.py"), doraise=True) or "").read_bytes()
    tag = sys.implementation.cache_tag
    world = build(
        {"trap.py": "VALUE = 'VERSION'\n", "__pycache__": {f"trap.{tag}.pyc": data}, "trap.pyc": data}
    )

    assert world.module("trap").VALUE == "v1"
    assert getattr(world.module("trap"), "__cached__", None) is None


def test_links_inside_the_tree_are_followed(build: Build) -> None:
    """The import gives the module or package that the link leads to."""
    world = build(
        {
            "real": {"__init__.py": "from .a import VALUE\n", "a.py": "VALUE = 'VERSION'\n"},
            "alias": Link("real"),
            "single.py": Link("real/a.py"),
        }
    )

    assert world.module("alias").VALUE == world.module("single").VALUE == "v1"


def test_package_over_module_of_the_same_name(build: Build) -> None:
    """Python's own order decides."""
    world = build(
        {"both": {"__init__.py": "VALUE = 'VERSION package'\n"}, "both.py": "VALUE = 'VERSION module'\n"}
    )

    assert world.module("both").VALUE == "v1 package"


def test_file_attributes_lead_nowhere_on_disk(build: Build) -> None:
    """N9: code that does not speak of its place has a path that cannot exist; it names the remedy."""
    world = build({"trainers": {"__init__.py": "", "step.py": "VALUE = 'VERSION'\n", "d.txt": "VERSION"}})
    module = world.module("trainers.step")

    assert module.__file__ is not None
    with pytest.raises(FileNotFoundError, match=r"importlib\.resources"):
        Path(module.__file__).with_name("d.txt").read_text()

    assert module.__file__.endswith("/trainers/step.py")
    assert Path(module.__file__).stem == "step"
    assert not any(Path(entry).exists() for entry in sys.modules[f"{world.root}.trainers"].__path__)


def test_real_folder_put_on_a_package_path_is_the_commits(build: Build) -> None:
    """`__path__.append(<a working-tree folder>)` adds the same folder of the commit."""
    world = build(
        {
            "pkg": {"__init__.py": "FOLDER = None\ndef extend(folder):\n    __path__.append(folder)\n"},
            "more": {"extra.py": "VALUE = 'VERSION'\n"},
        }
    )
    world.module("pkg").extend(world.repo.join("more"))

    assert world.module("pkg.extra").VALUE == "v1"


def test_extend_path_of_pkgutil_changes_nothing(build: Build) -> None:
    """An old namespace declaration in the pinned package has no effect."""
    world = build(
        {
            "pkg": {
                "__init__.py": "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
                "a.py": "VALUE = 'VERSION'\n",
            }
        }
    )

    assert world.module("pkg.a").VALUE == "v1"


def test_module_double_in_sys_modules_is_used(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that a program made itself does not come from a working tree."""
    double = types.ModuleType("made_up_library")
    monkeypatch.setitem(sys.modules, "made_up_library", double)
    world = build({"step.py": "import made_up_library\n"})

    assert world.module("step").made_up_library is double


def test_unknown_commit_names_places_and_remedy(build: Build) -> None:
    """N3: the error names the commit, where it was searched, and how to bring a bundle."""
    world = build(PACKAGE)

    with zenml_pin.attach(world.repo.path), pytest.raises(ModuleNotFoundError, match="0" * 40) as caught:
        importlib.import_module(f"zenml_pin.at.g{'0' * 40}.trainers")

    assert world.repo.path in str(caught.value)
    assert "ZENML_PIN_PATH" in caught.value.hint  # type: ignore[attr-defined]


@pytest.mark.parametrize("label", ["nothing", "gnothing", "g" + "a" * 39, "G" + "a" * 40, "g" + "A" * 40])
def test_other_names_below_the_namespace_are_missing(label: str) -> None:
    """As for any module."""
    with pytest.raises(ModuleNotFoundError, match=label):
        importlib.import_module(f"zenml_pin.at.{label}")
