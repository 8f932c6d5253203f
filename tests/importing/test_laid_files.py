"""Files beside the code: code of a pin that looks beside itself finds what its commit has there, as in a checkout."""

from __future__ import annotations

import inspect
import os
import shutil
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.interleaving import at_every_moment
from tests.support.repositories import Executable, Link, Repo, commit
from zenml_pin.base import memory_folder
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.worktree_guard import Guard

Build = Callable[..., World]

HERE = "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
READ = (
    HERE + "def read(name):\n    with open(os.path.join(HERE, name)) as file:\n        return file.read()\n"
)


def laid_at(module: Any) -> Path:
    """Return the folder of laid files that a module's file is in."""
    return next(Path(folder) for folder in Guard.real_folders if module.__file__.startswith(folder + "/"))


def paths_in(folder: Path) -> set[str]:
    """Return the paths of all files and links below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def new_process(world: World, code: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run code in a new process in the working tree, with ROOT replaced by the pinned package."""
    script = textwrap.dedent(code).replace("ROOT", world.root)
    command = [sys.executable, "-B", "-c", script]
    return subprocess.run(
        command, cwd=world.repo.path, capture_output=True, text=True, check=False, timeout=120, **options
    )


SETTINGS = {
    "ConfigParser.read": "import configparser\nparser = configparser.ConfigParser()\n"
    "parser.read_dict({'train': {'rate': 'default'}})\nparser.read(os.path.join(HERE, 'settings.ini'))\n"
    "RATE = parser['train']['rate']\n",
    "os.path.exists": "path = os.path.join(HERE, 'settings.ini')\n"
    "RATE = open(path).read().split()[-1] if os.path.exists(path) else 'default'\n",
    "except OSError": "try:\n    RATE = open(os.path.join(HERE, 'settings.ini')).read().split()[-1]\n"
    "except OSError:\n    RATE = 'default'\n",
    "pathlib": "import pathlib\npath = pathlib.Path(__file__).with_name('settings.ini')\n"
    "RATE = path.read_text().split()[-1] if path.is_file() else 'default'\n",
    "the spec": "path = __spec__.origin.replace('step.py', 'settings.ini')\n"
    "RATE = open(path).read().split()[-1] if os.path.exists(path) else 'default'\n",
    "inspect.getfile": "import inspect\ndef here():\n    pass\nclass A: pass\n"
    "path = os.path.join(os.path.dirname(inspect.getfile(A)), 'settings.ini')\n"
    "RATE = open(path).read().split()[-1] if os.path.exists(path) else 'default'\n",
}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_settings_that_are_read_if_they_are_there_are_read(build: Build) -> None:
    """Each commit has its own; no way of asking for them gets "not there", or the working tree's."""
    packages: dict[str, Any] = {
        f"way{number}": {
            "__init__.py": "",
            "step.py": HERE + body,
            "settings.ini": "[train]\nrate = VERSION\n",
        }
        for number, body in enumerate(SETTINGS.values())
    }
    world = build(packages)

    rates = {
        name: [world.module(f"way{number}.step", version).RATE for version in (world.first, world.second)]
        for number, name in enumerate(SETTINGS)
    }

    assert rates == {name: ["v1", "v2"] for name in SETTINGS}


def test_plugins_that_are_found_by_listing_are_found(build: Build) -> None:
    """By glob, `os.listdir` and `pkgutil`; the working tree has one more."""
    listing = (
        "import glob, os, pkgutil\nHERE = os.path.dirname(__file__)\n"
        "FOUND = (sorted(os.path.basename(path) for path in glob.glob(os.path.join(HERE, 'plug_*.py'))),\n"
        "         sorted(name for name in os.listdir(HERE) if name.startswith('plug')),\n"
        "         sorted(info.name for info in pkgutil.iter_modules([HERE]) if info.name.startswith('plug')))\n"
    )
    world = build(
        {"steps": {"__init__.py": "", "plug_a.py": "", "plug_b.py": "", "step.py": listing}},
        {"steps": {"plug_c.py": ""}},
    )

    assert world.module("steps.step").FOUND == (
        ["plug_a.py", "plug_b.py"],
        ["plug_a.py", "plug_b.py"],
        ["plug_a", "plug_b"],
    )


def test_what_is_laid(build: Build) -> None:
    """The top-level package, other files of the folders above it, and folders there that the code names."""
    world = build(
        {
            "VERSION": "VERSION",
            "setup.cfg": "",
            "setup.py": "",
            "conf": {"deep": {"a.yaml": "VERSION"}},
            "other": {"b.yaml": ""},
            "src": {
                "data.csv": "VERSION",
                "beside.py": "",
                "pkg": {
                    "__init__.py": "",
                    "x.txt": "VERSION",
                    "deep": {"__init__.py": "", "step.py": READ + "CONF = '../../../conf/deep/a.yaml'\n"},
                    "__pycache__": {"x.pyc": b"bad"},
                },
                "single.py": READ,
            },
        }
    )
    module = world.module("pkg.deep.step")

    assert paths_in(laid_at(module)) == {
        *("VERSION", "setup.cfg", "conf/deep/a.yaml", "src/data.csv"),
        *("src/pkg/__init__.py", "src/pkg/x.txt", "src/pkg/deep/__init__.py", "src/pkg/deep/step.py"),
    }
    assert [module.read(f"../../../{name}") for name in ("VERSION", "conf/deep/a.yaml", "src/pkg/x.txt")] == [
        "v1"
    ] * 3
    single = world.module("single")
    assert single.read("data.csv") == "v1"
    assert {"src/beside.py", "src/single.py"} <= paths_in(laid_at(single))


def test_code_that_speaks_of_no_place_gets_no_files(build: Build) -> None:
    """`__name__` of a class, of a logger and of the main module are texts."""
    world = build(
        {
            "trainers": {
                "__init__.py": "",
                "step.py": "import logging\nLOG = logging.getLogger(__name__)\nclass Step: pass\n"
                "NAME = Step.__name__, repr(Step.__name__)\nif __name__ == '__main__':\n    pass\n",
            }
        }
    )
    before = dict(Guard.real_folders)

    module = world.module("trainers.step")

    assert not os.path.exists(str(module.__file__))
    assert before == Guard.real_folders


def test_module_that_is_passed_by_name_has_files(build: Build) -> None:
    """`Flask(__name__)` and the like look for the module's file."""
    world = build(
        {
            "app": {
                "__init__.py": "import os, sys\nclass App:\n    def __init__(self, name):\n"
                "        self.root = os.path.dirname(sys.modules[name].__file__)\n",
                "main.py": "from app import App\napp = App(__name__)\n",
                "templates": {"a.html": "VERSION"},
            }
        }
    )

    assert Path(world.module("app.main").app.root, "templates", "a.html").read_text() == "v1"


def test_base_class_finds_the_file_of_its_subclass(build: Build) -> None:
    """Only the base speaks of a place, and the subclass was loaded first: all modules get their real paths."""
    world = build(
        {
            "lib": {
                "base.py": "import inspect, os\nclass Base:\n    def settings(self):\n"
                "        folder = os.path.dirname(inspect.getfile(type(self)))\n"
                "        with open(os.path.join(folder, 'settings.txt')) as file:\n            return file.read()\n"
            },
            "trainers": {
                "__init__.py": "",
                "step.py": "from lib.base import Base\nclass Step(Base): pass\n",
                "settings.txt": "VERSION",
            },
        }
    )
    module = world.module("trainers.step")
    package = sys.modules[f"{world.root}.trainers"]
    folder = str(laid_at(module))

    assert module.Step().settings() == "v1"
    assert package.__file__ == f"{folder}/trainers/__init__.py"
    assert list(package.__path__) == [f"{folder}/trainers"]
    assert package.__spec__ is not None
    assert package.__spec__.origin == package.__file__
    assert list(sys.modules[f"{world.root}.lib"].__path__) == [f"{folder}/lib"]


def test_links_lead_to_what_they_lead_to_in_a_checkout(build: Build) -> None:
    """Targets are laid too, and links that leave the tree are not; a package may be a link itself."""
    world = build(
        {
            "real": {"__init__.py": "", "step.py": READ, "x.txt": "VERSION"},
            "pkg": Link("real"),
            "app": {
                "__init__.py": "",
                "step.py": READ,
                "one.txt": Link("../hop/x.txt"),
                "folder": Link("../assets"),
                "out.txt": Link("/etc/hostname"),
            },
            "hop": Link("real"),
            "assets": {"y.txt": "VERSION", "z.txt": Link("y.txt"), "run.sh": Executable("VERSION")},
        }
    )
    module = world.module("app.step")
    folder = laid_at(module)

    assert [module.read(name) for name in ("one.txt", "folder/y.txt", "folder/z.txt")] == ["v1"] * 3
    assert os.readlink(folder / "app" / "one.txt") == "../hop/x.txt"
    assert not os.path.lexists(folder / "app" / "out.txt")
    assert os.access(folder / "assets" / "run.sh", os.X_OK)
    assert world.module("pkg.step").read("x.txt") == "v1"


def test_files_are_private_and_read_only(build: Build) -> None:
    """Only the user can enter the folder; nothing in it can be written, unless by root."""
    module = build({"trainers": {"__init__.py": "", "step.py": READ, "x.txt": "VERSION"}}).module(
        "trainers.step"
    )
    folder = laid_at(module)

    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "trainers").stat().st_mode) == 0o500
    assert stat.S_IMODE((folder / "trainers" / "x.txt").stat().st_mode) == 0o400
    assert module.__file__ == str(folder / "trainers" / "step.py")


def write(file: Path) -> None:
    """Change a file's content."""
    file.chmod(0o600)
    file.write_text("v9")


def remove(file: Path) -> None:
    """Remove a file."""
    file.parent.chmod(0o700)
    file.unlink()


def replace(file: Path) -> None:
    """Put a link in its place."""
    remove(file)
    file.symlink_to("/etc/hostname")


def add(file: Path) -> None:
    """Write one more file beside it."""
    file.parent.chmod(0o700)
    file.with_name("cache.json").write_text("{}")


@pytest.mark.parametrize("tamper", [write, remove, replace, add])
def test_change_beside_the_code_is_detected(build: Build, tamper: Callable[[Path], None]) -> None:
    """Root may write; the next load, or the next module of the folder, says so. After `unload` all is laid again."""
    world = build({"trainers": {"__init__.py": "", "a.py": READ, "b.py": READ, "x.txt": "VERSION"}})
    module = world.module("trainers.a")
    tamper(laid_at(module) / "trainers" / "x.txt")

    with pytest.raises(zenml_pin.UnsupportedError, match="is not what commit"):
        world.module("trainers.b")

    zenml_pin.unload(world.first)
    assert world.module("trainers.b").read("x.txt") == "v1"


def test_load_whose_own_code_writes_beside_itself_is_an_error(build: Build) -> None:
    """Where the system lets it write, as for root; otherwise it is the system's own PermissionError."""
    world = build(
        {
            "trainers": {
                "__init__.py": "",
                "step.py": HERE + "open(os.path.join(HERE, 'cache.txt'), 'w').close()\nclass Step: pass\n",
            }
        }
    )

    with pytest.raises((zenml_pin.UnsupportedError, zenml_pin.PinnedImportError), match=r"cache\.txt"):
        zenml_pin.load(f"trainers.step.Step@{world.first}", repo=world.repo.path, allow_dirty=True)


def test_files_that_cannot_be_laid_are_an_error_that_names_them(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many, too large, no file system in memory: never a virtual path in silence."""
    world = build({"trainers": {"__init__.py": "", "step.py": READ, "big.bin": b"0" * 1000}})

    def refused(**options: Any) -> zenml_pin.UnsupportedError:
        with pytest.raises(zenml_pin.UnsupportedError, match="cannot be laid in memory") as caught:
            zenml_pin.import_module("trainers.step", world.first, repo=world.repo.path, **options)
        assert "materialize=DIR" in caught.value.hint
        return caught.value

    assert "'trainers/big.bin'" in refused(limits=zenml_pin.Limits(files=500)).message
    assert "more than the limit of 2" in refused(limits=zenml_pin.Limits(file_count=2)).message
    monkeypatch.setattr(memory_folder, "folders_in_memory", lambda: ["/nothing", "/proc"])
    zenml_pin.unload(world.second)
    with monkeypatch.context() as patched:
        patched.setattr("zenml_pin.importing.laid_files._folders", {})
        patched.setattr("zenml_pin.importing.laid_files._laid", {})
        assert "no file system in memory" in refused().message


def test_pointers_of_git_lfs_are_laid_with_a_warning(build: Build) -> None:
    """As in a clone without git-lfs; a repository need not lack all that its code never reads."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    world = build({"trainers": {"__init__.py": "", "step.py": READ, "big.bin": pointer}})

    with pytest.warns(zenml_pin.IncompleteFilesWarning, match="'trainers/big.bin'"):
        module = world.module("trainers.step")

    assert module.read("big.bin") == pointer


@pytest.mark.slow
def test_module_of_a_frame_is_found(build: Build) -> None:
    """Decorators of libraries ask `inspect.getmodule` for the module of their caller."""
    world = build(
        {
            "register.py": "import inspect\ndef register(cls):\n"
            "    cls.by = inspect.getmodule(inspect.stack()[1][0]).__name__\n    return cls\n",
            "step.py": "from register import register\n@register\nclass Step: pass\ndef f(): pass\n",
        }
    )
    module = world.module("step")

    assert module.Step.by == f"{world.root}.step"
    assert inspect.getmodule(module.f.__code__) is module


@pytest.mark.slow
def test_sixteen_threads_lay_one_commit(build: Build) -> None:
    """Each loads another module of the same two packages, and reads beside it."""
    modules = {f"m{number}.py": READ for number in range(16)}
    package: dict[str, Any] = {"__init__.py": "", "x.txt": "VERSION", **modules}
    world = build({"one": package, "two": package})
    barrier = threading.Barrier(16)
    values: list[str] = []

    def load(number: int) -> None:
        barrier.wait()
        values.extend(world.module(f"{name}.m{number}").read("x.txt") for name in ("one", "two"))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert values == ["v1"] * 32


@pytest.mark.slow
def test_module_that_another_thread_loads_meanwhile_has_its_files(repo: Repo) -> None:
    """Whenever it is loaded while the first module that speaks of its place is given one."""
    files = {
        "asks": {"__init__.py": "", "step.py": READ, "x.txt": "asked"},
        "base": {"__init__.py": "", "step.py": "", "y.txt": "there"},
    }
    pins: list[str] = []

    def beside(name: str) -> Path:
        file = zenml_pin.import_module(f"{name}.step", commit=pins[-1], repo=repo.path).__file__
        assert file is not None
        return Path(file).parent

    def load() -> tuple[str, str]:
        # One that was laid before would be used again.
        pins.append(commit(repo, {**files, "number": str(len(pins))}, checkout=False))
        return (beside("asks") / "x.txt").read_text(), (beside("base") / "y.txt").read_text()

    answers = at_every_moment(load, Namespace._move_to, lambda: beside("base"), every=3)

    assert set(answers) == {("asked", "there")}


def test_fork_reads_on_and_lays_more(build: Build) -> None:
    """The child outlives its parent; each of them can lay files that the other has not."""
    world = build(
        {
            "one": {"__init__.py": "", "step.py": READ, "x.txt": "VERSION"},
            "two": {"__init__.py": "", "step.py": READ, "y.txt": "VERSION"},
        }
    )

    done = new_process(
        world,
        """
        import importlib, os, sys
        one = importlib.import_module("ROOT.one.step")
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(writer)
            os.read(reader, 1)  # until the parent ends
            two = importlib.import_module("ROOT.two.step")
            print(one.read("x.txt"), two.read("y.txt"), flush=True)
            os._exit(0)
        two = importlib.import_module("ROOT.two.step")
        print(one.read("x.txt"), two.read("y.txt"), flush=True)
        """,
    )

    assert (done.stdout, done.stderr) == ("v1 v1\nv1 v1\n", "")


def test_process_removes_its_folder_at_its_end(build: Build) -> None:
    """And only its own: those of other processes, and of other users, stay."""
    world = build({"trainers": {"__init__.py": "", "step.py": READ, "x.txt": "VERSION"}})
    mine = laid_at(world.module("trainers.step"))

    done = new_process(world, "import ROOT.trainers.step as step\nprint(step.HERE)")

    assert done.stdout.startswith(str(mine.parents[1])), done.stderr
    assert not os.path.exists(done.stdout.strip())
    assert mine.is_dir()


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("delay", [0.0, 0.001, 0.003, 0.01, 0.03])
def test_killed_process_leaves_nothing_after_the_next_one(build: Build, tmp_path: Path, delay: float) -> None:
    """At any moment of laying; nothing but the folder of a living process is left."""
    memory = tmp_path / "memory"
    memory.mkdir()
    files = {f"f{number}.txt": "x" * 500 for number in range(300)}
    world = build({"trainers": {"__init__.py": "", "step.py": READ, **files}})
    script = f"""
        import os, signal, threading, time
        from zenml_pin.base import memory_folder
        memory_folder.use({str(memory)!r})
        made = os.mkdir
        def mkdir(path, mode=0o777, **options):
            made(path, mode, **options)
            threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGKILL)).start() if "zenml-pin" in str(path) else 0
        os.mkdir = mkdir
        import ROOT.trainers.step
        time.sleep(60)
        """

    assert new_process(world, script).returncode == -9

    assert len(os.listdir(memory)) == 1
    folder = memory_folder.MemoryFolder(str(memory))
    assert os.listdir(memory) == [os.path.basename(folder.path)]
    folder.close()
    assert os.listdir(memory) == []


def test_cleaning_follows_no_link_and_spares_other_users(tmp_path: Path) -> None:
    """A link with the name of a memory folder, or in one, leads nowhere."""
    prefix = f"zenml-pin-{os.geteuid()}-"
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "x").write_text("")
    (tmp_path / f"{prefix}link").symlink_to(keep)
    dead = tmp_path / f"{prefix}dead"
    (dead / "deep").mkdir(parents=True)
    (dead / "deep" / "out").symlink_to(keep)
    (dead / "deep").chmod(0o500)
    (tmp_path / "zenml-pin-99999999-other").mkdir()
    held = memory_folder.MemoryFolder(str(tmp_path))

    memory_folder.remove_unheld(str(tmp_path))

    left = {f"{prefix}link", "keep", "zenml-pin-99999999-other", os.path.basename(held.path)}
    assert set(os.listdir(tmp_path)) == left
    assert (keep / "x").exists()
    held.close()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not on PATH")
def test_full_file_system_is_a_clear_error(repo: Repo, tmp_path: Path) -> None:
    """A real one, in a mount namespace; files that were written are not taken for the whole."""
    head = commit(repo, {"trainers": {"__init__.py": "", "step.py": READ, "big.bin": b"0" * 300_000}})
    code = (
        "import zenml_pin\ntry:\n"
        f"    zenml_pin.import_module('trainers.step', '{head}')\n"
        "except zenml_pin.UnsupportedError as error:\n    print(error)\n"
    )
    # The repository itself may be in /dev/shm.
    mount = 'mount --bind . /mnt && mount -t tmpfs -o size=200k tmpfs /dev/shm && cd /mnt && exec "$@"'
    command = ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", code]

    done = subprocess.run(command, cwd=repo.path, capture_output=True, text=True, check=False)

    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert "cannot be laid in memory" in done.stdout, done.stderr
    assert "'trainers/big.bin'" in done.stdout
