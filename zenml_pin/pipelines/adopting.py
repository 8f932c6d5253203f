"""Opening a pickle for a step that comes from a pin.

A cached output was made by the same code, though it may have been another commit's: its classes are that commit's,
and `isinstance` in the step would not know them. So a class of another commit is taken from the step's own, where
both have the same code. Where they do not, or nobody can tell, it stays what it was.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from zenml_pin.codeid import code_id
from zenml_pin.errors import PinError
from zenml_pin.source import NAMESPACE, Source, is_commit_id


def loads(data: bytes, home: str) -> Any:
    """Return the value of a pickle.

    Args:
        data: The pickle.
        home: The module of the step that gets it.
    """
    pin = _split(home)
    return pickle.loads(data) if pin is None else _Adopting(io.BytesIO(data), pin[0]).load()


class _Adopting(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, commit_id: str) -> None:
        super().__init__(file)
        self._commit_id = commit_id

    def find_class(self, module: str, name: str) -> Any:
        pin = _split(module)
        if pin is not None and _same_code(*pin, self._commit_id):
            module = f"{NAMESPACE}.g{self._commit_id}.{pin[1]}"
        return super().find_class(module, name)


def _split(module: str) -> tuple[str, str] | None:
    """Split the name of a pinned module into the commit's id and its name there; None for any other module."""
    root, _, name = module.removeprefix(f"{NAMESPACE}.g").partition(".")
    return (root, name) if module.startswith(f"{NAMESPACE}.g") and is_commit_id(root) and name else None


def _same_code(commit_id: str, module: str, other_id: str) -> bool:
    if commit_id == other_id:
        return False
    try:
        # The code of a module is that of any class in it.
        return code_id(Source(module, "_", commit_id)) == code_id(Source(module, "_", other_id))
    except PinError:
        return False
