"""uv: the program that installs. It is the `uv` of this environment, called with the user's own settings only.

It runs in an empty private folder, reads no project's settings, and never downloads a Python. What the user has set
by environment variables or in the user's own uv.toml about indexes, certificates and the cache counts.
"""

from __future__ import annotations

import re
import subprocess
import tempfile

from zenml_pin.base.process_environment import uv_settings
from zenml_pin.errors import BackendError, MissingExtraError

_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_NOISE = ("warning:", "hint:", "Using ", "Resolved ", "Downloading ", "Prepared ", " Downloaded ")


def get_uv() -> str:
    """Return the path of uv.

    Raises:
        MissingExtraError: It is not installed.
    """
    fact = "libraries of a commit cannot be installed"
    try:
        import packaging.pylock  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(fact, "packaging", "env") from error
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        raise MissingExtraError(fact, "uv", "env") from error


def run_uv(arguments: list[str], offline: bool = False) -> subprocess.CompletedProcess[str]:
    """Run uv and return its exit code and output.

    Args:
        arguments: Its arguments, without options about settings.
        offline: Whether it may only use what is in its cache.

    Raises:
        MissingExtraError: It is not installed.
        BackendError: It cannot be started.
    """
    program = get_uv()
    variables, config = uv_settings()
    chosen = ["--config-file", config] if config is not None else ["--no-config"]
    options = [*chosen, "--color", "never", "--no-progress", *(["--offline"] if offline else [])]
    try:
        with tempfile.TemporaryDirectory(prefix="zenml_pin-uv-") as empty:
            return subprocess.run(
                [program, *arguments, *options],
                cwd=empty,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
    except OSError as error:
        raise BackendError(f"'{program}' cannot be started: {error}", "install the extra: env") from error


def reason_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return why uv failed, in one line."""
    lines = [_COLORS.sub("", line).strip() for line in done.stderr.splitlines()]
    kept = [line for line in lines if line and not line.startswith(_NOISE)]
    text = " ".join(kept).replace("× ", "").replace("╰─▶ ", "").replace("│ ", "").removeprefix("error: ")
    return re.sub(r"\s+", " ", text)[:800] or f"exit code {done.returncode}"
