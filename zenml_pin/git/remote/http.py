"""Pages: what dulwich's HTTP client asks its pool of connections for.

    1. a server says what it can, and an empty list of refs, once for all fetches
    2. redirects are followed for that first question only, as git does, five at most
    3. credentials are looked up when a server asks for them, and go to no other server

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
        """Return the URL that answered, after redirects."""
        return self._url

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the body."""
        part = self._body if size < 0 else self._body[:size]
        self._body = self._body[len(part) :]
        return bytes(part)

    def close(self) -> None:
        """Do nothing: the connection was given back when the page was there."""

    def again(self) -> Page:
        """Return the same page, to be read from its beginning."""
        return Page(self.status, self.headers, self._url, bytes(self._body))


class Pages:
    """A pool of connections to one server.

    Args:
        url: The repository's URL, without credentials.
        user: Whose credentials are looked up; anyone's when None.
        config: git's settings, of which those under `http` count.

    Attributes:
        headers: What goes with every request.
        meter: Counts what comes; each exchange sets its own.
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
        """Return a page; what a server says of itself is asked for once."""
        key = (method, url, body)
        if key in self._known:
            return self._known[key].again()
        page = self._get(method, url, headers or {}, body)
        if page.status == _REFUSED and self._find_credentials(page.geturl()):
            page = self._get(method, url, headers or {}, body)
        if page.status == 200 and (body is None or b"command=ls-refs" in body):
            self._known[key] = page.again()
        return page

    def forget(self) -> None:
        """Ask again what refs there are."""
        self._known.clear()

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _get(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Page:
        from urllib3 import Retry, Timeout

        # A little longer than the exchange has, which is given up first.
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
        # Nobody asked for a compressed answer, and one could inflate to gigabytes.
        while part := response.read1(_CHUNK, decode_content=False):
            self.meter.add(len(part))
            parts.append(part)
        return b"".join(parts)

    def _find_credentials(self, asked_by: str) -> bool:
        """Look up credentials for the server that was asked for, unless they were refused already."""
        if self._authorization or _origin(asked_by) != _origin(self._url):
            return False
        found = find_credentials(self._url, self._user)
        if found is None:
            return False
        from urllib3.util import make_headers

        self._authorization = make_headers(basic_auth=":".join(found))
        return True


def _final_url(url: str, response: BaseHTTPResponse) -> str:
    """Return the URL that answered: each redirect is relative to the one before."""
    for step in response.retries.history if response.retries is not None else ():
        url = urljoin(url, step.redirect_location or "")
    return url


def refuse_error(answer: bytes) -> None:
    """Raise what a server says instead of an answer, which dulwich passes over in protocol v2.

    Raises:
        GitProtocolError: The answer is an error.
    """
    from dulwich.errors import GitProtocolError

    if answer[4:8] == b"ERR ":
        raise GitProtocolError(answer[8:1000].decode("utf-8", "replace").strip())


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
