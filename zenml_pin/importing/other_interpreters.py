"""Other interpreters of the process (PEP 734): a pinned `__main__` is there what it is here.

An object of `__main__` goes to another interpreter by its name. Where `__main__` there lacks the name, Python runs the
file `__main__.__file__` there: for a pinned module this is a path that does not exist, or the commit's file as it is
written, whose imports would mean the working tree's modules. So each interpreter gets a `__main__` that takes what it
lacks from the pinned module.

Sources: https://peps.python.org/pep-0734/, and `ensure_isolated_main` in CPython's crossinterp.c.
"""

from __future__ import annotations

from functools import wraps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# The message of the error must not be that of Python, which would run the file.
_MAIN = """\
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(f"'__main__' has no attribute {{name!r}}")
    from importlib import import_module
    return getattr(import_module({module!r}), name)
"""


def share(find_main: Callable[[], str | None]) -> None:
    """Let each interpreter that the process makes from now on know the pinned module that runs as `__main__`.

    Args:
        find_main: Returns its name; None where another module runs.
    """
    from concurrent import interpreters  # type: ignore[attr-defined,unused-ignore]

    real = interpreters.create

    @wraps(real)
    def create() -> Any:
        interpreter = real()
        module = find_main()
        if module is not None:
            interpreter.exec(_MAIN.format(module=module))
        return interpreter

    interpreters.create = create
