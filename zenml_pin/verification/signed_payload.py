r"""Payloads: which bytes of a commit or tag its signature is over.

A commit's signature is a header of its headers; the payload is the commit without it:

    "gpgsig" SP line LF *( SP line LF )            "gpgsig-sha256" in a sha256 repository

A tag's is the end of its text, from the last line on that opens one; the payload is what stands before.

In both the other hash's signature header is no part of the payload. Every byte that is not a signature's is, so
what the payload says is what the object says. Headers of a longer or bare name, such as "gpgsig2", git passes over:
here each is a signature of no kind that is known, beside which no other counts.

>>> split_tag(b"object ...\n\nv1\n-----BEGIN SSH SIGNATURE-----\n...")
(b'object ...\n\nv1\n', (b'-----BEGIN SSH SIGNATURE-----\n...',))

Sources: gitformat-signature(5).
"""

from __future__ import annotations

import re

_PREFIX = b"gpgsig"
_HEADERS = {"sha1": (b"gpgsig", b"gpgsig-sha256"), "sha256": (b"gpgsig-sha256", b"gpgsig")}
_FORMATS = {
    b"SSH SIGNATURE": "ssh",
    b"PGP SIGNATURE": "openpgp",
    b"PGP MESSAGE": "openpgp",
    b"SIGNED MESSAGE": "x509",
}
_OPENING = re.compile(
    rb"^-----BEGIN (SSH SIGNATURE|PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE)-----", re.MULTILINE
)
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")

Split = tuple[bytes, tuple[bytes, ...]]


def split_commit(data: bytes, object_format: str) -> Split:
    """Return a raw commit's payload, and its signatures; git writes one at most."""
    payload, headers = _take_headers(data)
    own, other = _HEADERS[object_format]
    return payload, tuple(text if name == own else b"" for name, text in headers if name != other)


def split_tag(data: bytes) -> Split:
    """Return a raw tag's payload, and its signature or none."""
    openings = [found.start() for found in _OPENING.finditer(data)]
    end = openings[-1] if openings else len(data)
    payload, _ = _take_headers(data[:end])
    return payload, (data[end:],) if openings else ()


def format_of(signature: bytes) -> str:
    """Return "ssh", "openpgp", "x509" or "unknown"."""
    found = _OPENING.match(signature)
    return "unknown" if found is None else _FORMATS[found[1]]


def _take_headers(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Take the signatures out of the headers; return what is left, and their names and texts."""
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
