"""Allowed signers: whose signatures count, from a file in the format of ssh-keygen.

    line       = principals SP [ options SP ] key-type SP base64-key [ SP comment ]
    principals = a pattern list, in quotes if it contains a space
    options    = option *( "," option )
    option     = "cert-authority" | ( "namespaces" | "valid-after" | "valid-before" ) "=" DQUOTE value DQUOTE
    date       = YYYYMMDD [ HHMM [ SS ] ] [ "Z" ]          local time without "Z"

Empty lines and those that start with "#" do not count. A malformed line makes the whole file unusable: a part of the
list would be another list. Only the caller names the file; a file named by a repository's configuration is never read.

>>> key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
>>> parse_signers(f'ada@example.org namespaces="git" ssh-ed25519 {key}'.encode(), "signers").signers[0].principals
'ada@example.org'

Sources: ssh-keygen(1), ALLOWED SIGNERS; ssh_config(5), PATTERNS.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from datetime import UTC, datetime

from attrs import field, frozen

from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import MIB
from zenml_pin.errors import SignersError

NAMESPACE = "git"

# Some thousands of keys.
_FILE_LIMIT = MIB
_PRINCIPALS = re.compile(r'(?:"([^"]*)"|([^ \t"]+))[ \t]+')
_KEY_TYPE = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+")
_OPTION = re.compile(r'([A-Za-z-]+)(?:="((?:\\"|[^"])*)")?(,|[ \t]+)')
_WITH_VALUE = ("namespaces", "valid-after", "valid-before")
_DATE = re.compile(r"([0-9]{8})([0-9]{4})?([0-9]{2})?(Z|UTC)?", re.IGNORECASE)


@frozen
class Signer:
    """One line of the file.

    Attributes:
        line: Its number, counted from 1.
        principals: The signer's names as written, usually an e-mail address.
        key_type: For example "ssh-ed25519".
        key: The public key, in SSH's encoding.
        namespaces: Pattern list of the SSH signature namespaces that the key may sign; None means any.
        valid_after, valid_before: In seconds since the epoch; None means no limit.
        is_authority: Whether the key only signs certificates.
    """

    line: int
    principals: str
    key_type: str
    key: bytes = field(repr=False)
    namespaces: str | None = None
    valid_after: int | None = None
    valid_before: int | None = None
    is_authority: bool = False

    def find_refusal(self, time: int | None) -> str | None:
        """Return why a signature of this key does not count, None if it counts.

        Args:
            time: The date in the signed text, in seconds since the epoch; None if it has none.
        """
        if self.is_authority:
            return "is a certificate authority's, and certificates are not checked"
        if not any(matches(name, self.principals) for name in self.principals.split(",")):
            return "does not name a signer"
        if self.namespaces is not None and not matches(NAMESPACE, self.namespaces):
            return f"is for namespaces '{self.namespaces}', not '{NAMESPACE}'"
        if self.valid_after is None and self.valid_before is None:
            return None
        if time is None:
            return "is valid for a limited time, and the signed text has no date"
        if self.valid_after is not None and time < self.valid_after:
            return f"is valid after {_show(self.valid_after)}, and it was signed at {_show(time)}"
        if self.valid_before is not None and time > self.valid_before:
            return f"is valid before {_show(self.valid_before)}, and it was signed at {_show(time)}"
        return None


@frozen
class Signers:
    """All lines of the file at `path`, in their order."""

    path: str
    signers: tuple[Signer, ...]


def read_signers(path: str | os.PathLike[str]) -> Signers:
    """Read a file of allowed signers.

    Raises:
        SignersError: It does not exist, is not a regular file, is longer than 1 MiB, or has a malformed line.
    """
    name = os.fspath(path)
    try:
        data = read_regular(name, _FILE_LIMIT)
    except OSError as error:
        raise SignersError(name, f"it cannot be read: {error.strerror}") from error
    except OverflowError as error:
        raise SignersError(name, f"it has more than {_FILE_LIMIT} bytes") from error
    except ValueError as error:
        raise SignersError(name, f"its path is not valid: {error}") from error
    if data is None:
        raise SignersError(
            name, "it is not a regular file" if os.path.lexists(name) else "there is no such file"
        )
    return parse_signers(data, name)


def parse_signers(data: bytes, path: str) -> Signers:
    """Read the text of such a file; `path` is for messages.

    Raises:
        SignersError: A line is malformed.
    """
    signers = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            text = line.decode("utf-8").strip(" \t\r")
            if text and not text.startswith("#"):
                signers.append(_parse_line(number, text))
        except UnicodeDecodeError as error:
            raise SignersError(path, "it is not UTF-8", number) from error
        except ValueError as error:
            raise SignersError(path, str(error), number) from error
    return Signers(path, tuple(signers))


def matches(text: str, patterns: str) -> bool:
    """Tell whether a pattern list matches a text: "*" and "?" are wildcards, and a pattern after "!" excludes a text.

    >>> matches("git", "file,g*"), matches("git", "*,!git")
    (True, False)
    """
    matched = False
    for pattern in patterns.split(","):
        if _glob(pattern.removeprefix("!")).fullmatch(text):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\*+|\?|[^*?]+", pattern)
    return re.compile(
        "".join(".*" if part[0] == "*" else "." if part == "?" else re.escape(part) for part in parts),
        re.DOTALL,
    )


def _parse_line(number: int, text: str) -> Signer:
    match = _PRINCIPALS.match(text)
    principals = (match[1] or match[2] or "") if match is not None else ""
    if match is None or not principals:
        raise ValueError("expected principals, then a key")
    options, rest = _parse_options(text[match.end() :])
    key_type, key = _parse_key(rest)
    after, before = (_parse_date(options[name]) if name in options else None for name in _WITH_VALUE[1:])
    if after is not None and before is not None and before <= after:
        raise ValueError("valid-before is not after valid-after")
    namespaces = options.get("namespaces")
    return Signer(number, principals, key_type, key, namespaces, after, before, "cert-authority" in options)


def _parse_options(text: str) -> tuple[dict[str, str], str]:
    """Return the options by name, and the rest of the line."""
    options: dict[str, str] = {}
    more = not _KEY_TYPE.fullmatch(text.split(maxsplit=1)[0])
    while more:
        match = _OPTION.match(text)
        if match is None:
            raise ValueError("expected an option or a key type after the principals")
        name, value = match[1].lower(), match[2]
        if name not in (*_WITH_VALUE, "cert-authority"):
            raise ValueError(f"option '{match[1]}' is unknown")
        if (value is None) != (name == "cert-authority"):
            raise ValueError(f"option '{name}' {'needs a' if value is None else 'has no'} value")
        if name in options:
            raise ValueError(f"option '{name}' is given twice")
        options[name] = (value or "").replace('\\"', '"')
        text = text[match.end() :]
        more = match[3] == ","
    return options, text


def _parse_key(text: str) -> tuple[str, bytes]:
    words = text.split(maxsplit=2)
    if len(words) < 2 or not _KEY_TYPE.fullmatch(words[0]):
        raise ValueError("expected a key's type and the key in base64")
    try:
        key = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the key is not base64") from None
    # A key begins with its type, after four bytes of length.
    key_type = key[4 : 4 + int.from_bytes(key[:4], "big")]
    if key_type != words[0].encode("ascii"):
        raise ValueError(f"the key is not of type '{words[0]}'")
    return words[0], key


def _parse_date(text: str) -> int:
    match = _DATE.fullmatch(text)
    fault = f"'{text}' is not a date such as 20260131 or 202601311200Z"
    if match is None:
        raise ValueError(fault)
    day, minute, second, zone = match.groups()
    try:
        when = datetime.strptime(day + (minute or "0000") + (second or "00"), "%Y%m%d%H%M%S")
        return int((when.replace(tzinfo=UTC) if zone else when).timestamp())
    except (ValueError, OverflowError):
        raise ValueError(fault) from None


def _show(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"
