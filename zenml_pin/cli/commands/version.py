"""--version: this release, and with -v what a bug report needs to say."""

from __future__ import annotations

from zenml_pin.base.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run(arguments: argparse.Namespace) -> int:
    """Print the version; asked for more, all versions, a line each."""
    if not arguments.verbose:
        print(f"zenml-pin {__version__}")
        return 0
    from zenml_pin.base.distributions import report_versions

    found = report_versions()
    width = max(map(len, found))
    for name, said in found.items():
        print(f"{name:<{width}}  {said}")
    return 0
