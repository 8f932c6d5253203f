"""The formats of signatures of commits and tags, told by their first line. Verifies nothing.

Sources: gitformat-signature(5).
"""

from __future__ import annotations

import re

_FORMATS = {
    b"SSH SIGNATURE": "ssh",
    b"PGP SIGNATURE": "openpgp",
    b"PGP MESSAGE": "openpgp",
    b"SIGNED MESSAGE": "x509",
}
# The line that opens a signature.
OPENING = re.compile(
    rb"^-----BEGIN (SSH SIGNATURE|PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE)-----", re.MULTILINE
)


def format_of(signature: bytes) -> str:
    """Return a signature's format: "ssh", "openpgp", "x509" or "unknown"."""
    match = OPENING.match(signature)
    return "unknown" if match is None else _FORMATS[match[1]]
