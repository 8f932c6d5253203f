"""The environment of other processes, and variables that are set for a block; a load needs neither."""

from __future__ import annotations

import os

from zenml_pin.base.environment import PIN_PATH, STORE, pin_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_SOURCE = "ZENML_PIN_SOURCE"


class _Set:
    """Sets a variable for the time of a block, also for its child processes; None changes nothing."""

    def __init__(self, name: str, value: str | None) -> None:
        self._name = name
        self._value = value
        self._before = os.environ.get(name)

    def __enter__(self) -> None:
        if self._value is not None:
            os.environ[self._name] = self._value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            os.environ[self._name] = self._before
        elif self._value is not None:
            os.environ.pop(self._name, None)


def store_in(folder: str | None) -> _Set:
    """Return a block with ZENML_PIN_STORE set; None changes nothing."""
    return _Set(STORE, None if folder is None else os.path.abspath(folder))


def pins_in(places: Iterable[str]) -> _Set:
    """Return a block in which new processes search repositories and bundle files, as ZENML_PIN_PATH lists them."""
    # The list cannot name a place with the separator in it, such as a URL.
    paths = [os.path.abspath(place) for place in places if os.pathsep not in place]
    return _Set(PIN_PATH, os.pathsep.join(dict.fromkeys((*pin_path(), *paths))) or None)


def whole() -> dict[str, str]:
    """Return a copy of the environment, to be given to another process with additions."""
    return dict(os.environ)


# What Python and its libraries need: programs, languages, the time zone, shared libraries, numbers of threads.
_ISOLATED = ("PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH")


def set_source(source: str) -> None:
    """Set ZENML_PIN_SOURCE, which tells a test in the sandbox what it judges."""
    os.environ[_SOURCE] = source


def set_trial(source: str, dotted: str, commit_id: str, repository: str) -> None:
    """Tell a command what it judges: the source, its importable name, and the commit; imports find the repository."""
    os.environ[_SOURCE] = source
    os.environ["ZENML_PIN_NAME"] = dotted
    os.environ["ZENML_PIN_COMMIT"] = commit_id
    os.environ[PIN_PATH] = os.pathsep.join([repository, *pin_path()])


def for_isolation(names: Iterable[str], private: str) -> dict[str, str]:
    """Return the environment of code that is not trusted, with no secrets in it.

    Args:
        names: Variables that it gets as well.
        private: A folder, which is its home and where its temporary files go.
    """
    wanted = {*_ISOLATED, *names}
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in wanted or name.startswith("LC_") or name.endswith("_NUM_THREADS")
    }
    own = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), private)
    return {**own, **passed}


# Settings of uv about where packages come from and how they are fetched; others could change what is installed, or
# where to.
_OF_UV = (
    "UV_CACHE_DIR",
    "UV_CONCURRENT_",
    "UV_CREDENTIALS_DIR",
    "UV_DEFAULT_INDEX",
    "UV_EXCLUDE_NEWER",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_",
    "UV_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_OFFLINE",
    "UV_PYTHON_INSTALL_DIR",
    "UV_REQUEST_TIMEOUT",
    "UV_SYSTEM_CERTS",
)
_OF_PIP = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"}
_NOT_FOR_UV = ("UV_", "PYTHON", "VIRTUAL_ENV", "CONDA_")


def uv_settings() -> tuple[dict[str, str], str | None]:
    """Return the environment for uv, and the user's own uv.toml; None where there is none.

    Of uv's variables it has those about indexes, certificates and the cache; where no index is set for uv, that of
    pip's variables counts.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_OF_UV) or not name.startswith(_NOT_FOR_UV)
    }
    if not any("INDEX" in name for name in kept if name.startswith("UV_")):
        kept |= {own: kept[name] for name, own in _OF_PIP.items() if kept.get(name)}
    home = os.path.join(os.path.expanduser("~"), ".config")
    places = [
        os.environ.get("UV_CONFIG_FILE") or "",
        os.path.join(os.environ.get("XDG_CONFIG_HOME") or home, "uv", "uv.toml"),
        "/etc/uv/uv.toml",
    ]
    config = next((os.path.abspath(path) for path in places if path and os.path.isfile(path)), None)
    return kept | {"UV_PYTHON_DOWNLOADS": "never"}, config


def newest_allowed() -> str | None:
    """Return UV_EXCLUDE_NEWER, the date up to which the user lets packages count; None when it is not set."""
    return os.environ.get("UV_EXCLUDE_NEWER") or None


def environments_directory() -> str:
    """Return the folder of environments made for commits: ZENML_PIN_ENVIRONMENTS, else one in the user's cache."""
    if given := os.environ.get("ZENML_PIN_ENVIRONMENTS"):
        return os.path.abspath(given)
    home = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or home, "zenml_pin", "environments")


def for_worker(venv: str) -> dict[str, str]:
    """Return the environment of a process of another Python environment.

    Args:
        venv: The folder of that environment.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CONDA_"))}
    path = os.pathsep.join(part for part in (os.path.join(venv, "bin"), kept.get("PATH")) if part)
    return {**kept, "VIRTUAL_ENV": venv, "PATH": path}
