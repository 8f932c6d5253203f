"""Switches: the settings of a repository that concern every file of a clean check, evaluated once for each state."""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.git.config import is_true
from zenml_pin.git.status.conversion import Conversion, plan_conversion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.config import Settings

# git refuses to run if one of them is not a boolean.
_OTHER_BOOLEANS = (
    *("bare", "precomposeunicode", "preloadindex", "protecthfs", "protectntfs"),
    *("quotepath", "sparsecheckout", "sparsecheckoutcone", "trustctime"),
)


class Switches(Value):
    """The settings that concern every file.

    Args:
        file_mode: Whether the executable bit counts.
        symlinks: Whether a link is checked out as a link.
        ignore_case: Whether patterns ignore case.
        default: How git would convert a file without attributes.
    """

    file_mode: bool
    symlinks: bool
    ignore_case: bool
    default: Conversion


_latest: tuple[Settings | None, Switches] = None, Switches(True, True, False, Conversion())


def switches_of(settings: Settings) -> Switches:
    """Return the switches of some settings. The mapping must not change afterwards.

    Raises:
        UnsupportedError: A setting that must be a boolean is not one.
    """
    global _latest
    known, switches = _latest
    if known is not settings:
        switches = _evaluate(settings)
        _latest = settings, switches
    return switches


def _evaluate(settings: Settings) -> Switches:
    for name in _OTHER_BOOLEANS:
        is_true(settings.get(("core", name)))
    return Switches(
        file_mode=is_true(settings.get(("core", "filemode")), default=True),
        symlinks=is_true(settings.get(("core", "symlinks")), default=True),
        ignore_case=is_true(settings.get(("core", "ignorecase"))),
        default=plan_conversion({}, settings),
    )
