"""Former ways out of a pin: each runs the commit's file, or none (P3)."""

from __future__ import annotations

import builtins
import importlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.repositories import commit, init, linked_worktree, make_bare
from zenml_pin import PinnedImportError
from zenml_pin.at import registry
from zenml_pin.importing.rewriting.import_scan import needs_parsing
from zenml_pin.importing.worktree_guard import Guard

Build = Callable[..., World]

HELPER = {"helper.py": "VALUE = 'VERSION'\n"}
# Each puts the helper's VALUE into R.
TEXTS = {
    "import after a comment that seems to go on": "# C:\\data\\\nimport helper\nR = helper.VALUE",
    "import after a text that seems to import": "if 'import x': import helper\nR = helper.VALUE",
    "eval": "R = eval(\"__import__('helper').VALUE\")",
    "eval of bytes": "R = eval(b\" __import__('helper').VALUE\")",
    "eval with namespaces": "R = eval(\"__import__('helper').VALUE\", {}, {})",
    "eval in eval": "R = eval('''eval(\"__import__('helper').VALUE\")''')",
    "exec in eval": "N = {}; eval('exec(\"from helper import VALUE\", N)'); R = N['VALUE']",
    "exec in exec": "N = {}; exec('exec(\"import helper\")', N); R = N['helper'].VALUE",
    "exec of a memoryview": "N = {}; exec(memoryview(b'import helper'), N); R = N['helper'].VALUE",
    "exec with carriage returns": r"N = {}; exec('x = 1\rimport helper\r', N); R = N['helper'].VALUE",
    "exec with a starred text": "N = {}; exec(*['import helper', N]); R = N['helper'].VALUE",
    "compile for exec": "N = {}; exec(compile('import helper', '<x>', 'exec'), N); R = N['helper'].VALUE",
    "compile for eval": "R = eval(compile(\"__import__('helper').VALUE\", '<x>', 'eval'))",
    "compile for single": "N = {}; exec(compile('import helper', '<x>', 'single'), N); R = N['helper'].VALUE",
    "compile by keywords": "N = {}; exec(compile(mode='exec', filename='<x>', source='import helper'), N)\n"
    "R = N['helper'].VALUE",
    "compile with a mode from a call": "N = {}; exec(compile('import helper', '<x>', str('exec')), N)\n"
    "R = N['helper'].VALUE",
    "compile with all arguments": "N = {}; exec(compile('import helper', '<x>', 'exec', 0, True, 0), N)\n"
    "R = N['helper'].VALUE",
    "compile with a dict": "N = {}; exec(compile('import helper', '<x>', **{'mode': 'exec'}), N)\n"
    "R = N['helper'].VALUE",
    "builtins.__import__": "import builtins\nR = builtins.__import__('helper').VALUE",
    "builtins.exec": "import builtins as b\nN = {}; b.exec('import helper', N); R = N['helper'].VALUE",
    "builtins.exec at home": "import builtins\nbuiltins.exec('import helper'); R = helper.VALUE",
    "builtins.eval": "import builtins\nR = builtins.eval(\"__import__('helper').VALUE\")",
    "builtins.compile": "import builtins\nN = {}; exec(builtins.compile('import helper', 'x', 'exec'), N)\n"
    "R = N['helper'].VALUE",
    "from builtins": "from builtins import exec as run, len\nrun('import helper'); R = helper.VALUE",
    "from builtins star": "from builtins import *\nexec('import helper'); R = helper.VALUE",
    "vars of builtins": "import builtins\nR = vars(builtins)['__import__']('helper').VALUE",
    "builtins by name": "import importlib\nR = importlib.import_module('builtins').__import__('helper').VALUE",
    "importlib by __import__": "R = __import__('importlib').import_module('helper').VALUE",
    "importlib.util by __import__": "find = __import__('importlib.util').util.find_spec\n"
    "R = __import__(find('helper').name, fromlist=['VALUE']).VALUE",
    "builtins for a text": "import builtins\nN = {'__builtins__': builtins}; exec('R = len([1])', N)\n"
    "exec('R = __import__(\"helper\").VALUE', N); R = N['R']",
    "exec as a value": "e = exec; e('import helper'); R = helper.VALUE",
    "exec in a table": "N = {}; {'run': exec}['run']('import helper', N); R = N['helper'].VALUE",
    "exec as a default": "def get(run=exec):\n    N = {}\n    run('import helper', N)\n    return N['helper'].VALUE\n"
    "R = get()",
    "eval as a value": "[R] = map(eval, [\"__import__('helper').VALUE\"])",
    "eval as a class attribute": "class A: run = eval\nR = A().run(\"__import__('helper').VALUE\")",
    "compile as a value": "c = compile; N = {}; exec(c('import helper', 'x', 'exec'), N); R = N['helper'].VALUE",
    "__import__ as a value": "i = __import__; R = i('helper').VALUE",
    "values in an exec": "N = {}; exec('e = exec; e(\"import helper\")', N); R = N['helper'].VALUE",
    "eval beside a method eval": "class A:\n    def eval(self): return eval(\"__import__('helper').VALUE\")\n"
    "R = A().eval()",
    "runpy": "import runpy\nR = runpy.run_module('helper')['VALUE']",
    "runpy by keyword": "from runpy import run_module\nR = run_module(mod_name='helper', run_name='x')['VALUE']",
    "runpy star": "from runpy import *\nR = run_module('helper')['VALUE']",
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_that_imports_takes_the_commits_file(build: Build, text: str) -> None:
    """Even if the working tree's module is imported already."""
    world = build({**HELPER, "step.py": text + "\n"})

    assert world.module("step").R == "v1"
    assert "helper" not in sys.modules
    __import__("helper")
    assert world.module("step", world.second).R == "v2"


# These names look alike and mean other things, or must stay unchanged: each text gives one R, plainly and in a pin.
ALIKE = {
    "re.compile": "import re\nR = re.compile('import helper').pattern",
    "own compile": "import re\ncompile = re.compile\nR = compile('import helper').pattern",
    "own exec": "def exec(text): return text\nR = exec('import helper'), list(map(exec, ['import helper']))",
    "star compile": "from re import *\nR = compile('import helper').pattern, list(map(compile, 'a'))[0].pattern",
    "method compile": "class A:\n    def compile(self, x): return x\n"
    "    def twice(self): return self.compile('import os')\n"
    "R = A().twice()",
    "class with its own eval": "class A:\n    eval = str.upper\n    x = eval('import helper')\nR = A.x",
    "pattern": "class compile: x = 1\nmatch compile():\n    case compile(x=y): R = y\n",
    "value pattern": "class eval: x = 1\nmatch 1:\n    case eval.x: R = 'found'\n",
    "tree only": "import ast\nR = ast.dump(compile('import helper', 'x', 'exec', ast.PyCF_ONLY_AST))",
    "tree by ast": "import ast\nR = ast.dump(ast.parse('import helper'))",
    "code object": "N = {}; code = compile('x = 1', 'x', 'exec'); exec(code, N)\n"
    "R = N['x'], eval(compile('2', 'x', 'eval'))",
    "future flag inherited": "from __future__ import annotations\nN = {}\n"
    "exec('import os\\ndef f(x: y): pass', N); exec(compile('eval\\ndef g(x: y): pass', 'x', 'exec'), N)\n"
    "run = exec; run('eval\\ndef h(x: y): pass', N); c = compile; exec(c('def i(x: y): pass', 'x', 'exec'), N)\n"
    "R = [N[name].__annotations__ for name in 'fghi']",
    "future flag not inherited": "from __future__ import annotations\nN = {'y': 1}\n"
    "exec(compile('eval\\ndef g(x: y): pass', 'x', 'exec', 0, True), N)\n"
    "c = compile; exec(c('def h(x: y): pass', 'x', 'exec', dont_inherit=True), N)\n"
    "R = [N[name].__annotations__ for name in 'gh']",
    "namespace left as it was": "N = {'__builtins__': {'__import__': __import__, 'eval': eval}}\n"
    "exec('import os; x = eval(\"1\")', N); R = sorted(N)",
    "no builtins": "R = eval('x + 1', {'__builtins__': {}, 'x': 1})",
    "locals of a function": "def get():\n    x = 1\n    run = exec\n    run('x = 2; eval'); ask = eval\n"
    "    return x, ask('x'), eval('x + 1'), ask('sorted(locals())', {}, {'a': 1})\nR = get()",
    "locals of a class": "class A:\n    run = exec\n    run('x = 1; eval')\nR = A.x",
    "locals of a metaclass": "class Kept(dict): pass\nclass Meta(type):\n    def __prepare__(*names): return Kept()\n"
    "class A(metaclass=Meta):\n    run = exec\n    run('x = 1; eval')\nR = A.x",
    "locals of the module": "run = exec\nrun('x = 1; eval')\nR = x",
    "globals of a function": "def get():\n    run = exec\n    run('global G; G = 7; eval')\nget()\nR = G",
    "identity": "run = exec\nimport builtins\n"
    "R = run is exec, builtins.exec is run, {exec: 1}[builtins.exec], exec == run",
    "names": "R = [f.__name__ for f in (exec, eval, compile)], callable(__import__)",
    "indented eval": "R = eval(' \\teval(\"1\")')",
    "single prints": "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n"
    "    exec(compile('import os; eval(\"3\")', 'x', 'single'))\nR = out.getvalue()",
    "builtins delegates": "import builtins\nbuiltins.zenml_pin_test = 5\nR = zenml_pin_test, builtins.len('ab'),"
    "'len' in vars(builtins), hasattr(builtins, 'nothing'), builtins.__name__\ndel builtins.zenml_pin_test",
    "builtins patched": "import builtins\nfrom unittest import mock\n"
    "with mock.patch.object(builtins, 'len', lambda x: 42):\n"
    "    one = len(''), builtins.len('')\nR = one, len(''), builtins.len('')",
    "syntax error": "try: exec('import helper; x = (')\n"
    "except SyntaxError as e: R = e.msg, e.filename, e.lineno, e.text",
    "syntax error of compile": "try: compile('import helper\\nreturn', 'no.py', 'exec')\n"
    "except SyntaxError as e: R = e.msg, e.filename, e.lineno",
    "null byte": "try: exec('eval\\0')\nexcept (ValueError, SyntaxError) as e: R = type(e).__name__, str(e)",
    "wrong mode": "try: compile('eval', 'x', 'nothing')\nexcept ValueError as e: R = str(e)",
    "wrong type": "R = []\nfor f in exec, eval, lambda x: exec(x), lambda x: compile(x, 'x', 'exec'):\n"
    "    try: f(5)\n    except TypeError as e: R.append('must be a string, bytes or' in str(e))",
    "no argument": "R = []\nfor f in lambda: exec(), lambda: eval(), lambda: compile('x'):\n"
    "    try: f()\n    except TypeError as e: R.append('TypeError')",
}  # fmt: skip


@pytest.mark.parametrize("text", ALIKE.values(), ids=ALIKE)
def test_similar_code_works_as_in_a_plain_module(build: Build, text: str) -> None:
    """A module's own functions with these names, code and trees, namespaces, inherited flags and errors."""
    plain: dict[str, Any] = {"__name__": "step"}
    exec(compile(text, "step.py", "exec", dont_inherit=True), plain)
    world = build({"step.py": text + "\n"})

    assert plain["R"] == world.module("step").R


DIRECT = {
    "exec": "exec('import helper\\n1 / 0')",
    "eval": "eval(\"__import__('os') and 1 / 0\")",
    "compile": "exec(compile('import helper\\n1 / 0', '<string>', 'exec'))",
    "compile of a fault": "compile('import helper\\n1 +', '<string>', 'exec')",
}


@pytest.mark.parametrize("text", DIRECT.values(), ids=DIRECT)
def test_direct_call_adds_no_frame(build: Build, text: str) -> None:
    """A traceback shows the module and the text."""
    world = build({**HELPER, "step.py": f"def get():\n    {text}\n"})

    with pytest.raises((ZeroDivisionError, SyntaxError)) as caught:
        world.module("step").get()

    files = [frame.filename for frame in traceback.extract_tb(caught.tb)]
    assert not [file for file in files if "zenml_pin/importing" in file]


def test_patch_of_the_real_builtin_counts(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that replaces `builtins.__import__` sees the imports of a pin."""
    imported = []
    original = builtins.__import__

    def hook(name: str, *args: Any, **options: Any) -> Any:
        imported.append(name)
        return original(name, *args, **options)

    world = build({**HELPER, "step.py": "def get():\n    return __import__('helper').VALUE\n"})
    step = world.module("step")
    monkeypatch.setattr(builtins, "__import__", hook)

    assert step.get() == "v1"
    assert f"{world.root}.helper" in imported


def test_attributes_named_like_a_builtin_need_no_parsing() -> None:
    """`re.compile` and `model.eval()` are in every third file."""
    assert not needs_parsing("import re\nA = re.compile('x')\nmodel.eval()\n", 0)
    assert needs_parsing("x = [compile]\n", 0)


STEP = """
def late():
    import newmod
    return newmod.VALUE

def known():
    import helper
    return helper.VALUE
"""


def refused(world: World, step: Any, folder: str) -> bool:
    """Tell whether a new module of a working tree is refused, and a committed one comes from the commit."""
    with pytest.raises(PinnedImportError, match="working tree's file") as caught:
        step.late()
    assert caught.value.path == str(Path(folder, "libs", "newmod.py"))
    return bool(step.known() == "v1" and not {"newmod", "helper"} & set(sys.modules))


@pytest.fixture
def world(build: Build, tmp_path: Path) -> World:
    """A repository that is not on sys.path, with its own commits; `libs` contains a helper, and no new module."""
    world = build({"libs": HELPER, "step.py": STEP, "place.txt": str(tmp_path)})
    sys.path.remove(world.repo.path)
    return world


def use(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Put a working tree's folder on sys.path, with a module that no commit has."""
    Path(folder, "libs", "newmod.py").write_text("VALUE = 'worktree'\n")
    monkeypatch.syspath_prepend(str(Path(folder, "libs")))


def test_linked_worktree_is_a_working_tree(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the main one was opened, and the other way round."""
    linked = linked_worktree(world.repo, tmp_path / "linked")
    use(monkeypatch, linked.path)

    assert refused(world, world.module("step"), linked.path)


def test_main_worktree_is_a_working_tree_of_a_linked_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever was opened, all of them count."""
    linked = linked_worktree(world.repo, tmp_path / "linked")
    use(monkeypatch, world.repo.path)

    step = zenml_pin.import_module("step", world.first, repo=linked.path)

    assert refused(world, step, world.repo.path)


def test_worktree_inside_another_has_its_own_paths(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools make them like this, below the main one."""
    linked = linked_worktree(world.repo, world.repo.join(".worktrees", "one"))
    use(monkeypatch, linked.path)

    assert refused(world, world.module("step"), linked.path)


@pytest.mark.parametrize("start", ["current folder", "anywhere"])
def test_clone_is_a_working_tree_of_a_commit_that_a_mirror_serves(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """The mirror in ZENML_PIN_PATH has no working tree; the clone on sys.path has one."""
    mirror = make_bare(world.repo, tmp_path / "mirror.git")
    monkeypatch.setenv("ZENML_PIN_PATH", mirror.path)
    monkeypatch.chdir(world.repo.path if start == "current folder" else tmp_path)
    use(monkeypatch, world.repo.path)

    step = importlib.import_module(f"{world.root}.step")

    assert registry.get_namespace(world.first).repository.root == mirror.path
    assert refused(world, step, world.repo.path)


def test_clone_that_is_named_later_is_a_working_tree(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even for code that was loaded before."""
    mirror = make_bare(world.repo, tmp_path / "mirror.git")
    use(monkeypatch, world.repo.path)
    step = zenml_pin.import_module("step", world.first, repo=mirror.path)

    assert world.module("step") is step
    assert refused(world, step, world.repo.path)


def test_repository_inside_the_working_tree_belongs_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone below `libs` is not another working tree: its files count as files of the outer one."""
    init(world.repo.join("libs"))
    use(monkeypatch, world.repo.path)

    assert refused(world, world.module("step"), world.repo.path)


def test_other_repository_is_not_a_working_tree_of_the_pin(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that is installed in place from its own repository is imported unchanged."""
    other = init(tmp_path / "other")
    commit(other, {"libs": {"newmod.py": "VALUE = 'other'\n"}})
    monkeypatch.syspath_prepend(other.join("libs"))

    assert world.module("step").late() == "other"


def test_repository_of_a_file_is_looked_up_once(tmp_path: Path) -> None:
    """Whatever is imported from it, and however often."""
    (tmp_path / ".git").mkdir()
    looked_up: list[str] = []

    def holds(folder: str) -> bool:
        looked_up.append(folder)
        return True

    guard = Guard(None, holds)

    assert [guard.find(str(tmp_path / name)) for name in ("a.py", "a.py", "b.py", "")] == [
        "a.py",
        "a.py",
        "b.py",
        "",
    ]
    assert looked_up == [str(tmp_path)]
