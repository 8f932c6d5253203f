"""The options of commands that run code with the libraries of its commit."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from zenml_pin.backends.env import EnvBackend
    from zenml_pin.backends.environments.settings import EnvSettings

_OTHERS = ("build", "trust", "python", "lock", "extra", "group")


def add_env(verb: argparse.ArgumentParser) -> None:
    """Add `--env` and the options that go with it."""
    group = verb.add_argument_group("the libraries of the commit (needs the extra 'env')")
    group.add_argument(
        "--env",
        action="store_true",
        help="run each step in an environment with the libraries that its commit locks: uv.lock, pylock.toml, "
        "requirements*.txt or, not locked, pyproject.toml. It is made once, from wheels",
    )
    group.add_argument(
        "--env-build",
        action="store_true",
        help="build packages that have no wheel, which runs their code",
    )
    group.add_argument(
        "--env-trust",
        action="store_true",
        help="follow index URLs, VCS and URL requirements and options in the lock",
    )
    group.add_argument("--env-python", metavar="VERSION", help="use this Python, such as 3.11")
    group.add_argument("--env-lock", metavar="PATH", help="use this file of the commit")
    group.add_argument(
        "--env-extra", metavar="NAME", action="append", default=[], help="also an extra of the project"
    )
    group.add_argument(
        "--env-group", metavar="NAME", action="append", default=[], help="also a dependency group"
    )


def env_settings(arguments: argparse.Namespace) -> EnvSettings | None:
    """Return what `--env` and its options say; None without `--env`.

    Raises:
        UnsupportedError: An option that goes with `--env` is given without it.
        MissingExtraError: The extra is not installed.
    """
    if not arguments.env:
        from zenml_pin.errors import UnsupportedError

        given = next((name for name in _OTHERS if getattr(arguments, f"env_{name}")), None)
        if given is not None:
            raise UnsupportedError(f"--env-{given} has no effect without --env", "add --env")
        return None
    from zenml_pin.backends.environments.settings import EnvSettings
    from zenml_pin.backends.environments.uv import get_uv

    get_uv()
    return EnvSettings(
        build=arguments.env_build,
        trust=arguments.env_trust,
        python=arguments.env_python,
        lock=arguments.env_lock,
        extras=tuple(arguments.env_extra),
        groups=tuple(arguments.env_group),
    )


@contextmanager
def chosen_env(arguments: argparse.Namespace) -> Iterator[EnvBackend | None]:
    """Open the backend that `--env` asks for, for the time of a block; None without `--env`.

    Raises:
        UnsupportedError, MissingExtraError: As `env_settings`.
    """
    settings = env_settings(arguments)
    if settings is None:
        yield None
        return
    import attrs

    from zenml_pin.backends.env import EnvBackend

    with EnvBackend(**attrs.asdict(settings)) as backend:
        yield backend
