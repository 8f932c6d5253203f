"""Credentials for a server: from ~/.netrc, and from the file that git's own `store` helper writes.

Other credential helpers are programs that a configuration names, and are not run.

Sources: gitcredentials(7), git-credential-store(1), netrc's format in GNU inetutils.
"""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from zenml_pin.base import environment


def find_credentials(url: str, user: str | None) -> tuple[str, str] | None:
    """Return user and password for a URL, of that user where one is given; None where none are noted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return _from_netrc(host, user) or _from_store(parts.scheme, host, user)


def _from_netrc(host: str, user: str | None) -> tuple[str, str] | None:
    from netrc import NetrcParseError, netrc

    path = environment.netrc_file()
    if path is None or not os.path.isfile(path):
        return None
    try:
        found = netrc(path).authenticators(host)
    except (NetrcParseError, OSError, UnicodeDecodeError):
        return None
    if found is None or found[2] is None or (user is not None and found[0] != user):
        return None
    return found[0] or "", found[2]


def _from_store(scheme: str, host: str, user: str | None) -> tuple[str, str] | None:
    from dulwich.client import get_credentials_from_store

    home, config = environment.home(), environment.config_home()
    files = [os.path.join(home, ".git-credentials")] if home else []
    files += [os.path.join(config, "git", "credentials")] if config else []
    readable = [path for path in files if os.path.isfile(path)]
    try:
        found = next(get_credentials_from_store(scheme, host, fnames=readable, username=user), None)
    except (OSError, ValueError):
        return None
    return None if found is None else (unquote(found[0]), unquote(found[1]))
