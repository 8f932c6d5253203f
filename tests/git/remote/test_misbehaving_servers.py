"""Servers that hang, break off, lie or send too much: the result is a verified answer or a typed error, in time."""

from __future__ import annotations

import os
import pickle
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git_servers import Answer, Served, http_backend, listener
from tests.support.repositories import commit, init, pack as pack_all, put
from tests.support.repository_on_server import PATH, SOON, fresh as fresh, read, served as served, small
from tests.support.thorough import usually
from zenml_pin.base.limits import MIB, Limits
from zenml_pin.errors import (
    CommitNotFoundError,
    LimitError,
    ObjectNotFoundError,
    PinError,
    RemoteError,
    RemoteTimeoutError,
)
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.remote.object_source import RemoteSource

pytestmark = [pytest.mark.usefixtures("fresh")]


def is_fetch(path: str, body: bytes) -> bool:
    """Tell whether a request is for objects."""
    return b"command=fetch" in body


def packet(data: bytes) -> bytes:
    """Return a line of the protocol."""
    return f"{len(data) + 4:04x}".encode() + data


def sent(pack: bytes) -> bytes:
    """Return a pack as protocol v2 sends it."""
    return packet(b"packfile\n") + packet(b"\1" + pack) + b"0000"


# Silence


STAGES = {
    "what it can": lambda path, body: "info/refs" in path,
    "its refs": lambda path, body: b"ls-refs" in body,
    "objects": is_fetch,
}


@pytest.mark.quick(every=3)
@pytest.mark.git
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_server_that_hangs_is_given_up(
    served: tuple[Served, str, str], stage: Callable[[str, bytes], bool]
) -> None:
    """In whichever request it stops to answer."""
    server, url, first = served
    over = threading.Event()

    def hang(path: str, body: bytes, answer: Answer) -> Answer:
        if stage(path, body):
            over.wait()
        return answer

    server.spoil = hang
    try:
        with pytest.raises(RemoteTimeoutError, match=r"has not answered within 0\.3 seconds") as caught:
            read(url, first, SOON)
    finally:
        over.set()
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.hint


DRIPS = {
    "before the first line": ("http", b""),
    "among the headers": ("http", b"HTTP/1.1 200 OK\r\n"),
    "in the body": ("http", b"HTTP/1.1 200 OK\r\n\r\n"),
    "in a line of git's protocol": ("git", b"fff0"),
}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize(("scheme", "first"), DRIPS.values(), ids=DRIPS)
def test_server_that_drips_is_given_up(scheme: str, first: bytes) -> None:
    """A byte now and then does not keep a connection open for ever."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        while not over.wait(0.02):
            connection.sendall(b"X")

    with listener(drip) as server:
        try:
            with pytest.raises(RemoteTimeoutError):
                read(f"{scheme}://127.0.0.1:{server.port}/repo", "e" * 40, SOON)
        finally:
            over.set()


@pytest.mark.slow
def test_ssh_that_hangs_is_ended(tmp_path: Path) -> None:
    """The started program has ended afterwards."""
    program = tmp_path / "ssh"
    program.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/new && mv {tmp_path}/new {tmp_path}/pid\nexec /bin/sleep 600\n"
    )
    program.chmod(0o755)
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    for seconds in (2, 60):
        # A busy machine may need longer until the program has begun.
        if not (tmp_path / "pid").exists():
            with pytest.raises(RemoteTimeoutError):
                read("ssh://example.org/repo", "e" * 40, Limits(timeout=seconds))

    pid = int((tmp_path / "pid").read_text())
    for thread in threading.enumerate():
        if thread.name == "zenml-pin-fetch":
            thread.join(10)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_nothing_listens_on_the_port() -> None:
    """The error names the URL."""
    with pytest.raises(RemoteError, match=r"remote repository 'http://127\.0\.0\.1:1/repo' failed"):
        read("http://127.0.0.1:1/repo", "e" * 40)
    with pytest.raises(RemoteError, match=r"remote repository 'git://127\.0\.0\.1:1/repo' failed"):
        read("git://127.0.0.1:1/repo", "e" * 40)


# Wrong answers


@pytest.mark.git
def test_other_object_is_refused(served: tuple[Served, str, str], tmp_path: Path) -> None:
    """A sound pack of another object does not replace the requested one."""
    server, url, first = served
    pack = _pack_of(tmp_path)
    server.spoil = lambda path, body, answer: (200, answer[1], sent(pack)) if is_fetch(path, body) else answer

    with pytest.raises(RemoteError, match=f"sent other objects than '{first}'"):
        read(url, first)


def _pack_of(root: Path) -> bytes:
    """Return a pack with one file."""
    other = init(root / "other", bare=True)
    put(other, "blob", b"EPOCHS = 666\n")
    return Path(pack_all(other) + ".pack").read_bytes()


@pytest.mark.git
@pytest.mark.slow
def test_bytes_that_are_missing_or_wrong_are_noticed(
    served: tuple[Served, str, str], announce: Callable[[str], None]
) -> None:
    """The answer is cut off and changed at every fifth byte, or at each: an error, or the committed file, comes of it.

    A change may hit other parts of the answer, such as a progress message, and then does no harm.
    """
    server, url, first = served
    assert read(url, first) == b"EPOCHS = 1\n"
    count = {"refused": 0, "right all the same": 0}
    length, step = 0, usually(5, 1)

    def ask(spoil: Callable[[bytes], bytes]) -> None:
        def change(path: str, body: bytes, answer: Answer) -> Answer:
            nonlocal length
            if not is_fetch(path, body):
                return answer
            length = max(length, len(answer[2]))
            return answer[0], answer[1], spoil(answer[2])

        server.spoil = change
        os.environ["XDG_CACHE_HOME"] = ""
        os.environ.pop("HOME", None)
        try:
            content = read(url, first)
        except (RemoteError, CommitNotFoundError, ObjectNotFoundError):
            count["refused"] += 1
        else:
            assert content == b"EPOCHS = 1\n"
            count["right all the same"] += 1

    ask(lambda data: data)
    for position in range(0, length, step):
        ask(lambda data, at=position: data[:at])  # type: ignore[misc]
        ask(lambda data, at=position: data[:at] + bytes([data[at % len(data)] ^ 0x41]) + data[at + 1 :])  # type: ignore[misc]
    announce(f"remote, {length // step} bytes cut off and changed: {count}")
    assert count["refused"] > length // step


GARBAGE: dict[str, Answer] = {
    "a page": (200, {"Content-Type": "text/html"}, b"<html>Please log in</html>"),
    "a page that says it is git's": (
        200,
        {"Content-Type": "application/x-git-upload-pack-result"},
        b"<html>Please log in</html>",
    ),
    "nothing": (200, {"Content-Type": "application/x-git-upload-pack-result"}, b""),
    "zeros": (200, {"Content-Type": "application/x-git-upload-pack-advertisement"}, b"\0" * 1000),
    "an error": (500, {}, b"Traceback: secret\n"),
    "not found": (404, {}, b""),
    "forbidden": (403, {}, b""),
    "an error of git's": (
        200,
        {"Content-Type": "application/x-git-upload-pack-result"},
        packet(b"ERR \x1b[2Jno, not now\n"),
    ),
    "compressed": (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\0" * 50),
}


@pytest.mark.quick(every=3)
@pytest.mark.git
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_no_answer(
    served: tuple[Served, str, str], stage: Callable[[str, bytes], bool], garbage: Answer
) -> None:
    """Whatever a server sends as its answer, the error is ours, has one line, and survives pickling."""
    server, url, first = served
    server.spoil = lambda path, body, answer: garbage if stage(path, body) else answer

    with pytest.raises(PinError) as caught:
        read(url, first)

    assert isinstance(caught.value, (RemoteError, LookupError))
    assert str(caught.value).isprintable()
    assert url in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "said", [b"", b"garbage", b"0000", b"fffe", b"0004", b"000eversion 2\n", bytes(range(64))]
)
def test_garbage_over_gits_protocol_is_no_answer(said: bytes) -> None:
    """The same as over HTTP."""

    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with listener(answer) as server, pytest.raises(RemoteError):
        read(f"git://127.0.0.1:{server.port}/repo", "e" * 40)


@pytest.mark.git
def test_redirects_end(served: tuple[Served, str, str]) -> None:
    """A circle is an error; a few redirects are followed."""
    server, url, first = served
    server.spoil = lambda path, body, answer: (302, {"Location": path}, b"")
    with pytest.raises(RemoteError):
        read(url, first)
    assert server.requests < 10

    moved = url.replace("/repo", "/moved")
    server.spoil = lambda path, body, answer: (
        (302, {"Location": path.replace("/moved", "/repo")}, b"") if path.startswith("/moved") else answer
    )
    assert read(moved, first) == b"EPOCHS = 1\n"


# Too much


@pytest.mark.git
def test_answer_is_bounded(served: tuple[Served, str, str]) -> None:
    """The limit counts received bytes; the caller sets it."""
    server, url, first = served
    server.spoil = lambda path, body, answer: (200, answer[1], answer[2] + b"0" * 200_000)

    with pytest.raises(LimitError, match="more than the limit of 100000") as caught:
        read(url, first, Limits(bundle=100_000))
    assert "limits=Limits(bundle=...)" in caught.value.hint


@pytest.mark.slow
@pytest.mark.git
def test_pack_that_inflates_to_gigabytes_is_refused(served: tuple[Served, str, str], tmp_path: Path) -> None:
    """By the sizes in its entries, before it is inflated; or by the real sizes, where those are false."""
    import hashlib
    import zlib

    server, url, first = served
    size = 64 * MIB
    stream = zlib.compress(b"\0" * size)
    for claimed in (size, 10):
        header, rest = [0x30 | claimed & 15], claimed >> 4
        while rest:
            header[-1] |= 0x80
            header.append(rest & 0x7F)
            rest >>= 7
        body = b"PACK\0\0\0\2\0\0\0\1" + bytes(header) + stream
        pack = body + hashlib.sha1(body).digest()
        frames = b"".join(packet(b"\1" + pack[at : at + 60_000]) for at in range(0, len(pack), 60_000))
        answer = packet(b"packfile\n") + frames + b"0000"
        server.spoil = lambda path, body, usual, answer=answer: (  # type: ignore[misc]
            (200, usual[1], answer) if is_fetch(path, body) else usual
        )

        with pytest.raises((LimitError, RemoteError)):
            read(url, first, Limits(bundle=MIB))


# Continuing


@pytest.mark.slow
@pytest.mark.git
def test_threads_share_a_source(tmp_path: Path) -> None:
    """Each thread gets the object that it needs, and every object is fetched once."""
    from concurrent.futures import ThreadPoolExecutor

    repo, first = small(tmp_path)
    changes = [{"trainers": {"mine": {"helper.py": f"EPOCHS = {number}\n"}}} for number in range(2, 7)]
    commits = [first, *(commit(repo, change, base=first) for change in changes)]
    with http_backend(tmp_path) as server:
        source = RemoteSource(f"{server.url}/repo")
        objects = Objects(source)
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda name: CommitTree(objects, name).read(PATH), commits * 4))
        source.close()

    assert read == [f"EPOCHS = {number + 1}\n".encode() for number in range(6)] * 4
    assert len(server.log) <= 2 + 4 * 6


@pytest.mark.git
def test_connection_that_the_server_closed_is_opened_again(tmp_path: Path) -> None:
    """A source survives a closed connection, and a restarted server."""
    _, first = small(tmp_path)
    with http_backend(tmp_path) as server:
        source = RemoteSource(f"{server.url}/repo")
        tree = CommitTree(Objects(source), first)
        source.close()
        assert tree.read(PATH) == b"EPOCHS = 1\n"
        source.close()


@pytest.mark.slow
@pytest.mark.git
@pytest.mark.filterwarnings("ignore:This process")
def test_child_of_a_fork_has_its_own_connection(tmp_path: Path) -> None:
    """Parent and child send requests at the same time; before the fork they had one connection."""
    _, first = small(tmp_path)
    with http_backend(tmp_path) as server:
        source = RemoteSource(f"{server.url}/repo")
        tree = CommitTree(Objects(source), first)
        child = os.fork()
        if not child:
            os._exit(0 if tree.read(PATH) == b"EPOCHS = 1\n" else 1)
        assert tree.read("README.md") == b"A repository.\n"
        assert os.waitpid(child, 0)[1] == 0
        source.close()


def test_nothing_is_asked_before_something_is_read(tmp_path: Path) -> None:
    """A new source sends no request."""

    connections: list[socket.socket] = []

    with listener(connections.append) as server:
        RemoteSource(f"http://127.0.0.1:{server.port}/repo").close()
        RemoteSource("https://no.such.host.example.org/repo").close()

    assert connections == []
