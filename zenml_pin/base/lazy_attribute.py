"""`lazy`: a `cached_property` without a lock."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Type checkers know this one.
    from functools import cached_property as lazy  # noqa: TID251
else:

    class lazy:
        """Make a method without arguments an attribute that is computed once. Instances must have a `__dict__`.

        Up to Python 3.11 `functools.cached_property` takes one lock for all instances. If a thread forks while another
        one has the lock, it stays locked in the child for ever; and servers would wait for each other. Here two
        threads may both compute a value; the first one stays.
        """

        def __init__(self, make):
            self.__doc__ = make.__doc__
            self._make = make

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            return self if instance is None else vars(instance).setdefault(self._name, self._make(instance))


__all__ = ["lazy"]
