"""The only reader of `os.environ`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

CACHE = "ZENML_PIN_CACHE"
STORE = "ZENML_PIN_STORE"
_SOURCE = "ZENML_PIN_SOURCE"
_PIN_PATH = "ZENML_PIN_PATH"


def pin_path() -> list[str]:
    """Return the entries of ZENML_PIN_PATH: repositories and bundle files that a fresh process searches."""
    return [entry for entry in os.environ.get(_PIN_PATH, "").split(os.pathsep) if entry]


def given_source_roots() -> list[str]:
    """Return the entries of ZENML_PIN_SOURCE_ROOTS: source roots of commits that state none."""
    return [entry for entry in os.environ.get("ZENML_PIN_SOURCE_ROOTS", "").split(os.pathsep) if entry]


def cache_directory() -> str | None:
    """Return the folder that ZENML_PIN_CACHE names; None when it is not set."""
    return os.environ.get(CACHE) or None


def store_directory() -> str | None:
    """Return the folder that ZENML_PIN_STORE names, absolute; None when it is not set."""
    folder = os.environ.get(STORE)
    return os.path.abspath(folder) if folder else None


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
    return _Set(_PIN_PATH, os.pathsep.join(dict.fromkeys((*pin_path(), *paths))) or None)


def materialize_directory() -> str | None:
    """Return the folder that ZENML_PIN_MATERIALIZE names; None when it is not set."""
    return os.environ.get("ZENML_PIN_MATERIALIZE") or None


def folders_in_memory() -> list[str]:
    """Return the folders that may be file systems in memory, the usual ones first; they need not exist."""
    return ["/dev/shm", *filter(None, map(os.environ.get, ("XDG_RUNTIME_DIR", "TMPDIR"))), "/run/shm", "/tmp"]


def zenml_setting() -> str:
    """Return ZENML_PIN_ZENML: whether pinned code gets the installed ZenML's classes or ours; "" for neither."""
    return os.environ.get("ZENML_PIN_ZENML", "").strip()


def git_index_file() -> str | None:
    """Return GIT_INDEX_FILE, which git sets for its hooks; None when it is not set."""
    return os.environ.get("GIT_INDEX_FILE") or None


def git_object_directories() -> list[str]:
    """Return the folders of GIT_OBJECT_DIRECTORY and GIT_ALTERNATE_OBJECT_DIRECTORIES, which git sets for its hooks."""
    alternates = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep)
    return [folder for folder in (os.environ.get("GIT_OBJECT_DIRECTORY", ""), *alternates) if folder]


def home() -> str | None:
    """Return the user's home folder as git finds it, from HOME alone; None when it is not set."""
    return os.environ.get("HOME") or None


def config_home() -> str | None:
    """Return the folder of the user's XDG configuration; None when neither variable is set."""
    explicit = os.environ.get("XDG_CONFIG_HOME")
    if explicit:
        return explicit
    return os.path.join(home_folder, ".config") if (home_folder := home()) else None


def cache_home() -> str | None:
    """Return the user's cache folder; None when neither variable is set."""
    explicit = os.environ.get("XDG_CACHE_HOME")
    if explicit and os.path.isabs(explicit):
        return explicit
    return os.path.join(home_folder, ".cache") if (home_folder := home()) else None


def cache_folder() -> str | None:
    """Return this package's folder in the user's cache folder; None when neither variable is set."""
    return os.path.join(folder, "zenml_pin") if (folder := cache_home()) else None


def netrc_file() -> str | None:
    """Return the user's netrc file, as NETRC says or in the home folder; None when neither is set."""
    explicit = os.environ.get("NETRC")
    if explicit:
        return explicit
    return os.path.join(home_folder, ".netrc") if (home_folder := home()) else None


def ssh_command() -> str | None:
    """Return GIT_SSH_COMMAND, the user's way to call ssh; None when it is not set."""
    return os.environ.get("GIT_SSH_COMMAND") or None


def git_config_files() -> tuple[str | None, str | None, bool]:
    """Return the values of GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL and GIT_CONFIG_NOSYSTEM; None for an unset file."""
    no_system = os.environ.get("GIT_CONFIG_NOSYSTEM", "").lower() in ("1", "true", "yes", "on")
    return os.environ.get("GIT_CONFIG_SYSTEM"), os.environ.get("GIT_CONFIG_GLOBAL"), no_system


def git_attr_source() -> str | None:
    """Return GIT_ATTR_SOURCE, the tree that git takes attributes from; None when it is not set."""
    return os.environ.get("GIT_ATTR_SOURCE")


def git_attr_nosystem() -> str | None:
    """Return GIT_ATTR_NOSYSTEM, with which git leaves the system's attributes out; None when it is not set."""
    return os.environ.get("GIT_ATTR_NOSYSTEM")


def git_reference_backend() -> str | None:
    """Return GIT_REFERENCE_BACKEND, which says where refs are stored; None when it is not set."""
    return os.environ.get("GIT_REFERENCE_BACKEND") or None


def git_ceilings() -> tuple[list[str], bool]:
    """Return the folders of GIT_CEILING_DIRECTORIES, and whether a search may leave its file system."""
    text = os.environ.get("GIT_CEILING_DIRECTORIES", "")
    across = os.environ.get("GIT_DISCOVERY_ACROSS_FILESYSTEM", "").lower()
    return text.split(os.pathsep) if text else [], across in ("1", "true", "yes", "on")


def git_config_pairs() -> list[tuple[str, str]]:
    """Return the settings that GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS (`git -c`) give to git, in git's order."""
    pairs = []
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    for number in range(int(count) if count.isdigit() else 0):
        name = os.environ.get(f"GIT_CONFIG_KEY_{number}", "")
        pairs.append((name, os.environ.get(f"GIT_CONFIG_VALUE_{number}", "")))
    if text := os.environ.get("GIT_CONFIG_PARAMETERS", ""):
        import shlex

        for word in shlex.split(text):
            name, equals, value = word.partition("=")
            pairs.append((name, value if equals else "true"))
    return pairs


def allows_colors() -> bool:
    """Tell whether a terminal may get colours: NO_COLOR is not set, and TERM is not "dumb"."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def let_pager_show_colors() -> None:
    """Let `less`, which Python's pager starts, show colours. Python itself does that only since 3.13."""
    os.environ["LESS"] = f"-R {os.environ.get('LESS', '')}".strip()


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
    os.environ[_PIN_PATH] = os.pathsep.join([repository, *pin_path()])


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


def terminal_width() -> int:
    """Return the columns of the terminal, as `shutil.get_terminal_size` does, without what shutil imports."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


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
