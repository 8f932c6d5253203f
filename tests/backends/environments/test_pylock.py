"""pylock.toml (PEP 751): uv writes it, and what is read of it is what uv would install."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.wanted import Libraries, PythonMisfitError
from zenml_pin.errors import BackendError, DocumentError

Read = Callable[..., Libraries]
HASH = "a" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "a test"\nrequires-python = ">=3.11"\nextras = ["more"]\n'


def package(name: str, rest: str = "", tag: str = "py3-none-any") -> str:
    """Return the table of a package with a wheel."""
    url = f"https://files.example.org/{name}-1.0-{tag}.whl"
    wheels = f'wheels = [{{ url = "{url}", hashes = {{ sha256 = "{HASH}" }} }}]\n'
    return f'\n[[packages]]\nname = "{name}"\nversion = "1.0"\n{rest}{wheels}'


def test_packages_are_asked_for_by_name_version_and_hash(read: Read) -> None:
    """Markers and extras decide; URLs of files and indexes are not followed; a folder is not installed."""
    text = (
        HEAD
        + package("tiny", 'index = "https://index.example.org/simple"\n')
        + package("old", "marker = \"python_version < '3.12'\"\n")
        + package("more", "marker = \"'more' in extras\"\n")
        + '\n[[packages]]\nname = "app"\ndirectory = { path = "." }\n'
    )

    libraries = read({"pylock.toml": text})

    assert [item.line("") for item in libraries.wanted] == [f"tiny==1.0 --hash=sha256:{HASH}"]
    assert libraries.has_all_hashes
    assert libraries.options == ()
    assert [item.name for item in read({"pylock.toml": text}, extras=("more",)).wanted] == ["more", "tiny"]
    assert read({"pylock.toml": text}, trust=True).options == ("--index=https://index.example.org/simple",)


def test_a_python_without_a_wheel_does_not_fit(read: Read) -> None:
    """Another one of this machine is tried."""
    text = HEAD + package("tiny", tag="cp311-none-any")

    with pytest.raises(PythonMisfitError, match="No wheel found"):
        read({"pylock.toml": text})

    assert read({"pylock.toml": text}, python=InstalledPython("/nowhere", "3.11.5")).wanted


REFUSED = {
    "archive": (
        'archive = { url = "https://example.org/x.whl", hashes = { sha256 = "' + HASH + '" } }',
        "URL",
    ),
    "path": ('archive = { path = "x.whl", hashes = { sha256 = "' + HASH + '" } }', "path"),
    "vcs": (
        'vcs = { type = "git", url = "https://example.org/x", commit-id = "' + "c" * 40 + '" }',
        "git repository",
    ),
}


@pytest.mark.parametrize(("source", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_leads_elsewhere_is_refused_by_name(read: Read, source: str, reason: str) -> None:
    """The error names file and line; a trusted lock is followed."""
    files = {"pylock.toml": f'{HEAD}\n[[packages]]\nname = "x"\n{source}\n', "x.whl": b"PK"}

    with pytest.raises(DocumentError, match=r"^pylock\.toml@\w{8}:6:1: 'x' is required from ") as caught:
        read(files)

    assert reason in caught.value.message
    assert " @ " in read(files, trust=True).wanted[0].line("/files")


BROKEN = {
    "version": ('lock-version = "9.0"\ncreated-by = "x"\npackages = []\n', "1:1: "),
    "nothing": ("", "1:1: "),
    "package": (f"{HEAD}\n[[packages]]\nversion = '1'\n", "6:1: "),
    "outside": (f'{HEAD}\n[[packages]]\nname = "x"\ndirectory = {{ path = "../x" }}\n', "6:1: "),
}


@pytest.mark.parametrize(("text", "place"), BROKEN.values(), ids=BROKEN)
def test_a_broken_lock_is_an_error_with_file_and_line(read: Read, text: str, place: str) -> None:
    """`packaging` says what is wrong."""
    with pytest.raises(DocumentError, match=r"^pylock\.toml@\w{8}:") as caught:
        read({"pylock.toml": text})

    assert place in caught.value.message


def test_an_extra_that_does_not_exist_is_an_error(read: Read) -> None:
    """It lists those that exist."""
    with pytest.raises(BackendError, match="has no extra 'none'") as caught:
        read({"pylock.toml": HEAD + package("tiny")}, extras=("none",))

    assert caught.value.hint == "it has: more"
