"""Fetching: the packs and refs that a server sends, as values or typed errors.

dulwich implements the protocol. Requests use version 2, in which git's own server sends any object by its id; older
servers only send what their refs reach.

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

    from dulwich.client import LsRemoteResult

    T = TypeVar("T")

# A prefix that no ref has: a fetch by id needs no refs, and a server may have thousands.
_NO_REFS = (b"refs/zenml-pin/",)
_UNKNOWN = ("not our ref", "unadvertised object", "invalid object", "unknown object", "bad object")
_CREDENTIALS = (
    "check the URL; credentials are read from ~/.netrc and from the file of git's 'store' helper, "
    "and other helpers, which are programs, are not run"
)


class NotSent(Exception):
    """The server does not have the requested objects, or does not send them. Never leaves this folder."""


class FilterRefused(Exception):
    """The server refuses the filter. Never leaves this folder."""


class Server:
    """A repository's server.

    Args:
        url: Its URL.
        timeout: Seconds that an answer may take, plus a second for each 10 kB received.
        limit: Most bytes of an answer.

    Attributes:
        label: The URL without its secrets.
        received: Bytes received so far.
    """

    def __init__(self, url: str, timeout: float, limit: int) -> None:
        self.label = redacted(url)
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
            depth: How many commits of a history to send; None for all.
            filter: What to leave out, in git's syntax; a server without filters sends all.

        Raises:
            NotSent: The server does not send them.
            FilterRefused: It refuses the filter.
            RemoteError, LimitError: It cannot be reached, or its answer is wrong or too large.
        """
        pack = bytearray()

        def keep(data: bytes) -> int:
            pack.extend(data)
            if len(pack) > self._limit:
                raise LimitError(f"the answer of '{self.label}'", len(pack), self._limit, "bundle")
            return len(data)

        def fetch() -> None:
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

        self._run(fetch)
        return bytes(pack)

    def refs(self) -> dict[str, str]:
        """Return the id of each ref and of HEAD; under a tag's name followed by "^{}", the id of the tagged object."""

        def ask() -> LsRemoteResult:
            # In its turn: what another thread asks for before is remembered, and may be older than this call.
            self._client.forget()
            return self._client.get_refs(self._path.encode(), protocol_version=2)

        answer = self._run(ask)
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
            raise RemoteError(self.label, "is not a git server, or is an old one that only serves files")
        return [ObjectID(name.encode("ascii")) for name in wants]

    def _open(self) -> None:
        self._process = os.getpid()
        try:
            self._client, self._path = open_client(self._url)
        except ValueError as error:
            raise RemoteError(
                self.label, f"cannot be used: {error}", "see 'GIT URLS' in git-fetch(1)"
            ) from None

    def _run(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self._process != os.getpid():
                # A connection that was open before a fork belongs to the parent.
                self._open()
            return self._exchange(work)

    def _exchange(self, work: Callable[[], T]) -> T:
        client = self._client
        meter = TransferMeter(self.label, self._timeout, self._limit)
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
        # Without its cause, whose text may contain the URL with its secrets.
        raise failure

    def _translated(self, error: Exception) -> Exception:
        message = " ".join(without_secrets(_text(error), self._url).split())[:300]
        if "filter" in message.lower():
            return FilterRefused(message)
        if any(word in message.lower() for word in _UNKNOWN):
            return NotSent(message)
        if isinstance(error, NotGitRepository):
            return RemoteError(self.label, "does not exist, or needs credentials", _CREDENTIALS)
        if isinstance(error, (HTTPUnauthorized, HTTPProxyUnauthorized)):
            return RemoteError(self.label, "refuses access without credentials, or with these", _CREDENTIALS)
        if isinstance(error, FileNotFoundError):
            return RemoteError(self.label, f"needs the program '{error.filename}', which is not installed")
        if isinstance(error, HangupException):
            return RemoteError(self.label, f"closed the connection{': ' if message else ''}{message}")
        return RemoteError(self.label, f"failed: {message or type(error).__name__}")


class _NoHistory:
    """The history that the client offers to the server: none."""

    shallow: frozenset[ObjectID] = frozenset()

    def __next__(self) -> ObjectID | None:
        return None

    def ack(self, sha: ObjectID) -> None:
        """Do nothing: the client offers nothing."""

    def nak(self) -> None:
        """Do nothing: the client offers nothing."""


def _text(error: Exception) -> str:
    if isinstance(error, HangupException):
        return b" ".join(error.stderr_lines or ()).decode("utf-8", "replace")
    return str(error)
