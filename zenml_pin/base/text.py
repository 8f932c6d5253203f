"""Text that a terminal may show, whatever a repository put in it."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text on one line: control characters and broken bytes as escapes, so that none reaches a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def printable_lines(text: str) -> str:
    """Return a text whose line ends and tabs stay, and whose other characters are as in `printable`."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)
