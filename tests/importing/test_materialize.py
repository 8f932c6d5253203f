"""materialize=DIR: a commit's verified files in a real folder, for native code and for `open` beside `__file__`."""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import pkgutil
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.ended_process import ended
from tests.support.importing.two_versions import World
from tests.support.interleaving import at_every_moment
from tests.support.repositories import Executable, Link, Repo, Submodule, commit, snapshot
from zenml_pin.at import registry
from zenml_pin.cli import main
from zenml_pin.importing import materialize as materializing

Build = Callable[..., World]

FILES: dict[str, Any] = {
    "trainers": {
        "__init__.py": "",
        "step.py": "import os, sys\nfrom trainers.helper import LABEL\n"
        "def data():\n    with open(os.path.join(os.path.dirname(__file__), 'data.txt')) as file:\n"
        "        return file.read()\n"
        "def helper_by_path():\n    sys.path.insert(0, os.path.dirname(__file__))\n    import helper\n"
        "    return helper.LABEL\n"
        "class Trainer:\n    value = LABEL\n    data = staticmethod(data)\n",
        "helper.py": "LABEL = 'VERSION'\n",
        "data.txt": "VERSION",
    },
    "run.sh": "echo VERSION\n",
}
SOURCE = """\
#include <Python.h>
static int fill(PyObject *module) { return PyModule_AddIntConstant(module, "VALUE", VALUE_HERE); }
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fast", NULL, 0, NULL, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModuleDef_Init(&definition); }
"""
SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]


@pytest.fixture
def world(build: Build) -> Iterator[World]:
    """Two versions of a package with data, and an edited working tree."""
    world = build(FILES)
    yield world
    zenml_pin.unload(world.first)
    zenml_pin.unload(world.second)


def load(world: World, folder: Path, commit_id: str | None = None) -> Any:
    """Load the class of the first commit, or of another, from a directory."""
    source = f"trainers.step.Trainer@{commit_id or world.first}"
    return zenml_pin.load(source, repo=world.repo.path, allow_dirty=True, materialize=folder)


def laid_out(directory: Path) -> Path:
    """Return the only folder in a directory."""
    (folder,) = directory.iterdir()
    return folder


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """Compiled extension modules `fast`, by their VALUE."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    include = sysconfig.get_path("include")
    if compiler is None or not os.path.exists(os.path.join(include, "Python.h")):
        pytest.skip("there is no C compiler, or Python's headers are not installed")
    folder = tmp_path_factory.mktemp("native")
    for value in (1, 2):
        source = folder / f"fast{value}.c"
        source.write_text(SOURCE.replace("VALUE_HERE", str(value)))
        command = [compiler, "-shared", "-fPIC", "-O0", "-I", include, str(source), "-o", f"{source}.so"]
        subprocess.run(command, check=True, capture_output=True)
    return {value: (folder / f"fast{value}.c.so").read_bytes() for value in (1, 2)}


@pytest.fixture
def natives(repo: Repo, native: dict[int, bytes]) -> Iterator[tuple[str, str]]:
    """Two commits whose native module has other values, also as a package."""

    def files(value: int) -> dict[str, Any]:
        lib = Executable(native[value])
        inner = {f"__init__{SUFFIX}": lib, "more.py": f"VALUE = {value}\n"}
        return {
            "trainers": {"step.py": "from trainers.fast import VALUE\n", f"fast{SUFFIX}": lib, "fa": inner}
        }

    first = commit(repo, files(1))
    second = commit(repo, files(2))
    yield first, second
    zenml_pin.unload(first)
    zenml_pin.unload(second)


@pytest.mark.slow
def test_native_modules_of_two_commits_side_by_side(
    repo: Repo, natives: tuple[str, str], tmp_path: Path
) -> None:
    """Each has its pinned name and its own folder, and importlib's loader loads it."""
    steps = [
        zenml_pin.import_module("trainers.step", name, repo=repo.path, materialize=tmp_path / "out")
        for name in natives
    ]
    modules = [sys.modules[f"zenml_pin.at.g{name}.trainers.fast"] for name in natives]

    assert [module.VALUE for module in steps] == [1, 2]
    assert [module.VALUE for module in modules] == [1, 2]
    for module, name in zip(modules, natives, strict=True):
        assert isinstance(module.__loader__, importlib.machinery.ExtensionFileLoader)
        assert module.__name__ == f"zenml_pin.at.g{name}.trainers.fast"
        assert str(module.__file__).startswith(str(tmp_path / "out"))
    assert sys.modules.keys().isdisjoint({"trainers", "fast"})


def test_native_code_in_memory_says_what_would_load_it(repo: Repo, natives: tuple[str, str]) -> None:
    """The refusal is the same as before, and its hint names materialize; after unloading the commit, it works."""
    with pytest.raises(zenml_pin.PinnedImportError, match="native code") as caught:
        zenml_pin.import_module("trainers.step", natives[0], repo=repo.path)

    assert "materialize=DIR" in caught.value.hint


def test_native_file_that_was_changed_after_the_load_is_refused(
    repo: Repo, natives: tuple[str, str], tmp_path: Path
) -> None:
    """It is hashed again immediately before it is loaded."""
    with zenml_pin.checkout(natives[0], repo=repo.path, materialize=tmp_path / "out") as tree:
        file = laid_out(tmp_path / "out") / "trainers" / f"fast{SUFFIX}"
        file.chmod(0o755)
        file.write_bytes(file.read_bytes() + b"\0")

        with pytest.raises(zenml_pin.UnsupportedError, match="is not what commit"):
            tree.import_module("trainers.fast")


def test_native_code_of_another_python_is_refused(repo: Repo, tmp_path: Path) -> None:
    """Only this interpreter's suffixes load; its last one, `.so`, does not match `.cpython-27.so`."""
    head = commit(repo, {"trainers": {"fast.cpython-27-sparc.so": b"\x7fELF"}})

    with pytest.raises(zenml_pin.PinnedImportError, match="native code"):
        zenml_pin.import_module("trainers.fast", head, repo=repo.path, materialize=tmp_path / "out")


def test_file_relative_data_is_the_commits(world: World, tmp_path: Path) -> None:
    """`open(dirname(__file__)/...)` works, and each of two versions has its own data."""
    classes = [load(world, tmp_path / "out", name) for name in (world.first, world.second)]

    assert [(cls.value, cls.data()) for cls in classes] == [("v1", "v1"), ("v2", "v2")]


def test_python_source_comes_from_git(world: World, tmp_path: Path) -> None:
    """A changed .py file in the folder does not run; code has its real file name."""
    with zenml_pin.checkout(world.first, repo=world.repo.path, materialize=tmp_path / "out") as tree:
        helper = laid_out(tmp_path / "out") / "trainers" / "helper.py"
        helper.chmod(0o644)
        helper.write_text("LABEL = 'changed'\n")
        (helper.parent / "extra.py").write_text("LABEL = 'extra'\n")
        module = tree.import_module("trainers.step")

        assert module.Trainer.value == "v1"
        assert module.data.__code__.co_filename == str(helper.with_name("step.py"))
        with pytest.raises(ModuleNotFoundError, match="no module 'extra'"):
            importlib.import_module(f"{world.root}.trainers.extra")


def test_paths_point_into_the_folder(world: World, tmp_path: Path) -> None:
    """`__file__` and `__path__` are real, pkgutil lists without importing, and absent names are None as always."""
    load(world, tmp_path / "out")
    package = sys.modules[f"{world.root}.trainers"]
    folder = laid_out(tmp_path / "out") / "trainers"

    assert package.__file__ == str(folder / "__init__.py")
    assert list(package.__path__) == [str(folder)]
    assert [info.name for info in pkgutil.iter_modules(package.__path__)] == ["helper", "step"]
    assert importlib.util.find_spec(f"{world.root}.trainers.nothing") is None
    assert not list(folder.rglob("__pycache__"))


def test_folder_of_a_file_on_sys_path_leads_back_into_the_pin(world: World, tmp_path: Path) -> None:
    """Old code puts it there. Each of two versions gets its own, whichever comes first on sys.path."""
    for name, value in ((world.first, "v1"), (world.second, "v2"), (world.first, "v1")):
        load(world, tmp_path / "out", name)
        assert sys.modules[f"zenml_pin.at.g{name}.trainers.step"].helper_by_path() == value

    assert "helper" not in sys.modules


def test_folder_inside_the_working_tree(world: World) -> None:
    """DIR may be inside the repository; its files do not count as working-tree files."""
    cls = load(world, Path(world.repo.path, ".cache"))

    assert (cls.value, cls.data()) == ("v1", "v1")


def test_folder_has_the_files_of_the_commit(repo: Repo, tmp_path: Path) -> None:
    """Read-only files with their executable bits, and links that stay inside; no submodule, no bytecode."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    files: dict[str, Any] = {
        "a": {"__init__.py": "", "run.sh": Executable("x"), "__pycache__": {"a.pyc": b"bad"}},
        "inside": Link("a/run.sh"),
        "a.link": Link("a"),
        "out": Link("../../secret"),
        "absolute": Link("/etc/passwd"),
        "hop": Link("out/x"),
        "sub": Submodule("1" * 40),
        "big.bin": pointer,
    }
    head = commit(repo, files, checkout=False)
    with zenml_pin.checkout(head, repo=repo.path, materialize=tmp_path / "out") as tree:
        tree.import_module("a")
    folder = laid_out(tmp_path / "out")
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}

    assert set(paths) == {"a", "a/__init__.py", "a/run.sh", "inside", "a.link", "big.bin"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(paths["a/run.sh"].stat().st_mode) == 0o555
    assert stat.S_IMODE(paths["big.bin"].stat().st_mode) == 0o444
    assert (os.readlink(paths["inside"]), os.readlink(paths["a.link"])) == ("a/run.sh", "a")
    assert paths["big.bin"].read_text() == pointer
    assert len(folder.name) == 40


def test_sound_folder_is_used_again(world: World, tmp_path: Path) -> None:
    """A second use writes nothing; foreign bytecode is removed."""
    load(world, tmp_path / "out")
    folder = laid_out(tmp_path / "out")
    before = {path: info for path, info in snapshot(folder).items() if path.startswith("trainers/")}
    zenml_pin.unload(world.first)
    (folder / "trainers" / "__pycache__").mkdir()

    assert load(world, tmp_path / "out").data() == "v1"
    assert {path: info for path, info in snapshot(folder).items() if path.startswith("trainers/")} == before


def edit(file: Path) -> None:
    """Change a file's content."""
    file.chmod(0o644)
    file.write_text("changed")


def link(file: Path) -> None:
    """Put a link in its place."""
    outside = file.parents[2] / "elsewhere.txt"
    file.rename(outside)
    file.symlink_to(outside)


def fifo(file: Path) -> None:
    """Put a file there that would block a reader."""
    file.unlink()
    os.mkfifo(file)


TAMPERED: dict[str, Callable[[Path], Any]] = {
    "edited": edit,
    "removed": os.unlink,
    "executable": lambda file: file.chmod(0o755),
    "a link": link,
    "a fifo": fifo,
    "one more file": lambda file: file.with_name("more.txt").write_text(""),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_folder_that_was_changed_is_refused(
    world: World, tmp_path: Path, tamper: Callable[[Path], object]
) -> None:
    """It is never used silently; after it is removed, it is written again."""
    load(world, tmp_path / "out")
    zenml_pin.unload(world.first)
    folder = laid_out(tmp_path / "out")
    tamper(folder / "trainers" / "data.txt")

    with pytest.raises(zenml_pin.UnsupportedError, match=f"is not what commit {world.first} has") as caught:
        load(world, tmp_path / "out")

    assert str(folder) in caught.value.hint
    shutil.rmtree(folder)
    assert load(world, tmp_path / "out").data() == "v1"


def test_link_that_replaces_the_folder_is_refused(world: World, tmp_path: Path) -> None:
    """Even if it leads to the right files."""
    load(world, tmp_path / "out")
    zenml_pin.unload(world.first)
    folder = laid_out(tmp_path / "out")
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")

    with pytest.raises(zenml_pin.UnsupportedError, match="is not what commit"):
        load(world, tmp_path / "out")


def test_commit_that_is_loaded_another_way_is_refused(world: World, tmp_path: Path) -> None:
    """In memory, or in another DIR; the same DIR is allowed, and unload forgets it."""
    in_memory = world.module("trainers.step")
    with pytest.raises(zenml_pin.UnsupportedError, match="loaded in memory") as caught:
        load(world, tmp_path / "one")
    assert "unload" in caught.value.hint
    assert not (tmp_path / "one").exists()
    zenml_pin.unload(world.first)

    cls = load(world, tmp_path / "one")
    assert load(world, tmp_path / "one") is cls
    assert world.module("trainers.step").Trainer is cls
    with pytest.raises(zenml_pin.UnsupportedError, match="one"):
        load(world, tmp_path / "two")
    zenml_pin.unload(world.first)

    assert world.module("trainers.step").__file__ == in_memory.__file__


def test_block_that_ends_leaves_nothing_materialized(world: World, tmp_path: Path) -> None:
    """Later loads are in memory, because nothing requests more; the block itself may be entered again."""
    block = zenml_pin.checkout(world.first, repo=world.repo.path, materialize=tmp_path / "out")
    for _ in range(2):
        with block as tree:
            assert tree.import_module("trainers.step").data() == "v1"

    assert str(tmp_path) not in str(world.module("trainers.step").__file__)
    with pytest.raises(zenml_pin.UnsupportedError, match="loaded in memory"), block:
        pass


def test_refused_load_leaves_nothing_materialized(world: World, tmp_path: Path) -> None:
    """A load of a folder with uncommitted changes is refused; the next load does not use the directory."""
    with pytest.raises(zenml_pin.UncommittedChangesError):
        zenml_pin.load(
            f"trainers.step.Trainer@{world.first}", repo=world.repo.path, materialize=tmp_path / "out"
        )

    assert str(tmp_path) not in str(world.module("trainers.step").__file__)


@pytest.mark.slow
def test_two_processes_at_the_same_moment(world: World, tmp_path: Path) -> None:
    """Both load; one folder remains, it is complete, and there is nothing beside it."""
    code = (
        "import sys, zenml_pin; sys.stdin.readline();"
        f"print(zenml_pin.import_module('trainers.step', '{world.first}', materialize=sys.argv[1]).data())"
    )
    command = [sys.executable, "-B", "-c", code, str(tmp_path / "out")]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=world.repo.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    with ExitStack() as block:
        running = [block.enter_context(ended(start())) for _ in range(2)]
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=60)[0].strip() for process in running]

    assert outputs == ["v1", "v1"]
    assert len(os.listdir(tmp_path / "out")) == 1


def test_bytecode_that_another_process_removes_at_the_same_time_is_no_fault(
    world: World, tmp_path: Path
) -> None:
    """Both verify the folder, and remove what Python has written there."""
    load(world, tmp_path / "out")
    tree = registry.find_tree(world.first, None)
    bytecode = laid_out(tmp_path / "out") / "trainers" / "__pycache__"

    def verify() -> str:
        bytecode.mkdir(exist_ok=True)
        (bytecode / "step.cpython-313.pyc").write_bytes(b"")
        return materializing.materialize(tree, str(tmp_path / "out"))

    for function in (materializing._remove_bytecode, materializing._on_disk):
        answers = at_every_moment(
            verify, function, lambda: shutil.rmtree(bytecode, ignore_errors=True), every=7
        )
        assert set(answers) == {str(bytecode.parents[1])}


def test_other_process_that_was_faster(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder exists when ours is to be renamed: it is verified and used, and ours is removed."""
    load(world, tmp_path / "theirs")
    zenml_pin.unload(world.first)
    rename = os.rename

    def late(source: str, target: str) -> None:
        shutil.copytree(laid_out(tmp_path / "theirs"), target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", late)

    assert load(world, tmp_path / "out").data() == "v1"
    assert len(os.listdir(tmp_path / "out")) == 1


def test_failed_write_leaves_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no partial folder and no temporary one; the error is ours and names the directory."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(zenml_pin.UnsupportedError, match="No space left on device"):
        load(world, tmp_path / "out")

    assert os.listdir(tmp_path / "out") == []


def test_directory_that_cannot_be_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only, or a file: one typed error. A complete folder in a read-only directory is used."""
    (tmp_path / "file").write_text("")
    with pytest.raises(zenml_pin.UnsupportedError, match="cannot be materialized in"):
        load(world, tmp_path / "file")
    load(world, tmp_path / "out")
    zenml_pin.unload(world.first)

    def read_only(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    # Root can write despite the mode, so the test fakes the error of the disk.
    monkeypatch.setattr("tempfile.mkdtemp", read_only)
    assert load(world, tmp_path / "out").data() == "v1"
    with pytest.raises(zenml_pin.UnsupportedError, match="Permission denied"):
        load(world, tmp_path / "out", world.second)


def test_too_large_a_file_is_refused_before_anything_stays(repo: Repo, tmp_path: Path) -> None:
    """The limits come from the caller."""
    head = commit(repo, {"a.py": "", "big.bin": b"0" * 100})

    with pytest.raises(zenml_pin.LimitError):
        zenml_pin.import_module(
            "a", head, repo=repo.path, materialize=tmp_path / "out", limits=zenml_pin.Limits(source=50)
        )

    assert os.listdir(tmp_path / "out") == []


def test_nothing_else_is_written(world: World, tmp_path: Path) -> None:
    """P2: worktree, `.git`, sys.path, hooks and plain names do not change; without materialize=, neither does DIR."""

    def state() -> list[object]:
        plain = {name for name in sys.modules if name.partition(".")[0] in ("trainers", "helper")}
        return [
            snapshot(world.repo.path),
            sys.path[:],
            sys.meta_path[:],
            sys.path_hooks[:],
            os.getcwd(),
            plain,
        ]

    import zenml_pin.at  # this installs the finder; a load never does

    before = state()
    load(world, tmp_path / "out").data()
    written = snapshot(tmp_path / "out")
    world.module("trainers.step", world.second)
    zenml_pin.unload(world.first)

    assert state() == before
    assert snapshot(tmp_path / "out") == written


def test_command_line(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`zenml-pin load --materialize DIR`."""
    monkeypatch.chdir(world.repo.path)
    source = f"trainers.step.Trainer@{world.first}"

    assert main(["load", source, "--allow-dirty", "--materialize", str(tmp_path / "out")]) == 0

    assert (laid_out(tmp_path / "out") / "trainers" / "data.txt").read_text() == "v1"


def test_caches_that_tools_keep_beside_bytecode_stay(world: World, tmp_path: Path) -> None:
    """numba's, which belong to a file of that name; bytecode is removed."""
    load(world, tmp_path / "out")
    zenml_pin.unload(world.first)
    cache = laid_out(tmp_path / "out") / "trainers" / "__pycache__"
    cache.mkdir()
    (cache / "step.data-2.py313.nbi").write_text("index")
    (cache / "step.cpython-313.pyc").write_text("bytecode")

    assert load(world, tmp_path / "out").data() == "v1"
    assert os.listdir(cache) == ["step.data-2.py313.nbi"]
