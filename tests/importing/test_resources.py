"""Data files of pinned packages: importlib.resources and pkgutil read the commit's files (N9, N10)."""

from __future__ import annotations

import importlib
import importlib.resources
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.importing.two_versions import World
from tests.support.repositories import Link, Submodule

Build = Callable[..., World]

# The package has a Git LFS pointer, and its code speaks of `__path__`.
pytestmark = pytest.mark.filterwarnings("ignore::zenml_pin.IncompleteFilesWarning")
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
FILES: dict[str, Any] = {
    "trainers": {
        "__init__.py": "",
        "labels.txt": "VERSION labels\r\n",
        "raw.bin": b"\x00\xff\r\n",
        "big.bin": LFS,
        "linked.txt": Link("data/deep.txt"),
        "outside.txt": Link("/etc/hostname"),
        "sub": Submodule("1" * 40),
        "data": {"deep.txt": "VERSION deep"},
        "step.py": "import importlib.resources\nimport importlib.resources as res\nimport pkgutil\n"
        "from importlib import resources\nfrom importlib.resources import files as get\n"
        "def own(): return res.files(__package__).joinpath('labels.txt').read_text().split()[0]\n"
        "def named(): return importlib.resources.files('trainers').joinpath('labels.txt').read_text().split()[0]\n"
        "def direct(): return get('trainers').joinpath('data', 'deep.txt').read_text().split()[0]\n"
        "def legacy(): return resources.files('trainers.data').joinpath('deep.txt').read_text().split()[0]\n"
        "def data(): return pkgutil.get_data('trainers', 'labels.txt').decode().split()[0]\n"
        "def own_data(): return pkgutil.get_data(__package__, 'data/deep.txt').decode().split()[0]\n"
        "def as_file():\n"
        "    with resources.as_file(resources.files('trainers') / 'labels.txt') as path:\n"
        "        return path.read_text().split()[0]\n"
        "def modules(): return [m.name for m in pkgutil.iter_modules(__import__('trainers').__path__)]\n",
    },
    "spread": {"x.txt": "VERSION"},
    "src": {"spread": {"y.txt": "VERSION src", "inner": {"z.txt": "VERSION"}}},
    "top.py": "",
    "top.txt": "VERSION top",
}


@pytest.fixture
def world(build: Build) -> World:
    """A package with data, and a namespace package in two source roots."""
    return build(FILES)


@pytest.mark.parametrize("way", ["own", "named", "direct", "legacy", "data", "own_data", "as_file"])
def test_data_is_the_commits(world: World, way: str) -> None:
    """Whichever way pinned code reads it, through its own package or a plain name."""
    importlib.import_module("trainers.step")

    assert getattr(world.module("trainers.step"), way)() == "v1"
    assert getattr(world.module("trainers.step", world.second), way)() == "v2"


def test_bytes_are_the_blobs(world: World) -> None:
    """Line endings and git's filters do not change them."""
    world.module("trainers")
    files = importlib.resources.files(f"{world.root}.trainers")

    assert (files / "labels.txt").read_bytes() == b"v1 labels\r\n"
    assert (files / "raw.bin").read_bytes() == b"\x00\xff\r\n"
    assert (files / "linked.txt").read_text() == "v1 deep"
    with (files / "labels.txt").open("rb") as stream:
        assert stream.read(2) == b"v1"


def test_folders_list_what_the_commit_has(world: World) -> None:
    """Not what is on disk."""
    Path(world.repo.join("trainers", "untracked.txt")).write_text("worktree")
    world.module("trainers")
    files = importlib.resources.files(f"{world.root}.trainers")

    assert {item.name for item in files.iterdir()} == set(FILES["trainers"])
    assert (files / "data").is_dir()
    assert not (files / "untracked.txt").is_file()
    with pytest.raises(FileNotFoundError):
        (files / "untracked.txt").read_text()
    with pytest.raises(OSError):  # noqa: PT011
        (files / "data").read_bytes()


@pytest.mark.parametrize("name", ["outside.txt", "sub", "../../../etc/hostname", "/etc/hostname"])
def test_nothing_outside_the_commit_is_read(world: World, name: str) -> None:
    """A link out of the tree, a submodule, or a path that leads upward."""
    module = world.module("trainers")

    assert not importlib.resources.files(module).joinpath(name).is_file()
    with pytest.raises(OSError):  # noqa: PT011
        importlib.resources.files(module).joinpath(name).read_bytes()
    with pytest.raises(OSError):  # noqa: PT011
        pkgutil.get_data(f"{world.root}.trainers", name.strip("/"))


def test_lfs_pointer_is_not_handed_out_as_the_data(world: World) -> None:
    """Its content is not in git, and the error says this."""
    module = world.module("trainers")

    with pytest.raises(OSError, match="Git LFS pointer"):
        importlib.resources.files(module).joinpath("big.bin").read_bytes()
    with pytest.raises(OSError, match="Git LFS pointer"):
        pkgutil.get_data(module.__name__, "big.bin")


def test_namespace_package_has_the_files_of_all_portions(world: World) -> None:
    """From both source roots."""
    world.module("spread")
    files = importlib.resources.files(f"{world.root}.spread")

    assert {item.name for item in files.iterdir()} == {"x.txt", "y.txt", "inner"}
    assert (files / "inner" / "z.txt").read_text() == "v1"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="plain modules are anchors from 3.12 on")
def test_plain_module_is_an_anchor(world: World) -> None:
    """It means its folder."""
    module = world.module("top")

    assert importlib.resources.files(module).joinpath("top.txt").read_text() == "v1 top"


def test_old_functions_read_the_commits_files(world: World) -> None:
    """The functions of importlib.resources that take a package and a name."""
    import warnings

    package = world.module("trainers").__name__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert importlib.resources.read_text(package, "labels.txt").startswith("v1")
        assert importlib.resources.read_binary(package, "raw.bin") == b"\x00\xff\r\n"
        assert importlib.resources.is_resource(package, "labels.txt")
        assert not importlib.resources.is_resource(package, "data")
        assert "labels.txt" in list(importlib.resources.contents(package))
        with importlib.resources.path(package, "labels.txt") as path:
            assert path.read_bytes() == b"v1 labels\r\n"


def test_pkgutil_lists_the_commits_modules(world: World) -> None:
    """Through the path hook."""
    Path(world.repo.join("trainers", "untracked.py")).write_text("")
    package = world.module("trainers")

    assert [(m.name, m.ispkg) for m in pkgutil.iter_modules(package.__path__, "p.")] == [("p.step", False)]
    root = sys.modules[world.root]
    assert [m.name for m in pkgutil.iter_modules(root.__path__)] == ["top", "trainers"]
    assert [m.name for m in pkgutil.walk_packages(root.__path__, world.root + ".")] == [
        f"{world.root}.{name}" for name in ("top", "trainers", "trainers.step")
    ]
    assert world.module("trainers.step").modules() == ["step"]


def test_path_joined_with_nothing_is_itself(world: World) -> None:
    """Its name is also the same; as_file uses it for the folder that it writes."""
    files = importlib.resources.files(world.module("trainers"))

    assert (files.joinpath().name, files.joinpath("data/").name) == ("trainers", "data")
