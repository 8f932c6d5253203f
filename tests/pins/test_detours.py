"""Imports that take a file of the repository through `sys.path`; no pin has it. Each verb gives the same reason."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import zenml_pin
from tests.support.documents_by_line import document
from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run
from zenml_pin.audit import audit, check, diff
from zenml_pin.pins.code_id import code_id

NAME = "steps.made.T"


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository that is the current folder."""
    monkeypatch.chdir(repo.path)
    return repo


def findings() -> str:
    """Return what `check` says."""
    return " ".join(f"{finding.rule.id} {finding.message} {finding.hint}" for finding in check().findings)


@pytest.mark.parametrize("on_path", [True, False], ids=["on sys.path", "not on sys.path"])
@pytest.mark.parametrize("root", ["", "src/"], ids=["root", "src"])
def test_a_forgotten_file_at_a_source_root_is_untracked(
    here: Repo, on_path: bool, root: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether or not `sys.path` leads to it, as it does for `python -m` and in a script: its name is already full."""
    top = {"steps": {"made.py": "import helper\nclass T: pass\n"}}
    commit(here, {"src": top} if root else top)
    helper = {"helper.py": ""}
    write(here, {"src": helper} if root else helper)
    if on_path:
        monkeypatch.syspath_prepend(here.join(root) if root else here.path)
    said = (
        f"{root}steps/made.py imports {root}helper.py: '{root}helper.py' has 1 uncommitted change: "
        f"{root}helper.py (untracked)"
    )

    code, out, err = run(capsys, "pin", NAME)

    assert (code, out) == (1, f"{NAME}\n")
    assert err == f"warning: '{NAME}' stays unpinned: {said}; commit these files, then pin again\n"
    with pytest.raises(zenml_pin.UncommittedChangesError, match="untracked"):
        zenml_pin.pin(zenml_pin.load(NAME) if on_path else NAME, strict=True)
    status = zenml_pin.status(zenml_pin.Source.parse(NAME))
    assert ([change.path for change in status.changes], status.reasons) == ([f"{root}helper.py"], ())
    write(here, {"pipelines": {"p.yaml": document(NAME)}})
    shown = findings()
    assert said in shown
    assert "sys.path" not in shown


def test_a_file_that_sys_path_finds_before_an_untracked_one_is_a_detour(
    here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have the name; what runs is the other one."""
    commit(here, {"steps": {"made.py": "import helper\nclass T: pass\n"}, "lib": {"helper.py": ""}})
    write(here, {"helper.py": ""})
    monkeypatch.setattr(sys, "path", [here.join("lib"), here.path, *sys.path])

    status = zenml_pin.status(zenml_pin.Source.parse(NAME))

    assert [change.path for change in status.changes] == ["helper.py"]
    assert status.reasons == (
        "steps/made.py:1: 'import helper' takes 'lib/helper.py' through sys.path, which is not part of a pin",
    )


EDITS = {
    "beside its own file": "import os, sys\nsys.path.append(os.path.dirname(__file__) + '/../lib')\nimport core\n",
    "a relative name": "import sys\nsys.path.insert(0, 'lib')\nimport core\n",
    "another name of sys": "import sys as _s\n_s.path.insert(0, 'lib')\nimport core\n",
    "another name of sys, in another part": (
        "import sys as s\n\ndef f():\n    s.path += ['lib']\n    import core\n"
    ),
    "another path": "import sys as s\ns.path = ['lib', *s.path]\nimport core\n",
    "a slice": "import os, sys as s\ns.path[:0] = ['lib']\nimport core\n",
    "path alone, two spaces": "from  sys import path\npath.insert(0, 'lib')\nimport core\n",
    "path alone": "from sys import path\npath.insert(0, 'lib')\nimport core\n",
    "site": "import site\nsite.addsitedir('lib')\nimport core\n",
    "in a function": "import sys\ndef f():\n    sys.path.insert(0, 'lib')\n    import core\n",
    "in a try": "import sys\nsys.path += ['lib']\ntry:\n    import core\nexcept ImportError:\n    pass\n",
    "by who starts the program": "import core\n",
}


@pytest.mark.parametrize("text", EDITS.values(), ids=EDITS)
def test_code_that_edits_sys_path_gets_no_pin(here: Repo, text: str) -> None:
    """Nothing has run yet, as on the command line; the file may be edited, and no pin would say so."""
    commit(here, {"steps": {"made.py": text + "class T: pass\n"}, "lib": {"core.py": "v = 1\n"}})
    write(here, {"lib": {"core.py": "v = 2\n"}, "pipelines": {"p.yaml": document(NAME)}})
    line = text.count("\n", 0, text.index("import core")) + 1
    said = f"steps/made.py:{line}: 'import core' takes 'lib/core.py' through sys.path, which is not part of a pin"

    with pytest.raises(zenml_pin.UnpinnedError, match="list its folder as source_roots") as refused:
        zenml_pin.pin(NAME, strict=True)

    assert said in str(refused.value)
    assert zenml_pin.status(zenml_pin.Source.parse(NAME)).reasons == (said,)
    assert said in findings()


FIRST = {
    "in a function": "def f():\n    import core\n",
    "in a try": "try:\n    import core\nexcept ImportError:\n    pass\n",
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_an_import_without_an_edit_hides_none_with_one(here: Repo, first: str) -> None:
    """Another file of the folder may import a library of that name, and comes first."""
    lib = {"__init__.py": "", "core.py": "v = 1\n"}
    texts = {"a.py": first, "made.py": EDITS["in a function"] + "class T: pass\n"}
    commit(here, {"steps": texts, "lib": lib})
    write(here, {"lib": {"core.py": "v = 2\n"}})

    assert zenml_pin.status(zenml_pin.Source.parse(NAME)).reasons == (
        "steps/made.py:4: 'import core' takes 'lib/core.py' through sys.path, which is not part of a pin",
    )


def test_a_script_that_has_edited_sys_path_gets_the_same_reason(
    here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the file is found; before, it was looked for."""
    text = EDITS["a relative name"] + "class T: pass\n"
    commit(here, {"steps": {"made.py": text}, "lib": {"core.py": ""}})
    source = zenml_pin.Source.parse(NAME)
    before = zenml_pin.status(source)
    monkeypatch.syspath_prepend(here.join("lib"))

    assert zenml_pin.status(source) == before
    assert len(before.reasons) == 1


def test_an_untracked_file_that_an_edit_leads_to_prevents_a_pin(here: Repo) -> None:
    """HEAD does not have it; a folder of an environment is not looked at."""
    text = EDITS["a relative name"] + "import other\nclass T: pass\n"
    commit(here, {"steps": {"made.py": text}})
    write(here, {"lib": {"core": {"__init__.py": ""}}, "env": {"pyvenv.cfg": "", "other.py": ""}})

    assert zenml_pin.status(zenml_pin.Source.parse(NAME)).reasons == (
        "steps/made.py:3: 'import core' takes 'lib/core/__init__.py' through sys.path, which is not part of a pin",
    )


MISSING = {
    "in a try": ("try:\n    import core\nexcept ImportError:\n    core = None\n", {}),
    "in a function": ("def f():\n    import core\n", {}),
    "a path of something else": (
        "class G:\n    def f(self, node):\n        self.path.append(node)\n        import core\n",
        {},
    ),
    "a library of the requirements": (
        "import sys\nsys.path.append('lib')\nimport core\n",
        {"requirements.txt": "core>=2\n"},
    ),
    "in the file that wraps it": ("from .core import value\n", {}),
}


@pytest.mark.parametrize(("text", "more"), MISSING.values(), ids=MISSING)
def test_a_library_that_is_only_not_installed_prevents_nothing(here: Repo, text: str, more: Any) -> None:
    """Though a file deep in the tests has its name."""
    made = {"__init__.py": "", "made.py": text + "class T: pass\n"}
    wrapping = {"core.py": "import core\nvalue = core.value\n"} if "from .core" in text else {}
    head = commit(here, {"steps": made | wrapping, "tests": {"data": {"core.py": ""}}} | more)

    assert str(zenml_pin.pin(NAME)) == f"{NAME}@{head}"


@pytest.mark.parametrize("roots", ["", "[zenml_pin]\nsource_roots = src\n"], ids=["", "src"])
def test_code_that_uses_sys_path_is_other_code_when_any_module_differs(here: Repo, roots: str) -> None:
    """So that no step's cached value is taken for that of another commit, and `diff` shows the module."""
    text = EDITS["a relative name"] + "class T: pass\n"
    files: dict[str, Any] = {
        "src": {"steps": {"made.py": text}},
        "lib": {"core.py": "v = 1\n"},
        "setup.cfg": roots,
    }
    first = commit(here, files)
    second = commit(here, {"lib": {"core.py": "v = 2\n"}}, base=first)

    ids = {code_id(zenml_pin.Source("steps.made", "T", commit_id)) for commit_id in (first, second)}
    difference = diff(f"{NAME}@{first}", f"{NAME}@{second}")

    assert len(ids) == 2
    assert [file.path for file in difference.files] == ["lib/core.py"]


def test_a_pin_of_such_a_class_has_a_note(here: Repo) -> None:
    """In `check` and in `audit`; it is no error: where the repository is, a load takes the commit's file."""
    text = EDITS["a relative name"] + "import yaml\nclass T: pass\n"
    head = commit(here, {"steps": {"made.py": text}, "lib": {"core.py": ""}, "more": {"yaml.py": ""}})
    write(here, {"pipelines": {"p.yaml": document(f"{NAME}@{head}")}})

    for report in (check(), audit()):
        notes = [finding.message for finding in report.findings if finding.rule.id == "ZP029"]
        assert notes == [
            "steps/made.py:3: 'import core' takes 'lib/core.py' through sys.path, which is not part of a pin "
            f"(commit {head})"
        ]
        assert report.is_clean


def test_tests_that_import_each_other_are_no_note(here: Repo) -> None:
    """Beside the code, as they do where they are run from their folder: no load runs them."""
    tests = {"test_made.py": "import test_base\n", "test_base.py": ""}
    text = "import sys\nsys.path.insert(0, 'lib')\nclass T: pass\n"
    head = commit(here, {"steps": {"made.py": text, "tests": tests}})
    write(here, {"pipelines": {"p.yaml": document(f"{NAME}@{head}")}})

    assert [finding.rule.id for finding in check().findings] == []
