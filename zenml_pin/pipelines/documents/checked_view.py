"""A view of a document's value that knows its key path, so that a wrong type is reported at its location.

>>> from zenml_pin.yaml.reading import read
>>> view = CheckedView.root(read("steps: {training: 3}", "p.yaml"))
>>> view.child("steps").child("training").text("source")
Traceback (most recent call last):
zenml_pin.errors.DocumentError: p.yaml:1:19: steps.training: expected a mapping, found an integer
hint: write keys and values, or {} for none
"""

from __future__ import annotations

from zenml_pin.base.forms import ARTIFACT, CLASS, PYTHON, TUPLE
from zenml_pin.base.values import Value
from zenml_pin.errors import DocumentError, SourceSyntaxError
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator
    from typing import Any

    from zenml_pin.yaml.nodes import KeyPath, YamlText

_WORDS = {
    "NoneType": "nothing",
    "str": "text",
    "bool": "true or false",
    "int": "an integer",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping",
}
_MAX_NUMBER = 999_999_999
_SCALARS = frozenset((type(None), bool, int, float, str))
_HINTS = {"text": "put it in quotes", "an integer": "", "a mapping": "write keys and values, or {} for none"}


class CheckedView(Value):
    """A value of a document. An absent value and null are the same."""

    __slots__ = ("text_of", "value", "key_path")

    text_of: YamlText
    value: Any
    key_path: KeyPath

    def __init__(self, text_of: YamlText, value: Any, key_path: KeyPath = ()) -> None:
        # Not the common `__init__`, which takes more than twice as long: a document has twenty of them.
        _set_text_of(self, text_of)
        _set_value(self, value)
        _set_key_path(self, key_path)

    @classmethod
    def root(cls, text: YamlText) -> CheckedView:
        """Return the view of a whole text."""
        return cls(text, text.data)

    @property
    def present(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def error(self, reason: str, hint: str = "") -> DocumentError:
        """Return an error with the location of this value."""
        return self.text_of.error(reason, self.key_path, hint)

    def has(self, key: Hashable) -> bool:
        """Tell whether a mapping has a key."""
        return key in self.mapping()

    def child(self, key: Hashable) -> CheckedView:
        """Return the view of a mapping's value; where the key is absent, the view of None."""
        return CheckedView(self.text_of, self.mapping().get(key), (*self.key_path, key))

    def mapping(self) -> dict[Any, Any]:
        """Return the value, which must be a mapping; an empty one where it is absent."""
        if self.value is None:
            return {}
        mapping: dict[Any, Any] = self._typed(dict, "a mapping")
        return mapping

    def children(self) -> Iterator[tuple[str, CheckedView]]:
        """Yield the keys of a mapping, which must be text, and the views of its values."""
        for key in self.mapping():
            if type(key) is not str:
                raise self.child(key).error(
                    f"expected text as the key, found {_word(key)}", "put it in quotes"
                )
            yield key, self.child(key)

    def text(self, key: Hashable) -> str:
        """Return a text of a mapping. It must be present and not empty."""
        value = self.child(key)
        if not value.present:
            raise self.error(f"key '{key}' is missing")
        text: str = value._typed(str, "text")
        if not text.strip():
            raise value.error("expected text, found an empty one")
        return text

    def optional_text(self, key: Hashable) -> str | None:
        """Return a text of a mapping; None where it is absent."""
        return None if self.mapping().get(key) is None else self.text(key)

    def flag(self, key: Hashable, default: bool) -> bool:
        """Return true or false of a mapping; the default where it is absent."""
        value = self.child(key)
        return value._typed(bool, "true or false") if value.present else default

    def number(self, key: Hashable, default: int) -> int:
        """Return an integer of a mapping, from 1 to 999,999,999: file names have at most nine digits for it."""
        value = self.child(key)
        if not value.present:
            return default
        number: int = value._typed(int, "an integer")
        if number < 1:
            raise value.error(f"expected 1 or more, found {number}")
        if number > _MAX_NUMBER:
            raise value.error(f"expected {_MAX_NUMBER} at most, found a number of {number.bit_length()} bits")
        return number

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that nothing reads, so that a misspelt key is reported."""
        known = tuple(known)
        if self.mapping().keys() <= set(known):
            return
        for key, value in self.children():
            if key not in known:
                from difflib import get_close_matches

                near = get_close_matches(key, known, 1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
                raise value.error(f"key '{key}' is unknown", hint)

    def plain_args(self) -> dict[str, Any]:
        """Return arguments: a mapping from text to plain data, in which each `$` form is well formed."""
        if not _is_simple(self.mapping()):
            for _, value in self.children():
                value.check_plain()
        return dict(self.mapping())

    def check_plain(self) -> None:
        """Refuse values that cannot be arguments: dates, keys that are not text or integers, malformed `$` forms."""
        if type(self.value) is dict:
            for key in self.value:
                if type(key) not in (str, int):
                    raise self.child(key).error(f"expected text or an integer as the key, found {_word(key)}")
                self.child(key).check_plain()
            if len(self.value) == 1:
                self._check_form()
        elif type(self.value) is list:
            for index, item in enumerate(self.value):
                CheckedView(self.text_of, item, (*self.key_path, index)).check_plain()
        elif type(self.value) not in _SCALARS:
            raise self.error(f"expected plain data, found {_word(self.value)}", "put it in quotes")

    def _check_form(self) -> None:
        """Check the content of `{$class: ..}`, `{$tuple: ..}` or `{$artifact: ..}`; ignore any other mapping."""
        [key] = self.value
        content = self.child(key)
        if key == TUPLE:
            content._typed(list, "a list")
        elif key == ARTIFACT:
            digits = content._typed(str, "text")
            if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
                raise content.error("expected the 64 hex digits of an artifact")
        elif key == PYTHON:
            raise self.error("expected plain data, found an object of Python", "write what it is made from")
        elif key == CLASS:
            try:
                # The text after "@" is not checked: pinning the document again corrects a wrong pin.
                Source.parse(content._typed(str, "text").partition("@")[0])
            except SourceSyntaxError as error:
                raise content.error(
                    f"'{content.value}' is not a source: {error.message}", error.hint
                ) from error

    def _typed(self, kind: type, word: str) -> Any:
        # bool is an int in Python, not in a document.
        if type(self.value) is not kind:
            raise self.error(f"expected {word}, found {_word(self.value)}", _HINTS.get(word, ""))
        return self.value


def _is_simple(value: Any) -> bool:
    """Tell whether a value is plain data with text as keys and no `$` forms. Other values need a closer look."""
    if type(value) is dict:
        for key in value:
            if type(key) is not str or key[:1] == "$":
                return False
        value = value.values()
    elif type(value) is not list:
        return type(value) in _SCALARS
    return _SCALARS.issuperset(map(type, value)) or all(map(_is_simple, value))


_set_text_of, _set_value, _set_key_path = (vars(CheckedView)[name].__set__ for name in CheckedView.__slots__)


def _word(value: object) -> str:
    name = type(value).__name__
    return _WORDS.get(name, f"a {name}")
