"""requirements.txt: what it asks for, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zenml_pin.backends.environments.wanted import Libraries
from zenml_pin.errors import DocumentError

Read = Callable[..., Libraries]
HASH = "sha256:" + "a" * 64


def lines(libraries: Libraries) -> list[str]:
    """Return the installer's lines."""
    return [item.line("/files") for item in libraries.wanted]


def test_hashed_requirements_are_locked(read: Read) -> None:
    """Markers are evaluated for the Python, continued lines are one, comments do not count."""
    text = (
        "# made by a tool\n"
        f"Tiny_Thing==1.0 \\\n    --hash={HASH} \\\n    --hash={HASH[:-1]}b\n    # via x\n"
        f"old==2 ; python_version < '3.12' --hash={HASH}\n"
        f"new[fast]==3;python_version>='3.12' --hash={HASH}\n"
    )

    libraries = read({"requirements.txt": text})

    assert lines(libraries) == [
        f"new[fast]==3 --hash={HASH}",
        f"tiny-thing==1.0 --hash={HASH} --hash={HASH[:-1]}b",
    ]
    assert libraries.is_locked
    assert libraries.has_all_hashes


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("tiny==1.0\n", "has no hashes"),
        ("tiny==1.0\nother>=2\n", "1 of 2 requirements of 'requirements.txt' have no exact version"),
        ("tiny==1.*\n", "1 of 1 requirements"),
    ],
)
def test_what_is_not_locked_is_told(read: Read, text: str, note: str) -> None:
    """Others may be needed, and are chosen when it is installed."""
    libraries = read({"requirements.txt": text})

    assert not libraries.is_locked
    assert note in libraries.notes[0]


def test_includes_are_read_from_the_commit(read: Read) -> None:
    """Relative to the file that includes them; constraints say which version, if it is needed."""
    files = {
        "a": {"requirements.txt": "-r ../base.txt\n-c limits.txt\nmore==2\n", "limits.txt": "far==3\n"},
        "base.txt": "tiny==1.0\n-r base.txt\n",
    }

    libraries = read(files, "a")

    assert lines(libraries) == ["more==2", "tiny==1.0"]
    assert libraries.constraints == ("far==3",)


def test_the_project_itself_is_never_installed(read: Read) -> None:
    """Its own dependencies count; its code comes from the pin."""
    files = {
        "requirements.txt": "-e .[fast]\n./part\n",
        "pyproject.toml": '[project]\nname = "mine"\ndependencies = ["tiny>=1"]\n'
        '[project.optional-dependencies]\nfast = ["quick"]\n',
        "part": {"setup.py": "raise SystemExit('never run')"},
    }

    assert lines(read(files)) == ["quick", "tiny>=1"]


def test_this_package_is_never_installed(read: Read) -> None:
    """The release that is here runs, and that is told."""
    libraries = read({"requirements.txt": f"zenml_pin==0.0.1 --hash={HASH}\ntiny==1.0 --hash={HASH}\n"})

    assert lines(libraries) == [f"tiny==1.0 --hash={HASH}"]
    assert "this release runs instead" in libraries.notes[-1]


REFUSED = {
    "index": ("--index-url https://index.example.org/simple", "is an option, which is refused"),
    "extra index": ("--extra-index-url=https://index.example.org/simple", "is an option, which is refused"),
    "links": ("-fhttps://index.example.org/", "is an option, which is refused"),
    "trusted host": ("--trusted-host index.example.org", "is an option, which is refused"),
    "source": ("--no-binary :all:", "is an option, which is refused"),
    "url": ("tiny @ https://example.org/tiny.whl", "is required from a URL"),
    "git": ("tiny @ git+https://example.org/tiny@main", "is required from a URL"),
    "bare git": ("git+https://example.org/tiny", "is not a requirement"),
    "editable git": ("-e git+https://example.org/tiny#egg=tiny", "'tiny' is required from a URL"),
    "wheel": ("./wheels/tiny-1.0-py3-none-any.whl", "is required from the path"),
    "absolute": ("/etc/passwd", "is required from the path"),
    "file url": ("tiny @ file:///etc/passwd", "is required from a URL"),
}


@pytest.mark.parametrize(("line", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_leads_elsewhere_is_refused_by_name(read: Read, line: str, reason: str) -> None:
    """The error names file and line, and the option that allows it."""
    with pytest.raises(DocumentError, match=r"^requirements\.txt@\w{8}:2:1: ") as caught:
        read({"requirements.txt": f"fine==1\n{line}\n"})

    assert reason in caught.value.message


ALWAYS = {
    "variable": ("--index-url https://${TOKEN}@index.example.org/", "variables are never expanded"),
    "variable in a name": ("tiny==${VERSION}", "variables are never expanded"),
    "variable in an include": ("-r ${HOME}/x.txt", "variables are never expanded"),
    "file": ("tiny @ file:///etc/passwd", "which is not followed"),
    "out of the repository": ("../tiny-1.0-py3-none-any.whl", "is not a file of the commit"),
    "include from outside": ("-r ../../x.txt", "is not a file of the commit"),
    "include from a URL": ("-r https://example.org/x.txt", "is not a file of the commit"),
    "unknown option": ("--config-settings=x=y", "is not followed"),
    "no hash": ("tiny==1 --hash=md5:abc", "is not a hash that can be checked"),
    "no requirement": ("tiny = 1", "is not a requirement"),
}


@pytest.mark.parametrize(("line", "reason"), ALWAYS.values(), ids=ALWAYS)
def test_some_lines_are_refused_although_the_lock_is_trusted(read: Read, line: str, reason: str) -> None:
    """Nothing is taken from this machine's files or environment."""
    with pytest.raises(DocumentError, match=r"^requirements\.txt@\w{8}:1:1: ") as caught:
        read({"requirements.txt": f"{line}\n"}, trust=True)

    assert reason in caught.value.message


def test_a_trusted_lock_leads_elsewhere(read: Read) -> None:
    """uv gets its URLs, its indexes, and the wheels that are in the commit."""
    text = (
        "--index-url https://one.example.org/simple\n--extra-index-url https://two.example.org/simple\n--pre\n"
        "tiny @ https://example.org/tiny-1.0-py3-none-any.whl\n./wheels/more-2-py3-none-any.whl\n"
    )

    libraries = read({"requirements.txt": text, "wheels": {"more-2-py3-none-any.whl": b"PK"}}, trust=True)

    assert lines(libraries) == [
        "more @ file:///files/wheels/more-2-py3-none-any.whl",
        "tiny @ https://example.org/tiny-1.0-py3-none-any.whl",
    ]
    assert libraries.options == (
        "--default-index=https://one.example.org/simple",
        "--index=https://two.example.org/simple",
        "--prerelease=allow",
    )
