"""Loads every pinned class of the documents of some repositories, with stand-ins for the libraries of their users.

    python -m tests.support.old_zenml.load_pins REPOSITORY...

Prints a line of JSON for each class. It is a program, because stand-ins remain in `sys.modules`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.support.old_zenml.stand_ins import Finder
from zenml_pin import resolver
from zenml_pin.errors import PinError
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pipelines.documents.source_spans import source_spans
from zenml_pin.source import Source

_PINNED = re.compile(r"@[0-9a-f]{40}$")


def main(repositories: list[str]) -> None:
    """Load the classes of each repository."""
    finder: Any = Finder()  # type: ignore[no-untyped-call]
    sys.meta_path.append(finder)
    for repository in repositories:
        finder.add(repository)
        paths = Path(repository).glob("pipelines/*.yaml")
        texts = {span.source for path in paths for span in source_spans(path.read_text())}
        for text in sorted(filter(_PINNED.search, texts)):
            print(json.dumps({"source": text, **_load(text, repository)}))


def _load(text: str, repository: str) -> dict[str, str]:
    source = named_from_below(Source.parse(text), find_repository(repository))
    try:
        resolver.load(source, repo=repository, allow_dirty=True)
    except PinError as error:
        return {"error": error.message, "hint": error.hint}
    return {"error": "", "hint": ""}


if __name__ == "__main__":
    main(sys.argv[1:])
