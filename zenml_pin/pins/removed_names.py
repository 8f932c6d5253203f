"""Modules and names that the standard library no longer has, and which Python removed them. Old code often needs one.

>>> find_version("distutils.util"), find_version("collections", "Mapping")
((3, 12), (3, 10))

Sources: the sections "Removed" of What's New in Python 3.8 to 3.15.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType

_COLLECTIONS = (
    "AsyncIterable AsyncIterator Awaitable ByteString Callable Collection Container Coroutine Generator Hashable "
    "ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Reversible "
    "Sequence Set Sized ValuesView"
)
MODULES = {
    (3, 8): "macpath",
    (3, 9): "_dummy_thread dummy_threading",
    (3, 10): "formatter parser symbol",
    (3, 11): "binhex",
    (3, 12): "asynchat asyncore distutils imp smtpd",
    (
        3,
        13,
    ): "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr "
    "spwd sunau telnetlib tkinter.tix typing.io typing.re uu xdrlib",
    (3, 15): "sre_compile sre_constants sre_parse",
}
NAMES = {
    (3, 8): "cgi.escape platform.linux_distribution platform.dist time.clock",
    (3, 9): "base64.decodestring base64.encodestring fractions.gcd sys.getcheckinterval sys.setcheckinterval",
    (3, 10): " ".join(f"collections.{name}" for name in _COLLECTIONS.split()),
    (3, 11): "asyncio.coroutine binascii.b2a_hqx gettext.lgettext inspect.formatargspec inspect.getargspec",
    (3, 12): "configparser.SafeConfigParser importlib.find_loader importlib.abc.Finder locale.format "
    "pkgutil.ImpImporter pkgutil.ImpLoader sqlite3.OptimizedUnicode sqlite3.enable_shared_cache ssl.RAND_pseudo_bytes "
    "ssl.match_hostname ssl.wrap_socket unittest._TextTestResult",
    (3, 13): "configparser.LegacyInterpolation locale.resetlocale re.template unittest.findTestCases "
    "unittest.getTestCaseNames unittest.makeSuite webbrowser.MacOSX",
    (3, 14): "ast.Bytes ast.Ellipsis ast.NameConstant ast.Num ast.Str asyncio.AbstractChildWatcher "
    "asyncio.SafeChildWatcher asyncio.ThreadedChildWatcher asyncio.get_child_watcher asyncio.set_child_watcher "
    "importlib.abc.ResourceReader importlib.abc.Traversable importlib.abc.TraversableResources pkgutil.find_loader "
    "pkgutil.get_loader pty.master_open pty.slave_open sqlite3.version sqlite3.version_info urllib.request.URLopener "
    "urllib.request.FancyURLopener",
    (3, 15): "http.server.CGIHTTPRequestHandler platform.java_ver typing.no_type_check_decorator",
}
_MODULES = {name: version for version, names in MODULES.items() for name in names.split()}
_NAMES = {name: version for version, names in NAMES.items() for name in names.split()}
_CANNOT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def find_version(module: str, name: str = "") -> tuple[int, int] | None:
    """Return the first Python without a module, or without a name in it; None if it was not removed.

    Args:
        module: Its dotted name; a module below a removed package counts as removed too.
        name: The name in it; "" for the module itself.
    """
    if name and (version := _NAMES.get(f"{module}.{name}")):
        return version
    full = f"{module}.{name}" if name else module
    parts = full.split(".")
    prefixes = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return next((_MODULES[prefix] for prefix in prefixes if prefix in _MODULES), None)


def find_hint(error: BaseException) -> str | None:
    """Return the hint for an error about a name that this Python no longer has; None for every other error."""
    missing = _missing(error)
    version = find_version(*missing) if missing is not None else None
    if missing is None or version is None or version > sys.version_info[:2]:
        return None
    name = ".".join(filter(None, missing))
    older = f"{version[0]}.{version[1] - 1}"
    return f"Python {version[0]}.{version[1]} removed '{name}': use Python {older} or older, or a library that has it"


def _missing(error: BaseException) -> tuple[str, str] | None:
    """Return the module, and the name in it, that an error says is missing."""
    if isinstance(error, ModuleNotFoundError):
        return (error.name, "") if isinstance(error.name, str) else None
    if isinstance(error, ImportError):
        match = _CANNOT.match(str(error))
        return (match[2], match[1]) if match else None
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        return error.obj.__name__, str(error.name)
    return None
