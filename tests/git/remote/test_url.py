"""URLs: which texts are URLs, and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zenml_pin.git.remote.url import is_url, local_path, redacted, split_url, without_secrets

URLS = {
    "https": "https://example.org/repo.git",
    "http with a port": "http://example.org:8080/repo",
    "ssh": "ssh://git@example.org:22/srv/repo.git",
    "ssh, short": "git@example.org:team/repo.git",
    "git": "git://example.org/repo",
    "file": "file:///srv/repo",
    "unknown scheme": "ftp://example.org/repo",
}
PATHS = ["/srv/repo", "repo", "../repo", "C:", "a:b", "a@b", "trainers/step@2:x", "repo@host:/x y", ""]


@pytest.mark.parametrize("text", URLS.values(), ids=URLS)
def test_url_is_distinguished_from_a_path(text: str) -> None:
    """By its scheme; ssh's short form by its user and host."""
    assert is_url(text)


@pytest.mark.parametrize("text", PATHS)
def test_path_is_not_a_url(text: str) -> None:
    """Whatever characters it contains."""
    assert not is_url(text)


def test_short_form_is_ssh() -> None:
    """Its path starts in the user's home folder, so it does not begin with a slash."""
    parts = split_url("git@example.org:team/repo.git")

    assert (parts.scheme, parts.username, parts.hostname, parts.path) == (
        "ssh",
        "git",
        "example.org",
        "team/repo.git",
    )


@pytest.mark.parametrize(
    "text", ["https:///repo", "https://host:70000/repo", "https://host:0/", "ext::sh://x"]
)
def test_malformed_url_is_a_value_error(text: str) -> None:
    """Also git's transports that run a command."""
    with pytest.raises(ValueError, match=r"."):
        split_url(text)


def test_file_url_is_a_path() -> None:
    """Its escapes are decoded; another URL is not a path."""
    assert local_path("file:///srv/my%20repo") == "/srv/my repo"
    assert local_path("https://example.org/repo") is None


def test_secrets_are_not_shown() -> None:
    """User, password, query and fragment are removed; the user of ssh is part of the address."""
    assert redacted("https://ada:s3cret@example.org:8443/r.git?t=1#x") == "https://example.org:8443/r.git"
    assert redacted("https://t0ken@example.org/r") == "https://example.org/r"
    assert redacted("ssh://git:s3cret@example.org/r") == "ssh://git@example.org/r"
    assert redacted("git@example.org:r") == "git@example.org:r"


@pytest.mark.slow
@given(st.text(st.characters(exclude_characters="/?#@:\\ ", categories=["L", "N", "P"]), min_size=8))
def test_no_password_is_shown(password: str) -> None:
    """Neither in a URL nor in a server's message, plain or with escapes."""
    from urllib.parse import quote

    url = f"https://ada:{quote(password)}@example.org/r"

    assert password not in redacted(url)
    shown = without_secrets(f"no access to {url}, said {password}", url)
    assert password not in shown
    assert quote(password) not in shown
