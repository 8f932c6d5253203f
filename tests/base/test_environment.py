"""The environment's settings: an empty variable counts as unset, and a default folder is in the home folder."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from zenml_pin.base import environment, process_environment

Ask = Callable[[], object]

# (the function, the variables, the answer)
ANSWERS: dict[str, tuple[Ask, dict[str, str], object]] = {
    "no pin path": (environment.pin_path, {}, []),
    "empty entries of the pin path": (environment.pin_path, {"ZENML_PIN_PATH": ":/a::/b:"}, ["/a", "/b"]),
    "no cache": (environment.cache_directory, {"ZENML_PIN_CACHE": ""}, None),
    "a cache": (environment.cache_directory, {"ZENML_PIN_CACHE": "/c"}, "/c"),
    "configuration at home": (environment.config_home, {}, "/home/ada/.config"),
    "configuration elsewhere": (environment.config_home, {"XDG_CONFIG_HOME": "/x"}, "/x"),
    "configuration of nobody": (environment.config_home, {"HOME": ""}, None),
    "user's cache at home": (environment.cache_folder, {}, "/home/ada/.cache/zenml_pin"),
    "user's cache elsewhere": (environment.cache_folder, {"XDG_CACHE_HOME": "/x"}, "/x/zenml_pin"),
    "relative user's cache": (
        environment.cache_folder,
        {"XDG_CACHE_HOME": "x"},
        "/home/ada/.cache/zenml_pin",
    ),
    "user's cache of nobody": (environment.cache_folder, {"HOME": ""}, None),
    "netrc at home": (environment.netrc_file, {}, "/home/ada/.netrc"),
    "netrc elsewhere": (environment.netrc_file, {"NETRC": "/n"}, "/n"),
    "netrc of nobody": (environment.netrc_file, {"HOME": ""}, None),
    "colours": (environment.allows_colors, {"TERM": "xterm"}, True),
    "empty NO_COLOR": (environment.allows_colors, {"TERM": "xterm", "NO_COLOR": ""}, True),
    "NO_COLOR": (environment.allows_colors, {"TERM": "xterm", "NO_COLOR": "1"}, False),
    "dumb terminal": (environment.allows_colors, {"TERM": "dumb"}, False),
    "count that is not a number": (environment.git_config_pairs, {"GIT_CONFIG_COUNT": "many"}, []),
}


@pytest.mark.parametrize(("ask", "variables", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_answer_follows_the_variables(ask: Ask, variables: dict[str, str], answer: object) -> None:
    """One table for all of them."""
    os.environ.clear()
    os.environ.update({"HOME": "/home/ada", **variables})

    assert ask() == answer


def test_whole_environment_is_a_copy() -> None:
    """Variables for a new process do not change this one."""
    copy = process_environment.whole()
    copy["ZENML_PIN_CACHE"] = "/elsewhere"

    assert environment.cache_directory() is None
