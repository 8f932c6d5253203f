"""URLs of remote repositories, and how to show them without their secrets.

    url   = scheme "://" [ user [ ":" password ] "@" ] host [ ":" port ] path
    short = user "@" host ":" path                         for ssh, the path from the user's home folder

>>> redacted("https://ada:s3cret@example.org/repo.git?token=1")
'https://example.org/repo.git'

Sources: git-fetch(1), "GIT URLS".
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

SCHEMES = ("https", "http", "ssh", "git+ssh", "git", "file")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SHORT = re.compile(r"(?P<user>[^\s@:/]+)@(?P<host>[^\s@:/]+):(?P<path>(?!//)\S+)")
_SECRET = re.compile(r"(://)[^/\s@]*@|(://[^\s?#'\"]*)[?#][^\s'\"]*")


def is_url(text: str) -> bool:
    """Tell whether a text is a repository's URL and not a path; the scheme need not be supported.

    >>> is_url("https://example.org/repo.git"), is_url("git@example.org:repo.git"), is_url("/srv/repo")
    (True, True, False)
    """
    return bool(_SCHEME.match(text) or _SHORT.fullmatch(text))


def split_url(text: str) -> SplitResult:
    """Return the parts of a URL; ssh's short form gets a path that does not start with "/".

    Raises:
        ValueError: The URL is malformed, its scheme is not supported, or it has no host.
    """
    short = None if _SCHEME.match(text) else _SHORT.fullmatch(text)
    if short is not None:
        return SplitResult("ssh", f"{short['user']}@{short['host']}", short["path"], "", "")
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"scheme '{parts.scheme}' is not supported")
    # `urlsplit` checks the port only when the attribute is read.
    if parts.port == 0 or (parts.scheme != "file" and not parts.hostname):
        raise ValueError("it does not name a host")
    return parts


def local_path(text: str) -> str | None:
    """Return the path in a `file://` URL; None for another URL.

    >>> local_path("file:///srv/my%20repo")
    '/srv/my repo'
    """
    parts = urlsplit(text)
    if parts.scheme != "file":
        return None
    return unquote(parts.path)


def redacted(url: str) -> str:
    """Return a URL that may be shown: without user and password, query and fragment.

    The user of an ssh URL is part of the address and stays.
    """
    if not _SCHEME.match(url):
        return url
    scheme, _, rest = url.partition("://")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    secret, at, host = host.rpartition("@")
    user = secret.partition(":")[0] + "@" if at and scheme.lower() in ("ssh", "git+ssh") else ""
    return f"{scheme}://{user}{host}{slash}{path}"


def without_secrets(text: str, url: str) -> str:
    """Return the message of a server or library without the secrets of any URL and without this URL's password."""
    text = _SECRET.sub(lambda match: match[1] or match[2], text)
    try:
        parts = urlsplit(url)
    except ValueError:
        return text
    # The user may be a token.
    secret = parts.password or (parts.username if parts.scheme in ("http", "https") else None)
    for spelling in {secret, unquote(secret)} if secret else ():
        text = text.replace(spelling, "***")
    return text
