"""Places: whether a source text speaks of the place where its code is, and the names that it may look for there.

    open(os.path.join(os.path.dirname(__file__), "data.csv"))       speaks; ("data.csv",)
    app = Flask(__name__)                                           speaks: the call may look for the module's file
    log = logging.getLogger(__name__)                               does not: the call takes it as a text

A docstring may say the same words, so an answer may be too much, but never too little.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = (
    "__file__",
    "__path__",
    "__spec__",
    "__loader__",
    "__cached__",
    "getfile",
    "getsourcefile",
    "getabsfile",
    "get_filename",
    "get_importer",
    "submodule_search_locations",
    ".origin",
    "resource_filename",
)
# Functions that take a module's name and never look at its file, or that a view serves from the commit.
_AS_TEXT = (
    *("etLogger", "get_logger", "import_module", "__import__", "isinstance", "getattr", "setattr", "hasattr"),
    *("len", "str", "repr", "print", "find_spec", "read_text", "read_binary", "open_text", "open_binary"),
    *("warn", "field", "namedtuple", "NewType", "TypeVar", "resolve_name", "get_data"),
)
# As a part of a longer word they are something else.
_AS_TEXT_ALONE = ("files", "version")
_BEFORE = 40
_MOST_NAMES = 10_000


# A text without any of these speaks of no place.
PLACE_WORDS = (*_WORDS, "__name__", "__package__")


def find_places(text: str) -> tuple[str, ...] | None:
    """Return the names that a text may look for beside its code; None if it does not speak of a place.

    The names are the parts of every quoted path in it, sorted.
    """
    if not text.isascii():
        from unicodedata import normalize

        text = normalize("NFKC", text)
    if not (any(word in text for word in _WORDS) or _passes_name(text)):
        return None
    # Most loads need no pattern, and `re` takes a fifth of one to import.
    import re

    paths = re.findall(r"""["']([^"'\n\\ ]{1,200})["']""", text)
    names = {name for path in paths for name in path.split("/")}
    return tuple(sorted(names - {"", ".", ".."})[:_MOST_NAMES])


def _passes_name(text: str) -> bool:
    """Tell whether a text passes `__name__` or `__package__` to a call that may look for the module's file."""
    return any(
        not _is_taken_as_text(text[max(0, position - _BEFORE) : position])
        for word in ("__name__", "__package__")
        for position in _find_argument(text, word)
    )


def _find_argument(text: str, word: str) -> Iterator[int]:
    """Yield each position at which a text has a name with a comma or a parenthesis after it."""
    position = text.find(word)
    while position >= 0:
        end = position + len(word)
        if not _continues(text[max(0, position - 1) : position]) and _skip_space(text, end) in (",", ")"):
            yield position
        position = text.find(word, end)


def _skip_space(text: str, position: int) -> str:
    """Return the first character that is not white space; empty at the end."""
    while text[position : position + 1].isspace():
        position += 1
    return text[position : position + 1]


def _is_taken_as_text(before: str) -> bool:
    """Tell whether the text before an argument ends with a function that takes it as a text, and its parenthesis."""
    before = before.rstrip()
    if not before.endswith("("):
        return False
    function = before[:-1].rstrip()
    if function.endswith(_AS_TEXT):
        return True
    return any(
        function.endswith(word) and not _continues(function[: -len(word)][-1:], dotted=False)
        for word in _AS_TEXT_ALONE
    )


def _continues(character: str, *, dotted: bool = True) -> bool:
    return character == "_" or character.isalnum() or (dotted and character == ".")
