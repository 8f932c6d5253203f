"""The channel: lines of JSON, each with a key that the code of a trial is not told.

    line = key SP JSON LF

The key keeps out what code writes to every descriptor that it finds. It does not keep out code that looks for the key
in the memory of its own process: what a trial says of itself can be forged, as in any language.
"""

from __future__ import annotations

import json
import os
from typing import Any

# Of one message, and of all that a trial sends.
LONGEST_LINE = 128 * 1024
LONGEST_STREAM = 512 * 1024


def format_line(key: str, message: dict[str, Any]) -> bytes:
    """Return a message as a line; one that is too long is a line that says so."""
    line = f"{key} {json.dumps(message)}\n".encode("ascii")
    return line if len(line) <= LONGEST_LINE else f'{key} {{"too_long": {len(line)}}}\n'.encode("ascii")


def send(descriptor: int, line: bytes) -> None:
    """Write a line, whole."""
    view = memoryview(line)
    while view:
        view = view[os.write(descriptor, view) :]


def parse_line(key: str, line: bytes) -> dict[str, Any]:
    """Return the message of a line; an empty one for a line that is not of this channel."""
    start = f"{key} ".encode("ascii")
    if not line.startswith(start) or len(line) > LONGEST_LINE:
        return {}
    try:
        message = json.loads(line[len(start) :])
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


class Lines:
    """Puts together lines from pieces, and takes no more than `LONGEST_STREAM` bytes of them."""

    def __init__(self) -> None:
        self._rest = b""
        self._taken = 0

    def add(self, piece: bytes) -> list[bytes]:
        """Add a piece; return the lines that are whole now."""
        room = LONGEST_STREAM - self._taken
        piece = piece[: max(room, 0)]
        self._taken += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines
