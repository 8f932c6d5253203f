"""Pages: the pool of connections of dulwich's HTTP client.

    1. a server's capabilities, and the empty list of refs, are requested once for all fetches
    2. redirects are followed for that first request only, as in git, five at most
    3. credentials are looked up when a server requires them, and are sent to no other server

Sources: gitprotocol-http(5).
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from zenml_pin.git.remote.credentials import find_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dulwich.config import Config
    from urllib3 import BaseHTTPResponse

    from zenml_pin.git.remote.exchange import TransferMeter

_REDIRECTS = 5
_CHUNK = 65536
_REFUSED = 401


class Page:
    """A server's answer, as dulwich reads it.

    Attributes:
        status, headers: As received.
        content_type, redirect_location: Set by dulwich.
    """

    content_type: str | None = None
    redirect_location: str = ""

    def __init__(self, status: int, headers: Mapping[str, str], url: str, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._url = url
        self._body = memoryview(body)

    def geturl(self) -> str:
        """Return the URL of the answer, after redirects."""
        return self._url

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the body."""
        part = self._body if size < 0 else self._body[:size]
        self._body = self._body[len(part) :]
        return bytes(part)

    def close(self) -> None:
        """Do nothing: the connection went back to the pool when the page was complete."""

    def again(self) -> Page:
        """Return a copy of the page that is read from its beginning."""
        return Page(self.status, self.headers, self._url, bytes(self._body))


class Pages:
    """A pool of connections to one server.

    Args:
        url: The repository's URL, without credentials.
        user: Whose credentials to look up; None accepts any user's.
        config: git's settings; only those under `http` count.

    Attributes:
        headers: The headers of every request.
        meter: Counts received bytes; each exchange sets a new one.
    """

    meter: TransferMeter

    def __init__(self, url: str, user: str | None, config: Config) -> None:
        from dulwich.client import default_urllib3_manager

        self._pool = default_urllib3_manager(config, base_url=url)
        self.headers = dict(self._pool.headers or {})
        self._url = url
        self._user = user
        self._authorization: dict[str, str] = {}
        self._known: dict[tuple[str, str, object], Page] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **_: object,
    ) -> Page:
        """Return a page; the server's capabilities and refs are requested once, then come from memory."""
        key = (method, url, body)
        known = self._known.get(key)
        if known is not None:
            return known.again()
        page = self._get(method, url, headers or {}, body)
        if page.status == _REFUSED and self._find_credentials(page.geturl()):
            page = self._get(method, url, headers or {}, body)
        if page.status == 200 and (body is None or b"command=ls-refs" in body):
            self._known[key] = page.again()
        return page

    def forget(self) -> None:
        """Forget the pages in memory, so that capabilities and refs are requested again."""
        self._known.clear()

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _get(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Page:
        from urllib3 import Retry, Timeout

        # A little longer than the exchange may take, so that the exchange ends first.
        seconds = max(0.0, self.meter.seconds_left()) + 1
        response = self._pool.request(
            method,
            url,
            headers={**headers, **(self._authorization if _origin(url) == _origin(self._url) else {})},
            body=body,
            preload_content=False,
            redirect=method == "GET",
            retries=Retry(total=_REDIRECTS, connect=0, read=0, other=0, status=0, raise_on_status=False),
            timeout=Timeout(connect=seconds, read=seconds),
        )
        try:
            text = self._read(response)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        refuse_error(text)
        return Page(response.status, response.headers, _final_url(url, response), text)

    def _read(self, response: BaseHTTPResponse) -> bytes:
        parts = []
        # The request does not accept compressed answers, and one could inflate to gigabytes.
        while part := response.read1(_CHUNK, decode_content=False):
            self.meter.add(len(part))
            parts.append(part)
        return b"".join(parts)

    def _find_credentials(self, answered: str) -> bool:
        """Look up credentials for the repository's server; tell whether there are new ones to try."""
        if self._authorization or _origin(answered) != _origin(self._url):
            return False
        credentials = find_credentials(self._url, self._user)
        if credentials is None:
            return False
        from urllib3.util import make_headers

        self._authorization = make_headers(basic_auth=":".join(credentials))
        return True


def _final_url(url: str, response: BaseHTTPResponse) -> str:
    """Return the URL of the answer; each redirect is relative to the one before."""
    for step in response.retries.history if response.retries is not None else ():
        url = urljoin(url, step.redirect_location or "")
    return url


def refuse_error(answer: bytes) -> None:
    """Raise the error that a server sends instead of an answer; in protocol v2, dulwich ignores it.

    Raises:
        GitProtocolError: The answer is an error.
    """
    from dulwich.errors import GitProtocolError

    if answer[4:8] == b"ERR ":
        raise GitProtocolError(answer[8:1000].decode("utf-8", "replace").strip())


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
