"""pin: from a class to its source, by the class's file."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Files, Link, Repo, commit, make_bare, snapshot, write

STEP = "class MyTrainer:\n    pass\n"


def import_from(folder: str, module: str) -> Any:
    """Import a module with a folder on sys.path, as a script there would."""
    sys.path.insert(0, folder)
    return importlib.import_module(module)


def unpinned(cls: Any, match: str, **options: Any) -> str:
    """Pin a class that cannot be pinned; return the source's text."""
    with pytest.warns(zenml_pin.UnpinnedWarning, match=match) as caught:
        source = zenml_pin.pin(cls, **options)
    assert len(caught) == 1
    assert not source.is_pinned
    return str(source)


def test_class_imported_under_two_names_has_one_source(repo: Repo) -> None:
    """The file decides, not the name under which it was imported."""
    head = commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP}})
    long = import_from(repo.path, "trainers.step").MyTrainer
    short = import_from(repo.join("trainers"), "step").MyTrainer

    assert long is not short
    assert str(zenml_pin.pin(long)) == str(zenml_pin.pin(short)) == f"trainers.step.MyTrainer@{head}"


MAIN = "import zenml_pin\nclass Mine: pass\nprint(zenml_pin.pin(Mine))\n"


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("where", ["the repository", "elsewhere"])
def test_class_of_a_script_is_named_after_its_file(repo: Repo, tmp_path: Path, where: str) -> None:
    """The module `__main__` of a script has the script's name, whatever the current folder is."""
    head = commit(repo, {"scripts": {"train.py": MAIN}})
    folder = repo.path if where == "the repository" else str(tmp_path)

    done = subprocess.run(
        [sys.executable, repo.join("scripts", "train.py")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"scripts.train.Mine@{head}\n"


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("script", ["scripts.train", "scripts"])
def test_class_of_a_script_that_is_run_from_a_pin_has_the_pin(repo: Repo, script: str) -> None:
    """`python -m zenml_pin.at...` calls it `__main__`, and it has no file."""
    files = {"scripts": {"__init__.py": "", "train.py": MAIN, "__main__.py": MAIN}}
    head = commit(repo, files)
    commit(repo, {"scripts": {"__init__.py": ""}}, base=head)

    done = subprocess.run(
        [sys.executable, "-m", f"zenml_pin.at.g{head}.{script}"],
        cwd=repo.path,
        capture_output=True,
        text=True,
        check=True,
    )

    module = script if "." in script else f"{script}.__main__"
    assert (done.stdout, done.stderr) == (f"{module}.Mine@{head}\n", "")


@pytest.mark.slow
def test_class_typed_on_stdin_stays_unpinned(repo: Repo) -> None:
    """It has no file; the warning says what to do instead."""
    commit(repo, {"scripts": {"train.py": ""}})

    done = subprocess.run(
        [sys.executable, "-"], input=MAIN, cwd=repo.path, capture_output=True, text=True, check=True
    )

    assert done.stdout == "__main__.Mine\n"
    assert "move it to a module" in done.stderr


def test_nested_and_local_classes_are_refused() -> None:
    """No dotted name leads to them."""

    class Local:
        class Nested:
            pass

    for cls in (Local, Local.Nested):
        with pytest.raises(zenml_pin.UnsupportedError, match="is nested"):
            zenml_pin.pin(cls)


@pytest.mark.parametrize("thing", [len, object(), sys], ids=["function", "instance", "module"])
def test_object_that_is_not_a_class_is_refused(thing: Any) -> None:
    """Passing an instance is a mistake that is easily made."""
    with pytest.raises(zenml_pin.PinError):
        zenml_pin.pin(thing)


def test_class_of_an_installed_distribution_stays_unpinned() -> None:
    """Its name and version are recorded in the warning."""
    import attrs

    assert (
        unpinned(attrs.Attribute, rf"installed distribution 'attrs {version('attrs')}'")
        == "attr._make.Attribute"
    )


def test_class_in_no_repository_stays_unpinned(tmp_path: Path) -> None:
    """There is no repository: the class is unpinned, with one warning."""
    (tmp_path / "alone.py").write_text(STEP)

    assert (
        unpinned(import_from(str(tmp_path), "alone").MyTrainer, "is not in a repository") == "alone.MyTrainer"
    )


def test_src_is_a_source_root_when_it_is_not_a_package(repo: Repo) -> None:
    """Modules below src/ get names that start there."""
    head = commit(repo, {"src": {"pkg": {"__init__.py": "", "step.py": STEP}}})
    cls = import_from(repo.join("src"), "pkg.step").MyTrainer

    source = zenml_pin.pin(cls)

    assert str(source) == f"pkg.step.MyTrainer@{head}"
    assert zenml_pin.load(source, repo=repo.path).__module__ == f"zenml_pin.at.g{head}.pkg.step"


def test_src_that_is_a_package_is_not_a_source_root(repo: Repo) -> None:
    """A package called src has a name like any other package."""
    head = commit(repo, {"src": {"__init__.py": "", "step.py": STEP}})

    assert str(zenml_pin.pin("src.step.MyTrainer", repo=repo.path)) == f"src.step.MyTrainer@{head}"


def test_source_roots_of_setup_cfg_at_the_commit_count(repo: Repo) -> None:
    """The setting comes from the commit: an uncommitted setting changes nothing."""
    tree: dict[str, Any] = {
        "python": {"pkg": {"step.py": STEP}},
        "setup.cfg": "[zenml_pin]\nsource_roots = python, tools\n",
    }
    head = commit(repo, tree)
    write(repo, {"setup.cfg": ""})

    source = zenml_pin.pin(import_from(repo.join("python"), "pkg.step").MyTrainer)

    assert str(source) == f"pkg.step.MyTrainer@{head}"
    assert zenml_pin.load(source, repo=repo.path).__name__ == "MyTrainer"


def test_class_below_no_source_root_stays_unpinned(repo: Repo) -> None:
    """The hint names the setting."""
    commit(repo, {"setup.cfg": "[zenml_pin]\nsource_roots = python\n", "other": {"step.py": STEP}})

    text = unpinned(
        import_from(repo.join("other"), "step").MyTrainer, "is not a module below a source root.*source_roots"
    )

    assert text == "step.MyTrainer"


def test_folder_that_is_not_a_python_name_stays_unpinned(repo: Repo) -> None:
    """A source must be importable by its name."""
    commit(repo, {"my-scripts": {"step.py": STEP}})

    assert unpinned(import_from(repo.join("my-scripts"), "step").MyTrainer, "cannot be imported by name")


def test_repository_reached_through_a_link(repo: Repo, tmp_path: Path) -> None:
    """A symlink to the repository works like the repository."""
    head = commit(repo, {"trainers": {"step.py": STEP}})
    os.symlink(repo.path, tmp_path / "link")
    cls = import_from(str(tmp_path / "link"), "trainers.step").MyTrainer

    assert str(zenml_pin.pin(cls)) == f"trainers.step.MyTrainer@{head}"


def test_class_is_found_at_head_or_stays_unpinned(repo: Repo) -> None:
    """A class that its file does not define under its own name could not be loaded again."""
    code = "import types\nOther = types.new_class('Made')\nOther.__module__ = __name__\n"
    commit(repo, {"trainers": {"step.py": code}})

    assert unpinned(
        import_from(repo.path, "trainers.step").Other,
        "does not have this class or function under its name 'Made'",
    )


def test_the_first_of_two_classes_of_one_name_stays_unpinned(repo: Repo) -> None:
    """The name leads to the second class, which has other code."""
    code = "class MyTrainer:\n    epochs = 1\n\n\nOld = MyTrainer\n\n\nclass MyTrainer:\n    epochs = 2\n"
    head = commit(repo, {"trainers": {"step.py": code}})
    module = import_from(repo.path, "trainers.step")

    assert (
        unpinned(module.Old, "does not have this class or function under its name")
        == "trainers.step.MyTrainer"
    )
    assert str(zenml_pin.pin(module.MyTrainer)) == f"trainers.step.MyTrainer@{head}"


def test_class_of_a_module_that_was_reloaded_is_pinned(repo: Repo) -> None:
    """Its name leads to the new class, which is the one in HEAD."""
    head = commit(repo, {"trainers": {"step.py": STEP}})
    module = import_from(repo.path, "trainers.step")
    old = module.MyTrainer
    importlib.reload(module)

    assert str(zenml_pin.pin(old)) == f"trainers.step.MyTrainer@{head}"


@pytest.mark.parametrize("guard", ["__name__ == '__main__'", "'__main__' == __name__"])
def test_class_under_the_guard_of_a_script_stays_unpinned(repo: Repo, guard: str) -> None:
    """Code below the guard does not run when the module is imported, as a load does."""
    code = f"if {guard}:\n    class Mine: pass\nelse:\n    class Other: pass\n"
    head = commit(repo, {"scripts": {"train.py": code}})

    assert unpinned("scripts.train.Mine", "does not define class or function 'Mine'", repo=repo.path)
    assert str(zenml_pin.pin("scripts.train.Other", repo=repo.path)) == f"scripts.train.Other@{head}"


def test_class_in_a_root_level_file_has_its_file_as_unit(repo: Repo) -> None:
    """A module directly in a source root has no own folder: other files of the root do not matter."""
    head = commit(repo, {"step.py": STEP, "other.py": ""})
    write(repo, {"other.py": "x = 1\n", "new.py": ""})

    assert str(zenml_pin.pin("step.MyTrainer", repo=repo.path)) == f"step.MyTrainer@{head}"
    assert zenml_pin.status(zenml_pin.Source("step", "MyTrainer"), repo=repo.path).folder == "step.py"


def test_source_with_a_pin_keeps_it(repo: Repo) -> None:
    """A stored pin never moves by itself."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    commit(repo, {"trainers": {"step.py": STEP + "# later\n"}})
    source = zenml_pin.Source("trainers.step", "MyTrainer", first)

    assert zenml_pin.pin(source, repo=repo.path) is source
    assert zenml_pin.pin(str(source), repo=repo.path) == source


def test_commit_pins_elsewhere_than_head(repo: Repo) -> None:
    """`commit=` takes any revision, stores the full id, and only checks that the class exists there."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    commit(repo, {"trainers": {"step.py": STEP + "# later\n"}})
    write(repo, {"trainers": {"step.py": STEP + "# dirty\n"}})

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path, commit="HEAD~1").commit_id == first


def test_commit_without_the_class_is_an_error(repo: Repo) -> None:
    """A caller who names a commit needs that one."""
    commit(repo, {"trainers": {"step.py": "class Other: pass\n"}})
    commit(repo, {"trainers": {"step.py": STEP}})

    with pytest.raises(
        zenml_pin.PinnedAttributeError, match="does not define class or function 'MyTrainer'"
    ) as caught:
        zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path, commit="HEAD~1")

    assert "Other" in caught.value.hint


def test_module_that_does_not_exist_is_an_error(repo: Repo) -> None:
    """A typing error does not give an unpinned class."""
    commit(repo, {"trainers": {"step.py": STEP}})

    with pytest.raises(zenml_pin.PinnedModuleNotFoundError):
        zenml_pin.pin("trainers.stop.MyTrainer", repo=repo.path)


IMPORTS = {
    "absolute": "import common\n",
    "from": "from common import x\n",
    "in a function": "def f():\n    import common\n",
    "in a try": "try:\n    import common\nexcept ImportError:\n    pass\n",
    "through another module": "import middle\n",
}


@pytest.mark.parametrize("statement", IMPORTS.values(), ids=IMPORTS)
@pytest.mark.parametrize("state", ["edited", "untracked"])
def test_imported_module_that_is_not_committed_prevents_a_pin(repo: Repo, statement: str, state: str) -> None:
    """First-party modules that the folder imports must be committed too; the warning shows the chain."""
    middle = {"middle.py": "import common\n"}
    tree: dict[str, Any] = {"trainers": {"step.py": statement + STEP}, **middle}
    commit(repo, tree if state == "untracked" else {**tree, "common.py": "x = 1\n"})
    write(repo, {"common.py": "x = 2\n"})

    chain = r"trainers/step\.py imports (middle\.py imports )?common\.py"
    assert unpinned("trainers.step.MyTrainer", chain, repo=repo.path) == "trainers.step.MyTrainer"


def test_init_of_a_parent_package_counts(repo: Repo) -> None:
    """Importing a module runs its parents' `__init__`."""
    commit(repo, {"pkg": {"__init__.py": "", "trainers": {"__init__.py": "", "step.py": STEP}}})
    write(repo, {"pkg": {"__init__.py": "x = 1\n"}})

    assert unpinned("pkg.trainers.step.MyTrainer", r"pkg/__init__\.py \(modified\)", repo=repo.path)


def test_import_for_type_checkers_does_not_count(repo: Repo) -> None:
    """It never runs."""
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import common\n"
    head = commit(repo, {"trainers": {"step.py": code + STEP}, "common.py": ""})
    write(repo, {"common.py": "x = 2\n"})

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path).commit_id == head


def test_relative_import_that_leaves_the_folder_is_followed(repo: Repo) -> None:
    """What it imports must be committed, as with an import by the full name; `load` gives the class."""
    code = "\nfrom ..common import x\n"
    head = commit(repo, {"pkg": {"common.py": "x = 1\n", "trainers": {"step.py": code + STEP}}})

    source = zenml_pin.pin("pkg.trainers.step.MyTrainer", repo=repo.path)

    assert source.commit_id == head
    assert zenml_pin.load(source, repo=repo.path).__name__ == "MyTrainer"
    write(repo, {"pkg": {"common.py": "x = 2\n"}})
    assert unpinned("pkg.trainers.step.MyTrainer", r"common\.py \(modified\)", repo=repo.path)


def test_relative_import_above_the_source_root_prevents_a_pin(repo: Repo) -> None:
    """Python refuses it too, when the module is loaded."""
    code = "\nfrom ...common import x\n"
    head = commit(repo, {"src": {"pkg": {"step.py": code + STEP}}, "common.py": "x = 1\n"})

    assert unpinned("pkg.step.MyTrainer", r"line 2 imports from above its source root", repo=repo.path)
    with pytest.raises(zenml_pin.PinnedImportError, match="beyond top-level package"):
        zenml_pin.load(f"pkg.step.MyTrainer@{head}", repo=repo.path)


def test_relative_import_inside_the_folder_does_not_prevent_a_pin(repo: Repo) -> None:
    """A subfolder may import from the unit above it."""
    deep = {"x.py": "from ..step import MyTrainer\n"}
    tree: dict[str, Any] = {"trainers": {"__init__.py": "", "step.py": STEP, "deep": deep}}
    head = commit(repo, tree)

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path).commit_id == head


def test_warning_points_at_the_callers_line(repo: Repo) -> None:
    """Not at a line in this package."""
    write(repo, {"trainers": {"step.py": STEP}})

    with pytest.warns(zenml_pin.UnpinnedWarning) as caught:
        zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path)

    assert caught[0].filename == __file__


def test_pinning_runs_nothing_and_writes_nothing(repo: Repo) -> None:
    """A module that would fail is pinned without being imported."""
    head = commit(repo, {"trainers": {"__init__.py": "1 / 0\n", "step.py": "raise SystemExit\n" + STEP}})
    before = snapshot(repo.path)

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path).commit_id == head
    assert zenml_pin.status("trainers", repo=repo.path).clean
    assert snapshot(repo.path) == before
    assert "trainers" not in sys.modules


@pytest.mark.parametrize("name", ["linked.py", "data.txt", "folder"])
def test_what_a_link_leads_to_must_be_committed(repo: Repo, name: str) -> None:
    """A link in the folder is clean whatever its target is; a target outside of the folder counts."""
    target = "../shared" if name == "folder" else f"../shared/{name}"
    shared = {"linked.py": "x = 1\n", "data.txt": "1", "deep.py": "x = 1\n"}
    commit(repo, {"trainers": {"step.py": STEP, name: Link(target)}, "shared": shared})
    edited = "deep.py" if name == "folder" else name
    write(repo, {"shared": {edited: "x = 2\n"}})

    chain = rf"trainers/{name} imports shared.*{edited} \(modified\)"
    assert unpinned("trainers.step.MyTrainer", chain, repo=repo.path) == "trainers.step.MyTrainer"


def test_links_in_a_circle_do_not_cause_an_endless_search(repo: Repo) -> None:
    """A folder that contains a link to itself."""
    head = commit(repo, {"trainers": {"step.py": STEP, "again": Link("../trainers")}})

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path).commit_id == head


@pytest.mark.parametrize("ignored", ["helper.py", "local"])
def test_imported_module_that_is_ignored_prevents_a_pin(repo: Repo, ignored: str) -> None:
    """git does not list it, but the class needs it, and no commit has it."""
    name = ignored.removesuffix(".py")
    commit(repo, {".gitignore": f"{ignored}\n", "trainers": {"step.py": f"import {name}.x\n" + STEP}})
    write(repo, {"helper.py": "", "local": {"__init__.py": "", "x.py": ""}})

    assert unpinned("trainers.step.MyTrainer", f"imports {ignored}", repo=repo.path)


SHADOWS: dict[str, dict[str, Any]] = {
    "src behind the root": {"pkg": {"step.py": STEP}, "src": {"pkg": {"step.py": STEP}}},
    "package over module": {"pkg": {"step.py": STEP, "step": {"__init__.py": STEP}}},
    "root in a root": {
        "setup.cfg": "[zenml_pin]\nsource_roots = python, python/pkg\n",
        "python": {"step.py": STEP, "pkg": {"step.py": STEP}},
    },
}


@pytest.mark.parametrize(
    ("tree", "file"),
    list(zip(SHADOWS.values(), ["src/pkg/step.py", "pkg/step.py", "python/pkg/step.py"], strict=True)),
    ids=SHADOWS,
)
def test_name_that_leads_to_another_file_prevents_a_pin(repo: Repo, tree: dict[str, Any], file: str) -> None:
    """The pin would load the other file's class."""
    commit(repo, tree)
    cls = load_file(repo.join(file))

    assert unpinned(cls, f"'{file}' has the name .* which leads to")


def load_file(path: str) -> Any:
    """Import a file under its own name and return its class."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("some_name_of_its_own", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.MyTrainer


def test_sibling_that_only_a_scripts_folder_finds_prevents_a_pin(repo: Repo) -> None:
    """`python trainers/step.py` finds `helper` beside the script; a pin would not find it."""
    commit(repo, {"trainers": {"step.py": "import helper\n" + STEP, "helper.py": ""}})

    assert unpinned("trainers.step.MyTrainer", r"'import helper' takes 'trainers/helper\.py'", repo=repo.path)


def test_module_that_sys_path_leads_to_prevents_a_pin(repo: Repo) -> None:
    """A pin does not have the sys.path of today."""
    commit(repo, {"trainers": {"step.py": "import tool\n" + STEP}, "scripts": {"tool.py": ""}})
    sys.path.insert(0, repo.join("scripts"))

    assert unpinned("trainers.step.MyTrainer", r"'scripts/tool\.py' through sys\.path", repo=repo.path)


@pytest.mark.parametrize("name", ["V", "Nope"])
def test_name_that_is_not_a_class_prevents_a_pin(repo: Repo, name: str) -> None:
    """A number, or a name that only a star import from the repository could provide."""
    files = {"step.py": "from trainers.more import *\nV = 3\n" + STEP, "more.py": "class Other: pass\n"}
    head = commit(repo, {"trainers": files})

    assert unpinned(f"trainers.step.{name}", f"does not define class or function '{name}'", repo=repo.path)
    assert zenml_pin.pin("trainers.step.Other", repo=repo.path).commit_id == head


def test_native_code_that_the_folder_imports_prevents_a_pin(repo: Repo) -> None:
    """The pin could not be loaded."""
    commit(repo, {"trainers": {"step.py": "from trainers import fast\n" + STEP, "fast.so": "\x7fELF"}})

    assert unpinned(
        "trainers.step.MyTrainer", "cannot be imported from memory: it is native code", repo=repo.path
    )


def test_class_made_in_a_function_of_a_pin_stays_unpinned(repo: Repo) -> None:
    """Its module does not have it under its name, so no source leads to it."""
    code = "from collections import namedtuple\ndef make():\n    return namedtuple('P', 'x')\n" + STEP
    head = commit(repo, {"trainers": {"step.py": code}})
    module = zenml_pin.import_module("trainers.step", head, repo=repo.path)

    assert (
        unpinned(module.make(), "does not have this class or function under its name 'P'")
        == "trainers.step.P"
    )


def test_name_at_a_commit_is_looked_up_there(repo: Repo) -> None:
    """A class that was moved or deleted later keeps its name of that commit."""
    first = commit(repo, {"pkg": {"step.py": STEP}})
    commit(repo, {"src": {"pkg": {"step.py": STEP}}})
    commit(repo, {"README": ""})

    for revision in ("HEAD~2", "HEAD~1"):
        assert str(zenml_pin.pin("pkg.step.MyTrainer", repo=repo.path, commit=revision)).startswith(
            "pkg.step."
        )
    assert zenml_pin.pin("pkg.step.MyTrainer", repo=repo.path, commit=first).commit_id == first


def test_bare_repository_pins_by_name(repo: Repo, tmp_path: Path) -> None:
    """Everything in it is committed."""
    head = commit(repo, {"trainers": {"step.py": STEP}})
    bare = make_bare(repo, tmp_path / "bare.git")

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=bare.path).commit_id == head
    assert zenml_pin.pin("trainers.step.MyTrainer", repo=bare.path, commit="HEAD").commit_id == head


def test_setup_cfg_that_names_no_folder_of_the_repository(repo: Repo) -> None:
    """A wrong setting is an error; it does not select another source root."""
    commit(repo, {"setup.cfg": "[zenml_pin]\nsource_roots = ../other\n", "trainers": {"step.py": STEP}})

    with pytest.raises(zenml_pin.UnsupportedError, match=r"\.\./other"):
        zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path)


def test_file_too_deep_to_parse_prevents_a_pin(repo: Repo) -> None:
    """Its imports cannot be known."""
    commit(repo, {"trainers": {"step.py": STEP, "deep.py": f"x = {'-' * 20000}1\n"}})

    assert unpinned("trainers.step.MyTrainer", "nests too deep", repo=repo.path)


def test_hostile_file_name_is_escaped_in_the_warning(repo: Repo) -> None:
    """No escape sequence reaches a terminal."""
    tree = {"step.py": STEP, "\x1b[31mevil.py": "import common\n"}
    commit(repo, {"trainers": tree, "common.py": ""})
    write(repo, {"common.py": "x = 1\n"})

    with pytest.warns(zenml_pin.UnpinnedWarning) as caught:
        zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path)

    assert "\x1b" not in str(caught[0].message)
    assert "evil.py imports common.py" in str(caught[0].message)


@pytest.mark.parametrize(
    "init",
    [
        "__all__ = ['helper']\n",
        "__all__ = []\n__all__ += ['helper']\n",
        "__all__ = [n for n in ('helper',)]\n",
        "from .names import __all__\n",
    ],
)
def test_star_import_takes_the_modules_that_all_names(repo: Repo, init: str) -> None:
    """`from lib import *` imports `lib.helper` when `__all__` says so."""
    lib = {"__init__.py": init, "helper.py": "", "names.py": "__all__ = ['helper']\n"}
    commit(repo, {"trainers": {"step.py": "from lib import *\n" + STEP}, "lib": lib})
    write(repo, {"lib": {"helper.py": "x = 1\n"}})

    assert unpinned("trainers.step.MyTrainer", r"imports lib/helper\.py", repo=repo.path)


CHANGES_PACKAGES = {
    "another's __all__": (
        "import lib.names\nfrom lib import *\n",
        "__all__ = []\n",
        "import lib\nlib.__all__.append('helper')\n",
    ),
    "caller's __all__": (
        "from lib import *\n",
        "from .names import export\n@export\ndef helper(): pass\ndel helper\n",
        "import sys\ndef export(f):\n"
        "    sys.modules[f.__module__].__dict__.setdefault('__all__', []).append(f.__name__)\n"
        "    return f\n",
    ),
    "__all__ by getattr": (
        "from lib import *\n",
        "__all__ = []\nfrom . import names\n",
        "import lib\ngetattr(lib, '__all__').append('helper')\n",
    ),
    "own path, with a type": ("import lib.deep\n", "__path__: list[str] = [__path__[0] + '/more']\n", ""),
    "own path, extended": (
        "import lib.deep\n",
        "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__) + [__path__[0] + '/more']\n",
        "",
    ),
    "own path, of a tuple": ("import lib.deep\n", "__path__, y = [__path__[0] + '/more'], 1\n", ""),
    **{
        f"another's __all__, {name}": (
            "import lib.names\nfrom lib import *\n",
            "__all__ = []\n",
            f"import lib\n{change}\n",
        )
        for name, change in {
            "with a type": "lib.__all__: list[str] = ['helper']",
            "of a tuple": "lib.__all__, x = ['helper'], 1",
            "over lines": "setattr(\n    lib, '__all__', ['helper'],\n)",
            "imported": "from lib import __all__ as names; names.append('helper')",
            "by an alias": "names = lib.__all__; names.append('helper')",
        }.items()
    },
    "own path": ("from lib import deep\n", "__path__.append(__path__[0] + '/more')\n", ""),
    "own path, replaced": ("import lib.deep\n", "__path__ = [__path__[0] + '/more']\n", ""),
}  # fmt: skip


@pytest.mark.parametrize(("step", "init", "names"), CHANGES_PACKAGES.values(), ids=CHANGES_PACKAGES)
def test_changed_package_may_have_every_module_of_its_folder(
    repo: Repo, step: str, init: str, names: str
) -> None:
    """A text that changes the `__path__` of its package, or another's `__all__`, gives imports another meaning."""
    more: Files = {"deep.py": "from lib import helper\n"}
    lib: Files = {"__init__.py": init, "names.py": names, "helper.py": "", "more": more}
    commit(repo, {"trainers": {"step.py": step + STEP}, "lib": lib})
    write(repo, {"lib": {"helper.py": "x = 1\n"}})

    assert unpinned("trainers.step.MyTrainer", r"imports lib/helper\.py", repo=repo.path)


def test_warnings_as_errors_hide_no_import(repo: Repo) -> None:
    """Python warns about an escape in the file; its imports still count."""
    lib = {"mid.py": "X = '\\d'\nimport deep\n"}
    commit(repo, {"trainers": {"step.py": "import lib.mid\n" + STEP}, "lib": lib, "deep.py": ""})
    write(repo, {"deep.py": "x = 1\n"})

    with pytest.raises(zenml_pin.UncommittedChangesError, match=r"lib/mid\.py imports deep\.py"):
        zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path, strict=True)


@pytest.mark.parametrize(
    "start", ["TYPE_CHECKING = True\n", "from settings import TYPE_CHECKING\n", "import settings\n"]
)
def test_only_typings_own_type_checking_does_not_run(repo: Repo, start: str) -> None:
    """Another name that looks like it may be true."""
    test = "settings.TYPE_CHECKING" if start.startswith("import") else "TYPE_CHECKING"
    code = f"{start}if {test}:\n    import common\n"
    commit(
        repo, {"trainers": {"step.py": code + STEP}, "common.py": "", "settings.py": "TYPE_CHECKING = True\n"}
    )
    write(repo, {"common.py": "x = 1\n"})

    assert unpinned("trainers.step.MyTrainer", r"imports common\.py", repo=repo.path)


def test_import_from_a_bytecode_folder_prevents_a_pin(repo: Repo) -> None:
    """`__pycache__` is never checked, so nothing may be imported from it."""
    commit(repo, {"trainers": {"step.py": "from .__pycache__ import helper\n" + STEP}})
    write(repo, {"trainers": {"__pycache__": {"helper.py": ""}}})

    assert unpinned("trainers.step.MyTrainer", "imports from __pycache__", repo=repo.path)


def test_head_that_moves_during_the_comparison_is_compared_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pin is for the commit that the folder was compared with."""
    from zenml_pin.pins import obstacles, unit

    commit(repo, {"trainers": {"step.py": STEP}})
    plain = unit.unit_status
    moved: list[str] = []

    def moving(repository: Any, unit: str) -> Any:
        if not moved:
            moved.append(commit(repo, {"trainers": {"step.py": STEP + "v = 2\n"}}))
        return plain(repository, unit)

    monkeypatch.setattr(obstacles, "unit_status", moving)

    assert zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path).commit_id == moved[0]


def test_deep_expression_that_python_compiles_is_pinned_and_loaded(repo: Repo) -> None:
    """A rewritten file may be as deep as a file that needs no rewriting."""
    deep = "import common\nx = 1\ny = " + "+".join(["x"] * 1200) + "\n"
    commit(repo, {"trainers": {"step.py": deep + STEP}, "common.py": ""})

    source = zenml_pin.pin("trainers.step.MyTrainer", repo=repo.path)

    assert zenml_pin.load(source, repo=repo.path).__name__ == "MyTrainer"


def test_a_refusal_names_the_class(tmp_path: Path) -> None:
    """A pipeline has many classes; the message says which one prevents the pin."""
    (tmp_path / "alone.py").write_text(STEP)
    cls = import_from(str(tmp_path), "alone").MyTrainer

    with pytest.raises(
        zenml_pin.UnpinnedError, match=r"^'alone.MyTrainer' cannot be pinned: it is not in a repository(\n|$)"
    ):
        zenml_pin.pin(cls, strict=True)
