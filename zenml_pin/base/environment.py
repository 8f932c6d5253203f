"""The variables of the environment that we and git read. Only this file and `process_environment` use `os.environ`."""

from __future__ import annotations

import os

CACHE = "ZENML_PIN_CACHE"
STORE = "ZENML_PIN_STORE"
PIN_PATH = "ZENML_PIN_PATH"


def pin_path() -> list[str]:
    """Return the entries of ZENML_PIN_PATH: repositories and bundle files that a fresh process searches."""
    return [entry for entry in os.environ.get(PIN_PATH, "").split(os.pathsep) if entry]


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


def terminal_width() -> int:
    """Return the columns of the terminal, as `shutil.get_terminal_size` does, without what shutil imports."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return int(stated)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80
