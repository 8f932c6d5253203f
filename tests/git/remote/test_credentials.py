"""Credentials: where they come from, which servers get them, and that no message shows them."""

from __future__ import annotations

import base64
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git_servers import Answer, Served, http_backend
from tests.support.repository_on_server import fresh as fresh, read, served as served
from zenml_pin.errors import (
    RemoteError,
)

pytestmark = [pytest.mark.usefixtures("fresh")]


def packet(data: bytes) -> bytes:
    """Return a line of the protocol."""
    return f"{len(data) + 4:04x}".encode() + data


URLS = {
    "user and password": "http://ada:s3cret%21@127.0.0.1:{}/repo",
    "a token": "http://s3cret%21@127.0.0.1:{}/repo",
}


@pytest.mark.slow
@pytest.mark.git
def test_password_in_a_url_is_used(served: tuple[Served, str, str]) -> None:
    """Escapes in it are decoded."""
    server, _, first = served
    server.password = _basic("ada:s3cret!")

    assert read(URLS["user and password"].format(server.port), first) == b"EPOCHS = 1\n"


def _basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


FILES = {
    "netrc": (".netrc", "machine 127.0.0.1 login ada password s3cret!\n"),
    "store": (".git-credentials", "http://other:no@example.org\nhttp://ada:s3cret%21@127.0.0.1\n"),
    "store, by XDG": (".config/git/credentials", "http://ada:s3cret%21@127.0.0.1\n"),
}


@pytest.mark.quick(every=3)
@pytest.mark.git
@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_stored_credentials_are_used_when_the_server_requires_them(
    served: tuple[Served, str, str], tmp_path: Path, name: str, text: str
) -> None:
    """The first request goes without them; those for another user or another host are not used."""
    server, url, first = served
    os.environ["HOME"] = str(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    (tmp_path / name).chmod(0o600)
    server.password = _basic("ada:s3cret!")

    assert read(url, first) == b"EPOCHS = 1\n"
    assert "Authorization" not in server.headers[0]
    with pytest.raises(RemoteError, match="refuses access"):
        read(url.replace("//", "//grace@"), "e" * 40)


@pytest.mark.git
def test_credentials_go_to_no_other_server(served: tuple[Served, str, str], tmp_path: Path) -> None:
    """A redirect to another host or port does not get them."""
    server, _, first = served
    server.password = _basic("ada:s3cret!")
    with http_backend(tmp_path) as other:
        server.spoil = lambda path, body, answer: (302, {"Location": f"{other.url}{path}"}, b"")

        assert read(URLS["user and password"].format(server.port), first) == b"EPOCHS = 1\n"

    assert other.requests > 0
    assert all("authorization" not in {name.lower() for name in headers} for headers in other.headers)


SPOILED: dict[str, Callable[[str], Answer]] = {
    "refused": lambda url: (401, {"WWW-Authenticate": "Basic"}, b""),
    "an error": lambda url: (500, {}, url.encode()),
    "repeated by the server": lambda url: (
        200,
        {"Content-Type": "application/x-git-upload-pack-advertisement"},
        packet(f"ERR no access for {url} with s3cret!\n".encode()),
    ),
    "redirected with a query": lambda url: (302, {"Location": "/elsewhere?token=s3cret!"}, b""),
}


@pytest.mark.git
@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)
def test_no_secret_is_in_any_error(
    served: tuple[Served, str, str], kind: str, spoiled: Callable[[str], Answer]
) -> None:
    """Neither message, hint and arguments, nor the whole traceback contains one."""
    server, _, first = served
    url = URLS[kind].format(server.port)
    server.spoil = lambda path, body, answer: spoiled(url)

    with pytest.raises(RemoteError) as caught:
        read(url, first)

    error = caught.value
    shown = [*traceback.format_exception(error), repr(error), error.hint, str(error.args), str(vars(error))]
    assert "s3cret" not in "".join(shown)
    assert error.place == f"http://127.0.0.1:{server.port}/repo"


def test_no_secret_is_in_an_address(tmp_path: Path) -> None:
    """Nor does the name of a repository."""
    from zenml_pin.git.any_repository import get_address, open_repository

    address = get_address("https://ada:s3cret@example.org/repo?token=s3cret")
    repository = open_repository(address)

    assert "s3cret" not in repr(address)
    assert "s3cret" not in repository.root
    assert "s3cret" not in repository.objects.source.label
