"""Modules by file: `inspect.getmodule` of a frame or of code finds the module of a commit.

For an object without `__module__` it looks up the file name of its code in a table of the files of all modules. The
code of a commit has a file name that is not its module's `__file__`. While it makes the table, it reads `__file__` of
every module; the root package of a pin has none, so that our code runs then and adds the names of code to the table.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def tell_inspect(root: str, caller: FrameType) -> None:
    """Add the code of a pin's modules to the table, if `inspect.getmodule` reads an attribute of its root package.

    Args:
        root: The name of the root package.
        caller: The frame that reads it.
    """
    if caller.f_code.co_name != "getmodule" or caller.f_globals.get("__name__") != "inspect":
        return
    table = caller.f_globals["modulesbyfile"]
    for name, module in list(sys.modules.items()):
        if name.startswith(root + "."):
            code_name = getattr(getattr(module, "__loader__", None), "code_name", None)
            if isinstance(code_name, str):
                # It makes names absolute first, which depends on the current folder.
                table[code_name] = table[os.path.normcase(os.path.abspath(code_name))] = name
