"""What code sees in `sys.argv` while it is imported: its module's name, and no arguments of ours.

Old training scripts parse `sys.argv` when they are imported. The arguments of `zenml-pin`, or of a trial's process, are
not theirs.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


def module_of(source: str) -> str:
    """Return the module's name of the text of a source.

    >>> module_of("trainers.step.MyTrainer@zenml_0.1.0")
    'trainers.step'
    """
    return source.partition("@")[0].rpartition(".")[0]


class script_arguments:
    """Let `sys.argv` be one name during a block, without arguments.

    Args:
        name: What stands for the script's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._before = sys.argv[:]
        sys.argv[:] = [self._name]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.argv[:] = self._before
