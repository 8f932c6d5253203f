"""OrderedDict from where collections has it.

All of collections takes a millisecond to import, and a load that the cache answers needs nothing else of it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import OrderedDict
else:
    try:
        from _collections import OrderedDict
    except ImportError:
        # Another Python than CPython.
        from collections import OrderedDict

__all__ = ["OrderedDict"]
