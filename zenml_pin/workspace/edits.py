"""Adding lines once to a user's `.gitignore` and `setup.cfg`. Every other byte stays, also the line ends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from zenml_pin.base.atomic import write_whole
from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import MIB
from zenml_pin.errors import UnsupportedError

_SECTION = re.compile(r"\[zenml_pin\]")
_OPTION = re.compile(r"source_roots\s*[=:]", re.IGNORECASE)


def add_ignore_lines(path: str, patterns: Iterable[str]) -> None:
    """Append the patterns that a `.gitignore` does not have, under a comment with this package's name."""
    lines, newline = _read(path)
    known = {line.strip().strip("/") for line in lines}
    missing = [pattern for pattern in patterns if pattern.strip("/") not in known]
    if missing:
        block = ["# zenml_pin", *missing]
        _write(path, _closed(lines, newline) + ([newline] if lines else []), block, newline)


def add_source_root(path: str, roots: Iterable[str]) -> None:
    """Add source roots to section `[zenml_pin]` of a `setup.cfg`, after the existing ones."""
    lines, newline = _read(path)
    start = next((i for i, line in enumerate(lines) if _SECTION.match(line)), None)
    if start is None:
        block = ["[zenml_pin]", f"source_roots = {', '.join(roots)}"]
        _write(path, _closed(lines, newline) + ([newline] if lines else []), block, newline)
        return
    end = next((i for i, line in enumerate(lines) if i > start and line.startswith("[")), len(lines))
    option = next((i for i in range(start + 1, end) if _OPTION.match(lines[i])), None)
    if option is None:
        lines = _closed(lines, newline)
        lines.insert(start + 1, f"source_roots = {', '.join(roots)}{newline}")
    elif not _add_to_option(lines, option, end, list(roots), newline):
        return
    refuse_link_out(path)
    write_whole(path, "".join(lines).encode("utf-8", "surrogateescape"))


def _add_to_option(lines: list[str], option: int, end: int, roots: list[str], newline: str) -> bool:
    """Add roots to the value that begins on a line and continues on indented lines; tell whether any was missing."""
    more = []
    for index in range(option + 1, end):
        if lines[index].strip() and not lines[index][0].isspace():
            break
        if lines[index].strip() and lines[index].lstrip()[0] not in "#;":
            more.append(index)
    first = re.split("[=:]", lines[option], maxsplit=1)[1]
    listed = ",".join([first, *(lines[index] for index in more)]).replace("\n", ",").split(",")
    known = {root.strip().strip("/") for root in listed}
    missing = [root for root in roots if root not in known]
    last = more[-1] if more else option
    text = lines[last].rstrip("\r\n")
    ending = lines[last][len(text) :]
    if more:
        indent = text[: len(text) - len(text.lstrip())]
        added = "".join(f"{ending or newline}{indent}{root}" for root in missing)
    else:
        added = (", " if first.strip() else " ") + ", ".join(missing)
    lines[last] = text.rstrip() + added + ending if missing else lines[last]
    return bool(missing)


def _read(path: str) -> tuple[list[str], str]:
    """Return the lines of a file with their line ends, and the line end of new lines; no lines where it is absent."""
    try:
        data = read_regular(path, MIB)
    except OverflowError as error:
        raise UnsupportedError(f"'{path}' is longer than {MIB} bytes, so nothing is added to it") from error
    if data is None and os.path.lexists(path):
        raise FileExistsError(17, "it is not a regular file", path)
    text = (data or b"").decode("utf-8", "surrogateescape")
    return re.findall(r"[^\n]*\n|[^\n]+", text), "\r\n" if "\r\n" in text else "\n"


def _closed(lines: list[str], newline: str) -> list[str]:
    """Return the lines, with a line end after the last one."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith("\n") else lines[-1] + newline] if lines else []


def refuse_link_out(path: str, folder: str = "") -> None:
    """Refuse to write a file through a link that leads out of a folder: a repository may contain such links.

    Args:
        path: The file, which need not exist.
        folder: By default the file's own folder.

    Raises:
        UnsupportedError: The file is outside the folder.
    """
    real = os.path.realpath(path)
    if not real.startswith(os.path.join(os.path.realpath(folder or os.path.dirname(path)), "")):
        raise UnsupportedError(
            f"'{path}' is a link out of its folder, to '{real}', so nothing is written there",
            "replace the link by a file",
        )


def _write(path: str, lines: list[str], block: list[str], newline: str) -> None:
    refuse_link_out(path)
    text = "".join([*lines, *(line + newline for line in block)])
    write_whole(path, text.encode("utf-8", "surrogateescape"))
