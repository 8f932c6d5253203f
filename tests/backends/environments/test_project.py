"""pyproject.toml without a lock: it gives ranges, and that is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zenml_pin.backends.environments.wanted import Libraries
from zenml_pin.errors import BackendError, DocumentError

Read = Callable[..., Libraries]
PROJECT = """\
[project]
name = "app"
dependencies = ["tiny>=1", "old; python_version < '3.12'", "part"]
[project.optional-dependencies]
more = ["quick"]
[dependency-groups]
dev = ["tool", {include-group = "base"}]
base = ["deep"]
docs = ["pages"]
[tool.uv.sources]
part = {workspace = true}
"""


def test_its_dependencies_are_ranges(read: Read) -> None:
    """Extras and groups count when they are asked for; a project of the workspace is not installed."""
    libraries = read({"pyproject.toml": PROJECT})

    assert [item.requirement for item in libraries.wanted] == ["deep", "tiny>=1", "tool"]
    assert not libraries.is_locked
    assert libraries.notes == (
        "not locked: the commit has no uv.lock, pylock.toml or requirements.txt, and 'pyproject.toml' gives ranges",
    )
    more = read({"pyproject.toml": PROJECT}, extras=("more",), groups=("docs",))
    assert [item.name for item in more.wanted] == ["deep", "pages", "quick", "tiny", "tool"]


def test_setuptools_files_of_dependencies_count(read: Read) -> None:
    """They are files of the commit."""
    text = '[project]\nname = "app"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
    files = {
        "pyproject.toml": text + 'dependencies = {file = ["needs/base.txt"]}\n',
        "needs": {"base.txt": "tiny\n"},
    }

    assert [item.requirement for item in read(files).wanted] == ["tiny"]


REFUSED = {
    "url": ('dependencies = ["x @ https://example.org/x.whl"]', "is required from a URL"),
    "variable": ('dependencies = ["x==${V}"]', "variables are never expanded"),
    "source": (
        'dependencies = ["x"]\n[tool.uv.sources]\nx = {git = "https://example.org/x"}',
        "a source of its own",
    ),
    "no text": ("dependencies = [1]", "a dependency is not a text"),
    "circle": ('[dependency-groups]\ndev = [{include-group = "dev"}]', "includes itself"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_leads_elsewhere_or_is_broken_is_refused(read: Read, text: str, reason: str) -> None:
    """The error names file and line."""
    with pytest.raises(DocumentError, match=r"^pyproject\.toml@\w{8}:\d+:1: ") as caught:
        read({"pyproject.toml": f'[project]\nname = "app"\n{text}\n'})

    assert reason in caught.value.message


def test_a_project_file_without_a_project_is_an_error(read: Read) -> None:
    """It may only configure tools."""
    with pytest.raises(BackendError, match=r"has no \[project\] table"):
        read({"pyproject.toml": "[tool.ruff]\n"})


def test_an_extra_or_group_that_does_not_exist_is_an_error(read: Read) -> None:
    """It lists those that exist."""
    with pytest.raises(BackendError, match="has no extra 'none'"):
        read({"pyproject.toml": PROJECT}, extras=("none",))
    with pytest.raises(BackendError, match="has no group 'none'") as caught:
        read({"pyproject.toml": PROJECT}, groups=("none",))
    assert caught.value.hint == "it has: base, dev, docs"
