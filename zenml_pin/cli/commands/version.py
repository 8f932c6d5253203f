"""--version: this release, and with -v what a bug report needs to say."""

from __future__ import annotations

from zenml_pin.base.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def show_version() -> int:
    """Print the version."""
    print(f"zenml-pin {__version__}")
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Print the version; with -v, also those of Python and of the libraries, one per line."""
    if not arguments.verbose:
        return show_version()
    from zenml_pin.base.distributions import report_versions

    versions = report_versions()
    width = max(map(len, versions))
    for name, text in versions.items():
        print(f"{name:<{width}}  {text}")
    return 0
