"""Fetching: the packs and refs that a server sends, as values or typed errors.

dulwich speaks the protocol. It is always asked for version 2, in which git's own server sends any object by its id;
older servers send what their refs lead to.

Sources: gitprotocol-v2(5), gitprotocol-pack(5).
"""

from __future__ import annotations

import os

from dulwich.client import HTTPProxyUnauthorized, HTTPUnauthorized
from dulwich.errors import HangupException, NotGitRepository
from dulwich.objects import ObjectID

from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import LimitError, PinError, RemoteError, RemoteTimeoutError
from zenml_pin.git.remote.clients import open_client
from zenml_pin.git.remote.exchange import TransferMeter, run
from zenml_pin.git.remote.url import redacted, without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    T = TypeVar("T")

# No ref is named so: fetching by id needs none, and a server may have thousands.
_NO_REFS = (b"refs/zenml-pin/",)
_UNKNOWN = ("not our ref", "unadvertised object", "invalid object", "unknown object", "bad object")


class NotSent(Exception):
    """The server has none of what it was asked for, or does not send it. Never leaves this folder."""


class FilterRefused(Exception):
    """The server refuses the filter. Never leaves this folder."""


class Server:
    """A repository's server.

    Args:
        url: Its URL.
        timeout: Seconds that an answer may take, and a second more for each 10 kB that came.
        limit: Bytes that an answer may bring.

    Attributes:
        place: The URL without its secrets.
        received: Bytes that it has sent so far.
    """

    def __init__(self, url: str, timeout: float, limit: int) -> None:
        self.place = redacted(url)
        self.received = 0
        self._url = url
        self._timeout = timeout
        self._limit = limit
        self._lock = ForkLock()
        self._open()

    def fetch(self, wants: Sequence[str], depth: int | None, filter: str | None) -> bytes:
        """Return a pack of objects.

        Args:
            wants: Their ids.
            depth: How many commits of a history to send.
            filter: What to leave out, in git's words; a server without filters sends all.

        Raises:
            NotSent: The server does not send them.
            FilterRefused: It refuses the filter.
            RemoteError, LimitError: It answers with something else.
        """
        pack = bytearray()

        def keep(data: bytes) -> int:
            pack.extend(data)
            if len(pack) > self._limit:
                raise LimitError(f"the answer of '{self.place}'", len(pack), self._limit, "bundle")
            return len(data)

        def ask() -> None:
            self._client.fetch_pack(
                self._path,
                lambda refs, depth=None: self._wanted(wants),
                _NoHistory(),
                keep,
                depth=depth,
                ref_prefix=_NO_REFS,
                filter_spec=None if filter is None else filter.encode("ascii"),
                protocol_version=2,
            )

        self._run(ask)
        return bytes(pack)

    def refs(self) -> dict[str, str]:
        """Return the id that each ref holds, HEAD included; by a name with "^{}" behind it, what a tag leads to."""
        self._client.forget()
        answer = self._run(lambda: self._client.get_refs(self._path.encode(), protocol_version=2))
        return {
            name.decode("utf-8", "surrogateescape"): value.decode("ascii")
            for name, value in answer.refs.items()
            if value
        }

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _wanted(self, wants: Sequence[str]) -> list[ObjectID]:
        if getattr(self._client, "dumb", False):
            raise RemoteError(self.place, "is no git server, or one of the old kind that only serves files")
        return [ObjectID(name.encode("ascii")) for name in wants]

    def _open(self) -> None:
        self._process = os.getpid()
        try:
            self._client, self._path = open_client(self._url)
        except ValueError as error:
            raise RemoteError(
                self.place, f"cannot be asked: {error}", "see 'GIT URLS' in git-fetch(1)"
            ) from None

    def _run(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self._process != os.getpid():
                # A connection that was open before a fork is the parent's.
                self._open()
            return self._exchange(work)

    def _exchange(self, work: Callable[[], T]) -> T:
        client = self._client
        meter = TransferMeter(self.place, self._timeout, self._limit)
        client.meet(meter)

        def exchange() -> T:
            try:
                return work()
            finally:
                client.leave()

        try:
            return run(exchange, meter, client.give_up)
        except RemoteTimeoutError:
            # Its thread may still be waiting.
            self._open()
            raise
        except PinError:
            raise
        except Exception as error:
            # dulwich, urllib3 and zlib raise two dozen kinds of errors, some of them bare assertions.
            failure = self._translated(error)
        finally:
            self.received += meter.received
        # Without its cause, whose text may repeat the URL as it was given.
        raise failure

    def _translated(self, error: Exception) -> Exception:
        said = " ".join(without_secrets(_text(error), self._url).split())[:300]
        if "filter" in said.lower():
            return FilterRefused(said)
        if any(word in said.lower() for word in _UNKNOWN):
            return NotSent(said)
        if isinstance(error, NotGitRepository):
            return RemoteError(self.place, "is not there, or not for everyone", _CREDENTIALS)
        if isinstance(error, (HTTPUnauthorized, HTTPProxyUnauthorized)):
            return RemoteError(self.place, "refuses access without credentials, or with these", _CREDENTIALS)
        if isinstance(error, FileNotFoundError):
            return RemoteError(self.place, f"needs the program '{error.filename}', which is not there")
        if isinstance(error, HangupException):
            return RemoteError(self.place, f"closed the connection{': ' if said else ''}{said}")
        return RemoteError(self.place, f"failed: {said or type(error).__name__}")


class _NoHistory:
    """What the client has: nothing."""

    shallow: frozenset[ObjectID] = frozenset()

    def __next__(self) -> ObjectID | None:
        return None

    def ack(self, sha: ObjectID) -> None:
        """Nothing was offered, so nothing is accepted."""

    def nak(self) -> None:
        """Nothing was offered, so nothing is refused."""


_CREDENTIALS = (
    "check the URL; credentials are read from ~/.netrc and from the file of git's 'store' helper, "
    "and other helpers, which are programs, are not run"
)


def _text(error: Exception) -> str:
    if isinstance(error, HangupException):
        return b" ".join(error.stderr_lines or ()).decode("utf-8", "replace")
    return str(error)
