"""EnvSettings: what a caller allows a commit's lock to do, and which parts of it count."""

from __future__ import annotations

import attrs


@attrs.frozen
class EnvSettings:
    """How environments are made.

    Attributes:
        build: Whether packages without a wheel may be built. That runs code of the package.
        trust: Whether index URLs, VCS and URL requirements and options in the lock are followed.
        python: The version of Python to use, such as "3.11"; None to choose one that fits.
        lock: The path of the lock in the commit; None for the nearest one to each class.
        extras: Extras of the project that are needed besides its dependencies.
        groups: Dependency groups that are needed, besides those that uv installs by default.
    """

    build: bool = False
    trust: bool = False
    python: str | None = None
    lock: str | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
