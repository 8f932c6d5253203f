"""Files that this Python cannot parse, so that it is unknown what they import and define.

Code may be newer or older than the Python that reads it. If such a file counted as one without imports, a class could
be pinned whose code is not committed (P5). So each verb reports it in the same words:

    not committed, because Python 3.13 cannot parse helper.py, line 3
"""

from __future__ import annotations

import sys

from zenml_pin.pins.definitions import parse_quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree

HINT = "use a Python that can parse it, such as the one that it is written for"


def describe(error: SyntaxError | ValueError, path: str) -> str:
    """Return which Python cannot parse which line of which file.

    >>> describe(SyntaxError("invalid syntax", ("helper.py", 3, 1, "")), "helper.py")
    'Python ... cannot parse helper.py, line 3'
    """
    return describe_line(error.lineno if isinstance(error, SyntaxError) else None, path)


def describe_line(line: int | None, path: str) -> str:
    """Return the same of a line; the error of a file with NUL bytes has none."""
    version = ".".join(map(str, sys.version_info[:2]))
    return f"Python {version} cannot parse {path}" + (f", line {line}" if line else "")


def find_reason(tree: Tree, path: str) -> str | None:
    """Return why it is unknown what a file defines; None for a file that this Python parses."""
    try:
        parse_quietly(tree.read(path))
    except (SyntaxError, ValueError) as error:
        return describe(error, path)
    except (RecursionError, MemoryError):
        return f"{path} nests too deep to be parsed"
    return None
