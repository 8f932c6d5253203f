"""The files of documents: their names, and which files of a folder are documents.

    My Awesome Pipeline      My_Awesome_Pipeline.yaml, then My_Awesome_Pipeline-2.yaml

File names are only a default: the name inside the file is the pipeline's name.
"""

from __future__ import annotations

import os

from zenml_pin.errors import DocumentError
from zenml_pin.workspace.folders import DOCUMENT_SUFFIXES, is_document_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from zenml_pin.git.objects.tree import Entry

# A file name has at most 255 bytes; this leaves room for a number, a hash and a suffix.
_MAX_BYTES = 200


def pipeline_file_name(name: str, number: int = 1, taken: Iterable[str] = ()) -> str:
    """Return a file name for the document of a pipeline.

    Letters and digits of any script stay, and so do single dots, dashes and underscores inside the name. All other
    characters become an underscore. If the name is too long, or the file name is taken, digits of the name's hash
    are added: six, or as many as make the file name free.

    >>> pipeline_file_name("nlp/été v1.2", 2)
    'nlp_été_v1.2-2.yaml'
    >>> pipeline_file_name("../..")
    'pipeline.yaml'
    """
    # To read documents needs none of these.
    import hashlib
    import re
    import unicodedata

    stem = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name))
    stem = re.sub(r"([._-])[._-]*\.+[._-]*", r"\1", stem).strip("._-") or "pipeline"
    short = stem.encode("utf-8", "ignore")[:_MAX_BYTES].decode("utf-8", "ignore")
    suffix = (f"-{number}" if number != 1 else "") + DOCUMENT_SUFFIXES[0]
    lower = {file.casefold() for file in taken}
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    stems = [short] if short == stem else []
    stems += [f"{short}_{digest[:digits]}" for digits in range(6, len(digest) + 1)]
    for candidate in stems:
        if (candidate + suffix).casefold() not in lower:
            return candidate + suffix
    raise DocumentError(f"pipeline '{name}' has no file name that is free", hint="remove old documents")


def folder_in_repository(path: str) -> str | None:
    """Return the folder of a document, absolute; None when it is in no repository."""
    from zenml_pin.git.layout import find_layout

    folder = os.path.dirname(os.path.abspath(path))
    return folder if find_layout(folder) is not None else None


def document_paths(folder: str) -> list[str]:
    """Return the paths of the documents directly in a folder, sorted, without hidden files."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    paths = [os.path.join(folder, name) for name in names if is_document_name(name)]
    return sorted(path for path in paths if os.path.isfile(path))


def document_entries(children: Mapping[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Yield name and entry of each document in a folder of a commit, sorted, without symbolic links."""
    for name, entry in sorted(children.items()):
        if entry.is_file and is_document_name(name):
            yield name, entry
