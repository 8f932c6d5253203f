"""The pinned namespace: `zenml_pin.at.g<commit id>.<module>` is that module as of that commit.

It is an ordinary dotted name, so whatever takes one takes a pinned one: `import`, pickle, multiprocessing,
`python -m`, `pkgutil.resolve_name`, entry points, and configuration of other tools. Importing this package puts one
finder on `sys.meta_path` and one hook on `sys.path_hooks`; nothing else ever does. A fresh process finds a commit
through ZENML_PIN_PATH, or upward from the current folder.
"""

from __future__ import annotations

import atexit

from zenml_pin.importing.finder import FolderHook, PinFinder, install
from zenml_pin.importing.registry import Registry

# A package with no folder of its own: the finder answers for everything below it.
__path__: list[str] = []

registry = Registry()
_finder = PinFinder(registry.find_pin)
install(_finder, FolderHook(_finder, registry.pin_of_entry))
# Packs left open are reported as leaks when the interpreter ends.
atexit.register(registry.close)
