"""The channel: lines of JSON, each with a key that the code of a trial does not get.

    line = key SP JSON LF

The key rejects text that code writes to any open descriptor. It does not stop code that searches the memory of its own
process for the key: what a trial says about itself can be forged, as in any language.
"""

from __future__ import annotations

import json
import os
from typing import Any

# The longest message, and the longest sum of all messages of a trial, in bytes.
LONGEST_LINE = 128 * 1024
LONGEST_STREAM = 512 * 1024
# With the supervisor's own lines, which the code's messages must not displace.
LONGEST_OUTPUT = 2 * LONGEST_STREAM


def format_line(key: str, message: dict[str, Any]) -> bytes:
    """Return a message as a line; for a message that is too long, a line with its length."""
    line = f"{key} {json.dumps(message)}\n".encode("ascii")
    return line if len(line) <= LONGEST_LINE else f'{key} {{"too_long": {len(line)}}}\n'.encode("ascii")


def send(descriptor: int, line: bytes) -> None:
    """Write a whole line."""
    view = memoryview(line)
    while view:
        view = view[os.write(descriptor, view) :]


def parse_line(key: str, line: bytes) -> dict[str, Any]:
    """Return the message of a line; an empty one for a line that does not belong to this channel."""
    start = f"{key} ".encode("ascii")
    if not line.startswith(start) or len(line) > LONGEST_LINE:
        return {}
    try:
        message = json.loads(line[len(start) :])
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


class Lines:
    """Joins pieces to lines.

    Args:
        limit: How many bytes count; later ones are ignored.
    """

    def __init__(self, limit: int = LONGEST_STREAM) -> None:
        self._limit = limit
        self._rest = b""
        self._taken = 0

    def add(self, piece: bytes) -> list[bytes]:
        """Add a piece; return the lines that are complete now."""
        room = self._limit - self._taken
        piece = piece[: max(room, 0)]
        self._taken += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines
