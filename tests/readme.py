"""The code blocks of the README and of the manual's pages, and how each of them runs.

```python with >>>              doctest, in every run of the tests
<!-- command: NAME -->          one line, run by .ci/run in a clone
<!-- typed: SESSION -->         typed into the shell of a new user, below the session's earlier blocks, all in one page;
                                a ```text block below it is the expected output. Options: ", exit N", ", after SESSION"
                                (begin in the state in which it ended), ", with DISTRIBUTION" (which is installed there)
<!-- tested: FILE -->           run by that file
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "zenml_pin" / "docs").glob("*.md"))]

_BLOCK = re.compile(r"(?:^<!-- ([^>\n]*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]*)\)")


@dataclass(frozen=True)
class Block:
    """A code block: the comment above it, its language, text and page, and its output if it is typed."""

    marker: str
    language: str
    text: str
    shown: str | None = None
    page: str = ""

    @property
    def session(self) -> str:
        """The session that the block belongs to; empty for blocks that are not typed."""
        return (
            self.marker.partition(",")[0].removeprefix("typed: ") if self.marker.startswith("typed: ") else ""
        )

    def option(self, name: str) -> str:
        """Return an option's value; empty if it is not given."""
        return next(
            (part.removeprefix(f"{name} ") for part in self.marker.split(", ")[1:] if part.startswith(name)),
            "",
        )


def read_blocks() -> list[Block]:
    """Return the code blocks of all pages in their order."""
    return [block for page in PAGES for block in blocks_of(page)]


def blocks_of(page: Path) -> list[Block]:
    """Return the code blocks of a page; a block of output is part of the one above it."""
    blocks: list[Block] = []
    for marker, language, text in _BLOCK.findall(page.read_text()):
        if language == "text" and not marker and blocks and blocks[-1].session:
            blocks[-1] = replace(blocks[-1], shown=text)
        else:
            blocks.append(Block(marker, language, text, page=page.name))
    return blocks


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return _BLOCK.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Return the anchors that a forge gives to the headings of a page."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose(page))
    }


def links(page: Path) -> list[tuple[Path, str]]:
    """Return the relative links of a page: the file, the page itself if none is named, and the anchor."""
    targets = [target for target in _LINK.findall(prose(page)) if "://" not in target]
    split = [target.partition("#") for target in targets]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in split]


def session(name: str, blocks: list[Block]) -> list[Block]:
    """Return the blocks of a session; the blocks of the session that it continues come first."""
    own = [block for block in blocks if block.session == name]
    before = own[0].option("after")
    return [*(session(before, blocks) if before else ()), *own]


def shows(text: str, wanted: str) -> bool:
    """Tell whether the output matches: "..." stands for any text in a line, and alone for any number of lines."""
    pattern = ""
    for line in _lines(wanted):
        parts = ".*".join(map(re.escape, line.split("...")))
        pattern += r"(?:.*\n)*" if line == "..." else f"{parts}\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(text))) is not None


def _lines(text: str) -> list[str]:
    """Return the lines that are not empty, with runs of blanks as one."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
