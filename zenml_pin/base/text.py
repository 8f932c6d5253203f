"""Text for people: safe to show on a terminal, whatever a repository put in it; counts and sizes."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text on one line, with escapes for control characters and broken bytes: a terminal must not get them."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def printable_lines(text: str) -> str:
    """Return a text as `printable` does, but keep its line ends and tabs."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1.

    >>> count(1, "pin"), count(2000, "pin")
    ('1 pin', '2,000 pins')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def show_size(size: int) -> str:
    """Return a number of bytes for people.

    >>> show_size(999), show_size(1_500), show_size(2_340_000)
    ('999 bytes', '1.5 kB', '2.3 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    value, units = size / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}"
