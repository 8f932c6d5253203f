"""Names: what rewritten code finds in the root package of its pin, and the functions that are routed by their name."""

from __future__ import annotations

# Raised whenever the same source would be rewritten differently: part of the key of cached code.
REWRITER_VERSION = 6
PREFIX = "__zenml_pin_"
TEMPORARY = f"{PREFIX}tmp__"
LATE_NAME = f"{PREFIX}late__"
SOURCE_NAME = f"{PREFIX}source__"
VALUE_NAME = f"{PREFIX}value__"
# Begins what a lazy statement asks of the root package when its name may turn out to go anywhere.
LAZY_PREFIX = f"{PREFIX}lazy__ "

# The builtins that run a text or import by name.
BUILTINS = frozenset(["__import__", "__lazy_import__", "compile", "eval", "exec"])
# Functions of `sys` that take or give what is asked about the names of lazy imports.
FILTERS = frozenset(["get_lazy_imports_filter", "set_lazy_imports_filter"])
CALLS = BUILTINS | FILTERS

# The functions of each routed module that take a name, an anchor or a text; `views` answers for them.
VIEWS: dict[str, frozenset[str]] = {
    "builtins": BUILTINS,
    "importlib": frozenset(["__import__", "import_module", "resources", "util"]),
    "importlib.util": frozenset(["find_spec"]),
    "importlib.resources": frozenset(
        [
            "contents",
            "files",
            "is_resource",
            "open_binary",
            "open_text",
            "path",
            "read_binary",
            "read_text",
        ]
    ),
    "pkgutil": frozenset(["find_loader", "get_data", "get_loader", "resolve_name", "walk_packages"]),
    "runpy": frozenset(["run_module"]),
}
VIEW_ROOTS = frozenset(name.partition(".")[0] for name in VIEWS)
# What `from x import *` binds of them.
STARRED = {"importlib": ("__import__", "import_module"), "runpy": ("run_module",)}


def view_name(dotted: str) -> str:
    """Return the attribute of a pin's root package that holds a view, or one function of it."""
    return f"{PREFIX}{dotted.replace('.', '_')}__"


def is_lazy_name(name: str) -> bool:
    """Tell whether an attribute of a pin's root package is what a lazy statement asks for, and no identifier."""
    return "." in name or ":" in name or name.startswith(LAZY_PREFIX)
