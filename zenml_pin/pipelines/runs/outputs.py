"""The outputs of a run by name, each opened when it is looked up. A list of runs needs none of this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Outputs(Mapping[str, Any]):
    """The outputs of a run, by name.

    Args:
        run_id: The run.
        names: Their names.
        opened: Returns the output of a name.
    """

    def __init__(self, run_id: str, names: tuple[str, ...], opened: Callable[[str], Any]) -> None:
        self._run_id = run_id
        self._names = names
        self._opened = opened

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._opened(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<outputs of run {self._run_id}: {', '.join(self._names) or 'none'}>"
