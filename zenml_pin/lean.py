"""What a load that the cache answers needs of collections and contextlib, which take two milliseconds to import.

OrderedDict    from where collections has it
block          decorates a generator that yields once, in a `try` whose `finally` cleans up

>>> @block
... def noted():
...     print("in")
...     try:
...         yield
...     finally:
...         print("out")
>>> with noted():
...     pass
in
out
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # What type checkers know to be so.
    from collections import OrderedDict
    from contextlib import contextmanager as block
else:
    from _collections import OrderedDict

    class block:
        """Makes a context manager of a generator, which learns nothing of an error in the block."""

        def __init__(self, make):
            self.__doc__ = make.__doc__
            self._make = make

        def __call__(self, *args, **kwargs):
            return _Block(self._make(*args, **kwargs))

    class _Block:
        def __init__(self, steps):
            self._steps = steps

        def __enter__(self):
            return next(self._steps)

        def __exit__(self, kind, error, trace):
            self._steps.close()


__all__ = ["OrderedDict", "block"]
