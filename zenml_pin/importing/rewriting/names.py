"""Names: the attributes of a pin's root package that rewritten code uses, and the functions that are routed by name."""

from __future__ import annotations

import sys

# Increased when the same source is rewritten differently: it is part of the key of cached code.
REWRITER_VERSION = 14
PREFIX = "__zenml_pin_"
TEMPORARY = f"{PREFIX}tmp__"
# What makes the other attributes.
ATTRIBUTES_NAME = f"{PREFIX}attributes__"
LATE_NAME = f"{PREFIX}late__"
SOURCE_NAME = f"{PREFIX}source__"
VALUE_NAME = f"{PREFIX}value__"
IS_TEXT_NAME = f"{PREFIX}is_text__"
# A lazy statement imports a name with this prefix when it is not known yet where the import goes.
LAZY_PREFIX = f"{PREFIX}lazy__ "

# The builtins that run a text or import by name.
BUILTINS = frozenset(["__import__", "__lazy_import__", "compile", "eval", "exec"])
# Functions of `sys` that set or return the filter of lazy imports, which gets their names.
FILTERS = frozenset(["get_lazy_imports_filter", "set_lazy_imports_filter"])
CALLS = BUILTINS | FILTERS
# `Interpreter.exec`, which runs a text in another interpreter (PEP 734).
HAS_INTERPRETERS = sys.version_info >= (3, 14)
# Attributes that may be a function which is routed.
ATTRIBUTES = FILTERS | (frozenset(["exec"]) if HAS_INTERPRETERS else frozenset())
# `sys.modules`: the attribute, and names by which code imports sys.
MODULES = "modules"
SYS = ("sys", "_sys")

# The functions of each routed module that take a name, an anchor or a text; a view replaces them.
VIEWS: dict[str, frozenset[str]] = {
    "builtins": BUILTINS,
    "importlib": frozenset(["__import__", "import_module", "machinery", "metadata", "resources", "util"]),
    "importlib.machinery": frozenset(["SourceFileLoader"]),
    "importlib.metadata": frozenset(["distribution", "files", "metadata", "requires", "version"]),
    "importlib.util": frozenset(["find_spec", "spec_from_file_location"]),
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
    "runpy": frozenset(["run_module", "run_path"]),
}
VIEW_ROOTS = frozenset(name.partition(".")[0] for name in VIEWS)
# The names that a view replaces in `from x import y`; `sys` itself has no view, since every other file imports it.
FROM_VIEWS = {**VIEWS, "sys": frozenset([MODULES])}
# Those of them that `from x import *` binds.
STARRED = {
    "importlib": ("__import__", "import_module"),
    "runpy": ("run_module", "run_path"),
    "sys": (MODULES,),
}


def view_name(dotted: str) -> str:
    """Return the name of the attribute of a pin's root package for a view, or for one function of it."""
    return f"{PREFIX}{dotted.replace('.', '_')}__"


def is_lazy_name(name: str) -> bool:
    """Tell whether a lazy statement uses an attribute of a pin's root package; its name is not an identifier."""
    return "." in name or ":" in name or name.startswith(LAZY_PREFIX)


def has_filter() -> bool:
    """Tell whether a filter of lazy imports is set (PEP 810)."""
    get = getattr(sys, "get_lazy_imports_filter", None)
    return get is not None and get() is not None
