"""URLs of remote repositories, and how they are shown: without what is secret in them.

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
    """Tell whether a text is a repository's URL rather than a path, of a scheme that is known or not.

    >>> is_url("https://example.org/repo.git"), is_url("git@example.org:repo.git"), is_url("/srv/repo")
    (True, True, False)
    """
    return bool(_SCHEME.match(text) or _SHORT.fullmatch(text))


def split_url(text: str) -> SplitResult:
    """Return the parts of a URL; the short form of ssh's becomes one with a path that does not start with "/".

    Raises:
        ValueError: It is malformed, or lacks what its scheme needs.
    """
    short = None if _SCHEME.match(text) else _SHORT.fullmatch(text)
    if short is not None:
        return SplitResult("ssh", f"{short['user']}@{short['host']}", short["path"], "", "")
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"scheme '{parts.scheme}' is not supported")
    # The port is only read, and checked, when it is asked for.
    if parts.port == 0 or (parts.scheme != "file" and not parts.hostname):
        raise ValueError("it names no host")
    return parts


def local_path(text: str) -> str | None:
    """Return the path that a `file://` URL stands for; None for another URL.

    >>> local_path("file:///srv/my%20repo")
    '/srv/my repo'
    """
    parts = urlsplit(text)
    if parts.scheme != "file":
        return None
    return unquote(parts.path)


def redacted(url: str) -> str:
    """Return a URL as it may be shown: without user and password, query and fragment.

    ssh's user is part of the address, and stays.
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
    """Return what a server or a library said, without any URL's secrets and without the password of this one."""
    text = _SECRET.sub(lambda found: found[1] or found[2], text)
    try:
        parts = urlsplit(url)
    except ValueError:
        return text
    # A token may stand where a user does.
    secret = parts.password or (parts.username if parts.scheme in ("http", "https") else None)
    for spelled in {secret, unquote(secret)} if secret else ():
        text = text.replace(spelled, "***")
    return text
