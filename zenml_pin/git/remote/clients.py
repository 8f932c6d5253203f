"""dulwich's clients, one for each scheme. Each counts its bytes, can be ended from outside, and leaves nothing open.

    http, https   urllib3; see `http`
    git           a socket
    ssh           the program `ssh` (or GIT_SSH_COMMAND): the only one that is ever started, and only for such a URL

No client reads a repository's configuration. A client never tells a server which objects exist here, so that no pack
leaves out the bases of its deltas, although dulwich's server requires a client that accepts such packs.
"""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import unquote

from dulwich.client import HttpGitClient, SSHGitClient, SubprocessSSHVendor, TCPGitClient
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError
from dulwich.protocol import TCP_GIT_PORT, Protocol

from zenml_pin.base import environment
from zenml_pin.git.remote.http import Pages, refuse_error
from zenml_pin.git.remote.url import split_url
from zenml_pin.git.settings import user_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any
    from urllib.parse import SplitResult

    from dulwich.client import SubprocessWrapper

    from zenml_pin.git.remote.exchange import TransferMeter

    Connected = tuple[Protocol, Callable[[], bool], IO[bytes] | None]


class _Counted(Protocol):
    """A connection that counts received bytes, and raises an error that the server sends."""

    meter: TransferMeter

    def read_pkt_line(self) -> bytes | None:
        line = super().read_pkt_line()
        if line is not None:
            self.meter.add(len(line) + 4)
            refuse_error(b"0000" + line)
        return line


def _counted(protocol: Protocol, meter: TransferMeter) -> Protocol:
    counted = _Counted(protocol.read, protocol.write, protocol.close, shutdown_write=protocol.shutdown_write)
    counted.meter = meter
    return counted


class HttpRemote(HttpGitClient):
    """Over HTTP."""

    _opened: Pages

    @classmethod
    def open(cls, parts: SplitResult) -> HttpRemote:
        """Return a client for a URL; it connects on first use."""
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        url = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
        pages: Any = Pages(url, user, _http_settings())
        # A user without a password only selects whose credentials are looked up; git would ask for a password.
        client = cls(url, pool_manager=pages, username=user if password else None, password=password)
        client._opened = pages
        return client

    def meet(self, meter: TransferMeter) -> None:
        """Begin an exchange."""
        self._opened.meter = meter

    def leave(self) -> None:
        """End an exchange; connections stay open for the next one."""

    def forget(self) -> None:
        """Forget the list of refs, so that the next exchange requests it again."""
        self._opened.forget()

    def give_up(self) -> None:
        """Do nothing: waits on the network have timeouts."""

    def close(self) -> None:
        """Close every connection."""
        self._opened.close()

    @staticmethod
    def _warn_filter_objects() -> None:
        """Do nothing: a server without filters sends more objects, not fewer."""


class _Stream:
    """The common methods of the clients that open one connection for each exchange."""

    meter: TransferMeter
    _protocol: Protocol | None = None

    def meet(self, meter: TransferMeter) -> None:
        """Begin an exchange."""
        self.meter = meter

    def forget(self) -> None:
        """Do nothing: each exchange requests the list of refs again."""

    def close(self) -> None:
        """Do nothing: each exchange closes its connection."""

    def leave(self) -> None:
        """End an exchange; close the connection, which dulwich leaves open after an error."""
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            with contextlib.suppress(Exception):
                protocol.close()

    def _keep(self, connected: Connected) -> Connected:
        self._protocol = _counted(connected[0], self.meter)
        return self._protocol, *connected[1:]

    @staticmethod
    def _warn_filter_objects() -> None:
        """Do nothing: a server without filters sends more objects, not fewer."""


class GitRemote(_Stream, TCPGitClient):
    """Over git's own protocol."""

    _socket: socket.socket | None = None

    @classmethod
    def open(cls, parts: SplitResult) -> GitRemote:
        """Return a client for a URL; it connects on first use."""
        return cls(parts.hostname or "", port=parts.port or TCP_GIT_PORT)

    def give_up(self) -> None:
        """End the exchange: shut the socket down."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _connect(self, cmd: bytes, path: str | bytes, protocol_version: int | None = None) -> Connected:
        # A little longer than the exchange may take, so that the exchange ends first.
        seconds = max(0.0, self.meter.seconds_left()) + 1
        connection = self._socket = socket.create_connection((self._host, self._port), seconds)
        file = connection.makefile("rb")

        def close() -> None:
            file.close()
            connection.close()

        def write(data: bytes) -> int:
            connection.sendall(data)
            return len(data)

        protocol = Protocol(file.read, write, close)
        text = path if isinstance(path, bytes) else path.encode()
        version = b"\0\0version=2\0" if protocol_version == 2 else b""
        protocol.send_cmd(
            b"git-" + cmd,
            text.removeprefix(b"/") if text.startswith(b"/~") else text,
            b"host=" + self._host.encode("idna") + version,
        )
        return self._keep((protocol, lambda: False, None))


class _Vendor(SubprocessSSHVendor):
    """Starts ssh, and keeps the process so that it can be ended."""

    started: SubprocessWrapper | None = None

    def run_command(self, *args: Any, **kwargs: Any) -> SubprocessWrapper:
        self.started = super().run_command(*args, **kwargs)
        return self.started


class SshRemote(_Stream, SSHGitClient):
    """Over ssh."""

    _vendor: _Vendor

    @classmethod
    def open(cls, parts: SplitResult) -> SshRemote:
        """Return a client for a URL; it starts ssh on first use.

        Raises:
            ValueError: The URL contains a password, which cannot be passed to ssh.
        """
        if parts.password is not None:
            raise ValueError("it contains a password, which ssh does not accept: use a key")
        vendor = _Vendor()
        user = unquote(parts.username) if parts.username else None
        client = cls(
            parts.hostname or "",
            port=parts.port,
            username=user,
            vendor=vendor,
            ssh_command=environment.ssh_command(),
        )
        client._vendor = vendor
        return client

    def give_up(self) -> None:
        """End the exchange: kill the ssh process."""
        if self._vendor.started is not None:
            self._vendor.started.proc.kill()

    def _connect(self, cmd: bytes, path: str | bytes, protocol_version: int | None = None) -> Connected:
        return self._keep(super()._connect(cmd, path, protocol_version))


Remote = HttpRemote | GitRemote | SshRemote


def open_client(url: str) -> tuple[Remote, str]:
    """Return a client for a URL, and the repository's path there. Does not connect.

    Raises:
        ValueError: The URL is malformed, or of a scheme that is not supported.
    """
    parts = split_url(url)
    path = unquote(parts.path)
    if parts.scheme in ("http", "https"):
        return HttpRemote.open(parts), parts.path
    if parts.scheme == "git":
        return GitRemote.open(parts), path
    return SshRemote.open(parts), path


def _http_settings() -> ConfigDict:
    """Return the user's settings for HTTP: proxies, certificates and headers. They are data, not commands."""
    config = ConfigDict()
    for key, value in user_settings():
        if key[0] == "http":
            config.add(tuple(part.encode() for part in key[:-1]), key[-1].encode(), value.encode())
    return config


__all__ = ["GitProtocolError", "Remote", "open_client"]
