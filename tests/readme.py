"""The README's code blocks, and who runs each of them.

```python with >>>              doctest, in every run of the tests
<!-- command: NAME -->          one line, run by .ci/run in a clone
<!-- typed: SESSION -->         typed into the shell of a new user, below the session's earlier blocks; a ```text
                                block below it is what that shows. Options: ", exit N", ", after SESSION" (begin
                                where that has ended), ", with DISTRIBUTION" (which is installed there)
<!-- tested: FILE -->           run by that file
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

_BLOCK = re.compile(r"(?:^<!-- ([^>\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block: the comment above it, its language and text, and, where it is typed, what it shows."""

    marker: str
    language: str
    text: str
    shown: str | None = None

    @property
    def session(self) -> str:
        """The session that it is typed in; empty for others."""
        return (
            self.marker.partition(",")[0].removeprefix("typed: ") if self.marker.startswith("typed: ") else ""
        )

    def option(self, name: str) -> str:
        """Return an option's value; empty where it is not given."""
        return next(
            (part.removeprefix(f"{name} ") for part in self.marker.split(", ")[1:] if part.startswith(name)),
            "",
        )


def read_blocks() -> list[Block]:
    """Return the code blocks in their order; a block of output is part of the one above it."""
    found: list[Block] = []
    for marker, language, text in _BLOCK.findall(README.read_text()):
        if language == "text" and not marker and found and found[-1].session:
            found[-1] = Block(found[-1].marker, found[-1].language, found[-1].text, text)
        else:
            found.append(Block(marker, language, text))
    return found


def session(name: str, blocks: list[Block]) -> list[Block]:
    """Return what is typed in a session, with what it begins after."""
    own = [block for block in blocks if block.session == name]
    before = own[0].option("after")
    return [*(session(before, blocks) if before else ()), *own]


def shows(text: str, wanted: str) -> bool:
    """Tell whether a shell has shown what is written: "..." is any text in a line, and alone any number of lines."""
    pattern = ""
    for line in _lines(wanted):
        parts = ".*".join(map(re.escape, line.split("...")))
        pattern += r"(?:.*\n)*" if line == "..." else f"{parts}\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(text))) is not None


def _lines(text: str) -> list[str]:
    """Return the lines that are not empty, with runs of blanks as one."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
