"""The values of scalars, by the rules of YAML 1.1 as PyYAML has them."""

from __future__ import annotations

from functools import lru_cache

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from zenml_pin.yaml.writing import SURROGATE, TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Python itself refuses longer decimal numbers; YAML's base 60 would take minutes.
_MAX_NUMBER = 4300

_SCALARS = frozenset(TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp"))
_RESOLVER = Resolver()
# A longer text is not kept for the next document.
_MAX_KEPT = 200


class ScalarRefused(Exception):
    """A scalar that a document must not contain."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


# Documents repeat each other's keys and arguments: 1.4 times as fast over 300 of them.
@lru_cache(maxsize=4096)
def _value_of(text: str, is_plain: bool) -> Any:
    """Return a scalar's value, by the rules of YAML 1.1 as PyYAML has them; quoted it is text."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (is_plain, True))  # type: ignore[no-untyped-call]
    if tag == TAG + "merge":
        raise ScalarRefused("merge key '<<' is refused", "write the keys out")
    if tag not in _SCALARS:
        raise ScalarRefused(f"plain '{text}' has a special meaning in YAML", "quote it")
    if tag in (TAG + "int", TAG + "float") and len(text) > _MAX_NUMBER:
        raise ScalarRefused(f"a number of {len(text)} characters", "quote it")
    if SURROGATE.search(text):
        raise ScalarRefused("half a surrogate pair is not text")
    if tag == TAG + "str":
        return text
    try:
        return SafeConstructor().construct_object(yaml.ScalarNode(tag, text))
    except (ValueError, OverflowError, yaml.YAMLError) as error:
        raise ScalarRefused(
            f"'{text}' is not a valid {tag.removeprefix(TAG)}: {error}", "quote it"
        ) from error


def known_value_of(text: str, is_plain: bool) -> Any:
    return (_value_of if len(text) <= _MAX_KEPT else _value_of.__wrapped__)(text, is_plain)
