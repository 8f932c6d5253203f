"""Forms: how plain data writes what YAML has no word for, each as a dict with one key.

{$class: source}        a class
{$tuple: [...]}         a tuple
{$artifact: sha256}     a value in the store
{$python: text}         an object of Python as an old document has it; it is only shown, never made
"""

from __future__ import annotations

CLASS = "$class"
TUPLE = "$tuple"
ARTIFACT = "$artifact"
PYTHON = "$python"
FORMS = (CLASS, TUPLE, ARTIFACT, PYTHON)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def classes_in(value: Any) -> list[str]:
    """Return the sources of all classes in plain data, in order."""
    return _contents_of(value, CLASS)


def artifacts_in(value: Any) -> list[str]:
    """Return the sha256 of every value that plain data has in the store, in order."""
    return _contents_of(value, ARTIFACT)


def _contents_of(value: Any, form: str) -> list[str]:
    if isinstance(value, dict):
        if len(value) == 1 and form in value:
            return [value[form]]
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [content for item in value for content in _contents_of(item, form)]
