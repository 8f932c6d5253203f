"""Texts that are not sources, by what makes them hostile; each is refused, and the error shows it on one line."""

from __future__ import annotations

import keyword
import unicodedata

from tests.support.invalid_sources import INVALID_SOURCES

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"

# These look like ASCII letters or marks; Python reads them as that letter (NFKC) or not at all.
_CONFUSABLES = "ａｋ．＠ℌ𝐦𝓶ﬁⅣ²①․‥…﹒﹫％"
_SEPARATORS = [
    "/",
    "\\",
    ":",
    ";",
    "//",
    "../",
    "..\\",
    "./",
    "~/",
    "C:",
    "file:///",
    "|",
    "&",
    "$(id)",
    "`id`",
    "%2e",
]
_NO_PATH = set("/\\:.")
_NEWLINES = ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"]
_INVISIBLE = [
    "\u200b",
    "\u200e",
    "\u202a",
    "\u202e",
    "\u2060",
    "\u2066",
    "\ufeff",
    "\u00ad",
    "\u180e",
    "\u00a0",
]
_SURROGATES = ["\ud800", "\udbff", "\udc00", "\udfff", "\udcff", "\ud83d\ude00"]

SOURCES: dict[str, str] = {
    **{f"control character {code:#04x}": f"m.C{chr(code)}@{ID}" for code in [*range(32), *range(127, 160)]},
    **{f"line end {mark!a} in the pin": f"m.C@{ID}{mark}" for mark in _NEWLINES},
    **{f"line end {mark!a} in front": f"{mark}m.C@{ID}" for mark in _NEWLINES},
    **{f"invisible {mark!a}": f"m{mark}.C" for mark in _INVISIBLE},
    **{f"surrogate {mark!a}": f"m.{mark}C@{ID}" for mark in _SURROGATES},
    **{f"confusable {mark!a} {unicodedata.name(mark)}": f"m{mark}.C{mark}@{ID}" for mark in _CONFUSABLES},
    **{f"separator {mark}": f"m{mark}step.C@{ID}" for mark in _SEPARATORS if _NO_PATH & set(mark)},
    **{f"keyword {word}": f"m.{word}@{ID}" for word in keyword.kwlist},
    **{f"grammar: {name}": text for name, (text, _) in INVALID_SOURCES.items()},
    "601 characters": "m." + "C" * 599,
    "a megabyte": "m." * 500_000 + "C",
    "a megabyte of dots": "." * 1_000_000,
    "a pin of a megabyte": "m.C@" + "a" * 1_000_000,
    "41 digits": f"m.C@{ID}0",
    "other digits": "m.C@" + "٣" * 40,
    "a git revision": "m.C@HEAD~1",
    "an option": "m.C@--upload-pack=id",
    "a call": "m.C()",
    "an index": "m.C[0]",
    "an f-string": "m.{C}",
    "a comment": "m.C#@" + ID,
    "a tuple": "m.C,",
    "a star": "m.*",
    "a number": "1.2",
    "a path of a commit": f"{ID}:m.C",
}

# Parts of a module's name that a folder or file may have, although Python's grammar has no such name.
PATH_NAMES = [
    *keyword.kwlist,
    *(f"m{mark}step" for mark in _SEPARATORS if not _NO_PATH & set(mark)),
]

# Every module has these names, but they are not its classes. The source is well formed; the load is refused.
DUNDERS = [
    *("__class__", "__doc__", "__dict__", "__name__", "__file__", "__spec__", "__loader__", "__builtins__"),
    *("__package__", "__init__", "__new__", "__subclasshook__", "__getattribute__", "__reduce__", "__dir__"),
    *("__cached__", "__path__", "__all__", "__annotations__", "__module__"),
]
DUNDER_MODULES = [
    "__main__",
    "__init__",
    "__future__",
    "__builtins__",
    "__pycache__",
    "__class__",
    "__phello__",
]
