"""Source of pinned code: what inspect, tracebacks, warnings, pdb and coverage show is the commit's text (N9, N10)."""

from __future__ import annotations

import importlib.util
import inspect
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.repositories import commit
from zenml_pin import PinnedImportError
from zenml_pin.importing.rewriting.compile import decode_text

Build = Callable[..., World]

STEP = """\
'''Steps of VERSION.'''
import warnings

def f(x):
    return x / 0  # VERSION

class Trainer:
    def run(self):
        warnings.warn("look")  # VERSION warns
        return f(1)
"""


@pytest.fixture
def world(build: Build) -> World:
    """One package with a step that fails when it runs."""
    return build(
        {
            "trainers": {"__init__.py": "", "step.py": STEP},
            "bad.py": "import trainers.step\n1 / 0  # VERSION\n",
        }
    )


def test_getsource_shows_the_commits_text(world: World) -> None:
    """Of a function, a method, a class and the module."""
    for module, version in (
        (world.module("trainers.step"), "v1"),
        (world.module("trainers.step", world.second), "v2"),
    ):
        assert inspect.getsource(module.f) == f"def f(x):\n    return x / 0  # {version}\n"
        assert f"# {version} warns" in inspect.getsource(module.Trainer)
        assert inspect.getsource(module.Trainer.run).startswith("    def run")
        assert inspect.getsource(module) == STEP.replace("VERSION", version)
        assert inspect.getsourcelines(module.Trainer)[1] == 7
        assert inspect.getmodule(module.f) is module
        assert inspect.getdoc(module) == f"Steps of {version}."


def test_getsource_survives_checkcache(world: World) -> None:
    """linecache does not compare text from a loader with the disk."""
    module = world.module("trainers.step")
    linecache.checkcache()
    assert "# v1" in inspect.getsource(module.f)
    linecache.checkcache()
    assert "# v1" in linecache.getline(module.f.__code__.co_filename, 5)
    linecache.clearcache()
    assert "# v1" in inspect.getsource(module.f)


def test_traceback_shows_the_commits_lines(world: World) -> None:
    """With the text, the line and, where Python marks it, the position in the line."""
    module = world.module("trainers.step")

    with pytest.warns(UserWarning, match="look"), pytest.raises(ZeroDivisionError) as caught:
        module.Trainer().run()

    text = "".join(traceback.format_exception(caught.value))
    assert "return x / 0  # v1" in text
    assert f'File "<zenml-pin>/trainers/step.py@{world.first}", line 5, in f' in text
    assert "worktree" not in text.replace(world.repo.path, "")


@pytest.mark.parametrize("way", ["import", "load"])
def test_failing_body_shows_no_frame_of_ours(world: World, way: str) -> None:
    """N10: between the caller's import statement and the body there is no frame of this package."""

    def run() -> object:
        if way == "import":
            os.chdir(world.repo.path)
            return importlib.import_module(f"{world.root}.bad")
        return zenml_pin.load(f"bad.X@{world.first}", repo=world.repo.path, allow_dirty=True)

    with pytest.raises((ZeroDivisionError, PinnedImportError)) as caught:
        run()

    error = caught.value if way == "import" else caught.value.__cause__
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__ if error else None)]
    inside = frames[[frame.startswith("<frozen") for frame in frames].index(True) :]
    assert [frame for frame in inside if "/zenml_pin/" in frame] == []
    assert frames[-1] == f"<zenml-pin>/bad.py@{world.first}"


def test_uncaught_traceback_shows_the_commits_lines(world: World) -> None:
    """Also in the interpreter's own printer, which looks for real files of the same name."""
    done = world.run("-c", f"import {world.root}.bad")

    assert done.returncode == 1
    assert "worktree" not in done.stderr.replace(world.repo.path, "")
    assert f"<zenml-pin>/bad.py@{world.first}" in done.stderr
    if sys.version_info >= (3, 13):
        assert "1 / 0  # v1" in done.stderr


def test_warning_shows_the_commits_line(world: World) -> None:
    """`warnings` knows only a file name."""
    module = world.module("trainers.step")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ZeroDivisionError):
            module.Trainer().run()

    shown = warnings.formatwarning(
        caught[0].message,
        caught[0].category,
        caught[0].filename,
        caught[0].lineno,
    )
    assert "# v1 warns" in shown


@pytest.mark.slow
def test_pdb_lists_the_commits_text(world: World) -> None:
    """Stepping through pinned code shows its own text."""
    code = f"import pdb, {world.root}.trainers.step as step\npdb.Pdb(nosigint=True, readrc=False).runcall(step.f, 1)\n"
    import subprocess

    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=world.repo.path,
        input="list\nlonglist\nquit\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert "return x / 0  # v1" in done.stdout
    assert "worktree" not in done.stdout.replace(world.repo.path, "")


@pytest.mark.slow
def test_coverage_leaves_pinned_code_out(world: World) -> None:
    """The report does not stop because of a missing file."""
    pytest.importorskip("coverage")
    Path(world.repo.join("main.py")).write_text(
        f"import {world.root}.trainers.step as step\nprint(step.__doc__)\n"
    )

    ran = world.run("-m", "coverage", "run", "--source=.", "main.py")
    report = world.run("-m", "coverage", "report")

    assert (ran.returncode, ran.stdout) == (0, "Steps of v1.\n"), ran.stderr
    assert report.returncode == 0, report.stdout + report.stderr
    assert "main.py" in report.stdout
    assert "zenml-pin" not in report.stdout


TEXTS = {
    "utf-8": "V = 'é VERSION'\n".encode(),
    "utf-8 with a BOM": "\ufeffV = 'é VERSION'\n".encode(),
    "BOM and cookie": "\ufeff# -*- coding: utf-8 -*-\nV = 'é VERSION'\n".encode(),
    "latin-1": "# -*- coding: latin-1 -*-\nV = 'é VERSION'\n".encode("latin-1"),
    "cp1252 in the second line": "#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nV = '€ VERSION'\n".encode(
        "cp1252"
    ),
    "euc-jp": "# coding: euc-jp\nV = '日本 VERSION'\n".encode("euc-jp"),
    "CRLF": b"V = 'VERSION'\r\nW = '''a\r\nb'''\r\n",
    "CR": b"V = 'VERSION'\rW = 1\r",
    "no newline at the end": b"V = 'VERSION'",
    "form feed and tabs": b"\x0cif 1:\n\tV = 'VERSION'\n",
    "empty": b"",
    "comment alone": b"# nothing",
    "continuation at the end": b"V = 'VERSION'\n\\\n",
    "unicode names": "été = 'VERSION'\nV = e\u0301te\u0301\n".encode(),
}
FAULTS = {
    "latin-1 without a cookie": "x = 1\n\n\nV = 'é'\n".encode("latin-1"),
    "latin-1 in the first line": "V = 'é'\n".encode("latin-1"),
    "unknown encoding": b"# coding: no-such-encoding\n",
    "BOM and another cookie": "\ufeff# coding: latin-1\n".encode(),
    "cookie that does not fit": "# coding: ascii\nV = 'é'\n".encode(),
    "NUL": b"V = 1\0\n",
    "print statement": b"print 'hello'\n",
    "except with a comma": b"try:\n    pass\nexcept ValueError, e:\n    pass\n",
    "backquotes": b"x = `1`\n",
    "octal": b"x = 0777\n",
    "exec statement": b"exec 'import os'\n",
    "mixed tabs": b"if 1:\n        x = 1\n\ty = 2\n",
    "unexpected indent": b"x = 1\n  y = 2\n",
    "return outside": b"return 1\n",
    "future too late": b"x = 1\nfrom __future__ import annotations\n",
    "unknown future": b"from __future__ import braces\n",
    "star in a function": b"def f():\n    from os import *\n",
}


def _plain(world: World, name: str) -> tuple[object, ...]:
    try:
        return "values", {
            n: v for n, v in vars(importlib.import_module(name)).items() if not n.startswith("__")
        }
    except Exception as error:
        return type(error), getattr(error, "lineno", None), getattr(error, "msg", str(error))
    finally:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("also_rewritten", [False, True])
@pytest.mark.parametrize("data", [*TEXTS.values(), *FAULTS.values()], ids=[*TEXTS, *FAULTS])
def test_text_is_read_as_python_reads_it(build: Build, data: bytes, also_rewritten: bool) -> None:
    """PEP 263, line ends and faults: the same values, or the same error with its line."""
    if also_rewritten:
        data = data.replace(b"V = ", b"import other; V = ", 1)
    world = build({"case.py": data, "other.py": ""})
    importlib.invalidate_caches()
    plain = _plain(world, "case")
    sys.modules.pop("other", None)
    try:
        module = world.module("case")
        pinned: tuple[object, ...] = (
            "values",
            {n: v for n, v in vars(module).items() if not n.startswith("__")},
        )
        source = inspect.getsource(module) if data else ""
        assert "\r" not in source
    except Exception as error:
        pinned = type(error), getattr(error, "lineno", None), getattr(error, "msg", str(error))

    if also_rewritten and plain[0] == "values":
        names = [vars_ for _, vars_ in (plain, pinned)]
        for values in names:
            assert isinstance(values, dict)
            values.pop("other", None)
    assert pinned == plain


def test_python_2_source_is_refused_clearly(build: Build) -> None:
    """`load` names the module, the commit and Python's own message."""
    world = build({"old.py": "class A:\n    def f(self):\n        print 'x'\n"})

    with pytest.raises(PinnedImportError, match=r"module 'old' at commit .*SyntaxError: Missing parentheses"):
        zenml_pin.load(f"old.A@{world.first}", repo=world.repo.path, allow_dirty=True)
    with pytest.raises(SyntaxError) as caught:
        world.module("old")
    assert (caught.value.lineno, caught.value.filename) == (3, f"<zenml-pin>/old.py@{world.first}")
    assert "print 'x'" in (caught.value.text or "")


def test_loader_offers_what_importlibs_own_offer(world: World) -> None:
    """N10; each method refuses another module's name."""
    module = world.module("trainers.step")
    package = sys.modules[f"{world.root}.trainers"]
    spec = module.__spec__
    assert spec is not None
    loader = spec.loader
    assert loader is module.__loader__ is inspect.getattr_static(module, "__loader__")

    assert loader.get_source(module.__name__).startswith("'''Steps of v1.")  # type: ignore[union-attr]
    assert loader.get_filename(module.__name__) == module.__file__ == spec.origin  # type: ignore[union-attr]
    assert spec.has_location
    assert not loader.is_package(module.__name__)  # type: ignore[union-attr]
    assert package.__spec__ is not None
    assert package.__spec__.loader.is_package(package.__name__)  # type: ignore[union-attr]
    assert b"Steps of v1" in loader.get_data(str(module.__file__))  # type: ignore[union-attr]
    assert loader.get_code(module.__name__).co_filename == module.f.__code__.co_filename  # type: ignore[union-attr]
    for method in "get_source", "get_filename", "get_code", "is_package", "get_resource_reader":
        with pytest.raises(ImportError):
            getattr(loader, method)("another.name")
    with pytest.raises(OSError, match="no such file"):
        loader.get_data(world.repo.join("nothing.txt"))  # type: ignore[union-attr]


def test_one_blob_in_two_commits_compiles_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """N5: each commit's code has its own id."""
    from zenml_pin.importing.rewriting import compile as compiling

    same = "import trainers.step\ndef get():\n    import trainers.step as s\n    return s.__doc__, __name__\n"
    ids = [
        commit(
            world.repo,
            {"same.py": same, "trainers": {"__init__.py": "", "step.py": STEP.replace("VERSION", label)}},
        )
        for label in ("v3", "v4", "v5")
    ]
    compiled: list[object] = []
    real = compiling.compile_source

    def note(*args: object) -> object:
        compiled.append(args[2])
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "compile_source", note)

    modules = [world.module("same", commit_id) for commit_id in ids]

    assert [module.get()[0] for module in modules] == ["Steps of v3.", "Steps of v4.", "Steps of v5."]
    assert [module.get()[1] for module in modules] == [f"zenml_pin.at.g{commit_id}.same" for commit_id in ids]
    assert compiled.count("same.py") == 1
    assert compiled.count("trainers/step.py") == 3


def test_one_blob_is_compiled_anew_where_a_name_goes_elsewhere(world: World) -> None:
    """N5: the key contains the roots that are first-party in the commit."""
    text = "import colorsys\nhere = colorsys.__name__\n"
    with_own = commit(world.repo, {"same.py": text, "colorsys.py": ""})
    without = commit(world.repo, {"same.py": text}, checkout=False)
    sys.path.remove(world.repo.path)

    assert world.module("same", with_own).here == f"zenml_pin.at.g{with_own}.colorsys"
    assert world.module("same", without).here == "colorsys"


def test_undecodable_file_of_the_working_tree_gives_pythons_own_error(build: Build) -> None:
    """A new import of the working tree gives Python's message with the file's own name; a commit does the same."""
    world = build({"trainers": {"step.py": "class A: pass\n"}})
    zenml_pin.load("trainers.step.A", repo=world.repo.path)
    file = Path(world.repo.join("trainers", "step.py"))
    file.write_bytes(b"class A: name = 'caf\xe9'\n")
    later = file.stat().st_mtime + 10
    os.utime(file, (later, later))

    with pytest.warns(zenml_pin.UnpinnedWarning), pytest.raises(PinnedImportError) as caught:
        zenml_pin.load("trainers.step.A", repo=world.repo.path)

    cause = caught.value.__cause__
    assert isinstance(cause, SyntaxError)
    assert "utf-8" in str(cause).lower()


# What decides how a text is decoded: marks, declarations, ends of lines, and bytes that are not UTF-8.
PIECES = [
    b"\xef\xbb\xbf",
    b"# coding: latin-1",
    b"# -*- coding: utf-8 -*-",
    b"#coding=x",
    b"x = 1",
    b"\n",
    b"\r",
    b"\r\n",
]


@given(
    st.lists(st.sampled_from([*PIECES, "# ä".encode(), b"\xe4", b"\f", b"\0", b"coding"]), max_size=8).map(
        b"".join
    )
)
@example(b"x = 1\r")
def test_text_is_decoded_as_importlib_decodes_it(data: bytes) -> None:
    """Also where it is done without `tokenize`; what importlib refuses is refused."""
    try:
        expected = importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        # The newest Pythons refuse a null byte here, others where the text is compiled.
        with pytest.raises((SyntaxError, UnicodeDecodeError, ValueError)):
            compile(decode_text(data, "step.py"), "step.py", "exec")
        return

    text = decode_text(data, "step.py")

    # Before Python 3.15, importlib loses a carriage return at the end of a text.
    assert text == expected or (data.endswith(b"\r") and text == f"{expected}\n")
