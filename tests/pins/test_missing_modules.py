"""What a load says about a module that does not exist: whose it is, and what helps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit
from zenml_pin.pins import added_modules

HERE = sys.version_info[:2]
CLASS = "class A: pass\n"


def failure(repo: Repo, files: Files) -> zenml_pin.PinnedImportError:
    """Commit files beside `steps/a.py`, load its class A, and return the error."""
    return failure_at(repo, commit(repo, files))


def failure_at(repo: Repo, commit_id: str) -> zenml_pin.PinnedImportError:
    """Load the class A of a commit, and return the error."""
    with pytest.raises(zenml_pin.PinnedImportError) as caught:
        zenml_pin.load(f"steps.a.A@{commit_id}", repo=repo.path)
    return caught.value


def test_module_that_the_commit_lacks_is_named_as_the_commits(repo: Repo) -> None:
    """The message has the name as it is written, the line, and the commit; nothing has to be installed."""
    files: Files = {
        "steps": {"a.py": f"\nfrom models.lenia import X\n{CLASS}"},
        "models": {"__init__.py": ""},
    }

    error = failure(repo, files)

    assert error.message.endswith("has no module 'models.lenia', which steps/a.py:2 imports")
    assert error.hint == (
        "no commit on its line of history has that module: it was never committed, or is generated"
    )


@pytest.mark.parametrize("direction", ["earlier", "later"])
def test_nearest_commit_that_has_the_module_is_named(repo: Repo, direction: str) -> None:
    """Before or after: the commit to pin to, or to take the file from."""
    without: Files = {"steps": {"a.py": f"from .util import X\n{CLASS}"}}
    have: Files = {"steps": {"a.py": "", "util.py": "X = 1\n"}}
    ids = [commit(repo, files) for files in (have, without, without, without, have)]
    lacking = ids[1 if direction == "earlier" else 3]
    expected = ids[0 if direction == "earlier" else 4]

    error = failure_at(repo, lacking)

    assert error.hint == f"the nearest commit that has it is {expected}, 1 commit {direction}"


def test_history_beside_head_is_searched_backwards(repo: Repo) -> None:
    """A commit that HEAD does not lead to has only the commits before it."""
    first = commit(repo, {"steps": {"a.py": "", "util.py": "X = 1\n"}})
    beside = commit(repo, {"steps": {"a.py": f"import steps.util\n{CLASS}"}})
    commit(repo, {"steps": {"a.py": "", "util.py": "X = 2\n"}}, parent=None)

    error = failure_at(repo, beside)

    assert error.hint == f"the nearest commit that has it is {first}, 1 commit earlier"


LIBRARIES = {
    "import cv2": "install 'opencv-python', which has the module 'cv2' that the code imports",
    "import skimage.io": "install 'scikit-image', which has the module 'skimage' that the code imports",
    "from google.cloud import no_such": "install 'google-cloud-no-such', which has the module 'google",
    "import no_such_library.part": "install 'no_such_library', which the code imports",
    "import dulwich.no_such": "the installed 'dulwich' has no 'dulwich.no_such': install the release that",
    "import json.no_such": "'json.no_such' is not in the standard library of this Python",
}


@pytest.mark.parametrize(("statement", "hint"), LIBRARIES.items(), ids=LIBRARIES)
def test_hint_names_the_distribution(repo: Repo, statement: str, hint: str) -> None:
    """What pip installs often has another name than what code imports."""
    error = failure(repo, {"steps": {"a.py": f"{statement}\n{CLASS}"}})

    assert error.hint.startswith(hint)


def test_hint_names_the_distribution_of_a_shared_package(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package without a file belongs to no release of anything: another distribution adds the module."""
    (tmp_path / "lib" / "shared_by_many" / "one").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))

    error = failure(repo, {"steps": {"a.py": f"import shared_by_many.other\n{CLASS}"}})

    assert error.hint == "install 'shared_by_many', which the code imports"


def test_file_that_only_sys_path_leads_to_is_not_installed(repo: Repo) -> None:
    """A distribution of that name would be somebody else's."""
    step = {"a.py": f"import core_parts\n{CLASS}"}

    error = failure(repo, {"steps": step, "lib": {"core_parts": {"__init__.py": ""}}})

    assert error.hint.startswith("the commit has 'lib/core_parts/__init__.py', which only sys.path leads to")
    wrapped = failure(
        repo, {"steps": {"a.py": f"import no_such\n{CLASS}", "__init__.py": "", "no_such.py": ""}}
    )
    assert wrapped.hint == "install 'no_such', which the code imports"


NEWER = [
    (version, name)
    for version, names in added_modules.MODULES.items()
    for name in names.split()
    if version > HERE
]


@pytest.mark.parametrize(("version", "name"), NEWER or [((3, 99), "none")], ids=lambda value: str(value))
def test_module_of_a_newer_python_needs_that_python(repo: Repo, version: tuple[int, int], name: str) -> None:
    """It is in the standard library, so there is nothing to install."""
    if version > (3, 50):
        pytest.skip("this Python is the newest in the table")

    error = failure(repo, {"steps": {"a.py": f"import {name}\n{CLASS}"}})

    newer = ".".join(map(str, version))
    assert error.hint == f"Python {newer} added '{name}' to the standard library: use Python {newer} or newer"


@pytest.mark.parametrize(
    ("version", "name"),
    [(version, name) for version, names in added_modules.MODULES.items() for name in names.split()],
)
def test_table_of_added_modules_is_right_for_this_python(version: tuple[int, int], name: str) -> None:
    """What it says is added later is not here, and what was added is."""
    from importlib.util import find_spec

    def is_here() -> bool:
        try:
            return find_spec(name) is not None
        except ImportError:
            return False

    assert is_here() == (version <= HERE)


METADATA = "Metadata-Version: 2.1\nName: proj\nVersion: 3.2\n"
OWN_VERSION = {
    "package": "version(__package__)",
    "name": "version(__name__)",
    "first part": "version(__name__.split('.')[0])",
    "first part of the package": "version(__package__.partition('.')[0])",
    "module": "importlib.metadata.version(__name__)",
    "alias": "metadata.distribution(__package__).version",
    "fields": "metadata.metadata(__spec__.name)['Version']",
}


@pytest.mark.parametrize("expression", OWN_VERSION.values(), ids=OWN_VERSION)
def test_code_reads_the_version_of_its_own_distribution(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    """A package that takes the name from `__name__` or `__package__` finds its own version, as in a checkout."""
    (tmp_path / "proj-3.2.dist-info").mkdir()
    (tmp_path / "proj-3.2.dist-info" / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(tmp_path)
    text = (
        "import importlib.metadata\nfrom importlib import metadata\nfrom importlib.metadata import version\n"
        f"__version__ = {expression}\n"
    )
    commit_id = commit(repo, {"proj": {"__init__.py": text, "a.py": "class A: pass\n"}})

    module = zenml_pin.import_module("proj", commit_id, repo=repo.path)

    assert module.__version__ == "3.2"


def test_code_that_writes_our_name_means_this_package(repo: Repo) -> None:
    """`version("zenml_pin")` in pinned code is the version of this package."""
    text = "from importlib.metadata import version\nUSED = version('zenml_pin')\n"
    commit_id = commit(repo, {"proj": {"__init__.py": text}})

    module = zenml_pin.import_module("proj", commit_id, repo=repo.path)

    assert zenml_pin.__version__ == module.USED


def test_version_of_a_distribution_that_is_not_installed_is_refused_as_in_a_checkout(repo: Repo) -> None:
    """The error has the name as it is written, and the hint does not name this package."""
    text = f"from importlib.metadata import version\n__version__ = version(__package__)\n{CLASS}"

    error = failure(repo, {"steps": {"__init__.py": text, "a.py": CLASS}})

    assert error.message.endswith("No package metadata was found for steps")
    assert error.hint.startswith("the code reads the metadata of the distribution 'steps': install it")
