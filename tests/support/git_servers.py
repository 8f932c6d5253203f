"""Git servers on loopback, for tests of fetching: git's own behind a small HTTP server, and one of dulwich's.

    with http_backend(root, filters=True) as server:
        load(source, repo=f"{server.url}/repo")
        print(server.requests, server.sent)

`sent` counts the bytes of bodies and headers. `spoil` changes an answer, so that a server gives wrong answers or hangs.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tests.support.repositories import Repo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wsgiref.types import ErrorStream

    from dulwich.server import BackendRepo

# The request that a handler got, and its answer: status, headers, body.
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Served:
    """A running server.

    Attributes:
        port: Its port on 127.0.0.1.
        log: Method and path of each request.
        sent: Bytes sent so far.
        headers: The headers of each request.
        spoil: Changes an answer, given the request's path and body.
    """

    port: int = 0
    log: list[str] = field(default_factory=list)
    sent: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    spoil: Callable[[str, bytes, Answer], Answer] = lambda path, body, answer: answer
    password: str | None = None

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> int:
        """The number of requests that it has answered."""
        return len(self.log)

    def reset(self) -> None:
        """Set the counts to zero."""
        self.log.clear()
        self.headers.clear()
        self.sent = 0


@contextlib.contextmanager
def http_backend(root: str | os.PathLike[str], *, version: int = 2, replay: bool = False) -> Iterator[Served]:
    """Serve every repository below a folder with `git http-backend`.

    Args:
        root: The folder.
        version: The newest protocol that the server speaks.
        replay: Repeat the recorded answer to a request that came before; this saves a process for each.
    """
    served = Served()
    known: dict[tuple[str, str, bytes], Answer] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Send head and body in one packet: otherwise each side would wait for the other.
        wbufsize = -1

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _answer(self, body: bytes) -> None:
            served.log.append(f"{self.command} {self.path}")
            served.headers.append(dict(self.headers.items()))
            answer: Answer = (401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            if served.password is None or self.headers.get("Authorization") == served.password:
                key = self.command, self.path, body
                answer = known.get(key) or _cgi(os.fspath(root), self, body, version)
                if replay:
                    known[key] = answer
            status, headers, content = served.spoil(self.path, body, answer)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            served.sent += sum(map(len, getattr(self, "_headers_buffer", []))) + 2 + len(content)
            with contextlib.suppress(OSError):
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Print nothing about clients that hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _cgi(root: str, request: BaseHTTPRequestHandler, body: bytes, version: int) -> Answer:
    path, _, query = request.path.partition("?")
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": root,
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "REQUEST_METHOD": request.command,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if version == 2:
        environment["GIT_PROTOCOL"] = request.headers.get("Git-Protocol", "")
    done = subprocess.run(
        ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    return int(headers.pop("Status", "200").split()[0]), headers, content


@contextlib.contextmanager
def dulwich_web(repo: Repo) -> Iterator[Served]:
    """Serve one repository with dulwich's own server."""
    from dulwich.repo import Repo as DulwichRepo

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

        def get_stderr(self) -> ErrorStream:
            return io.StringIO()

    with DulwichRepo(repo.gitdir) as opened:
        from dulwich.server import DictBackend
        from dulwich.web import make_wsgi_chain

        server = make_server(
            "127.0.0.1",
            0,
            make_wsgi_chain(DictBackend({b"/": cast("BackendRepo", opened)})),
            handler_class=Quiet,
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Served(server.server_port)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextlib.contextmanager
def daemon(root: str | os.PathLike[str]) -> Iterator[Served]:
    """Serve every repository below a folder with `git daemon`, a process for each connection."""
    command = [os.path.join(_exec_path(), "git-daemon"), "--inetd", "--export-all", f"--base-path={root}"]
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}

    def answer(connection: socket.socket) -> None:
        subprocess.run(
            [*command, os.fspath(root)],
            env=environment,
            stdin=connection.fileno(),
            stdout=connection.fileno(),
            stderr=subprocess.DEVNULL,
        )

    # Our own listener: a port that is looked up for another process may be taken before that has it.
    with listener(answer) as server:
        yield server


def _exec_path() -> str:
    return subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()


@contextlib.contextmanager
def listener(answer: Callable[[socket.socket], None]) -> Iterator[Served]:
    """Serve connections with any function."""
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                opened.append(connection)
                threading.Thread(target=_serve, args=(answer, connection), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield Served(server.getsockname()[1])
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            for connection in opened:
                connection.close()
    thread.join()


def _serve(answer: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with contextlib.suppress(OSError), connection:
        answer(connection)


def fake_ssh(folder: Path) -> Path:
    """Put a program `ssh` into a folder; it runs its command on this machine. Return its log's path."""
    log = folder / "ssh.log"
    program = folder / "ssh"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> "{log}"\nfor last; do :; done\n'
        'case "$*" in *version=2*) export GIT_PROTOCOL=version=2;; esac\nexec sh -c "$last"\n'
    )
    program.chmod(0o755)
    return log
