r"""Payloads: the bytes of a commit or tag that its signature covers.

A commit's signature is one of its headers; the payload is the commit without that header:

    "gpgsig" SP line LF *( SP line LF )            "gpgsig-sha256" in a sha256 repository

A tag's signature is the end of its text, from the last line that opens a signature; the payload is the text before.

In both, the signature header of the other hash is not part of the payload. All other bytes are, so the fields of the
payload are those of the object. git ignores headers with a longer name, such as "gpgsig2". Here each counts as a
signature of an unknown kind, so that no other signature of the object counts.

>>> split_tag(b"object ...\n\nv1\n-----BEGIN SSH SIGNATURE-----\n...")
(b'object ...\n\nv1\n', (b'-----BEGIN SSH SIGNATURE-----\n...',))

Sources: gitformat-signature(5).
"""

from __future__ import annotations

import re

from zenml_pin.git.signature_format import OPENING

_PREFIX = b"gpgsig"
_HEADERS = {"sha1": (b"gpgsig", b"gpgsig-sha256"), "sha256": (b"gpgsig-sha256", b"gpgsig")}
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")

Split = tuple[bytes, tuple[bytes, ...]]


def split_commit(data: bytes, object_format: str) -> Split:
    """Return a raw commit's payload, and its signatures; git writes at most one."""
    payload, headers = _take_headers(data)
    own, other = _HEADERS[object_format]
    return payload, tuple(text if name == own else b"" for name, text in headers if name != other)


def split_tag(data: bytes) -> Split:
    """Return a raw tag's payload, and its signature or none."""
    openings = [match.start() for match in OPENING.finditer(data)]
    end = openings[-1] if openings else len(data)
    payload, _ = _take_headers(data[:end])
    return payload, (data[end:],) if openings else ()


def _take_headers(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the text without its signature headers, and the names and texts of these headers."""
    end = data.find(b"\n\n") + 1 or len(data)
    kept: list[bytes] = []
    taken: list[tuple[bytes, bytes]] = []
    name = b""
    for line in _LINE.findall(data[:end]):
        is_start = not line.startswith(b" ")
        if is_start:
            name = line.partition(b" ")[0]
        if not name.startswith(_PREFIX):
            kept.append(line)
        elif is_start:
            taken.append((name, line[len(name) + 1 :]))
        else:
            taken[-1] = name, taken[-1][1] + line[1:]
    return b"".join(kept) + data[end:], taken
