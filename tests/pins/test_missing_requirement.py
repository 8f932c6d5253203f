"""The commit's requirement for a missing library, in all the ways that people write its name."""

from __future__ import annotations

import pytest

from tests.support.repositories import Files, Repo, commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.missing_requirement import find_requirement

SETUP_CFG = "[options]\ninstall_requires =\n    attrs>=23.1\n    Some_Library[fast] ~= 1.2\n"
PYPROJECT = '[project]\ndependencies = ["attrs>=23.1", "some.library==1.2"]\n'
SETUP_PY = "setup(\n    install_requires=[\n        'attrs>=23.1',\n        'some-library',\n    ],\n)\n"

# (the commit's files, the missing module, the answer)
CASES: dict[str, tuple[Files, str, tuple[str, str] | None]] = {
    "no files": ({}, "some_library", None),
    "requirements.txt": (
        {"requirements.txt": "attrs\nsome-library>=1,<2  # fits\n"},
        "some_library.part",
        ("requirements.txt", "some-library>=1,<2"),
    ),
    "setup.cfg": ({"setup.cfg": SETUP_CFG}, "some_library", ("setup.cfg", "Some_Library~= 1.2")),
    "pyproject.toml": (
        {"pyproject.toml": PYPROJECT},
        "some_library",
        ("pyproject.toml", "some.library==1.2"),
    ),
    "setup.py": ({"setup.py": SETUP_PY}, "some_library", ("setup.py", "some-library")),
    "the first file": (
        {"setup.py": SETUP_PY, "requirements.txt": "some_library==3\n"},
        "some_library",
        ("requirements.txt", "some_library==3"),
    ),
    "import name of its own": (
        {"requirements.txt": "PyYAML>=6\n"},
        "yaml.nodes",
        ("requirements.txt", "PyYAML>=6"),
    ),
    "another library": ({"requirements.txt": "some-library-more\nsome\n"}, "some_library", None),
    "a folder": ({"requirements.txt": {"some_library": ""}}, "some_library", None),
    "not text": (
        {"requirements.txt": b"\xff\nsome_library\n"},
        "some_library",
        ("requirements.txt", "some_library"),
    ),
}


@pytest.mark.parametrize(("files", "module", "answer"), CASES.values(), ids=CASES)
def test_line_is_found_by_the_librarys_name(
    repo: Repo, files: Files, module: str, answer: tuple[str, str] | None
) -> None:
    """Dots, dashes, underscores and upper case make no difference; a version is quoted as it is written."""
    commit_id = commit(repo, {"step.py": "", **files})
    with GitRepository.open(repo.path) as repository:
        assert find_requirement(CommitTree(repository.objects, commit_id), module) == answer
