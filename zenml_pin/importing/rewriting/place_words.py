"""Places: whether a source text speaks of the place where its code is, and the names that it may look for there.

    open(os.path.join(os.path.dirname(__file__), "data.csv"))       speaks; ("data.csv",)
    app = Flask(__name__)                                           speaks: the call may look for the module's file
    log = logging.getLogger(__name__)                               does not: the call takes it as a text

A docstring may say the same words, so an answer may be too much, but never too little.
"""

from __future__ import annotations

import re
from unicodedata import normalize

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
# A search for a pattern that begins with letters takes a tenth of the time.
_NAME = re.compile(r"__(?<![\w.]__)(?:name|package)__\s*[,)]")
# Functions that take a module's name and never look at its file, or that a view serves from the commit.
_AS_TEXT = re.compile(
    r"(?:[gG]etLogger|get_logger|import_module|__import__|isinstance|getattr|setattr|hasattr|len|str|repr|print|"
    r"find_spec|(?<!\w)files|read_text|read_binary|open_text|open_binary|(?<!\w)version|warn|field|namedtuple|"
    r"NewType|TypeVar|resolve_name|get_data)\s*\(\s*$"
)
_BEFORE = 40
_QUOTED = re.compile(r"""["']([^"'\n\\ ]{1,200})["']""")
_MOST_NAMES = 10_000


def find_places(text: str) -> tuple[str, ...] | None:
    """Return the names that a text may look for beside its code; None if it does not speak of a place.

    The names are the parts of every quoted path in it, sorted.
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    if not (any(word in text for word in _WORDS) or _passes_name(text)):
        return None
    names = {name for path in _QUOTED.findall(text) for name in path.split("/")}
    return tuple(sorted(names - {"", ".", ".."})[:_MOST_NAMES])


def _passes_name(text: str) -> bool:
    """Tell whether a text passes `__name__` or `__package__` to a call that may look for the module's file."""
    return any(
        not _AS_TEXT.search(text, max(0, match.start() - _BEFORE), match.start())
        for match in _NAME.finditer(text)
    )
