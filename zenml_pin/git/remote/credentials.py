"""Credentials for a server: from ~/.netrc, and from the file that git's `store` helper writes.

Other credential helpers are programs that a configuration names; they are never run.

Sources: gitcredentials(7), git-credential-store(1), netrc's format in GNU inetutils.
"""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from zenml_pin.base import environment


def find_credentials(url: str, user: str | None) -> tuple[str, str] | None:
    """Return user and password for a URL, of the given user if there is one; None if no file has them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return _from_netrc(host, user) or _from_store(parts.scheme, host, user)


def _from_netrc(host: str, user: str | None) -> tuple[str, str] | None:
    from netrc import NetrcParseError, netrc

    path = environment.netrc_file()
    if path is None or not os.path.isfile(path):
        return None
    try:
        credentials = netrc(path).authenticators(host)
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return None
    if credentials is None:
        return None
    login, _, password = credentials
    if password is None or (user is not None and login != user):
        return None
    return login or "", password


def _from_store(scheme: str, host: str, user: str | None) -> tuple[str, str] | None:
    from dulwich.client import get_credentials_from_store

    home, config = environment.home(), environment.config_home()
    files = [os.path.join(home, ".git-credentials")] if home else []
    files += [os.path.join(config, "git", "credentials")] if config else []
    readable = [path for path in files if os.path.isfile(path)]
    try:
        credentials = next(get_credentials_from_store(scheme, host, fnames=readable, username=user), None)
    except (OSError, ValueError):
        return None
    return None if credentials is None else (unquote(credentials[0]), unquote(credentials[1]))
