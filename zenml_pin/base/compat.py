"""What Python has, in a form that fits a load: `lazy` without a lock."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # What type checkers know to be so.
    from functools import cached_property as lazy  # noqa: TID251
else:

    class lazy:
        """Decorates a method without arguments of a class whose instances have a `__dict__`: its value is made once.

        `functools.cached_property` takes one lock for all instances up to Python 3.11. A thread that forks while
        another is inside leaves it locked in the child for ever, and servers would wait for each other. Here two
        threads may both make a value; the first one stays.
        """

        def __init__(self, make):
            self.__doc__ = make.__doc__
            self._make = make

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            return self if instance is None else vars(instance).setdefault(self._name, self._make(instance))


__all__ = ["lazy"]
